"""Products with the queries that they answer: what the embedding model learns from.

One JSON object a line, as in `data/search/elsewhere`: `{"id", "en": {"title", "text"}, "zh":
{"title", "text"}, "queries": [{"lang", "text"}, …]}`. A tenth of the products is never trained on:
it measures the training, and it is what the shop "does not carry" is calibrated with.
"""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import TrainingError

LANGS = ("en", "zh")

_HELD_OUT = 10
"""One product in so many is held out, by a hash of its id: more data never moves one over."""
_NEIGHBOURS = 8
"""Products of one batch come in groups of so many that are alike: they are hard to tell apart."""


class Words(BaseModel):
    """A product's texts in one language."""

    title: str = Field(min_length=1)
    text: str = Field(min_length=1)

    @property
    def passage(self) -> str:
        """As `retrieval.passages` puts them together."""
        return f"{self.title}. {self.text}"


class Asked(BaseModel):
    """A query in a shopper's words."""

    lang: str
    text: str = Field(min_length=1)


class Pairs(BaseModel):
    """A product and the queries that it answers."""

    model_config = ConfigDict(extra="allow")

    id: str
    en: Words
    zh: Words
    queries: list[Asked] = Field(min_length=1)

    @property
    def passages(self) -> tuple[str, str]:
        """In English and in Chinese."""
        return self.en.passage, self.zh.passage

    @property
    def is_held_out(self) -> bool:
        """Whether it is kept from training."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % _HELD_OUT == 0


def read_pairs(files: Sequence[Path]) -> list[Pairs]:
    """The products of `files` in order. Raises TrainingError with file and line."""
    found: dict[str, Pairs] = {}
    for where, row in _rows(files):
        try:
            pairs = Pairs.model_validate_json(row)
        except ValidationError as error:
            first: Any = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise TrainingError(f"{where}: {field}: {first['msg']}") from None
        if pairs.id in found:
            raise TrainingError(f"{where}: there is a product {pairs.id} before it")
        found[pairs.id] = pairs
    return list(found.values())


def _rows(files: Sequence[Path]) -> Iterator[tuple[str, str]]:
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise TrainingError(f"{file}: cannot be read: {error}") from None
        yield from ((f"{file}:{n}", line) for n, line in enumerate(lines, 1) if line.strip())


def data_hash(pairs: Sequence[Pairs]) -> str:
    """SHA-256 over what is learnt from, in order."""
    seen = hashlib.sha256()
    for product in pairs:
        seen.update(json.dumps(product.model_dump(), sort_keys=True).encode())
    return seen.hexdigest()


def batches(
    taught: Sequence[int], vectors: NDArray[np.float32], *, size: int, epochs: int, seed: int
) -> list[list[int]]:
    """The rows of every batch of every epoch: groups of products alike, seeds drawn at random.

    `vectors`: L2-normalised, shape (products, d). Products left over at an epoch's end make a batch
    that is smaller.
    """
    rng = random.Random(seed)
    plan: list[list[int]] = []
    for _ in range(epochs):
        left = list(taught)
        rng.shuffle(left)
        groups = []
        while left:
            first = left[0]
            nearest = np.argsort(-(vectors[left] @ vectors[first]), kind="stable")[:_NEIGHBOURS]
            group = [left[i] for i in nearest.tolist()]
            groups.append(group)
            left = [row for row in left if row not in set(group)]
        rng.shuffle(groups)
        each = max(size // _NEIGHBOURS, 1)
        for start in range(0, len(groups), each):
            plan.append([row for group in groups[start : start + each] for row in group])
    return plan
