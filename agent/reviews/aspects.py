"""What of a purchase a review speaks of, by a readable lexicon: `data/aspects.yaml` explains it.

A text is cut into clauses. A clause that says something outright ("runs small", "偏小") settles how
its aspect feels; one that merely speaks of the aspect feels as the clause does, which the caller
asks the model of polarity.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from agent.events import Lang
from agent.normalise import language_of

LEXICON = Path(__file__).resolve().parents[2] / "data" / "aspects.yaml"

Aspect = Literal["size", "quality", "delivery", "price", "service"]
ASPECTS: tuple[Aspect, ...] = ("size", "quality", "delivery", "price", "service")

_ENDS = re.compile(r"[.!?;。！？；…\n]+(?=\D|$)")
_TURNS = {
    "en": re.compile(r"\b(?:but|although|though|however|except|yet|while)\b", re.IGNORECASE),
    "zh": re.compile(r"[,，、~～\s]+|但是|但|不过|可是|可惜|然而|虽然|就是(?=[\u4e00-\u9fff])"),
}
_NEGATED = {
    "en": re.compile(
        r"(?:\b(?:not(?!\s+only)|never|no|zero|without|hardly|nothing|nor)|n't)(?:\s+\w+){0,2}\s*$"
    ),
    "zh": re.compile(r"(?:不|没|没有|未|无|别|并非|毫无)[会是算怎么再那]{0,2}$"),
}
_NEAR = 40
_NOT_ANY = re.compile(r"[都也]没")
_GAP = {"en": r"(?:\w[\w'-]*\s+){0,3}", "zh": r"[\u4e00-\u9fff]{0,6}"}


@dataclass(frozen=True)
class Said:
    """Something that reviews say outright: how it feels, and the note that a product carries."""

    polarity: str
    note: Mapping[Lang, str]


@dataclass(frozen=True)
class Mention:
    """That a clause speaks of an aspect. `says`: what it says outright; "": as the clause feels."""

    aspect: Aspect
    says: str
    clause: str


@dataclass(frozen=True)
class _Pattern:
    aspect: Aspect
    says: str
    words: Mapping[Lang, re.Pattern[str]]


def aspect_name(aspect: str, lang: Lang) -> str:
    """What an aspect is called."""
    return str(_lexicon()[aspect]["name"][lang])


@cache
def said() -> dict[tuple[str, str], Said]:
    """Everything that can be said outright, by aspect and key."""
    return {
        (aspect, key): Said(entry["polarity"], entry["note"])
        for aspect, about in _lexicon().items()
        for key, entry in about["says"].items()
    }


def mentions(text: str) -> list[Mention]:
    """What each clause speaks of, in order."""
    lang = language_of(text)
    return [found for clause in clauses(text, lang) for found in _in_clause(clause, lang)]


def clauses(text: str, lang: Lang) -> list[str]:
    """Sentences, cut again where they turn ("but"); in Chinese at commas as well."""
    sentences = (sentence.strip() for sentence in _ENDS.split(text.replace("’", "'")))
    parts = (part.strip() for sentence in sentences for part in _TURNS[lang].split(sentence))
    return [part for part in parts if part]


def settle(found: Iterable[tuple[Mention, str]]) -> dict[str, dict[str, str]]:
    """One verdict an aspect, from mentions with how each feels.

    What is said outright counts before what clauses merely feel like; a complaint before praise.
    """
    verdicts: dict[str, dict[str, str]] = {}
    weights: dict[str, tuple[bool, int]] = {}
    for mention, polarity in found:
        weight = bool(mention.says), ("neutral", "positive", "negative").index(polarity)
        if weight > weights.get(mention.aspect, (False, -1)):
            weights[mention.aspect] = weight
            verdict = {"polarity": polarity}
            verdicts[mention.aspect] = verdict | ({"says": mention.says} if mention.says else {})
    return verdicts


def _in_clause(clause: str, lang: Lang) -> Iterator[Mention]:
    spoken: dict[Aspect, None] = {}
    outright: list[tuple[int, int, Aspect, str]] = []
    low = clause.lower()
    for pattern in _patterns():
        for hit in pattern.words[lang].finditer(low):
            spoken[pattern.aspect] = None
            if says := _meant(pattern.says, low, hit, lang):
                outright.append((*hit.span(), pattern.aspect, says))
    # Of two readings of the same words the longer one holds.
    said_here = dict.fromkeys(
        (aspect, says)
        for start, end, aspect, says in outright
        if not any(s <= start and end <= e and e - s > end - start for s, e, *_ in outright)
    )
    yield from (Mention(aspect, says, clause) for aspect, says in said_here)
    settled = {aspect for aspect, _ in said_here}
    yield from (Mention(aspect, "", clause) for aspect in spoken if aspect not in settled)


def _meant(says: str, text: str, hit: re.Match[str], lang: Lang) -> str:
    """What a phrase says where it stands: negated, good is bad and bad good, and others nothing."""
    before = text[max(0, hit.start() - _NEAR) : hit.start()]
    after = text[hit.end() :]
    if not (_NEGATED[lang].search(before) or (lang == "zh" and _NOT_ANY.match(after))):
        return says
    return {"good": "bad", "bad": "good"}.get(says, "")


@cache
def _lexicon() -> dict[str, Any]:
    lexicon: dict[str, Any] = yaml.safe_load(LEXICON.read_text("utf-8"))
    return lexicon


@cache
def _patterns() -> tuple[_Pattern, ...]:
    found = []
    for aspect in ASPECTS:
        about = _lexicon()[aspect]
        found.append(_Pattern(aspect, "", _compiled(about["terms"])))
        for key, entry in about["says"].items():
            found.append(_Pattern(aspect, key, _compiled(entry["phrases"])))
    return tuple(found)


def _compiled(phrases: Mapping[Lang, Sequence[str]]) -> dict[Lang, re.Pattern[str]]:
    english = "|".join(sorted((_english(p) for p in phrases["en"]), key=len, reverse=True))
    chinese = "|".join(sorted((_chinese(p) for p in phrases["zh"]), key=len, reverse=True))
    return {"en": re.compile(rf"\b(?:{english})(?!\w)"), "zh": re.compile(chinese)}


def _english(phrase: str) -> str:
    words = [
        _GAP["en"] if word == "_" else re.escape(word.rstrip("*")) + r"\w*" * word.endswith("*")
        for word in phrase.split()
    ]
    return r"\s+".join(words).replace(_GAP["en"] + r"\s+", _GAP["en"])


def _chinese(phrase: str) -> str:
    return _GAP["zh"].join(re.escape(part) for part in phrase.split("_"))
