"""The meaning of labelled reviews: minutes of work, so kept for the next run on these texts."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from agent.reviews.meaning import Meaning, read_meaning, to_encode
from finetune.sentiment.data import Review
from retrieval.embedders import Advance, Embedder


def kept_meaning(
    reviews: Sequence[Review], embedder: Embedder, folder: Path, advance: Advance | None = None
) -> Meaning:
    """That of each review, from `folder` where it has it; see `read_meaning` for `advance`."""
    texts = [review.text for review in reviews]
    said = hashlib.sha256(embedder.weights_hash.encode())
    for text in to_encode(texts):
        said.update(f"\n{text}".encode())
    kept = folder / f"{said.hexdigest()[:16]}.npz"
    if kept.is_file():
        with np.load(kept) as arrays:
            return Meaning(**arrays)
    meaning = read_meaning(texts, embedder, advance)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{kept.name}").open("wb") as part:
        np.savez(part, **vars(meaning))
    (folder / f".{kept.name}").replace(kept)
    return meaning
