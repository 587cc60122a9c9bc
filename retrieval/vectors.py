"""Inner-product search over passage vectors (FAISS), filtered before top-k.

Three kinds, by how many passages there are: exact floats, 8-bit codes in one pass, and a graph
over 8-bit codes. All three hold the same vectors to within what 8 bits keep of them.
"""

from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.facets import Mask

Matrix = NDArray[np.float32]

# `shopclerk bench index` prints what these rest on. A pass over codes is as exact as the codes and
# takes 1.8 ms for 100,000 passages on one core, where floats take 5.8 ms and four times the memory;
# a graph answers in less than that only far beyond, and takes many times as long to build.
FLAT_UP_TO = 10_000
CODES_UP_TO = 400_000

_NEIGHBOURS, _EF_BUILD, _EF_SEARCH = 32, 160, 256
_FEW = 0.1
# A graph walks in vain where hardly anything is allowed: below this share all of it is scanned.
_MANY = 0.3
# Above this share a pass over all is sooner done than one that asks the mask at every row.
_TRAINING = 100_000


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

    def scores(self, query: Matrix, rows: NDArray[np.int64]) -> Matrix:
        """The inner products of `query`, shape (d,), with these rows, shape (len(rows),)."""
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        found: Matrix = self._index.reconstruct_batch(rows) @ query
        return found

    def search(self, query: Matrix, k: int, mask: Mask | None = None) -> list[tuple[int, float]]:
        """The `k` rows nearest to `query`, shape (d,), that `mask` allows, best first.

        Equal scores are in order of rows.
        """
        allowed = len(self) if mask is None else int(mask.sum())
        k = min(k, allowed)
        if k <= 0:
            return []
        rows = np.ascontiguousarray(query[None, :], dtype=np.float32)
        if mask is None and self._gpu is not None:
            scores, found = self._gpu.search(rows, k)
        else:
            scores, found = self._search_codes(rows, k, mask, allowed)
        # FAISS gives equal scores in whatever order its heap left them.
        order = np.lexsort((found[0], -scores[0]))
        pairs = zip(found[0][order].tolist(), scores[0][order].tolist(), strict=True)
        return [(row, score) for row, score in pairs if row >= 0]

    def _search_codes(self, rows: Matrix, k: int, mask: Mask | None, allowed: int) -> Any:
        faiss = _faiss()
        # Beyond what the graph keeps in sight it would give fewer than k.
        walk = self._graph and k <= _EF_SEARCH and allowed >= _FEW * len(self)
        index = self._index if walk else self._codes
        options: dict[str, Any] = {"efSearch": _EF_SEARCH} if walk else {}
        if mask is not None and not walk and allowed >= _MANY * len(self):
            wide = self._index_all(rows, k, mask, allowed)
            if wide is not None:
                return wide
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            options["sel"] = faiss.IDSelectorBitmap(bits)
        if not options:
            return index.search(rows, k)
        kind = faiss.SearchParametersHNSW if walk else faiss.SearchParameters
        return index.search(rows, k, params=kind(**options))

    def _index_all(self, rows: Matrix, k: int, mask: Mask, allowed: int) -> Any:
        """The best of all rows, those that `mask` allows kept; None where that leaves under k."""
        reach = min(len(self), 2 * k * len(self) // allowed)
        scores, found = self._codes.search(rows, reach)
        kept = np.flatnonzero(mask[found[0]])[:k]
        return (scores[:, kept], found[:, kept]) if len(kept) == k else None


def _train(index: Any, vectors: Matrix, like: VectorIndex | None) -> None:
    faiss = _faiss()
    codes = faiss.downcast_index(index.storage) if hasattr(index, "storage") else index
    if like is not None and like.kind is not Kind.FLAT:
        faiss.copy_array_to_vector(faiss.vector_to_array(like._codes.sq.trained), codes.sq.trained)
        codes.is_trained = index.is_trained = True
    else:
        index.train(vectors[:: max(1, len(vectors) // _TRAINING)])
