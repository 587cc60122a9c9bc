"""What an earlier version of the index has that need not be computed again."""

import hashlib
import json
import mmap
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.catalogue import Product
from retrieval.embedders import Matrix
from retrieval.vectors import VectorIndex


class EarlierProducts:
    """The lines of a version's file of products, found by their digests; by default none."""

    def __init__(self, file: Path | None = None) -> None:
        self._starts = array("q", [0])
        self._row_of: dict[str, int] = {}
        if file is None:
            return
        with file.open("rb") as lines:
            self._lines = mmap.mmap(lines.fileno(), 0, access=mmap.ACCESS_READ)
        for row, line in enumerate(iter(self._lines.readline, b"")):
            self._row_of[hashlib.sha256(line).hexdigest()] = row
            self._starts.append(self._starts[-1] + len(line))

    def rows(self, products: Sequence[Product]) -> list[int | None]:
        """For each product the row where it was the very same; None: something about it is new."""
        return [self._row_of.get(product.digest) for product in products]

    def line(self, row: int) -> bytes:
        """The line of a row."""
        return self._lines[self._starts[row] : self._starts[row + 1]]


@dataclass(frozen=True, slots=True)
class Known:
    """Parts of one version; each is empty where this program would make it differently."""

    products: EarlierProducts = field(default_factory=EarlierProducts)
    words: Path | None = None
    """The folder of its word index."""
    passages: Sequence[Sequence[tuple[str, str]]] = ()
    """Language and hash of every passage, by product row."""
    vectors: Mapping[str, Matrix] = field(default_factory=dict)
    """By passage hash."""
    index: VectorIndex | None = None


def passages_by_product(file: Path, products: int) -> list[list[tuple[str, str]]]:
    """Language and hash of every passage of a version, by product row."""
    found: list[list[tuple[str, str]]] = [[] for _ in range(products)]
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            found[row["product"]].append((row["lang"], row["hash"]))
    return found
