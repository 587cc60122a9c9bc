"""BM25F over the fields of products: one impact for each word of a product, ready to be added up.

The frequencies of a word in the fields are weighted, normalised by the field's length and added
before they saturate (Robertson, Zaragoza and Taylor, CIKM 2004). As nothing of that depends on the
query, it is computed when the index is built (Lù, "BM25S", 2024) and kept in 8 bits: a query adds
up to one array a word. What a build needs to go on from is kept beside it, so that the words of
products that did not change are not cut again.
"""

import json
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.facets import Mask

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Field:
    """How much a word in this field counts, and how much the field's length takes from that."""

    weight: float
    b: float


# What a product is says more than what it is for or what is written about it. Attributes are many
# and their words are those of every other product of the kind.
FIELDS: Mapping[str, Field] = {
    "title": Field(3.0, 0.4),
    "purpose": Field(1.0, 0.5),
    "brand": Field(2.0, 0.2),
    "category": Field(1.0, 0.4),
    "description": Field(1.0, 0.75),
    "attributes": Field(0.5, 0.75),
}
K1 = 1.2

Words = Sequence[Sequence[str]]
"""The words of one product, a list for each of `FIELDS`."""

_TERMS, _FACTS, _ARRAYS, _SOURCES = "terms.txt", "facts.json", "postings.npz", "sources.npz"


@dataclass(frozen=True, slots=True)
class Term:
    """One way to say a part of a query: its words must all be there; `weight` discounts it."""

    words: tuple[str, ...]
    weight: float = 1.0


Group = Sequence[Term]
"""A part of a query: of its ways to be said the best one counts (Pirkola, SIGIR 1998)."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The words of every product, as they were counted.

    Row r has the terms `terms[starts[r]:starts[r + 1]]` and their `counts` in each field, shape
    (terms, fields). `digests`: the hash of each product's words, shape (products,).
    """

    starts: NDArray[np.int64]
    terms: NDArray[np.int32]
    counts: NDArray[np.uint8]
    digests: NDArray[np.uint64]


class WordIndex:
    """Scores every product against a query's words; rows are in catalogue order."""

    def __init__(
        self,
        terms: Sequence[str],
        starts: NDArray[np.int64],
        rows: NDArray[np.int32],
        impacts: NDArray[np.uint8],
        products: int,
        step: float,
    ) -> None:
        self._term_of = {term: number for number, term in enumerate(terms)}
        self._starts, self._rows, self._impacts = starts, rows, impacts
        self._products, self._step = products, np.float32(step)
        self._tops: list[float] = (_tops(starts, impacts) * self._step).tolist()
        self._idfs: list[float] = idf(products, np.diff(starts).astype(np.float64)).tolist()

    @classmethod
    def of(cls, documents: Iterable[Sequence[str]]) -> "WordIndex":
        """An index of plain documents, each the list of its words."""
        builder = WordIndexBuilder()
        for number, words in enumerate(documents):
            builder.add(number, [words if name == "description" else () for name in FIELDS])
        return builder.index()

    def __contains__(self, word: object) -> bool:
        return word in self._term_of

    @property
    def vocabulary(self) -> Iterable[str]:
        """Every word that a product has."""
        return self._term_of

    @property
    def step(self) -> float:
        """What one step of an impact is worth."""
        return float(self._step)

    def postings(self) -> Iterator[tuple[str, NDArray[np.int32], NDArray[np.uint8]]]:
        """Each term with the rows of the products that have it, and its impacts there."""
        for term, number in self._term_of.items():
            where = slice(self._starts[number], self._starts[number + 1])
            yield term, self._rows[where], self._impacts[where]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays that a search reads."""
        return self._starts.nbytes + self._rows.nbytes + self._impacts.nbytes

    @classmethod
    def load(cls, folder: Path) -> "WordIndex":
        """Read what `WordIndexBuilder.save` wrote."""
        terms = _read_terms(folder)
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
            starts, rows, impacts = arrays["starts"], arrays["rows"], arrays["impacts"]
        return cls(terms, starts, rows, impacts, facts["products"], facts["step"])

    def score(self, groups: Sequence[Group]) -> tuple[Scores, float]:
        """The score of every product, shape (products,), and the most that it could be.

        A score is multiplied by the share of the query that the product has: of "usb fan" a fan
        that says nothing of USB has one half.
        """
        total = np.zeros(self._products, dtype=np.float32)
        share = np.zeros(self._products, dtype=np.float32)
        weight, most = 0.0, 0.0
        for group in groups:
            worth = self._worth(group)
            if not worth:
                continue
            weight += worth
            most += self._most(group)
            if len(group) == 1 and len(group[0].words) == 1 and group[0].weight == 1.0:
                rows, impacts = self._postings(group[0].words[0])
                total[rows] += impacts
                share[rows] += worth
            else:
                best = self._best(group)
                total += best
                share += (best > 0) * np.float32(worth)
        if weight:
            total *= share
            total /= weight
        return total, most

    def search(
        self, groups: Sequence[Group], k: int, mask: Mask | None = None
    ) -> list[tuple[int, float]]:
        """The best `k` rows that share a word with the query and that `mask` allows, best first.

        Equal scores keep catalogue order.
        """
        scores, _ = self.score(groups)
        return top_rows(scores if mask is None else scores * mask, k)

    def _postings(self, word: str) -> tuple[NDArray[np.int32], Scores]:
        number = self._term_of.get(word)
        if number is None:
            return self._rows[:0], np.zeros(0, dtype=np.float32)
        where = slice(self._starts[number], self._starts[number + 1])
        return self._rows[where], self._impacts[where] * self._step

    def _worth(self, group: Group) -> float:
        """What having the group is worth: the least of its ways that the catalogue knows."""
        known = [
            sum(self._idfs[self._term_of[word]] for word in term.words)
            for term in group
            if all(word in self for word in term.words)
        ]
        return min(known, default=0.0)

    def _most(self, group: Group) -> float:
        """The highest score that any product could have by the group."""
        return max(
            min(self._tops[self._term_of[word]] for word in term.words)
            * term.weight
            * math.sqrt(len(term.words))
            for term in group
            if all(word in self for word in term.words)
        )

    def _best(self, group: Group) -> Scores:
        best = np.zeros(self._products, dtype=np.float32)
        for term in group:
            rows, impacts = self._all_of(term.words)
            score = impacts * np.float32(term.weight * math.sqrt(len(term.words)))
            np.maximum.at(best, rows, score)
        return best

    def _all_of(self, words: Sequence[str]) -> tuple[NDArray[np.int32], Scores]:
        """The rows that have all the words, and the least of their impacts: a "sleeping bag" is no
        bag.
        """
        rows, impacts = self._postings(words[0])
        for word in words[1:]:
            others, theirs = self._postings(word)
            if not len(others) or not len(rows):
                return rows[:0], impacts[:0]
            # Rows ascend in every list of postings.
            places = np.minimum(np.searchsorted(others, rows), len(others) - 1)
            common = others[places] == rows
            rows = rows[common]
            impacts = np.minimum(impacts[common], theirs[places[common]])
        return rows, impacts


class WordIndexBuilder:
    """Collects the words of products in catalogue order, then writes the index.

    `previous` is the folder of an index of the same `FIELDS`: the words of a product whose digest
    it knows are taken from there.
    """

    def __init__(self, previous: Path | None = None) -> None:
        self._term_of: dict[str, int] = {}
        self._starts = array("q", [0])
        self._terms, self._counts = array("i"), array("B")
        self._digests = array("Q")
        self._old: Sources | None = None
        self._row_of: dict[int, int] = {}
        if previous is not None:
            self._term_of = {term: number for number, term in enumerate(_read_terms(previous))}
            with np.load(previous / _SOURCES, allow_pickle=False) as arrays:
                names = ("starts", "terms", "counts", "digests")
                self._old = Sources(*(arrays[name] for name in names))
            self._row_of = {int(d): row for row, d in enumerate(self._old.digests)}

    def knows(self, digest: int) -> bool:
        """Whether the words of a product with this digest need not be cut again."""
        return digest in self._row_of

    def take(self, digest: int) -> None:
        """Add the next product, whose digest `knows`."""
        self.take_row(self._row_of[digest])

    def take_row(self, row: int) -> None:
        """Add the next product, which is the one in this row of the previous index."""
        if self._old is None:
            raise KeyError(row)
        where = slice(int(self._old.starts[row]), int(self._old.starts[row + 1]))
        self._terms.frombytes(np.ascontiguousarray(self._old.terms[where]).tobytes())
        self._counts.frombytes(np.ascontiguousarray(self._old.counts[where]).tobytes())
        self._end(int(self._old.digests[row]))

    def add(self, digest: int, words: Words) -> None:
        """Add the next product with its words."""
        counts: dict[str, list[int]] = {}
        for field, of_field in enumerate(words):
            for word in of_field:
                counts.setdefault(word, [0] * len(FIELDS))[field] += 1
        for word, of_word in counts.items():
            self._terms.append(self._term_of.setdefault(word, len(self._term_of)))
            self._counts.extend(min(count, 255) for count in of_word)
        self._end(digest)

    def _end(self, digest: int) -> None:
        self._digests.append(digest)
        self._starts.append(len(self._terms))

    def index(self) -> WordIndex:
        """The index of everything that was added, in memory."""
        terms, sources = _without_unused(list(self._term_of), self._sources())
        starts, rows, impacts, step = _postings(len(terms), sources)
        return WordIndex(terms, starts, rows, impacts, len(sources.digests), step)

    def save(self, folder: Path) -> WordIndex:
        """Write the index of everything that was added into `folder`, and give it."""
        folder.mkdir(exist_ok=True)
        terms, sources = _without_unused(list(self._term_of), self._sources())
        starts, rows, impacts, step = _postings(len(terms), sources)
        text = "".join(f"{term}\n" for term in terms)
        (folder / _TERMS).write_text(text, encoding="utf-8", newline="\n")
        facts = {"products": len(sources.digests), "step": step}
        (folder / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
        np.savez(folder / _ARRAYS, starts=starts, rows=rows, impacts=impacts)
        np.savez(
            folder / _SOURCES,
            starts=sources.starts,
            terms=sources.terms,
            counts=sources.counts,
            digests=sources.digests,
        )
        return WordIndex(terms, starts, rows, impacts, len(sources.digests), step)

    def _sources(self) -> Sources:
        return Sources(
            np.frombuffer(self._starts, dtype=np.int64),
            np.frombuffer(self._terms, dtype=np.int32),
            np.frombuffer(self._counts, dtype=np.uint8).reshape(-1, len(FIELDS)),
            np.frombuffer(self._digests, dtype=np.uint64),
        )


def _read_terms(folder: Path) -> list[str]:
    return (folder / _TERMS).read_text(encoding="utf-8").split("\n")[:-1]


def plain_groups(words: Iterable[str]) -> list[Group]:
    """Every different word for itself."""
    return [(Term((word,)),) for word in dict.fromkeys(words)]


def idf(products: int, having: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    """Inverse document frequency as Lucene computes it, never below 0."""
    return np.asarray(np.log1p((products - having + 0.5) / (having + 0.5)))


def _without_unused(terms: list[str], sources: Sources) -> tuple[list[str], Sources]:
    """Without terms that only products had which are gone."""
    used = np.zeros(len(terms), dtype=bool)
    used[sources.terms] = True
    number = (np.cumsum(used) - 1).astype(np.int32)
    kept = [term for term, is_used in zip(terms, used, strict=True) if is_used]
    renumbered = number[sources.terms] if len(terms) else sources.terms
    return kept, Sources(sources.starts, renumbered, sources.counts, sources.digests)


def _postings(
    terms: int, sources: Sources
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], float]:
    """Where each term's postings start, their rows and 8-bit impacts, and the worth of a step."""
    products = len(sources.digests)
    row_of = np.repeat(np.arange(products, dtype=np.int32), np.diff(sources.starts))
    weighted = np.zeros(len(sources.terms), dtype=np.float32)
    for number, field in enumerate(FIELDS.values()):
        counts = sources.counts[:, number].astype(np.float32)
        lengths = np.bincount(row_of, weights=counts, minlength=products).astype(np.float32)
        having = lengths[lengths > 0]
        mean = float(having.mean()) if len(having) else 1.0
        # A product without the field has no word in it to divide.
        norm = np.where(lengths > 0, 1 - field.b + field.b * lengths / mean, 1.0)
        weighted += field.weight * counts / norm.astype(np.float32)[row_of]
    order = np.argsort(sources.terms, kind="stable")
    frequencies = np.bincount(sources.terms, minlength=terms)
    starts = np.concatenate([[0], np.cumsum(frequencies)]).astype(np.int64)
    weights = idf(products, frequencies.astype(np.float64)).astype(np.float32)
    impacts = weights[sources.terms] * weighted / (K1 + weighted)
    top = float(impacts.max()) if len(impacts) else 1.0
    step = top / 255
    coded = np.clip(np.rint(impacts[order] / step), 1, 255).astype(np.uint8)
    return starts, row_of[order], coded, step


def _tops(starts: NDArray[np.int64], impacts: NDArray[np.uint8]) -> Scores:
    """The highest impact of each term, shape (terms,); every term has a posting."""
    if not len(impacts):
        return np.zeros(len(starts) - 1, dtype=np.float32)
    return np.maximum.reduceat(impacts, starts[:-1]).astype(np.float32)


def top_rows(scores: Scores, k: int) -> list[tuple[int, float]]:
    """The `k` rows of the highest positive scores, best first, ties in order of rows."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > k:
        found = scores[rows]
        # Everything above the k-th score, then of those equal to it the first rows.
        floor = np.partition(found, len(found) - k)[len(found) - k]
        above = rows[found > floor]
        rows = np.concatenate([above, rows[found == floor][: k - len(above)]])
    order = np.lexsort((rows, -scores[rows]))
    return [(int(row), float(scores[row])) for row in rows[order]]
