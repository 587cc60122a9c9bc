"""One order from two: by meaning and by words.

A convex combination (Bruch, Gai and Ingber, TOIS 2023): the cosine brought to [0, 1] over the
candidates, and the words' score as a share of the best that the query could score at all. Where
only a little of what was said occurs in any product, words count little. On the judged sets this
ranked better than reciprocal ranks, which throw away by how much one candidate is better.
"""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

MEANING = 0.5
"""The share of meaning; the rest is that of words. From 0.4 to 0.6 one judged set gains what the
other loses, a point."""


def fused(dense: Scores | None, lexical: Scores, best: float) -> Scores:
    """The combined scores, shape (candidates,); `dense` None: by words alone.

    `best`: the highest score by words that the query could have.
    """
    words = lexical / max(best, 1e-9)
    if dense is None or not len(dense):
        return np.asarray(words, dtype=np.float32)
    low, high = float(dense.min()), float(dense.max())
    meaning = (dense - low) / max(high - low, 1e-9)
    return np.asarray(MEANING * meaning + (1 - MEANING) * words, dtype=np.float32)
