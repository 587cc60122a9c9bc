"""Makes one version of the index: its words and vectors, and the files that keep them."""

import hashlib
import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from retrieval import passages as passages_of
from retrieval import words
from retrieval.catalogue import Product, product_row
from retrieval.dictionary import read_dictionary
from retrieval.embedders import MAX_TOKENS, Embedder, Matrix
from retrieval.errors import IndexStoreError
from retrieval.lexical import WordIndexBuilder
from retrieval.lexicon import build_lexicon
from retrieval.manifest import FORMAT, Manifest
from retrieval.passages import Passage, field_texts, passages, words_digest
from retrieval.snapshot import IN_USE, LEXICON, PASSAGES, PRODUCTS, VECTORS, WORDS
from retrieval.vectors import VectorIndex

Progress = Callable[[str, int, int], None]
"""Told (stage, done, total); stages are "words" and "embed"."""

TEXTS = f"passages {passages_of.VERSION} of {MAX_TOKENS} tokens"
CUT = f"fields {passages_of.FIELDS_VERSION}, words {words.VERSION}"


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier version has that need not be computed again."""

    vectors: Mapping[str, Matrix] = field(default_factory=dict)
    """By passage hash."""
    index: VectorIndex | None = None
    words: Path | None = None
    """The folder of its word index."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Shows nothing."""


def content_hash(
    products: Sequence[Product], embedder: Embedder | None, dictionary: Path | None = None
) -> str:
    """SHA-256 of all that a version's content follows from."""
    made_of = f"{FORMAT} {TEXTS} {CUT} {embedder and embedder.weights_hash} {dictionary is None}"
    digest = hashlib.sha256(made_of.encode())
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
    known: Known,
    dictionary: Path | None = None,
    progress: Progress = no_progress,
) -> Manifest:
    """Fill the empty `folder`, as far as possible from what is `known`.

    `dictionary`: a file for `read_dictionary`; without it no query is translated.

    Without an embedder the version has words alone.
    """
    _write_lines(folder / PRODUCTS, (product_row(product) for product in products))
    index = cut_words(products, progress, known.words).save(folder / WORDS)
    entries = read_dictionary(dictionary) if dictionary else ()
    build_lexicon(entries, products, index).save(folder / LEXICON)
    rows = [(i, p) for i, product in enumerate(products) for p in passages(product)]
    _write_lines(
        folder / PASSAGES, ({"product": i, "lang": p.lang, "hash": p.hash} for i, p in rows)
    )
    embedded = 0
    if embedder is not None:
        vectors, embedded = _embed([p for _, p in rows], embedder, known.vectors, progress)
        VectorIndex.build(vectors, like=known.index).save(folder / VECTORS)
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
        cut=CUT,
    )
    sealed = manifest.write(folder)
    (folder / IN_USE).touch()
    return sealed


def cut_words(
    products: Sequence[Product], progress: Progress, previous: Path | None = None
) -> WordIndexBuilder:
    """The words of all products in order; what the word index in `previous` has is taken over."""
    builder = WordIndexBuilder(previous)
    for done, product in enumerate(products, 1):
        fields = field_texts(product)
        digest = words_digest(fields)
        if builder.knows(digest):
            builder.take(digest)
        else:
            builder.add(digest, [words.tokens(text) for text in fields])
        progress("words", done, len(products))
    return builder


def embed_fresh(
    texts: Iterable[Passage], embedder: Embedder, known: Container[str], progress: Progress
) -> dict[str, Matrix]:
    """The vectors of the passages whose hash is not `known`, by hash: equal texts only once.

    Raises IndexStoreError where they are no unit vectors, whose inner products are no cosines.
    """
    fresh = {p.hash: p.text for p in texts if p.hash not in known}
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        progress("embed", done, len(fresh))

    vectors = embedder.encode_passages(list(fresh.values()), advance)
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
        raise IndexStoreError("the embedding model gave vectors that are not of length 1")
    return dict(zip(fresh, vectors, strict=True))


def _embed(
    texts: Sequence[Passage],
    embedder: Embedder,
    known: Mapping[str, Matrix],
    progress: Progress,
) -> tuple[Matrix, int]:
    """Vectors of all passages in order, and how many were embedded."""
    fresh = embed_fresh(texts, embedder, known, progress)
    matrix = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
    for row, passage in enumerate(texts):
        vector = fresh.get(passage.hash)
        matrix[row] = known[passage.hash] if vector is None else vector
    return matrix, len(fresh)


def _write_lines(path: Path, rows: Iterable[dict[str, object]]) -> None:
    with path.open("wb") as file:
        file.writelines(_line(row) for row in rows)


def _line(row: dict[str, object]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
