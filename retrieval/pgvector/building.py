"""Fills the tables of one version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pgvector.psycopg import register_vector
from sqlalchemy import (
    Column,
    CompoundSelect,
    Connection,
    MetaData,
    Select,
    Table,
    insert,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on

from retrieval.build import CUT, TEXTS, Progress, cut_words, embed_fresh
from retrieval.catalogue import Product, product_row
from retrieval.dictionary import read_dictionary
from retrieval.embedders import Embedder, Matrix
from retrieval.lexical import WordIndex
from retrieval.lexicon import build_lexicon
from retrieval.manifest import Manifest
from retrieval.passages import Passage, passages
from retrieval.pgvector.tables import Tables, versions, words_digest
from retrieval.snapshot import product_codes


@dataclass(frozen=True, slots=True)
class Known:
    """The passages of an earlier version whose vectors are taken over, by hash."""

    hashes: frozenset[str] = frozenset()
    passages: Table | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """All that has to be computed for a version, before anything is written."""

    products: Sequence[Product]
    passages: list[tuple[int, int, Passage]]
    """Product row, place among the product's passages, passage."""
    vectors: dict[str, Matrix]
    """Of the passages that were embedded, by hash."""
    words: WordIndex
    lexicon: str


def draft(
    products: Sequence[Product],
    embedder: Embedder | None,
    known: Known,
    dictionary: Path | None,
    progress: Progress,
) -> Draft:
    """Cut the words, and embed what is not `known`."""
    words = cut_words(products, progress).index()
    entries = read_dictionary(dictionary) if dictionary else ()
    lexicon = build_lexicon(entries, products, words).text()
    rows = [(row, n, p) for row, of in enumerate(products) for n, p in enumerate(passages(of))]
    fresh = {p.hash: p.text for _, _, p in rows if p.hash not in known.hashes}
    vectors = embed_fresh(fresh, embedder, progress) if embedder else {}
    return Draft(products, rows, vectors, words, lexicon)


def write_version(
    connection: Connection,
    made: Draft,
    embedder: Embedder | None,
    known: Known,
    *,
    version: str,
    built_at: str,
    graph: bool,
) -> Manifest:
    """Create and fill the version's tables in one transaction, and record it."""
    tables = Tables.of(version, embedder.dimension if embedder else 0)
    tables.metadata.create_all(connection)
    _write_products(connection, tables.products, made.products)
    _write_passages(connection, tables.passages, made, known)
    _copy(
        connection,
        tables.postings,
        (
            (number, term, rows.astype("<i4").tobytes(), impacts.tobytes())
            for number, (term, rows, impacts) in enumerate(made.words.postings())
        ),
    )
    tables.create_indexes(connection, graph=graph)
    for table in tables.metadata.sorted_tables:
        connection.exec_driver_sql(f"ANALYZE {table}")
    step = made.words.step
    manifest = Manifest(
        version=version,
        built_at=built_at,
        products=len(made.products),
        passages=len(made.passages),
        embedded=len(made.vectors),
        embedder=embedder.name if embedder else "",
        weights_hash=embedder.weights_hash if embedder else "",
        dimension=embedder.dimension if embedder else 0,
        texts=TEXTS,
        cut=CUT,
        files=tables.digests(connection) | {"lexicon": words_digest(made.lexicon, step)},
    )
    row = {"name": version, "manifest": manifest.content().decode(), "lexicon": made.lexicon}
    connection.execute(insert(versions), row | {"step": step})
    return manifest


def _write_products(connection: Connection, table: Table, products: Sequence[Product]) -> None:
    codes: list[list[str]] = [[] for _ in products]
    for name, rows in product_codes(products).items():
        for row in rows:
            codes[row].append(name)
    rows_of = zip(products, codes, strict=True)
    _copy(connection, table, ((n, p.id, product_row(p), c) for n, (p, c) in enumerate(rows_of)))


def _write_passages(connection: Connection, table: Table, made: Draft, known: Known) -> None:
    rows = ((row, place, p.lang, p.hash) for row, place, p in made.passages)
    if "embedding" not in table.c:
        _copy(connection, table, rows)
        return
    scratch = MetaData()
    wanted = _temporary("wanted", scratch, table, "product", "place", "lang", "hash")
    fresh = _temporary("fresh", scratch, table, "hash", "embedding")
    scratch.create_all(connection, checkfirst=False)
    _copy(connection, wanted, rows)
    _copy(connection, fresh, made.vectors.items())
    vectors = _vectors(fresh, known).subquery()
    complete = select(wanted, vectors.c.embedding).join(vectors, vectors.c.hash == wanted.c.hash)
    in_order = complete.order_by(wanted.c.product, wanted.c.place)
    connection.execute(insert(table).from_select(list(table.c), in_order))


def _vectors(fresh: Table, known: Known) -> CompoundSelect[Any] | Select[Any]:
    """The vector of each hash; what is known never leaves the server."""
    if known.passages is None:
        return select(fresh)
    old = known.passages.c
    kept = select(old.hash, old.embedding).where(old.hash.not_in(select(fresh.c.hash)))
    return union_all(select(fresh), kept.ext(distinct_on(old.hash)))


def _temporary(name: str, metadata: MetaData, like: Table, *columns: str) -> Table:
    """A table that is gone at the end of the transaction."""
    same = [Column(column, like.c[column].type) for column in columns]
    prefixes, commit = ["TEMPORARY"], "DROP"
    return Table(name, metadata, *same, prefixes=prefixes, postgresql_on_commit=commit)


def _copy(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Load rows by PostgreSQL's COPY."""
    driver: Any = connection.connection.driver_connection
    register_vector(driver)
    # "vector(384)" is one type among the columns', "vector" is what the driver knows.
    types = [str(c.type.compile(connection.dialect)).split("(")[0].lower() for c in table.c]
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
