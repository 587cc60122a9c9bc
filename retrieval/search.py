"""One search: constraints, then candidates by meaning and by words, then fusion.

Constraints hold before top-k in both, so that asking for ten gives ten wherever ten exist.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from retrieval.embedders import Embedder, Matrix
from retrieval.errors import IndexDamaged, IndexStoreError
from retrieval.facets import Filters, Mask
from retrieval.snapshot import Snapshot
from retrieval.store import IndexStore
from retrieval.words import code, fold

__all__ = ["Filters", "Hit", "Searcher"]

log = logging.getLogger(__name__)

CANDIDATES = 100
RRF_K = 60
"""Reciprocal rank fusion, Cormack, Clarke and Büttcher, SIGIR 2009."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One product found. Ranks count from 1; None: not among that side's candidates."""

    product_id: str
    score: float
    dense_rank: int | None
    lexical_rank: int | None


class Searcher:
    """Searches whatever version is current. Thread-safe.

    A newly switched version is picked up by the next search; while one thread opens it, the others
    go on with the old one. A damaged one is reported in `warning` and the last good one serves.
    With no embedder, or an index of another one's vectors, words alone are searched.
    """

    def __init__(self, store: IndexStore, embedder: Embedder | None) -> None:
        self._store = store
        self._embedder = embedder
        self._loading = Lock()
        self._stamp: tuple[int, int] | None = None
        self._snapshot: Snapshot | None = None
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

    def search(self, query: str, k: int = 10, filters: Filters = Filters()) -> list[Hit]:  # noqa: B008
        """The best `k` products for `query` that satisfy `filters`, best first.

        A product whose id, variant id or model code the query names goes first. An empty query
        gives products in catalogue order. Raises IndexMissing, IndexDamaged.
        """
        snapshot = self._current()
        mask = snapshot.facets.mask(filters)
        if not fold(query):
            return _in_order(snapshot, mask, k)
        named = [row for row in _named(snapshot, query) if mask is None or mask[row]]
        dense = self._dense(snapshot, query, max(k, CANDIDATES), mask)
        lexical = [row for row, _ in snapshot.words.search(query, max(k, CANDIDATES), mask)]
        hits = _fuse(snapshot, named, dense, lexical, k)
        if len(hits) < k and mask is not None:
            # Only without vectors: there every product has a rank.
            found = {hit.product_id for hit in hits}
            rest = _in_order(snapshot, mask, len(found) + k)
            hits += [hit for hit in rest if hit.product_id not in found][: k - len(hits)]
        return hits

    def similar(self, product_id: str, k: int = 10, filters: Filters = Filters()) -> list[Hit]:  # noqa: B008
        """The `k` products nearest in meaning to one, itself left out, that satisfy `filters`.

        A product that is not in the index has none. Raises IndexMissing, IndexDamaged.
        """
        snapshot = self._current()
        row = snapshot.row_of.get(product_id)
        if row is None or snapshot.vectors is None:
            return []
        mask = snapshot.facets.mask(filters)
        mask = np.ones(len(snapshot.ids), dtype=bool) if mask is None else mask
        mask[row] = False
        best: dict[int, float] = {}
        for passage in np.flatnonzero(snapshot.owners == row):
            vector = snapshot.vectors.vector(int(passage))
            for found, score in _nearest(snapshot, vector, k, mask):
                best[found] = max(score, best.get(found, score))
        ranked = sorted(best.items(), key=lambda item: -item[1])[: max(k, 0)]
        return [Hit(snapshot.ids[r], s, i, None) for i, (r, s) in enumerate(ranked, 1)]

    def refresh(self) -> None:
        """Open the current version if it is another one than is open."""
        self._current()

    def _current(self) -> Snapshot:
        stamp = self._store.stamp()
        snapshot = self._snapshot
        if snapshot is not None and stamp == self._stamp:
            return snapshot
        if not self._loading.acquire(blocking=snapshot is None):
            return snapshot if snapshot is not None else self._current()
        try:
            return self._load(stamp)
        finally:
            self._loading.release()

    def _load(self, stamp: tuple[int, int] | None) -> Snapshot:
        if self._snapshot is not None and stamp == self._stamp:
            return self._snapshot
        try:
            opened, self.warning = self._store.open(), ""
        except IndexStoreError as error:
            if self._snapshot is not None:
                # What is open is whole; the pointer is looked at again when it changes.
                self.warning, opened = str(error), self._snapshot
            elif isinstance(error, IndexDamaged):
                self.warning, opened = str(error), self._store.open_last_good()
            else:
                raise
        self.warning = self.warning or self._mismatch(opened)
        if self.warning:
            log.warning("serving index %s: %s", opened.version, self.warning)
        self._snapshot, self._stamp = opened, stamp
        return opened

    def _mismatch(self, snapshot: Snapshot) -> str:
        if self._comparable(snapshot):
            return ""
        if self._embedder is None or snapshot.vectors is None:
            return "searching by words alone: there is no embedding model; run `shopclerk doctor`"
        return (
            f"searching by words alone: the index was built with other weights of "
            f"{snapshot.manifest.embedder}; run `shopclerk index rebuild`"
        )

    def _comparable(self, snapshot: Snapshot) -> bool:
        return (
            self._embedder is not None
            and snapshot.vectors is not None
            and snapshot.manifest.weights_hash == self._embedder.weights_hash
        )

    def _dense(self, snapshot: Snapshot, query: str, k: int, mask: Mask | None) -> list[int]:
        if self._embedder is None or not self._comparable(snapshot):
            return []
        vector = self._embedder.encode_query(query)
        return [row for row, _ in _nearest(snapshot, vector, k, mask)]


def _nearest(
    snapshot: Snapshot, vector: Matrix, k: int, mask: Mask | None
) -> list[tuple[int, float]]:
    """The `k` products nearest to `vector`, each by its nearest passage."""
    if snapshot.vectors is None:
        return []
    wanted = k * snapshot.most_passages
    found = snapshot.vectors.search(vector, wanted, snapshot.passage_mask(mask))
    best: dict[int, float] = {}
    for passage, score in found:
        best.setdefault(int(snapshot.owners[passage]), score)
    return list(best.items())[:k]


def _named(snapshot: Snapshot, query: str) -> list[int]:
    """Products that the query names whole, or by a word in it that looks like a code."""
    words = [word for word in fold(query).split() if _looks_like_code(word)]
    rows = [row for name in [query, *words] for row in snapshot.codes.get(code(name), [])]
    return list(dict.fromkeys(rows))


def _looks_like_code(word: str) -> bool:
    return len(word) >= 4 and any(c.isdigit() or c == "-" for c in word)


def _fuse(
    snapshot: Snapshot, named: list[int], dense: list[int], lexical: list[int], k: int
) -> list[Hit]:
    dense_rank, lexical_rank = _ranks(dense), _ranks(lexical)
    scores = {
        row: sum(1 / (RRF_K + ranks[row]) for ranks in (dense_rank, lexical_rank) if row in ranks)
        for row in dict.fromkeys([*named, *dense, *lexical])
    }
    first = set(named)
    for row in named:
        # Above whatever fusion can give: two first ranks.
        scores[row] += 1.0
    order = sorted(scores, key=lambda row: (row not in first, -scores[row], row))
    return [
        Hit(snapshot.ids[row], scores[row], dense_rank.get(row), lexical_rank.get(row))
        for row in order[: max(k, 0)]
    ]


def _ranks(rows: Iterable[int]) -> dict[int, int]:
    return {row: rank for rank, row in enumerate(rows, 1)}


def _in_order(snapshot: Snapshot, mask: Mask | None, k: int) -> list[Hit]:
    rows = range(len(snapshot.ids)) if mask is None else np.flatnonzero(mask).tolist()
    return [Hit(snapshot.ids[row], 0.0, None, None) for row in rows[: max(k, 0)]]
