"""LangChain's `VectorStore` over the versioned index on disk."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Self

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from numpy.typing import ArrayLike

from retrieval.catalogue import Product
from retrieval.embedders import Embedder, Matrix
from retrieval.langchain.documents import to_document, to_product
from retrieval.langchain.embeddings import as_embedder, as_embeddings
from retrieval.langchain.filters import FilterLike, as_filters
from retrieval.langchain.versions import Near, OpenVersion, marginal
from retrieval.store import IndexStore

Products = dict[str, Product]


class ProductStore(VectorStore):
    """The products of an index as documents, found by meaning alone; scores are cosines.

    A folder without an index is an empty store. Every `filter` holds before top-k. Each addition
    or deletion writes a new version of the whole index beside the old and switches to it, so add
    in batches. The index of a running shop follows its database: read it here, and add documents
    to a folder of their own. Thread-safe, and safe for readers in many processes; raises
    IndexStoreError where another process or store is writing, or where the vectors are of another
    model than `embedding`.
    """

    def __init__(self, folder: Path, embedding: Embedder | Embeddings, *, lang: str = "en") -> None:
        self.index = IndexStore(folder)
        self.embedder = as_embedder(embedding)
        self._lang = lang
        self._opening = Lock()
        self._writing = Lock()
        self._stamp: tuple[int, int] | None = None
        self._version: OpenVersion | None = None

    @property
    def embeddings(self) -> Embeddings:
        """What turns texts into the vectors of this index."""
        return as_embeddings(self.embedder)

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embedder | Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        folder: Path | None = None,
        lang: str = "en",
        **kwargs: Any,
    ) -> Self:
        """The store in `folder`, which must be given, with `texts` added to it."""
        _refuse_unknown(kwargs)
        if folder is None:
            raise TypeError("a ProductStore lives on disk: give folder=Path(…)")
        store = cls(folder, embedding, lang=lang)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    # -- writing

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add or replace texts; their ids. See `add_documents`."""
        texts = list(texts)
        metadatas = [{} for _ in texts] if metadatas is None else metadatas
        if len(metadatas) != len(texts):
            raise ValueError(f"{len(texts)} texts were given {len(metadatas)} metadatas")
        documents = [
            Document(text, metadata=metadata)
            for text, metadata in zip(texts, metadatas, strict=True)
        ]
        return self.add_documents(documents, ids=ids)

    def add_documents(
        self,
        documents: list[Document],
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add documents, replacing what has their ids; their ids, generated where there are none.

        `ids` go before the documents' own. A document as this store gave it changes nothing.
        Raises CatalogueError for an id or metadata that cannot be kept.
        """
        names = [None] * len(documents) if ids is None else list(ids)
        if len(names) != len(documents):
            raise ValueError(f"{len(documents)} documents were given {len(names)} ids")
        added = [
            to_product(document, name) for document, name in zip(documents, names, strict=True)
        ]
        self._write(lambda products: products | self._changed(added, products))
        return [product.id for product in added]

    def delete(self, ids: Sequence[str] | None = None, **kwargs: Any) -> bool:
        """Delete what has these ids, None meaning everything; ids that nothing has are no fault."""
        gone = None if ids is None else set(ids)
        self._write(
            lambda products: {
                name: product
                for name, product in products.items()
                if gone is not None and name not in gone
            }
        )
        return True

    def _changed(self, added: list[Product], products: Products) -> Products:
        return {
            product.id: product
            for product in added
            if product.id not in products
            or self._document(products[product.id]) != self._document(product)
        }

    def _write(self, change: Callable[[Products], Products]) -> None:
        """Let what `change` makes of the products serve, unless it changes nothing."""
        with self._writing, self.index.writing():
            version = self._current()
            before = version.products if version else {}
            after = change(before)
            if after == before:
                return
            if version:
                version.refuse_other_weights(self.embedder)
            if not after:
                # No index rather than one of nothing, which nothing could verify.
                (self.index.folder / "current").unlink()
                return
            built = self.index.build(
                list(after.values()), self.embedder, built_at=datetime.now(UTC).isoformat()
            )
            self.index.switch(built.version)
            self.index.prune()

    # -- reading

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents that have these ids, in this order, each once."""
        version = self._current()
        products = version.products if version else {}
        return [self._document(products[name]) for name in dict.fromkeys(ids) if name in products]

    def similarity_search(
        self, query: str, k: int = 4, *, filter: FilterLike = None, **kwargs: Any
    ) -> list[Document]:
        """The `k` documents nearest in meaning to `query` that satisfy `filter`, best first."""
        found = self.similarity_search_with_score(query, k, filter=filter, **kwargs)
        return [document for document, _ in found]

    def similarity_search_with_score(
        self, query: str, k: int = 4, *, filter: FilterLike = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """As `similarity_search`, each with its cosine similarity, from -1 to 1."""
        vector = self.embedder.encode_query(query)
        return self.similarity_search_with_score_by_vector(
            vector.tolist(), k, filter=filter, **kwargs
        )

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, *, filter: FilterLike = None, **kwargs: Any
    ) -> list[Document]:
        """The `k` documents nearest to a vector that satisfy `filter`, best first."""
        found = self.similarity_search_with_score_by_vector(embedding, k, filter=filter, **kwargs)
        return [document for document, _ in found]

    def similarity_search_with_score_by_vector(
        self, embedding: list[float], k: int = 4, *, filter: FilterLike = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """As `similarity_search_by_vector`, each with its cosine similarity, from -1 to 1."""
        found = self._nearest(self._unit(embedding), k, filter, kwargs)
        return [(self._document(near.product), near.score) for near in found]

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: FilterLike = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Of the `fetch_k` nearest `k` that are unlike each other; `lambda_mult` 1: the nearest."""
        vector = self.embedder.encode_query(query)
        return self.max_marginal_relevance_search_by_vector(
            vector.tolist(), k, fetch_k, lambda_mult, filter=filter, **kwargs
        )

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: FilterLike = None,
        **kwargs: Any,
    ) -> list[Document]:
        """As `max_marginal_relevance_search`, near to a vector."""
        vector = self._unit(embedding)
        found = self._nearest(vector, max(k, fetch_k), filter, kwargs)
        return [self._document(near.product) for near in marginal(vector, found, k, lambda_mult)]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        """From a cosine, -1 to 1, to LangChain's relevance, 0 to 1."""
        return lambda cosine: min(max((1 + cosine) / 2, 0.0), 1.0)

    # -- inside

    def _current(self) -> OpenVersion | None:
        with self._opening:
            stamp = self.index.stamp()
            if stamp != self._stamp:
                self._version = OpenVersion(self.index) if stamp else None
                self._stamp = stamp
            return self._version

    def _nearest(
        self, vector: Matrix, k: int, given: FilterLike, unknown: dict[str, Any]
    ) -> list[Near]:
        _refuse_unknown(unknown)
        filters, version = as_filters(given), self._current()
        if version is None:
            return []
        version.refuse_other_weights(self.embedder)
        return version.nearest(vector, k, filters)

    def _document(self, product: Product) -> Document:
        return to_document(product, self._lang)

    def _unit(self, embedding: ArrayLike) -> Matrix:
        vector = np.asarray(embedding, dtype=np.float32)
        if vector.shape != (self.embedder.dimension,):
            raise ValueError(
                f"a vector of {self.embedder.name} has {self.embedder.dimension} numbers, "
                f"not {vector.size}"
            )
        return np.asarray(vector / (np.linalg.norm(vector) or 1.0), dtype=np.float32)


def _refuse_unknown(arguments: dict[str, Any]) -> None:
    """LangChain's signatures let anything in; a misspelt `filter` must not be lost."""
    if arguments:
        raise TypeError(f"a ProductStore knows no argument {min(arguments)!r}")
