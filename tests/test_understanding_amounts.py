"""Amounts in words and thousands, and bounds that stand on either side of them."""

import pytest
from test_understanding import chips, read


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("under $1k", "≤1000"),
        ("under 2k", "≤2000"),
        ("over 2k", "≥2000"),
        ("budget 2k", "≤2000"),
        ("$1.5k", "1200–1800"),
        ("2k dollars or less", "≤2000"),
        ("$1k to $2k", "1000–2000"),
        ("$1-2k", "1000–2000"),
        ("between 500 and 1k", "500–1000"),
        ("预算2k", "≤2000"),
        ("2k以内", "≤2000"),
        ("1.5k元以下", "≤1500"),
        ("2千以内", "≤2000"),
        ("under two hundred dollars", "≤200"),
        ("under a hundred dollars", "≤100"),
        ("fifty dollars or less", "≤50"),
        ("under fifteen hundred", "≤1500"),
        ("less than twenty-five dollars", "≤25"),
        ("at most one hundred and fifty dollars", "≤150"),
        ("between a hundred and two hundred", "100–200"),
        ("300来块", "240–360"),
        ("三百多块", "240–360"),
        ("预算300多", "240–360"),
    ],
)
def test_thousands_and_words(query: str, value: str) -> None:
    understood = read(query)
    assert [(c.kind, c.value) for c in understood.chips] == [("price", value)]
    assert understood.text == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("half a litre", ["measure 0.4875–0.5125 L"]),
        ("half-litre bottle", ["measure 0.4875–0.5125 L"]),
        ("半升", ["measure 0.4875–0.5125 L"]),
        ("under one and a half kilos", ["measure ≤1500 g"]),
        ("1 kilo and a half", ["measure 1462.5–1537.5 g"]),
        ("一公斤半", ["measure 1462.5–1537.5 g"]),
        ("between one and a half and two kilos", ["measure 1500–2000 g"]),
        ("more than a hundred lumens", ["measure ≥100 lm"]),
        ("under twelve hundred grams", ["measure ≤1200 g"]),
    ],
)
def test_halves_and_measures_in_words(query: str, expected: list[str]) -> None:
    assert chips(query) == expected


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("比100元便宜", "≤100"),
        ("比100元便宜一点的", "≤100"),
        ("比500元贵", "≥500"),
        ("不比500元贵", "≤500"),
        ("不贵于500元", "≤500"),
        ("不便宜于500元", "≥500"),
        ("less expensive than $100", "≤100"),
        ("more expensive than $100", "≥100"),
        ("no more expensive than $80", "≤80"),
        ("not less expensive than $80", "≥80"),
        ("$200 budget", "≤200"),
        ("200元预算", "≤200"),
        ("200元的预算", "≤200"),
        ("with 200 dollars to spend", "≤200"),
        ("with 200 to spend", "≤200"),
        ("maximum price 100", "≤100"),
        ("max price $100", "≤100"),
        ("price max 100", "≤100"),
        ("最高价格100元", "≤100"),
        ("最高价100元", "≤100"),
        ("max 100", "≤100"),
        ("最多100", "≤100"),
        ("minimum price 50", "≥50"),
        ("最低价50元", "≥50"),
        ("最低价格50", "≥50"),
    ],
)
def test_bounds(query: str, value: str) -> None:
    understood = read(query)
    assert [(c.kind, c.value) for c in understood.chips] == [("price", value)]
    assert understood.text == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("比60升大的背包", ["measure ≥60 L", "category 背包"]),
        ("比2公斤轻的帐篷", ["measure ≤2000 g", "category 帐篷"]),
        ("不轻于2公斤", ["measure ≥2000 g"]),
        ("不低于60升", ["measure ≥60 L"]),
        ("brighter than 300 lumens", ["measure ≥300 lm"]),
        ("a tent, max 2 kg", ["measure ≤2000 g", "category Tents"]),
        ("最高价", ["sort price descending"]),
        ("最低价", ["sort price ascending"]),
    ],
)
def test_bounds_of_measures(query: str, expected: list[str]) -> None:
    assert chips(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        *["4K TV", "2k screen", "10k run", "canon 5d 2k2", "2000K lamp", "under 4k tv", "k2 skis"],
        *["Air Max 90", "iPhone 15 Pro Max 256", "iphone 11 budget", "half price", "half sleeve"],
        *["under half price", "twenty five", "a hundred percent sure", "half a day hike"],
        *["thousand island dressing", "三十多岁", "性价比高", "一百多人", "对比2款"],
    ],
)
def test_what_is_no_amount(query: str) -> None:
    assert chips(query) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # This shop has televisions that are 4K.
        ("4k tv", []),
        ("at least 4k", []),
        ("tv under 4k", ["price ≤4000"]),
        ("headphones under 2k", ["price ≤2000", "category Headphones"]),
    ],
)
def test_thousands_where_things_are_4k(query: str, expected: list[str]) -> None:
    assert chips(query, "bazaar") == expected


@pytest.mark.parametrize(
    "query",
    ["more than 3 pockets", "is it still under warranty", "超过3个口袋的背包", "nothing beats it"],
)
def test_what_refuses_no_price(query: str) -> None:
    assert not any(chip.startswith("price") for chip in chips(query))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("I can't go over 75", ["≤75"]),
        ("dont wanna pay more than $75", ["≤75"]),
        ("it mustn't cost more than 75", ["≤75"]),
        ("without going past 75", ["≤75"]),
        ("I refuse to pay above 75", ["≤75"]),
        ("not a penny over 75", ["≤75"]),
        ("no dearer than 75", ["≤75"]),
        ("leave out everything over 75", ["≤75"]),
        ("over 75 is too much", ["≤75"]),
        ("超过75的不买", ["≤75"]),
        ("超过75元的去掉吧", ["≤75"]),
        ("75元以上的都过滤掉", ["≤75"]),
        ("别高于75", ["≤75"]),
        ("别比75元贵", ["≤75"]),
        ("预算卡在75", ["≤75"]),
        ("控制在75元以内", ["≤75"]),
        ("nothing below 40", ["≥40"]),
        ("skip anything less than 40", ["≥40"]),
        ("I'd rather not go under 40", ["≥40"]),
        ("低于40的就不用发了", ["≥40"]),
        ("40元以下的不考虑", ["≥40"]),
        ("不要少于40", ["≥40"]),
        ("别低于40", ["≥40"]),
        ("over 40 and less than 100", ["≥40", "≤100"]),
        ("nothing under 40 or over 100", ["≥40", "≤100"]),
        ("under 40 is rubbish and over 100 is too much", ["≥40", "≤100"]),
        ("within 40 and 100", ["40–100"]),
        ("from 40 until 100", ["40–100"]),
        ("price 40..100", ["40–100"]),
        ("别低于40别高于100", ["≥40", "≤100"]),
        ("超过40不到100", ["≥40", "≤100"]),
        ("价位在40和100中间", ["40–100"]),
    ],
)
def test_refused_sides(query: str, expected: list[str]) -> None:
    assert chips(query) == [f"price {value}" for value in expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("nothing over 2 kg", ["measure ≤2000 g"]),
        ("2公斤以上的不要", ["measure ≤2000 g"]),
        ("nothing under 4 stars", ["rating ≥4"]),
        ("I can't find anything under 50", ["price ≤50"]),
        ("is there nothing under 50", ["price ≤50"]),
        ("nothing fancy under 50", ["price ≤50"]),
        ("no leather under 100", ["price ≤100", "not leather"]),
        ("it doesn't have to be under 50", ["price ≤50"]),
        ("500元以上不要皮的", ["price ≥500", "not 皮革"]),
        ("没有低于50的吗", ["price ≤50"]),
        ("tents over 50 reviews", []),
        ("boots not under warranty", []),
        ("half past 9", []),
    ],
)
def test_what_is_refused_is_no_other_thing(query: str, expected: list[str]) -> None:
    assert chips(query) == expected
