"""A constraint of a search is taken away, and all others still hold."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from agent.asked import SearchAgain
from agent.chips import chips_of, given_of, searched
from agent.context import TurnContext
from agent.events import Event, FilterChip, Filters, Given, Lang, ProductCard
from agent.settings import Settings
from agent.tools.found import found_result
from tests.scripted_model import Say, call
from tests.shop_fixtures import ContextOf, Counter, only
from tests.test_tools import run
from ui.api import create_app
from ui.talk import Talk

NAVY = [
    ("a navy jacket up to 100 dollars, nothing with down in it", "navy jacket", "en"),
    ("100美元以内的藏青色外套，不要羽绒的", "藏青色外套", "zh"),
]


def without(filters: Filters, start: str) -> SearchAgain:
    """What the page asks once the one chip is touched whose name starts so."""
    talk = Talk()
    talk.ask("…").events, talk.turns[-1].running = [filters], False
    (again,) = [ask for name, (_, ask) in talk.removable().items() if name.startswith(start)]
    return again


def cards_of(events: list[Event]) -> list[ProductCard]:
    return list(only(events, "products").items)


async def asked(counter: Counter, said: str, lang: Lang, **arguments: Any) -> Filters:
    """What the shopper's words and the model's arguments were taken for."""
    counter.model.enqueue(call("search_products", **arguments), Say("…"))
    found: Filters = only(await counter.ask(said, lang=lang), "filters")
    return found


def downs(context: TurnContext, lang: Lang) -> set[str]:
    """The ids of all that has down in it."""
    desk, word = context.shop.products, {"en": "down jacket", "zh": "羽绒外套"}[lang]
    everything = {p.id for p in desk.search("", k=500).products}
    unwanted = {"en": "nothing with down", "zh": "不要羽绒的"}[lang]
    kept = {p.id for p in desk.search("", k=500, message=unwanted).products}
    assert desk.search(word).products[0].id in everything - kept
    return everything - kept


@pytest.mark.parametrize(("said", "query", "lang"), NAVY)
async def test_what_came_beside_the_query_still_holds(
    counter: Counter, context_of: ContextOf, said: str, query: str, lang: Lang
) -> None:
    desk, down = counter.assistant.shop.products, downs(context_of(""), lang)
    filters = await asked(
        counter, said, lang, query=query, max_price=100, in_stock=True, sort="price_desc"
    )
    again = without(filters, "colour:")
    given = Given(max_price=Decimal(100), in_stock=True, sort="price_desc", message=said)
    assert again.given == given
    plain = desk.search(query, without=again.without, k=50).products
    assert any(p.price_minor > 10_000 for p in plain) and down & {p.id for p in plain}
    events = await counter.ask(again, lang=lang)
    cards, kept = cards_of(events), only(events, "filters")
    prices = [Decimal(card.price) for card in cards]
    assert len(cards) > 1 and prices == sorted(prices, reverse=True) and prices[0] <= 100
    assert all(card.stock for card in cards) and not down & {card.id for card in cards}
    # And once more: what was taken away stays so, the rest holds.
    assert kept.given == given and kept.without == list(again.without)
    wider = await counter.ask(without(kept, "not:"), lang=lang)
    assert down & {card.id for card in cards_of(wider)}
    assert all(Decimal(card.price) <= 100 for card in cards_of(wider))
    assert len(counter.model.history) == 2


@pytest.mark.parametrize(("said", "query", "lang"), NAVY)
async def test_what_came_beside_the_query_can_be_taken_away(
    counter: Counter, said: str, query: str, lang: Lang
) -> None:
    filters = await asked(counter, said, lang, query=query, max_price=100, category="Jackets")
    label = {"en": "up to", "zh": "最高价"}[lang]
    assert FilterChip(label=label, value="100", field="max_price") in filters.chips
    events = await counter.ask(without(filters, "max_price"), lang=lang)
    assert any(Decimal(card.price) > 100 for card in cards_of(events))
    kept = only(events, "filters")
    assert kept.given == Given(**filters.given.model_dump(exclude={"max_price"}))
    assert [chip for chip in filters.chips if chip.field != "max_price"] == kept.chips


@pytest.mark.parametrize(
    ("query", "given", "field", "key"),
    [
        ("tents under $200", {"max_price": Decimal(200)}, "max_price", "price:≤200"),
        ("200美元以内的帐篷", {"max_price": Decimal("200.00")}, "max_price", "price:≤200"),
        ("backpack by Yunqi", {"brand": "yunqi"}, "brand", "brand:Yunqi 云栖"),
        ("云栖背包", {"brand": "云栖"}, "brand", "brand:Yunqi 云栖"),
        ("tents in stock", {"in_stock": True, "category": "tents"}, "in_stock", "stock:"),
        ("有货的帐篷", {"in_stock": True, "category": "帐篷"}, "in_stock", "stock:"),
    ],
)
def test_what_is_said_twice_is_taken_away_at_once(
    context_of: ContextOf, query: str, given: dict[str, Any], field: str, key: str
) -> None:
    found = context_of("").shop.products.search(query, **given)
    chips = chips_of(found, "en")
    assert [chip.field for chip in chips] == [""] * len(chips)
    assert any(chip.key.startswith(key) for chip in chips)
    assert given_of(found, "") == Given()


@pytest.mark.parametrize(
    ("said", "query", "lang"),
    [
        ("your lightest sleeping bag, nothing with down", "lightest sleeping bag", "en"),
        ("我对羽绒过敏，要最轻的睡袋", "最轻的睡袋", "zh"),
    ],
)
def test_an_order_is_taken_away_wherever_it_was_said(
    context_of: ContextOf, said: str, query: str, lang: Lang
) -> None:
    context = context_of(said, lang=lang)
    desk, down = context.shop.products, downs(context, lang)
    found = desk.search(query, message=said)
    assert found.sort is not None
    (filters,) = [e for e in found_result(context, found)[1] if isinstance(e, Filters)]
    again = without(filters, "sort:")
    left = searched(desk, again.query, again.given, again.without)
    assert left.sort is None
    assert left.products and not down & {product.id for product in left.products}


def test_a_name_that_is_looked_up_can_be_searched_again(context_of: ContextOf) -> None:
    context = context_of("a navy jacket, nothing with down")
    _, events = run(context, "get_product", product_id="navy jacket")
    filters = only(events, "filters")
    assert filters.given.message == context.said[-1]
    assert any(chip.key.startswith("not:") for chip in filters.chips)


@pytest.mark.parametrize(("said", "query", "lang"), NAVY)
async def test_the_search_api_takes_what_the_event_gives(
    counter: Counter, sample_settings: Settings, said: str, query: str, lang: Lang
) -> None:
    filters = await asked(counter, said, lang, query=query, max_price=100, sort="price_asc")
    again = without(filters, "colour:")
    body = filters.model_dump(mode="json")
    sent = body["given"] | {"query": body["query"], "without": again.without, "k": 6, "lang": lang}
    app = create_app(sample_settings, counter.assistant, page=False)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        answer = await client.post("/v1/search", json=sent)
        for field, value in {"message": "x" * 4001, "without": ["x" * 501]}.items():
            refused = await client.post("/v1/search", json=sent | {field: value})
            assert refused.status_code == 422
            assert refused.json()["error"]["message"].startswith(field)
    assert answer.status_code == 200
    events = await counter.ask(again, lang=lang)
    assert [card["id"] for card in answer.json()["products"]] == [c.id for c in cards_of(events)]
