"""Writes checked records: new rows inserted, changed ones replaced, unchanged ones untouched.

What was changed here and is not delivered to the shop is kept as it is. An order that was changed
here and delivered is replaced only by another record: one that merely aged does not undo it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
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
from agent.orders.undelivered import (
    changed_here,
    hold,
    undelivered_customers,
    undelivered_orders,
)

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
    """The entries of one kind by what writing them would do.

    `kept` would undo changes that the shop does not know; `aged` are the ids of changed ones that
    are the same record on a later day.
    """

    new: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)
    unchanged: list[Entry] = field(default_factory=list)
    kept: list[Entry] = field(default_factory=list)
    aged: set[str] = field(default_factory=set)


def sort_entries(session: Session, kind: str, entries: Sequence[Entry]) -> Sorted:
    """Compare records with what was imported before, by the hash of their source."""
    stored = _stored(session, kind, [entry.record.key for entry in entries])
    found = Sorted()
    for entry in entries:
        before = stored.get(entry.record.key)
        if before is None:
            found.new.append(entry)
        elif before[0] != entry.source_hash:
            found.changed.append(entry)
        elif _has_aged(before[1], entry.anchored_at):
            found.changed.append(entry)
            found.aged.add(str(entry.record.id or entry.record.key))
        else:
            found.unchanged.append(entry)
    return found


def keep_undelivered(
    session: Session, orders: Sorted, customers: Sorted, *, lock: bool = True
) -> None:
    """Set aside what would undo changes that the shop does not know yet.

    With `lock` nobody makes another before this transaction ends.
    """
    if lock:
        hold(session, _ids(orders.changed), _ids(customers.changed))
    orders.kept = _take(orders, undelivered_orders(session, _ids(orders.changed)))
    customers.kept = _take(customers, undelivered_customers(session, _ids(customers.changed)))
    orders.unchanged += _take(orders, changed_here(session, orders.aged))


def _take(found: Sorted, ids: Set[str]) -> list[Entry]:
    """Take the entries of these ids out of the changed ones."""
    taken = [entry for entry in found.changed if entry.record.id in ids]
    found.changed = [entry for entry in found.changed if entry.record.id not in ids]
    return taken


def _ids(entries: Sequence[Entry]) -> list[str]:
    return [str(entry.record.id) for entry in entries]


def write(session: Session, kind: str, entries: Sorted) -> None:
    """Write the new and the changed entries of one kind."""
    if not entries.new and not entries.changed and not entries.kept:
        return
    new, changed = rows_of(entries.new), rows_of(entries.changed)
    # The parts of a changed order go first: they hold on to its present owner.
    _delete_order_parts(session, [row["id"] for row in changed[Order]])
    parent = TABLES[kind]
    _insert(session, parent, new[parent])
    for row in changed[Order]:
        # From here on it is the shop's own record again.
        row["changed_here_at"] = None
    for row in changed[Review]:
        if row["id"] in entries.aged:
            # It says what it said before, so its score stays.
            del row["scored_by"]
    if changed[parent]:
        session.execute(update(parent), changed[parent])
    _insert(session, PaymentMethod, new[PaymentMethod])
    _write_methods(session, changed[PaymentMethod])
    if kind == "customer":
        # A new order in the same files may name a method that a kept customer has only now.
        _write_methods(session, rows_of(entries.kept)[PaymentMethod], only_new=True)
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


def _write_methods(session: Session, rows: list[dict[str, Any]], *, only_new: bool = False) -> None:
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
    if split[True] and not only_new:
        session.execute(update(PaymentMethod), split[True])


def _delete_order_parts(session: Session, order_ids: list[str]) -> None:
    for table in (OrderLine, Payment, Shipment):
        for chunk in chunks(order_ids):
            session.execute(delete(table).where(table.order_id.in_(chunk)))
