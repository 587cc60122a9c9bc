"""The tables of an index in PostgreSQL: two for all versions, three for each.

A version has tables of its own, so that its vectors have a graph and a dimension of their own, and
dropping it costs nothing. What a search filters and counts lies in the memory of each process,
which reads it from `products` when it opens the version.
"""

import hashlib
from dataclasses import dataclass

from pgvector.sqlalchemy import HALFVEC, VECTOR
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    SmallInteger,
    Table,
    Text,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

SCHEMA = "shopclerk_index"

_EF_BUILD = 128
# Twice pgvector's default: 0.995 instead of 0.988 of the nearest hundred, for a third more time.

_shared = MetaData(schema=SCHEMA)

versions = Table(
    "versions",
    _shared,
    Column("name", Text, primary_key=True),
    Column("manifest", Text, nullable=False),
    Column("lexicon", Text, nullable=False),
    Column("step", Double, nullable=False, comment="what one step of an impact is worth"),
)

current = Table(
    "current",
    _shared,
    Column("one", Boolean, CheckConstraint("one"), primary_key=True),
    Column("name", ForeignKey(versions.c.name), nullable=False),
    Column("seal", Text, nullable=False, comment="the checksum of its manifest"),
    Column("switches", BigInteger, nullable=False),
)


def create_shared(connection: Connection) -> None:
    """Create the tables for all versions where they are not there."""
    _shared.create_all(connection)


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one version; rows of `products` count from 0 in catalogue order.

    A posting holds all products of a term: their rows as little-endian int32, their impacts as
    uint8. A search fetches those of its words whole and adds them up itself. A row for each term
    and product, added up by the server, was measured too: six times the space, as fast for rare
    words, and 83 ms instead of 3 for eight common words of 19,406 products.
    """

    metadata: MetaData
    products: Table
    passages: Table
    postings: Table

    @classmethod
    def of(cls, version: str, dimension: int) -> "Tables":
        """`dimension` 0: without vectors."""
        metadata, suffix = MetaData(schema=SCHEMA), version.replace("-", "_")
        products = Table(
            f"products_{suffix}",
            metadata,
            Column("row", Integer, primary_key=True, autoincrement=False),
            Column("id", Text, nullable=False, unique=True),
            Column("content", JSON, nullable=False),
            Column("codes", ARRAY(Text), nullable=False),
        )
        vectors = [Column("embedding", VECTOR(dimension), nullable=False)] if dimension else []
        passages = Table(
            f"passages_{suffix}",
            metadata,
            Column("product", Integer, primary_key=True, autoincrement=False),
            Column("place", SmallInteger, primary_key=True, autoincrement=False),
            Column("lang", Text, nullable=False),
            Column("hash", Text, nullable=False),
            *vectors,
        )
        postings = Table(
            f"postings_{suffix}",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("term", Text, nullable=False, unique=True),
            Column("rows", LargeBinary, nullable=False),
            Column("impacts", LargeBinary, nullable=False),
        )
        return cls(metadata, products, passages, postings)

    def create_indexes(self, connection: Connection, *, graph: bool) -> None:
        """What is sooner made of all rows than kept up row by row."""
        codes = self.products.c.codes
        Index(None, codes, postgresql_using="gin", _table=self.products).create(connection)
        if graph:
            half = halved(self.passages.c.embedding).label("half")
            Index(
                f"graph_{self.passages.name}",
                half,
                postgresql_using="hnsw",
                postgresql_ops={"half": "halfvec_ip_ops"},
                postgresql_with={"ef_construction": _EF_BUILD},
            ).create(connection)

    def digests(self, connection: Connection) -> dict[str, str]:
        """The rows of each table and a SHA-256 of their content, computed by the server."""
        products, passages, postings = self.products.c, self.passages.c, self.postings.c
        codes = func.array_to_string(products.codes, " ")
        listed = _bytes(passages.product, passages.place, passages.lang, passages.hash)
        if "embedding" in passages:
            listed = listed.op("||")(func.vector_send(passages.embedding))
        words = _bytes(postings.number, postings.term).op("||")(postings.rows)
        queries = {
            "products": _digest(
                _bytes(products.row, products.id, cast(products.content, Text), codes),
                products.row,
            ),
            "passages": _digest(listed, passages.product, passages.place),
            "postings": _digest(words.op("||")(postings.impacts), postings.number),
        }
        return {name: connection.scalar(query) or "" for name, query in queries.items()}

    def counts(self, connection: Connection) -> tuple[int, int, int]:
        """The rows of products, passages and postings."""
        tables = (self.products, self.passages, self.postings)
        counted = (select(func.count()).select_from(t).scalar_subquery() for t in tables)
        products, passages, postings = connection.execute(select(*counted)).one()
        return products, passages, postings


def halved(vector: ColumnElement[object]) -> ColumnElement[object]:
    """A vector in half precision, as the graph has it."""
    return cast(vector, HALFVEC(vector.type.dim))  # type: ignore[attr-defined]


def words_digest(lexicon: str, step: float) -> str:
    """SHA-256 of what of a version's words lies in no table of its own."""
    return hashlib.sha256(f"{step!r}\n{lexicon}".encode()).hexdigest()


def _bytes(*columns: ColumnElement[object]) -> ColumnElement[object]:
    return func.convert_to(func.concat_ws("\n", *columns), "UTF8")


def _digest(content: ColumnElement[object], *order: ColumnElement[object]) -> Select[tuple[str]]:
    ordered = aggregate_order_by(literal(b"", LargeBinary), *order)
    each = func.string_agg(func.sha256(content), ordered)
    return select(func.concat(func.count(), " ", func.encode(func.sha256(each), "hex")))
