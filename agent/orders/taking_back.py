"""Takes back a change that the shop refused: everything as it was before, or nothing at all.

Where the order has moved on since, nothing is touched and staff is told why: a change that was
built on a refused one cannot be undone by code. The rows of the refused money go, since that money
never moved; the audit keeps what they said.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from agent.orders.effects import change_balance
from agent.orders.models import (
    AfterSale,
    AfterSaleStatus,
    AuditEntry,
    Customer,
    DeliveryStatus,
    Order,
    OrderLine,
    OutboxEvent,
    Payment,
    PaymentMethod,
    Product,
    ProposalKind,
    Variant,
)
from agent.orders.terms import LineTerm, StockTerm, Terms


def take_back(session: Session, event: OutboxEvent, terms: Terms, now: datetime) -> str:
    """Undo what `terms` did; "", or why that is for staff and nothing was done.

    Locks the order, its owner's methods, products and variants, in that sequence, as a
    confirmation does.
    """
    if event.order_id is None:
        return _take_back_profile(session, event, terms)
    order = session.scalar(select(Order).where(Order.id == event.order_id).with_for_update())
    if order is None:
        return "the order is gone"
    methods = _methods(session, order, terms)
    if why := next(_obstacles(session, event, order, methods, terms), ""):
        return why
    lost = _take_back_stock(session, terms.stock)
    _take_back_money(session, order, terms)
    _take_back_order(session, event, order, terms)
    session.add(_audit(event, order, terms, lost, now))
    session.flush()
    return ""


def _take_back_profile(session: Session, event: OutboxEvent, terms: Terms) -> str:
    customer = session.get(Customer, event.customer_id, with_for_update=True)
    if customer is None or _later(session, event):
        return "the account has been changed since"
    if customer.address != terms.address_after:
        return "the account's address has been changed since"
    customer.address = dict(terms.address_before)
    return ""


def _obstacles(
    session: Session,
    event: OutboxEvent,
    order: Order,
    methods: dict[str, PaymentMethod],
    terms: Terms,
) -> Iterator[str]:
    """Why the order is no longer what the change left behind."""
    if _later(session, event):
        yield "the order has been changed again since"
    if order.status != terms.status_after:
        yield f"the order is {order.status} now"
    if terms.address_after and order.address != terms.address_after:
        yield "the order's address has been changed since"
    if terms.kind == ProposalKind.ITEM_CHANGE and len(list(_changed(order, terms))) < len(
        terms.lines
    ):
        yield "the order's items have been changed since"
    if [_as_term(row) for row in _booked(order, terms)] != [
        (money.kind, money.amount, money.method_id, money.settled) for money in terms.money
    ]:
        yield "money has moved since"
    paid, refunded = terms.total("payment"), terms.total("refund")
    if not 0 <= order.refunded_minor - refunded <= order.paid_minor - paid:
        yield "more would have been refunded than was paid"
    for money in terms.money:
        method = methods.get(money.method_id)
        if method is None or method.balance_minor is None or not money.settled:
            continue
        if money.kind == "refund" and method.balance_minor < money.amount:
            yield f"{money.method} has been spent since"


def _later(session: Session, event: OutboxEvent) -> bool:
    """Whether a change that stands was built on this one."""
    same = (
        OutboxEvent.order_id == event.order_id
        if event.order_id is not None
        else OutboxEvent.order_id.is_(None) & (OutboxEvent.customer_id == event.customer_id)
    )
    later = exists().where(
        same, OutboxEvent.number > event.number, OutboxEvent.status != DeliveryStatus.REFUSED
    )
    return bool(session.scalar(select(later)))


def _methods(session: Session, order: Order, terms: Terms) -> dict[str, PaymentMethod]:
    query = (
        select(PaymentMethod)
        .where(
            PaymentMethod.customer_id == order.customer_id,
            PaymentMethod.id.in_({money.method_id for money in terms.money}),
        )
        .order_by(PaymentMethod.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {method.id: method for method in session.scalars(query)}


def _booked(order: Order, terms: Terms) -> list[Payment]:
    """The last payments of the order, as many as the change booked."""
    return list(order.payments[-len(terms.money) :]) if terms.money else []


def _as_term(row: Payment) -> tuple[str, int, str, bool]:
    return row.kind, row.amount_minor, row.method_id, row.settled


def _take_back_money(session: Session, order: Order, terms: Terms) -> None:
    for payment in _booked(order, terms):
        order.payments.remove(payment)
        if payment.settled:
            sign = 1 if payment.kind == "payment" else -1
            change = sign * payment.amount_minor
            change_balance(session, order.customer_id, payment.method_id, change)
    order.paid_minor -= terms.total("payment")
    order.refunded_minor -= terms.total("refund")


def _take_back_order(session: Session, event: OutboxEvent, order: Order, terms: Terms) -> None:
    order.status = terms.status_before or order.status
    if terms.address_after:
        order.address = dict(terms.address_before)
    match terms.kind:
        case ProposalKind.CANCELLATION:
            order.cancel_reason = ""
        case ProposalKind.ITEM_CHANGE:
            order.items_changed = False
            for term, line in list(_changed(order, terms)):
                _restore(order, term, line)
        case ProposalKind.RETURN | ProposalKind.EXCHANGE:
            # It stays on record: asking once more is for a person to decide.
            session.get_one(AfterSale, order.id).status = AfterSaleStatus.REFUSED
    stands = exists().where(
        OutboxEvent.order_id == order.id,
        OutboxEvent.number != event.number,
        OutboxEvent.status != DeliveryStatus.REFUSED,
    )
    if not session.scalar(select(stands)):
        order.changed_here_at = None


def _changed(order: Order, terms: Terms) -> Iterator[tuple[LineTerm, OrderLine]]:
    """The lines as the change left them; a part of a line became a line of its own at the end."""
    by_number = {line.line: line for line in order.lines}
    parts = [term for term in terms.lines if not term.whole]
    added = sorted(by_number)[-len(parts) :] if parts else []
    places = dict(zip((id(term) for term in parts), added, strict=False))
    for term in terms.lines:
        line = by_number.get(places.get(id(term), term.line))
        if line is None or term.line not in by_number:
            continue
        if (line.variant_id, line.quantity) == (term.after_variant, term.quantity):
            yield term, line


def _restore(order: Order, term: LineTerm, line: OrderLine) -> None:
    if not term.whole:
        whole = next(other for other in order.lines if other.line == term.line)
        whole.quantity += term.quantity
        order.lines.remove(line)
        return
    line.variant_id, line.options = term.before_variant, dict(term.before)
    line.unit_price_minor = term.before_price


def _take_back_stock(session: Session, moves: tuple[StockTerm, ...]) -> list[StockTerm]:
    """The stock as before; the moves that could not be, since the pieces have been sold since."""
    ordered = sorted(moves, key=lambda move: (move.product_id, move.variant_id))
    products = {
        id_: session.get(Product, id_, with_for_update=True)
        for id_ in dict.fromkeys(move.product_id for move in ordered)
    }
    lost = []
    for move in ordered:
        key = (move.product_id, move.variant_id)
        variant = session.get(Variant, key, with_for_update=True)
        for row in (variant, products[move.product_id]):
            if row is None or row.stock is None:
                continue
            if row.stock < move.change and row is variant:
                lost.append(move)
            row.stock = max(row.stock - move.change, 0)
    return lost


def _audit(
    event: OutboxEvent, order: Order, terms: Terms, lost: list[StockTerm], now: datetime
) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor="shop",
        action=f"{event.kind}_taken_back",
        customer_id=event.customer_id,
        order_id=order.id,
        proposal_id=event.proposal_id,
        before=terms.model_dump(mode="json"),
        after={"status": order.status, "stock_missing": [move.model_dump() for move in lost]},
    )
