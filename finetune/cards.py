"""Writes a trained adapter as it ships: bf16 weights, PEFT's config and a card."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from finetune.embedding import Trained
from finetune.pairs import Pairs, data_hash
from finetune.recipe import Recipe
from retrieval.adapters import ADAPTER, CARD, CONFIG, tensors_hash
from retrieval.checkpoints import RECORD, WEIGHTS, read_json
from retrieval.wheels import sha256


def publish(
    trained: Trained, recipe: Recipe, pairs: Sequence[Pairs], base: Path, into: Path
) -> Path:
    """The folder `into`, made anew, which `SHOPCLERK_EMBEDDER_ADAPTER` may name."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    _write_weights(trained.adapter / ADAPTER, into / ADAPTER, recipe.keep)
    config = read_json(trained.adapter / CONFIG) | {"base_model_name_or_path": _base(base)["name"]}
    _write_json(into / CONFIG, config)
    held_out = [product for product in pairs if product.is_held_out]
    _write_json(
        into / CARD,
        {
            "base": _base(base),
            "data": {
                "sha256": data_hash(pairs),
                "products": len(pairs),
                "queries": sum(len(product.queries) for product in pairs),
                "held_out": len(held_out),
            },
            "recipe": recipe.model_dump(mode="json"),
            "steps": trained.steps,
            "mrr_of_held_out": {"before": trained.before, "after": trained.after},
            "license": "Apache-2.0; the base is under MIT",
            "files": {name: sha256(into / name) for name in (CONFIG, ADAPTER)},
        },
    )
    return into


def _base(folder: Path) -> dict[str, str]:
    from safetensors.numpy import load_file

    record = read_json(folder / RECORD)
    return {
        "name": str(record.get("name") or folder.name),
        "source": str(record.get("source", "")),
        "tensors": tensors_hash(load_file(folder / WEIGHTS)),
    }


def _write_weights(trained: Path, into: Path, keep: float) -> None:
    """As bf16. Of W + alpha / r * B @ A, scaling B keeps a share of what was learnt (WiSE-FT)."""
    import torch
    from safetensors.torch import load_file, save_file

    tensors = load_file(trained)
    scaled = {name: keep * t if ".lora_B." in name else t for name, t in tensors.items()}
    save_file(
        {name: t.to(torch.bfloat16).contiguous() for name, t in scaled.items()},
        into,
        metadata={"format": "pt"},
    )


def _write_json(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", "utf-8")
