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
    assert orders_meant(ask("do you sell hiking poles?"), "hiking poles") == []


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
