"""What one look-up settles: a shopper's words, the call that answers them, and the answer."""

from collections.abc import Callable
from dataclasses import dataclass

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
    """A question about the shop's rules."""
    rule = talk.rng.choice(talk.world.rules)
    act = talk.rng.choice([a for a in rule.acts if a.startswith("policy_")])
    slots: dict[str, str] = {}
    if act == "policy_abroad":
        places = rule.places.get(talk.lang)
        if not places:
            raise Unsayable
        slots["country"] = talk.rng.choice(places)
    elif act == "policy_method":
        methods = rule.methods.get(talk.lang)
        if not methods:
            raise Unsayable
        slots["method"] = talk.rng.choice(methods)
    return Wish(
        talk.say(act, **slots),
        ("search_policies", {"query": rule.query[talk.lang]}),
        lambda seen: _ruled(talk, rule, slots, seen),
    )


def _ruled(talk: Talk, rule: Rule, slots: dict[str, str], seen: Seen) -> str:
    plain = "".join(seen.text.split())
    if "".join(rule.text[talk.lang].split())[:40] not in plain:
        raise Unsayable
    return talk.rng.choice(rule.answers[talk.lang]).format(**slots)


def human(talk: Talk) -> Wish:
    """A person, please."""
    act = talk.rng.choice(["human", "human", "human_angry"])
    reason = "wants a person" if talk.lang == "en" else "要求人工客服"

    def answer(seen: Seen) -> str:
        event = seen.of("hand_off")
        if event is None:
            raise Unsayable
        return talk.reply("handed", reference=event.reference)

    return Wish(talk.say(act), ("hand_off", {"reason": reason}), answer)
