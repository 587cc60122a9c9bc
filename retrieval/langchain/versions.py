"""What the face needs of one version of the index: its products, and the nearest of them."""

from dataclasses import dataclass

import numpy as np

from retrieval.catalogue import Product
from retrieval.embedders import Embedder, Matrix
from retrieval.errors import IndexStoreError
from retrieval.facets import Filters
from retrieval.store import IndexStore


@dataclass(frozen=True, slots=True)
class Near:
    """A product near to a vector; `vector` is that of its passage, `score` the cosine of both."""

    product: Product
    score: float
    vector: Matrix


class OpenVersion:
    """The current version of an index, open. Raises IndexMissing, IndexDamaged."""

    def __init__(self, store: IndexStore) -> None:
        self._snapshot = store.open()
        self.products = {p.id: p for p in store.products(self._snapshot.version)}

    def refuse_other_weights(self, embedder: Embedder) -> None:
        """Raises IndexStoreError where the vectors are not those of `embedder`."""
        manifest = self._snapshot.manifest
        if manifest.weights_hash != embedder.weights_hash:
            made = f"with other weights of {manifest.embedder}" if manifest.embedder else "by words"
            raise IndexStoreError(
                f"index {manifest.version} was built {made}, not with {embedder.name}; "
                "open it with the model that built it, or use another folder"
            )

    def nearest(self, vector: Matrix, k: int, filters: Filters) -> list[Near]:
        """The `k` products that satisfy `filters` nearest to `vector`, shape (d,), best first.

        A product is as near as the nearest of its passages.
        """
        snapshot = self._snapshot
        if snapshot.vectors is None or k <= 0:
            return []
        mask = snapshot.passage_mask(snapshot.contents.mask(filters))
        best: dict[int, tuple[int, float]] = {}
        for row, score in snapshot.vectors.search(vector, k * snapshot.most_passages, mask):
            best.setdefault(int(snapshot.owners[row]), (row, score))
        return [
            Near(self.products[snapshot.ids[owner]], score, snapshot.vectors.vector(row))
            for owner, (row, score) in list(best.items())[:k]
        ]


def marginal(query: Matrix, found: list[Near], k: int, lambda_mult: float) -> list[Near]:
    """`k` of `found`, near to `query` but not to each other, in the order of choice.

    Maximal marginal relevance: Carbonell and Goldstein, SIGIR 1998. `lambda_mult` 1 is relevance
    alone, 0 is diversity alone.
    """
    vectors = np.array([near.vector for near in found], dtype=np.float32)
    relevance = vectors @ query if found else vectors
    redundancy = np.zeros_like(relevance)
    chosen: list[int] = []
    while len(chosen) < min(k, len(found)):
        scores = lambda_mult * relevance - (1 - lambda_mult) * redundancy
        scores[chosen] = -np.inf
        row = int(np.argmax(scores))
        alike = vectors @ vectors[row]
        redundancy = np.maximum(redundancy, alike) if chosen else alike
        chosen.append(row)
    return [found[row] for row in chosen]
