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
    ("query", "value"),
    [
        ("rain boots, can't go over 75", "≤75"),
        ("looking for rain boots, don't wanna go over $75", "≤75"),
        ("rain boots that won't cost me more than 75 dollars", "≤75"),
        ("without spending more than 75", "≤75"),
        ("not paying over 75 for rain boots", "≤75"),
        ("skip anything above 75", "≤75"),
        ("anything over 75 is too much", "≤75"),
        ("雨靴，超过75的不买", "≤75"),
        ("雨靴 75以上的都过滤掉", "≤75"),
        ("雨靴，别高于75元", "≤75"),
        ("雨靴，控制在75以内", "≤75"),
        ("nothing below 40", "≥40"),
        ("leave out anything under 40", "≥40"),
        ("低于40的就不用发了", "≥40"),
        ("40以下的不看", "≥40"),
        ("不要少于40元", "≥40"),
        ("over 40 and less than 90 dollars", "≥40"),
        ("from $40 till $90", "40–90"),
        ("within 40 and 90 dollars", "40–90"),
    ],
)
def test_what_is_refused_on_one_side_is_the_bound_of_the_other(query: str, value: str) -> None:
    assert f"price {value}" in chips(query)


@pytest.mark.parametrize(
    "query",
    ["more than 3 pockets", "is it still under warranty", "超过3个口袋的背包", "nothing beats it"],
)
def test_what_refuses_no_price(query: str) -> None:
    assert not any(chip.startswith("price") for chip in chips(query))
