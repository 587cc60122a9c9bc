"""Texts to vectors, by sentence-transformers, and where the one default model's weights come from."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Advance = Callable[[int], None]


class Embedder(Protocol):
    """Encodes texts of one model. Equal `weights_hash` and text mean the equal vector."""

    @property
    def name(self) -> str:
        """The model's name, for people."""
        ...

    @property
    def weights_hash(self) -> str:
        """SHA-256 of the weights: two sources of one model may hold different weights."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Matrix:
        """L2-normalised float32, shape (n, d); `advance` is told how many more are done."""
        ...

    def encode_query(self, text: str) -> Matrix:
        """L2-normalised float32, shape (d,)."""
        ...
