"""Writes a trained model as it ships: half-precision numbers, and a card that says what it is."""

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from agent.reviews.polarity import CARD, MODEL, POLARITIES
from finetune.sentiment.comparing import EVEN, STRENGTH, Heads
from finetune.sentiment.data import Review, data_hash
from finetune.sentiment.judging import Figures
from retrieval.embedders import Embedder
from retrieval.wheels import sha256


def publish(
    trained: Heads,
    reviews: Sequence[Review],
    files: Sequence[Path],
    figures: Mapping[str, Mapping[str, Figures]],
    embedder: Embedder | None,
    into: Path,
) -> Path:
    """The folder `into` with model and card, which `SHOPCLERK_REVIEW_MODEL` may name."""
    from safetensors.numpy import save_file

    into.mkdir(parents=True, exist_ok=True)
    tensors = {"idf": trained.worth}
    for kernel, of in vars(trained.kernels).items() if trained.kernels else ():
        tensors |= {f"{kernel}.{name}": part for name, part in vars(of).items()}
    for head, layer in trained.heads.items():
        tensors |= {f"{head}.{name}": part for name, part in vars(layer).items()}
    made = into / f".{MODEL}.part"
    save_file({name: part.astype(np.float16) for name, part in tensors.items()}, made)
    shutil.move(made, into / MODEL)
    labels = Counter((review.lang, POLARITIES[review.label]) for review in reviews)
    card = {
        "data": {
            "sha256": data_hash(reviews),
            "files": {file.name: sha256(file) for file in files},
            "reviews": {f"{lang} {label}": n for (lang, label), n in sorted(labels.items())},
        },
        "embedder": {
            "name": embedder.name if embedder else "",
            "weights": embedder.weights_hash if embedder else "",
        },
        "recipe": {"strength": STRENGTH, "even": EVEN},
        "figures": {
            lang: {name: asdict(found) for name, found in by_model.items()}
            for lang, by_model in figures.items()
        },
        "files": {MODEL: sha256(into / MODEL)},
    }
    (into / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return into
