"""What one look-up settles: a shopper's words, the call that answers them, and the answer."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.events import Lang
from agent.grounding import split_sentences
from finetune.synthesis.gold import Call, Calls, Plan, Say, Seen
from finetune.synthesis.models import Rule
from finetune.synthesis.talk import Talk, Unsayable


@dataclass(frozen=True)
class Wish:
    """Words that one call settles."""

    text: str
    call: Call
    answer: Callable[[Seen], str]
    instead: Call | None = None

    def plan(self) -> Plan:
        """Look it up, then say it; where the call is refused, look up something `instead`."""
        seen = yield Calls((self.call,))
        if seen[0].refused and self.instead:
            seen = yield Calls((self.instead,))
        yield Say(self.answer(seen[0]))


def money(amount: str, currency: str) -> str:
    """An amount as results state it."""
    return f"{amount} {currency}"


def policy(talk: Talk) -> Wish:
    """A question about the shop's rules. Raises Unsayable."""
    rng = talk.rng
    if rng.random() < 0.08 and talk.world.untold:
        return _untold(talk, rng.choice(talk.world.untold))
    rule = rng.choice(talk.world.rules)
    if rule.questions:
        return _about(talk, rule, talk.ask("policy_more", rule.questions[talk.lang]), {})
    act = rng.choice([a for a in rule.acts if a.startswith("policy_")])
    slots = _slots(talk, rule, act)
    if talk.knows(f"{act}_story") and rng.random() < 0.4:
        act = f"{act}_story"
        if act != "policy_abroad_story":
            return _about(talk, rule, _put(talk, rule, act, item=talk.item(talk.ware())), slots)
    return _about(talk, rule, _put(talk, rule, act, **slots), slots)


_LEFT_OPEN = 0.12


def _put(talk: Talk, rule: Rule, act: str, **slots: str) -> str:
    """A question that the rule answers, or now and then one that it leaves open."""

    def left_open(frame: str) -> bool:
        told = rule.facets_of(" ".join(r.text[talk.lang] for r in talk.world.rules), talk.lang)
        asked = rule.facets_of(frame, talk.lang)
        return bool(asked) and not asked & told

    if rule.facets and not rule.tells_all and talk.rng.random() < _LEFT_OPEN:
        return talk.say_if(left_open, act, **slots)
    return talk.say_if(lambda frame: bool(rule.answering(frame, talk.lang)), act, **slots)


def more_policy(talk: Talk) -> Wish:
    """One more question about the same policy, as short as second questions are."""
    asked = talk.rule
    if asked is None:
        raise Unsayable
    others = [
        (rule, act)
        for rule in talk.world.rules
        for act in rule.acts
        if rule.policy == asked.policy and rule is not asked and talk.knows(f"{act}_follow")
    ]
    if not others:
        raise Unsayable
    rule, act = talk.rng.choice(others)
    slots = _slots(talk, rule, act)
    text = _put(talk, rule, f"{act}_follow", **slots)
    return _about(talk, rule, text, slots, of=f"{asked.heading[talk.lang]}: ")


def _slots(talk: Talk, rule: Rule, act: str) -> dict[str, str]:
    named = {"policy_abroad": ("country", rule.places), "policy_method": ("method", rule.methods)}
    if act not in named:
        return {}
    slot, each = named[act]
    if not each.get(talk.lang):
        raise Unsayable
    return {slot: talk.rng.choice(each[talk.lang])}


def _about(talk: Talk, rule: Rule, text: str, slots: dict[str, str], of: str = "") -> Wish:
    told, asked = rule.answering(text, talk.lang), rule.facets_of(text, talk.lang)

    def answer(seen: Seen) -> str:
        if not told:
            talk.rule = rule
            return talk.reply("policy_unknown")
        plain = "".join(seen.text.split())
        if "".join(rule.quoted[talk.lang].split())[:60] not in plain:
            raise Unsayable
        talk.rule = rule
        sentence = rule.quoted[talk.lang]
        quoted = 0.1 if slots else 0.5
        if talk.rng.random() >= quoted or not asked <= rule.facets_of(sentence, talk.lang):
            return talk.rng.choice(told).format(**slots)
        return f"{sentence[:-1]}。" if sentence.endswith("；") else sentence

    return Wish(text, ("search_policies", {"query": of + question(text)}), answer)


def _untold(talk: Talk, rule: Rule) -> Wish:
    """A question that the shop's rules leave open."""
    text = talk.ask("policy_untold", rule.questions[talk.lang])

    def answer(seen: Seen) -> str:
        talk.rule = None
        return talk.reply("policy_unknown")

    return Wish(text, ("search_policies", {"query": question(text)}), answer)


_MOST = {"en": 160, "zh": 60}
_LEAST = {"en": 16, "zh": 5}


def question(text: str) -> str:
    """What of the shopper's words is looked up: the sentence that asks, or all of it."""
    sentences, _ = split_sentences(text, final=True)
    asking = [s for s in sentences if s.endswith(("?", "？"))]
    lang: Lang = "en" if text.isascii() else "zh"
    found = asking[0] if len(asking) == 1 and len(asking[0]) >= _LEAST[lang] else text
    return found.strip(" .,!?~。，！？～")[: _MOST[lang]]


def human(talk: Talk) -> Wish:
    """A person, please."""
    act = talk.rng.choice(["human", "human", "human_angry", "human_story"])
    slots = {"item": talk.item(talk.ware())} if act == "human_story" else {}
    reason = "wants a person" if talk.lang == "en" else "要求人工客服"

    def answer(seen: Seen) -> str:
        event = seen.of("hand_off")
        if event is None:
            raise Unsayable
        return talk.reply("handed", reference=event.reference)

    return Wish(talk.say(act, **slots), ("hand_off", {"reason": reason}), answer)
