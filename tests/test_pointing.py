"""What the shopper's words point at: options of a product, places in a list, goods of an order."""

from types import SimpleNamespace
from typing import Any

import pytest

from agent.context import ANONYMOUS, Shopper, TurnContext
from agent.events import Lang, Order
from agent.tools.options import variants_named
from agent.tools.pointing import handle_meant
from agent.tools.reading import is_for_one, orders_holding
from tests.scripted_model import Say, call
from tests.shop_fixtures import OWNER, ContextOf, Counter, spoken
from tests.test_tools import run

BOOT: Any = SimpleNamespace(
    title={"en": "Ridge Boot", "zh": "山脊靴"},
    variants=[
        SimpleNamespace(id=f"{colour}-{size}", stock=stock, attributes={"colour": c, "size": s})
        for colour, c in [
            ("moss", {"en": "moss green", "zh": "苔绿色"}),
            ("black", {"en": "black", "zh": "黑色"}),
        ]
        for size, s, stock in [("42", "EU 42 / US 9", 3), ("44", "EU 44 / US 11", 0), ("m", "M", 2)]
    ],
)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("I'd need it in an EU 44", ["moss-44", "black-44"]),
        ("44码的黑色还有吗", ["black-44"]),
        ("黑色的", ["black-42", "black-44", "black-m"]),
        ("does the green one come in M?", ["moss-m"]),
        ("有m码吗", ["moss-m", "black-m"]),
        # Not an option: a price, a letter of another word, what the title says, nothing at all.
        ("under $44 please", []),
        ("44块以内", []),
        ("I'm in a hurry", []),
        ("is the Ridge Boot waterproof", []),
        ("山脊靴防水吗", []),
        ("how many of them do you have", []),
        ("is it 44% off?", []),
        ("can it arrive within 44 hours?", []),
        ("ship it to 44 Main Street", []),
        ("anything but black", []),
        ("除了黑色还有吗", []),
    ],
)
def test_variants_by_the_words_of_a_message(said: str, named: list[str]) -> None:
    found = variants_named(said, BOOT, "en")
    assert ([v.id for v in found.variants] if found else []) == named


def test_what_is_named_may_be_sold_out() -> None:
    sold_out = variants_named("an EU 44?", BOOT, "en")
    assert sold_out and sold_out.sold_out and sold_out.values == "EU 44 / US 11"
    left = variants_named("42码", BOOT, "zh")
    assert left and not left.sold_out and left.stock == 6


@pytest.mark.parametrize(
    ("prose", "told"),
    [
        ("有L码，价格是349.00 USD。", "北斗 冬季羽绒大衣（男女同款）的L款目前缺货。"),
        (
            "北斗 冬季羽绒大衣的价格是349.00 USD。",
            "北斗 冬季羽绒大衣的价格是349.00 USD。 北斗 冬季羽绒大衣（男女同款）的L款目前缺货。",
        ),
        ("抱歉，L码缺货。", "抱歉，L码缺货。"),
    ],
)
async def test_what_is_sold_out_is_told_and_nothing_else(
    counter: Counter, prose: str, told: str
) -> None:
    counter.model.enqueue(call("get_product", product_id="北斗冬季羽绒大衣"), Say(prose))
    assert spoken(await counter.ask("北斗那件羽绒大衣还有L码吗")) == told


async def test_a_sold_out_product_is_not_called_available(counter: Counter) -> None:
    counter.model.enqueue(
        call("get_product", product_id="Pika Packable Daypack"), Say("Yes, it is available.")
    )
    said = spoken(await counter.ask("Is the Pika packable daypack available?"))
    assert said == "Pika Packable Daypack is out of stock."


LIST = "3 products:\nP1 One, 5.00 USD\nP4 Two, 6.00 USD\nP7 Three, 7.00 USD"


@pytest.mark.parametrize(
    ("said", "lang", "given", "meant"),
    [
        ("what's so special about the second one", "en", "P2", "P4"),
        ("how much is the third?", "en", "P3", "P7"),
        ("I like number 2", "en", "P2", "P4"),
        ("the last one, does it fold?", "en", "P9", "P7"),
        ("第三款怎么折叠", "zh", "P3", "P7"),
        ("最后那个多重", "zh", "P1", "P7"),
        # No place, two places, a place that the list has not, and what is no handle.
        ("do you have a first aid kit", "en", "P4", "P4"),
        ("I like that one.", "en", "P4", "P4"),
        ("what is your #1 best seller?", "en", "P4", "P4"),
        ("is this the last one?", "en", "P4", "P4"),
        ("第二件半价吗", "zh", "P1", "P1"),
        ("最后一个问题，它防水吗", "zh", "P1", "P1"),
        ("show me P4, not the second one", "en", "P4", "P4"),
        ("the first one or the second one?", "en", "P4", "P4"),
        ("第五个呢", "zh", "P4", "P4"),
        ("the second one", "en", "Hollow 2", "Hollow 2"),
    ],
)
def test_a_place_in_the_list_is_counted(
    context_of: ContextOf, said: str, lang: Lang, given: str, meant: str
) -> None:
    context = context_of(said, lang=lang)
    context.known += [LIST, "P9 Nine, 9.00 USD"]
    assert handle_meant(context, given) == meant


def test_it_is_what_the_last_answer_names(context_of: ContextOf) -> None:
    context = context_of("这双40码还有什么颜色", lang="zh")
    found = context.shop.products.search("徒步靴", k=3).products
    handles = [context.handles.of(product.id) for product in found]
    context.known.append("共3件商品：\n" + "\n".join(f"{h} x" for h in handles))
    context.answered = f"有3件，{found[2].title['zh']}的价格是{found[2].price_minor}。"
    assert handle_meant(context, handles[0]) == handles[2]
    context.answered = "以下是3件商品。"
    assert handle_meant(context, handles[0]) == handles[0]


def test_a_sold_out_option_is_in_the_result_and_must_be_told(context_of: ContextOf) -> None:
    context = context_of("北斗那件羽绒大衣还有L码吗", lang="zh")
    text, _ = run(context, "get_product", product_id="北斗冬季羽绒大衣")
    assert "L: 缺货" in text.splitlines()[1]
    assert context.sold_out == "北斗 冬季羽绒大衣（男女同款）的L款目前缺货。"
    open_ = context_of("how heavy is the Hollow 2?")
    run(open_, "get_product", product_id="Hollow 2")
    assert open_.sold_out == ""


def test_of_what_a_search_finds_first_the_named_option_counts_too(context_of: ContextOf) -> None:
    context = context_of("山脊线那个保温瓶，750毫升拉丝原钢的有现货没", lang="zh")
    run(context, "search_products", query="保温瓶")
    assert context.sold_out.endswith("保温瓶的750 ml, 拉丝原钢款目前缺货。")
    # Of a kind, and not of one product by its name, an option says what to look for.
    kind = context_of("有没有750毫升拉丝原钢的瓶子", lang="zh")
    run(kind, "search_products", query="瓶子")
    assert kind.sold_out == ""


def listed(context: TurnContext, **arguments: Any) -> list[str]:
    events = run(context, "list_orders", **arguments)[1]
    return [event.id for event in events if isinstance(event, Order)]


def test_goods_that_are_named_choose_the_order(context_of: ContextOf) -> None:
    """Whatever status the model takes for the shopper's."""
    every = context_of(shopper=OWNER).shop.orders.list_orders(OWNER)
    order = every[-1]
    title = order.lines[0].title["en"]
    held = [o.id for o in orders_holding(f"where is my {title}", every)]
    assert order.id in held and len(held) < len(every)
    wrong = next(s for s in ("pending", "cancelled", "delivered") if s != order.status)
    context = context_of(f"where is my {title}", shopper=OWNER)
    assert set(listed(context, status=wrong)) <= set(held)
    assert orders_holding("where is my parcel", every) == []


@pytest.mark.parametrize(
    ("said", "lang", "tool", "shown"),
    [
        ("the {} STILL hasn't come!!", "en", "search_policies", True),
        ("我的{}影子都没有，卡哪了", "zh", "search_products", True),
        # Nothing is waited for, or goods that are in no order.
        ("do you sell another {}?", "en", "search_products", False),
        ("my surfboard still hasn't come", "en", "search_policies", False),
        ("does the {} come in red?", "en", "search_products", False),
        ("when will the {} be back in stock?", "en", "search_policies", False),
        ("没见过这种{}", "zh", "search_products", False),
    ],
)
def test_goods_that_are_waited_for_show_their_order(
    context_of: ContextOf, said: str, lang: Lang, tool: str, shown: bool
) -> None:
    orders = context_of(shopper=OWNER).shop.orders.list_orders(OWNER)
    order = next(o for o in orders if o.status in ("pending", "processed", "shipped"))
    context = context_of(said.format(order.lines[0].title[lang]), shopper=OWNER, lang=lang)
    events = run(context, tool, query="x")[1]
    ids = [event.id for event in events if isinstance(event, Order)]
    assert ids == ([order.id] if shown else [])
    assert (("get_order", {"order_id": order.id}) in context.ran) is shown


@pytest.mark.parametrize("said", ["what have I bought from you so far", "我在你家都买过啥"])
def test_all_that_was_ever_bought(context_of: ContextOf, said: str) -> None:
    context = context_of(said, shopper=OWNER)
    every = [order.id for order in context.shop.orders.list_orders(OWNER)]
    assert listed(context, status="shipped") == every[:5]


def test_a_value_that_is_said_whole_is_no_part_of_another() -> None:
    colours = [("dark blue", "深蓝色"), ("blue", "蓝色"), ("black", "黑色")]
    shirt: Any = SimpleNamespace(
        title={"en": "Shirt", "zh": None},
        variants=[
            SimpleNamespace(id=en, stock=1, attributes={"colour": {"en": en, "zh": zh}})
            for en, zh in colours
        ],
    )
    for said, meant in [("深蓝色的有吗", "dark blue"), ("is the blue in stock?", "blue")]:
        named = variants_named(said, shirt, "en")
        assert named and [v.id for v in named.variants] == [meant]


@pytest.mark.parametrize(
    ("said", "one"),
    [
        ("I bought two by mistake, return one of them", True),
        ("急救包手滑买了俩，退一个行不", True),
        ("just one goes back", True),
        ("return the first aid kit", False),
        ("两个都退", False),
        ("send this one back", False),
        ("I'd like to return one order", False),
        ("One of the zips is broken, return both jackets", False),
        ("其中一个坏了，两个都退", False),
    ],
)
def test_one_of_several_pieces(said: str, one: bool) -> None:
    assert is_for_one(said) is one


@pytest.mark.parametrize(
    ("said", "lang", "policy"),
    [
        (
            "bought boots five weeks ago, can I still exchange them for another size?",
            "en",
            "returns",
        ),
        ("上个月买的靴子没穿过，还能退货吗，退货期限多少天", "zh", "returns"),
        ("what did I order?", "en", None),
        ("can I see my orders", "en", None),
    ],
)
@pytest.mark.parametrize("shopper", [ANONYMOUS, OWNER])
def test_who_asks_what_is_allowed_reads_the_rule_beside_the_orders(
    context_of: ContextOf, said: str, lang: Lang, policy: str | None, shopper: Shopper
) -> None:
    context = context_of(said, lang=lang, shopper=shopper)
    events = run(context, "list_orders")[1]
    cited = {event.policy_id for event in events if event.type == "citation"}
    assert policy in cited if policy else not cited
    assert events[0].type == ("sign_in" if shopper is ANONYMOUS else "order")


@pytest.mark.parametrize(
    ("said", "query", "lang", "kinds"),
    [
        ("another shop has it cheaper, will you match the price?", "tent", "en", "both"),
        ("订30顶帐篷，价钱上能优惠点不", "帐篷", "zh", "both"),
        ("do you have a tent for two?", "tent", "en", "products"),
    ],
)
def test_a_rule_about_prices_is_told_beside_the_goods(
    context_of: ContextOf, said: str, query: str, lang: Lang, kinds: str
) -> None:
    events = run(context_of(said, lang=lang), "search_products", query=query)[1]
    found = {event.type for event in events} & {"citation", "products"}
    assert found == ({"citation", "products"} if kinds == "both" else {"products"})


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("它能走空运吗", True),
        # These are after a rule, though "it" is the product.
        ("它能退吗", False),
        ("寄到加拿大它要多少运费", False),
    ],
)
def test_a_question_about_what_is_on_the_screen_shows_it(
    context_of: ContextOf, said: str, shown: bool
) -> None:
    """Though the model looks among the rules."""
    context = context_of("四季异丁烷气罐多少钱", said, lang="zh")
    text, _ = run(context, "get_product", product_id="四季异丁烷气罐")
    context.known.append(text)
    context.answered = "四季异丁烷气罐，6.50 USD。"
    text, events = run(context, "search_policies", query=said)
    assert ("products" in {event.type for event in events}) is shown
    assert text.startswith("P1 ") is shown


@pytest.mark.parametrize(
    ("said", "lang", "told"),
    [
        ("it's my colleague's, he asked me to look", "en", "Only its owner can see that order"),
        ("是我同事的单子，他让我帮忙看的", "zh", "只有订单的主人登录后才能查看"),
        ("ok, then show me mine", "en", None),
        ("they said it would arrive today, list my orders", "en", None),
        ("老板，帮我查下我的订单吧", "zh", None),
    ],
)
def test_who_insists_on_anothers_order_is_shown_no_other(
    context_of: ContextOf, said: str, lang: Lang, told: str | None
) -> None:
    context = context_of("LP-27183?", said, shopper=OWNER, lang=lang)
    context.known.append(run(context, "get_order", order_id="LP-27183")[0])
    text, events = run(context, "list_orders", status="pending")
    assert (text.startswith(told) and not events) if told else events


@pytest.mark.parametrize(
    ("said", "ruled"), [("吃的呢，比如挂耳咖啡", True), ("有挂耳咖啡吗", False)]
)
def test_a_second_question_stays_with_the_rule(
    context_of: ContextOf, said: str, ruled: bool
) -> None:
    context = context_of("大小不合适的话多少天内可以换货", said, lang="zh")
    context.looked_up = ("search_policies",)
    events = run(context, "search_products", query="挂耳咖啡")[1]
    assert ("citation" in {event.type for event in events}) is ruled


@pytest.mark.parametrize(
    ("said", "lang", "product"),
    [
        ("does the clearbrook get rid of viruses too?", "en", "cook-clearbrook"),
        ("海岸线沙滩遮阳棚咋下不了单了", "zh", "tent-shoreline-shade"),
        ("can I still return the Clearbrook?", "en", None),
        ("are you open on mondays", "en", None),
    ],
)
def test_a_product_that_is_called_by_its_name_is_opened(
    context_of: ContextOf, said: str, lang: Lang, product: str | None
) -> None:
    """Though the model looks among the rules."""
    events = run(context_of(said, lang=lang), "search_policies", query=said)[1]
    shown = [card.id for event in events if event.type == "products" for card in event.items]
    assert shown == ([product] if product else [])
