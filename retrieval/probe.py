"""The last check of a new version before it may serve: does it find what it holds?"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from retrieval.catalogue import Product
from retrieval.embedders import Embedder, Matrix
from retrieval.engine import Scored, Worded
from retrieval.errors import IndexStoreError
from retrieval.lexical import Group, plain_groups
from retrieval.words import tokens


class Probed(Protocol):
    """Every product of a new version; of a `Scope` what ranks."""

    def near(self, vector: Matrix, k: int) -> Scored: ...

    def worded(self, groups: Sequence[Group], k: int) -> Worded: ...


def probe(everything: Probed, products: Sequence[Product], embedder: Embedder | None) -> None:
    """Search one product's own title in each language, by words and by meaning.

    Raises IndexStoreError where one of them does not find it.
    """
    for title, product_id in _samples(products):
        if everything.worded(plain_groups(tokens(title)), 1).of([product_id])[0] <= 0:
            raise IndexStoreError(f"the new index does not find {product_id} by its title")
        if embedder is not None:
            found = everything.near(embedder.encode_query(title), 1)
            if not found or not np.isfinite(found[0][1]):
                raise IndexStoreError(f"the new index finds nothing near {title!r}")


def _samples(products: Sequence[Product]) -> list[tuple[str, str]]:
    """For each language the first title with words in it, and its product's id."""
    samples: dict[str, tuple[str, str]] = {}
    for product in products:
        for lang, title in product.title.items():
            if lang not in samples and tokens(title):
                samples[lang] = (title, product.id)
    return list(samples.values())
