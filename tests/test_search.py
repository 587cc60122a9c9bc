"""Search: constraints before top-k, exact codes first, both languages, no failed corner."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder, make_product, small_catalogue
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.catalogue import Product
from retrieval.codes import codes_in
from retrieval.fusion import fused
from retrieval.ranking import LEAST_RELEVANT
from retrieval.search import Filters, Searcher
from retrieval.store import IndexStore
from retrieval.words import code, stems, tokens

if TYPE_CHECKING:
    from retrieval.embedders import Embedder


def searcher_over(
    folder: Path, products: list[Product], embedder: "Embedder | None" = None
) -> Searcher:
    store = IndexStore(folder / "index")
    with store.writing():
        built = store.build(products, embedder, built_at="")
        store.switch(built.version)
    return Searcher(store, embedder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return searcher_over(tmp_path_factory.mktemp("small"), small_catalogue(), HashEmbedder())


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """300 alike mugs whose price is their number; every tenth is Yunqi's, every third sold out."""
    products = [
        make_product(
            n, price=f"{n}.00", brand="Yunqi 云栖" if n % 10 == 0 else "Oakfen", stock=n % 3
        )
        for n in range(300)
    ]
    return searcher_over(tmp_path_factory.mktemp("large"), products, HashEmbedder())


def ids(searcher: Searcher, query: str, k: int = 10, **filters: object) -> list[str]:
    hits = searcher.search(query, k, Filters(**filters))  # type: ignore[arg-type]
    return [hit.product_id for hit in hits]


def test_words() -> None:
    assert tokens("Men's WH-1000XM4 jackets") == ["men", "wh1000xm4", "wh", "1000xm4", "jacket"]
    assert tokens("双人帐篷") == ["双人", "帐篷", "人帐"]
    assert tokens("350毫升的杯子") == ["350", "毫升", "杯子"]
    assert tokens("the of 的 吗") == []
    assert stems("Tents") == stems("tent")
    assert code("WH-1000 XM4") == code("wh1000xm4")


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("two person tents", "p-001"),
        ("双人帐篷", "p-001"),
        ("四人的帐篷", "p-002"),
        ("gas stove", "p-003"),
        ("燃气炉", "p-003"),
        ("green", "p-001"),
        ("绿色", "p-001"),
    ],
)
def test_either_language_finds(small: Searcher, query: str, first: str) -> None:
    assert ids(small, query)[0] == first


@pytest.mark.parametrize(
    "query",
    [
        *["p-001", "P-001-GREEN", "FH-2000X", "do you have the fh2000x?", "fh 2000x"],
        *["the FH 2000X please", "is FH-2000X's price fair", "p_001", "FH-2000X的价格"],
        *["有没有FH-2000X", "型号FH-2000X", "ＦＨ－２０００Ｘ有货吗", "fh 2000x多少钱"],
    ],
)
def test_an_exact_code_goes_first(small: Searcher, query: str) -> None:
    hit = small.search(query, 3)[0]
    assert hit.product_id == "p-001"
    assert hit.score > 1
    assert ids(small, query, max_price=Decimal(100))[0] != "p-001"


def test_categories_match_any_level_in_any_language_and_number(small: Searcher) -> None:
    tents = ["p-001", "p-002"]
    for category in ("Tents", "tent", "帐篷", "outdoor > tents", "户外>帐篷"):
        assert sorted(ids(small, "x", category=category)) == tents, category
    assert sorted(ids(small, "x", category="Outdoor")) == [*tents, "p-003"]
    assert ids(small, "x", category="Tents > Outdoor") == []
    assert ids(small, "x", category=">") == []


def test_brands_match_whole_words(small: Searcher) -> None:
    for brand in ("Yunqi 云栖", "yunqi", "云栖", " YUNQI "):
        assert ids(small, "x", brand=brand) == ["p-002"], brand
    assert ids(small, "x", brand="Yun") == []


def test_uncounted_stock_is_in_stock_and_none_is_not(small: Searcher) -> None:
    found = ids(small, "tent stove", in_stock=True)
    assert "p-003" in found
    assert "p-002" not in found


def test_an_empty_query_gives_catalogue_order(small: Searcher) -> None:
    assert ids(small, " \n", 2) == ["p-001", "p-002"]
    assert ids(small, "", category="Mugs") == ["p-004", "p-005", "p-006"]


@pytest.mark.parametrize("query", ["?!", "的", "zzzz", "\u0000", "𠮷", "a" * 5000, "<|im_start|>"])
def test_odd_queries_still_answer(small: Searcher, query: str) -> None:
    assert len(ids(small, query)) == 6


def test_bounds_of_k(small: Searcher) -> None:
    assert ids(small, "mug", 0) == ids(small, "mug", -1) == ids(small, "", -1) == []
    assert len(ids(small, "mug", 1000)) == 6


def test_asking_for_ten_gives_ten_wherever_ten_exist(large: Searcher) -> None:
    cheap = ids(large, "red mug no 299", max_price=Decimal("11.00"))
    assert len(cheap) == 10
    assert all(int(name[2:]) <= 11 for name in cheap)
    narrow = ids(large, "red mug", 30, brand="云栖", min_price=Decimal("0.5"), in_stock=True)
    assert sorted(narrow) == [f"p-{n:03d}" for n in range(10, 300, 10) if n % 3]


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    query=st.sampled_from(["red mug", "杯子 42", "p-007", "enamel"]),
    low=st.decimals(0, 320, places=2),
    width=st.decimals(0, 60, places=2),
    in_stock=st.booleans(),
    k=st.integers(1, 80),
)
def test_every_hit_satisfies_and_none_is_missed(
    large: Searcher, query: str, low: Decimal, width: Decimal, in_stock: bool, k: int
) -> None:
    found = ids(large, query, k, min_price=low, max_price=low + width, in_stock=in_stock)
    fit = {n for n in range(300) if low <= n <= low + width and (n % 3 or not in_stock)}
    assert {int(name[2:]) for name in found} <= fit
    assert len(set(found)) == len(found) == min(k, len(fit))


def test_ranks_and_fusion(small: Searcher) -> None:
    hit = small.search("gas stove", 1)[0]
    assert (hit.dense_rank, hit.lexical_rank) == (1, 1)
    assert hit.score == pytest.approx(1.0)  # the best of both sides: nothing can score more
    assert all(h.score < hit.score for h in small.search("gas stove", 6)[1:])


def test_each_product_counts_by_its_nearest_passage_whichever_side_found_it(
    tmp_path: Path,
) -> None:
    products = [make_product(n) for n in range(300)]
    for product in products[::3]:
        product.title.pop("zh")
        product.description.pop("zh")
    embedder, query = HashEmbedder(), "mug 299"
    searcher = searcher_over(tmp_path, products, embedder)
    index, vector = searcher._current(), embedder.encode_query(query)
    passages = {product.id: index.vectors_of(product.id) for product in products}
    assert {len(vectors) for vectors in passages.values()} == {1, 2}
    scope = index.within(Filters())
    near, worded = scope.near(vector, 100), scope.worded(index.groups(query), 100)
    ids = list(dict.fromkeys(name for name, _ in [*near, *worded.best]))
    assert len(ids) > 100
    cosines = np.array([(passages[name] @ vector).max() for name in ids], dtype=np.float32)
    scores = fused(cosines, worded.of(ids), worded.most).tolist()
    hits = searcher.search(query, 100)
    assert [h.score for h in hits] == pytest.approx(sorted(scores, reverse=True)[:100], abs=1e-5)
    score_of = dict(zip(ids, scores, strict=True))
    assert [h.score for h in hits] == pytest.approx(
        [score_of[h.product_id] for h in hits], abs=1e-5
    )


def test_similar_products(small: Searcher) -> None:
    assert {hit.product_id for hit in small.similar("p-004", 2)} == {"p-005", "p-006"}
    dear = small.similar("p-001", 5, Filters(min_price=Decimal(100)))
    assert [hit.product_id for hit in dear] == ["p-002"]
    assert small.similar("gone", 3) == []


def test_without_an_embedder_words_alone_answer(tmp_path: Path) -> None:
    searcher = searcher_over(tmp_path, small_catalogue(), None)
    assert sorted(ids(searcher, "tents")) == ["p-001", "p-002"]
    assert ids(searcher, "zzzz", category="Tents") == ["p-001", "p-002"]
    assert ids(searcher, "zzzz") == []
    assert "there is no embedding model" in searcher.warning


def test_vectors_of_other_weights_are_not_compared(tmp_path: Path) -> None:
    searcher_over(tmp_path, small_catalogue(), HashEmbedder("weights-1"))
    other = Searcher(IndexStore(tmp_path / "index"), HashEmbedder("weights-2"))
    assert [hit.dense_rank for hit in other.search("tent", 2)] == [None, None]
    assert "other weights of hash; run `shopclerk index rebuild`" in other.warning


def test_what_the_catalogue_has(small: Searcher) -> None:
    assert small.categories[:2] == ["Outdoor > Tents", "户外 > 帐篷"]
    assert small.brands == ["Fernhollow", "Yunqi 云栖", "Tallowmere", "Oakfen"]


ENGLISH = [
    "A waterproof tent in which two people can sleep while camping.",
    "An insulated steel bottle that keeps drinks hot for twelve hours.",
    "Leather hiking boots with a stiff sole for rocky mountain trails.",
    "Dark roasted coffee beans from Ethiopia.",
]
CHINESE = [
    "防水帐篷，露营时可以睡两个人。",
    "不锈钢保温瓶，饮料能保温十二小时。",
    "硬底真皮登山靴，适合多石的山路。",
    "埃塞俄比亚深度烘焙咖啡豆。",
]
CHINESE_QUERIES = ["露营用的双人帐篷", "能保温的水瓶", "爬山穿的靴子", "深烘咖啡豆"]


def test_e5_knows_that_two_languages_say_the_same(e5: "Embedder") -> None:
    english, chinese = e5.encode_passages(ENGLISH), e5.encode_passages(CHINESE)
    assert english.shape == (4, e5.dimension) == (4, 384)
    assert (english**2).sum(axis=1) == pytest.approx([1, 1, 1, 1], abs=1e-5)
    assert (english @ chinese.T).argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert e5.encode_passages([]).shape == (0, 384)


def test_e5_finds_across_languages(e5: "Embedder", tmp_path: Path) -> None:
    products = [
        make_product(n, title={"en": text}, description={}, category={}, brand="")
        for n, text in enumerate(ENGLISH)
    ]
    searcher = searcher_over(tmp_path, products, e5)
    found = [ids(searcher, query)[0] for query in CHINESE_QUERIES]
    assert found == ["p-000", "p-001", "p-002", "p-003"]


@pytest.mark.parametrize("key", ["barcode", "Item No.", "条码", "商品编号", "款号", "貨號"])
def test_a_code_is_known_by_the_name_of_its_attribute(tmp_path: Path, key: str) -> None:
    products = [make_product(n) for n in range(9)]
    products[7].attributes.update({key: {"": "6901234567892"}, "pattern": {"": "check-22"}})
    searcher = searcher_over(tmp_path, products)
    assert searcher.search("条码6901234567892", 1)[0].score >= 2
    assert ids(searcher, "the mug with 6901234567892", 1) == ["p-007"]
    assert searcher.search("check-22", 1)[0].score < 2


def test_a_number_behind_a_small_word_is_no_code() -> None:
    assert codes_in("is there a 2000 W heater") == ["istherea2000wheater", "2000", "2000w"]
    assert codes_in("2000瓦的暖风机 500 100") == ["2000瓦的暖风机500100", "2000瓦的暖风机", "2000"]


def test_an_order_ranges_over_all_that_satisfies(searcher_of_mugs: Searcher) -> None:
    dearest = searcher_of_mugs.find("most expensive mugs in stock", 200)
    prices = [int(hit.product_id.removeprefix("p-")) for hit in dearest.hits]
    assert prices == sorted(range(150), reverse=True), "all of the category, by price"
    assert [chip.kind for chip in dearest.understood.chips] == ["stock", "sort", "category"]
    cheapest = searcher_of_mugs.find("最便宜的", 3)
    assert [hit.product_id for hit in cheapest.hits] == ["p-000", "p-001", "p-002"]


@pytest.fixture
def searcher_of_mugs(tmp_path: Path) -> Searcher:
    store = IndexStore(tmp_path / "index")
    mugs = [make_product(n, price=f"{n + 1}.00") for n in range(150)]
    with store.writing():
        store.switch(store.build(mugs, HashEmbedder(), built_at="").version)
    return Searcher(store, HashEmbedder())


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """150 mugs that only their prices, 1 to 150, tell apart, and 40 dearer stoves."""
    mug = {"title": {"en": "Red mug", "zh": "红色杯子"}}
    stove = {
        "title": {"en": "Gas stove", "zh": "燃气炉"},
        "description": {"en": "Boils water.", "zh": "烧水。"},
        "category": {"en": "Outdoor > Cooking", "zh": "户外 > 炊具"},
    }
    mugs = [make_product(n, price=f"{n}.00", **mug) for n in range(1, 151)]
    stoves = [make_product(n, price=f"{n}.00", **stove) for n in range(500, 540)]
    return searcher_over(tmp_path_factory.mktemp("alike"), [*stoves, *mugs], HashEmbedder())


DEAREST, CHEAPEST = ["p-150", "p-149", "p-148"], ["p-001", "p-002", "p-003"]


@pytest.mark.parametrize(
    ("query", "first", "kinds"),
    [
        ("most expensive mugs", DEAREST, ["sort", "category"]),
        ("cheapest mugs", CHEAPEST, ["sort", "category"]),
        ("最贵的杯子", DEAREST, ["sort", "category"]),
        ("最便宜的杯子", CHEAPEST, ["sort", "category"]),
        # Without a category as much as is relevant: no stove, though it is dearer.
        ("most expensive red mug", DEAREST, ["sort"]),
        ("最贵的红色杯子", DEAREST, ["sort"]),
    ],
)
def test_an_order_is_not_cut_at_the_most_relevant(
    alike: Searcher, query: str, first: list[str], kinds: list[str]
) -> None:
    found = alike.find(query, 3)
    assert [hit.product_id for hit in found.hits] == first
    assert [chip.kind for chip in found.understood.chips] == kinds
    assert len(alike.find(query, 500).hits) == 150


def test_by_words_alone_an_order_ranges_as_far(tmp_path: Path) -> None:
    mugs = [make_product(n, price=f"{n}.00", title={"en": "Red mug"}) for n in range(9, 150)]
    searcher = searcher_over(tmp_path, [small_catalogue()[1], *mugs])
    dearest = searcher.find("most expensive red mug", 3)
    assert [hit.product_id for hit in dearest.hits] == ["p-149", "p-148", "p-147"]
    unknown = searcher.find("cheapest zzzz", 2, Filters(min_price=Decimal(70)))
    assert [hit.product_id for hit in unknown.hits] == ["p-070", "p-071"]
    assert searcher.find("cheapest zzzz").hits == []


def test_what_further_candidates_are_relevant_does_not_change_the_first(large: Searcher) -> None:
    """The measure stays that of the candidates, whoever else is compared by it."""
    for query in ("red mug no 299", "杯子 42", "enamel"):
        hits = large.search(query, 100)
        near = [hit.product_id for hit in hits if hit.score >= LEAST_RELEVANT * hits[0].score]
        index = large._current()
        ranking = large._ranking(index, index.within(Filters()), query, "", 100)
        assert ranking.relevant()[: len(near)] == near


@pytest.mark.parametrize(
    ("query", "given", "category", "shown"),
    [
        ("tents", "Mugs", "Mugs", []),
        ("帐篷", "杯子", "杯子", []),
        ("tents", "Outdoor", "Tents", ["category:Tents"]),
        ("帐篷", "Outdoor", "帐篷", ["category:帐篷"]),
        ("tents", "帐篷", "Tents", ["category:Tents"]),
    ],
)
def test_of_two_categories_the_given_one_or_one_within_it(
    small: Searcher, query: str, given: str, category: str, shown: list[str]
) -> None:
    found = small.find(query, 9, Filters(category=given))
    assert found.filters.category == category
    assert [chip.key for chip in found.understood.chips] == shown
    assert {hit.product_id for hit in found.hits} == set(ids(small, "", category=category))


@pytest.mark.parametrize(
    ("query", "given", "brand", "shown"),
    [
        ("something red by Fernhollow", "Oakfen", "Oakfen", []),
        ("云栖的睡觉用品", "Fernhollow", "Fernhollow", []),
        ("something red by Fernhollow", "fernhollow", "Fernhollow", ["brand:Fernhollow"]),
        ("云栖的睡觉用品", "Yunqi", "Yunqi 云栖", ["brand:Yunqi 云栖"]),
    ],
)
def test_of_two_brands_the_given_one(
    small: Searcher, query: str, given: str, brand: str, shown: list[str]
) -> None:
    found = small.find(query, 9, Filters(brand=given))
    assert found.filters.brand == brand
    assert [chip.key for chip in found.understood.chips] == shown
    assert {hit.product_id for hit in found.hits} == set(ids(small, "", brand=brand))


def test_that_no_kind_can_be_told_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    searcher = searcher_over(tmp_path, small_catalogue(), HashEmbedder())
    assert searcher.carries("lipstick") and searcher.carries("口红")
    assert "with vectors of hash no shopper is told that the shop has nothing" in caplog.text
