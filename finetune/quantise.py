"""Stores a model's weights as 8-bit integers, which vLLM reads and computes with (W8A8).

Each token that is decoded reads every weight once, and a processor's memory is what limits that:
half the bytes are close to half the time. Each output channel has its own scale, rounded to
nearest; activations are quantised by the server, token by token. The format is compressed-tensors'
"int-quantized" (https://github.com/vllm-project/compressed-tensors).
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_EMBEDDINGS = "model.embed_tokens.weight"
_HEAD = "lm_head.weight"
_LARGEST = 127


def quantise(folder: Path) -> None:
    """Replace the weights in a checkpoint folder, one file afterwards, and say so in its config.

    Every matrix is quantised but the input embeddings, of which a token reads one row. An output
    matrix that is tied to them gets a copy of its own, since that one is read whole.
    """
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file

    config = json.loads((folder / "config.json").read_text("utf-8"))
    files = sorted(folder.glob("*.safetensors"))
    tensors: dict[str, torch.Tensor] = {}
    for file in files:
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - it is no mapping
                tensors |= _stored(name, opened.get_tensor(name))
                if name == _EMBEDDINGS and config.get("tie_word_embeddings"):
                    tensors |= _stored(_HEAD, opened.get_tensor(name))
    beside = folder / "model.safetensors.new"
    save_file(tensors, beside, metadata={"format": "pt"})
    for old in (*files, folder / "model.safetensors.index.json"):
        old.unlink(missing_ok=True)
    beside.replace(folder / "model.safetensors")
    config |= {"tie_word_embeddings": False, "quantization_config": _config()}
    (folder / "config.json").write_text(json.dumps(config, indent=1), "utf-8")


def _stored(name: str, weight: "torch.Tensor") -> "dict[str, torch.Tensor]":
    """A tensor as it is stored: matrices as int8 (N, K) with float32 scales (N, 1)."""
    import torch

    if weight.ndim != 2 or name == _EMBEDDINGS:
        return {name: weight}
    exact = weight.float()
    scale = exact.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / _LARGEST
    rounded = (exact / scale).round().clamp(-_LARGEST, _LARGEST)
    return {name: rounded.to(torch.int8), f"{name}_scale": scale}


def _config() -> dict[str, Any]:
    number = {"num_bits": 8, "type": "int", "symmetric": True}
    return {
        "quant_method": "compressed-tensors",
        "format": "int-quantized",
        "quantization_status": "compressed",
        "ignore": [],
        "config_groups": {
            "group_0": {
                "targets": ["Linear", "re:.*lm_head"],
                "weights": number | {"strategy": "channel", "dynamic": False},
                "input_activations": number | {"strategy": "token", "dynamic": True},
            }
        },
    }
