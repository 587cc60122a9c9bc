"""Who was locked out for guessing, for the warnings of fraud: a row of the audit each."""

from datetime import datetime

from sqlalchemy import select

from agent.identity.records import customer_of
from agent.identity.throttle import Subject
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.formats import order_number
from agent.orders.models import AuditEntry, Order

ACTOR, ACTION = "anonymous", "lock_out"


def record(db: Database, now: datetime, subject: Subject, address: Subject) -> None:
    """Add the row. It names the customer or order that was guessed at, and masks what was typed."""
    with db.write(SYSTEM) as session:
        entry = AuditEntry(
            at=now,
            actor=ACTOR,
            action=ACTION,
            before={},
            after={
                "kind": subject.kind,
                "subject": masked(subject),
                "address": masked(address),
            },
        )
        if subject.kind in ("email", "buyer") and (customer := customer_of(session, subject.value)):
            entry.customer_id = customer.id
        if subject.kind == "order":
            number = order_number(subject.value)
            order = session.scalar(select(Order).where(Order.number == number))
            if order is not None:
                entry.order_id, entry.customer_id = order.id, order.customer_id
        session.add(entry)


def masked(subject: Subject) -> str:
    """Enough to know it again: ``a…@example.com·3f9c``, ``…074·51b2``, ``203.0.113.…·a07e``.

    The digits at the end are of its hash: they keep two apart that look alike.
    """
    return f"{_shortened(subject)}·{subject.key[:4]}"


def _shortened(subject: Subject) -> str:
    value = subject.value
    if subject.kind in ("email", "buyer"):
        name, _, domain = value.partition("@")
        return f"{name[:1]}…@{domain}"
    if subject.kind == "staff":
        return f"{value[:1]}…"
    if subject.kind == "address" and "." in value:
        return value.rpartition(".")[0] + ".…"
    return f"…{value[-3:]}" if subject.kind == "order" else f"{value[:9]}…"
