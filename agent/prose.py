"""The model's prose on its way to the shopper: held until a sentence is whole, then checked."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from agent.context import TurnContext
from agent.figures import amounts, numbers
from agent.grounding import LONGEST, Evidence, split_sentences, ungrounded
from agent.tools.changes import cancelling
from agent.wording import say

MOST_SENTENCES = 3
"""Prose is short; lists and figures live in cards."""

_MARKUP = re.compile(r"\*\*|__|`|^#+ |^\s*[-*•]\s+", re.MULTILINE)
# An untuned model may excuse itself below the very cards that answer.
_DENIAL = re.compile(
    r"\bI (?:can only help|can(?:no|')t (?:help|assist))"
    r"|只能帮|(?:无法|不能)(?:帮助|协助|帮您|为您|做到)",
    re.IGNORECASE,
)
_CONFIRM = re.compile(r"\b(?:confirm|proceed|go ahead)\b|确认|核对", re.IGNORECASE)
# Of something that is sold out: "Yes", "in stock", but not "not in stock"; and that it is.
_IN_STOCK = re.compile(r"^yes\b|\b(?:in stock|available)\b|^有|有货|现货", re.IGNORECASE)
_SOLD_OUT = re.compile(
    r"\b(?:out of stock|sold out|unavailable)\b"
    r"|(?:\bnot?|n't|\bnone|\bno longer)\b.{0,20}\b(?:in stock|available)"
    r"|\bwhen\b.{0,20}\bavailable|缺货|售罄|没货|无货|没有货|没有现货|暂无|卖完|到货",
    re.IGNORECASE,
)
_NO_CHOICE = re.compile(
    r"\b(?:no|not|n't|only one)\b[^,.;]{0,30}\b(?:options?|versions?|variants?)\b"
    r"|(?:没有|无)(?:其他|其它|别的|任何)?(?:款式|规格|选项|选择)|只有(?:这)?一[种个款](?:款式|规格|选项|选择)?",
    re.IGNORECASE,
)
# Handles are for the model: "P3 Hollow 2" and "(P3)" are plain names on the screen.
_HANDLE = re.compile(
    r"\s*[(（]P\d{1,4}[)）]|(?<![A-Za-z0-9])P\d{1,4}[:：]?\s+(?=[A-Z\u4e00-\u9fff\"“])"
)


def evidence_of(context: TurnContext) -> Evidence:
    """What the turn's prose may rest on."""
    return Evidence(context.known, context.said, context.refusals)


def denies_rule(context: TurnContext, sentence: str) -> bool:
    """Whether a sentence turns away, without a look-up, a question that a rule answers."""
    if context.calls or not context.said or not _DENIAL.search(sentence):
        return False
    return context.shop.policies.surely_asked(context.said[-1], context.lang)


@dataclass
class Prose:
    """One turn's prose. `fault` is why the last sentence was held back, "" if none was."""

    context: TurnContext
    released: list[str] = field(default_factory=list)
    fault: str = ""
    _pending: str = ""

    @property
    def stopped(self) -> bool:
        """Whether nothing more of this answer will be released."""
        return bool(self.fault) or len(self.released) >= MOST_SENTENCES

    def feed(self, text: str, *, final: bool = False) -> str:
        """Take more of the answer; return what of it may be shown now, whole sentences only.

        The first sentence that is not grounded stops the answer: what follows may rest on it.
        """
        sentences, self._pending = split_sentences(self._pending + text, final=final)
        shown: list[str] = []
        for sentence in sentences:
            if self.stopped:
                break
            sentence = _HANDLE.sub("", _MARKUP.sub("", sentence)).strip()
            self.fault = self._fault(sentence)
            if not self.fault and sentence and sentence not in self.released:
                self.released.append(sentence)
                shown.append(sentence)
        if not self.stopped and len(self._pending) > LONGEST[self.context.lang]:
            self.fault = "a sentence without an end"
        return self.join(shown)

    def _fault(self, sentence: str) -> str:
        if self.context.calls and _DENIAL.search(sentence):
            return "denies what was just looked up"
        if denies_rule(self.context, sentence):
            return "denies what a rule answers"
        if not self.context.calls and cancelling(self.context):
            return "asks why, which was said"
        if self.context.sold_out and _IN_STOCK.search(sentence) and not _SOLD_OUT.search(sentence):
            return "says in stock what is sold out"
        if self.context.choices and _NO_CHOICE.search(sentence):
            return "denies options that there are"
        asked = any(name.startswith("propose_") for name, _ in self.context.calls)
        if asked and not self.context.proposed and _CONFIRM.search(sentence):
            return "asks to confirm what was refused"
        return ungrounded(sentence, evidence_of(self.context), self.context.lang) or ""

    def untold(self) -> str:
        """What the answer had to say and did not: that what was asked for is sold out, what the
        option that was asked for costs, and how many of it there are.
        """
        context = self.context
        said = self.join()
        for card in context.out_of_stock:
            if card in said and not context.sold_out:
                context.sold_out = say(
                    context.lang, f"{card} is out of stock.", f"{card}目前缺货。"
                )
        sold_out = any(_SOLD_OUT.search(sentence) for sentence in self.released)
        price = amounts(context.priced)
        priced = any(price <= amounts(sentence) for sentence in self.released)
        count, telling = context.counted
        counted = any(Decimal(count) in numbers(sentence) for sentence in self.released)
        missing = [
            "" if sold_out else context.sold_out,
            "" if priced else context.priced,
            "" if counted else telling,
        ]
        return self.join([part for part in missing if part])

    def restart(self) -> None:
        """A new answer begins: what is pending of the last one is dropped, its fault forgiven."""
        self._pending = ""
        self.fault = ""

    def cut_off(self) -> None:
        """The answer ended in the middle of a sentence: half a sentence is not shown."""
        self._pending = ""

    def add(self, text: str) -> None:
        """Text that code wrote, grounded by construction."""
        self.released.append(text)
        self.fault = ""

    def join(self, sentences: list[str] | None = None) -> str:
        """Sentences as one text: Chinese without spaces between them."""
        glue = "" if self.context.lang == "zh" else " "
        return glue.join(self.released if sentences is None else sentences)
