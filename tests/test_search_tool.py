"""What a search by the model keeps to: what the shopper said, whatever the model makes of it."""

from decimal import Decimal
from typing import Any

import pytest
from test_tools import run

from agent.events import Lang
from agent.tools.searching import price_bounds
from tests.shop_fixtures import ContextOf


def test_search_keeps_to_what_the_shopper_said(context_of: ContextOf) -> None:
    context = context_of("a Fernhollow tent up to two hundred and fifty dollars")
    text, events = run(
        context, "search_products", query="tent", brand="Fernhollow", max_price=250, min_price=100
    )
    # Nobody asked for at least 100: an invented bound would hide products.
    (filters,) = [event for event in events if event.type == "filters"]
    given = [(chip.label, chip.value) for chip in filters.chips if not chip.key]
    assert given == [("brand", "Fernhollow"), ("up to", "250")]
    cards = events[-1].items  # type: ignore[union-attr]
    assert {card.brand for card in cards} == {"Fernhollow"}
    assert text.startswith(f"{len(cards)} products:\nP1 ")
    assert context.handles.resolve("p1") == cards[0].id


@pytest.mark.parametrize(
    ("said", "lang", "brand", "kept"),
    [
        ("云栖有帐篷吗", "zh", "Yunqi 云栖", True),
        ("do you have a Yunqi tent", "en", "Yunqi 云栖", True),
        ("do you have a Yunqi tent", "en", "云栖", True),
        ("云栖有帐篷吗", "zh", "yunqi", True),
        ("有帐篷吗", "zh", "Yunqi 云栖", False),
        ("do you have a tent", "en", "Yunqi 云栖", False),
        ("a Shanlu tent", "en", "Yunqi 云栖", False),
        ("山鹿的帐篷", "zh", "云栖", False),
    ],
)
def test_a_brand_is_the_shoppers_by_its_own_words(
    context_of: ContextOf, said: str, lang: Lang, brand: str, kept: bool
) -> None:
    context = context_of(said, lang=lang)
    query = {"en": "tent", "zh": "帐篷"}[lang]
    _, events = run(context, "search_products", query=query, brand=brand)
    given = [f.given.brand for f in events if f.type == "filters"]
    assert given == [brand if kept else ""]
    cards = events[-1].items  # type: ignore[union-attr]
    assert ({card.brand for card in cards} == {"Yunqi 云栖"}) is kept


@pytest.mark.parametrize(
    ("lang", "said", "start"),
    [
        ("en", "a tent below 5 dollars", "No product in that price range.\nP1 "),
        ("zh", "5美元以内的帐篷", "该价格范围内没有商品。\nP1 "),
    ],
)
def test_an_empty_result_says_what_is_cheapest(
    context_of: ContextOf, lang: Any, said: str, start: str
) -> None:
    context = context_of(said, lang=lang)
    text, events = run(context, "search_products", query="tent", category="Tents", max_price=5)
    assert text.startswith(start)
    assert text.endswith({"en": ", the cheapest", "zh": "，最便宜"}[lang])
    (card,) = events[-1].items  # type: ignore[union-attr]
    tents = context.shop.products.search("tent", category="Tents", sort="price_asc", k=1)
    assert card.id == tents.products[0].id


@pytest.mark.parametrize(
    ("said", "given", "meant"),
    [
        # The model took a highest price for a least one, a size for a price, or left it out.
        ("100美元以内的手表", {"min_price": 100}, (None, 100)),
        ("watches under $100", {"min_price": 100}, (None, 100)),
        ("要一双徒步靴，43码", {"max_price": 43}, (None, None)),
        ("a tent for 2 people", {"max_price": 2}, (None, None)),
        ("tents below 200 dollars", {}, (None, 200)),
        ("tents between 100 and 200", {"min_price": 100, "max_price": 200}, (100, 200)),
        ("a hedlamp, at lest 1000 lumens", {"min_price": 1000}, (None, None)),
        ("我们公司想订30把露营椅", {"max_price": 30}, (None, None)),
        ("make it 150 at most", {"max_price": 150}, (None, 150)),
        ("boots from 45 until 120", {"min_price": 45, "max_price": 120}, (45, 120)),
        ("boots, I can't go over 75", {"max_price": 75}, (None, 75)),
        ("boots, nothing below 40", {"max_price": 40}, (40, None)),
        ("靴子，低于40的就不用发了", {"max_price": 40}, (40, None)),
        ("show me tents", {"max_price": 80}, (None, None)),
    ],
)
def test_price_bounds_are_the_shoppers(
    context_of: ContextOf, said: str, given: dict[str, int], meant: tuple[Any, Any]
) -> None:
    context = context_of(said)
    low, high = (given.get(name) for name in ("min_price", "max_price"))
    bounds = [None if b is None else Decimal(b) for b in (low, high)]
    read = context.shop.products.read(said)
    assert price_bounds(context, read, bounds[0], bounds[1]) == meant


@pytest.mark.parametrize(
    ("before", "now", "wrong"),
    [
        ("hiking boots in size 43", "no, for my wife, size 38", 43),
        ("要一双徒步靴，43码", "啊说错了，女款38码", 43),
    ],
)
def test_a_size_that_was_said_before_is_no_price(
    context_of: ContextOf, before: str, now: str, wrong: int
) -> None:
    context = context_of(before, now)
    read = context.shop.products.read(now)
    assert price_bounds(context, read, None, Decimal(wrong)) == (None, None)


@pytest.mark.parametrize(
    ("said", "lang", "rated"),
    [
        ("what is the best rated tent?", "en", "the best rated"),
        ("评分最高的帐篷", "zh", "评分最高"),
    ],
)
def test_the_order_that_the_shopper_asks_for_holds(
    context_of: ContextOf, said: str, lang: Lang, rated: str
) -> None:
    query = {"en": "tents", "zh": "帐篷"}[lang]
    text, _ = run(context_of(said, lang=lang), "search_products", query=query)
    assert rated in text.split("\n")[1]


@pytest.mark.parametrize(
    ("said", "lang"),
    [("a tent with at least 4.7 stars, please", "en"), ("想要评分4.7以上的帐篷", "zh")],
)
def test_the_rating_that_the_shopper_asks_for_holds(
    context_of: ContextOf, said: str, lang: Lang
) -> None:
    """The model has no argument for it."""
    query = {"en": "tent", "zh": "帐篷"}[lang]
    _, events = run(context_of(said, lang=lang), "search_products", query=query)
    shown = events[-1].items  # type: ignore[union-attr]
    assert shown and all(float(card.rating or 0) >= 4.7 for card in shown)


def test_what_a_search_kept_to_is_on_record(context_of: ContextOf) -> None:
    """Whoever asked for it: the model, the words of its query, the shopper."""
    context = context_of("cheapest Shanlu backpack in stock, under $100")
    context.ran.append(("search_products", {"query": "Shanlu backpack"}))
    run(context, "search_products", query="Shanlu backpack")
    (_, kept), *_ = context.ran
    assert kept["sort"] == "price_asc" and kept["in_stock"] is True and kept["max_price"] == 100.0
    assert "Shanlu" in str(kept["brand"])
    named = context_of("what do you have from Lowtide")
    named.ran.append(("get_product", {"product_id": "Lowtide"}))
    run(named, "get_product", product_id="Lowtide")
    assert named.ran[0][0] == "search_products" and named.ran[0][1]["brand"] == "Lowtide"
