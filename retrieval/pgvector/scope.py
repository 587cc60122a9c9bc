"""What of a version in PostgreSQL a search may find, and how the server finds it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import ColumnElement, cast, func, literal, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.types import Integer, Text

from retrieval.embedders import Matrix
from retrieval.engine import Scored, Worded
from retrieval.facets import Mask
from retrieval.filters import Sort
from retrieval.lexical import Group, Scores, top_rows
from retrieval.pgvector.tables import halved

if TYPE_CHECKING:
    from retrieval.pgvector.index import PostgresIndex

_FEW = 0.02
# To find a hundred among fewer, the graph is walked longer than it takes to compare them all.
_WALK = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"


class Allowed:
    """A `Scope`: the products of a version that a mask lets through; None lets all."""

    def __init__(self, index: "PostgresIndex", mask: Mask | None) -> None:
        self._index = index
        self._mask = mask
        self._count = len(index.ids) if mask is None else int(mask.sum())

    def near(self, vector: Matrix, k: int) -> Scored:
        """The `k` nearest to `vector`, shape (d,), each by its nearest passage, with cosines.

        Few passages are compared with it one by one. Of many the graph gives the nearest, scanned
        on until enough are allowed; where it gives up before, all are compared after all.
        """
        index, k = self._index, min(k, self._count)
        if not index.embedder or k <= 0:
            return []
        share = self._count / len(index.ids)
        many = share * index.manifest.passages > index.exact_up_to and share > _FEW
        found = self._walked(vector, k) if many else []
        return found if len(found) == k else self._compared(vector, k)

    def cosines(self, vector: Matrix, product_ids: Sequence[str]) -> Scores:
        """The cosine of each product's nearest passage, shape (len(product_ids),)."""
        index = self._index
        if not index.embedder or not product_ids:
            return np.full(len(product_ids), -1.0, dtype=np.float32)
        rows = [index.row_of[name] for name in product_ids]
        product = index.tables.passages.c.product
        cosine = func.max(self._cosine(vector)).label("cosine")
        query = select(product, cosine).group_by(product)
        with index.reading() as connection:
            found = connection.execute(query.where(product == _any(rows)))
            cosine_of = {one.product: one.cosine for one in found}
        return np.array([cosine_of[row] for row in rows], dtype=np.float32)

    def worded(self, groups: Sequence[Group], k: int) -> Worded:
        """The `k` best that share words with the query."""
        index = self._index
        scores, most = index.words_of(groups).score(groups)
        if self._mask is not None:
            scores *= self._mask
        best = [(index.ids[row], score) for row, score in top_rows(scores, k)]

        def of(product_ids: Sequence[str]) -> Scores:
            return scores[[index.row_of[name] for name in product_ids]]

        return Worded(best, most, of)

    def coded(self, codes: Sequence[str]) -> list[str]:
        """Those that have one of these folded ids or model codes, by the order of `codes`."""
        index, products = self._index, self._index.tables.products.c
        wanted = cast(list(codes), ARRAY(Text))
        query = select(products.row, products.codes).where(products.codes.overlap(wanted))
        with index.reading() as connection:
            found = connection.execute(query.order_by(products.row)).all()
        rows = (row for name in codes for row, names in found if name in names)
        mask = self._mask
        return [index.ids[row] for row in dict.fromkeys(rows) if mask is None or mask[row]]

    def first(self, k: int) -> list[str]:
        """The first `k` in catalogue order."""
        return self._index.contents.first(self._mask, k)

    def ordered(self, product_ids: Sequence[str], sort: Sort, *, valued: bool = False) -> list[str]:
        """These by `sort`; equal ones as given, those without such a value at the end, or left out
        where all must be `valued`.
        """
        return self._index.contents.ordered(self._mask, product_ids, sort, valued=valued)

    def _compared(self, vector: Matrix, k: int) -> Scored:
        product = self._index.tables.passages.c.product
        cosine = func.max(self._cosine(vector)).label("cosine")
        query = select(product, cosine).group_by(product).order_by(cosine.desc(), product)
        if self._mask is not None:
            query = query.where(product == _any(np.flatnonzero(self._mask).tolist()))
        with self._index.reading() as connection:
            return self._scored(connection.execute(query.limit(k)))

    def _walked(self, vector: Matrix, k: int) -> Scored:
        index, passages = self._index, self._index.tables.passages.c
        distance = halved(passages.embedding).max_inner_product(vector)
        near = (
            select(passages.product, self._cosine(vector).label("cosine"))
            .where(self._allows(passages.product))
            .order_by(distance)
            .limit(k * index.most_passages)
            .subquery()
        )
        cosine = func.max(near.c.cosine).label("cosine")
        query = select(near.c.product, cosine).group_by(near.c.product)
        with index.server.transaction(index.version) as connection:
            connection.execute(text(_WALK))
            found = connection.execute(query.order_by(cosine.desc(), near.c.product).limit(k))
            return self._scored(found)

    def _scored(self, found: Any) -> Scored:
        return [(self._index.ids[row], float(cosine)) for row, cosine in found]

    def _cosine(self, vector: Matrix) -> ColumnElement[float]:
        column: Any = self._index.tables.passages.c.embedding
        return -column.max_inner_product(vector)  # type: ignore[no-any-return]

    def _allows(self, product: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether the bit of a product is set: cheaper to send and to ask than a long list."""
        if self._mask is None:
            return true()
        bits = np.packbits(self._mask, bitorder="little").tobytes()
        return func.get_bit(literal(bits, BYTEA), product) == 1


def _any(rows: list[int]) -> ColumnElement[int]:
    return func.any(cast(rows, ARRAY(Integer)))
