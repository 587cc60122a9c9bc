"""Tools that read the shopper's own orders. The owner comes from the run's context alone."""

import re
from typing import Literal

from pydantic import Field
from rapidfuzz.distance import OSA

from agent.context import Rung, TurnContext
from agent.errors import NotFound
from agent.events import Event, SignIn
from agent.order_cards import order_event, order_line
from agent.orders.views import OrderView
from agent.tools.citing import AFTER_SALE, rule_asked
from agent.tools.kit import Arguments, Result, Runtime, make_tool, refuse, result_text
from agent.tools.reading import orders_holding
from agent.wording import say

Status = Literal[
    "",
    "pending",
    "processed",
    "shipped",
    "delivered",
    "cancelled",
    "return_requested",
    "exchange_requested",
    "returned",
]
SHOWN = 5
"""Orders that one answer shows; the rest are counted."""

_EVER = re.compile(
    r"\b(?:ever|bought|purchased|history|so far|everything|all (?:of )?my orders"
    r"|(?:last|latest|recent) (?:\w+ )?orders?)\b"
    r"|买过|买了(?:啥|什么|哪些)|都买|下过|历史|所有|全部|近期|(?:一|每)笔|列出来|列一下|清单",
    re.IGNORECASE,
)
"""Asks for what was ordered at all, in whatever state it is."""

_COMING = re.compile(
    r"\b(?:still to come|yet to (?:come|arrive)|on (?:its|the|their) way|outstanding|not arrived"
    r"|(?:n't|not) (?:come|arrived|got|received)|waiting (?:on|for)|open orders?|in progress"
    r"|coming|underway|under way)\b"
    r"|在路上|还没(?:到|收)|没到|没收到|要到的|在途|进行中|未完成",
    re.IGNORECASE,
)
"""Asks for what has not arrived, sent or not."""

_BESIDES = re.compile(r"\b(?:besides|except|other than|apart from)\b|除了", re.IGNORECASE)

_WAITING = re.compile(
    r"\b(?:ha(?:s|ve)(?:n't| not)|hasnt|havent|still|never|didn't|did not)\b.{0,40}"
    r"\b(?:come|came|arrived?|here|show(?:n|ed)? up|turn(?:ed)? up|received|got)\b"
    r"(?! (?:in|with)\b)"
    r"|\b(?:where|when)\b.{0,30}\b(?:my|our|i (?:ordered|bought|paid))\b"
    r"|没到|没收到|没来|没影|影子|卡哪|卡在|还不到|没发货|我的.{0,12}(?:到哪|去哪|到了[吗没])"
    r"|[买订下拍]的.{0,16}(?:到哪|去哪|到了[吗没]|什么时候到|啥时候到)(?![货店])",
    re.IGNORECASE,
)
"""Asks where something is that was ordered."""

_NUMBER = re.compile(
    r"(?:#|(?<![A-Za-z])(?!(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)-)[A-Za-z]{1,4}-)"
    r"[A-Za-z0-9]{0,12}\d{3,12}(?![A-Za-z0-9])",
    re.IGNORECASE,
)


class ListOrders(Arguments):
    """Which of the shopper's orders."""

    status: Status = ""


class OneOrder(Arguments):
    """Which order."""

    order_id: str = Field(min_length=1, max_length=40)


def list_orders(runtime: Runtime, status: Status = "") -> Result:
    """the shopper's own orders"""
    return _with_rule(runtime.context, _listed(runtime.context, status))


def _with_rule(context: TurnContext, result: Result) -> Result:
    text, events = result
    if rule := rule_asked(context, AFTER_SALE):
        return result_text(context, [text, rule[0]]), [*events, *rule[1]]
    return result


def _listed(context: TurnContext, status: Status) -> Result:
    if sign_in := needs_sign_in(context, Rung.ORDER):
        return sign_in
    said = context.said[-1] if context.said else ""
    numbers = numbers_in(said)
    if len(numbers) == 1 and not _BESIDES.search(said):
        # Of all orders the shopper asked for this one.
        return _one_order(context, numbers[0])
    if opened := context.shopper.order_id:
        return _one_order(context, opened)
    if _insists(context):
        owner = "Only its owner can see that order: they can sign in and ask."
        return say(context.lang, owner, "只有订单的主人登录后才能查看，无法告诉您。"), []
    found, fits = _meant(context, status)
    if not found:
        return _none_such(context), []
    shown = [order_event(order, context) for order in found[:SHOWN]]
    more = len(found) - len(shown)
    lines = [] if fits else [_none_such(context)]
    lines += [say(context.lang, f"{len(found)} orders:", f"共{len(found)}个订单：")]
    lines += [order_line(event, context.lang) for event in shown]
    if more:
        lines.append(say(context.lang, f"and {more} older ones", f"另有{more}个更早的订单"))
    return result_text(context, lines), list[Event](shown)


def own_order_meant(
    context: TurnContext, goods: str = "", *, following: bool = False, but: str = ""
) -> Result | None:
    """The orders that the shopper's words ask for by their goods or their carrier, though the model
    looks among what the shop sells or its rules; `goods` is what it looks for.

    None where their words ask after nothing that was ordered, or no order of theirs has it. Who is
    not signed in is asked to, where they wait for something. With `following` only where the turn
    before was about orders and the words go on from there, "and the lamps?"; none where the order
    `but` is among those meant.
    """
    said = context.said[-1] if context.said else ""
    number = _own_number(context, goods.strip()) if _NUMBER.fullmatch(goods.strip()) else ""
    if number in _own_numbers(context) and was_said(number, context.dialogue):
        # No product is called by the number of an order.
        context.ran.append(("get_order", {"order_id": number}))
        return _opened(context, number)
    waits, ordered = (not following and p.search(said) for p in (_WAITING, _ORDERED))
    goes_on = bool(_ORDER_TOOLS & set(context.looked_up)) and _THE_OTHER.search(said)
    if not (waits or ordered or goes_on):
        return None
    if context.shopper.rung != Rung.SIGNED_IN:
        return needs_sign_in(context) if _WHERE_IS_MINE.search(said) else None
    every = context.shop.orders.list_orders(context.shopper)
    held = orders_holding(goods if goods and not waits else said, every)
    carried = [o for o in every if any(s.carrier in said for s in o.shipments if s.carrier)]
    if waits or carried:
        underway = [order for order in held or carried if order.status in _UNDERWAY]
        held = underway or held
    if not 0 < len(held) <= _FEW or but in {order.id for order in held}:
        return None
    for order in held:
        context.ran.append(("get_order", {"order_id": order.id}))
    found = [_one_order(context, order.id) for order in held]
    return result_text(context, [text for text, _ in found]), [e for _, es in found for e in es]


_FEW = 3
"""Orders that may be meant, all of which are shown."""
_WHERE_IS_MINE = re.compile(
    r"\bwhere(?:'s| is| are) my\b(?! size)|\bmy (?:order|parcel|package|delivery)\b"
    r".{0,40}\b(?:not|still|late)\b|我的(?:包裹|快递|订单|单子).{0,12}[哪没]|我[买订拍]的.{0,12}(?:到哪|没到|没收到)",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"\b(?:any (?:news|word|updates?)|status|what'?s (?:up|happening) with)\b.{0,20}\b(?:my|our)\b"
    r"|\b(?:i|we|i've|we've)(?: just| already| only)? (?:ordered|got charged|paid for|sent back)\b"
    r"|\bwaiting (?:on|for)\b|\bin my (?:last |latest )?(?:order|parcel|package|box)\b"
    r"|我(?:昨天|前天|上周|刚)?(?:订|拍|下单)(?:的|了)|[拍订]了.{1,20}(?:结果|只来|就来|少)|我的.{1,8}呢|[走跑]到哪",
    re.IGNORECASE,
)
"""Speaks of something that was ordered."""
_THE_OTHER = re.compile(
    r"\b(?:the (?:other )?one with|the other (?:one|order)|and the one)\b"
    r"|^(?:(?:and|but|what about|how about|ok|so) )+(?:the|my)\b"
    r"|另一个|另外[一那][个单]|那单|^那?.{1,10}呢[？?]?$",
    re.IGNORECASE,
)
_ORDER_TOOLS = frozenset(["list_orders", "get_order"])


_UNDERWAY = ("pending", "processed", "shipped")


def _insists(context: TurnContext) -> bool:
    """Whether the shopper asks again for somebody else's order that was just not found."""
    missed = say(context.lang, "There is no order ", "您的账户下没有订单 ")
    said = context.said[-1] if context.said else ""
    if _MINE.search(said) or not _SOMEBODY.search(said):
        return False
    return any(k.startswith(missed) for k in context.known[-1:])


_SOMEBODY = re.compile(
    r"\b(?:friend|husband|wife|mum|mom|mother|dad|father|brother|sister|colleague|cousin|boss"
    r"|neighbou?r|roommate|flatmate|partner|son|daughter|girlfriend|boyfriend|s?he)(?:'s\b|'d\b"
    r"| (?:asked|told|said|sent|wants|knows|bought|ordered|gave|lets?|won't|doesn't)\b)"
    r"|\b(?:not|isn't|isnt) mine\b"
    r"|(?:朋友|同事|老公|老婆|妈妈?|爸爸?|哥哥?|姐姐?|弟弟?|妹妹?|室友|邻居|男友|女友|同学|家人|亲戚)的"
    r"(?:订单|单|包裹)|[他她](?:们)?(?:让|叫|托)我|[替帮][他她](?:们)?[查看问]",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"\bmy (?:own )?(?:orders?|parcels?)\b|我(?:自己)?的(?:所有)?(?:订单|包裹)", re.IGNORECASE
)


def _meant(context: TurnContext, status: str) -> tuple[list[OrderView], bool]:
    """The orders asked for, and whether they are what was asked for.

    Goods that the shopper names decide before the status that the model takes for theirs; where no
    order has it, what there is answers better than nothing.
    """
    every = context.shop.orders.list_orders(context.shopper)
    said = context.said[-1] if context.said else ""
    held = [] if _EVER.search(said) or "最近" in said else orders_holding(said, every)
    statuses = _UNDERWAY if status in _UNDERWAY and _COMING.search(said) else (status,)
    of_status = [order for order in held or every if order.status in statuses]
    if len(statuses) > 1 and of_status:
        context.ran_as("list_orders", {"status": None})
        return of_status, True
    if status and of_status and (held or not _EVER.search(said)):
        return of_status, True
    if status:
        context.ran_as("list_orders", {"status": None})
    return held or every, bool(held or not status or _EVER.search(said))


def _none_such(context: TurnContext) -> str:
    return say(context.lang, "There is no such order in this account.", "您没有这样的订单。")


def get_order(runtime: Runtime, order_id: str) -> Result:
    """status, items, parcel tracking and refunds of one order"""
    return _opened(runtime.context, order_id)


def _opened(context: TurnContext, order_id: str) -> Result:
    if sign_in := needs_sign_in(context, Rung.ORDER):
        return sign_in
    if not any(char.isdigit() for char in order_id):
        # "my parcel" is no number: the shopper's orders answer that.
        return _with_rule(context, _listed(context, ""))
    order_id = order_typed(context, order_id)
    said = context.said[-1] if context.said else ""
    if not was_said(order_id, said) and (
        other := own_order_meant(context, following=True, but=order_id)
    ):
        return other
    if not was_said(order_id, context.dialogue):
        raise refuse(
            context,
            f"Nobody mentioned order {order_id}. Use list_orders, or ask for the number.",
            f"没有人提到订单 {order_id}。请使用 list_orders，或询问订单号。",
        )
    return _one_order(context, order_id)


def _one_order(context: TurnContext, order_id: str) -> Result:
    try:
        order = context.shop.orders.get_order(context.shopper, order_id)
    except NotFound:
        if sign_in := needs_sign_in(context):
            return sign_in
        number = order_id.strip().lstrip("#")
        return (
            say(
                context.lang,
                f"There is no order {number} in this account.",
                f"您的账户下没有订单 {number}。",
            ),
            [],
        )
    event = order_event(order, context)
    return result_text(context, [order_line(event, context.lang, detail=True)]), [event]


def needs_sign_in(context: TurnContext, rung: Rung = Rung.SIGNED_IN) -> Result | None:
    """What a shopper below `rung` is told instead; None for one who has climbed so far.

    Staff are no customers: above all rungs, and without orders.
    """
    if context.shopper.rung == Rung.STAFF:
        text = say(
            context.lang,
            "You are signed in as staff: there are no orders of your own to show or change.",
            "您以员工身份登录：没有属于您自己的订单可以查看或更改。",
        )
        return text, []
    if context.shopper.rung >= rung:
        return None
    if context.shopper.rung == Rung.ORDER:
        text = say(
            context.lang,
            f"You opened order {context.shopper.order_id} to read it; please sign in for more.",
            f"您目前只能查看订单 {context.shopper.order_id}；其他操作请先登录。",
        )
    else:
        text = say(
            context.lang,
            "Please sign in to see your orders.",
            "请先登录，即可查看您的订单。",
        )
    return text, [SignIn(text=text)]


def numbers_in(said: str) -> list[str]:
    """The numbers of orders that stand in a message."""
    return list(dict.fromkeys(found[0] for found in _NUMBER.finditer(said)))


def order_typed(context: TurnContext, order_id: str) -> str:
    """The number as the shopper typed it, where the model lost or turned a digit of it; of their
    own orders also the whole number of "LP 28107" and "28107".
    """
    if was_said(order_id, context.dialogue):
        return _own_number(context, order_id)
    plain = order_id.lstrip("#").casefold()
    typed = {found[0] for found in _NUMBER.finditer(context.said[-1] if context.said else "")}
    near = [n for n in typed if OSA.distance(n.lstrip("#").casefold(), plain) <= _SLIPS]
    if len(near) != 1:
        return order_id
    for tool, arguments in context.ran:
        if arguments.get("order_id") == order_id:
            context.ran_as(tool, {"order_id": near[0]})
    return near[0]


def _own_number(context: TurnContext, order_id: str) -> str:
    """The id of the one order of the shopper's that is written like this but for dashes, or that
    has these digits; else `order_id`.
    """
    plain = _letters_and_digits(order_id)
    if len(plain) < _FEWEST_DIGITS:
        return order_id
    own = _own_numbers(context)
    alike = [name for name in own if _letters_and_digits(name) == plain]
    if plain.isdecimal():
        alike = alike or [name for name in own if re.sub(r"\D", "", name) == plain]
    return alike[0] if len(alike) == 1 else order_id


def _own_numbers(context: TurnContext) -> list[str]:
    if context.shopper.rung != Rung.SIGNED_IN:
        return []
    return [order.id for order in context.shop.orders.list_orders(context.shopper)]


_SLIPS = 2
_FEWEST_DIGITS = 4


def was_said(order_id: str, dialogue: str) -> bool:
    """Whether the number occurs in the session, whatever its case, spaces, dashes or '#'."""
    plain = _letters_and_digits(order_id)
    return bool(plain) and plain in _letters_and_digits(dialogue)


def _letters_and_digits(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


TOOLS = [make_tool(list_orders, ListOrders), make_tool(get_order, OneOrder)]
