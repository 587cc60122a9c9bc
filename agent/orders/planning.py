"""From a wish and the present state to exact terms, or to the rule that forbids them.

Called when a proposal is made and again, under locks, when it is confirmed: only equal terms may
take effect. Every amount comes from the database.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from agent.errors import Refused
from agent.orders import rules as rule
from agent.orders.models import OrderStatus, PaymentKind, ProposalKind
from agent.orders.shop_rules import ShopRules
from agent.orders.state import Choice, Method, OrderState
from agent.orders.terms import LineTerm, MoneyTerm, StockTerm, Terms, same_address
from agent.orders.views import LineView, OrderView
from agent.orders.wishes import (
    Address,
    AddressChange,
    Cancellation,
    Exchange,
    ItemChange,
    OrderWish,
    PaymentChange,
    Return,
    Swap,
)


def plan(wish: OrderWish, state: OrderState, rules: ShopRules, now: datetime) -> Terms:
    """What fulfilling `wish` would do. `now` is in the shop's zone. Raises Refused."""
    match wish:
        case Cancellation():
            return _cancellation(wish, state, rules)
        case AddressChange():
            return _address_change(wish, state)
        case PaymentChange():
            return _payment_change(wish, state)
        case ItemChange():
            return _item_change(wish, state)
        case Return():
            return _return(wish, state, rules, now)
        case Exchange():
            return _exchange(wish, state, rules, now)


def plan_profile(address: Address, before: dict[str, str]) -> Terms:
    """What a new address of the customer would do. Raises Refused."""
    rule.whole_address(address)
    after = address.model_dump()
    if same_address(before, after):
        raise Refused("same_address", "That is your address already.", "这已经是您账户里的地址。")
    return Terms(kind=ProposalKind.PROFILE_CHANGE, address_before=before, address_after=after)


def _cancellation(wish: Cancellation, state: OrderState, rules: ShopRules) -> Terms:
    order = state.order
    rule.must_be_pending(order, "cancelled", "取消")
    rule.items_not_changed(state, "cancelled", "取消")
    reason = rule.cancel_reason(wish.reason, rules)
    net = _net_by_method(order)
    return _terms(
        ProposalKind.CANCELLATION,
        order,
        status_after=OrderStatus.CANCELLED,
        reason=reason,
        lines=tuple(_line(line, line.quantity) for line in order.lines),
        money=tuple(
            _money("refund", amount, _known(state, method_id)) for method_id, amount in net.items()
        ),
        stock=_stock((line.product_id, line.variant_id, line.quantity) for line in order.lines),
    )


def _address_change(wish: AddressChange, state: OrderState) -> Terms:
    order = state.order
    rule.must_be_pending(order, "sent elsewhere", "更改地址")
    rule.whole_address(wish.address)
    after = wish.address.model_dump()
    if same_address(order.address, after):
        raise Refused(
            "same_address",
            f"Order {order.id} goes to that address already.",
            f"订单 {order.id} 的收货地址已经是这个地址。",
        )
    return _terms(
        ProposalKind.ADDRESS_CHANGE, order, address_before=order.address, address_after=after
    )


def _payment_change(wish: PaymentChange, state: OrderState) -> Terms:
    order = state.order
    rule.must_be_pending(order, "paid otherwise", "更改付款方式")
    rule.single_payment(order)
    method = rule.own_method(state.methods, wish.method_id, order.currency)
    rule.other_method(order, method, state.methods)
    paid = order.payments[0]
    rule.gift_card_covers(method, paid.amount, order.currency)
    return _terms(
        ProposalKind.PAYMENT_CHANGE,
        order,
        money=(
            _money("payment", paid.amount, method),
            _money("refund", paid.amount, _known(state, paid.method_id)),
        ),
    )


def _item_change(wish: ItemChange, state: OrderState) -> Terms:
    order = state.order
    rule.must_be_pending(order, "changed in its items", "更改商品")
    rule.items_not_changed(state, "changed in its items", "更改商品")
    lines, stock = _swapped(wish.swaps, state, give_back=True)
    return _terms(
        ProposalKind.ITEM_CHANGE,
        order,
        lines=lines,
        stock=stock,
        money=_difference(lines, wish.method_id, state, refund_settled=True),
    )


def _return(wish: Return, state: OrderState, rules: ShopRules, now: datetime) -> Terms:
    order = state.order
    rule.must_be_delivered(order, "returned", "退货")
    rule.one_after_sale(state, rules)
    wanted = [(part.line, part.quantity) for part in wish.parts]
    found = rule.lines_of(order, wanted)
    windows = rules.return_window_days, rules.perishable_return_window_days
    _inside(state, found, windows, rules, now, ("returned", "退货"))
    lines = tuple(
        _line(line, quantity or line.quantity)
        for line, (_, quantity) in zip(found, wanted, strict=True)
    )
    amount = sum(line.before_price * line.quantity for line in lines)
    return _terms(
        ProposalKind.RETURN,
        order,
        status_after=OrderStatus.RETURN_REQUESTED,
        reason=" ".join(wish.reason.split()),
        lines=lines,
        money=_refund(amount, wish.method_id, state),
    )


def _exchange(wish: Exchange, state: OrderState, rules: ShopRules, now: datetime) -> Terms:
    order = state.order
    rule.must_be_delivered(order, "exchanged", "换货")
    rule.one_after_sale(state, rules)
    found = rule.lines_of(order, [(swap.line, swap.quantity) for swap in wish.swaps])
    windows = rules.exchange_window_days, rules.perishable_exchange_window_days
    _inside(state, found, windows, rules, now, ("exchanged", "换货"))
    lines, stock = _swapped(wish.swaps, state, give_back=False)
    return _terms(
        ProposalKind.EXCHANGE,
        order,
        status_after=OrderStatus.EXCHANGE_REQUESTED,
        lines=lines,
        stock=stock,
        money=_difference(lines, wish.method_id, state, refund_settled=False),
    )


def _terms(kind: ProposalKind, order: OrderView, **rest: object) -> Terms:
    stated = {"status_after": order.status} | rest
    return Terms(
        kind=kind,
        order_id=order.id,
        currency=order.currency,
        status_before=order.status,
        **stated,
    )


def _line(line: LineView, quantity: int, to: Choice | None = None) -> LineTerm:
    return LineTerm(
        line=line.line,
        quantity=quantity,
        whole=quantity == line.quantity,
        product_id=line.product_id,
        title=line.title,
        before_variant=line.variant_id,
        before=line.options,
        before_price=line.unit_price,
        after_variant=to.id if to else None,
        after=to.options if to else {},
        after_price=to.price if to else None,
    )


def _swapped(
    swaps: Sequence[Swap], state: OrderState, *, give_back: bool
) -> tuple[tuple[LineTerm, ...], tuple[StockTerm, ...]]:
    """Lines that become other variants, and what that takes out of (and gives back to) stock."""
    order = state.order
    found = rule.lines_of(order, [(swap.line, swap.quantity) for swap in swaps])
    lines: list[LineTerm] = []
    for line, swap in zip(found, swaps, strict=True):
        choices = state.choices_of(line.product_id)
        choice = rule.another_variant(line, swap.to, choices, order.currency)
        lines.append(_line(line, swap.quantity or line.quantity, choice))
    needed: Counter[tuple[str, str]] = Counter()
    for term in lines:
        needed[term.product_id, term.after_variant or ""] += term.quantity
    for (product_id, variant_id), quantity in needed.items():
        choices = state.choices_of(product_id)
        rule.in_stock(next(c for c in choices if c.id == variant_id), quantity, choices)
    taken = [(t.product_id, t.after_variant, -t.quantity) for t in lines]
    back = [(t.product_id, t.before_variant, t.quantity) for t in lines] if give_back else []
    return tuple(lines), _stock([*taken, *back])


def _stock(moves: Iterable[tuple[str, str | None, int]]) -> tuple[StockTerm, ...]:
    total: Counter[tuple[str, str]] = Counter()
    for product_id, variant_id, change in moves:
        total[product_id, variant_id or ""] += change
    return tuple(
        StockTerm(product_id=product_id, variant_id=variant_id, change=change)
        for (product_id, variant_id), change in sorted(total.items())
        if change
    )


def _money(
    kind: Literal["payment", "refund"], amount: int, method: Method, *, settled: bool = True
) -> MoneyTerm:
    return MoneyTerm(
        kind=kind,
        amount=amount,
        method_id=method.id,
        method_kind=method.kind,
        method=method.label,
        settled=settled,
    )


def _known(state: OrderState, method_id: str) -> Method:
    """The method of a payment; the database ties it to the customer."""
    found = state.method(method_id)
    assert found is not None, f"payment by unknown method {method_id}"  # noqa: S101
    return found


def _net_by_method(order: OrderView) -> dict[str, int]:
    """What each method paid less what went back to it, where something is left."""
    net: defaultdict[str, int] = defaultdict(int)
    for payment in order.payments:
        sign = 1 if payment.kind is PaymentKind.PAYMENT else -1
        net[payment.method_id] += sign * payment.amount
    # A method that got back more than it paid lessens what the others may get.
    over = -sum(amount for amount in net.values() if amount < 0)
    left: dict[str, int] = {}
    for method_id, amount in net.items():
        if amount > 0:
            kept = min(amount, over)
            over -= kept
            if amount > kept:
                left[method_id] = amount - kept
    return left


def _difference(
    lines: Sequence[LineTerm], method_id: str | None, state: OrderState, *, refund_settled: bool
) -> tuple[MoneyTerm, ...]:
    """What other variants cost more or less, by the named method or the one that paid."""
    order = state.order
    more = sum(((t.after_price or 0) - t.before_price) * t.quantity for t in lines)
    if method_id is not None:
        method = rule.own_method(state.methods, method_id, order.currency)
    elif more == 0:
        return ()
    else:
        method = _only_payer(state)
    if more == 0:
        return ()
    if more > 0:
        rule.gift_card_covers(method, more, order.currency)
        return (_money("payment", more, method),)
    less = min(-more, order.paid)
    return (_money("refund", less, method, settled=refund_settled),) if less else ()


def _only_payer(state: OrderState) -> Method:
    payers = list(_net_by_method(state.order))
    if len(payers) == 1:
        return _known(state, payers[0])
    listed = rule.methods_text(state.methods)
    raise Refused(
        "which_method",
        f"By which payment method shall the difference go? You have: {listed}.",
        f"差价用哪种付款方式结算？您的付款方式有：{listed}。",
    )


def _refund(amount: int, method_id: str | None, state: OrderState) -> tuple[MoneyTerm, ...]:
    """A return's money: to the methods that paid, or to a gift card of the customer.

    Never more than was paid less what was refunded; an original method gets what it paid at most,
    the rest goes to the others that paid.
    """
    order = state.order
    net = _net_by_method(order)
    left = min(amount, order.paid)
    if method_id is not None:
        method = rule.own_method(state.methods, method_id, order.currency)
        if method.is_gift_card and left:
            return (_money("refund", left, method, settled=False),)
        rule.may_be_refunded(method, list(net), state.methods)
        net = {method.id: net[method.id]} | net
    money: list[MoneyTerm] = []
    for payer, paid in net.items():
        if part := min(left, paid):
            money.append(_money("refund", part, _known(state, payer), settled=False))
            left -= part
    return tuple(money)


def _inside(
    state: OrderState,
    lines: Sequence[LineView],
    windows: tuple[int, int | None],
    rules: ShopRules,
    now: datetime,
    action: tuple[str, str],
) -> None:
    """Each line inside its own window: what perishes has a shorter one."""
    days, perishable_days = windows
    perishable = [
        line
        for line in lines
        if not state.categories.get(line.product_id, frozenset()).isdisjoint(
            rules.perishable_categories
        )
    ]
    if perishable and perishable_days is not None:
        rule.inside_window(state, perishable_days, perishable, now.date(), *action)
        lines = [line for line in lines if line not in perishable]
    if lines:
        rule.inside_window(state, days, lines, now.date(), *action)
