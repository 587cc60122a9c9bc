"""LangChain's FAISS store and rank-bm25 as an ensemble, wired as its documentation wires them.

BM25 of LangChain takes no filter: what breaks one is dropped from what the ensemble gives.
"""

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from retrieval.embedders import Embedder
from ui.measuring.peers import DEPTH, RRF_K, Allows, Texts, peer_words

NEEDS = ("langchain_community", "langchain_classic", "rank_bm25")
INSTALL = (
    "LangChain's ensemble is left out: it comes with the extra `bench`; install it with "
    "`.venv/bin/uv pip install --python .venv/bin/python -e '.[bench]' -c requirements/app.txt`"
)


def is_installed() -> bool:
    """Whether the extra `bench` is there."""
    return all(find_spec(name) is not None for name in NEEDS)


class Ensemble:
    """A `Peer`: LangChain's `EnsembleRetriever` over its FAISS store and its `BM25Retriever`."""

    def __init__(self, texts: Texts, embedder: Embedder) -> None:
        with warnings.catch_warnings(action="ignore"):
            from langchain_community.retrievers import BM25Retriever
            from langchain_community.vectorstores import FAISS
            from langchain_community.vectorstores.utils import DistanceStrategy
        from retrieval.langchain import ShopEmbeddings

        facts = [texts.facts[owner] for owner in texts.owners]
        pairs = zip(texts.texts, texts.vectors.tolist(), strict=True)
        self._store = FAISS.from_embeddings(
            pairs,
            ShopEmbeddings(embedder),
            metadatas=facts,
            distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT,
        )
        self._words = BM25Retriever.from_texts(
            texts.texts, metadatas=facts, preprocess_func=peer_words, k=DEPTH
        )

    def search(self, query: str, k: int, allows: Allows | None = None) -> list[str]:
        """The ids of the best `k` products that `allows` lets through, best first."""
        options: dict[str, Any] = {"k": max(k, DEPTH) if allows is None else k}
        if allows is not None:
            options |= {"filter": allows, "fetch_k": DEPTH}
        found = self._fused([self._words, self._store.as_retriever(search_kwargs=options)], query)
        kept = [facts["id"] for facts in found if allows is None or allows(facts)]
        return list(dict.fromkeys(kept))[:k]

    def _fused(self, retrievers: Sequence[Any], query: str) -> list[dict[str, Any]]:
        from langchain_classic.retrievers import EnsembleRetriever

        ensemble = EnsembleRetriever(retrievers=list(retrievers), weights=[0.5, 0.5], c=RRF_K)
        return [document.metadata for document in ensemble.invoke(query)]
