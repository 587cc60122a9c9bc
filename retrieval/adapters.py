"""Merges a LoRA adapter into the checkpoint that it was trained on: W += alpha / r * B @ A.

An adapter is a folder as PEFT writes it (`adapter_config.json`, `adapter_model.safetensors`) with a
`card.json` that names its base by hash. Merged weights cost nothing when they are used, and need no
PEFT (Hu et al., LoRA, 2021).
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import WeightsError
from retrieval.wheels import sha256

CARD = "card.json"
CONFIG = "adapter_config.json"
ADAPTER = "adapter_model.safetensors"

_PREFIX, _DOWN, _UP = "base_model.model.", ".lora_A.weight", ".lora_B.weight"

Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter whose files are what its card says. `base`: `tensors_hash` of its base."""

    name: str
    folder: Path
    base: str
    sha256: str

    @property
    def identity(self) -> str:
        """The hash that stands for base and adapter together, on whatever machine they merge."""
        return hashlib.sha256(f"{self.base}+{self.sha256}".encode()).hexdigest()


def read_adapter(folder: Path) -> Adapter:
    """The adapter in `folder`. Raises WeightsError where a file is missing or is not the card's."""
    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        base, expected = card["base"]["tensors"], card["files"]
        found = {name: sha256(folder / name) for name in (CONFIG, ADAPTER)}
        if wrong := [name for name, digest in found.items() if expected[name] != digest]:
            raise WeightsError(f"{folder}: {', '.join(wrong)} differs from {CARD}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{folder}: no adapter in it ({CARD}, {CONFIG}, {ADAPTER}): {error}; "
            "name another with SHOPCLERK_EMBEDDER_ADAPTER, or set it to nothing for the plain model"
        ) from error
    return Adapter(folder.name, folder, base, found[ADAPTER])


def merge(adapter: Adapter, weights: Path) -> None:
    """Write the adapter into the safetensors file `weights`.

    Raises WeightsError where that holds another base, or other matrices.
    """
    from safetensors.numpy import load_file, save_file

    tensors = load_file(weights)
    if (found := tensors_hash(tensors)) != adapter.base:
        raise WeightsError(
            f"{adapter.folder} was trained on other weights ({adapter.base[:12]}…) than these "
            f"({found[:12]}…); set SHOPCLERK_EMBEDDER_ADAPTER to nothing to use them as they are"
        )
    for name, delta in deltas(adapter.folder).items():
        if name not in tensors or tensors[name].shape != delta.shape:
            raise WeightsError(f"{adapter.folder}: the base has no such matrix as {name}")
        tensors[name] = tensors[name] + delta
    save_file(tensors, weights, metadata={"format": "pt"})


def tensors_hash(tensors: Tensors) -> str:
    """SHA-256 over names, shapes and values: the same for every file that holds these weights."""
    seen = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        seen.update(f"{name} {tensor.dtype} {tensor.shape}".encode())
        seen.update(np.ascontiguousarray(tensor).data)
    return seen.hexdigest()


def deltas(folder: Path) -> dict[str, NDArray[np.float32]]:
    """What an adapter adds to each matrix, by its name in the base."""
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    parts = _read((folder / ADAPTER).read_bytes())
    scale = config["lora_alpha"] / config["r"]
    return {
        down.removeprefix(_PREFIX).removesuffix(_DOWN) + ".weight": np.asarray(
            scale * (parts[down.removesuffix(_DOWN) + _UP] @ parts[down]), dtype=np.float32
        )
        for down in parts
        if down.endswith(_DOWN)
    }


def _read(data: bytes) -> dict[str, NDArray[np.float32]]:
    """The tensors of a safetensors file as float32; bfloat16, which numpy has not, among them."""
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    return {
        name: _floats(
            facts["dtype"], data[slice(*(start + at for at in facts["data_offsets"]))]
        ).reshape(facts["shape"])
        for name, facts in header.items()
    }


def _floats(dtype: str, data: bytes) -> NDArray[np.float32]:
    if dtype == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view(np.float32)
    return np.frombuffer(data, {"F32": "<f4", "F16": "<f2"}[dtype]).astype(np.float32)
