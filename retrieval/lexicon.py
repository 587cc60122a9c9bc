"""Which words of one language say what words of another say, as far as a catalogue has them.

Made when an index is built, from a dictionary and from the catalogue's own texts in two languages,
and cut down to what can match: a Chinese word is there with the glosses whose words the catalogue
has, an English one with the Chinese words that it has. Words that share a translation are synonyms
of each other. A misspelt word stands for the catalogue's word that is written, or in Chinese
pronounced, nearly like it.
"""

import json
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Protocol

from retrieval.catalogue import Product
from retrieval.dictionary import Entry
from retrieval.lexical import Group, Term
from retrieval.words import is_chinese, runs, tokens

SYNONYM, TRANSLATION, TYPO = 0.25, 0.5, 0.8
"""What a match counts that the query did not say itself; a translation counts whole where the
catalogue does not have the query's word at all."""

Phrase = tuple[str, ...]

_LONGEST_WORD = 8
_MOST_SENSES = 4
# A word of many senses is nobody's synonym.
_LONGEST_GRAM = 3
_SHORTEST_TYPO = 4
_TONE = re.compile(r"[1-5]")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`glosses`: Chinese word -> English phrases; `words`: English phrase -> Chinese words;
    `sounds`: Chinese character -> its readings without tones. The keys of `words` and the English
    ones of `synonyms` are stems with spaces, what stands behind a key is written out.
    """

    glosses: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    synonyms: dict[str, list[str]] = field(default_factory=dict)
    sounds: dict[str, str] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        """Write it as JSON."""
        file.write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """What `parse` reads."""
        content = {part.name: getattr(self, part.name) for part in fields(self)}
        return json.dumps(content, ensure_ascii=False, sort_keys=True) + "\n"

    @classmethod
    def load(cls, file: Path) -> "Lexicon":
        """Read what `save` wrote."""
        return cls.parse(file.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> "Lexicon":
        """Read what `text` gave."""
        return cls(**json.loads(text))


def build_lexicon(
    entries: Iterable[Entry], products: Iterable[Product], known: Container[str]
) -> Lexicon:
    """The lexicon of a catalogue whose words are `known`."""
    meant: dict[str, set[str]] = defaultdict(set)
    sounds: dict[str, set[str]] = defaultdict(set)
    glosses: dict[str, dict[str, None]] = defaultdict(dict)
    words: dict[str, dict[str, None]] = defaultdict(dict)
    for entry in (*_own_entries(products), *entries):
        if len(entry.word) == 1:
            sounds[entry.word].add(_TONE.sub("", entry.sound).casefold())
        has_word = all(part in known for part in entry.parts)
        for gloss, stems in entry.glosses.items():
            meant[entry.word].add(stems)
            if all(stem in known for stem in stems.split()):
                glosses[entry.word][gloss] = None
            if has_word:
                words[stems][entry.word] = None
    return Lexicon(
        {word: list(of) for word, of in glosses.items()},
        {stems: list(of) for stems, of in words.items()},
        _synonyms(meant, glosses, words),
        {character: " ".join(sorted(of)) for character, of in sounds.items()},
    )


def _own_entries(products: Iterable[Product]) -> list[Entry]:
    """What the catalogue itself says in both languages, in categories and attributes."""
    pairs: dict[tuple[str, str], None] = {}
    for product in products:
        levels = {lang: text.split(">") for lang, text in product.category.items()}
        if len(levels.get("zh", ())) == len(levels.get("en", ())):
            pairs |= dict.fromkeys(zip(levels.get("zh", ()), levels.get("en", ()), strict=True))
        for attributes in (product.attributes, *(v.attributes for v in product.variants)):
            for value in attributes.values():
                if len(value) > 1 and "zh" in value and "en" in value:
                    pairs[value["zh"], value["en"]] = None
    return [entry for pair in pairs if (entry := _own_entry(*pair))]


def _own_entry(word: str, gloss: str) -> Entry | None:
    word, gloss = word.strip(), gloss.strip()
    short = 2 <= len(word) <= _LONGEST_WORD and 0 < len(gloss.split()) <= _LONGEST_GRAM
    stems = " ".join(tokens(gloss)) if short and is_chinese(word) and gloss.isascii() else ""
    return Entry(word, "", tuple(tokens(word)), {gloss: stems}) if stems else None


def _synonyms(
    senses: dict[str, set[str]],
    glosses: dict[str, dict[str, None]],
    words: dict[str, dict[str, None]],
) -> dict[str, list[str]]:
    """Phrases that translate to one and the same word, in either language."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    by_gloss: dict[str, list[str]] = defaultdict(list)
    for word, meant in senses.items():
        if len(word) < 2 or len(meant) > _MOST_SENSES:
            continue
        for gloss in meant:
            by_gloss[gloss].append(word)
            for other in glosses.get(word, ()):
                found[gloss][other] = None
    for gloss, chinese in by_gloss.items():
        having = [word for word in words.get(gloss, ()) if word in chinese]
        for word in chinese:
            for other in having:
                if other != word:
                    found[word][other] = None
    return {phrase: list(others) for phrase, others in found.items() if others}


class Vocabulary(Protocol):
    """The words of a catalogue, as a `WordIndex` has them."""

    def __contains__(self, word: object) -> bool: ...

    @property
    def vocabulary(self) -> Iterable[str]:
        """Every word that a product has."""
        ...


class QueryWords:
    """Turns a query into groups of terms that a catalogue's words match. Thread-safe."""

    def __init__(self, index: Vocabulary, lexicon: Lexicon) -> None:
        self._index = index
        self._lexicon = lexicon

    def groups(self, query: str) -> list[Group]:
        """The parts of a query, each with all its ways to be said."""
        groups: dict[str, Group] = {}
        latin: list[str] = []
        for run in runs(query):
            if is_chinese(run):
                groups |= self._english(latin)
                latin = []
                groups |= self._chinese(run)
            else:
                latin += tokens(run)
        return list((groups | self._english(latin)).values())

    def translated(self, query: str) -> str:
        """A query with Chinese in it in English words that the catalogue has, for a catalogue
        without Chinese; of a word the first two glosses. "" where nothing can be translated.
        """
        said: list[str] = []
        found = False
        for run in runs(query):
            if not is_chinese(run):
                said.append(run)
                continue
            for word in self._segments(run):
                glosses = self._lexicon.glosses.get(word, ())[:2]
                said += glosses
                found = found or bool(glosses)
        return " ".join(said) if found else ""

    def _english(self, words: Sequence[str]) -> dict[str, Group]:
        groups: dict[str, Group] = {}
        for word in words:
            group = self._ways(word, (word,), self._lexicon.words.get(word, ()))
            if not group:
                group = [Term((near,), TYPO) for near in self._near(word)]
            groups[word] = group
        for size in range(2, _LONGEST_GRAM + 1):
            for start in range(len(words) - size + 1):
                phrase = " ".join(words[start : start + size])
                others = [
                    *self._translated(self._lexicon.words.get(phrase, ()), False),
                    *self._synonyms(phrase),
                ]
                if others:
                    whole = Term(tuple(phrase.split()))
                    groups[phrase] = [whole, *others]
        return groups

    def _chinese(self, run: str) -> dict[str, Group]:
        groups: dict[str, Group] = {}
        direct = list(dict.fromkeys(tokens(run)))
        for word in direct:
            if word in self._index:
                groups[word] = [Term((word,))]
        for word in self._segments(run):
            group = self._ways(word, tuple(tokens(word)), self._lexicon.glosses.get(word, ()))
            if group:
                groups[word] = group
        for pair in self._unknown_pairs(run):
            if near := self._homophones(pair):
                groups[pair] = [Term((word,), TYPO) for word in near]
        return groups

    def _ways(self, word: str, own: Phrase, translations: Iterable[str]) -> list[Term]:
        said = bool(own) and all(part in self._index for part in own)
        ways = [Term(own)] if said else []
        return ways + self._translated(translations, said) + self._synonyms(word)

    def _translated(self, phrases: Iterable[str], said: bool) -> list[Term]:
        weight = TRANSLATION if said else 1.0
        return [Term(parts, weight) for p in phrases if (parts := self._parts(p))]

    def _synonyms(self, phrase: str) -> list[Term]:
        others = self._lexicon.synonyms.get(phrase, ())
        return [Term(parts, SYNONYM) for other in others if (parts := self._parts(other))]

    def _parts(self, phrase: str) -> Phrase:
        parts = tuple(tokens(phrase))
        return parts if all(part in self._index for part in parts) else ()

    def _segments(self, run: str) -> list[str]:
        """The run as the fewest words that the lexicon or the catalogue has; others left out."""
        best: list[tuple[float, list[str]]] = [(0.0, [])]
        for end in range(1, len(run) + 1):
            ways = []
            for start in range(max(0, end - _LONGEST_WORD), end):
                word = run[start:end]
                cost, before = best[start]
                if word in self._lexicon.glosses or word in self._index:
                    ways.append((cost + (1.0 if len(word) > 1 else 1.6), [*before, word]))
                elif len(word) == 1:
                    ways.append((cost + 3.0, before))
            best.append(min(ways, key=lambda way: way[0]))
        return best[-1][1]

    def _near(self, word: str) -> list[str]:
        """The catalogue's words that are spelt nearly like a word that it does not have."""
        if len(word) < _SHORTEST_TYPO or not word.isalpha():
            return []
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        most = 1 if len(word) < 8 else 2
        lengths = range(len(word) - most, len(word) + most + 1)
        choices = [known for length in lengths for known in self._by_length.get(length, ())]
        found = extract(word, choices, scorer=OSA.distance, score_cutoff=most, limit=3)
        least = min((distance for _, distance, _ in found), default=0)
        return [near for near, distance, _ in found if distance == least]

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        by_length: dict[int, list[str]] = defaultdict(list)
        for word in self._index.vocabulary:
            if word.isascii() and word.isalpha() and len(word) >= _SHORTEST_TYPO:
                by_length[len(word)].append(word)
        return by_length

    def _unknown_pairs(self, run: str) -> list[str]:
        """Neighbouring characters that make no word of the catalogue or of the dictionary."""
        known = self._lexicon.glosses
        pairs = [run[i : i + 2] for i in range(len(run) - 1)]
        return [p for p in pairs if p not in self._index and p not in known]

    def _homophones(self, pair: str) -> list[str]:
        """The catalogue's pairs that share a character with this one and sound alike."""
        found = (w for sound in self._readings(pair) for w in self._by_sound.get(sound, ()))
        return [w for w in dict.fromkeys(found) if w[0] == pair[0] or w[1] == pair[1]]

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        by_sound: dict[str, list[str]] = defaultdict(list)
        for word in self._index.vocabulary:
            if len(word) == 2 and is_chinese(word):
                for sound in self._readings(word):
                    by_sound[sound].append(word)
        return by_sound

    def _readings(self, pair: str) -> list[str]:
        first, second = (self._lexicon.sounds.get(c, "").split() for c in pair)
        return [f"{a} {b}" for a in first for b in second]
