"""BM25 over the products' words (bm25s), with a mask that holds before top-k."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.facets import Mask
from retrieval.words import tokens


class WordIndex:
    """Scores every product against a query's words; rows are in catalogue order."""

    def __init__(self, bm25: Any) -> None:
        self._bm25 = bm25

    @classmethod
    def build(cls, documents: Sequence[list[str]]) -> "WordIndex":
        """Index the words of each product."""
        import bm25s

        bm25 = bm25s.BM25(k1=1.2, b=0.75)
        bm25.index(list(documents), show_progress=False)
        return cls(bm25)

    @classmethod
    def load(cls, folder: Path) -> "WordIndex":
        """Read what `save` wrote."""
        import bm25s

        return cls(bm25s.BM25.load(folder, show_progress=False))

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        self._bm25.save(folder, show_progress=False)

    def search(self, query: str, k: int, mask: Mask | None = None) -> list[tuple[int, float]]:
        """The best `k` rows that share a word with `query` and that `mask` allows, best first.

        Equal scores keep catalogue order.
        """
        known = self._bm25.get_tokens_ids(list(dict.fromkeys(tokens(query))))
        if not known:
            return []
        weights = None if mask is None else mask.astype(np.float32)
        scores = self._bm25.get_scores_from_ids(known, weight_mask=weights)
        return top_rows(scores, k)


def top_rows(scores: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    """The `k` rows of the highest positive scores, best first, ties in order of rows."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > k:
        # Everything above the k-th score, then of those equal to it the first rows.
        floor = np.partition(scores[rows], len(rows) - k)[len(rows) - k]
        above = rows[scores[rows] > floor]
        rows = np.concatenate([above, rows[scores[rows] == floor][: k - len(above)]])
    order = np.lexsort((rows, -scores[rows]))
    return [(int(row), float(scores[row])) for row in rows[order]]
