"""What follows on what was shown: an option or a fact of it, an order by its goods, a person."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.context import Shopper, TurnContext
from agent.events import Lang, Order
from agent.policies import PolicyBook
from agent.tools.following import followed_up
from agent.tools.handoff import asks_for_person
from agent.tools.naming import method_wanted
from agent.tools.options import variants_named
from agent.tools.orders import order_typed, own_order_meant
from agent.tools.pointing import pointed_at
from agent.tools.reading import cancels_part, only_returns
from retrieval.words import simplified, tokens
from tests.scripted_model import Say, call
from tests.shop_fixtures import ContextOf, Counter, spoken
from tests.test_reading import LINES
from tests.test_tools import run

ORDERS = Path(__file__).parent.parent / "data" / "shop" / "orders.jsonl"


def owner(number: str) -> Shopper:
    """Whose order of the sample shop this is."""
    orders = map(json.loads, ORDERS.read_text("utf-8").splitlines())
    return Shopper.signed_in(next(o["customer_id"] for o in orders if o["id"] == number))


def after_search(context_of: ContextOf, query: str, said: str, lang: Lang) -> TurnContext:
    """A context whose turn before this one showed what `query` finds and named the first."""
    context = context_of(said, lang=lang)
    found = context.shop.products.search(query, k=6).products
    lines = [f"{context.handles.of(p.id)} {p.title[lang]}, 1.00 USD" for p in found]
    context.known.append("\n".join(lines))
    context.looked_up = ("search_products",)
    context.answered = f"{found[0].title[lang]}."
    return context


@pytest.mark.parametrize(
    ("shown", "said", "query", "lang", "meant"),
    [
        (
            "Sprout 儿童徒步靴",
            "珊瑚色蛮灵的，就要这个颜色，现货有伐",
            "珊瑚色蛮灵",
            "zh",
            "shoe-sprout-kids",
        ),
        ("三层冲锋衣", "赭黄那个颜色 M号", "M", "zh", "jacket-ridgeline"),
        ("three-layer rain shell", "in ochre please", "ochre", "en", "jacket-ridgeline"),
        # Other goods, another colour of other goods, and nothing that was shown.
        ("three-layer rain shell", "and ochre trousers?", "ochre trousers", "en", ""),
        ("crescent neck pillow", "do you have tents as well", "tents", "en", ""),
    ],
)
def test_what_was_shown_is_gone_on_about(
    context_of: ContextOf, shown: str, said: str, query: str, lang: Lang, meant: str
) -> None:
    product = followed_up(after_search(context_of, shown, said, lang), query)
    assert (product.id if product else "") == meant


def test_nothing_is_gone_on_about_before_anything_was_shown(context_of: ContextOf) -> None:
    assert followed_up(context_of("in ochre please"), "ochre") is None


def test_an_option_is_looked_up_where_it_was_shown(context_of: ContextOf) -> None:
    context = after_search(context_of, "三层冲锋衣", "赭黄那个颜色 M号", "zh")
    context.ran.append(("search_products", {"query": "M"}))
    run(context, "search_products", query="M")
    assert context.ran[-1][0] == "get_product"
    assert context.sold_out.endswith("赭黄, M款目前缺货。")


def test_a_size_spoken_of_before_still_holds(context_of: ContextOf) -> None:
    context = context_of("a one piece rain suit for her, she is 110 cm", "the yellow one please")
    run(context, "get_product", product_id="Puddle Kids' Rain Suit")
    assert "110" in context.sold_out


def test_the_price_of_an_option_is_told(context_of: ContextOf) -> None:
    context = context_of("how much is the Lodge Self-Inflating Mat as a pair?")
    run(context, "get_product", product_id="Lodge Self-Inflating Mat")
    assert "239.90" in context.priced


async def test_a_price_that_the_answer_lacks_is_added(counter: Counter) -> None:
    counter.model.enqueue(
        call("get_product", product_id="Lodge Self-Inflating Mat"),
        Say("Lodge Self-Inflating Mat costs 124.90 USD."),
    )
    said = spoken(await counter.ask("how much is the Lodge Self-Inflating Mat as a pair?"))
    assert "239.90 USD" in said


@pytest.mark.parametrize(
    ("said", "lang", "meant"),
    [
        ("the squeeze one, what does it cost", "en", "cook-clearbrook"),
        ("the gravity one please", "en", "cook-stillpond"),
        ("重力那款多少钱", "zh", "cook-stillpond"),
    ],
)
def test_a_product_is_called_by_a_word_of_its_title(
    context_of: ContextOf, said: str, lang: Lang, meant: str
) -> None:
    context = after_search(context_of, "滤水器" if lang == "zh" else "water filter", said, lang)
    assert context.handles.resolve(pointed_at(context)) == meant


def orders_meant(context: TurnContext, goods: str = "") -> list[str]:
    found = own_order_meant(context, goods)
    return [event.id for event in (found[1] if found else []) if isinstance(event, Order)]


def owner_of(context_of: ContextOf, number: str) -> Any:
    return lambda said, **more: context_of(said, shopper=owner(number), **more)


def test_an_order_is_asked_for_by_its_goods(context_of: ContextOf) -> None:
    ask = owner_of(context_of, "LP-27691")
    assert orders_meant(ask("any news on my hiking poles??"), "hiking poles") == ["LP-27691"]
    assert orders_meant(ask("我订的登山杖有消息没", lang="zh"), "登山杖") == ["LP-27691"]
    # Who looks for goods of a kind that they have bought still looks for goods.
    assert orders_meant(ask("do you sell hiking poles?"), "hiking poles") == []
    assert orders_meant(ask("a box for my hiking poles"), "hiking poles") == []
    assert orders_meant(ask("走到山顶用的登山杖", lang="zh"), "登山杖") == []


def test_who_waits_and_is_not_signed_in_is_asked_to(context_of: ContextOf) -> None:
    asked = own_order_meant(context_of("Where is my tent now?"))
    assert asked is not None and "sign in" in asked[0]
    assert own_order_meant(context_of("when our kid starts school she needs a backpack")) is None


def test_an_order_number_may_lack_its_dash_and_its_letters(context_of: ContextOf) -> None:
    ask = owner_of(context_of, "LP-27691")
    for typed in ("LP 27691", "lp27691", "27691"):
        assert order_typed(ask(f"where is {typed}"), typed) == "LP-27691"


def test_a_number_is_completed_for_nobody_else(context_of: ContextOf) -> None:
    assert order_typed(context_of("where is 27691"), "27691") == "27691"


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("cancel only the grill, still send the bottle", True),
        ("drop the bottle, keep the rest", True),
        ("cancel the order, the grill was a mistake", False),
        ("cancel it please", False),
        # Elsewhere, not kept, and a reason: the whole order.
        ("I got a grill at another shop, cancel the grill order", False),
        ("I can't keep the grill, cancel the order", False),
    ],
)
def test_cancelling_a_part_is_told_from_cancelling_all(said: str, part: bool) -> None:
    assert cancels_part(said, LINES) is part


async def test_a_part_of_an_order_is_not_cancelled(counter: Counter) -> None:
    counter.model.enqueue(
        call("propose_cancellation", order_id="LP-28193", reason="no longer needed"), Say("Sorry.")
    )
    said = "LP-28193里头那个保温箱我不要了，靴子水壶照发，就取消箱子这一样"
    events = await counter.ask(said, shopper=owner("LP-28193"))
    assert "整单取消" in spoken(events)
    assert not [event for event in events if event.type == "proposal"]


def test_sending_back_is_told_from_swapping() -> None:
    assert only_returns("我留望远镜，棉外套退掉") and only_returns("I want to send it back")
    assert not only_returns("退掉换大一码") and not only_returns("swap it")


def test_of_two_methods_the_one_that_is_wanted_counts(context_of: ContextOf) -> None:
    shopper = owner("LP-28361")
    context = context_of("x", shopper=shopper)
    methods = context.shop.proposals.state(shopper, "LP-28361").methods
    gift = next(method.id for method in methods if method.is_gift_card)
    assert method_wanted("别从支付宝走了，用我名下那张礼品卡结吧", methods) == gift
    assert method_wanted("not from my Alipay, take the gift card instead", methods) == gift
    assert method_wanted("not by credit card please, use my gift card", methods) == gift
    assert method_wanted("用礼品卡", methods) == ""


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("let me talk to a human", True),
        ("put me thru to whoever looks at the pictures", True),
        ("喊你们管事的人来跟我说", True),
        ("鞋左脚44右脚42，闭着眼睛配的吗？？转人工", True),
        ("are you an actual person or a bot?", False),
        ("你是真人吗", False),
        ("who can I talk to about a refund", False),
        ("a gift for someone special", False),
        ("a tent that I can put up as one person", False),
        ("something handy to pass the time with staff", False),
        ("我要送老板的礼物", False),
        ("请问店员几点下班", False),
        ("看看真人上身图", False),
        ("请你们经理来", True),
    ],
)
def test_who_asks_for_a_person(said: str, asks: bool) -> None:
    assert asks_for_person(said) is asks


async def test_a_person_is_called_without_the_model(counter: Counter) -> None:
    events = await counter.ask("喊你们管事的人来跟我说")
    assert [event.type for event in events if event.type == "hand_off"] == ["hand_off"]
    assert spoken(events).count("编号") == 1


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    assert simplified("禮品卡最少要買多少錢") == "礼品卡最少要买多少钱"
    assert tokens("禮品卡") == tokens("礼品卡")
    assert simplified("plain text") == "plain text"


def test_an_address_keeps_the_characters_that_were_typed(context_of: ContextOf) -> None:
    shopper = owner("LP-28361")
    said = "LP-28361 請改寄到台北市信義區忠孝東路5號，110"
    context = context_of(simplified(said), shopper=shopper, lang="zh")
    context.typed = [said]
    _, events = run(
        context,
        "propose_address_change",
        order_id="LP-28361",
        line1="信义区忠孝东路5号",
        city="台北市",
        postal_code="110",
    )
    assert "信義區忠孝東路5號" in str([event.model_dump() for event in events])


async def test_a_rule_is_looked_up_though_the_model_turns_it_away(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "how long do I have to return something?"
    monkeypatch.setattr(PolicyBook, "surely_asked", lambda *_: True)
    counter.model.enqueue(Say("I can't help with that, sorry."), Say("You have 30 days."), Say(""))
    events = await counter.ask(said)
    assert [event for event in events if event.type == "citation"]
    assert "can't help" not in spoken(events)


@pytest.mark.parametrize(
    ("said", "query", "lang", "policy"),
    [
        ("biggest gift card you can sell us??", "gift card", "en", True),
        ("I trust you will match that.", "torch", "en", True),
        ("Will y'all mail a few of them to me?", "isobutane", "en", True),
        ("礼品卡最多能买多少的", "礼品卡", "zh", True),
        ("这些能寄到阿拉斯加吗", "气罐", "zh", True),
        ("gloves that go with it", "gloves", "en", False),
        ("有便宜点的帐篷吗", "帐篷", "zh", False),
    ],
)
def test_a_rule_is_told_beside_goods_where_it_is_asked(
    context_of: ContextOf, said: str, query: str, lang: Lang, policy: bool
) -> None:
    _, events = run(context_of(said, lang=lang), "search_products", query=query)
    assert any(event.type == "citation" for event in events) is policy


@pytest.mark.parametrize(
    ("said", "lang"),
    [("Which of my orders are still to come?", "en"), ("我还没到的单有哪些", "zh")],
)
def test_what_has_not_come_is_more_than_what_was_sent(
    context_of: ContextOf, said: str, lang: Lang
) -> None:
    shopper = owner("LP-28163")
    context = context_of(said, shopper=shopper, lang=lang)
    _, events = run(context, "list_orders", status="shipped")
    shown = {event.id for event in events if isinstance(event, Order)}
    every = context.shop.orders.list_orders(shopper)
    assert shown == {o.id for o in every if o.status in ("pending", "processed", "shipped")}
    assert len({order.status for order in every if order.id in shown}) > 1


def test_what_is_no_product_is_compared_with_nothing(context_of: ContextOf) -> None:
    context = context_of("六百度近视，荒原42戴着镜子看行吗", lang="zh")
    context.ran.append(("compare_products", {}))
    _, events = run(context, "compare_products", product_ids=["六百度近视", "荒原 42 双筒望远镜"])
    assert [card.id for event in events if event.type == "products" for card in event.items] == [
        "tool-heath-bino"
    ]


@pytest.mark.parametrize(
    ("before", "said", "lang"),
    [
        ("what do gift cards cost at least?", "and do they run out some day?", "en"),
        ("礼品卡最少要买多少钱的", "放个三五年会失效吗", "zh"),
    ],
)
def test_a_rule_is_asked_on_about(
    context_of: ContextOf, before: str, said: str, lang: Lang
) -> None:
    context = context_of(before, said, lang=lang)
    context.looked_up = ("search_policies",)
    _, events = run(context, "search_policies", query=said)
    assert "payment" in [event.policy_id for event in events if event.type == "citation"]


def test_of_a_named_product_its_own_warranty_is_shown_too(context_of: ContextOf) -> None:
    context = context_of("how long is the guarantee on the Gull Checked Case?")
    _, events = run(context, "search_policies", query="guarantee")
    assert [e.type for e in events][:1] == ["products"] and events[-1].type == "citation"


async def test_that_a_product_is_sold_out_is_told_unasked(counter: Counter) -> None:
    counter.model.enqueue(
        call("search_products", query="daypack"), Say("You could look at Pika Packable Daypack.")
    )
    said = spoken(await counter.ask("something small for day trips"))
    assert said.endswith("Pika Packable Daypack is out of stock.")


def test_a_measure_is_read_whatever_its_unit_is_called(context_of: ContextOf) -> None:
    squeeze = context_of("x").shop.products.get("cook-clearbrook")
    for said in ("with the 2 liter pouch", "2升的那种", "the 2 L one"):
        named = variants_named(said, squeeze, "en")
        assert named and {v.price_minor for v in named.variants} == {4495}
