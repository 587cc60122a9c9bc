"""Exact inner-product search over passage vectors (FAISS flat), filtered before top-k."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.facets import Mask

Matrix = NDArray[np.float32]


def _faiss() -> Any:
    # Its stubs describe the C++ signatures, not the Python ones that it installs over them.
    import faiss

    return faiss


class VectorIndex:
    """Vectors in rows, shape (n, d), L2-normalised, so that the inner product is the cosine.

    Where this build of FAISS has a GPU, unmasked searches run on it. GPU indexes take no
    selector, so masked ones stay on the CPU, where the same vectors are kept.
    """

    def __init__(self, index: Any) -> None:
        faiss = _faiss()
        self._index = index
        self._fast = index
        if faiss.get_num_gpus() > 0:
            self._fast = faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, index)

    @classmethod
    def build(cls, vectors: Matrix) -> "VectorIndex":
        """Index `vectors`, shape (n, d)."""
        faiss = _faiss()
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, file: Path) -> "VectorIndex":
        """Read what `save` wrote."""
        faiss = _faiss()
        return cls(faiss.read_index(str(file)))

    def save(self, file: Path) -> None:
        """Write the index to `file`."""
        faiss = _faiss()
        faiss.write_index(self._index, str(file))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def matrix(self) -> Matrix:
        """All vectors, shape (n, d)."""
        if not len(self):
            return np.zeros((0, self._index.d), dtype=np.float32)
        return np.asarray(self._index.reconstruct_n(0, len(self)), dtype=np.float32)

    def vector(self, row: int) -> Matrix:
        """The vector of one row, shape (d,)."""
        return np.asarray(self._index.reconstruct(row), dtype=np.float32)

    def search(self, query: Matrix, k: int, mask: Mask | None = None) -> list[tuple[int, float]]:
        """The `k` rows nearest to `query`, shape (d,), that `mask` allows, best first."""
        faiss = _faiss()
        k = min(k, len(self) if mask is None else int(mask.sum()))
        if k <= 0:
            return []
        rows = np.ascontiguousarray(query[None, :], dtype=np.float32)
        if mask is None:
            scores, found = self._fast.search(rows, k)
        else:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)
            parameters = faiss.SearchParameters(sel=selector)
            scores, found = self._index.search(rows, k, params=parameters)
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        return [(row, score) for row, score in pairs if row >= 0]
