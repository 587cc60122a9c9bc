"""The shop's rules (DESIGN section 6), each one function that lets pass or raises Refused.

A refusal names its rule, says why in both languages, and what would be possible instead.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from agent.errors import Refused
from agent.orders.models import OrderStatus
from agent.orders.money import to_text
from agent.orders.shop_rules import REASONS_ZH, ShopRules
from agent.orders.state import Choice, Method, OrderState
from agent.orders.views import LineView, OrderView
from agent.orders.wishes import Address
from retrieval.catalogue import in_language

_INSTEAD = {
    OrderStatus.PROCESSED: (
        "it is packed already; once it has arrived it can be returned or exchanged",
        "已经打包；送达后可以退货或换货",
    ),
    OrderStatus.SHIPPED: (
        "it is on its way already; once it has arrived it can be returned or exchanged",
        "已经发出；送达后可以退货或换货",
    ),
    OrderStatus.DELIVERED: (
        "it has been delivered; it can be returned or exchanged within the policy's time",
        "已经送达；在政策期限内可以退货或换货",
    ),
    OrderStatus.CANCELLED: (
        "it has been cancelled already; nothing more needs to be done",
        "已经取消，无需再操作",
    ),
    OrderStatus.RETURN_REQUESTED: (
        "a return of it is under way already; a person can help with anything further",
        "已经申请退货；其他问题可以转人工客服",
    ),
    OrderStatus.EXCHANGE_REQUESTED: (
        "an exchange of it is under way already; a person can help with anything further",
        "已经申请换货；其他问题可以转人工客服",
    ),
    OrderStatus.RETURNED: (
        "it has been returned already; a person can help with anything further",
        "已经退回；其他问题可以转人工客服",
    ),
    OrderStatus.PENDING: (
        "it is still pending; it can be changed or cancelled until it is packed",
        "仍在待处理状态；打包之前可以更改或取消",
    ),
}


def must_be(order: OrderView, status: OrderStatus, rule: str, en: str, zh: str) -> None:
    """Only an order in `status` may be `en` ("cancelled")."""
    if order.status != status:
        why_en, why_zh = _INSTEAD[order.status]
        raise Refused(
            rule,
            f"Order {order.id} can no longer be {en}: {why_en}."
            if order.status != OrderStatus.PENDING
            else f"Order {order.id} cannot be {en}: {why_en}.",
            f"订单 {order.id} 不能{zh}：{why_zh}。",
        )


def must_be_pending(order: OrderView, en: str, zh: str) -> None:
    """Before it is packed, and never after."""
    must_be(order, OrderStatus.PENDING, "pending", en, zh)


def must_be_delivered(order: OrderView, en: str, zh: str) -> None:
    """What has not arrived can be neither returned nor exchanged."""
    must_be(order, OrderStatus.DELIVERED, "delivered", en, zh)


def items_not_changed(state: OrderState, en: str, zh: str) -> None:
    """Items are changed once; afterwards the order is neither cancelled nor changed in them."""
    if state.items_changed:
        order = state.order.id
        raise Refused(
            "items_changed_once",
            f"The items of order {order} were changed once already, so it can no longer be {en}. "
            "Once it has arrived it can be returned or exchanged.",
            f"订单 {order} 的商品已经更改过一次，因此不能再{zh}。送达后可以退货或换货。",
        )


def cancel_reason(reason: str, rules: ShopRules) -> str:
    """The shop's own wording of one of its reasons."""
    plain = " ".join(reason.split()).casefold()
    for known in rules.cancel_reasons:
        if plain == known.casefold():
            return known
    for words, known in _REASONS.items():
        if known in rules.cancel_reasons and any(word in plain for word in words):
            return known
    listed = "; ".join(rules.cancel_reasons)
    listed_zh = "；".join(REASONS_ZH.get(known, known) for known in rules.cancel_reasons)
    raise Refused(
        "cancel_reason",
        f"An order is cancelled for one of these reasons: {listed}. Which of them is it?",
        f"取消订单需要以下原因之一：{listed_zh}。请问是哪一个？",
    )


_REASONS: dict[tuple[str, ...], str] = {
    ("mistake", "accident", "wrong", "错", "误", "重复"): "ordered by mistake",
    ("no longer", "not need", "n't need", "n't want", "changed my mind", "change of mind"): (
        "no longer needed"
    ),
    ("不再需要", "不需要", "不想要", "不要了", "用不上", "用不着", "改变主意"): "no longer needed",
}


def own_method(state_methods: Sequence[Method], method_id: str, currency: str) -> Method:
    """One of the customer's methods, in the order's currency."""
    for method in state_methods:
        if method.id == method_id:
            if method.is_gift_card and method.currency != currency:
                raise Refused(
                    "gift_card_currency",
                    f"The {method.label} is in {method.currency}, the order in {currency}. "
                    f"Please choose another method: {methods_text(state_methods)}.",
                    f"{method.label} 的币种是 {method.currency}，订单是 {currency}。"
                    f"请选择其他付款方式：{methods_text(state_methods)}。",
                )
            return method
    raise Refused(
        "own_method",
        f"That is none of your payment methods. You have: {methods_text(state_methods)}.",
        f"这不是您的付款方式。您的付款方式有：{methods_text(state_methods)}。",
    )


def gift_card_covers(method: Method, amount: int, currency: str) -> None:
    """A gift card pays the whole amount or nothing."""
    if method.balance is not None and method.balance < amount:
        holds, needs = to_text(method.balance, currency), to_text(amount, currency)
        raise Refused(
            "gift_card_covers",
            f"The {method.label} holds {holds} {currency}, which does not cover {needs} "
            f"{currency}. Another payment method would work.",
            f"{method.label} 余额为 {holds} {currency}，不足以支付 {needs} {currency}。"
            "可以换用其他付款方式。",
        )


def another_variant(line: LineView, to: str, choices: Sequence[Choice], currency: str) -> Choice:
    """Another variant of the same product, sold in the order's currency."""
    others = [c for c in choices if c.id != line.variant_id and c.currency == currency]
    for choice in others:
        if choice.id == to:
            return choice
    title = (in_language(line.title, "en"), in_language(line.title, "zh"))
    if to == line.variant_id:
        raise Refused(
            "other_variant",
            f"Line {line.line}, {title[0]}, is that variant already. {_offer(others, 'en')}",
            f"第{line.line}行“{title[1]}”已经是该款式。{_offer(others, 'zh')}",
        )
    raise Refused(
        "same_product",
        f"Line {line.line}, {title[0]}, can only become another variant of the same product. "
        f"{_offer(others, 'en')}",
        f"第{line.line}行“{title[1]}”只能换成同一商品的其他款式。{_offer(others, 'zh')}",
    )


def in_stock(choice: Choice, quantity: int, choices: Sequence[Choice]) -> None:
    """As many as are wanted, now."""
    if choice.stock is not None and choice.stock < quantity:
        others = [c for c in choices if c.id != choice.id]
        en, zh = in_language(choice.options, "en"), in_language(choice.options, "zh")
        left = choice.stock
        why = (
            (
                f"{en} is not available in that number: {left} left.",
                f"{zh} 库存不足：剩余{left}件。",
            )
            if left > 0
            else (f"{en} is out of stock.", f"{zh} 目前缺货。")
        )
        raise Refused(
            "in_stock",
            f"{why[0]} {_offer(others, 'en')}",
            f"{why[1]}{_offer(others, 'zh')}",
        )


def inside_window(
    state: OrderState, days: int, lines: Sequence[LineView], today: date, en: str, zh: str
) -> None:
    """No more than `days` after the day of delivery, counted in the shop's zone."""
    order = state.order
    arrived = order.delivered_at
    if arrived is None:
        raise Refused(
            "delivery_date",
            f"It is not recorded when order {order.id} arrived; a person can look into it.",
            f"订单 {order.id} 没有送达日期的记录；可以请人工客服查询。",
        )
    last = arrived.date() + timedelta(days=days)
    if today > last:
        what_en = " and ".join(in_language(line.title, "en") for line in lines)
        what_zh = "、".join(in_language(line.title, "zh") for line in lines)
        raise Refused(
            "window",
            f"{what_en} can no longer be {en}: order {order.id} was delivered on "
            f"{arrived.date()}, and the {days} days ended on {last}.",
            f"{what_zh}不能再{zh}：订单 {order.id} 于 {arrived.date()} 送达，{days}天的期限已于 "
            f"{last} 结束。",
        )


def one_after_sale(state: OrderState, rules: ShopRules) -> None:
    """A delivered order gets one return or one exchange."""
    order = state.order.id
    if state.has_after_sale:
        raise Refused(
            "one_after_sale",
            f"Order {order} has had its one return or exchange. A person can help further.",
            f"订单 {order} 已经有过一次退货或换货。可以请人工客服协助。",
        )
    if rules.returns_or_exchanges_per_order < 1:
        raise Refused(
            "no_after_sales",
            "This shop takes nothing back. A person can help further.",
            "本店不接受退换货。可以请人工客服协助。",
        )


def single_payment(order: OrderView) -> None:
    """The method is changed of an order that was paid once, by one method."""
    if len(order.payments) != 1:
        raise Refused(
            "single_payment",
            f"The payment of order {order.id} can only be changed while it has exactly one; it has "
            f"{len(order.payments)}. A person can help.",
            f"只有恰好一笔付款的订单才能更改付款方式；订单 {order.id} 有{len(order.payments)}笔。"
            "可以请人工客服协助。",
        )


def other_method(order: OrderView, method: Method, methods: Sequence[Method]) -> None:
    """Moving a payment to where it is already changes nothing."""
    if order.payments[0].method_id == method.id:
        others = [m for m in methods if m.id != method.id]
        raise Refused(
            "other_method",
            f"Order {order.id} is paid by {method.label} already. You also have: "
            f"{methods_text(others) or 'no other method'}.",
            f"订单 {order.id} 已经由 {method.label} 支付。您还有："
            f"{methods_text(others) or '没有其他方式'}。",
        )


def may_be_refunded(method: Method, payers: Sequence[str], methods: Sequence[Method]) -> None:
    """A return's money goes to a method that paid, or to a gift card of the customer."""
    if method.id not in payers and not method.is_gift_card:
        may = methods_text([m for m in methods if m.id in payers or m.is_gift_card])
        raise Refused(
            "refund_method",
            f"A refund goes to the method that paid or to a gift card of yours: {may}.",
            f"退款只能退回原付款方式或您的礼品卡：{may}。",
        )


def whole_address(address: Address) -> None:
    """A parcel needs a street, a city, a postal code and a country."""
    wanted = {
        "line1": ("the street and number", "街道和门牌号"),
        "city": ("the city", "城市"),
        "postal_code": ("the postal code", "邮政编码"),
        "country": ("the country", "国家"),
    }
    missing = [names for key, names in wanted.items() if not getattr(address, key).strip()]
    if missing:
        en, zh = (", ".join(m[0] for m in missing), "、".join(m[1] for m in missing))
        raise Refused("address", f"The address lacks {en}.", f"地址缺少{zh}。")


def lines_of(order: OrderView, wanted: Sequence[tuple[int, int | None]]) -> list[LineView]:
    """The named lines, each once and in no more than its quantity."""
    by_number = {line.line: line for line in order.lines}
    numbers = [number for number, _ in wanted]
    for number, quantity in wanted:
        line = by_number.get(number)
        if line is None or numbers.count(number) > 1:
            listed = ", ".join(map(str, by_number))
            raise Refused(
                "lines",
                f"Order {order.id} has the lines {listed}; name each of them at most once.",
                f"订单 {order.id} 有第 {listed} 行；每行最多指定一次。",
            )
        if quantity is not None and quantity > line.quantity:
            raise Refused(
                "quantity",
                f"Line {number} of order {order.id} has {line.quantity} pieces, not {quantity}.",
                f"订单 {order.id} 第{number}行只有{line.quantity}件，不是{quantity}件。",
            )
    return [by_number[number] for number in numbers]


def methods_text(methods: Sequence[Method]) -> str:
    """The methods by their labels, a gift card with what it holds."""
    return ", ".join(
        m.label
        if m.balance is None
        else f"{m.label} ({to_text(m.balance, m.currency)} {m.currency})"
        for m in methods
    )


def _offer(choices: Sequence[Choice], lang: str) -> str:
    """What there is instead."""
    there = [in_language(c.options, lang) for c in choices if c.stock is None or c.stock > 0]
    if not there:
        return "有货的没有其他款式。" if lang == "zh" else "No other variant is in stock."
    listed = "; ".join(there[:8])
    return f"有货的款式：{listed}。" if lang == "zh" else f"In stock: {listed}."
