"""The kinds of vector index compared: what the thresholds in `retrieval/vectors.py` rest on."""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from retrieval.catalogue import Product
from retrieval.embedders import Embedder, Matrix
from retrieval.facets import Mask
from retrieval.passages import passages
from retrieval.vectors import Kind, VectorIndex
from ui.measuring.race import one_faiss_thread

SIZES = (10_000, 20_000, 50_000, 100_000, 200_000, 400_000)
_SHOWN = 10
_MASKED = 0.1


def kinds_compared(
    products: Sequence[Product], embedder: Embedder, texts: Sequence[str]
) -> list[dict[str, Any]]:
    """Each kind at each size up to all passages; `texts` are the queries.

    Recall is of the ten that exact floats find, of all products and of a random tenth of them.
    """
    vectors = embedder.encode_passages([p.text for product in products for p in passages(product)])
    queries = np.stack([embedder.encode_query(text) for text in texts])
    sizes = [size for size in SIZES if size < len(vectors)] + [len(vectors)]
    return [row for size in sizes for row in _at(vectors[:size], queries)]


def _at(vectors: Matrix, queries: Matrix) -> list[dict[str, Any]]:
    mask = np.random.default_rng(7).random(len(vectors)) < _MASKED
    exact = VectorIndex.build(vectors, Kind.FLAT)
    with one_faiss_thread():
        best = [_asked(exact, queries, m)[0] for m in (None, mask)]
    rows = []
    for kind in Kind:
        started = time.perf_counter()
        index = VectorIndex.build(vectors, kind)
        build = time.perf_counter() - started
        with one_faiss_thread():
            all_found, all_ms = _asked(index, queries, None)
            some_found, some_ms = _asked(index, queries, mask)
        rows.append(
            {
                "passages": len(vectors),
                "kind": str(kind),
                "build_s": round(build, 2),
                "p50_ms": all_ms,
                "recall@10": _recall(all_found, best[0]),
                "masked_p50_ms": some_ms,
                "masked_recall@10": _recall(some_found, best[1]),
                "bytes": _bytes(index),
            }
        )
    return rows


def _asked(index: VectorIndex, queries: Matrix, mask: Mask | None) -> tuple[list[set[int]], float]:
    """The ten rows found for each query, and the median in milliseconds."""
    found, seconds = [], []
    for query in queries:
        started = time.perf_counter()
        hits = index.search(query, _SHOWN, mask)
        seconds.append(time.perf_counter() - started)
        found.append({row for row, _ in hits})
    return found, round(1000 * float(np.median(seconds)), 3)


def _recall(found: Sequence[set[int]], best: Sequence[set[int]]) -> float:
    pairs = zip(found, best, strict=True)
    return round(float(np.mean([len(f & b) / max(len(b), 1) for f, b in pairs])), 4)


def _bytes(index: VectorIndex) -> int:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "vectors.faiss"
        index.save(file)
        return file.stat().st_size
