"""Our `Embedder` as LangChain's `Embeddings`, and the other way round."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import ArrayLike
from pydantic import BaseModel

from retrieval.embedders import Advance, Embedder, Matrix
from retrieval.errors import WeightsError

_BATCH = 256


class ShopEmbeddings(Embeddings):
    """The vectors of an `Embedder`, for whatever in LangChain takes embeddings."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors of texts that are to be found."""
        vectors: list[list[float]] = self.embedder.encode_passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a text to find others by."""
        vector: list[float] = self.embedder.encode_query(text).tolist()
        return vector


class LangchainEmbedder:
    """An `Embedder` over any LangChain embeddings, so that a shop can bring its own.

    LangChain does not say which weights answer, so `weights_hash` follows from the class and its
    plain settings. Give one wherever these do not tell two models apart, such as two files at one
    path: an index takes equal hashes to mean equal vectors.
    """

    def __init__(self, embeddings: Embeddings, *, name: str = "", weights_hash: str = "") -> None:
        self.embeddings = embeddings
        self.name = name or type(embeddings).__name__
        self.weights_hash = weights_hash or _hash_of(embeddings)

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, asked of the model once."""
        return len(self.embeddings.embed_query("dimension"))

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Matrix:
        """L2-normalised float32, shape (n, d); `advance` is told how many more are done.

        Raises WeightsError where the model gives a vector that has no direction.
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            vectors[start : start + len(batch)] = self._unit(
                self.embeddings.embed_documents(batch), batch
            )
            if advance:
                advance(len(batch))
        return vectors

    def encode_query(self, text: str) -> Matrix:
        """L2-normalised float32, shape (d,). Raises WeightsError as `encode_passages` does."""
        vector: Matrix = self._unit([self.embeddings.embed_query(text)], [text])[0]
        return vector

    def _unit(self, vectors: ArrayLike, texts: Sequence[str]) -> Matrix:
        rows = np.asarray(vectors, dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        for text, length in zip(texts, lengths[:, 0], strict=True):
            if not np.isfinite(length) or length == 0:
                raise WeightsError(
                    f"{self.name} gave {text[:40]!r} a vector of length {length}; "
                    "such a text cannot be searched for by meaning"
                )
        return np.asarray(rows / lengths, dtype=np.float32)


def as_embedder(given: Embedder | Embeddings) -> Embedder:
    """An `Embedder`, whichever of the two was given."""
    if isinstance(given, ShopEmbeddings):
        return given.embedder
    return LangchainEmbedder(given) if isinstance(given, Embeddings) else given


def as_embeddings(embedder: Embedder) -> Embeddings:
    """LangChain's `Embeddings` with the vectors of `embedder`."""
    return (
        embedder.embeddings if isinstance(embedder, LangchainEmbedder) else ShopEmbeddings(embedder)
    )


def _hash_of(embeddings: Embeddings) -> str:
    """SHA-256 of the class's name and of its settings that are plain values, keys left out."""
    kind = type(embeddings)
    fields = dict(embeddings) if isinstance(embeddings, BaseModel) else vars(embeddings)
    plain = {name: value for name, value in fields.items() if _is_plain(value)}
    text = json.dumps([kind.__module__, kind.__qualname__, plain], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_plain(value: object) -> bool:
    if isinstance(value, Mapping):
        return isinstance(value, dict) and all(
            isinstance(key, str) and _is_plain(item) for key, item in value.items()
        )
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, str | int | float)
