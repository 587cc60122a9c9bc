"""8-bit weights: what is stored, how close it comes, and that the folder says so."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from finetune.quantise import quantise

HIDDEN, INNER, VOCABULARY = 64, 128, 100


def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(7)
    matrices = {
        "model.embed_tokens.weight": (VOCABULARY, HIDDEN),
        "model.layers.0.mlp.up_proj.weight": (INNER, HIDDEN),
        "model.layers.0.self_attn.q_proj.weight": (HIDDEN, HIDDEN),
    }
    kept = {name: torch.randn(shape).to(torch.bfloat16) for name, shape in matrices.items()}
    vectors = ("model.layers.0.self_attn.q_proj.bias", "model.norm.weight")
    return kept | {name: torch.randn(HIDDEN).to(torch.bfloat16) for name in vectors}


def checkpoint(folder: Path, *, tied: bool, shards: int = 1) -> dict[str, torch.Tensor]:
    tensors = weights()
    if not tied:
        tensors["lm_head.weight"] = torch.randn(VOCABULARY, HIDDEN).to(torch.bfloat16)
    names = list(tensors)
    for shard in range(shards):
        part = {name: tensors[name] for name in names[shard::shards]}
        file = f"model-{shard + 1:05}-of-{shards:05}" if shards > 1 else "model"
        save_file(part, folder / f"{file}.safetensors")
    if shards > 1:
        (folder / "model.safetensors.index.json").write_text("{}")
    (folder / "config.json").write_text(json.dumps({"tie_word_embeddings": tied}))
    return tensors


@pytest.mark.parametrize("tied", [True, False])
def test_every_product_comes_out_close(tmp_path: Path, tied: bool) -> None:
    before = checkpoint(tmp_path, tied=tied)
    quantise(tmp_path)
    after = load_file(tmp_path / "model.safetensors")
    head = before["model.embed_tokens.weight" if tied else "lm_head.weight"]
    for name, exact in (before | {"lm_head.weight": head}).items():
        if exact.ndim == 1 or name == "model.embed_tokens.weight":
            torch.testing.assert_close(after[name], exact)
            continue
        assert after[name].dtype == torch.int8
        assert after[f"{name}_scale"].shape == (exact.shape[0], 1)
        # Rounded to nearest: no weight is off by more than half a step of its channel.
        restored = after[name].float() * after[f"{name}_scale"]
        assert ((restored - exact.float()).abs() <= after[f"{name}_scale"] * 0.5001).all()


def test_the_config_names_the_format(tmp_path: Path) -> None:
    checkpoint(tmp_path, tied=True)
    quantise(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["tie_word_embeddings"] is False
    stored = config["quantization_config"]
    assert (stored["quant_method"], stored["format"]) == ("compressed-tensors", "int-quantized")
    assert stored["config_groups"]["group_0"]["weights"]["num_bits"] == 8


def test_several_files_become_one(tmp_path: Path) -> None:
    before = checkpoint(tmp_path, tied=False, shards=3)
    quantise(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    assert set(before) <= set(load_file(tmp_path / "model.safetensors"))


def test_a_channel_of_zeros_stays_one(tmp_path: Path) -> None:
    zeros = {"model.layers.0.mlp.up_proj.weight": torch.zeros(4, HIDDEN)}
    save_file(zeros, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{}")
    quantise(tmp_path)
    assert not load_file(tmp_path / "model.safetensors")["model.layers.0.mlp.up_proj.weight"].any()
