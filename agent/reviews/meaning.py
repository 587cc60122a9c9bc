"""What reviews mean: a vector of each as a whole, and one of each of its clauses.

Who praises the room and damns the breakfast says neither as a whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders import Advance, Embedder

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_ENDS = re.compile(
    r"[,.!?;~…\n，。！？；]+(?=\D|$)|\s{2,}|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])"
    r"|\b(?:but|although|though|however)\b",
    re.IGNORECASE,
)
_SHORT = 4


@dataclass(frozen=True)
class Meaning:
    """L2-normalised vectors: `whole` of n reviews, shape (n, d), and `parts`, shape (m, d), of
    their clauses, one review's after the other's; `counts`, shape (n,), how many each has: never 0.
    """

    whole: Floats
    parts: Floats
    counts: Ints

    def of(self, rows: Sequence[int]) -> "Meaning":
        """That of some of the reviews, in the order of `rows`."""
        at = np.asarray(rows, dtype=np.int64)
        ends = np.cumsum(self.counts)
        own = [np.arange(ends[row] - self.counts[row], ends[row]) for row in at]
        parts = self.parts[np.concatenate([np.zeros(0, np.int64), *own])]
        return Meaning(self.whole[at], parts, self.counts[at])


def to_encode(texts: Sequence[str]) -> list[str]:
    """The reviews and their clauses, each once."""
    return list(dict.fromkeys([*texts, *chain.from_iterable(map(_parts, texts))]))


def read_meaning(
    texts: Sequence[str], embedder: Embedder, advance: Advance | None = None
) -> Meaning:
    """The meaning of reviews. `advance` is told how many more of `to_encode` are done."""
    asked = to_encode(texts)
    vectors = embedder.encode_passages(asked, advance)
    places = {text: place for place, text in enumerate(asked)}
    parted = [_parts(text) for text in texts]
    return Meaning(
        vectors[[places[text] for text in texts]],
        vectors[[places[part] for parts in parted for part in parts]],
        np.array([len(parts) for parts in parted], dtype=np.int64),
    )


def _parts(text: str) -> list[str]:
    """Clauses, not those of `aspects`: what is too short to say anything stays with what it
    follows.
    """
    parts: list[str] = []
    for part in filter(None, map(str.strip, _ENDS.split(text))):
        if parts and len(part) < _SHORT:
            parts[-1] += f"，{part}"
        else:
            parts.append(part)
    return parts or [text]
