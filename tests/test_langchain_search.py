"""Searches through a LangChain store: scores, filters, marginal relevance, thresholds."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder, make_product
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.vectorstores.utils import maximal_marginal_relevance
from pydantic import ValidationError

from retrieval.facets import Filters
from retrieval.langchain import ProductRetriever, ProductStore
from retrieval.langchain.versions import Near, marginal
from tests.product_stores import ids, shop_index
from tests.product_stores import shop_folder as shop_folder
from tests.product_stores import shop_store as shop_store
from tests.product_stores import store as store


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
    ("query", "found", "understood"),
    [
        ("tents under $300", ["p-001"], ["price: ≤300", "category: Tents"]),
        ("300美元以内的帐篷", ["p-001"], ["price: ≤300", "category: 帐篷"]),
        ("a tent, but not red", ["p-001", "p-002"], ["not: red", "category: Tents"]),
        ("不要云栖的帐篷", ["p-001"], ["not: Yunqi 云栖", "category: 帐篷"]),
        ("cheapest mugs", ["p-004", "p-005", "p-006"], ["sort: price ascending", "category: Mugs"]),
        ("最贵的杯子", ["p-006", "p-005", "p-004"], ["sort: price descending", "category: 杯子"]),
    ],
)
def test_the_retriever_keeps_to_what_the_query_asks_for(
    shop_store: ProductStore, query: str, found: list[str], understood: list[str]
) -> None:
    documents = ProductRetriever.over(shop_store).invoke(query)
    assert ids(documents) == found
    assert [document.metadata["understood"] for document in documents] == [understood] * len(found)
    plain = shop_store.get_by_ids([found[0]])[0]
    assert documents[0].page_content == plain.page_content
    assert documents[0].metadata == plain.metadata | {"understood": understood}


def test_what_is_given_goes_before_what_is_said(shop_store: ProductStore) -> None:
    found = ProductRetriever.over(shop_store, filters={"category": "Mugs"}).invoke("tents")
    assert sorted(map(str, ids(found))) == ["p-004", "p-005", "p-006"]
    assert "understood" not in found[0].metadata


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
