"""Writes what confirmed terms say, inside the transaction that confirms them.

The rows that change are locked by `agent.orders.state`. The terms are the whole effect: nothing
here decides anything.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agent.orders.models import (
    AfterSale,
    AfterSaleLine,
    Customer,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Product,
    ProposalKind,
    Variant,
)
from agent.orders.terms import LineTerm, MoneyTerm, StockTerm, Terms


def apply_to_order(session: Session, order: Order, terms: Terms, now: datetime) -> None:
    """Make `order`, its money and the stock what the terms say."""
    if terms.status_after is not None:
        order.status = terms.status_after
    order.changed_here_at = now
    if terms.address_after:
        order.address = dict(terms.address_after)
    for money in terms.money:
        _book(session, order, money, now)
    for stock in terms.stock:
        _move_stock(session, stock)
    match terms.kind:
        case ProposalKind.CANCELLATION:
            order.cancel_reason = terms.reason
        case ProposalKind.ITEM_CHANGE:
            order.items_changed = True
            for line in terms.lines:
                _swap(session, order, line)
        case ProposalKind.RETURN | ProposalKind.EXCHANGE:
            session.add(_after_sale(order, terms, now))
    session.flush()


def apply_to_customer(customer: Customer, terms: Terms) -> None:
    """Make the customer's address what the terms say."""
    customer.address = dict(terms.address_after)


def settle(session: Session, order_id: str) -> None:
    """The goods are back: what waited for them is paid, to gift cards too."""
    waiting = select(Payment).where(Payment.order_id == order_id, Payment.settled.is_(False))
    for payment in session.scalars(waiting.with_for_update()):
        payment.settled = True
        sign = 1 if payment.kind == "refund" else -1
        change_balance(session, payment.customer_id, payment.method_id, sign * payment.amount_minor)


def _book(session: Session, order: Order, money: MoneyTerm, now: datetime) -> None:
    number = max((payment.number for payment in order.payments), default=0) + 1
    payment = Payment(
        order_id=order.id,
        customer_id=order.customer_id,
        number=number,
        method_id=money.method_id,
        kind=money.kind,
        amount_minor=money.amount,
        settled=money.settled,
        at=now,
        extra={},
    )
    order.payments.append(payment)
    if money.kind == "payment":
        order.paid_minor += money.amount
    else:
        order.refunded_minor += money.amount
    if money.settled:
        sign = -1 if money.kind == "payment" else 1
        change_balance(session, order.customer_id, money.method_id, sign * money.amount)


def change_balance(session: Session, customer_id: str, method_id: str, change: int) -> None:
    """Add to a gift card, which alone has a balance; a CHECK keeps it at nothing or above."""
    session.execute(
        update(PaymentMethod)
        .where(
            PaymentMethod.customer_id == customer_id,
            PaymentMethod.id == method_id,
            PaymentMethod.balance_minor.is_not(None),
        )
        .values(balance_minor=PaymentMethod.balance_minor + change)
        .execution_options(synchronize_session=False)
    )


def _move_stock(session: Session, stock: StockTerm) -> None:
    """Of the variant and of its product, where they are counted."""
    variant = session.get(Variant, (stock.product_id, stock.variant_id))
    if variant is not None and variant.stock is not None:
        variant.stock += stock.change
    product = session.get(Product, stock.product_id)
    if product is not None and product.stock is not None:
        # A shop's own sum may disagree with its variants: it never becomes less than nothing.
        product.stock = max(product.stock + stock.change, 0)


def _swap(session: Session, order: Order, term: LineTerm) -> None:
    """The line becomes the other variant; a part of it becomes a line of its own."""
    line = next(line for line in order.lines if line.line == term.line)
    if not term.whole:
        line.quantity -= term.quantity
        line = OrderLine(
            order_id=order.id,
            line=max(other.line for other in order.lines) + 1,
            customer_id=order.customer_id,
            product_id=line.product_id,
            title=line.title,
            quantity=term.quantity,
            extra={},
        )
        order.lines.append(line)
    line.variant_id = term.after_variant
    line.options = dict(term.after)
    line.unit_price_minor = term.after_price or 0


def _after_sale(order: Order, terms: Terms, now: datetime) -> AfterSale:
    return AfterSale(
        order_id=order.id,
        customer_id=order.customer_id,
        kind=terms.kind.value,
        reason=terms.reason,
        created_at=now,
        lines=[
            AfterSaleLine(
                line=line.line,
                quantity=line.quantity,
                amount_minor=line.before_price * line.quantity,
                to_variant_id=line.after_variant,
                to_price_minor=line.after_price,
            )
            for line in terms.lines
        ],
    )
