"""Which of the products on the screen is the most, and what they come in."""

import re

import pytest

from agent.cards import product_card
from agent.context import TurnContext
from agent.events import Lang, Products
from agent.prose import Prose
from agent.tools.options import variants_named
from agent.tools.ranking import most_of_shown
from tests.scripted_model import Say, call
from tests.shop_fixtures import ContextOf, Counter, only
from tests.test_following import after_search
from tests.test_tools import run


def shown_ids(context: TurnContext) -> list[str]:
    ranked = most_of_shown(context, "get_product")
    if ranked is None:
        return []
    (event,) = ranked[1]
    assert isinstance(event, Products)
    return [card.id for card in event.items]


def grams(context: TurnContext, product_id: str) -> float:
    (product,) = context.shop.products.get_many([product_id])
    weight = dict(product_card(product, "en", context.handles).attributes)["weight"]
    least, unit = re.match(r"[\d.]+", weight), weight.split()[-1]
    assert least
    return float(least[0]) * {"g": 1, "kg": 1000}[unit]


@pytest.mark.parametrize(
    ("said", "lang"),
    [
        ("which of those is lightest?", "en"),
        ("which one is the lightest", "en"),
        ("what's the lightest of these", "en"),
        ("哪个最轻", "zh"),
        ("这几款里最轻的是哪款？", "zh"),
        ("刚才那些最轻的呢", "zh"),
        ("其中最轻的呢", "zh"),
    ],
)
def test_what_was_shown_is_put_in_order(context_of: ContextOf, said: str, lang: Lang) -> None:
    context = after_search(context_of, "tent", said, lang)
    ids = shown_ids(context)
    assert len(ids) >= 2
    weights = [grams(context, product_id) for product_id in ids]
    assert weights == sorted(weights)
    ranked = most_of_shown(context, "get_product")
    assert ranked
    first, facts = ranked[0].splitlines()[:2]
    assert first.endswith(", the lightest" if lang == "en" else "，最轻")
    assert ("weight" if lang == "en" else "重量") in facts


@pytest.mark.parametrize(
    ("said", "lang"),
    [("which of them is the cheapest", "en"), ("哪款最便宜", "zh")],
)
def test_by_price(context_of: ContextOf, said: str, lang: Lang) -> None:
    context = after_search(context_of, "tent", said, lang)
    products = context.shop.products.get_many(shown_ids(context))
    prices = [product.price_minor for product in products]
    assert len(prices) >= 2 and prices == sorted(prices)


@pytest.mark.parametrize(
    ("said", "lang"),
    [
        # Among all goods, of other goods, more than an order, or no order at all.
        ("the lightest sleeping bag you have", "en"),
        ("which is the lightest sleeping bag", "en"),
        ("which of those under $100 is the lightest", "en"),
        ("which of those would you take", "en"),
        ("最轻的睡袋", "zh"),
        ("其实最轻的睡袋就行", "zh"),
        ("哪个适合冬天", "zh"),
        # How they differ, and not which is the most.
        ("what is the biggest difference between these tents", "en"),
        ("what's the largest difference between those?", "en"),
        ("这两款帐篷最大的区别是什么", "zh"),
        ("这几款最大的不同在哪里", "zh"),
    ],
)
def test_what_asks_for_something_else_is_left_alone(
    context_of: ContextOf, said: str, lang: Lang
) -> None:
    assert shown_ids(after_search(context_of, "tent", said, lang)) == []


def test_where_nothing_was_shown_there_is_no_order(context_of: ContextOf) -> None:
    context = context_of("which of those is lightest?")
    context.looked_up = ("search_products",)
    assert shown_ids(context) == []
    of_orders = after_search(context_of, "tent", "which of those is lightest?", "en")
    of_orders.looked_up = ("list_orders",)
    assert shown_ids(of_orders) == []


def test_whatever_tool_the_model_names(context_of: ContextOf) -> None:
    for tool, arguments in (
        ("get_product", {"product_id": "P1"}),
        ("search_products", {"query": "lightest"}),
        ("compare_products", {"product_ids": ["P1", "P2"]}),
        ("recommend_products", {}),
    ):
        context = after_search(context_of, "tent", "which of those is lightest?", "en")
        assert ", the lightest" in run(context, tool, **arguments)[0]


@pytest.mark.parametrize(
    ("said", "lang"),
    [
        ("what is the biggest difference between these tents", "en"),
        ("这两款帐篷最大的区别是什么", "zh"),
    ],
)
async def test_what_differs_is_compared(counter: Counter, said: str, lang: Lang) -> None:
    query = {"en": "two-person tent", "zh": "双人帐篷"}[lang]
    counter.model.enqueue(call("search_products", query=query), Say("…"))
    shown = only(await counter.ask(query, lang=lang), "products").items
    counter.model.enqueue(call("compare_products", product_ids=["P1", "P2"]), Say("…"))
    compared = only(await counter.ask(said, lang=lang), "comparison")
    assert [card.id for card in compared.items] == [card.id for card in shown[:2]]


@pytest.mark.parametrize(
    ("said", "values"),
    [("有红色的吗", "花楸红"), ("红的有没有", "花楸红"), ("要沙色", "沙色"), ("有蓝色吗", None)],
)
def test_a_shade_answers_to_its_plain_colour(
    context_of: ContextOf, said: str, values: str | None
) -> None:
    (tent,) = context_of("").shop.products.get_many(["tent-hollow-2"])
    named = variants_named(said, tent, "zh")
    assert (named.values if named else None) == values


@pytest.mark.parametrize(
    ("sentence", "lang"),
    [
        ("Hollow 2 双人徒步帐篷没有其他款式可选。", "zh"),
        ("Hollow 2 双人徒步帐篷只有一种款式。", "zh"),
        ("Hollow 2 Backpacking Tent does not come in different options.", "en"),
        ("There are no options to choose from for Hollow 2 Backpacking Tent.", "en"),
    ],
)
def test_options_that_there_are_are_not_denied(
    context_of: ContextOf, sentence: str, lang: Lang
) -> None:
    context = context_of("Hollow 2?", lang=lang)
    context.known.append("P1 Hollow 2 Backpacking Tent Hollow 2 双人徒步帐篷, 249.00 USD")
    context.calls.append(("get_product", {}))
    assert Prose(context).feed(sentence, final=True) == sentence
    context.choices = True
    prose = Prose(context)
    assert prose.feed(sentence, final=True) == ""
    assert prose.fault == "denies options that there are"
