"""Gift cards that are emptied one after another, and refunds that are moved onto them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from agent.orders.models import MethodKind, Payment, PaymentKind, PaymentMethod
from agent.orders.warnings.finding import FraudWarning, Rule
from agent.orders.warnings.limits import Limits

_OF_METHOD = and_(
    Payment.customer_id == PaymentMethod.customer_id, Payment.method_id == PaymentMethod.id
)


def cards_emptied(session: Session, now: datetime, limits: Limits) -> Iterator[FraudWarning]:
    """Customers who spent the last of several gift cards within a few days."""
    query = (
        select(Payment.customer_id, Payment.method_id, func.max(Payment.at))
        .join(PaymentMethod, _OF_METHOD)
        .where(
            PaymentMethod.kind == MethodKind.GIFT_CARD,
            PaymentMethod.balance_minor == 0,
            Payment.kind == PaymentKind.PAYMENT,
            Payment.at.between(now - limits.cards_looked_at, now),
        )
        .group_by(Payment.customer_id, Payment.method_id)
    )
    emptied: defaultdict[str, list[datetime]] = defaultdict(list)
    for customer, _, last in session.execute(query):
        emptied[customer].append(last)
    for customer, times in emptied.items():
        if (most := _most_within(sorted(times), limits)) >= limits.cards_emptied:
            yield _of_cards(customer, most, limits.cards_within.days)


def refunds_moved(session: Session, now: datetime, limits: Limits) -> Iterator[FraudWarning]:
    """Customers who had the money of several orders moved from another method to a gift card."""
    paid = aliased(Payment)
    paid_by_it = exists().where(
        paid.order_id == Payment.order_id,
        paid.method_id == Payment.method_id,
        paid.kind == PaymentKind.PAYMENT,
    )
    query = (
        select(Payment.customer_id, func.count(Payment.order_id.distinct()))
        .join(PaymentMethod, _OF_METHOD)
        .where(
            PaymentMethod.kind == MethodKind.GIFT_CARD,
            Payment.kind == PaymentKind.REFUND,
            Payment.at.between(now - limits.cards_looked_at, now),
            ~paid_by_it,
        )
        .group_by(Payment.customer_id)
        .having(func.count(Payment.order_id.distinct()) >= limits.refunds_to_cards)
    )
    for customer, orders in session.execute(query):
        yield _of_refunds(customer, orders, limits.cards_looked_at.days)


def _most_within(times: list[datetime], limits: Limits) -> int:
    """The largest number of times that lie within one span of `cards_within`."""
    first = most = 0
    for last, at in enumerate(times):
        while at - times[first] > limits.cards_within:
            first += 1
        most = max(most, last - first + 1)
    return most


def _of_cards(customer: str, cards: int, days: int) -> FraudWarning:
    return FraudWarning(
        Rule.GIFT_CARDS_EMPTIED,
        (customer,),
        en=f"Emptied {cards} gift cards within {days} days.",
        zh=f"{days} 天内用完了 {cards} 张礼品卡。",
        figures={"gift_cards": cards, "days": days},
    )


def _of_refunds(customer: str, orders: int, days: int) -> FraudWarning:
    return FraudWarning(
        Rule.REFUNDS_TO_GIFT_CARDS,
        (customer,),
        en=f"Had refunds of {orders} orders of the last {days} days moved to gift cards that had "
        "not paid for them.",
        zh=f"最近 {days} 天有 {orders} 个订单的退款转到了并非原付款方式的礼品卡。",
        figures={"orders": orders, "days": days},
    )
