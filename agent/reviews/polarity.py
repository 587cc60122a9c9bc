"""How a review feels: negative, neutral or positive, by a linear model in one small file.

It reads a review's words (`words`) and, where the shop's embedding model is the one that it was
trained with, its `meaning` as well. Both heads lie in the file, each with a temperature
(Guo et al., On calibration of modern neural networks, 2017). Needs numpy alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.reviews.meaning import Meaning, read_meaning
from agent.reviews.words import BUCKETS, weighted
from retrieval.embedders import Embedder
from retrieval.errors import WeightsError
from retrieval.wheels import sha256

Floats = NDArray[np.float32]

POLARITIES = ("negative", "neutral", "positive")
MODEL, CARD = "model.safetensors", "card.json"
MOST_CHARACTERS = 2000
"""Longer reviews are cut."""


@dataclass(frozen=True)
class Kernel:
    """How near a meaning is to each of some centres: exp(-|x - c|²), shape (n, m).

    Vectors are standardised by `mean` and `spread` and brought to length one first. Centres are
    means of many reviews' vectors.
    """

    mean: Floats
    spread: Floats
    centres: Floats

    def near(self, vectors: Floats) -> Floats:
        """Shape (n, m) for vectors of shape (n, d)."""
        places = unit((vectors - self.mean) / self.spread)
        apart = 1 + (self.centres**2).sum(axis=1) - 2 * places @ self.centres.T
        return np.asarray(np.exp(-np.maximum(apart, 0)), dtype=np.float32)


@dataclass(frozen=True)
class Kernels:
    """What a review is near to as a whole, and what its clauses are near to on average."""

    whole: Kernel
    parts: Kernel

    def near(self, meaning: Meaning) -> Floats:
        """Shape (n, m) for n reviews and the m centres of both."""
        begins = np.cumsum(meaning.counts) - meaning.counts
        total = np.add.reduceat(self.parts.near(meaning.parts), begins, axis=0)
        average = total / meaning.counts[:, None].astype(np.float32)
        return np.concatenate([self.whole.near(meaning.whole), average], axis=1)


@dataclass(frozen=True)
class Head:
    """One linear layer: logits = words @ `words` + nearness @ `meaning` + `bias`.

    `words` has shape (BUCKETS, 3), `meaning` (m, 3), or (0, 3) for a head that reads words alone.
    """

    words: Floats
    meaning: Floats
    bias: Floats


@dataclass(frozen=True)
class Polarity:
    """A trained model. `embedder` is the hash of the embedding model that it was trained with.

    `idf`: the worth of each bucket: how rare it is, and how much it tells of a review.
    """

    idf: Floats
    kernels: Kernels
    heads: dict[str, Head]
    embedder: str
    digest: str

    def mark(self, embedder: Embedder | None) -> str:
        """What a score is known by: the model's hash, and whether meaning took part."""
        return self.digest if self.reads_meaning(embedder) else f"words-{self.digest[:58]}"

    def reads_meaning(self, embedder: Embedder | None) -> bool:
        """Whether this is the embedding model that it was trained with."""
        return embedder is not None and embedder.weights_hash == self.embedder

    def probabilities(self, texts: Sequence[str], embedder: Embedder | None) -> Floats:
        """Shape (n, 3), in the order of `POLARITIES`; each row adds up to one."""
        texts = [text[:MOST_CHARACTERS] for text in texts]
        reads = self.reads_meaning(embedder)
        head = self.heads["meaning" if reads else "words"]
        logits = np.tile(head.bias, (len(texts), 1))
        for row, text in enumerate(texts):
            buckets, weights = weighted(text, self.idf)
            logits[row] += weights @ head.words[buckets]
        if reads and embedder and texts:
            logits += self.kernels.near(read_meaning(texts, embedder)) @ head.meaning
        return softmax(logits)


def unit(vectors: Floats) -> Floats:
    """Rows brought to length one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def softmax(logits: Floats) -> Floats:
    """Along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def load_polarity(folder: Path) -> Polarity:
    """The model in a folder, checked against its card. Raises WeightsError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        stated, embedder = card["files"][MODEL], str(card["embedder"]["weights"])
        if (digest := sha256(folder / MODEL)) != stated:
            raise WeightsError(f"{folder / MODEL} has changed: SHA-256 {digest}, not {stated}")
        tensors = {name: t.astype(np.float32) for name, t in load_file(folder / MODEL).items()}
        heads = {
            name: Head(*(tensors[f"{name}.{part}"] for part in ("words", "meaning", "bias")))
            for name in ("words", "meaning")
        }
        kernels = Kernels(*(_kernel(tensors, name) for name in ("whole", "parts")))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise WeightsError(
            f"{folder}: no model of reviews' sentiment ({type(error).__name__}: {error}); "
            "`shopclerk finetune sentiment` makes one"
        ) from error
    if any(head.words.shape != (BUCKETS, len(POLARITIES)) for head in heads.values()):
        raise WeightsError(f"{folder / MODEL}: made for another form of words; train it anew")
    return Polarity(tensors["idf"], kernels, heads, embedder, digest)


def _kernel(tensors: dict[str, Floats], name: str) -> Kernel:
    return Kernel(*(tensors[f"{name}.{part}"] for part in ("mean", "spread", "centres")))
