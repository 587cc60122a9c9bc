"""Texts to vectors, by sentence-transformers; see `checkpoints` for the weights.

On a processor its model is compiled (`compiled`), on a GPU torch computes.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.checkpoints import RECORD, WEIGHTS, read_json
from retrieval.compiled import (
    CompiledEncoder,
    is_available,
    is_kept,
    keep_compiled,
    open_compiled,
)
from retrieval.errors import WeightsError
from retrieval.wheels import sha256
from retrieval.words import simplified

Matrix = NDArray[np.float32]
Advance = Callable[[int], None]
Encoder = Callable[[Sequence[str]], Matrix]

MAX_TOKENS = 256
"""Longer texts are cut. Passages hold their most telling parts first; a cut at 128 cost a point."""

_BATCH = 16
E5_PROMPTS = {"query": "query: ", "passage": "passage: "}


class Embedder(Protocol):
    """Encodes texts of one model. Equal `weights_hash` and text mean the equal vector."""

    @property
    def name(self) -> str:
        """The model's name, for people."""
        ...

    @property
    def weights_hash(self) -> str:
        """SHA-256 of the weights: two sources of one model may hold different weights."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Matrix:
        """L2-normalised float32, shape (n, d); `advance` is told how many more are done."""
        ...

    def encode_query(self, text: str) -> Matrix:
        """L2-normalised float32, shape (d,)."""
        ...


def load_embedder(folder: Path, *, threads: int = 1) -> "SentenceEmbedder":
    """The embedder whose checkpoint lies in `folder`; its model is loaded by the first text.

    `threads`: how many torch computes with on a CPU, process-wide. Raises WeightsError where the
    folder holds no checkpoint.
    """
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise WeightsError(
            f"{folder}: no sentence-transformers checkpoint (config.json, {WEIGHTS}); "
            "run `shopclerk model prepare` or set SHOPCLERK_EMBEDDER_DIR"
        )
    return SentenceEmbedder(folder, threads)


def compile_ahead(folder: Path) -> None:
    """Make the graph that the first text would wait for; what it takes of memory, torch keeps."""
    embedder = load_embedder(folder)
    if embedder.wants_compiling:
        embedder.warm()


class SentenceEmbedder:
    """An `Embedder` over a checkpoint folder. Thread-safe: texts of several threads queue up.

    A model that states no prompts of its own is given E5's "query: " and "passage: ".
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._folder = folder
        self._threads = threads
        self._lock = Lock()
        self._record = read_json(folder / RECORD)
        prompts = read_json(folder / "config_sentence_transformers.json").get("prompts") or {}
        own = {"query": prompts.get("query"), "passage": _first(prompts, "passage", "document")}
        self._prompts = {k: v or "" for k, v in own.items()} if any(own.values()) else E5_PROMPTS

    @property
    def name(self) -> str:
        """The model's name, for people."""
        return str(self._record.get("name") or self._folder.name)

    @cached_property
    def weights_hash(self) -> str:
        """SHA-256 of the weights, as recorded when they were prepared, else computed once.

        Of merged weights it is the adapter's identity: their last bits are the machine's own.
        """
        recorded = self._record.get("identity") or self._record.get("files", {}).get(WEIGHTS)
        return str(recorded or sha256(next(iter(sorted(self._folder.glob("*.safetensors"))))))

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(read_json(self._folder / "config.json")["hidden_size"])

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Matrix:
        """L2-normalised float32, shape (n, d); `advance` is told how many more are done."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # Texts of like length share a batch, the longest first: no padding is computed.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i].encode()))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            vectors[rows] = self._encode("passage", [texts[row] for row in rows])
            if advance:
                advance(len(rows))
        return vectors

    def encode_query(self, text: str) -> Matrix:
        """L2-normalised float32, shape (d,)."""
        with self._lock:
            encoder = self._encoder
        prompted = self._prompts["query"] + text
        if isinstance(encoder, CompiledEncoder):
            return encoder.query(prompted)
        with self._lock:
            vector: Matrix = encoder([prompted])[0]
        return vector

    @property
    def wants_compiling(self) -> bool:
        """Whether the first text would wait for a graph to be made."""
        return _on_a_processor() and not is_kept(self._folder, self.weights_hash)

    def warm(self) -> None:
        """Load the model now, so that the first query does not wait for it."""
        self.encode_query("")
        if isinstance(self._encoder, CompiledEncoder):
            self._encoder.prepare()

    def _encode(self, kind: str, texts: list[str]) -> Matrix:
        with self._lock:
            return self._encoder([self._prompts[kind] + simplified(text) for text in texts])

    @cached_property
    def _encoder(self) -> Encoder:
        kept = (self._folder, self.weights_hash, MAX_TOKENS, self._threads)
        if _on_a_processor() and (encoder := open_compiled(*kept)):
            return encoder
        with _quiet():
            model = self._load()
            compiled = None
            if _on_a_processor() and keep_compiled(model, *kept):
                compiled = open_compiled(*kept)
        return compiled or torch_encoder(model)

    def _load(self) -> Any:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(self._threads)
        try:
            model = SentenceTransformer(
                str(self._folder),
                device="cuda" if torch.cuda.is_available() else "cpu",
                local_files_only=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise WeightsError(
                f"{self._folder}: the embedding model cannot be loaded: {error}; "
                "remove the folder and run `shopclerk model prepare`"
            ) from error
        model.max_seq_length = min(model.max_seq_length or MAX_TOKENS, MAX_TOKENS)
        return model.eval()


def _on_a_processor() -> bool:
    """Whether OpenVINO is to compute, not torch on a GPU."""
    return is_available() and not Path("/dev/nvidiactl").exists()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the reports of a load and a trace: a checkpoint without a head is as it should be."""
    from transformers.utils import logging as reports

    level, bars = reports.get_verbosity(), reports.is_progress_bar_enabled()
    reports.set_verbosity_error()
    reports.disable_progress_bar()
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        reports.set_verbosity(level)
        if bars:
            reports.enable_progress_bar()


def torch_encoder(model: Any) -> Encoder:
    """The encoder of a loaded SentenceTransformer, as torch computes it."""

    def encode(texts: Sequence[str]) -> Matrix:
        encoded = model.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(encoded, dtype=np.float32)

    return encode


def _first(prompts: dict[str, str], *names: str) -> str | None:
    return next((prompts[name] for name in names if prompts.get(name)), None)
