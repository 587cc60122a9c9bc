"""The last check of a new version before it may serve: does it find what it holds?"""

from collections.abc import Sequence

import numpy as np

from retrieval.catalogue import Product
from retrieval.embedders import Embedder
from retrieval.errors import IndexStoreError
from retrieval.lexical import plain_groups
from retrieval.snapshot import Snapshot
from retrieval.words import tokens


def probe(snapshot: Snapshot, products: Sequence[Product], embedder: Embedder | None) -> None:
    """Search one product's own title in each language, by words and by meaning.

    Raises IndexStoreError where its words do not find it, or where vectors are no unit vectors.
    """
    for title, row in _samples(products):
        if snapshot.words.score(plain_groups(tokens(title)))[0][row] <= 0:
            raise IndexStoreError(f"the new index does not find {products[row].id} by its title")
        if embedder is not None and snapshot.vectors is not None:
            found = snapshot.vectors.search(embedder.encode_query(title), 1)
            if not found or not np.isfinite(found[0][1]):
                raise IndexStoreError(f"the new index finds nothing near {title!r}")
    if snapshot.vectors is not None:
        lengths = np.linalg.norm(snapshot.vectors.matrix, axis=1)
        if not np.allclose(lengths, 1, atol=1e-3):
            raise IndexStoreError("the embedding model gave vectors that are not of length 1")


def _samples(products: Sequence[Product]) -> list[tuple[str, int]]:
    """For each language the first title with words in it, and its row."""
    samples: dict[str, tuple[str, int]] = {}
    for row, product in enumerate(products):
        for lang, title in product.title.items():
            if lang not in samples and tokens(title):
                samples[lang] = (title, row)
    return list(samples.values())
