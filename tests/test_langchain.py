"""The LangChain face: langchain-tests' standard suites, then what they do not ask."""

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder, make_product, small_catalogue
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.indexing import InMemoryRecordManager, index
from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnablePassthrough
from langchain_core.vectorstores import VectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance
from langchain_tests.integration_tests import (
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import EmbeddingsUnitTests
from pydantic import ValidationError

from retrieval.catalogue import Product, product_row
from retrieval.errors import CatalogueError, IndexMissing, IndexStoreError, WeightsError
from retrieval.facets import Filters
from retrieval.inputs.parsing import parse_product
from retrieval.langchain import (
    LangchainEmbedder,
    ProductRetriever,
    ProductStore,
    ShopEmbeddings,
)
from retrieval.langchain.documents import to_document, to_product
from retrieval.langchain.versions import Near, marginal
from retrieval.search import Searcher
from retrieval.store import IndexStore

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


# -- what our own tests stand on


def shop_index(folder: Path, products: list[Product] | None = None) -> Path:
    """An index as the shop builds it, of the small catalogue."""
    store, embedder = IndexStore(folder), HashEmbedder()
    with store.writing():
        built = store.build(products or small_catalogue(), embedder, built_at="")
        store.switch(built.version)
    return folder


@pytest.fixture
def shop_folder(tmp_path: Path) -> Path:
    return shop_index(tmp_path / "shop")


@pytest.fixture
def shop_store(shop_folder: Path) -> ProductStore:
    return ProductStore(shop_folder, HashEmbedder())


@pytest.fixture
def store(tmp_path: Path) -> ProductStore:
    """An empty store."""
    return ProductStore(tmp_path / "index", HashEmbedder())


def ids(documents: list[Document]) -> list[str | None]:
    return [document.id for document in documents]


# -- documents


def test_a_product_is_a_document_in_the_wanted_language(shop_folder: Path) -> None:
    facts = {
        "id": "p-001",
        "brand": "Fernhollow",
        "price": "249.00",
        "currency": "USD",
        "stock": 3,
        "rating": None,
        "attributes": {"model": "FH-2000X", "weight": "1.9 kg"},
    }
    english, chinese = (ProductStore(shop_folder, HashEmbedder(), lang=x) for x in ("en", "zh"))
    assert english.get_by_ids(["p-001"]) == [
        Document(
            id="p-001",
            page_content="Hollow 2 tent\nSleeps two people.",
            metadata=facts | {"title": "Hollow 2 tent", "category": "Outdoor > Tents"},
        )
    ]
    assert chinese.get_by_ids(["p-001"]) == [
        Document(
            id="p-001",
            page_content="双人徒步帐篷\n睡两个成年人。",
            metadata=facts | {"title": "双人徒步帐篷", "category": "户外 > 帐篷"},
        )
    ]


def test_metadata_fills_the_fields_of_a_product() -> None:
    document = Document(
        id="t-1",
        page_content="Tarp\nA roof of silnylon.",
        metadata={
            "title": "Tarp",
            "price": "59.90",
            "currency": "EUR",
            "brand": "Fernhollow",
            "category": ["Outdoor", "Tents"],
            "stock": 0,
            "rating": 4.5,
            "attributes": {"weight": "0.4 kg"},
            "source": "tarps.pdf",
        },
    )
    product = to_product(document)
    assert product == Product(
        id="t-1",
        title={"": "Tarp"},
        description={"": "A roof of silnylon."},
        price=Decimal("59.90"),
        currency="EUR",
        brand="Fernhollow",
        category={"": "Outdoor > Tents"},
        stock=0,
        rating=4.5,
        attributes={"weight": {"": "0.4 kg"}},
        extra=product.extra,
    )
    assert list(product.extra) == ["langchain_document"]
    assert json.loads(product.extra["langchain_document"])["metadata"]["source"] == "tarps.pdf"


def test_metadata_that_is_no_field_of_a_product_stays_metadata() -> None:
    strange = {"title": 7, "price": "cheap", "stock": "lots", "rating": "R", "category": 3}
    product = to_product(Document("A tent.", metadata=strange | {"brand": "Fernhollow"}))
    assert (product.title, product.price, product.stock) == ({"": "A tent."}, 0, None)
    assert (product.rating, product.category, product.brand) == (None, {}, "Fernhollow")
    assert to_document(product, "en").metadata == strange | {"brand": "Fernhollow"}


def test_another_title_than_the_texts_own_is_not_embedded() -> None:
    product = to_product(Document("Page nine.", metadata={"title": "Camping for all"}))
    assert (product.title, product.description) == ({"": "Page nine."}, {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(text=st.text(), metadata=st.dictionaries(st.text(), JSON, max_size=4))
def test_a_document_round_trips_through_a_product_on_disk(
    text: str, metadata: dict[str, Any]
) -> None:
    document = Document(text, metadata=metadata)
    product = to_product(document)
    read, faults = parse_product(json.loads(json.dumps(product_row(product)).encode()))
    assert (read, faults) == (product, [])
    back = to_document(product, "en")
    assert (back.page_content, back.metadata) == (text, metadata)
    assert to_product(back) == product


@pytest.mark.parametrize(
    "text", ["", "  ", "<br>", "<b>a</b> & b < c", "\ud800", "\x7f\x00", "帐篷\r\n"]
)
def test_any_text_is_kept_word_for_word(store: ProductStore, text: str) -> None:
    store.add_texts([text, "a tent"], ids=["1", "2"])
    store.add_texts(["another tent"], ids=["3"])
    assert [d.page_content for d in store.get_by_ids(["1", "2"])] == [text, "a tent"]


@pytest.mark.parametrize(
    "metadata",
    [{"at": np.float32(1)}, {"pair": (1, 2)}, {1: "one"}, {"nan": float("nan")}, {"p": Path("x")}],
)
def test_metadata_that_would_come_back_otherwise_is_refused(
    store: ProductStore, metadata: dict[Any, Any]
) -> None:
    with pytest.raises(CatalogueError, match=r"document 'a tent' .* is not JSON"):
        store.add_documents([Document("a tent", metadata=metadata)])
    assert store.index.versions() == []


@pytest.mark.parametrize("name", [" ", "a\nb", "x" * 129])
def test_an_id_that_no_product_can_have_is_refused(store: ProductStore, name: str) -> None:
    with pytest.raises(CatalogueError, match="cannot be added"):
        store.add_texts(["a tent"], ids=[name])


# -- adding, replacing, deleting


def test_generated_ids_are_stable(store: ProductStore) -> None:
    first = store.add_texts(["a tent", "a mug"], [{"n": 1, "m": 2}, {}])
    assert [len(name) for name in first] == [32, 32]
    version = store.index.current()
    assert store.add_documents([Document("a tent", metadata={"m": 2, "n": 1})]) == first[:1]
    assert store.add_texts(["a tent"]) not in (first[:1], first[1:])
    assert store.index.current() > version


def test_ids_of_the_call_go_before_the_documents_own(store: ProductStore) -> None:
    documents = [Document("tent", id="a"), Document("mug", id="b"), Document("stove")]
    named = store.add_documents(documents, ids=["x", None, None])
    assert named[:2] == ["x", "b"]
    assert [d.page_content for d in store.get_by_ids(named)] == ["tent", "mug", "stove"]
    assert ids(documents) == ["a", "b", None]


def test_the_last_of_one_id_stays(store: ProductStore) -> None:
    assert store.add_texts(["tent", "mug"], ids=["1", "1"]) == ["1", "1"]
    assert store.get_by_ids(["1", "1", "2"]) == [Document("mug", id="1")]


def test_lengths_that_differ_are_refused(store: ProductStore) -> None:
    with pytest.raises(ValueError, match="2 texts were given 1 metadatas"):
        store.add_texts(["a", "b"], [{}])
    with pytest.raises(ValueError, match="2 documents were given 1 ids"):
        store.add_texts(["a", "b"], ids=["1"])


def test_texts_may_come_from_a_generator(store: ProductStore) -> None:
    assert store.add_texts((text for text in ("tent", "mug")), ids=["1", "2"]) == ["1", "2"]
    assert ids(store.get_by_ids(["1", "2"])) == ["1", "2"]


def test_only_what_changed_is_embedded(shop_folder: Path) -> None:
    embedder = HashEmbedder()
    ProductStore(shop_folder, embedder).add_texts(["a lantern"])
    assert embedder.encoded == ["a lantern"]


def test_what_changes_nothing_makes_no_version(shop_store: ProductStore) -> None:
    before = shop_store.index.versions()
    shop_store.add_documents(shop_store.get_by_ids(["p-001", "p-002"]))
    shop_store.add_documents([])
    shop_store.delete([])
    shop_store.delete(["nothing has this id"])
    assert shop_store.index.versions() == before
    product = next(iter(shop_store.index.products(shop_store.index.current())))
    assert product == small_catalogue()[0]


def test_deleting(shop_store: ProductStore) -> None:
    assert shop_store.delete(["p-001", "p-004", "unknown"]) is True
    every = [product.id for product in small_catalogue()]
    assert ids(shop_store.get_by_ids(every)) == ["p-002", "p-003", "p-005", "p-006"]
    assert shop_store.delete() is True
    assert shop_store.get_by_ids(every) == []
    assert shop_store.similarity_search("tent") == []
    shop_store.add_texts(["a tent"], ids=["1"])
    assert ids(shop_store.similarity_search("tent")) == ["1"]


def test_nothing_is_made_by_deleting_from_nothing(store: ProductStore) -> None:
    assert store.delete(["1"]) is True
    assert store.delete() is True
    assert (store.index.versions(), store.get_by_ids(["1"])) == ([], [])


def test_the_folder_keeps_the_documents(tmp_path: Path) -> None:
    documents = [
        Document("双人帐篷，重 1.9 公斤", metadata={"颜色": ["绿"], "n": {"a": 1.5}}, id="a"),
        Document("搪瓷杯子", id="b"),
    ]
    made = ProductStore.from_documents(documents, ShopEmbeddings(HashEmbedder()), folder=tmp_path)
    reopened = ProductStore(tmp_path, HashEmbedder())
    for opened in (made, reopened):
        assert opened.similarity_search("帐篷", k=2) == documents
        assert opened.similarity_search("杯子", k=1) == documents[1:]


def test_from_texts_needs_a_folder() -> None:
    with pytest.raises(TypeError, match="folder"):
        ProductStore.from_texts(["a"], HashEmbedder())


def test_two_stores_on_one_folder_see_each_others_documents(tmp_path: Path) -> None:
    one, other = (ProductStore(tmp_path, HashEmbedder()) for _ in range(2))
    one.add_texts(["a tent"], ids=["1"])
    assert ids(other.similarity_search("tent")) == ["1"]
    other.add_texts(["a mug"], ids=["2"])
    one.add_texts(["a stove"], ids=["3"])
    other.delete(["1"])
    assert sorted(map(str, ids(one.similarity_search("tent")))) == ["2", "3"]


def test_a_store_waits_for_no_other_writer(shop_store: ProductStore) -> None:
    with (
        IndexStore(shop_store.index.folder).writing(),
        pytest.raises(IndexStoreError, match="another update"),
    ):
        shop_store.add_texts(["a tent"])
    assert len(shop_store.similarity_search("tent", k=10)) == 6


async def test_additions_at_once_are_all_kept(store: ProductStore) -> None:
    names = [str(n) for n in range(6)]
    await asyncio.gather(*(store.aadd_texts([f"tent {n}"], ids=[n]) for n in names))
    assert ids(await store.aget_by_ids(names)) == names
    assert await store.adelete(names[1:]) is True
    assert ids(await store.asimilarity_search("tent")) == ["0"]


# -- searching


@pytest.mark.parametrize(("query", "first"), [("gas stove", "p-003"), ("家庭帐篷", "p-002")])
def test_scores_are_cosines_of_the_nearest_passage(
    shop_store: ProductStore, query: str, first: str
) -> None:
    found = shop_store.similarity_search_with_score(query, k=6)
    embedder = HashEmbedder()
    vector = embedder.encode_query(query)
    snapshot = shop_store.index.open()
    assert snapshot.vectors is not None
    cosines = snapshot.vectors.matrix @ vector
    best = {
        name: max(cosines[row] for row in np.flatnonzero(snapshot.owners == product))
        for product, name in enumerate(snapshot.ids)
    }
    assert found[0][0].id == first
    assert {d.id: score for d, score in found} == pytest.approx(best, abs=1e-6)
    assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
    # A vector of any length asks the same.
    longer = (vector * 7).tolist()
    again = shop_store.similarity_search_with_score_by_vector(longer, k=6)
    assert [d for d, _ in again] == [d for d, _ in found]
    assert [s for _, s in again] == pytest.approx([s for _, s in found], abs=1e-6)
    assert shop_store.similarity_search_by_vector(longer, k=1) == [found[0][0]]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> ProductStore:
    """200 alike mugs whose price is their number; ten of them are Yunqi's, five of these gone."""
    products = [
        make_product(n, price=f"{n}.00", brand="Yunqi" if n % 20 == 0 else "Oakfen", stock=n % 40)
        for n in range(200)
    ]
    return ProductStore(shop_index(tmp_path_factory.mktemp("large"), products), HashEmbedder())


@pytest.mark.parametrize(
    ("constraint", "wanted"),
    [
        (Filters(brand="Yunqi"), range(0, 200, 20)),
        ({"brand": "Yunqi"}, range(0, 200, 20)),
        ({"brand": "Yunqi", "in_stock": True}, range(20, 200, 40)),
        ({"min_price": 190}, range(190, 200)),
        ({"min_price": "20", "max_price": 29.0, "brand": None}, range(20, 30)),
        ({"category": "杯子", "max_price": Decimal(9)}, range(10)),
    ],
)
def test_filters_hold_before_top_k(
    large: ProductStore, constraint: Filters | dict[str, Any], wanted: range
) -> None:
    expected = [f"p-{n:03d}" for n in wanted]
    searches = [
        large.similarity_search("mug no 7", k=10, filter=constraint),
        large.max_marginal_relevance_search("mug no 7", k=10, fetch_k=3, filter=constraint),
        large.as_retriever(search_kwargs={"k": 10, "filter": constraint}).invoke("mug no 7"),
        ProductRetriever.over(large, filters=constraint).invoke("mug no 7"),
        ProductRetriever.over(large, k=3).invoke("mug no 7", k=10, filters=constraint),
    ]
    for found in searches:
        assert sorted(map(str, ids(found))) == expected


@pytest.mark.parametrize(
    "wrong", [{"prise": 5}, {"max_price": "cheap"}, {"max_price": float("nan")}, {"brand": ["a"]}]
)
def test_a_filter_that_is_not_understood_is_never_dropped(
    store: ProductStore, shop_store: ProductStore, wrong: dict[str, Any]
) -> None:
    for opened in (store, shop_store):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            opened.similarity_search("tent", filter=wrong)
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ProductRetriever.over(shop_store, filters=wrong)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ProductRetriever.over(shop_store).invoke("tent", filters=wrong)


def test_a_misspelt_argument_is_not_dropped(shop_store: ProductStore) -> None:
    with pytest.raises(TypeError, match="filters"):
        shop_store.similarity_search("tent", filters={"in_stock": True})
    with pytest.raises(TypeError, match="where"):
        shop_store.max_marginal_relevance_search("tent", where={})


@pytest.mark.parametrize("k", [0, -1])
def test_none_are_found_where_none_are_asked_for(shop_store: ProductStore, k: int) -> None:
    assert shop_store.similarity_search("tent", k=k) == []
    assert shop_store.max_marginal_relevance_search("tent", k=k) == []


@given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 30),
    k=st.integers(0, 31),
    mult=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]),
)
def test_marginal_relevance_is_langchains(seed: int, count: int, k: int, mult: float) -> None:
    random = np.random.default_rng(seed).normal(size=(count + 1, 8)).astype(np.float32)
    query, *units = random / np.linalg.norm(random, axis=1, keepdims=True)
    near = [Near(make_product(n), float(unit @ query), unit) for n, unit in enumerate(units)]
    near.sort(key=lambda one: -one.score)
    theirs = maximal_marginal_relevance(query, [n.vector for n in near], mult, k)  # type: ignore[arg-type]
    assert marginal(query, near, k, mult) == [near[row] for row in theirs]


def test_marginal_relevance_takes_what_is_unlike(store: ProductStore) -> None:
    store.add_texts(["red tent", "red tent tent", "mug", "stove"], ids=["1", "2", "3", "4"])
    query = "red tent mug"
    assert ids(store.max_marginal_relevance_search(query, k=2)) == ["1", "3"]
    assert ids(store.max_marginal_relevance_search(query, k=2, lambda_mult=1)) == ["1", "2"]
    retriever = store.as_retriever(search_type="mmr", search_kwargs={"k": 2})
    assert ids(retriever.invoke(query)) == ["1", "3"]


def test_relevance_is_between_0_and_1(store: ProductStore) -> None:
    store.add_texts(["red tent", "mug"], ids=["1", "2"])
    found = store.similarity_search_with_relevance_scores("red tent")
    assert [(d.id, score) for d, score in found] == [
        ("1", pytest.approx(1)),
        ("2", pytest.approx(0.5)),
    ]
    retriever = store.as_retriever(
        search_type="similarity_score_threshold", search_kwargs={"score_threshold": 0.8}
    )
    assert ids(retriever.invoke("red tent")) == ["1"]
    relevance = store._select_relevance_score_fn()
    assert [relevance(x) for x in (-1.01, -1, 0, 1, 1.01)] == [0, 0, 0.5, 1, 1]


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
        hits = Searcher(shop_store.index, HashEmbedder()).search(query, 3)
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
