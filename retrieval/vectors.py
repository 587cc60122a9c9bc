"""Inner-product search over passage vectors (FAISS), filtered before top-k.

Three kinds, by how many passages there are: exact floats, 8-bit codes in one pass, and a graph
over 8-bit codes. All three hold the same vectors to within what 8 bits keep of them. Where many
codes have to be looked at, a shortlist of coarser ones tells which.
"""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.facets import Mask
from retrieval.shortlist import Shortlist

Matrix = NDArray[np.float32]
Rows = NDArray[np.int64]

# `shopclerk bench index` prints what these rest on. A pass over codes is as exact as the codes and
# takes 1.8 ms for 100,000 passages on one core, by a shortlist 0.5 ms, where floats take 5.8 ms and
# four times the memory; a graph takes many times as long to build.
FLAT_UP_TO = 10_000
CODES_UP_TO = 400_000

_NEIGHBOURS, _EF_BUILD, _EF_SEARCH = 32, 160, 256
_FEW = 0.1
# A graph walks in vain where hardly anything is allowed: below this share all of that is read.
_MANY = 0.2
# Above this share a pass over all is sooner done than one that reads only what the mask allows.
_TRAINING = 100_000
_SHORTLISTED, _DEEP = 1500, 15
# Rows read whole, at least and for each that is wanted: recall of the first 100 is then 0.998.
_BLOCK = 256
# Vectors of 384 dimensions that stay in a core's cache while they are multiplied.


class Kind(StrEnum):
    """How vectors are kept."""

    FLAT = "flat"
    SQ8 = "sq8"
    HNSW = "hnsw-sq8"


def kind_for(passages: int) -> Kind:
    """The kind that an index of so many passages gets."""
    if passages <= FLAT_UP_TO:
        return Kind.FLAT
    return Kind.SQ8 if passages <= CODES_UP_TO else Kind.HNSW


def _faiss() -> Any:
    # Its stubs describe the C++ signatures, not the Python ones that it installs over them.
    import faiss

    return faiss


class VectorIndex:
    """Vectors in rows, shape (n, d), L2-normalised, so that the inner product is the cosine.

    Where this build of FAISS has a GPU, unmasked searches run on it, exactly. GPU indexes take no
    selector, so masked ones stay on the CPU, where the same vectors are kept.
    """

    def __init__(self, index: Any) -> None:
        faiss = _faiss()
        self._index = index
        self._graph = isinstance(self._index, faiss.IndexHNSW)
        self._codes = faiss.downcast_index(self._index.storage) if self._graph else self._index
        self._kept, self._low, self._step = _decoded(self._codes)
        self._shortlist: Shortlist | None = None
        self._listing = Lock()
        self._gpu = None
        if faiss.get_num_gpus() > 0:
            exact = faiss.IndexFlatIP(self._index.d)
            exact.add(self.matrix)
            self._gpu = faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, exact)

    @classmethod
    def build(
        cls, vectors: Matrix, kind: Kind | None = None, like: "VectorIndex | None" = None
    ) -> "VectorIndex":
        """Index `vectors`, shape (n, d), by default in the kind for their number.

        `like`: an index whose 8-bit ranges are taken over where it has some, so that vectors that
        were read from it keep their codes however often they are written again.
        """
        faiss = _faiss()
        kind = kind or kind_for(len(vectors))
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        d, metric = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
        if kind is Kind.FLAT:
            index = faiss.IndexFlatIP(d)
        elif kind is Kind.SQ8:
            index = faiss.IndexScalarQuantizer(d, faiss.ScalarQuantizer.QT_8bit, metric)
        else:
            index = faiss.IndexHNSWSQ(d, faiss.ScalarQuantizer.QT_8bit, _NEIGHBOURS, metric)
            index.hnsw.efConstruction = _EF_BUILD
        if kind is not Kind.FLAT:
            _train(index, vectors, like)
        index.add(vectors)
        return cls(index)

    @classmethod
    def load(cls, file: Path) -> "VectorIndex":
        """Read what `save` wrote. From then on FAISS searches on one thread, process-wide."""
        faiss = _faiss()
        # Beside a model server two threads wait for each other: p95 rose from 5 to 32 ms.
        faiss.omp_set_num_threads(1)
        return cls(faiss.read_index(str(file)))

    def save(self, file: Path) -> None:
        """Write the index to `file`."""
        faiss = _faiss()
        faiss.write_index(self._index, str(file))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def kind(self) -> Kind:
        """How the vectors are kept."""
        if self._graph:
            return Kind.HNSW
        return Kind.SQ8 if hasattr(self._codes, "sq") else Kind.FLAT

    @property
    def matrix(self) -> Matrix:
        """All vectors, shape (n, d)."""
        if not len(self):
            return np.zeros((0, self._index.d), dtype=np.float32)
        return np.asarray(self._index.reconstruct_n(0, len(self)), dtype=np.float32)

    def vector(self, row: int) -> Matrix:
        """The vector of one row, shape (d,)."""
        return np.asarray(self._index.reconstruct(row), dtype=np.float32)

    def scores(self, query: Matrix, rows: Rows) -> Matrix:
        """The inner products of `query`, shape (d,), with these rows, shape (len(rows),).

        Equal vectors have equal scores, wherever they stand.
        """
        found = np.empty(len(rows), dtype=np.float32)
        block = np.empty((min(len(rows), _BLOCK), len(query)), dtype=np.float32)
        by_step = query * self._step
        for start in range(0, len(rows), _BLOCK):
            these = rows[start : start + _BLOCK]
            vectors = block[: len(these)]
            vectors[...] = self._kept.take(these, axis=0)
            np.vecdot(vectors, by_step, out=found[start : start + _BLOCK])
        return found + np.float32(query @ self._low)

    def prepare(self) -> None:
        """Make now what the first search would wait for: of 100,000 vectors 0.7 s."""
        if self._shortlist or self.kind is not Kind.SQ8:
            return
        if len(self) <= FLAT_UP_TO or self._index.d % 2:
            return
        with self._listing:
            self._shortlist = self._shortlist or Shortlist(self._index.d, self._blocks)

    def search(self, query: Matrix, k: int, mask: Mask | None = None) -> list[tuple[int, float]]:
        """The `k` rows nearest to `query`, shape (d,), that `mask` allows, best first.

        Equal scores are in order of rows.
        """
        allowed = len(self) if mask is None else int(np.count_nonzero(mask))
        k = min(k, allowed)
        if k <= 0:
            return []
        query = np.ascontiguousarray(query, dtype=np.float32)
        if mask is None and self._gpu is not None:
            found = _scanned(self._gpu, query, k)
        else:
            found = self._candidates(query, k, mask, allowed)
        return self._best(query, found, k)

    def _best(self, query: Matrix, rows: Rows, k: int) -> list[tuple[int, float]]:
        scores = self.scores(query, rows)
        if len(rows) > k:
            kept = np.flatnonzero(scores >= np.partition(scores, len(rows) - k)[len(rows) - k])
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores))[:k]
        return list(zip(rows[order].tolist(), scores[order].tolist(), strict=True))

    def _candidates(self, query: Matrix, k: int, mask: Mask | None, allowed: int) -> Rows:
        """Rows that `mask` allows, the `k` nearest among them."""
        # Beyond what the graph keeps in sight it would give fewer than k.
        if self._graph and k <= _EF_SEARCH and allowed >= _FEW * len(self):
            return self._walked(query, k, mask)
        if mask is not None and allowed < _MANY * len(self):
            return np.flatnonzero(mask)
        self.prepare()
        deep = max(_SHORTLISTED, _DEEP * k)
        shortlist = self._shortlist if deep <= _MANY * allowed else None
        wanted = deep if shortlist else 2 * k
        reach = min(len(self), wanted * len(self) // allowed)
        found = shortlist(query, reach) if shortlist else _scanned(self._codes, query, reach)
        if mask is None:
            return found
        kept = found[mask[found]][:wanted]
        # Where little of what is near is allowed, the nearest of it may be further down.
        return kept if len(kept) >= wanted // 2 else np.flatnonzero(mask)

    def _walked(self, query: Matrix, k: int, mask: Mask | None) -> Rows:
        faiss = _faiss()
        options: dict[str, Any] = {"efSearch": _EF_SEARCH}
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            options["sel"] = faiss.IDSelectorBitmap(bits)
        return _scanned(self._index, query, k, params=faiss.SearchParametersHNSW(**options))

    def _blocks(self, every: int = 1) -> Iterator[Matrix]:
        """All vectors, or one in so many, in turns of shape (up to `FLAT_UP_TO`, d)."""
        rows = np.arange(0, len(self), every)
        for start in range(0, len(rows), FLAT_UP_TO):
            codes = self._kept.take(rows[start : start + FLAT_UP_TO], axis=0)
            yield codes * self._step + self._low


def _scanned(index: Any, query: Matrix, k: int, **options: Any) -> Rows:
    """The `k` rows that an index of FAISS finds for `query`, shape (d,); fewer where it has not."""
    found: Rows = index.search(query[None, :], k, **options)[1][0]
    return found[found >= 0]


def _decoded(index: Any) -> tuple[NDArray[Any], Matrix, Matrix]:
    """What an index keeps, shape (n, d), seen in place, and low and step, each shape (d,), so that
    vectors are kept * step + low.
    """
    faiss = _faiss()
    n, d = index.ntotal, index.d
    if not hasattr(index, "sq"):
        kept = faiss.rev_swig_ptr(index.get_xb(), n * d) if n else np.zeros(0, dtype=np.float32)
        return kept.reshape(n, d), np.zeros(d, np.float32), np.ones(d, np.float32)
    codes = faiss.rev_swig_ptr(index.codes.data(), n * d) if n else np.zeros(0, dtype=np.uint8)
    # FAISS reads a code as the middle of its step.
    least, span = faiss.vector_to_array(index.sq.trained).reshape(2, d)
    step = span / np.float32(255)
    return codes.reshape(n, d), least + step / 2, step


def _train(index: Any, vectors: Matrix, like: VectorIndex | None) -> None:
    faiss = _faiss()
    codes = faiss.downcast_index(index.storage) if hasattr(index, "storage") else index
    if like is not None and like.kind is not Kind.FLAT:
        faiss.copy_array_to_vector(faiss.vector_to_array(like._codes.sq.trained), codes.sq.trained)
        codes.is_trained = index.is_trained = True
    else:
        index.train(vectors[:: max(1, len(vectors) // _TRAINING)])
