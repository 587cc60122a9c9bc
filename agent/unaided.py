"""What code alone can give: for a turn whose model is down, slow or talks nonsense.

With the model gone a few plain rules read the question: an order number, words about orders, a
wish for a person; everything else is searched for among products and policies.
"""

import re

from agent.context import Rung, TurnContext
from agent.errors import NotFound
from agent.events import (
    Citation,
    Comparison,
    Event,
    HandOff,
    Order,
    ProductCard,
    Products,
    Proposal,
    Receipt,
    SignIn,
    Table,
)
from agent.order_cards import order_event
from agent.proposal_cards import summary as about_change
from agent.tools.citing import policy_result
from agent.tools.found import found_result
from agent.tools.handoff import handed_off
from agent.tools.orders import needs_sign_in
from agent.wording import say

SHOWN = 3
"""Latest orders that a question without a number is answered with."""

_ORDER_NUMBER = re.compile(r"#?[A-Za-z]{0,4}-?\d{3,}")
_ORDERS = re.compile(
    r"\b(?:my|the) (?:orders?|parcels?|packages?|deliver(?:y|ies)|purchases?|shipments?)\b"
    r"|\btrack|where(?:'s| is) my|我的?(?:订单|包裹|快递)|订单|物流|快递到|发货了|到哪了|买的",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:real|actual|a|another) (?:human|person)\b|\b(?:human|representative|manager|complain)\b"
    r"|\b(?:speak|talk) (?:to|with) "
    r"|人工|真人|客服|经理|投诉",
    re.IGNORECASE,
)
_RULES = re.compile(
    r"\b(?:return|refund|exchange|ship|deliver|warrant|guarantee|pay|privacy|polic|open|hours|"
    r"discount|cancel|gift card|send back|address|phone)"
    r"|退|换货|运费|配送|邮费|保修|质保|付款|支付|隐私|政策|营业|优惠|取消|礼品卡|地址|电话",
    re.IGNORECASE,
)


def answer(context: TurnContext, text: str) -> tuple[list[Event], str]:
    """Cards for `text` without any model, most telling first, and a sentence about them."""
    if _PERSON.search(text):
        wish = say(context.lang, "asked for a person", "要求人工客服")
        said, cards = handed_off(context, wish, text)
        return cards, said
    if found := _orders(context, text):
        return found
    cards = _look_up(context, text)
    return cards, summary(context, cards)


def _look_up(context: TurnContext, text: str) -> list[Event]:
    events: list[Event] = []
    if _RULES.search(text):
        events += policy_result(context, context.shop.policies.search([text], context.lang, k=2))[1]
    if not events:
        events += found_result(context, context.shop.products.search(text, k=4))[1]
    return events


def _orders(context: TurnContext, text: str) -> tuple[list[Event], str] | None:
    """The orders asked for; None where the text asks for none."""
    cards: list[Event]
    numbers = [m[0] for m in _ORDER_NUMBER.finditer(text) if any(c.isdigit() for c in m[0])]
    wants_orders = bool(_ORDERS.search(text))
    if not wants_orders and not any("-" in n or "#" in n for n in numbers):
        return None
    if sign_in := needs_sign_in(context, Rung.ORDER):
        return sign_in[1], sign_in[0]
    for number in numbers:
        try:
            order = context.shop.orders.get_order(context.shopper, number)
        except NotFound:
            continue
        cards = [order_event(order, context)]
        return cards, summary(context, cards)
    if numbers:
        if sign_in := needs_sign_in(context):
            return sign_in[1], sign_in[0]
        # Nobody's or somebody else's: one and the same answer.
        en = f"There is no order {numbers[0]} in this account."
        return [], say(context.lang, en, f"您的账户下没有订单 {numbers[0]}。")
    mine = context.shop.orders.list_orders(context.shopper)[:SHOWN]
    if not mine:
        return [], say(context.lang, "There is no order in this account.", "您的账户下没有订单。")
    cards = [order_event(order, context) for order in mine]
    return cards, summary(context, cards)


def summary(context: TurnContext, events: list[Event]) -> str:
    """One or two grounded sentences over the cards of `events`; never empty.

    Serves both as the answer without a model and where the model's own prose was not grounded.
    """
    lang = context.lang
    for event in events:
        match event:
            case HandOff() | SignIn():
                return event.text
            case Proposal() | Receipt():
                return about_change(event, lang)
            case Order() as order:
                return _about_orders(context, order, [e for e in events if isinstance(e, Order)])
            case Citation():
                quote = first_sentences(event.lead or event.quote, 2)
                return say(lang, f"Our policy says: {quote}", f"店铺政策规定：{quote}")
            case Table(rows=rows, truncated=truncated):
                more = say(lang, " and more", "以上") if truncated else ""
                count = len(rows)
                return say(lang, f"Rows found: {count}{more}.", f"查到 {count} 行{more}。")
            case Comparison(items=items):
                names = say(lang, " and ", "和").join(card.title for card in items)
                return say(lang, f"Here are {names} side by side.", f"以下是{names}的对比。")
            case Products(items=[_, *_]) as products:
                return _about_products(context, products)
            case _:
                continue
    return say(
        lang,
        "I found nothing about that in the shop. Try other words, or ask for a person.",
        "店里没有找到相关内容。您可以换个说法，或要求人工客服。",
    )


def _about_products(context: TurnContext, products: Products) -> str:
    lang, many, card = context.lang, len(products.items), products.items[0]
    cost = _costs(context, card)
    if not products.carried:
        none = say(lang, "The shop has nothing like that. ", "店里没有这样的商品。")
        one = say(lang, f"What comes closest: {cost}", f"最接近的：{cost}")
        some = say(lang, f"Here are the {many} nearest products.", f"以下是最接近的{many}件商品。")
        return none + (one if many == 1 else some)
    if not products.in_range:
        none = say(lang, "There is nothing in that price range. ", "该价格范围内没有商品。")
        return none + say(lang, f"The cheapest outside it: {cost}", f"范围之外最便宜的：{cost}")
    if many == 1:
        return cost
    return say(
        lang,
        f"Here are {many} products that come closest to what you asked for.",
        f"为您找到{many}件最接近的商品。",
    )


def _costs(context: TurnContext, card: ProductCard) -> str:
    stock = _stock(context, card.stock)
    return say(
        context.lang,
        f"{card.title} costs {card.price} {card.currency}{stock}.",
        f"{card.title}的价格是{card.price} {card.currency}{stock}。",
    )


def _stock(context: TurnContext, stock: int | None) -> str:
    if stock is None:
        return ""
    if stock == 0:
        return say(context.lang, " and is out of stock", "，目前缺货")
    return say(context.lang, f", {stock} in stock", f"，库存{stock}件")


def _about_orders(context: TurnContext, order: Order, orders: list[Order]) -> str:
    lang = context.lang
    if len(orders) > 1:
        return say(
            lang,
            f"Here are your {len(orders)} latest orders.",
            f"这是您最近的{len(orders)}个订单。",
        )
    under_way = [s.eta for s in order.shipments if s.eta and not s.delivered_at]
    eta = say(lang, f"; expected {under_way[0]}", f"，预计{under_way[0]}送达") if under_way else ""
    return say(
        lang,
        f"Order {order.id} is {order.status_text}{eta}.",
        f"订单 {order.id} 的状态：{order.status_text}{eta}。",
    )


def first_sentences(text: str, count: int) -> str:
    """The first `count` sentences of a text."""
    parts = re.split(r"(?<=[。！？])|(?<=[.!?])\s+", text.strip())
    whole = [part for part in parts if part]
    return ("" if text.count("。") else " ").join(whole[:count])
