"""Every figure, date, attribute and promise in the prose must trace to a tool result.

The check is deterministic and runs before a sentence is released. A shopper's own figures, counts
of what was shown, and sums and differences of grounded amounts are allowed too.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import combinations
from pathlib import Path

import yaml

from agent.events import Lang
from agent.normalise import language_of

_LEXICON = Path(__file__).resolve().parent.parent / "data" / "grounding.yaml"

_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])[-+]?\d+(?:,\d{3})*(?:\.\d+)?")
_WORDS = {
    word: Decimal(value)
    for value, names in {
        **dict(enumerate(["zero", "one", "two|both", "three", "four", "five", "six", "seven"])),
        **dict(enumerate(["eight", "nine", "ten", "eleven", "twelve", "thirteen"], 8)),
        **{14: "fourteen", 15: "fifteen", 20: "twenty", 30: "thirty", 45: "forty-five"},
        **{60: "sixty", 90: "ninety", 100: "hundred"},
    }.items()
    for word in names.split("|")
}
_WORD_NUMBER = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)
_ZH_NUMERAL = re.compile(
    r"([零一二两三四五六七八九十百千]{1,7})(?=\s*(?:天|日|个|款|件|元|块|美元|年|月|小时|折|公斤|克|升|米))"
)
_ZH_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_ZH_UNIT = {"十": 10, "百": 100, "千": 1000}
_LINK = re.compile(r"https?://\S+|www\.\S+|\b[\w.+-]+@[\w-]+\.\w[\w.-]*", re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}|]|\n")
_LONGEST = {"en": 320, "zh": 140}
# Characters of one sentence; what is longer is a list, and lists live in cards.
_NEGATION = re.compile(
    r"\b(?:no|not|none|never|cannot|can't|don't|doesn't|isn't|aren't|without|couldn't|unable)\b|[不没无未]",
    re.IGNORECASE,
)
# Two or more capitalised words inside a sentence read as the name of a product or a brand.
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][\w'-]+)(?: (?:[A-Z][\w'-]*|\d+))+")


@cache
def _lexicon() -> tuple[list[re.Pattern[str]], list[re.Pattern[str]], re.Pattern[str]]:
    """Claims, attribute words and claims of action, each compiled over both languages."""
    raw = yaml.safe_load(_LEXICON.read_text(encoding="utf-8"))
    claims = [re.compile(f"{c['en']}|{c['zh']}", re.IGNORECASE) for c in raw["claims"].values()]
    attributes = [
        re.compile("|".join(rf"\b{w}\b" if w.isascii() else w for w in words), re.IGNORECASE)
        for words in raw["attributes"]
    ]
    actions = re.compile(f"{raw['actions']['en']}|{raw['actions']['zh']}", re.IGNORECASE)
    return claims, attributes, actions


def _chinese_numeral(text: str) -> Decimal:
    """The value of a numeral such as 三十 or 一百二十."""
    total = current = 0
    for char in text:
        if char in _ZH_UNIT:
            total += (current or 1) * _ZH_UNIT[char]
            current = 0
        else:
            current = _ZH_DIGIT[char]
    return Decimal(total + current)


def numbers(text: str) -> set[Decimal]:
    """Every figure in `text`: digits, English number words and Chinese numerals."""
    found = {abs(Decimal(m[0].replace(",", ""))) for m in _NUMBER.finditer(text)}
    found |= {_WORDS[m[0].lower()] for m in _WORD_NUMBER.finditer(text)}
    found |= {_chinese_numeral(m[1]) for m in _ZH_NUMERAL.finditer(text)}
    return {n.normalize() for n in found}


@dataclass
class Evidence:
    """What the session knows: tool results and cards, and what the shopper said."""

    results: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    counts: set[int] = field(default_factory=set)

    def text(self) -> str:
        """All tool results as one text."""
        return "\n".join(self.results)

    def figures(self) -> set[Decimal]:
        """Every allowed figure: given, counted, or the sum or difference of two given ones."""
        given = numbers(self.text()) | numbers("\n".join(self.said))
        recent = sorted(numbers("\n".join([*self.results[-2:], *self.said[-1:]])))[:60]
        derived = {s.normalize() for a, b in combinations(recent, 2) for s in (a + b, abs(a - b))}
        # One is a pronoun more often than a count.
        return given | derived | {Decimal(n).normalize() for n in self.counts | {1}}


def ungrounded(sentence: str, evidence: Evidence, lang: Lang) -> str | None:
    """Why `sentence` may not be shown, or None where every part of it is grounded."""
    if not sentence.strip():
        return None
    if language_of(sentence, lang) != lang:
        return "not in the shopper's language"
    if _MARKUP.search(sentence) or len(sentence) > _LONGEST[lang]:
        return "not prose"
    claims, attributes, actions = _lexicon()
    known = evidence.text()
    if match := actions.search(sentence):
        return f"claims an action: {match[0]}"
    if extra := numbers(_LINK.sub(" ", sentence)) - evidence.figures():
        return f"figure without a source: {', '.join(f'{n:f}' for n in sorted(extra))}"
    for link in _LINK.findall(sentence):
        if link.rstrip(".,") not in known:
            return f"address without a source: {link}"
    for pattern in claims:
        if (match := pattern.search(sentence)) and not pattern.search(known):
            return f"claim without a source: {match[0]}"
    if not _NEGATION.search(sentence):
        for pattern in attributes:
            if (match := pattern.search(sentence)) and not pattern.search(known):
                return f"attribute without a source: {match[0]}"
    everything = (known + "\n" + "\n".join(evidence.said)).lower()
    for name in _NAME.findall(sentence):
        if name.lower() not in everything:
            return f"name without a source: {name}"
    return None


_END = re.compile(r"(?<=[。！？；])|(?<=[.!?])(?=\s|$)|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|approx|vs|no|mr|ms|dr|st|etc)|(?:^|\n)\s*\d{1,2})\.$", re.IGNORECASE
)


def split_sentences(text: str, *, final: bool) -> tuple[list[str], str]:
    """Whole sentences at the head of `text`, and the rest that may still grow.

    With `final` the rest is a sentence too. Sentences keep no surrounding white space.
    """
    sentences: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.end()]
        at_edge = (
            end.end() == len(text) and not final and not piece.rstrip().endswith(tuple("。！？；"))
        )
        if at_edge or _ABBREVIATION.search(piece.rstrip()):
            continue
        if piece.strip():
            sentences.append(piece.strip())
        start = end.end()
    rest = text[start:]
    if final and rest.strip():
        sentences.append(rest.strip())
        rest = ""
    return sentences, rest
