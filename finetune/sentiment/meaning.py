"""The vectors of labelled reviews: minutes of work, so kept for the next run on these texts."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from finetune.sentiment.data import Review
from finetune.sentiment.fitting import Floats
from retrieval.embedders import Advance, Embedder


def read_meaning(
    reviews: Sequence[Review], embedder: Embedder, folder: Path, advance: Advance | None = None
) -> Floats:
    """One vector a review, shape (n, d), from `folder` where it has them."""
    said = hashlib.sha256(embedder.weights_hash.encode())
    for review in reviews:
        said.update(f"\n{review.text}".encode())
    kept = folder / f"{said.hexdigest()[:16]}.npy"
    if kept.is_file():
        return np.asarray(np.load(kept), dtype=np.float32)
    vectors = embedder.encode_passages([review.text for review in reviews], advance)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(kept, vectors)
    return vectors
