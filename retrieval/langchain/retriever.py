"""LangChain's `BaseRetriever` over the shop's own search: by meaning and by words, fused."""

from typing import Any, Self

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import run_in_executor
from pydantic import PositiveInt, field_validator

from retrieval.facets import Filters
from retrieval.langchain.filters import FilterLike, as_filters
from retrieval.langchain.store import ProductStore
from retrieval.search import Searcher

UNDERSTOOD = "understood"
"""The key of a document's metadata under which stands what a query was taken to ask for."""


class ProductRetriever(BaseRetriever):
    """The best `k` products that satisfy `filters`, as the documents of a `ProductStore`.

    Both may be given to one call as well: ``invoke("tent", k=3, filters={"max_price": 250})``.
    What the query itself asks for holds too ("under $120, not leather", 最便宜的); the documents
    say it under `UNDERSTOOD` in their metadata. Raises IndexMissing, IndexDamaged.
    """

    searcher: Searcher
    products: ProductStore
    k: PositiveInt = 10
    filters: Filters = Filters()

    @classmethod
    def over(cls, products: ProductStore, **fields: Any) -> Self:
        """A retriever that searches the index of a store."""
        searcher = Searcher(products.index, products.embedder)
        return cls(searcher=searcher, products=products, **fields)

    @field_validator("filters", mode="before")
    @classmethod
    def _understood(cls, given: FilterLike) -> Filters:
        return as_filters(given)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        filters: FilterLike = None,
    ) -> list[Document]:
        wanted = self.filters if filters is None else as_filters(filters)
        found = self.searcher.find(query, self.k if k is None else k, wanted)
        documents = self.products.get_by_ids([hit.product_id for hit in found.hits])
        understood = [f"{chip.kind}: {chip.value}" for chip in found.understood.chips]
        return [_told(document, understood) for document in documents]

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        k: int | None = None,
        filters: FilterLike = None,
    ) -> list[Document]:
        return await run_in_executor(
            None,
            self._get_relevant_documents,
            query,
            run_manager=run_manager.get_sync(),
            k=k,
            filters=filters,
        )


def _told(document: Document, understood: list[str]) -> Document:
    if not understood:
        return document
    metadata = document.metadata | {UNDERSTOOD: understood}
    return document.model_copy(update={"metadata": metadata})
