"""The LangChain face: langchain-tests' standard suites, brought embeddings, chains and indexing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder, small_catalogue
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.indexing import InMemoryRecordManager, index
from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnablePassthrough
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import EmbeddingsUnitTests

from retrieval.errors import IndexMissing, IndexStoreError, WeightsError
from retrieval.langchain import LangchainEmbedder, ProductRetriever, ProductStore, ShopEmbeddings
from retrieval.search import Searcher
from retrieval.store import IndexStore
from tests.product_stores import ids, shop_index
from tests.product_stores import shop_folder as shop_folder
from tests.product_stores import shop_store as shop_store
from tests.product_stores import store as store

# -- the standard suites


class TestProductStoreStandard(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> VectorStore:  # type: ignore[override]
        return ProductStore(tmp_path / "index", self.get_embeddings())


class TestProductRetrieverStandard(RetrieversIntegrationTests):
    folder: Path

    @pytest.fixture(autouse=True)
    def indexed(self, tmp_path: Path) -> None:
        self.folder = shop_index(tmp_path)

    @property
    def retriever_constructor(self) -> type[ProductRetriever]:
        return ProductRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        store = ProductStore(self.folder, HashEmbedder())
        return {"searcher": Searcher(store.index, store.embedder), "products": store}

    @property
    def retriever_query_example(self) -> str:
        return "a red mug"


class _Ours:
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return ShopEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"embedder": HashEmbedder()}


class TestShopEmbeddingsStandardUnit(_Ours, EmbeddingsUnitTests):
    pass


class TestShopEmbeddingsStandard(_Ours, EmbeddingsIntegrationTests):
    pass


class BroughtIn(ShopEmbeddings):
    """Someone's own embeddings, used by the shop and handed back out."""

    def __init__(self, size: int) -> None:
        super().__init__(LangchainEmbedder(DeterministicFakeEmbedding(size=size)))


class TestBroughtEmbeddingsStandard(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return BroughtIn

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"size": 8}


# -- other models' vectors


def test_an_index_of_other_weights_is_refused(shop_folder: Path) -> None:
    stranger = ProductStore(shop_folder, HashEmbedder("weights-2"))
    with pytest.raises(IndexStoreError, match="other weights of hash"):
        stranger.similarity_search("tent")
    with pytest.raises(IndexStoreError, match="other weights of hash"):
        stranger.add_texts(["a tent"])
    assert ids(stranger.get_by_ids(["p-001"])) == ["p-001"]
    with pytest.raises(ValueError, match="64 numbers, not 2"):
        ProductStore(shop_folder, HashEmbedder()).similarity_search_by_vector([1.0, 2.0])


def test_an_index_of_words_alone_is_refused(tmp_path: Path) -> None:
    index = IndexStore(tmp_path)
    with index.writing():
        index.switch(index.build(small_catalogue(), None, built_at="").version)
    with pytest.raises(IndexStoreError, match="by words"):
        ProductStore(tmp_path, HashEmbedder()).similarity_search("tent")


def test_brought_embeddings_are_told_apart_by_class_and_settings() -> None:
    def hash_of(size: int) -> str:
        return LangchainEmbedder(DeterministicFakeEmbedding(size=size)).weights_hash

    assert hash_of(4) == hash_of(4) != hash_of(5)
    plain = ShopEmbeddings(HashEmbedder())
    assert LangchainEmbedder(plain).weights_hash != hash_of(4)
    own = LangchainEmbedder(plain, name="bge-m3", weights_hash="abc")
    assert (own.name, own.weights_hash, own.dimension) == ("bge-m3", "abc", 64)


def test_brought_embeddings_come_out_as_unit_vectors_in_batches() -> None:
    embeddings, steps = DeterministicFakeEmbedding(size=5), list[int]()
    texts = [f"文字 {n}" for n in range(300)]
    vectors = LangchainEmbedder(embeddings).encode_passages(texts, steps.append)
    theirs = np.array(embeddings.embed_documents(texts))
    expected = theirs / np.linalg.norm(theirs, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert (vectors.dtype, steps) == (np.float32, [256, 44])
    assert LangchainEmbedder(embeddings).encode_passages([]).shape == (0, 5)


class Null(Embeddings):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [0.0, 0.0]


def test_a_vector_without_direction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="Null gave 'tent' a vector of length 0"):
        ProductStore(tmp_path, Null()).add_texts(["tent"])


def test_embeddings_are_handed_out_as_they_came(tmp_path: Path) -> None:
    brought, own = DeterministicFakeEmbedding(size=4), ShopEmbeddings(HashEmbedder())
    assert ProductStore(tmp_path, brought).embeddings is brought
    assert ProductStore(tmp_path, own).embedder is own.embedder


# -- with the rest of LangChain


def test_the_retriever_is_the_shops_own_search(shop_store: ProductStore) -> None:
    retriever = ProductRetriever.over(shop_store, k=3)
    for query in ("FH-2000X", "绿色", "sleeps four people", "燃气炉"):
        hits = Searcher(shop_store.index, HashEmbedder()).find(query, 3).hits
        assert ids(retriever.invoke(query)) == [hit.product_id for hit in hits]
    assert retriever.invoke("FH-2000X")[0] == shop_store.get_by_ids(["p-001"])[0]


async def test_the_retriever_takes_k_and_filters_in_async_calls(shop_store: ProductStore) -> None:
    retriever = ProductRetriever.over(shop_store)
    assert ids(await retriever.ainvoke("tent", k=1, filters={"in_stock": True})) == ["p-001"]
    assert [ids(found) for found in retriever.batch(["stove", "双人帐篷"], k=1)] == [
        ["p-003"],
        ["p-001"],
    ]


def test_the_retriever_says_that_there_is_no_index(store: ProductStore) -> None:
    with pytest.raises(IndexMissing, match="index update"):
        ProductRetriever.over(store).invoke("tent")


def retrievers(store: ProductStore) -> Iterator[BaseRetriever]:
    yield store.as_retriever(search_kwargs={"k": 1})
    yield ProductRetriever.over(store, k=1)


def test_a_chain_answers_from_the_documents(shop_store: ProductStore) -> None:
    prompt = ChatPromptTemplate.from_template("{products}\n\n{question}")
    for retriever in retrievers(shop_store):
        seen: list[str] = []

        def note(value: Any, seen: list[str] = seen) -> Any:
            seen.append(value.to_string())
            return value

        texts = retriever | (lambda found: "\n".join(d.page_content for d in found))
        chain = (
            {"products": texts, "question": RunnablePassthrough()}
            | prompt
            | note
            | FakeListChatModel(responses=["The Hollow 2."])
            | StrOutputParser()
        )
        assert chain.invoke("two people tent") == "The Hollow 2."
        assert seen == ["Human: Hollow 2 tent\nSleeps two people.\n\ntwo people tent"]


def test_langchains_indexing_keeps_a_store_in_step(store: ProductStore) -> None:
    records = InMemoryRecordManager("tents")
    records.create_schema()

    def bring(*texts: str) -> dict[str, int]:
        documents = [Document(text, metadata={"source": "tents.md"}) for text in texts]
        done = index(documents, records, store, cleanup="full", key_encoder="sha256")
        return {name: count for name, count in done.items() if isinstance(count, int)}

    assert bring("red tent", "blue tent")["num_added"] == 2
    counts = bring("red tent", "green tent")
    assert (counts["num_added"], counts["num_skipped"], counts["num_deleted"]) == (1, 1, 1)
    found = store.similarity_search("tent", k=9)
    assert sorted(d.page_content for d in found) == ["green tent", "red tent"]
