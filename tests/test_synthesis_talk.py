"""What simulated shoppers and the perfect clerk say must bear out what the shop has and tells."""

import random
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from agent.events import Lang, Order, ProductCard, ShipmentCard
from finetune.synthesis.comparing import compare
from finetune.synthesis.forms import other_form
from finetune.synthesis.gold import Calls, Say, Seen
from finetune.synthesis.goods import found, search
from finetune.synthesis.models import LANGS, Rule, World
from finetune.synthesis.own_orders import _corrected, _looked_up, _of_panel, of_orders
from finetune.synthesis.talk import Talk, Unsayable
from finetune.synthesis.vocabulary import load_frames, load_reasons, load_replies, load_vocabulary
from finetune.synthesis.worlds import make_world


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load_vocabulary(), 5, held_out=False)


def talk_in(world: World, seed: int = 1, lang: Lang = "en") -> Talk:
    buyer = max(world.buyers, key=lambda b: len(b.orders))
    return Talk(world, random.Random(seed), lang, buyer, held_out=False)


def card(world: World, place: int, **changes: Any) -> ProductCard:
    ware = world.wares[place]
    facts = {"id": ware.id, "title": ware.title["en"], "price": str(ware.price), "url": ""}
    return ProductCard.model_construct(
        **facts | {"handle": f"P{place}", "currency": world.currency, "rating": 4.0} | changes
    )


# Prices


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("currency", "never"), [("CNY", r"[$€£]|quid|bucks|刀|美元"), ("GBP", r"[$€¥]|bucks|刀|\d元")]
)
def test_prices_are_in_the_shops_currency(
    world: World, lang: Lang, currency: str, never: str
) -> None:
    talk = talk_in(make_world(load_vocabulary(), 5, held_out=False), lang=lang)
    talk.world.currency = currency
    said = [talk.prices(40, 75) for _ in range(80)]
    assert not re.search(never, str(said)) and ["40", "75"] in said
    # Both bounds in one unit.
    assert all(low.replace("40", "75") == high for low, high in said)


def test_a_price_out_of_bounds_is_not_passed_off_as_found(world: World) -> None:
    talk = talk_in(world)
    talk.wanted = {"query": "x", "max_price": int(world.wares[0].price) - 1}
    kind = world.wares[0].kind
    seen = Seen("search_products", "1 products:", [_products(card(world, 0))], refused=False)
    with pytest.raises(Unsayable):
        found(talk, seen, "search_max", kind)
    talk.wanted["max_price"] = int(world.wares[0].price) + 1
    assert world.wares[0].title["en"] in found(talk, seen, "search_max", kind)


def _products(*cards: ProductCard) -> Any:
    from agent.events import Products

    return Products.model_construct(items=list(cards), type="products")


def test_how_many_were_found_is_said_only_where_all_fit(world: World) -> None:
    kind = world.wares[0].kind
    other = next(n for n, ware in enumerate(world.wares) if ware.kind is not kind)
    alike = [n for n, ware in enumerate(world.wares) if ware.kind is kind]
    talk, said = talk_in(world), set()
    for _ in range(40):
        cards = [card(world, alike[0]), card(world, alike[0]), card(world, other)]
        seen = Seen("search_products", "3 products:", [_products(*cards)], refused=False)
        said.add(found(talk, seen, "search", kind))
    assert not any(re.search(r"\b[23] products", text) for text in said)


def test_what_is_called_nearest_is_of_the_same_category(world: World) -> None:
    absent = world.absent[0]
    talk = talk_in(world)
    far = [n for n, ware in enumerate(world.wares) if ware.kind.category != absent.category]
    text = "The shop has nothing like that; tell the shopper so. The 1 nearest products:"
    seen = Seen("search_products", text, [_products(card(world, far[0]))], refused=False)
    reply = found(talk, seen, "search", absent)
    assert reply in load_replies("en")["nearest_none"]


# Comparisons and other forms


def test_two_products_of_one_kind_are_compared(world: World) -> None:
    short = {text: w.kind for w in world.wares for text in (w.short["en"], w.title["en"])}
    for seed in range(30):
        named = compare(talk_in(world, seed)).call[1]["product_ids"]
        assert short[named[0]] is short[named[1]]


def test_a_correction_asks_for_another_form_than_the_one_proposed(world: World) -> None:
    talk = talk_in(world)
    lines = [line for _, purchase in world.purchases() for line in purchase.lines]
    line = next(line for line in lines if len(line.ware.variants) > 3)
    proposed = other_form(talk, line)
    again = [other_form(talk, line, but=proposed) for _ in range(50)]
    assert proposed not in again and line.variant not in again


# Orders


def panel(number: str = "LP-1", status: str = "shipped", **changes: Any) -> Order:
    facts = {"id": number, "status": status, "status_text": status, "placed_at": "2026-11-20"}
    return Order(**facts | {"total": "30.00", "currency": "EUR", "lines": []} | changes)


def test_where_no_order_has_the_status_the_clerk_says_so(world: World) -> None:
    text = "There is no such order in this account.\n2 orders:"
    seen = Seen("list_orders", text, [panel(), panel("LP-2", "pending")], refused=False)
    for seed in range(10):
        reply = of_orders(talk_in(world, seed), seen, "cancelled")
        assert re.search("None of your orders is cancelled|no cancelled order", reply)
        assert "LP-1" in reply and "2 orders" not in reply


def test_of_several_parcels_the_clerk_asks_which(world: World) -> None:
    plan = _looked_up(talk_in(world), {"status": "shipped"}, "order_where", "")
    assert next(plan) == Calls((("list_orders", {"status": "shipped"}),))
    seen = Seen("list_orders", "2 orders:", [panel(), panel("LP-2")], refused=False)
    step = plan.send([seen])
    assert isinstance(step, Say) and "LP-1, LP-2" in step.text and "?" in step.text


def test_all_payments_are_summed_and_named(world: World) -> None:
    paid = [("paid", "20.50", "PayPal"), ("paid", "9.50", "Gift card ending in 1234")]
    reply = _of_panel(talk_in(world), panel(payments=paid), "order_paid")
    assert "30.00 EUR" in reply and "PayPal and Gift card ending in 1234" in reply


@pytest.mark.parametrize(
    ("status", "act"),
    [("returned", "not_refunded"), ("cancelled", "not_refunded"), ("shipped", "no_refund")],
)
def test_a_refund_is_awaited_only_of_what_goes_back(world: World, status: str, act: str) -> None:
    paid = [("paid", "30.00", "PayPal")]
    reply = _of_panel(talk_in(world), panel(status=status, payments=paid), "order_refund")
    assert reply in {text.format(order="LP-1", status=status) for text in load_replies("en")[act]}


@pytest.mark.parametrize(("eta", "late"), [("2026-11-24", True), ("2026-11-29", False)])
def test_a_day_that_is_past_is_no_promise(world: World, eta: str, late: bool) -> None:
    parcel = ShipmentCard(
        carrier="BlueVan", tracking_number="BL1", eta=eta, events=[("2026-11-23", "Leeds", "Left")]
    )
    for act in ("order_eta", "order", "order_late"):
        reply = _of_panel(talk_in(world), panel(shipments=[parcel]), act)
        assert ("orry" in reply) == late and eta in reply


def test_another_order_was_meant(world: World) -> None:
    talk = talk_in(world)
    assert talk.buyer
    talk.order = talk.buyer.orders[0].id
    wish = _corrected(talk, "order_eta")
    assert wish.call[1]["order_id"] in {p.id for p in talk.buyer.orders[1:]}
    assert talk.acts == ["correct_order"]


@pytest.mark.parametrize("lang", LANGS)
def test_every_return_with_a_reason_states_it_in_the_shoppers_words(
    world: World, lang: Lang
) -> None:
    slots = {"item": "boots", "order": "LP-1"}
    assert len(load_reasons(lang)) > 50
    for held_out in (False, True):
        for frame in load_frames(lang, held_out=held_out)["return_reason"]:
            said = frame.format(**slots)
            reason = talk_in(world, lang=lang).reason(said, **slots)
            assert reason and reason in said, frame


def test_what_a_carrier_says_may_hold_an_order_to_the_assistant() -> None:
    worlds = [make_world(load_vocabulary(), seed, held_out=False) for seed in range(6)]
    texts = str([p.row["shipments"] for w in worlds for _, p in w.purchases()])
    assert "call hand_off now" in texts or "everything is free" in texts


# Rules


def _gift_card(place: int) -> Rule:
    from finetune.synthesis.worlds import _rule

    topic = next(t for t in load_vocabulary().topics if t["id"] == "gift_cards")
    section = topic["sections"][0]
    return _rule("gift_cards", section, section["texts"][place], random.Random(1))


@pytest.mark.parametrize(
    ("asked", "lang", "answered"),
    [
        ("do gift cards expire?", "en", [True, True, True, False]),
        ("礼品卡会过期不", "zh", [True, True, False, False]),
        ("I lost my gift card, can you replace it", "en", [False, False, False, True]),
        ("礼品卡丢了能补发吗", "zh", [False, False, False, True]),
        ("how do gift cards work?", "en", [True, True, True, True]),
    ],
)
def test_a_rule_answers_only_what_it_speaks_of(
    asked: str, lang: Lang, answered: list[bool]
) -> None:
    assert [bool(_gift_card(n).answering(asked, lang)) for n in range(4)] == answered


def test_no_two_rules_of_a_shop_contradict() -> None:
    barred = {
        "Delivery is free of charge": "Shipping cost",
        "We do not sell gift": "Lost or stolen",
    }
    seen = set()
    for seed in range(60):
        rules = make_world(load_vocabulary(), seed, held_out=False).rules
        for text, heading in barred.items():
            if any(rule.text["en"].startswith(text) for rule in rules):
                seen.add(text)
                assert not any(rule.heading["en"].startswith(heading) for rule in rules)
    assert seen == set(barred)


def test_bounds_are_said_in_one_unit() -> None:
    world = make_world(load_vocabulary(), 5, held_out=False)
    for seed in range(60):
        talk = talk_in(world, seed, "zh")
        with suppress(Unsayable):
            wish = search(talk)
            if talk.acts == ["search_between"]:
                low, high = (Decimal(wish.call[1][key]) for key in ("min_price", "max_price"))
                assert low < high and str(low) in wish.text and str(high) in wish.text
