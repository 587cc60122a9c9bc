"""Vectors that stay on disk: what was embedded once is not embedded again to be measured."""

import fcntl
import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from retrieval.embedders import MAX_TOKENS, Advance, Embedder, Matrix

_CHUNK = 512
_HASH = 32


class KeptVectors:
    """An `Embedder` that looks for a passage's vector on disk, by the SHA-256 of its text, first.

    What is missing is embedded by all of `embedders` at once, which are of one model, and written
    every few seconds: an interrupted run is gone on with. Queries are never kept. `embedded` and
    `seconds` say what was embedded so far and how long it took.
    """

    def __init__(self, folder: Path, embedders: Sequence[Embedder]) -> None:
        self._embedders = embedders
        self._folder = folder / f"{self.weights_hash[:16]}-{MAX_TOKENS}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._hashes, self._vectors = self._folder / "hashes.bin", self._folder / "vectors.f32"
        self._row_of = self._read()
        self.embedded, self.seconds = 0, 0.0

    @property
    def name(self) -> str:
        """The model's name."""
        return self._embedders[0].name

    @property
    def weights_hash(self) -> str:
        """SHA-256 of the weights."""
        return self._embedders[0].weights_hash

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._embedders[0].dimension

    def encode_query(self, text: str) -> Matrix:
        """As the model encodes it, every time."""
        return self._embedders[0].encode_query(text)

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Matrix:
        """Shape (n, d); `advance` is told how many more are done."""
        hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
        fresh = {h: t for h, t in zip(hashes, texts, strict=True) if h not in self._row_of}
        if advance:
            advance(sum(h in self._row_of for h in hashes))
        started = time.perf_counter()
        for count in self._embed(fresh):
            if advance:
                advance(count)
        self.embedded += len(fresh)
        self.seconds += time.perf_counter() - started if fresh else 0.0
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        kept = np.memmap(self._vectors, dtype=np.float32, mode="r").reshape(-1, self.dimension)
        return np.asarray(kept[[self._row_of[h] for h in hashes]])

    def _embed(self, fresh: dict[bytes, str]) -> Iterator[int]:
        """Embed and write chunk by chunk; how many texts each had."""
        # Long texts with long ones: no padding is computed.
        items = sorted(fresh.items(), key=lambda item: -len(item[1]))
        chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
        with ThreadPoolExecutor(len(self._embedders)) as pool:
            free = list(self._embedders)

            def embed(chunk: list[tuple[bytes, str]]) -> Matrix:
                embedder = free.pop()
                try:
                    return embedder.encode_passages([text for _, text in chunk])
                finally:
                    free.append(embedder)

            for chunk, vectors in zip(chunks, pool.map(embed, chunks), strict=True):
                self._append([h for h, _ in chunk], vectors)
                yield len(chunk)

    def _append(self, hashes: Sequence[bytes], vectors: Matrix) -> None:
        with self._locked():
            first = self._rows()
            with self._vectors.open("r+b") as file:
                file.seek(first * self.dimension * 4)
                file.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())
            # The hash last: a row whose hash is there is whole.
            with self._hashes.open("r+b") as file:
                file.seek(first * _HASH)
                file.write(b"".join(hashes))
        self._row_of |= {h: first + n for n, h in enumerate(hashes)}

    def _read(self) -> dict[bytes, int]:
        with self._locked():
            self._hashes.touch()
            self._vectors.touch()
            rows, raw = self._rows(), self._hashes.read_bytes()
        return {raw[n * _HASH : (n + 1) * _HASH]: n for n in range(rows)}

    def _rows(self) -> int:
        return min(
            self._hashes.stat().st_size // _HASH,
            self._vectors.stat().st_size // (self.dimension * 4),
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
