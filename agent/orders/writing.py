"""Writes checked records: new rows inserted, changed ones replaced, unchanged ones untouched."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, insert, select, tuple_, update
from sqlalchemy.orm import Session

from agent.orders.base import Base, Imported
from agent.orders.batch import Entry
from agent.orders.crosscheck import chunks
from agent.orders.models import (
    Customer,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Policy,
    Review,
    Shipment,
    ShipmentEvent,
    ShipmentLine,
)
from agent.orders.rows import rows_of

TABLES: dict[str, type[Customer | Order | Review | Policy]] = {
    "customer": Customer,
    "order": Order,
    "review": Review,
    "policy": Policy,
}
_OF_ORDER: tuple[type[Base], ...] = (
    OrderLine,
    Payment,
    Shipment,
    ShipmentLine,
    ShipmentEvent,
)
# Times relative to the import move with the day of the import, and not with each minute.
_AGE = timedelta(days=1)


@dataclass
class Sorted:
    """The entries of one kind by what writing them would do."""

    new: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)
    unchanged: list[Entry] = field(default_factory=list)


def sort_entries(session: Session, kind: str, entries: Sequence[Entry]) -> Sorted:
    """Compare records with what was imported before, by the hash of their source."""
    stored = _stored(session, kind, [entry.record.key for entry in entries])
    found = Sorted()
    for entry in entries:
        before = stored.get(entry.record.key)
        if before is None:
            found.new.append(entry)
        elif before[0] != entry.source_hash or _has_aged(before[1], entry.anchored_at):
            found.changed.append(entry)
        else:
            found.unchanged.append(entry)
    return found


def write(session: Session, kind: str, entries: Sorted) -> None:
    """Write the new and the changed entries of one kind."""
    if not entries.new and not entries.changed:
        return
    new, changed = rows_of(entries.new), rows_of(entries.changed)
    # The parts of a changed order go first: they hold on to its present owner.
    _delete_order_parts(session, [row["id"] for row in changed[Order]])
    parent = TABLES[kind]
    _insert(session, parent, new[parent])
    if changed[parent]:
        session.execute(update(parent), changed[parent])
    _insert(session, PaymentMethod, new[PaymentMethod])
    _write_methods(session, changed[PaymentMethod])
    for part in _OF_ORDER:
        _insert(session, part, new[part] + changed[part])


def drop_methods(session: Session, changed: Iterable[Entry]) -> None:
    """Remove the payment methods that a changed customer no longer has and no payment names."""
    kept = rows_of(changed)
    own = {(row["customer_id"], row["id"]) for row in kept[PaymentMethod]}
    key = tuple_(PaymentMethod.customer_id, PaymentMethod.id)
    used = exists().where(
        Payment.customer_id == PaymentMethod.customer_id, Payment.method_id == PaymentMethod.id
    )
    for chunk in chunks(row["id"] for row in kept[Customer]):
        stored = select(PaymentMethod.customer_id, PaymentMethod.id).where(
            PaymentMethod.customer_id.in_(chunk), ~used
        )
        gone = [(owner, id_) for owner, id_ in session.execute(stored) if (owner, id_) not in own]
        if gone:
            session.execute(delete(PaymentMethod).where(key.in_(gone)))


def _stored(
    session: Session, kind: str, keys: Sequence[object]
) -> dict[object, tuple[str, datetime | None]]:
    """Hash and anchor of the last import, by key."""
    table: type[Imported] = TABLES[kind]
    if kind == "policy":
        rows = session.execute(
            select(Policy.id, Policy.locale, Policy.version, Policy.source_hash, Policy.anchored_at)
        )
        return {(id_, locale, version): (hash_, at) for id_, locale, version, hash_, at in rows}
    column = {"customer": Customer.id, "order": Order.number, "review": Review.id}[kind]
    found: dict[object, tuple[str, datetime | None]] = {}
    for chunk in chunks(keys):
        query = select(column, table.source_hash, table.anchored_at).where(column.in_(chunk))
        found.update((key, (hash_, at)) for key, hash_, at in session.execute(query))
    return found


def _has_aged(before: datetime | None, now: datetime | None) -> bool:
    return before is not None and now is not None and abs(now - before) >= _AGE


def _insert(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table), rows)


def _write_methods(session: Session, rows: list[dict[str, Any]]) -> None:
    """Insert or update the payment methods of changed customers."""
    stored: set[tuple[str, str]] = set()
    for chunk in chunks({row["customer_id"] for row in rows}):
        query = select(PaymentMethod.customer_id, PaymentMethod.id)
        found = session.execute(query.where(PaymentMethod.customer_id.in_(chunk)))
        stored.update((owner, id_) for owner, id_ in found)
    split: dict[bool, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        split[(row["customer_id"], row["id"]) in stored].append(row)
    _insert(session, PaymentMethod, split[False])
    if split[True]:
        session.execute(update(PaymentMethod), split[True])


def _delete_order_parts(session: Session, order_ids: list[str]) -> None:
    for table in (OrderLine, Payment, Shipment):
        for chunk in chunks(order_ids):
            session.execute(delete(table).where(table.order_id.in_(chunk)))
