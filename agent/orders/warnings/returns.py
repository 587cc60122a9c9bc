"""Who sends back most of what they buy, beside what the shop's other customers do."""

from collections.abc import Iterator
from datetime import datetime
from math import comb

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from agent.orders.models import AfterSale, AfterSaleKind, AfterSaleStatus, Order, OrderStatus
from agent.orders.warnings.finding import FraudWarning, Rule, percent
from agent.orders.warnings.limits import Limits

_SENT_BACK = (OrderStatus.RETURN_REQUESTED, OrderStatus.RETURNED)
_ARRIVED = (OrderStatus.DELIVERED, OrderStatus.EXCHANGE_REQUESTED, *_SENT_BACK)


def often_returned(session: Session, now: datetime, limits: Limits) -> Iterator[FraudWarning]:
    """Customers whose returns are many, and far more often than those of the others."""
    counted = _counted(session, now, limits)
    all_arrived = sum(arrived for _, arrived, _ in counted)
    all_returned = sum(returned for _, _, returned in counted)
    for customer, arrived, returned in counted:
        if returned < limits.returns or returned <= limits.return_rate * arrived:
            continue
        # One return and one kept order more than there were (Laplace): few orders prove little.
        others = (all_returned - returned + 1) / (all_arrived - arrived + 2)
        if (chance := _chance(arrived, returned, others)) < limits.return_chance:
            yield _warning(customer, (arrived, returned), (others, chance), limits)


def _chance(arrived: int, returned: int, rate: float) -> float:
    """How probable it is that at least so many come back (binomial distribution)."""
    return sum(
        comb(arrived, k) * rate**k * (1 - rate) ** (arrived - k)
        for k in range(returned, arrived + 1)
    )


def _counted(session: Session, now: datetime, limits: Limits) -> list[tuple[str, int, int]]:
    """Customer, orders that arrived, and those of them that were sent back."""
    back = or_(
        Order.status.in_(_SENT_BACK),
        (AfterSale.kind == AfterSaleKind.RETURN) & (AfterSale.status != AfterSaleStatus.REFUSED),
    )
    query = (
        select(Order.customer_id, func.count(), func.sum(case((back, 1), else_=0)))
        .outerjoin(AfterSale, AfterSale.order_id == Order.id)
        .where(
            Order.placed_at.between(now - limits.returns_within, now), Order.status.in_(_ARRIVED)
        )
        .group_by(Order.customer_id)
    )
    return [(customer, arrived, returned) for customer, arrived, returned in session.execute(query)]


def _warning(
    customer: str, counts: tuple[int, int], rates: tuple[float, float], limits: Limits
) -> FraudWarning:
    (arrived, returned), (others, chance), days = counts, rates, limits.returns_within.days
    rate = returned / arrived
    return FraudWarning(
        Rule.RETURNS,
        (customer,),
        en=f"Sent back {returned} of {arrived} delivered orders of the last {days} days "
        f"({percent(rate)}; the other customers {percent(others)}).",
        zh=f"最近 {days} 天签收的 {arrived} 个订单中退了 {returned} 个（{percent(rate)}，"
        f"其他顾客为 {percent(others)}）。",
        figures={
            "delivered": arrived,
            "returned": returned,
            "rate": round(rate, 3),
            "others_rate": round(others, 3),
            "chance": round(chance, 6),
            "days": days,
        },
    )
