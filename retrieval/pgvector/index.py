"""One version of the index in PostgreSQL, opened for searching.

What filters and what names products lies in memory, as in the embedded engine, so that a filter
means the same in both: the rows that it allows are sent along, a few as a list, many as one bit for
each product. Vectors, postings and codes stay with the server.
"""

import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, func, select

from retrieval.catalogue import Product
from retrieval.contents import Contents
from retrieval.embedders import Matrix
from retrieval.errors import IndexDamaged
from retrieval.filters import Filters
from retrieval.inputs.parsing import parse_product
from retrieval.lexical import Group, WordIndex
from retrieval.lexicon import Lexicon, QueryWords
from retrieval.manifest import Manifest, parse_manifest
from retrieval.pgvector.scope import Allowed
from retrieval.pgvector.server import Server
from retrieval.pgvector.tables import Tables, versions
from retrieval.understanding.vocabulary import Vocabulary

EXACT_UP_TO = 5_000
"""So many passages are compared one by one; a graph is made, and walked, beyond.

Measured on one core with 384 dimensions: 2.6 µs a passage, and 3.5 ms by a graph of 19,406.
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """A `Vocabulary`; its words are in the order in which the catalogue first has them."""

    vocabulary: dict[str, None]

    def __contains__(self, word: object) -> bool:
        return word in self.vocabulary


class PostgresIndex:
    """An `Index`. Product rows are in catalogue order.

    Holds a shared lock on the version while it lives, so that no update prunes it. `products`: what
    the version was built from, where that is at hand.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        seal: str | None = None,
        products: Sequence[Product] = (),
        *,
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        self.server, self.exact_up_to = server, exact_up_to
        self._hold(name)
        with server.transaction(name) as connection:
            self.manifest = read_manifest(connection, name, seal)
            self.tables = Tables.of(name, self.manifest.dimension)
            check_counts(connection, self.tables, self.manifest)
            products = products or list(read_products(connection, self.tables, name))
            postings = self.tables.postings.c
            terms = connection.scalars(select(postings.term).order_by(postings.number))
            self._terms = Terms(dict.fromkeys(terms))
            words = select(versions.c.lexicon, versions.c.step).where(versions.c.name == name)
            lexicon, self._step = connection.execute(words).one()
            places = select(func.max(self.tables.passages.c.place) + 1)
            self.most_passages = connection.scalar(places) or 0
        self.query_words = QueryWords(self._terms, Lexicon.parse(lexicon))
        self.contents = Contents(products)
        self.ids, self.row_of = self.contents.ids, self.contents.row_of

    @property
    def version(self) -> str:
        """The catalogue version."""
        return self.manifest.version

    @property
    def embedder(self) -> str:
        """The name of the model of its vectors; "" where it has words alone."""
        return self.manifest.embedder

    @property
    def weights_hash(self) -> str:
        """SHA-256 of that model's weights; "" where it has words alone."""
        return self.manifest.weights_hash

    def within(self, filters: Filters) -> Allowed:
        """What satisfies `filters`."""
        return Allowed(self, self.contents.mask(filters))

    @property
    def categories(self) -> list[str]:
        """Every category path, in all languages of the catalogue."""
        return self.contents.categories

    @property
    def brands(self) -> list[str]:
        """Every brand."""
        return self.contents.brands

    @property
    def vocabulary(self) -> Vocabulary:
        """What a query's words may mean here."""
        return self.contents.vocabulary

    def translated(self, query: str) -> str:
        """The query in a language of the catalogue, for embedding; "" where it is in one."""
        return "" if self.contents.has_chinese else self.query_words.translated(query)

    def groups(self, query: str) -> list[Group]:
        """The words of a query with all their ways to be said in this catalogue."""
        return self.query_words.groups(query)

    def vectors_of(self, product_id: str) -> Matrix:
        """The vectors of a product's passages, shape (passages, d); none of an unknown one."""
        row, passages = self.row_of.get(product_id), self.tables.passages.c
        if row is None or not self.embedder:
            return np.zeros((0, self.manifest.dimension), dtype=np.float32)
        query = select(passages.embedding).where(passages.product == row).order_by(passages.place)
        with self.reading() as connection:
            return np.array(connection.scalars(query).all(), dtype=np.float32)

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection to the tables of this version."""
        return self.server.reading(self.version)

    def words_of(self, groups: Sequence[Group]) -> WordIndex:
        """The words of these groups alone, with which they score as with those of the whole."""
        words = sorted({word for group in groups for term in group for word in term.words})
        postings = self.tables.postings.c
        query = select(postings.term, postings.rows, postings.impacts)
        with self.reading() as connection:
            found = connection.execute(query.where(postings.term == func.any(words))).all()
        rows = [np.frombuffer(f.rows, dtype="<i4") for f in found]
        impacts = [np.frombuffer(f.impacts, dtype=np.uint8) for f in found]
        return WordIndex(
            [f.term for f in found],
            np.cumsum([0, *map(len, rows)], dtype=np.int64),
            np.concatenate([np.zeros(0, dtype=np.int32), *rows]),
            np.concatenate([np.zeros(0, dtype=np.uint8), *impacts]),
            len(self.ids),
            self._step,
        )

    def _hold(self, name: str) -> None:
        lock = self.server.lock(number_of(name), shared=True)
        if lock is None:
            raise gone(name)
        weakref.finalize(self, lock.release)


def number_of(version: str) -> int:
    """The number that a version's name begins with; its lock has it too. Versions count from 1."""
    return int(version[:6])


def gone(version: str) -> IndexDamaged:
    """The error of a version that is not there, or is just being removed."""
    return IndexDamaged(
        f"index version {version} is not there; "
        "run `shopclerk index rollback` or `shopclerk index rebuild`"
    )


def read_manifest(connection: Connection, version: str, seal: str | None = None) -> Manifest:
    """A version's manifest. Raises IndexDamaged where it lacks or `seal` is another one's."""
    raw = connection.scalar(select(versions.c.manifest).where(versions.c.name == version))
    if raw is None:
        raise gone(version)
    manifest = parse_manifest(raw.encode(), version)
    if seal is not None and seal != manifest.seal:
        raise damaged(version, ["the pointer names another build of it"])
    return manifest


def check_counts(connection: Connection, tables: Tables, manifest: Manifest) -> None:
    """Compare the number of rows. Raises IndexDamaged where one differs."""
    counts = dict(zip(("products", "passages", "postings"), tables.counts(connection), strict=True))
    expected = {name: int(manifest.files[name].split()[0]) for name in counts}
    faults = [
        f"{name} has {counts[name]} rows instead of {expected[name]}"
        for name in counts
        if counts[name] != expected[name]
    ]
    if faults:
        raise damaged(manifest.version, faults)


def damaged(version: str, faults: Iterable[str]) -> IndexDamaged:
    """The error of a version with these faults."""
    return IndexDamaged(
        f"index version {version} is damaged: {'; '.join(faults)}; "
        "run `shopclerk index rollback` or `shopclerk index rebuild`"
    )


def read_products(connection: Connection, tables: Tables, version: str) -> Iterator[Product]:
    """The products that a version was built from, in catalogue order."""
    query = select(tables.products.c.content).order_by(tables.products.c.row)
    for content in connection.execution_options(yield_per=1000).scalars(query):
        product, problems = parse_product(content)
        if product is None:
            raise damaged(version, [f"products: {problems[0]}"])
        yield product
