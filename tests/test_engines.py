"""What every engine of an index promises: whole versions, no lost hits, damage that is named."""

from contextlib import suppress
from decimal import Decimal
from itertools import pairwise
from threading import Thread
from typing import Any

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder, make_product, small_catalogue

from retrieval.engine import Index, Store
from retrieval.errors import IndexDamaged, IndexMissing, IndexStoreError
from retrieval.facets import Filters
from retrieval.lexical import plain_groups
from retrieval.search import Searcher
from tests.index_engines import Engine, ids, publish
from tests.index_engines import engine as engine
from tests.index_engines import store as store

# -- an index and its scope


@pytest.fixture
def index(store: Store) -> Index:
    publish(store, small_catalogue(), HashEmbedder())
    return store.open()


def test_a_version_says_what_it_is(index: Index, store: Store) -> None:
    manifest = store.manifest(index.version)
    assert index.version == store.current()
    assert index.version.startswith("000001-")
    assert (index.embedder, index.weights_hash) == ("hash", "weights-1")
    assert (manifest.products, manifest.passages, manifest.embedded) == (6, 12, 12)
    assert list(store.products(index.version)) == small_catalogue()
    assert index.categories[:2] == ["Outdoor > Tents", "户外 > 帐篷"]
    assert index.brands == ["Fernhollow", "Yunqi 云栖", "Tallowmere", "Oakfen"]
    assert store.verify() == {index.version: "", "current": ""}


def test_cosines_are_those_of_the_nearest_passage(index: Index) -> None:
    embedder, everything = HashEmbedder(), index.within(Filters())
    query = embedder.encode_query("tent")
    expected = {
        product.id: max(float(v @ query) for v in index.vectors_of(product.id))
        for product in small_catalogue()
    }
    near = everything.near(query, 6)
    assert dict(near) == pytest.approx(expected, abs=1e-6)
    assert all(a[1] >= b[1] for a, b in pairwise(near))
    order = ["p-005", "p-001", "p-003"]
    cosines = everything.cosines(query, order)
    assert cosines.tolist() == pytest.approx([expected[name] for name in order], abs=1e-6)
    assert everything.cosines(query, []).tolist() == []
    title = embedder.encode_passages(["Gas stove"])[0]
    assert everything.near(title, 1)[0][0] == "p-003"
    assert index.vectors_of("p-001").shape == (2, 64)
    assert index.vectors_of("gone").shape == (0, 64)
    assert np.linalg.norm(index.vectors_of("p-002"), axis=1) == pytest.approx([1, 1])


def test_filters_hold_in_every_answer(index: Index) -> None:
    scope = index.within(Filters(category="mugs", max_price=Decimal("5.60")))
    allowed = ["p-004", "p-005"]
    assert scope.first(9) == allowed
    assert sorted(n for n, _ in scope.near(HashEmbedder().encode_query("tent"), 9)) == allowed
    words = scope.worded(plain_groups(["mug", "tent"]), 9)
    assert sorted(name for name, _ in words.best) == allowed
    assert words.of(["p-006", "p-001"]).tolist() == [0, 0]
    assert scope.coded(["p006", "p005", "p004"]) == ["p-005", "p-004"]
    assert scope.near(HashEmbedder().encode_query("tent"), 0) == []
    nothing = index.within(Filters(brand="no such brand"))
    assert nothing.near(HashEmbedder().encode_query("tent"), 9) == nothing.first(9) == []


def test_asking_for_ten_gives_ten_wherever_ten_exist(store: Store) -> None:
    products = [make_product(n, price=f"{n}.00", stock=n % 3) for n in range(1, 400)]
    publish(store, products, HashEmbedder())
    searcher = Searcher(store, HashEmbedder())
    cheap = ids(searcher, "red mug no 399", max_price=Decimal("11.00"))
    assert len(cheap) == 10
    assert all(int(name[2:]) <= 11 for name in cheap)
    half = ids(searcher, "red mug no 7", 150, min_price=Decimal(200), in_stock=True)
    fit = [n for n in range(200, 400) if n % 3]
    assert sorted(int(name[2:]) for name in half) == fit
    assert len(ids(searcher, "mug", 1000)) == 399


@pytest.mark.parametrize("query", ["?!", "的", "zzzz", "\u0000", "𠮷", "'; --", "<|im_start|>"])
def test_odd_queries_still_answer(store: Store, query: str) -> None:
    publish(store, small_catalogue(), HashEmbedder())
    assert len(ids(Searcher(store, HashEmbedder()), query)) == 6


def test_odd_texts_come_back(store: Store) -> None:
    odd = make_product(1, title={"en": "a b\tc\\d {'e'}", "zh": "𠮷野家"}, brand='"x", \\N')
    publish(store, [odd, make_product(2, title={"": "?"}, description={})], HashEmbedder())
    assert next(iter(store.products(store.current()))) == odd
    assert ids(Searcher(store, HashEmbedder()), "𠮷野家", 1) == ["p-001"]


# -- versions


def test_only_changed_passages_are_embedded(store: Store) -> None:
    embedder = HashEmbedder()
    publish(store, small_catalogue(), embedder)
    products = small_catalogue()
    products[3] = make_product(4, price="99.00", stock=0, attributes={"size": {"": "L"}})
    products[4] = make_product(5, title={"en": "Blue jug", "zh": products[4].title["zh"]})
    assert store.count_unknown(products, embedder) == 1
    embedder.encoded.clear()
    name = publish(store, products, embedder)
    assert {passage.split(".")[0] for passage in embedder.encoded} == {"Blue jug"}
    assert store.manifest(name).embedded == 1
    searcher = Searcher(store, embedder)
    assert ids(searcher, "blue jug", 1) == ["p-005"]
    assert ids(searcher, "x", min_price=Decimal(90), category="mugs") == ["p-004"]
    assert store.count_unknown(products, HashEmbedder("weights-2")) == 12
    with store.writing():
        assert store.build(products, embedder, built_at="", reuse=False).embedded == 12


def test_without_an_index_it_says_what_to_do(store: Store) -> None:
    assert store.stamp() is None
    assert store.versions() == store.prune() == []
    assert "run `shopclerk index update FILE`" in store.fault()
    with pytest.raises(IndexMissing, match="run `shopclerk index update FILE`"):
        store.open()
    with pytest.raises(IndexMissing):
        Searcher(store, HashEmbedder()).search("mug")
    with pytest.raises(IndexMissing, match="there is no index version '000001-abc'"):
        store.manifest("000001-abc")


def test_words_alone_answer_without_an_embedder(store: Store) -> None:
    publish(store, small_catalogue(), None)
    searcher = Searcher(store, None)
    assert sorted(ids(searcher, "tents")) == ["p-001", "p-002"]
    assert ids(searcher, "zzzz", category="Tents") == ["p-001", "p-002"]
    assert ids(searcher, "zzzz") == []
    assert "there is no embedding model" in searcher.warning
    assert store.fault() == ""


def test_a_switch_is_seen_by_whoever_is_open(engine: Engine) -> None:
    embedder = HashEmbedder()
    first = publish(engine.store(), small_catalogue(), embedder)
    elsewhere = Searcher(engine.store(), embedder)
    assert elsewhere.version == first
    with engine.store().writing():
        store = engine.store()
        built = store.build(small_catalogue()[:4], embedder, built_at="")
        assert elsewhere.version == first
        store.switch(built.version)
    assert elsewhere.version == built.version
    assert len(ids(elsewhere, "mug")) == 4


def test_going_back(engine: Engine) -> None:
    embedder, store = HashEmbedder(), engine.store()
    first = publish(store, small_catalogue(), embedder)
    second = publish(store, small_catalogue()[:4], embedder)
    searcher = Searcher(engine.store(), embedder)
    assert searcher.version == second
    assert store.before(second) == first
    store.switch(first)
    assert searcher.version == first
    assert len(ids(searcher, "mug")) == 6
    with pytest.raises(IndexMissing, match="no whole version before"):
        store.before(first)


def test_old_versions_go_but_never_one_that_is_open(engine: Engine) -> None:
    store, embedder = engine.store(), HashEmbedder()
    first = publish(store, small_catalogue(), embedder)
    reader = engine.store().open()
    names = [publish(store, [make_product(n)], embedder) for n in range(1, 6)]
    assert store.versions() == [first, *names[-3:]]
    found = reader.within(Filters()).near(embedder.encode_query("gas stove"), 1)
    assert (reader.version, found[0][0]) == (first, "p-003")
    del reader
    last = publish(store, [make_product(9)], embedder)
    assert store.versions() == [*names[-2:], last]


def test_one_writer_at_a_time(engine: Engine) -> None:
    with (
        engine.store().writing(),
        pytest.raises(IndexStoreError, match=r"another update of the index in .* is running"),
        engine.store().writing(),
    ):
        pass
    with engine.store().writing():
        pass


def test_a_build_that_is_interrupted_leaves_nothing(store: Store) -> None:
    first = publish(store, small_catalogue(), HashEmbedder())

    class Dies(HashEmbedder):
        def encode_passages(self, *_: Any) -> Any:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt), store.writing():
        store.build([make_product(9)], Dies(), built_at="")
    assert store.versions() == [first]
    assert store.fault() == ""
    assert publish(store, small_catalogue()[:5], HashEmbedder()).startswith("000002-")


def test_vectors_that_are_not_of_length_1_are_refused(store: Store) -> None:
    class Long(HashEmbedder):
        def encode_passages(self, *arguments: Any) -> Any:
            return super().encode_passages(*arguments) * 2

    with store.writing(), pytest.raises(IndexStoreError, match="not of length 1"):
        store.build(small_catalogue(), Long(), built_at="")
    assert store.versions() == []


def test_damage_is_named_and_the_last_good_version_serves(engine: Engine) -> None:
    store, embedder = engine.store(), HashEmbedder()
    first = publish(store, small_catalogue(), embedder)
    second = publish(store, small_catalogue()[:5], embedder)
    engine.damage(second)
    with pytest.raises(IndexDamaged, match=rf"{second} is damaged.*postings.*index rollback"):
        store.open()
    assert second in store.fault()
    assert store.verify()[first] == ""
    with pytest.raises(IndexDamaged, match=second):
        store.switch(second)
    searcher = Searcher(engine.store(), embedder)
    assert searcher.version == first
    assert ids(searcher, "gas stove", 1) == ["p-003"]
    assert f"{second} is damaged" in searcher.warning
    engine.damage(first)
    with pytest.raises(IndexDamaged, match="run `shopclerk index rebuild`"):
        Searcher(engine.store(), embedder).search("tent")


def test_a_version_that_is_gone_is_named(engine: Engine) -> None:
    store = engine.store()
    name = publish(store, small_catalogue(), HashEmbedder())
    engine.remove(name)
    with pytest.raises(IndexDamaged, match=f"index version {name} is not there"):
        store.open()
    assert name in store.fault()


def test_searches_go_on_while_versions_are_switched(engine: Engine) -> None:
    embedder, store = HashEmbedder(), engine.store()
    publish(store, [make_product(n) for n in range(10)], embedder)
    searcher = Searcher(engine.store(), embedder)
    found: list[frozenset[str]] = []
    failures: list[Exception] = []
    stop = False

    def search() -> None:
        while not stop:
            try:
                hits = searcher.search("red mug", 50)
                found.append(frozenset(hit.product_id for hit in hits))
            except Exception as error:
                failures.append(error)

    threads = [Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    versions = [range(start, start + 10 + start) for start in range(1, 6)]
    try:
        for numbers in versions:
            name = publish(store, [make_product(n) for n in numbers], embedder)
    finally:
        stop = True
        for thread in threads:
            thread.join()
    assert failures == []
    whole = {frozenset(f"p-{n:03d}" for n in numbers) for numbers in (range(10), *versions)}
    assert set(found) <= whole
    assert searcher.version == name
    assert len(searcher.search("red mug", 50)) == 15
