"""How one answer compares with the gold one: sums that figures are ratios of, and its faults."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from agent.events import Lang
from agent.grounding import Evidence, split_sentences, ungrounded
from agent.normalise import language_of
from finetune.evaluation.answers import Answer, argument_models, schema_fault, shown
from finetune.evaluation.steps import REFUSED, SMALL_TALK, Call, Step, tools_of
from finetune.evaluation.wording import bleu_counts, rouge_l

_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")

Sums = dict[str, tuple[float, float]]
"""For each measure what its numerator and its denominator grow by."""

MEASURES: dict[str, str] = {
    "tool": "tool accuracy: the right tool, where one is due",
    "first": "first choice: the right tool or none, at the first answer of a turn",
    "decision": "call or words as the gold answer does, and the right tool, at every answer",
    "exact": "argument exact match",
    "outcome": "calls that give what the gold calls give, as the assistant runs them",
    "f1": "argument F1",
    "format": "call format valid, of all answers that call or try to",
    "no_tool": "small talk, off-topic and intrusive words answered without a call",
    "refusal": "off-topic and intrusive words answered without a call",
    "asks_back": "missing argument: no proposal where the gold answer asks for something",
    "grounded": "sentences grounded before the guard",
    "language": "answers in the shopper's language",
    "rouge_l": "ROUGE-L of the prose",
    "tokens": "tokens an answer",
    "prompt_tokens": "tokens of its prompt",
    "seconds": "seconds an answer, as many at once as were asked",
}


@dataclass
class Judgement:
    """One step's sums, the counts for BLEU, and what was wrong: each a kind and a line."""

    sums: Sums = field(default_factory=dict)
    bleu: tuple[int, ...] = ()
    faults: list[tuple[str, str]] = field(default_factory=list)


def is_exact(step: Step, answer: Answer) -> bool:
    """Whether the gold tools are called with the gold arguments."""
    return parts_of(step.calls) == parts_of(answer.calls)


def judge(step: Step, answer: Answer, same: bool | None = None) -> Judgement:
    """Compare an answer with the gold one.

    `same`: whether its calls give what the gold ones give, None if that is not known.
    """
    judged = Judgement()
    _tools(step, answer, judged)
    if step.calls:
        _arguments(step, answer, judged)
        if same is not None:
            _count(judged, "outcome", same, "another outcome", shown(answer.calls, answer.text))
    if answer.tried_to_call:
        _count(judged, "format", not answer.fault, "malformed call", answer.fault)
    if step.opens and not step.calls and step.act in SMALL_TALK | REFUSED:
        quiet = not answer.tried_to_call
        judged.sums["no_tool"] = (quiet, 1)
        if step.act in REFUSED:
            judged.sums["refusal"] = (quiet, 1)
    if step.asks_back:
        early = any(name.startswith("propose_") for name, _ in answer.calls)
        _count(judged, "asks_back", not early, "proposed too early", shown(answer.calls, ""))
    if answer.text and not answer.fault:
        _prose(step, answer.text, judged)
    if step.text:
        said = "" if answer.tried_to_call else answer.text
        judged.sums["rouge_l"] = (rouge_l(said, step.text), 1)
        judged.bleu = bleu_counts(said, step.text, step.lang)
    judged.sums |= {
        "tokens": (answer.tokens, 1),
        "prompt_tokens": (answer.prompt_tokens, 1),
        "seconds": (answer.seconds, 1),
    }
    return judged


def _count(judged: Judgement, measure: str, good: bool, kind: str, line: str) -> None:
    judged.sums[measure] = (good, 1)
    if not good:
        judged.faults.append((kind, line))


def _tools(step: Step, answer: Answer, judged: Judgement) -> None:
    # A call in the wrong form is no call: the assistant would not run it.
    called = tools_of(answer.calls) if answer.calls or not answer.fault else "malformed"
    right = called == step.tool
    judged.sums["decision"] = (right, 1)
    if step.calls:
        judged.sums["tool"] = (right, 1)
    if step.opens:
        judged.sums["first"] = (right, 1)
    if right or called == "malformed":
        return
    kind = "no call" if called == "none" else "wrong tool" if step.calls else "needless call"
    judged.faults.append((kind, f"{called} for {step.tool}"))


def _arguments(step: Step, answer: Answer, judged: Judgement) -> None:
    wanted, got = parts_of(step.calls), parts_of(answer.calls)
    common = (wanted & got).total()
    exact = is_exact(step, answer)
    judged.sums["exact"] = (exact, 1)
    judged.sums["f1"] = (2 * common, wanted.total() + got.total())
    if tools_of(answer.calls) == step.tool and not exact:
        missing = ", ".join(sorted(".".join(p[:-1]) for p in wanted - got))
        more = ", ".join(sorted(".".join(p[:-1]) for p in got - wanted))
        judged.faults.append(("wrong arguments", f"wanted {missing or '-'}; got {more or '-'}"))


def parts_of(calls: Sequence[Call]) -> Counter[tuple[str, ...]]:
    """Each argument as (tool, place, value), and each tool itself, in comparable form.

    Of no account: case, width and white space, defaults, a number's form, "#" before an order's
    number, the order in which options are named.
    """
    parts: Counter[tuple[str, ...]] = Counter()
    for name, arguments in calls:
        parts[(name, "")] += 1
        for place, value in _leaves(_validated(name, arguments), ()):
            parts[(name, ".".join(place), _folded(place[-1], value))] += 1
    return parts


def _validated(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    if schema_fault(name, arguments):
        return arguments
    model = argument_models()[name].model_validate(arguments)
    return model.model_dump(exclude_defaults=True)


def _leaves(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, (*place, str(key)))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _leaves(part, (*place, str(number)))
    elif value is not None:
        yield place or ("",), value


def _folded(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float | Decimal):
        return f"{Decimal(str(value)).normalize():f}"
    text = " ".join(unicodedata.normalize("NFKC", str(value)).casefold().split())
    if key == "order_id":
        return text.lstrip("#")
    if key == "to":
        return ",".join(sorted(filter(None, re.split(r"[\s,、;]+", text))))
    return f"{Decimal(text).normalize():f}" if _NUMBER.fullmatch(text) else text


def _prose(step: Step, text: str, judged: Judgement) -> None:
    evidence = Evidence(list(step.results), list(step.said))
    sentences = split_sentences(text, final=True)[0]
    held = [(s, why) for s in sentences if (why := ungrounded(s, evidence, step.lang))]
    judged.sums["grounded"] = (len(sentences) - len(held), len(sentences))
    for sentence, why in held:
        judged.faults.append(("ungrounded", f"{why} | {sentence}"))
    other: Lang = "zh" if step.lang == "en" else "en"
    right = language_of(text, other) == step.lang
    _count(judged, "language", right, "wrong language", text)
