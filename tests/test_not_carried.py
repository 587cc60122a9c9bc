"""What the shop has nothing of, or not at that price: every face says so."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from agent.context import TurnContext
from agent.events import Event, Lang, Products
from agent.product_desk import Found, ProductDesk
from agent.settings import Settings
from agent.shop import Shop
from agent.tools.found import found_result
from agent.unaided import summary
from tests.shop_fixtures import ContextOf, Counter, only, spoken
from ui.api import create_app

TENT = {"en": "tent", "zh": "帐篷"}


class NothingLikeIt(ProductDesk):
    """The desk of a shop to which everything asked for is what it does not sell."""

    def search(self, query: str, **more: Any) -> Found:
        return replace(super().search(query, **more), carried=False)


@pytest.fixture
def elsewhere(shop: Shop) -> ProductDesk:
    return NothingLikeIt(shop.db, shop.searcher)


def told(context: TurnContext, found: Found) -> tuple[str, list[Event], str]:
    text, events = found_result(context, found)
    return text, events, summary(context, events)


@pytest.mark.parametrize(
    ("lang", "many", "one"),
    [
        (
            "en",
            "The shop has nothing like that. Here are the 3 nearest products.",
            "The shop has nothing like that. What comes closest: {title} costs {price} USD",
        ),
        (
            "zh",
            "店里没有这样的商品。以下是最接近的3件商品。",
            "店里没有这样的商品。最接近的：{title}的价格是{price} USD",
        ),
    ],
)
def test_what_is_not_carried(
    context_of: ContextOf, elsewhere: ProductDesk, lang: Lang, many: str, one: str
) -> None:
    context = context_of("", lang=lang)
    _, events, said = told(context, elsewhere.search(TENT[lang], k=3))
    assert said == many
    products = only(events, "products")
    assert (len(products.items), products.carried, products.in_range) == (3, False, True)
    _, events, said = told(context, elsewhere.search(TENT[lang], k=1))
    card = only(events, "products").items[0]
    assert said.startswith(one.format(title=card.title, price=card.price))
    # Nor in that price range, which says nothing of what it has not.
    found = elsewhere.search(TENT[lang], max_price=Decimal(5))
    text, events, said = told(context, found)
    card = only(events, "products").items[0]
    assert said.startswith(one.format(title=card.title, price=card.price))
    assert text.startswith({"en": "The shop has nothing like", "zh": "店里没有这样的"}[lang])


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            "There is nothing in that price range. "
            "The cheapest outside it: {title} costs {price} USD",
        ),
        ("zh", "该价格范围内没有商品。范围之外最便宜的：{title}的价格是{price} USD"),
    ],
)
def test_what_costs_more(context_of: ContextOf, lang: Lang, said: str) -> None:
    context = context_of("", lang=lang)
    found = context.shop.products.search(TENT[lang], category="Tents", max_price=Decimal(5))
    _, events, about = told(context, found)
    (card,) = only(events, "products").items
    assert about.startswith(said.format(title=card.title, price=card.price))
    assert Decimal(card.price) > 5
    products = only(events, "products")
    assert (products.carried, products.in_range) == (True, False)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_with_the_model_down_the_shopper_is_told_too(counter: Counter, lang: Lang) -> None:
    counter.ready.ready = False
    query = {"en": "tents under $5", "zh": "5美元以内的帐篷"}[lang]
    prose = spoken(await counter.ask(query, lang=lang))
    assert {"en": "nothing in that price range", "zh": "该价格范围内没有商品"}[lang] in prose


def test_an_event_of_before_is_read_as_it_was_meant() -> None:
    products = Products.model_validate({"type": "products", "items": []})
    assert products.carried and products.in_range


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_the_search_api_says_it(
    counter: Counter, sample_settings: Settings, elsewhere: ProductDesk, lang: Lang
) -> None:
    found = await _search(counter, sample_settings, query=TENT[lang], lang=lang)
    assert found["carried"] is True and found["cheapest"] is None
    bounded = {"query": TENT[lang], "category": "Tents", "max_price": 5, "lang": lang}
    found = await _search(counter, sample_settings, **bounded)
    assert found["products"] == [] and found["carried"] is True
    tents = counter.assistant.shop.products.search("", category="Tents", sort="price_asc", k=1)
    assert found["cheapest"]["id"] == tents.products[0].id
    counter.assistant.shop = replace(counter.assistant.shop, products=elsewhere)
    found = await _search(counter, sample_settings, query=TENT[lang], lang=lang)
    assert found["carried"] is False and found["products"]


async def _search(counter: Counter, settings: Settings, **body: Any) -> dict[str, Any]:
    app = create_app(settings, counter.assistant, page=False)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        answer = await client.post("/v1/search", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
