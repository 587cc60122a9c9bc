"""Phrases of both languages and what is understood of them; and what must not be."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from bazaar import bazaar
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.catalogue import Product, read_catalogue, read_whole
from retrieval.facets import Facets
from retrieval.filters import Filters, Sort
from retrieval.understanding.understand import Understood, understand
from retrieval.understanding.vocabulary import Vocabulary

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "shop" / "products"


@cache
def shop(name: str) -> tuple[list[Product], Facets, Vocabulary]:
    products = bazaar() if name == "bazaar" else read_whole(read_catalogue(SAMPLE)).products
    facets = Facets(products)
    return products, facets, Vocabulary.of(products, facets)


def read(query: str, name: str = "sample") -> Understood:
    return understand(query, shop(name)[2])


def chips(query: str, name: str = "sample") -> list[str]:
    return [f"{chip.kind} {chip.value}" for chip in read(query, name).chips]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("under $120", "≤120"),
        ("under 120", "≤120"),
        ("<100", "≤100"),
        ("no more than 99.99", "≤99.99"),
        ("max $80", "≤80"),
        ("$50 or less", "≤50"),
        ("a budget of 100", "≤100"),
        ("not over 60 dollars", "≤60"),
        ("I can't spend more than 200", "≤200"),
        ("nothing over $15", "≤15"),
        ("I don’t want to pay more than 80 dollars", "≤80"),
        ("不想超过300元", "≤300"),
        ("at least 100", "≥100"),
        ("$50+", "≥50"),
        ("from $30", "≥30"),
        ("more than 1,000 dollars", "≥1000"),
        ("between 20 and 40", "20–40"),
        ("between $20 and $40", "20–40"),
        ("from 20 to 40 dollars", "20–40"),
        ("$50-80", "50–80"),
        ("price 100 to 200", "100–200"),
        ("about 50", "40–60"),
        ("around $50", "40–60"),
        ("mug for 20 dollars", "16–24"),
        ("500元以内", "≤500"),
        ("五百块以下", "≤500"),
        ("不超过两百", "≤200"),
        ("预算两百五", "≤250"),
        ("预算300", "≤300"),
        ("预算300左右", "240–360"),
        ("100块左右", "80–120"),
        ("一千元以上", "≥1000"),
        ("至少100", "≥100"),
        ("20到40美元", "20–40"),
        ("20-40之间", "20–40"),
        ("介于20和40之间", "20–40"),
        ("价格在100到200之间", "100–200"),
        ("￥５００以内", "≤500"),
        ("100块钱以内的", "≤100"),
    ],
)
def test_prices(query: str, value: str) -> None:
    understood = read(query)
    assert [(c.kind, c.value) for c in understood.chips] == [("price", value)]
    assert understood.text in ("", "mug", "a")


@pytest.mark.parametrize(
    ("query", "stars"),
    [
        ("rated 4 or more", 4),
        ("4 stars and up", 4),
        ("4+ stars", 4),
        ("at least 4.5 stars", 4.5),
        ("rating above 4.5", 4.5),
        ("4-star", 4),
        ("4.5分以上", 4.5),
        ("好评4星以上", 4),
        ("四星及以上", 4),
        ("评分不低于4.5", 4.5),
    ],
)
def test_ratings(query: str, stars: float) -> None:
    understood = read(query)
    assert understood.filters == Filters(min_rating=stars)
    assert understood.text == ""


@pytest.mark.parametrize(
    ("query", "in_stock"),
    [
        ("tents in stock", True),
        ("in-stock tents", True),
        ("有货的帐篷", True),
        ("帐篷，要有货", True),
        ("有没有现货的帐篷", True),
        ("out of stock", False),
        ("not in stock", False),
        ("没有货", False),
        ("没有现货", False),
        ("available in red", False),
    ],
)
def test_stock(query: str, in_stock: bool) -> None:
    assert read(query).filters.in_stock is in_stock


@pytest.mark.parametrize(
    ("query", "sort", "text"),
    [
        ("cheapest tent", Sort("price"), "tent"),
        ("最便宜的睡袋", Sort("price"), "睡袋"),
        ("headlamps, price low to high", Sort("price"), "headlamps"),
        ("most expensive jacket", Sort("price", True), "jacket"),
        ("最贵的背包", Sort("price", True), "背包"),
        ("best rated headlamps", Sort("rating", True), "headlamps"),
        ("评分最高的头灯", Sort("rating", True), "头灯"),
        ("newest jackets", Sort("newest", True), "jackets"),
        ("最新的外套", Sort("newest", True), "外套"),
        ("lightest tent", Sort("measure", dimension="mass"), "tent"),
        ("最轻的帐篷", Sort("measure", dimension="mass"), "帐篷"),
        ("the heaviest pan", Sort("measure", True, "mass"), "pan"),
        ("largest tent", Sort("size", True), "tent"),
        ("最小的背包", Sort("size"), "背包"),
        ("brightest headlamp", Sort("measure", True, "luminous flux"), "headlamp"),
        ("light tent", None, "light tent"),
        ("cheap tent", None, "cheap tent"),
    ],
)
def test_order(query: str, sort: Sort | None, text: str) -> None:
    understood = read(query)
    assert (understood.sort, understood.text) == (sort, text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tent under 2 kg", ["measure ≤2000 g", "category Tents"]),
        ("weight under 2 kg", ["measure weight ≤2000 g"]),
        ("重量1公斤以内", ["measure weight ≤1000 g"]),
        ("2斤以上", ["measure ≥1000 g"]),
        ("at least 60 liters backpack", ["measure ≥60 L", "category Backpacks"]),
        ("60L backpack", ["measure 58.5–61.5 L", "category Backpacks"]),
        ("backpack with 60 L capacity", ["measure capacity 58.5–61.5 L", "category Backpacks"]),
        ("背包 40升左右", ["measure 36–44 L", "category 背包"]),
        ("2-person tent", ["measure 2 people", "category Tents"]),
        ("双人帐篷", ["measure 2 people", "category 帐篷"]),
        ("between 2 and 4 people", ["measure 2–4 people"]),
        ("13 ft cord", ["measure 3.86334–4.06146 m"]),
        ("4 m cord", ["measure 3.9–4.1 m"]),
        ("34 fl oz", ["measure 0.9803625049–1.030637505 L"]),
        ("20,000毫安以上", ["measure ≥20000 mAh"]),
        ("over 400 lumens", ["measure ≥400 lm"]),
        ("comfort temperature below 0 °C", ["measure comfort_temperature ≤0 °C"]),
        ("waterproof rating at least 5000 mm", ["measure waterproof_rating ≥5 m"]),
        ("3000 mm waterproof", ["measure waterproof_rating 2.925–3.075 m"]),
        ("2 doors", ["measure doors 2"]),
        (
            "at least 300 lumens and under 200 g",
            ["measure ≥300 lm", "measure ≤200 g"],
        ),
        # The catalogue has no such value: only words.
        ("97 kg tent", []),
    ],
)
def test_measures(query: str, expected: list[str]) -> None:
    assert chips(query) == expected


@pytest.mark.parametrize(
    ("query", "expected", "text"),
    [
        ("green tents", ["colour green", "category Tents"], "green tents"),
        ("红色帐篷", ["colour 红色", "category 帐篷"], "红色帐篷"),
        ("moss green tent", ["colour moss green", "category Tents"], "moss green tent"),
        ("花楸红", ["colour 花楸红"], "花楸红"),
        ("tents in sand", ["colour sand", "category Tents"], "tents in sand"),
        ("red or green tents", ["colour red / green", "category Tents"], "red or green tents"),
        ("颜色黑色的背包", ["colour 黑色", "category 背包"], "颜色黑色的背包"),
        ("Fernhollow tents", ["brand Fernhollow", "category Tents"], "Fernhollow tents"),
        ("Marlstone or Fernhollow", ["brand Marlstone / Fernhollow"], "Marlstone or Fernhollow"),
        ("fernhollow的帐篷", ["brand Fernhollow", "category 帐篷"], "fernhollow的帐篷"),
        ("云栖", ["brand Yunqi 云栖"], "云栖"),
        ("Fernholow tent", ["brand Fernhollow", "category Tents"], "fernhollow tent"),
        ("tetns", ["category Tents"], "tents"),
        ("do you have any tents?", ["category Tents"], "do you have any tents?"),
        ("我想买帐篷", ["category 帐篷"], "我想买帐篷"),
        ("something in Tents", ["category Tents"], "something in Tents"),
        ("帐篷类", ["category 帐篷"], "帐篷类"),
        ("boots size 42", ["size 42"], "boots size 42"),
        ("42码的登山靴", ["size 42"], "42码的登山靴"),
        ("尺码M", ["size m"], "尺码M"),
        ("XL jackets", ["size xl", "category Jackets"], "XL jackets"),
        ("size 42 or 43", ["size 42 / 43"], "size 42 or 43"),
        ("material: nylon", ["attribute nylon"], "material: nylon"),
        ("材质尼龙", ["attribute 尼龙"], "材质尼龙"),
        ("made of titanium", ["attribute titanium"], "made of titanium"),
        ("season three-season", ["attribute three-season"], "season three-season"),
        ("nylon tents", ["category Tents", "attribute nylon"], "nylon tents"),
        ("women's jackets", ["category Jackets", "attribute women's"], "women's jackets"),
        ("vegan food", ["category Food", "attribute vegan"], "vegan food"),
        # Something is left that no name accounts for: the category is not what was asked for.
        ("waterproof tents", [], "waterproof tents"),
        ("tent pegs", [], "tent pegs"),
    ],
)
def test_names(query: str, expected: list[str], text: str) -> None:
    assert (chips(query), read(query).text) == (expected, text)


@pytest.mark.parametrize(
    ("query", "expected", "text"),
    [
        ("jackets not leather", ["not leather", "category Jackets"], "jackets"),
        ("sleeping bag without down", ["not down"], "sleeping bag"),
        ("bottle, no plastic", ["not plastic"], "bottle"),
        ("non-leather boots", ["not leather"], "boots"),
        ("I do not want leather boots", ["not leather"], "boots"),
        ("anything but Fernhollow", ["not Fernhollow"], ""),
        ("without red or green tents", ["not red", "not green", "category Tents"], "tents"),
        ("不要塑料的水杯", ["not 塑料"], "水杯"),
        ("不含羽绒的睡袋", ["not 羽绒"], "睡袋"),
        ("非皮质的鞋", ["not 皮质"], "鞋"),
        ("除了红色以外的帐篷", ["not 红色", "category 帐篷"], "帐篷"),
        ("不要黑色或灰色的背包", ["not 黑色", "not 灰色", "category 背包"], "背包"),
        ("not too heavy", [], "not too heavy"),
        ("要不要塑料", [], "要不要塑料"),
        ("对羽绒过敏的人用的睡袋", ["not 羽绒"], "人用的睡袋"),
        ("对羊毛、羽绒过敏", ["not 羊毛", "not 羽绒"], ""),
        ("对羊毛没要求", [], "对羊毛没要求"),
        ("allergic to wool or down", ["not wool", "not down"], ""),
        ("no idea", [], "no idea"),
    ],
)
def test_negations(query: str, expected: list[str], text: str) -> None:
    assert (chips(query), read(query).text) == (expected, text)


@pytest.mark.parametrize(
    "query",
    [
        *["iphone 11", "ps4 controller", "rtx 2060", "mx500", "aa batteries", "5-in-1 tool"],
        *["24/7 support", "under armour shirt", "less is more", "no 7 cream", "3-season tent"],
        *["7 for all mankind", "2021 puer tea", "50% off", "iPhone 15 Pro Max 256GB", "5g phone"],
        *["no-show socks", "non-stick pan", "绿茶", "红茶", "无线耳机", "三星手机", "七分裤", ""],
        *["what is your return policy", "???", "的", "under", "between and", "not", "不要", "size"],
    ],
)
def test_what_is_no_constraint(query: str) -> None:
    assert chips(query) == []
    assert read(query).filters == Filters()


@pytest.mark.parametrize(
    ("query", "expected", "ids"),
    [
        # A brand that is a word of other things is one only where it is said to be, or fits.
        ("apple", [], None),
        ("apple cider", [], None),
        ("Apple phones", ["brand Apple", "category Phones"], ["iphone"]),
        ("brand Apple", ["brand Apple"], ["iphone"]),
        ("under armour shirts", ["brand Under Armour", "category Shirts"], ["shirt"]),
        ("emile noir", ["brand Émile Noir"], ["pan"]),
        # Green tea is not green.
        ("green tea", [], None),
        ("green mugs", ["colour green", "category Mugs"], ["mug"]),
        ("绿茶", [], None),
        ("红茶", [], None),
        ("红衬衫", ["colour 红"], ["shirt2", "tee"]),
        ("red shirts", ["colour red", "category Shirts"], ["shirt2", "tee"]),
        ("pink shirts", ["colour pink", "category Shirts"], ["tee"]),
        ("blue shirts", ["colour blue", "category Shirts"], ["shirt", "shirt2"]),
        ("light blue shirts", ["colour light blue", "category Shirts"], ["shirt2"]),
        ("off-white shirts", ["colour off-white", "category Shirts"], ["shirt"]),
        ("size M red shirts", ["size m", "colour red", "category Shirts"], []),
        ("cotton shirts", ["category Shirts", "attribute cotton"], ["shirt2", "tee"]),
        # Pounds are money where prices are in them, and a mass elsewhere.
        ("shirts under 50 pounds", ["price ≤50", "category Shirts"], ["shirt", "tee"]),
        ("13 ft cables", ["measure 3.86334–4.06146 m", "category Cables"], ["cable"]),
        ("holm or sony mugs", ["brand Holm / Sony", "category Mugs"], ["mug"]),
        ("non-stick pans", [], None),
        ("无线耳机", [], None),
        ("4k tv", [], None),
    ],
)
def test_traps(query: str, expected: list[str], ids: list[str] | None) -> None:
    products, facets, _ = shop("bazaar")
    assert chips(query, "bazaar") == expected
    mask = facets.mask(read(query, "bazaar").filters)
    found = None if mask is None else [products[row].id for row in np.flatnonzero(mask)]
    assert found == ids


def test_a_shop_without_colours_and_sizes_has_no_such_constraints() -> None:
    plain = [p for p in bazaar() if p.id in ("iphone", "earbuds", "light")]
    vocabulary = Vocabulary.of(plain)
    understood = understand("red size 42 under 50", vocabulary)
    assert [chip.kind for chip in understood.chips] == ["price"]
    assert understood.text == "red size 42"


def test_a_chip_can_be_taken_off() -> None:
    understood = read("red Fernhollow tents under $300 in stock, cheapest first")
    assert [chip.text for chip in understood.chips] == [
        *["in stock", "under $300", "cheapest first", "Fernhollow", "red", "tents"]
    ]
    price = next(chip for chip in understood.chips if chip.kind == "price")
    without = understood.without(price.key)
    assert without.filters.max_price is None
    assert without.filters.brand == "Fernhollow"
    assert (without.sort, without.text) == (Sort("price"), "red Fernhollow tents")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text("0123456789 $元 以内下-不要to kgm.,~红色size", max_size=30))
def test_whatever_is_asked_is_answered(query: str) -> None:
    _, facets, _ = shop("sample")
    understood = read(query)
    mask = facets.mask(understood.filters)
    assert mask is None or mask.shape == (len(shop("sample")[0]),)
