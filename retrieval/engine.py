"""What a search needs of an index, whichever engine keeps it.

A `Store` keeps the versions of a catalogue's index; an `Index` is one of them, which never
changes; a `Scope` is what of it a search may find. The embedded engine is `store.IndexStore` with
`snapshot.Snapshot` over files; `pgvector.PostgresStore` keeps all in PostgreSQL.
`tests/test_engines.py` holds both to the same contract.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from retrieval.catalogue import Product
from retrieval.embedders import Embedder, Matrix
from retrieval.filters import Filters, Sort
from retrieval.lexical import Group, Scores
from retrieval.understanding.vocabulary import Vocabulary

if TYPE_CHECKING:
    from retrieval.build import Progress
    from retrieval.manifest import Manifest

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

    def ordered(self, product_ids: Sequence[str], sort: Sort, *, valued: bool = False) -> list[str]:
        """These by `sort`; equal ones as given, those without such a value at the end, or left out
        where all must be `valued`.
        """
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


class Store(Protocol):
    """All versions of one index. Safe for many readers and one writer, in many processes.

    Everything raises IndexStoreError where the place that keeps it cannot be used.
    """

    dictionary: Path | None
    """What builds translate queries with."""

    def stamp(self) -> tuple[int, int] | None:
        """Changes with every switch; None: there is no index. Cheap: every search asks."""
        ...

    def current(self) -> str:
        """The version that serves. Raises IndexMissing, IndexDamaged."""
        ...

    def open(self) -> Index:
        """Open the current version. Raises IndexMissing, IndexDamaged."""
        ...

    def open_last_good(self) -> Index:
        """Open the newest version that is whole. Raises IndexDamaged where none is."""
        ...

    def versions(self) -> list[str]:
        """Names of all versions, oldest first."""
        ...

    def manifest(self, name: str) -> "Manifest":
        """A version's manifest, nothing compared with it. Raises IndexMissing, IndexDamaged."""
        ...

    def products(self, name: str) -> Iterator[Product]:
        """The products of a version, after it was verified. Raises IndexDamaged."""
        ...

    def verify(self) -> dict[str, str]:
        """Each version, and "current", with what is wrong ("": nothing)."""
        ...

    def fault(self, name: str | None = None) -> str:
        """What is wrong with a version, by default with the one that serves; "": nothing."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Be the one writer. Raises IndexStoreError while another process or thread is."""
        ...

    def build(
        self,
        products: Sequence[Product],
        embedder: Embedder | None,
        *,
        built_at: str,
        progress: "Progress" = ...,
        reuse: bool = True,
    ) -> "Manifest":
        """Write and verify a new version beside the others; nothing is switched.

        With `reuse`, what the current version has of equal texts is taken over.
        """
        ...

    def content_hash(self, products: Sequence[Product], embedder: Embedder | None) -> str:
        """Equal for what `build` would make the same version of."""
        ...

    def count_unknown(self, products: Sequence[Product], embedder: Embedder | None) -> int:
        """How many passages a build would have to embed."""
        ...

    def switch(self, name: str) -> None:
        """Let the whole version `name` serve from now on. Raises IndexDamaged where it is not."""
        ...

    def before(self, name: str) -> str:
        """The newest whole version older than `name`. Raises IndexMissing where there is none."""
        ...

    def prune(self) -> list[str]:
        """Remove what is older than the newest few, unless it serves or is open; the names."""
        ...
