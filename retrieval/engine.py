"""What a search needs of an index, whichever engine keeps it.

An `Index` is one version of a catalogue, which never changes; a `Scope` is what of it a search may
find. The embedded engine is `snapshot.Snapshot` over files; `tests/test_engines.py` holds every
engine to the same contract.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from retrieval.embedders import Matrix
from retrieval.filters import Filters, Sort
from retrieval.lexical import Group, Scores
from retrieval.vocabulary import Vocabulary

Scored = list[tuple[str, float]]
"""Product ids with scores, best first; equal scores in catalogue order."""


@dataclass(frozen=True, slots=True)
class Worded:
    """What a search by words found.

    `most`: the highest score that any product could have; `of` gives the scores of any products,
    0 for those without a word of the query.
    """

    best: Scored
    most: float
    of: Callable[[Sequence[str]], Scores]


class Scope(Protocol):
    """The products that satisfy the filters of a search; what it gives are all among them."""

    def near(self, vector: Matrix, k: int) -> Scored:
        """The `k` nearest to `vector`, shape (d,), each by its nearest passage, with cosines."""
        ...

    def cosines(self, vector: Matrix, product_ids: Sequence[str]) -> Scores:
        """The cosine of each product's nearest passage, shape (len(product_ids),)."""
        ...

    def worded(self, groups: Sequence[Group], k: int) -> Worded:
        """The `k` best that share words with the query."""
        ...

    def coded(self, codes: Sequence[str]) -> list[str]:
        """Those that have one of these folded ids or model codes, by the order of `codes`."""
        ...

    def first(self, k: int) -> list[str]:
        """The first `k` in catalogue order."""
        ...

    def ordered(self, product_ids: Sequence[str], sort: Sort) -> list[str]:
        """These by `sort`; equal ones as given, those without such a value at the end."""
        ...


class Index(Protocol):
    """One version of a catalogue, open for searching. Threads may share it."""

    @property
    def version(self) -> str:
        """The catalogue version."""
        ...

    @property
    def embedder(self) -> str:
        """The name of the model of its vectors; "" where it has words alone."""
        ...

    @property
    def weights_hash(self) -> str:
        """SHA-256 of that model's weights; "" where it has words alone."""
        ...

    @property
    def categories(self) -> Sequence[str]:
        """Every category path, in all languages of the catalogue."""
        ...

    @property
    def brands(self) -> Sequence[str]:
        """Every brand."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """What a query's words may mean here."""
        ...

    def within(self, filters: Filters) -> Scope:
        """What satisfies `filters`."""
        ...

    def groups(self, query: str) -> list[Group]:
        """The words of a query with all their ways to be said in this catalogue."""
        ...

    def translated(self, query: str) -> str:
        """The query in a language of the catalogue, for embedding; "" where it is in one."""
        ...

    def vectors_of(self, product_id: str) -> Matrix:
        """The vectors of a product's passages, shape (passages, d); none of an unknown one."""
        ...
