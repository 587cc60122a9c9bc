"""A sentence-transformers model compiled for processors by OpenVINO: the same vectors, sooner.

The graph is traced once from the loaded model and kept in its checkpoint's folder. Where it is,
neither torch nor sentence-transformers is loaded to encode a text. A graph whose vectors differ
from the model's is not kept, so that any checkpoint may be tried; nor are queries encoded in 8 bits
(`query_graph`) where this processor and these weights give other vectors so.
"""

import json
import logging
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.query_graph import NoWordTable, QueryGraphs

log = logging.getLogger(__name__)

Matrix = NDArray[np.float32]

_FOLDER = "openvino"
_GRAPH = "model.xml"
_FACTS = "facts.json"
_PROBES = ["query: a warm sleeping bag for winter", "passage: 适合冬天的保暖睡袋。"]
_LEAST_COSINE = 0.999
_LEAST_IN_8_BITS = 0.99
"""Of multilingual-e5-small, 250 queries had 0.998 and more. nDCG@10 moved by -0.001 to +0.002 on
three judged sets, no interval without 0 (2026-11-27)."""
_STEP = 16
"""Texts are padded to a multiple of so many tokens. A graph prepares itself anew for each length
that it did not have just before, which takes as long as encoding a query; most queries fit into
one step, and passages of 60 tokens take no longer."""


class CompiledEncoder:
    """Encodes texts with a kept graph. Thread-safe: texts of several threads queue up."""

    def __init__(self, checkpoint: Path, max_tokens: int, threads: int) -> None:
        import openvino
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
        config = json.loads((checkpoint / "config.json").read_text("utf-8"))
        pad = config.get("pad_token_id") or 0
        positions = config.get("max_position_embeddings") or max_tokens
        self._tokenizer.enable_truncation(min(max_tokens, positions))
        self._tokenizer.enable_padding(pad_id=pad, pad_to_multiple_of=_STEP)
        core = openvino.Core()
        # Where the processor computes with bfloat16, that is four times as fast and as exact.
        bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        options = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
        }
        graph = core.read_model(checkpoint / _FOLDER / _GRAPH)
        self._request = core.compile_model(graph, "CPU", options).create_infer_request()
        self._lock = Lock()
        self._queries: QueryGraphs | None = None
        with suppress(NoWordTable):
            self._queries = QueryGraphs(core, graph, options, pad, positions, eight_bits=True)
            if not self._bears_8_bits():
                self._queries = QueryGraphs(core, graph, options, pad, positions, eight_bits=False)

    def __call__(self, texts: Sequence[str]) -> Matrix:
        """L2-normalised float32, shape (n, d)."""
        encoded = self._tokenizer.encode_batch(list(texts))
        inputs = {
            "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
        }
        with self._lock:
            vectors = np.array(self._request.infer(inputs)[0], dtype=np.float32)
        normalised: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised

    def query(self, text: str) -> Matrix:
        """L2-normalised float32, shape (d,)."""
        vector = None
        if self._queries is not None:
            encoded = self._tokenizer.encode(text)
            vector = self._queries(encoded.ids[: sum(encoded.attention_mask)])
        found: Matrix = self([text])[0] if vector is None else vector / np.linalg.norm(vector)
        return found

    def _bears_8_bits(self) -> bool:
        """Whether queries in 8 bits get the vectors that the same texts get as passages."""
        try:
            least = _least_cosine(self(_PROBES), self._of_queries(_PROBES))
        except RuntimeError as error:
            log.info("queries are not encoded in 8 bits: %s", _line(error))
            return False
        return least >= _LEAST_IN_8_BITS

    def _of_queries(self, texts: Sequence[str]) -> Matrix:
        return np.stack([self.query(text) for text in texts])

    def prepare(self) -> None:
        """Compile now what queries would wait for."""
        if self._queries is not None:
            self._queries.prepare()


def is_available() -> bool:
    """Whether OpenVINO is installed; it comes with the extra `cpu`."""
    return find_spec("openvino") is not None


def is_kept(checkpoint: Path, weights_hash: str) -> bool:
    """Whether a graph of exactly these weights is there for the OpenVINO that is installed."""
    try:
        kept = json.loads((checkpoint / _FOLDER / _FACTS).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(kept == _facts(weights_hash))


def open_compiled(
    checkpoint: Path, weights_hash: str, max_tokens: int, threads: int
) -> CompiledEncoder | None:
    """The encoder of the graph that is kept for exactly these weights, or None."""
    if not is_kept(checkpoint, weights_hash):
        return None
    try:
        return CompiledEncoder(checkpoint, max_tokens, threads)
    except (OSError, ValueError, RuntimeError) as error:
        log.warning("the compiled model in %s is made anew: %s", checkpoint, _line(error))
        return None


def keep_compiled(
    model: Any, checkpoint: Path, weights_hash: str, max_tokens: int, threads: int
) -> bool:
    """Trace a loaded SentenceTransformer and keep its graph; whether that could be done.

    Not where the checkpoint has no tokenizer.json, its folder cannot be written, its vectors come
    out otherwise, or the model is of a kind that OpenVINO cannot read.
    """
    work = None
    try:
        work = Path(tempfile.mkdtemp(prefix=f".{_FOLDER}-", dir=checkpoint))
        for name in ("tokenizer.json", "config.json"):
            (work / name).symlink_to((checkpoint / name).resolve(strict=True))
        (work / _FOLDER).mkdir()
        _trace(model, work / _FOLDER / _GRAPH)
        expected = model.encode(_PROBES, normalize_embeddings=True, show_progress_bar=False)
        encoder = CompiledEncoder(work, max_tokens, threads)
        asked = _least_cosine(expected, encoder._of_queries(_PROBES))
        if _least_cosine(expected, encoder(_PROBES)) < _LEAST_COSINE or asked < _LEAST_IN_8_BITS:
            raise ValueError("its vectors come out otherwise")
        (work / _FOLDER / _FACTS).write_text(json.dumps(_facts(weights_hash)), "utf-8")
        shutil.rmtree(checkpoint / _FOLDER, ignore_errors=True)
        (work / _FOLDER).replace(checkpoint / _FOLDER)
    except (OSError, ValueError, RuntimeError, TypeError, KeyError) as error:
        log.warning("%s is not compiled, torch computes: %s", checkpoint, _line(error))
        return False
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)
    return True


def _trace(model: Any, graph: Path) -> None:
    import openvino
    import torch

    class Pooled(torch.nn.Module):
        """From token ids to pooled vectors, with tensors for arguments, as tracing wants them."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            fields = {"input_ids": input_ids, "attention_mask": attention_mask}
            pooled: torch.Tensor = self.model(fields)["sentence_embedding"]
            return pooled

    fields = model.tokenizer(_PROBES, padding=True, return_tensors="pt")
    example = {name: fields[name] for name in ("input_ids", "attention_mask")}
    with torch.no_grad():
        traced = openvino.convert_model(Pooled().eval(), example_input=example)
    openvino.save_model(traced, graph)


def _least_cosine(vectors: Matrix, others: Matrix) -> float:
    """The least cosine of two L2-normalised vectors in the same row."""
    return float((vectors * others).sum(axis=1).min())


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _facts(weights_hash: str) -> dict[str, str]:
    """What a kept graph depends on."""
    return {"weights": weights_hash, "openvino": version("openvino") if is_available() else ""}
