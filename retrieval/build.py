"""Writes the files of one version of the index."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from retrieval import passages as passages_of
from retrieval import words
from retrieval.catalogue import Product, product_row
from retrieval.embedders import MAX_TOKENS, Embedder, Matrix
from retrieval.lexical import WordIndex
from retrieval.manifest import FORMAT, Manifest
from retrieval.passages import Passage, passages, word_list
from retrieval.snapshot import IN_USE, PASSAGES, PRODUCTS, VECTORS, WORDS
from retrieval.vectors import VectorIndex

Progress = Callable[[str, int, int], None]
"""Told (stage, done, total); stages are "words" and "embed"."""

TEXTS = f"passages {passages_of.VERSION} of {MAX_TOKENS} tokens, words {words.VERSION}"


def no_progress(stage: str, done: int, total: int) -> None:
    """Shows nothing."""


def content_hash(products: Sequence[Product], embedder: Embedder | None) -> str:
    """SHA-256 of all that a version's content follows from."""
    digest = hashlib.sha256(f"{FORMAT} {TEXTS} {embedder and embedder.weights_hash}".encode())
    for product in products:
        digest.update(_line(product_row(product)))
    return digest.hexdigest()


def write_version(
    folder: Path,
    products: Sequence[Product],
    embedder: Embedder | None,
    *,
    version: str,
    built_at: str,
    known: Mapping[str, Matrix],
    progress: Progress = no_progress,
) -> Manifest:
    """Fill the empty `folder`. `known`: vectors by passage hash that need no embedding.

    Without an embedder the version has words alone.
    """
    _write_lines(folder / PRODUCTS, (product_row(product) for product in products))
    _write_words(folder, products, progress)
    rows = [(i, p) for i, product in enumerate(products) for p in passages(product)]
    _write_lines(
        folder / PASSAGES, ({"product": i, "lang": p.lang, "hash": p.hash} for i, p in rows)
    )
    embedded = 0
    if embedder is not None:
        vectors, embedded = _embed([p for _, p in rows], embedder, known, progress)
        VectorIndex.build(vectors).save(folder / VECTORS)
    manifest = Manifest(
        version=version,
        built_at=built_at,
        products=len(products),
        passages=len(rows),
        embedded=embedded,
        embedder=embedder.name if embedder else "",
        weights_hash=embedder.weights_hash if embedder else "",
        dimension=embedder.dimension if embedder else 0,
        texts=TEXTS,
    )
    sealed = manifest.write(folder)
    (folder / IN_USE).touch()
    return sealed


def _write_words(folder: Path, products: Sequence[Product], progress: Progress) -> None:
    documents = []
    for done, product in enumerate(products, 1):
        documents.append(word_list(product))
        progress("words", done, len(products))
    (folder / WORDS).mkdir()
    WordIndex.build(documents).save(folder / WORDS)


def _embed(
    texts: Sequence[Passage],
    embedder: Embedder,
    known: Mapping[str, Matrix],
    progress: Progress,
) -> tuple[Matrix, int]:
    """Vectors of all passages in order, and how many were embedded: equal texts only once."""
    fresh = {p.hash: p for p in texts if p.hash not in known}
    unique = list(dict.fromkeys(text for passage in fresh.values() for text in passage.texts))
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        progress("embed", done, len(unique))

    encoded = dict(zip(unique, embedder.encode_passages(unique, advance), strict=True))
    matrix = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
    for row, passage in enumerate(texts):
        vector = known.get(passage.hash)
        matrix[row] = _mean([encoded[t] for t in passage.texts]) if vector is None else vector
    return matrix, len(fresh)


def _mean(vectors: Sequence[Matrix]) -> Matrix:
    """The mean direction of unit vectors, shape (d,), of length 1."""
    total = np.sum(vectors, axis=0)
    return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


def _write_lines(path: Path, rows: Iterable[dict[str, object]]) -> None:
    with path.open("wb") as file:
        file.writelines(_line(row) for row in rows)


def _line(row: dict[str, object]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
