"""Documents as products: whole and unchanged on disk, added, replaced and deleted."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder, small_catalogue
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document

from retrieval.catalogue import Product, product_row
from retrieval.errors import CatalogueError, IndexStoreError
from retrieval.inputs.parsing import parse_product
from retrieval.langchain import ProductStore, ShopEmbeddings
from retrieval.langchain.documents import to_document, to_product
from retrieval.store import IndexStore
from tests.product_stores import ids
from tests.product_stores import shop_folder as shop_folder
from tests.product_stores import shop_store as shop_store
from tests.product_stores import store as store

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
