"""What the shopper calls by a part of its name, in the turn after it was shown or bought."""

from typing import Any

import pytest

from agent.events import Citation, Comparison, Lang, Order, Products
from agent.orders.state import Method
from agent.shop import Shop
from agent.tools.following import followed_up
from agent.tools.naming import speaks_of_method
from agent.tools.orders import own_order_meant
from agent.tools.pointing import pointed_at
from agent.tools.reading import reason_to_cancel
from tests.scripted_model import Say
from tests.shop_fixtures import ContextOf, Counter, only, spoken
from tests.test_changes import PENDING
from tests.test_following import after_search, owner
from tests.test_tools import run


def products(events: Any) -> list[str]:
    return [item.id for event in events if isinstance(event, Products) for item in event.items]


@pytest.mark.parametrize(
    ("shown", "said", "lang", "meant"),
    [
        ("wool base layer men", "what sizes does the wool crew come in?", "en", "wear-wool-crew"),
        ("羊毛 打底衫 男款", "羊毛圆领有哪些尺码", "zh", "wear-wool-crew"),
        # Of several that have the words none is meant.
        ("wool base layer men", "which of the base layers is warmest?", "en", ""),
    ],
)
def test_two_words_of_a_title_are_enough(
    context_of: ContextOf, shown: str, said: str, lang: Lang, meant: str
) -> None:
    context = after_search(context_of, shown, said, lang)
    context.answered = ""
    assert (context.handles.resolve(pointed_at(context)) or "") == meant


@pytest.mark.parametrize(
    ("said", "lang"),
    [("what is the smallest pack, and how much is it?", "en"), ("最小包装多少钱？", "zh")],
)
def test_a_price_is_no_rule_after_a_product(context_of: ContextOf, said: str, lang: Lang) -> None:
    context = after_search(context_of, "Old Grove Ripe Pu'er Mini Tuo", said, "en")
    context.lang = lang
    _, events = run(context, "search_policies", query=said)
    assert products(events) == ["food-puer-tuo"]


@pytest.mark.parametrize(
    ("said", "lang"),
    [
        ("can you let me know when it's back in stock?", "en"),
        ("would you put one aside for us?", "en"),
        ("到货了能通知我吗", "zh"),
    ],
)
def test_who_waits_for_goods_is_told_the_rule(context_of: ContextOf, said: str, lang: Lang) -> None:
    context = after_search(context_of, "Pika Packable Daypack", said, lang)
    _, events = run(context, "get_product", product_id="P1")
    cited = [event.policy_id for event in events if isinstance(event, Citation)]
    assert products(events) and "promotions" in cited


@pytest.mark.parametrize(
    ("said", "lang"),
    [
        ("is it in stock?", "en"),
        ("let me know in which colours it comes", "en"),
        ("could you put it in a gift box for me?", "en"),
        ("能给我留个言吗，这个包多重", "zh"),
    ],
)
def test_other_questions_on_a_product_cite_no_rule(
    context_of: ContextOf, said: str, lang: Lang
) -> None:
    context = after_search(context_of, "Pika Packable Daypack", said, lang)
    _, events = run(context, "get_product", product_id="P1")
    assert not [event for event in events if isinstance(event, Citation)]


def test_the_number_of_an_order_is_no_product(context_of: ContextOf) -> None:
    context = context_of("LP-27691 once more please", shopper=owner("LP-27691"))
    for tool, arguments in (
        ("search_products", {"query": "LP-27691"}),
        ("get_product", {"product_id": "LP-27691"}),
    ):
        _, events = run(context, tool, **arguments)
        assert [event.id for event in events if isinstance(event, Order)] == ["LP-27691"]


def test_the_number_of_somebody_elses_order_shows_none(context_of: ContextOf) -> None:
    stranger = context_of("LP-27691 once more please", shopper=owner("LP-28361"))
    assert own_order_meant(stranger, "LP-27691") is None


@pytest.mark.parametrize(
    ("said", "lang"), [("and the hiking poles?", "en"), ("那登山杖呢？", "zh")]
)
def test_after_an_order_its_goods_are_those_bought(
    context_of: ContextOf, said: str, lang: Lang
) -> None:
    context = context_of(said, shopper=owner("LP-27691"), lang=lang)
    goods = "hiking poles" if lang == "en" else "登山杖"
    assert own_order_meant(context, goods, following=True) is None
    context.looked_up = ("list_orders", "get_order")
    _, events = run(context, "get_product", product_id=goods)
    assert [event.id for event in events if isinstance(event, Order)] == ["LP-27691"]


@pytest.mark.parametrize(
    ("said", "lang", "meant"),
    [
        ("heron vs boulder. whats the diff", "en", {"light-heron-450", "light-bank-27"}),
        ("鹪鹩200跟苍鹭450到底谁更抗雨淋", "zh", {"light-wren-200", "light-heron-450"}),
        # One product, and no comparison.
        ("is the Boulder 27 better with a cable?", "en", {"light-bank-27"}),
    ],
)
def test_two_products_against_each_other_are_compared(
    context_of: ContextOf, said: str, lang: Lang, meant: set[str]
) -> None:
    _, events = run(context_of(said, lang=lang), "get_product", product_id="Boulder 27")
    shown = [i.id for e in events if isinstance(e, Comparison | Products) for i in e.items]
    assert set(shown) == meant


@pytest.mark.parametrize(
    ("said", "lang", "count"),
    [("how many of the XL have you got left?", "en", 3), ("XL码还剩几件", "zh", 3)],
)
def test_how_many_there_are_is_told(
    context_of: ContextOf, said: str, lang: Lang, count: int
) -> None:
    context = context_of(said, lang=lang)
    run(context, "get_product", product_id="Sluice Rain Trousers")
    assert context.counted[0] == count


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("cancel LP-28409, don't need it any more", "no longer needed"),
        ("LP-28409 下错单了，帮我取消", "ordered by mistake"),
        ("LP-28135 帮我取消，不需要了", "no longer needed"),
        ("please cancel LP-28409", ""),
        ("can I still cancel LP-28409? I don't need it", ""),
        ("don't cancel LP-28409, the mistake was mine", ""),
        ("我不需要LP-28409了", ""),
        ("LP-28409 被取消了吗，我没下错单", ""),
    ],
)
def test_a_reason_to_cancel(said: str, why: str) -> None:
    assert reason_to_cancel(said) == why


@pytest.mark.parametrize(
    ("said", "lang"),
    [(f"cancel {PENDING}, I don't need it", "en"), (f"{PENDING} 下错单了，帮我取消", "zh")],
)
async def test_a_reason_that_was_given_is_not_asked_for(
    counter: Counter, said: str, lang: Lang
) -> None:
    counter.shopper = owner(PENDING)
    asks = "Why is that, please?" if lang == "en" else "请问是什么原因呢？"
    done = "Please check it." if lang == "en" else "请核对。"
    counter.model.enqueue(Say(asks), Say(done))
    events = await counter.ask(said)
    assert only(events, "proposal").kind == "cancellation"
    assert asks not in spoken(events)


@pytest.mark.parametrize(
    ("said", "unwanted"),
    [
        ("I sneeze around feathers so nothing with down in it, but I need a sleeping bag", True),
        ("睡袋别给我推羽绒的 大人盖", True),
        ("a sleeping bag for an adult, I don't want down", True),
        ("feathers set my asthma off, so a sleeping bag free of feathers please", True),
        ("我家孩子对羽毛过敏，挑个睡袋", True),
        ("I have no down sleeping bag and winter is coming", False),
    ],
)
def test_what_a_message_does_not_want_is_not_shown(shop: Shop, said: str, unwanted: bool) -> None:
    query = "sleeping bag" if said.isascii() else "睡袋"
    found = shop.products.search(query, message=said)
    assert ("not" in [chip.kind for chip in found.understood.chips]) is unwanted
    assert not unwanted or "sleep-ember-down" not in [p.id for p in found.products]


@pytest.mark.parametrize(
    ("method", "said", "named"),
    [("500", "make it 500 ml", False), ("", "", False), ("Visa", "charge my Visa", True)],
)
def test_what_names_no_method_is_none(method: str, said: str, named: bool) -> None:
    methods = [Method("alipay_1", "alipay", "Alipay", None, "USD")]
    assert speaks_of_method(f"{method} {said}", methods) is named


def test_ordinary_ones_are_other_goods(context_of: ContextOf) -> None:
    said = "scrap that, the forecast's dry. ordinary hiking ones, waist 34, got any?"
    assert followed_up(after_search(context_of, "rain trousers", said, "en"), said) is None
