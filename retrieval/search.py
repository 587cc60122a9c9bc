"""One search: constraints, then candidates by meaning and by words, then fusion.

Constraints hold before top-k in both, so that asking for ten gives ten wherever ten exist.
"""

import logging
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np

from retrieval.carried import CALIBRATED_FOR, NEIGHBOURS, THRESHOLD, chance
from retrieval.codes import codes_in
from retrieval.embedders import Embedder, Matrix
from retrieval.engine import Index, Scope, Store
from retrieval.errors import IndexDamaged, IndexStoreError
from retrieval.filters import Filters, Sort
from retrieval.ranking import CANDIDATES, Hit, Ranking
from retrieval.terms import terms
from retrieval.understanding.chips import Understood, both
from retrieval.understanding.understand import understand
from retrieval.words import fold, has_chinese

__all__ = ["Filters", "Hit", "Searcher"]

log = logging.getLogger(__name__)

KIND_GAP = 0.045
"""Of 18 searches of the sample shop with a highest price, the nearest of what it left was at most
0.026 further off than the nearest of all where it was of the kind, and at least 0.053 where it was
not (2026-11-27).
"""
_RECENT = 64
_UNCALIBRATED = (
    "serving index %s: with vectors of %s no shopper is told that the shop has nothing of a kind; "
    "that is calibrated for %s alone"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a query in a shopper's words: hits, and what was understood of it."""

    hits: list[Hit]
    understood: Understood
    filters: Filters


class Searcher:
    """Searches whatever version is current. Thread-safe.

    A newly switched version is picked up by the next search; while one thread opens it, the others
    go on with the old one. A damaged one is reported in `warning` and the last good one serves.
    With no embedder, or an index of another one's vectors, words alone are searched.
    """

    def __init__(self, store: Store, embedder: Embedder | None) -> None:
        self._store = store
        self._embedder = embedder
        # One request may search the same words several times; a text's vector never changes.
        self._encode = lru_cache(maxsize=_RECENT)(embedder.encode_query) if embedder else None
        self._loading = Lock()
        self._stamp: tuple[int, int] | None = None
        self._index: Index | None = None
        self.warning = ""

    @property
    def version(self) -> str:
        """The catalogue version that answers now. Raises IndexMissing, IndexDamaged."""
        return self._current().version

    @property
    def categories(self) -> list[str]:
        """Every category path of the catalogue, in all its languages."""
        return list(self._current().categories)

    @property
    def brands(self) -> list[str]:
        """Every brand of the catalogue."""
        return list(self._current().brands)

    def understand(self, query: str) -> Understood:
        """What of a query is a constraint or an order, and what is left to rank by."""
        return understand(query, self._current().vocabulary)

    def settled(self, given: Filters, said: Understood) -> Understood:
        """What was said, without the chips that contradict what was `given` beside it.

        A category or brand narrows further where it lies within the given one; one that lies
        elsewhere is no constraint, and its words merely rank.
        """
        lost = [
            chip.key
            for chip in said.chips
            if not self._inside(
                Filters(category=chip.filters.category), Filters(category=given.category)
            )
            or not self._inside(Filters(brand=chip.filters.brand), Filters(brand=given.brand))
        ]
        return said.without(*lost)

    def _inside(self, narrow: Filters, wide: Filters) -> bool:
        """Whether all that satisfies the one satisfies the other; none of them may constrain."""
        if not narrow or not wide or narrow == wide:
            return True
        inner, outer = (self._current().within(f).first(sys.maxsize) for f in (narrow, wide))
        return set(inner) <= set(outer)

    def find(
        self,
        query: str,
        k: int = 10,
        filters: Filters = Filters(),  # noqa: B008
        without: Collection[str] = (),
    ) -> Found:
        """The best `k` for a query in a shopper's words, within `filters` and what it says itself.

        `without`: keys of chips to leave out of it; what contradicts `filters` is left out too, as
        `settled` says. In an order that the query asks for come the relevant products alone: of
        "cheapest tent" no cheap peg. Raises IndexMissing, IndexDamaged.
        """
        understood = self.settled(filters, self.understand(query).without(*without))
        within = both(understood.filters, filters)
        text = understood.text if within or understood.sort else query
        if understood.sort is None:
            return Found(self.search(text, k, within), understood, within)
        ids = self.ordered(text, understood.sort, within)[: max(k, 0)]
        return Found([Hit(name, 0.0, None, None) for name in ids], understood, within)

    def carries(self, query: str) -> bool:
        """Whether the shop has what is asked for at all, whatever its price, stock and colour.

        True where that cannot be told: for other embedding models than the calibrated one.
        """
        index = self._current()
        vector = self._vector(index, query)
        if vector is None or not self._calibrated(index) or not fold(query):
            return True
        scope = index.within(Filters())
        if scope.coded(codes_in(query)):
            return True
        near = scope.near(vector, NEIGHBOURS)
        worded = scope.worded(index.groups(query), 1)
        return chance(near, worded, chinese=has_chinese(query)) >= THRESHOLD

    def has_word(self, text: str) -> bool:
        """Whether the catalogue knows a word of `text`, as it stands there."""
        vocabulary = self._current().vocabulary
        return any(vocabulary.knows(term) for term in terms(text))

    def has_kind(self, query: str, filters: Filters) -> bool:
        """Whether anything that satisfies `filters` is of the kind that is asked for: as near in
        meaning, but for `KIND_GAP`, as the nearest of all. True where that cannot be told.
        """
        index = self._current()
        vector = self._vector(index, query)
        if vector is None or not self._calibrated(index) or not fold(query):
            return True
        within, everything = index.within(filters), index.within(Filters())
        if within.coded(codes_in(query)):
            return True
        near, nearest = within.near(vector, 1), everything.near(vector, 1)
        return bool(near) and near[0][1] >= nearest[0][1] - KIND_GAP

    def ordered(self, query: str, sort: Sort, filters: Filters, said: str = "") -> list[str]:
        """Ids of all that is relevant to `query` by `sort`; of equal ones the nearest come first.

        Within a category everything is, and for an empty query the whole catalogue; else what
        scores not much less than the best. Those without a value to sort by stay at the end.
        """
        index = self._current()
        scope = index.within(filters)
        if not fold(query):
            return scope.ordered(scope.first(sys.maxsize), sort)
        ranking = self._ranking(index, scope, query, said, CANDIDATES)
        if filters.category:
            nearest = [hit.product_id for hit in ranking.hits(CANDIDATES)]
            return scope.ordered(list(dict.fromkeys([*nearest, *scope.first(sys.maxsize)])), sort)
        # Only without vectors is there nothing near.
        found = ranking.relevant() or (scope.first(sys.maxsize) if filters else [])
        return scope.ordered(found, sort)

    def by(self, product_ids: Sequence[str], sort: Sort) -> list[str]:
        """Those of the products that have a value to sort by, in that order.

        Raises IndexMissing, IndexDamaged.
        """
        return self._current().within(Filters()).ordered(product_ids, sort, valued=True)

    def search(
        self,
        query: str,
        k: int = 10,
        filters: Filters = Filters(),  # noqa: B008
        said: str = "",
    ) -> list[Hit]:
        """The best `k` products for `query` that satisfy `filters`, best first.

        `said`: the whole message that a query was taken from; both count alike. A product whose
        id, variant id or model code the query names goes first. An empty query gives products in
        catalogue order. Raises IndexMissing, IndexDamaged.
        """
        index, k = self._current(), max(k, 0)
        scope = index.within(filters)
        if not fold(query):
            return [Hit(product_id, 0.0, None, None) for product_id in scope.first(k)]
        hits = self._ranking(index, scope, query, said, max(k, CANDIDATES)).hits(k)
        if len(hits) < k and filters:
            # Only without vectors: there every product has a rank.
            found = {hit.product_id for hit in hits}
            rest = [i for i in scope.first(len(found) + k) if i not in found]
            hits += [Hit(product_id, 0.0, None, None) for product_id in rest[: k - len(hits)]]
        return hits

    def similar(self, product_id: str, k: int = 10, filters: Filters = Filters()) -> list[Hit]:  # noqa: B008
        """The `k` products nearest in meaning to one, itself left out, that satisfy `filters`.

        A product that is not in the index has none. Raises IndexMissing, IndexDamaged.
        """
        index = self._current()
        scope = index.within(filters)
        best: dict[str, float] = {}
        for vector in index.vectors_of(product_id):
            for found, cosine in scope.near(vector, k + 1):
                best[found] = max(cosine, best.get(found, -1.0))
        best.pop(product_id, None)
        ranked = sorted(best.items(), key=lambda item: -item[1])[: max(k, 0)]
        return [Hit(name, cosine, rank, None) for rank, (name, cosine) in enumerate(ranked, 1)]

    def refresh(self) -> None:
        """Open the current version if it is another one than is open."""
        self._current()

    def _current(self) -> Index:
        stamp = self._store.stamp()
        index = self._index
        if index is not None and stamp == self._stamp:
            return index
        if not self._loading.acquire(blocking=index is None):
            return index if index is not None else self._current()
        try:
            return self._load(stamp)
        finally:
            self._loading.release()

    def _load(self, stamp: tuple[int, int] | None) -> Index:
        if self._index is not None and stamp == self._stamp:
            return self._index
        opened: Index
        try:
            opened, self.warning = self._store.open(), ""
        except IndexStoreError as error:
            if self._index is not None:
                # What is open is whole; the pointer is looked at again when it changes.
                self.warning, opened = str(error), self._index
            elif isinstance(error, IndexDamaged):
                self.warning, opened = str(error), self._store.open_last_good()
                if not opened.embedder:
                    self.warning += "; until then the search goes by words alone"
            else:
                raise
        self.warning = self.warning or self._mismatch(opened)
        if self.warning:
            log.warning("serving index %s: %s", opened.version, self.warning)
        elif not self._calibrated(opened):
            log.warning(_UNCALIBRATED, opened.version, opened.embedder, CALIBRATED_FOR)
        self._index, self._stamp = opened, stamp
        return opened

    def _mismatch(self, index: Index) -> str:
        if self._comparable(index):
            return ""
        if self._embedder is None or not index.embedder:
            return "searching by words alone: there is no embedding model; run `shopclerk doctor`"
        return (
            f"searching by words alone: the index was built with other weights of "
            f"{index.embedder}; run `shopclerk index rebuild`"
        )

    def _calibrated(self, index: Index) -> bool:
        return self._comparable(index) and index.embedder == CALIBRATED_FOR

    def _comparable(self, index: Index) -> bool:
        return self._embedder is not None and index.weights_hash == self._embedder.weights_hash

    def _vector(self, index: Index, query: str) -> Matrix | None:
        if self._encode is None or not self._comparable(index):
            return None
        # The model sees little in common between a language and another.
        return self._encode(index.translated(query) or query)

    def _ranking(
        self, index: Index, scope: Scope, query: str, said: str, candidates: int
    ) -> Ranking:
        wordings = list(dict.fromkeys(filter(None, (query, said))))
        vector = _mean([self._vector(index, wording) for wording in wordings])
        worded = scope.worded(index.groups(" ".join(wordings)), candidates)
        return Ranking(scope, vector, worded, scope.coded(codes_in(query)), candidates)


def _mean(vectors: Sequence[Matrix | None]) -> Matrix | None:
    """The direction between vectors of length 1; None where one of them is missing."""
    known = [vector for vector in vectors if vector is not None]
    if len(known) < len(vectors) or len(known) < 2:
        return known[0] if known else None
    mean: Matrix = np.mean(known, axis=0)
    return mean / np.linalg.norm(mean)
