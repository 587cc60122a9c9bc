"""What a search is measured against, over the same texts and the same embedder.

A peer's texts are title, brand and description in one field, a text for each language. Filters are
applied as they usually are where the index knows none: more is fetched, and what breaks them goes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np

from retrieval.catalogue import Product, in_language
from retrieval.embedders import Embedder, Matrix
from retrieval.passages import passages
from retrieval.words import tokens

Facts = dict[str, Any]
"""What of a product a filter looks at: id, price, stock, brand, category."""
Allows = Callable[[Facts], bool]

DEPTH = 100
"""Candidates of each side, filtered or not; ten times what is shown."""
RRF_K = 60
"""Cormack, Clarke and Büttcher, SIGIR 2009."""

_CHINESE = re.compile(r"[\u3400-\u9fff]")


class Peer(Protocol):
    """A search that is compared with ours."""

    def search(self, query: str, k: int, allows: Allows | None = None) -> list[str]:
        """The ids of the best `k` products that `allows` lets through, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Texts:
    """A catalogue as the peers see it: a row for each product and language.

    `vectors`: shape (rows, d), of the passages that our own index embeds.
    """

    texts: list[str]
    owners: list[int]
    vectors: Matrix
    facts: list[Facts]


def peer_texts(products: Sequence[Product], embedder: Embedder) -> Texts:
    """The rows of `products`."""
    rows = [(n, p) for n, product in enumerate(products) for p in passages(product)]
    return Texts(
        texts=[_text(products[n], passage.lang) for n, passage in rows],
        owners=[n for n, _ in rows],
        vectors=embedder.encode_passages([passage.text for _, passage in rows]),
        facts=facts_of(products),
    )


def facts_of(products: Sequence[Product]) -> list[Facts]:
    """What filters look at, by product."""
    return [
        {
            "id": product.id,
            "price": float(product.price),
            "stock": product.stock,
            "brand": product.brand,
            "category": next(iter(product.category.values()), ""),
        }
        for product in products
    ]


def peer_words(text: str) -> list[str]:
    """bm25s's own words with English stop words and stems; of a Chinese text, ours."""
    import bm25s

    if _CHINESE.search(text):
        return tokens(text)
    cut: list[list[str]] = bm25s.tokenize(
        [text], stopwords="en", stemmer=_stemmer(), return_ids=False, show_progress=False
    )
    return cut[0]


class PlainFusion:
    """bm25s with its defaults and exact FAISS, fused by reciprocal ranks."""

    def __init__(self, texts: Texts, embedder: Embedder) -> None:
        import bm25s
        import faiss

        self._embedder = embedder
        self._owners, self._facts = texts.owners, texts.facts
        self._words = bm25s.BM25()
        self._words.index([peer_words(text) for text in texts.texts], show_progress=False)
        self._vectors = faiss.IndexFlatIP(texts.vectors.shape[1])
        self._vectors.add(texts.vectors)

    def search(self, query: str, k: int, allows: Allows | None = None) -> list[str]:
        """The ids of the best `k` products that `allows` lets through, best first."""
        depth = min(max(k, DEPTH), len(self._owners))
        scores: dict[int, float] = {}
        for rows in (self._by_words(query, depth), self._by_meaning(query, depth)):
            for rank, product in enumerate(dict.fromkeys(self._owners[row] for row in rows), 1):
                scores[product] = scores.get(product, 0.0) + 1 / (RRF_K + rank)
        ranked = [self._facts[n] for n in sorted(scores, key=lambda n: -scores[n])]
        return [f["id"] for f in ranked if allows is None or allows(f)][:k]

    def _by_words(self, query: str, depth: int) -> list[int]:
        if not (cut := peer_words(query)):
            return []
        rows, scores = self._words.retrieve([cut], k=depth, show_progress=False)
        return [int(row) for row, score in zip(rows[0], scores[0], strict=True) if score > 0]

    def _by_meaning(self, query: str, depth: int) -> list[int]:
        vector = np.ascontiguousarray(self._embedder.encode_query(query)[None, :])
        return [int(row) for row in self._vectors.search(vector, depth)[1][0]]


def _text(product: Product, lang: str) -> str:
    parts = (
        in_language(product.title, lang),
        product.brand,
        in_language(product.description, lang),
    )
    return ". ".join(part for part in parts if part)


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
