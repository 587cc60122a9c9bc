"""A sentence of a draft is let through only where the row holds all that it says.

On top of `agent.grounding`: claims that no draft may make, figures with their units and their
names, and every single word, which must be one of the row or one that states nothing. So what no
list foresaw is caught too. Deterministic, and closed: in doubt a sentence falls.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property

import yaml

from agent.drafts.facts import Fact, Facts
from agent.figures import numbers
from agent.grounding import NEGATION, Evidence, ungrounded, unsourced
from agent.settings import CHECKOUT
from retrieval.measures import NUMBER, Quantity, quantities
from retrieval.terms import plain
from retrieval.words import has_chinese, is_chinese, runs, stems, tokens

_CLAIMS = CHECKOUT / "data" / "claims.yaml"

# A value that denies or limits lends its words only to a sentence that does so too.
_LIMITS = re.compile(rf"{NEGATION.pattern}|\b(?:free|only|except)\b|[仅只勿免禁否]", re.IGNORECASE)
_AFFIRMS = re.compile(r"yes|true|是|有|可|可以|支持", re.IGNORECASE)
# A value that only says yes or no is told by the name.
_BARE = re.compile(rf"{_AFFIRMS.pattern}|no|none|false|否|无|不可|没有", re.IGNORECASE)
# "Luggage & Kids" says of a bag neither the one nor the other.
_COMPOUND = re.compile(r"[&/,、与和]|\band\b")
_CLAUSE = re.compile(r"[,;:!?，；：。！？]\s*|\.(?:\s|$)|\b(?:and|with|plus)\b")
# What a denial reaches: "not washable, dries quickly" denies one thing.
_REACH = re.compile(r"[,;!?，；。！？]\s*|\.(?:\s|$)|\b(?:and|but)\b|[但和且]")
_DENIALS = frozenset(stems("no not without non never none")) | frozenset(
    ["不", "不可", "无", "非", "否", "没有"]
)
# An extent is no quality where its figure stands before it: "26 cm high", not "a high lid".
_EXTENT = re.compile(r"0 +(?:high|wide|long|tall|deep|thick|across)\b")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_PIECE = re.compile(r"[,;/|、，；（）()]")

_GENERAL = ("title", "brand", "category")

Measured = tuple[str, Decimal]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sentence: the words at fault, and why."""

    claim: str
    why: str


@dataclass(frozen=True)
class _Lexicon:
    never: dict[str, re.Pattern[str]]
    stated: dict[str, re.Pattern[str]]
    verbs: dict[str, re.Pattern[str]]
    stems: frozenset[str]
    words: tuple[str, ...]


@cache
def _lexicon() -> _Lexicon:
    raw = yaml.safe_load(_CLAIMS.read_text(encoding="utf-8"))
    never, stated = (
        {
            name: re.compile(f"{claim['en']}|{claim['zh']}", re.IGNORECASE)
            for name, claim in raw[part].items()
        }
        for part in ("never", "stated")
    )
    verbs = {key: re.compile(pattern) for key, pattern in raw["verbs"].items()}
    english = frozenset(stem for word in raw["plain"]["en"].split() for stem in stems(word))
    return _Lexicon(never, stated, verbs, english, tuple(raw["plain"]["zh"].split()))


def _without(text: str, phrases: Iterable[str]) -> str:
    """A text without these phrases, none of which is cut out of a longer Latin word."""
    for phrase in sorted(filter(None, phrases), key=len, reverse=True):
        whole = rf"(?<![A-Za-z]){re.escape(phrase)}(?![A-Za-z])"
        text = re.sub(whole, " ", text, flags=re.IGNORECASE)
    return text


def _quantities(text: str) -> list[Quantity]:
    return quantities(plain(text))


def _measures(text: str) -> set[Measured]:
    """The quantities of a text; of a range its two ends."""
    return {end for quantity in _quantities(text) for end in _ends(quantity)}


def _ends(quantity: Quantity) -> set[Measured]:
    return {(quantity.dimension, quantity.low), (quantity.dimension, quantity.high)}


@dataclass(frozen=True)
class Check:
    """Holds the sentences of a draft against the facts of one product."""

    facts: Facts

    def fault(self, sentence: str) -> Fault | None:
        """The first fault of a sentence; None where the row holds all that it says."""
        stripped = self._stripped(sentence)
        banned = _named(_lexicon().never, _without(sentence, [self.facts.title, self.facts.brand]))
        if banned:
            return Fault(banned[1], f"never said in a draft: {banned[0]}")
        if why := ungrounded(sentence, self._evidence, self.facts.lang):
            reason, _, claim = why.partition(": ")
            return Fault(claim or sentence, reason)
        if why := unsourced(stripped, self._known(stripped)):
            reason, _, claim = why.partition(": ")
            return Fault(claim, reason)
        return (
            self._unstated(stripped)
            or self._figure(stripped)
            or self._misnamed(sentence)
            or self._untold(sentence)
            or self._word(sentence)
        )

    def rests_on(self, sentence: str) -> list[str]:
        """The names of the facts that a sentence tells, in the order of the row."""
        return [fact.name for fact in self.facts if self._tells(sentence, fact)]

    @cached_property
    def _evidence(self) -> Evidence:
        return Evidence([f"{fact.name}: {fact.value}" for fact in self.facts])

    def _stripped(self, sentence: str) -> str:
        """Without the title, the brand, and the names of facts whose value it tells: a label such
        as "waterproof rating" claims nothing.
        """
        names = [f.name for f in self.facts.listed if self._tells(sentence, f)]
        longer = [name for name in names if " " in name or has_chinese(name)]
        return _without(sentence, [self.facts.title, self.facts.brand, *longer])

    def _known(self, sentence: str) -> str:
        """What the row states, as far as the sentence may take words from it."""
        facts = [fact for fact in self.facts if _lends(fact, sentence)]
        named = [fact.name for fact in facts if _AFFIRMS.fullmatch(fact.value.strip())]
        # "waterproof: 3000 mm" says that it is.
        named += [f.name for f in facts if _FIGURE.match(f.value) and len(stems(f.name)) == 1]
        return "\n".join([*(fact.value for fact in facts), *named])

    def _unstated(self, sentence: str) -> Fault | None:
        known = _folded(self._known(sentence))
        for name, pattern in _lexicon().stated.items():
            for match in pattern.finditer(sentence):
                if match[0] and _folded(match[0]) not in known:
                    return Fault(match[0].strip(), f"the row does not state it: {name}")
        return None

    def _figure(self, sentence: str) -> Fault | None:
        """A figure, or a figure with a unit, that no fact has; the title lends none."""
        values = [fact.value for fact in self.facts.listed]
        known = set().union(*map(_measures, values)) if values else set()
        text = plain(sentence)
        found = _quantities(sentence)
        for place in dict.fromkeys((q.start, q.end) for q in found):
            # "oz" reads as a mass and as a volume: one of them is enough.
            if not any(_ends(q) <= known for q in found if (q.start, q.end) == place):
                return Fault(text[slice(*place)], "figure without a source")
        if extra := numbers(sentence) - numbers("\n".join(values)) - {1}:
            return Fault(f"{min(extra):f}", "figure without a source")
        digits = set(_FIGURE.findall(sentence)) - set(_FIGURE.findall("\n".join(values)))
        return Fault(min(digits), "figure without a source") if digits else None

    def _misnamed(self, sentence: str) -> Fault | None:
        """A figure that stands with another fact's name or words: "a weight of 38 L"."""
        for clause in _CLAUSE.split(_without(sentence, [self.facts.title, self.facts.brand])):
            found = _quantities(clause)
            named = [f for f in self._measured if found and _names(clause, f)]
            for place in dict.fromkeys((q.start, q.end) for q in found):
                figure = {m for q in found if (q.start, q.end) == place for m in _ends(q)}
                holders = [f for f, measures in self._measured.items() if measures & figure]
                if named and not any(f in named for f in holders):
                    return Fault(clause.strip(), "the figure is another fact's")
                if not named and self._of_another(clause, holders):
                    return Fault(clause.strip(), "the figure stands with another fact")
        return None

    def _untold(self, sentence: str) -> Fault | None:
        """The name of a fact without its value, or with that of some variants alone: "a sand
        weight", "a net weight of 100 g" where other variants have 300.
        """
        text = _without(sentence, [self.facts.title, self.facts.brand, self._category])
        said = _measures(text)
        for fact in self.facts.listed:
            figures = [_measures(value) for value in fact.each]
            if any(f & said for f in figures) and not all(f <= said for f in figures):
                return Fault(fact.name, "true of some variants alone")
            tellable = self._telling(fact) or fact in self._measured
            if tellable and _names(text, fact) and not self._tells(sentence, fact):
                return Fault(fact.name, "named and not told")
        return None

    @cached_property
    def _measured(self) -> dict[Fact, set[Measured]]:
        """The facts that hold a figure, each with its own."""
        found = {fact: _measures(fact.value) for fact in self.facts.listed}
        return {fact: measures for fact, measures in found.items() if measures}

    def _of_another(self, clause: str, holders: list[Fact]) -> bool:
        """Whether a clause has words of a fact that holds none of its figures, and no word of the
        names of those that do.
        """
        said = words_of(clause)
        if any(said & words_of(fact.name) for fact in holders):
            return False
        others = [f for f in self.facts.listed if f not in holders and f.key not in _GENERAL]
        own = set().union(*(words_of(fact.value) for fact in holders)) if holders else set()
        return any(self._telling(fact) & said - own for fact in others)

    def _word(self, sentence: str) -> Fault | None:
        """A word that is neither the row's nor one that states nothing."""
        text = _without(sentence, [self.facts.title, self.facts.brand, self._category])
        lent = self._lent(sentence)
        text = _EXTENT.sub("0", _without_quantities(text))
        if self.facts.lang == "zh":
            text = _without(text, [word for word in lent if has_chinese(word)])
            text = re.sub("|".join(sorted(_lexicon().words, key=_longest)), " ", text)
        for run in runs(text):
            if is_chinese(run):
                return Fault(run, "word without a source")
            unknown = [stem for stem in stems(run) if not stem.isdecimal() and stem not in lent]
            if self.facts.lang == "en":
                unknown = [stem for stem in unknown if stem not in _lexicon().stems]
            if unknown:
                return Fault(run, "word without a source")
        return None

    @property
    def _category(self) -> str:
        return next((fact.value for fact in self.facts.listed if fact.key == "category"), "")

    def _lent(self, sentence: str) -> set[str]:
        """The words that a sentence may take from the row: its values', and the names' of facts
        that it tells.
        """
        lent: set[str] = set()
        for fact in self.facts:
            compound = fact.key == "category" and _COMPOUND.search(fact.value)
            if compound or not _lends(fact, sentence):
                continue
            lent |= words_of(fact.value)
            if _LIMITS.search(fact.value):
                lent |= _DENIALS
            if self._tells(sentence, fact) or _AFFIRMS.fullmatch(fact.value.strip()):
                lent |= words_of(fact.name)
        return lent

    def _tells(self, sentence: str, fact: Fact) -> bool:
        """Whether a word or figure of the fact's value stands in the sentence."""
        if _BARE.fullmatch(fact.value.strip()):
            return _names(sentence, fact) and _lends(fact, sentence)
        if fact.value.casefold() in sentence.casefold():
            return True
        if fact.key in ("title", "category") or not _lends(fact, sentence):
            return False
        text = _without(sentence, [self.facts.title])
        figures = {m for m in _measures(fact.value) if m[0] != NUMBER}
        if figures & _measures(text):
            return True
        telling = self._telling(fact)
        return bool(telling & words_of(text)) or any(
            word in text for word in telling if has_chinese(word)
        )

    def _telling(self, fact: Fact) -> set[str]:
        """The words of a value that are its own: no figures, and none that state nothing."""
        return {
            word
            for word in words_of(fact.value)
            if len(word) > 1 and word not in _lexicon().stems and not _FIGURE.match(word)
        }


def _longest(pattern: str) -> tuple[bool, int]:
    """Words in the order in which they are to be tried: longer ones, then patterns."""
    return (not has_chinese(pattern), -len(pattern))


def _lends(fact: Fact, sentence: str) -> bool:
    """Whether a sentence may take words from a fact: of one that denies or limits, only where it
    does so too, in the part that speaks of it.
    """
    if not _LIMITS.search(fact.value):
        return True
    parts = _REACH.split(sentence)
    own = [part for part in parts if _names(part, fact)]
    own = own or [part for part in parts if words_of(part) & words_of(fact.value)]
    return bool(own) and all(_LIMITS.search(_without(part, [fact.name])) for part in own)


def _names(clause: str, fact: Fact) -> bool:
    verb = _lexicon().verbs.get(fact.key)
    if verb and verb.search(clause):
        return True
    if has_chinese(fact.name):
        return fact.name in clause
    wanted, said = stems(fact.name), stems(clause)
    return any(said[i : i + len(wanted)] == wanted for i in range(len(said)))


def _named(claims: dict[str, re.Pattern[str]], text: str) -> tuple[str, str] | None:
    for name, pattern in claims.items():
        if match := pattern.search(text):
            return name, match[0].strip()
    return None


def _without_quantities(text: str) -> str:
    """With a plain 0 for each figure and its unit, which are held against the row elsewhere."""
    folded = plain(text)
    for quantity in reversed(quantities(folded)):
        if quantity.dimension != NUMBER:
            folded = f"{folded[: quantity.start]} 0 {folded[quantity.end :]}"
    return folded


def words_of(text: str) -> set[str]:
    """The words that a text lends: English stems; of Chinese its phrases and jieba's words."""
    found = {stem for run in runs(text) if not is_chinese(run) for stem in stems(run)}
    for piece in _PIECE.split(text):
        for run in filter(is_chinese, runs(piece)):
            found |= {run, *(word for word in tokens(run) if len(word) > 1)}
    return found


def _folded(text: str) -> str:
    return re.sub(r"[\s\-]", "", text).casefold()
