"""Makes one version of the index: its words and vectors, and the files that keep them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from retrieval import passages as passages_of
from retrieval import words
from retrieval.catalogue import Product, product_line
from retrieval.dictionary import read_dictionary
from retrieval.earlier import Known
from retrieval.embedders import MAX_TOKENS, Embedder, Matrix
from retrieval.errors import IndexStoreError
from retrieval.lexical import WordIndexBuilder
from retrieval.lexicon import build_lexicon
from retrieval.manifest import FORMAT, Manifest
from retrieval.passages import field_texts, passages, words_digest
from retrieval.snapshot import IN_USE, LEXICON, PASSAGES, PRODUCTS, VECTORS, WORDS
from retrieval.vectors import VectorIndex

Progress = Callable[[str, int, int], None]
"""Told (stage, done, total); stages are "words" and "embed"."""

TEXTS = f"passages {passages_of.VERSION} of {MAX_TOKENS} tokens"
CUT = f"fields {passages_of.FIELDS_VERSION}, words {words.VERSION}"


def no_progress(stage: str, done: int, total: int) -> None:
    """Shows nothing."""


def content_hash(
    products: Sequence[Product], embedder: Embedder | None, dictionary: Path | None = None
) -> str:
    """SHA-256 of all that a version's content follows from."""
    made_of = f"{FORMAT} {TEXTS} {CUT} {embedder and embedder.weights_hash} {dictionary is None}"
    digest = hashlib.sha256(made_of.encode())
    for product in products:
        digest.update(product.digest.encode())
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
    kept = known.products.rows(products)
    with (folder / PRODUCTS).open("wb") as file:
        for product, row in zip(products, kept, strict=True):
            file.write(product_line(product) if row is None else known.products.line(row))
    index = cut_words(products, progress, known.words, kept).save(folder / WORDS)
    entries = read_dictionary(dictionary) if dictionary else ()
    build_lexicon(entries, products, index).save(folder / LEXICON)
    named, fresh = _passages(products, kept, known)
    with (folder / PASSAGES).open("w", encoding="utf-8") as lines:
        for place, lang, name in named:
            lines.write(json.dumps({"product": place, "lang": lang, "hash": name}) + "\n")
    if embedder is not None:
        vectors = embed_fresh(fresh, embedder, progress)
        matrix = np.zeros((len(named), embedder.dimension), dtype=np.float32)
        for place, (_, _, name) in enumerate(named):
            matrix[place] = vectors[name] if name in vectors else known.vectors[name]
        VectorIndex.build(matrix, like=known.index).save(folder / VECTORS)
    manifest = Manifest(
        version=version,
        built_at=built_at,
        products=len(products),
        passages=len(named),
        embedded=len(fresh) if embedder else 0,
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
    products: Sequence[Product],
    progress: Progress,
    previous: Path | None = None,
    kept: Sequence[int | None] = (),
) -> WordIndexBuilder:
    """The words of all products in order; what the word index in `previous` has is taken over.

    `kept`: for each product its row there, where it is known to be the same.
    """
    builder = WordIndexBuilder(previous)
    rows = kept if previous else [None] * len(products)
    for done, (product, row) in enumerate(zip(products, rows, strict=True), 1):
        if row is not None:
            builder.take_row(row)
        else:
            fields = field_texts(product)
            digest = words_digest(fields)
            if builder.knows(digest):
                builder.take(digest)
            else:
                builder.add(digest, [words.tokens(text) for text in fields])
        progress("words", done, len(products))
    return builder


def embed_fresh(
    texts: Mapping[str, str], embedder: Embedder, progress: Progress
) -> dict[str, Matrix]:
    """The vectors of texts that no earlier version has, by the same keys.

    Raises IndexStoreError where they are no unit vectors, whose inner products are no cosines.
    """
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        progress("embed", done, len(texts))

    vectors = embedder.encode_passages(list(texts.values()), advance)
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
        raise IndexStoreError("the embedding model gave vectors that are not of length 1")
    return dict(zip(texts, vectors, strict=True))


def _passages(
    products: Sequence[Product], kept: Sequence[int | None], known: Known
) -> tuple[list[tuple[int, str, str]], dict[str, str]]:
    """Product row, language and hash of every passage; and by hash the texts to be embedded."""
    named: list[tuple[int, str, str]] = []
    fresh: dict[str, str] = {}
    for place, (product, row) in enumerate(zip(products, kept, strict=True)):
        if known.passages and row is not None:
            named += ((place, lang, name) for lang, name in known.passages[row])
            continue
        for passage in passages(product):
            named.append((place, passage.lang, passage.hash))
            if passage.hash not in known.vectors:
                fresh[passage.hash] = passage.text
    return named, fresh
