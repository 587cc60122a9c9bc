"""One search: constraints, then candidates by meaning and by words, then fusion.

Constraints hold before top-k in both, so that asking for ten gives ten wherever ten exist.
"""

import logging
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders import Embedder, Matrix
from retrieval.errors import IndexDamaged, IndexStoreError
from retrieval.facets import Filters, Mask
from retrieval.fusion import fused
from retrieval.lexical import Scores, top_rows
from retrieval.snapshot import Snapshot
from retrieval.store import IndexStore
from retrieval.words import code, fold

__all__ = ["Filters", "Hit", "Searcher"]

log = logging.getLogger(__name__)

CANDIDATES = 100


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
        hits = self._ranked(snapshot, query, named, max(k, CANDIDATES), mask)[: max(k, 0)]
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

    def _vector(self, snapshot: Snapshot, query: str) -> Matrix | None:
        if self._embedder is None or not self._comparable(snapshot):
            return None
        return self._embedder.encode_query(query)

    def _ranked(
        self, snapshot: Snapshot, query: str, named: list[int], k: int, mask: Mask | None
    ) -> list[Hit]:
        lexical, most = snapshot.words.score(snapshot.query_words.groups(query))
        if mask is not None:
            lexical *= mask
        words = top_rows(lexical, k)
        vector = self._vector(snapshot, query)
        near = [] if vector is None else _nearest(snapshot, vector, k, mask)
        rows = np.array(list(dict.fromkeys([r for r, _ in near] + [r for r, _ in words])), int)
        dense = _similarities(snapshot, vector, rows, dict(near))
        scores = fused(dense, lexical[rows], most)
        return _hits(snapshot, named, rows, scores, near, words)


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


def _similarities(
    snapshot: Snapshot, vector: Matrix | None, rows: NDArray[np.int64], known: dict[int, float]
) -> Scores | None:
    """The cosine of each row's nearest passage with the query; None where there are no vectors."""
    if vector is None or snapshot.vectors is None:
        return None
    missing = [row for row in rows.tolist() if row not in known]
    passages = [p for row in missing for p in snapshot.passages_of(row)]
    scores = snapshot.vectors.scores(vector, np.array(passages, dtype=np.int64))
    best = dict(known)
    for passage, score in zip(passages, scores.tolist(), strict=True):
        row = int(snapshot.owners[passage])
        best[row] = max(score, best.get(row, -1.0))
    return np.array([best.get(row, -1.0) for row in rows.tolist()], dtype=np.float32)


def _hits(
    snapshot: Snapshot,
    named: list[int],
    rows: NDArray[np.int64],
    scores: Scores,
    near: list[tuple[int, float]],
    words: list[tuple[int, float]],
) -> list[Hit]:
    dense_rank = {row: rank for rank, (row, _) in enumerate(near, 1)}
    lexical_rank = {row: rank for rank, (row, _) in enumerate(words, 1)}
    score_of = dict.fromkeys(named, 0.0) | dict(zip(rows.tolist(), scores.tolist(), strict=True))
    first = set(named)
    for row in named:
        # Above whatever fusion can give.
        score_of[row] += 2.0
    order = sorted(score_of, key=lambda row: (row not in first, -score_of[row], row))
    return [
        Hit(snapshot.ids[row], score_of[row], dense_rank.get(row), lexical_rank.get(row))
        for row in order
    ]


def _in_order(snapshot: Snapshot, mask: Mask | None, k: int) -> list[Hit]:
    rows = range(len(snapshot.ids)) if mask is None else np.flatnonzero(mask).tolist()
    return [Hit(snapshot.ids[row], 0.0, None, None) for row in rows[: max(k, 0)]]
