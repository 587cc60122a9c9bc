"""What is done again and again: guessing at identities, cancelling, changing."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from agent.orders.models import AuditEntry, Order, OrderStatus, ProposalKind
from agent.orders.warnings.finding import FraudWarning, Rule
from agent.orders.warnings.limits import Limits

LOCK_OUT = "lock_out"
"""The audit's action for a subject that is locked because of wrong guesses."""
_CHANGES = (
    ProposalKind.CANCELLATION,
    ProposalKind.ADDRESS_CHANGE,
    ProposalKind.PAYMENT_CHANGE,
    ProposalKind.ITEM_CHANGE,
    ProposalKind.PROFILE_CHANGE,
)


def guessing(session: Session, now: datetime, limits: Limits) -> Iterator[FraudWarning]:
    """Subjects that were locked out repeatedly, and many that were locked out once."""
    query = select(AuditEntry).where(
        AuditEntry.action == LOCK_OUT, AuditEntry.at.between(now - limits.lock_outs_within, now)
    )
    by_subject: defaultdict[str, list[AuditEntry]] = defaultdict(list)
    for entry in session.scalars(query):
        by_subject[_subject(entry)].append(entry)
    days = limits.lock_outs_within.days
    for subject, entries in by_subject.items():
        if len(entries) >= limits.lock_outs:
            whose = {entry.customer_id for entry in entries if entry.customer_id}
            yield _of_subject(subject, tuple(sorted(whose)), len(entries), days)
    total = sum(map(len, by_subject.values()))
    if total >= limits.lock_outs_in_all:
        yield _of_all(total, len(by_subject), days)


def cancelling(session: Session, now: datetime, limits: Limits) -> Iterator[FraudWarning]:
    """Customers who cancelled many of the orders that they placed lately."""
    cancelled = func.sum(case((Order.status == OrderStatus.CANCELLED, 1), else_=0))
    query = (
        select(Order.customer_id, func.count(), cancelled)
        .where(Order.placed_at.between(now - limits.cancelled_within, now))
        .group_by(Order.customer_id)
        .having(cancelled >= limits.cancellations, 2 * cancelled >= func.count())
    )
    days = limits.cancelled_within.days
    for customer, orders, count in session.execute(query):
        yield FraudWarning(
            Rule.CANCELLATIONS,
            (customer,),
            en=f"Cancelled {count} of {orders} orders placed in the last {days} days.",
            zh=f"最近 {days} 天下的 {orders} 个订单中取消了 {count} 个。",
            figures={"orders": orders, "cancelled": count, "days": days},
        )


def changing(session: Session, now: datetime, limits: Limits) -> Iterator[FraudWarning]:
    """Customers who confirmed many changes within a few days."""
    query = (
        select(AuditEntry.customer_id, func.count())
        .where(
            AuditEntry.at.between(now - limits.changed_within, now),
            AuditEntry.actor == "customer",
            AuditEntry.action.in_(_CHANGES),
            AuditEntry.customer_id.is_not(None),
        )
        .group_by(AuditEntry.customer_id)
        .having(func.count() >= limits.changes)
    )
    days = limits.changed_within.days
    for customer, count in session.execute(query):
        yield FraudWarning(
            Rule.CHANGES,
            (str(customer),),
            en=f"Confirmed {count} changes and cancellations within {days} days.",
            zh=f"{days} 天内确认了 {count} 次更改或取消。",
            figures={"changes": count, "days": days},
        )


def _subject(entry: AuditEntry) -> str:
    """Whom the guesses were about, as masked as it was written."""
    stated = entry.after.get("subject") or entry.before.get("subject")
    return str(stated or entry.customer_id or entry.order_id or "?")


def _of_subject(subject: str, whose: tuple[str, ...], count: int, days: int) -> FraudWarning:
    return FraudWarning(
        Rule.LOCK_OUTS,
        whose,
        en=f"Locked out {count} times within {days} days after wrong guesses: {subject}.",
        zh=f"{days} 天内因多次猜错被锁定 {count} 次：{subject}。",
        figures={"lock_outs": count, "subject": subject, "days": days},
    )


def _of_all(total: int, subjects: int, days: int) -> FraudWarning:
    return FraudWarning(
        Rule.LOCK_OUTS,
        (),
        en=f"{total} lock-outs within {days} days, of {subjects} different e-mails or orders: "
        "somebody may be guessing at many.",
        zh=f"{days} 天内共锁定 {total} 次，涉及 {subjects} 个邮箱或订单：可能有人在大量试探。",
        figures={"lock_outs": total, "subjects": subjects, "days": days},
    )
