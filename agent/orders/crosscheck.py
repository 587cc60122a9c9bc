"""What the records of one import say of each other and of what is stored already."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from agent.orders.batch import Batch, Entry
from agent.orders.formats import CustomerRecord, OrderRecord, ReviewRecord
from agent.orders.models import Customer, Order, PaymentMethod, Product
from retrieval.catalogue import Problem

_CHUNK = 500


def crosscheck(session: Session, batch: Batch) -> Iterator[Problem]:
    """Every problem between records; those with `kept` are only notices."""
    yield from _repeated(batch)
    orders = [(entry, entry.record) for entry in batch.entries if _is_order(entry)]
    if orders:
        yield from _order_problems(session, batch)
    yield from _unknown_products(session, batch)


def chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    """The items in lists that fit one IN (…)."""
    everything = list(items)
    for start in range(0, len(everything), _CHUNK):
        yield everything[start : start + _CHUNK]


def existing(session: Session, column: InstrumentedAttribute[str], ids: Iterable[str]) -> set[str]:
    """Which of the ids the column holds."""
    return {
        id_
        for chunk in chunks(ids)
        for id_ in session.scalars(select(column).where(column.in_(chunk)))
    }


def _is_order(entry: Entry) -> bool:
    return isinstance(entry.record, OrderRecord)


def _repeated(batch: Batch) -> Iterator[Problem]:
    first: dict[tuple[str, object], Entry] = {}
    for entry in batch.entries:
        earlier = first.setdefault((entry.record.kind, entry.record.key), entry)
        if earlier is not entry:
            row = earlier.row
            where = f"{row.place}:{row.line}" if row.line else row.place
            yield entry.row.problem("id", f"this {entry.record.kind} was given before, at {where}")


def _order_problems(session: Session, batch: Batch) -> Iterator[Problem]:
    orders = [entry for entry in batch.entries if isinstance(entry.record, OrderRecord)]
    records = [entry.record for entry in orders if isinstance(entry.record, OrderRecord)]
    owners = {record.customer_id for record in records}
    customers = {
        entry.record.id: {method.id for method in entry.record.payment_methods}
        for entry in batch.entries
        if isinstance(entry.record, CustomerRecord)
    }
    known = existing(session, Customer.id, owners - customers.keys()) | customers.keys()
    stored_methods = _stored_methods(session, owners)
    spelled = _stored_spelling(session, {record.key for record in records})
    for entry, record in zip(orders, records, strict=True):
        if ("customer", record.customer_id) in batch.refused:
            continue
        if record.customer_id not in known:
            yield entry.row.problem("customer_id", f"there is no customer {record.customer_id!r}")
            continue
        if spelled.get(record.key, record.id) != record.id:
            yield entry.row.problem("id", f"is stored already as {spelled[record.key]!r}")
        own = customers.get(record.customer_id, set())
        for place, payment in enumerate(record.payments):
            if payment.method_id not in own and (
                (record.customer_id, payment.method_id) not in stored_methods
            ):
                yield entry.row.problem(
                    f"payments[{place}].method_id",
                    f"{payment.method_id!r} is no payment method of {record.customer_id!r}",
                )


def _stored_methods(session: Session, owners: Iterable[str]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for chunk in chunks(owners):
        key = select(PaymentMethod.customer_id, PaymentMethod.id)
        rows = session.execute(key.where(PaymentMethod.customer_id.in_(chunk)))
        found.update((owner, method) for owner, method in rows)
    return found


def _stored_spelling(session: Session, numbers: Iterable[str]) -> dict[str, str]:
    """Order ids as they are stored, by their number."""
    found: dict[str, str] = {}
    for chunk in chunks(numbers):
        rows = session.execute(select(Order.number, Order.id).where(Order.number.in_(chunk)))
        found.update((number, id_) for number, id_ in rows)
    return found


def _unknown_products(session: Session, batch: Batch) -> Iterator[Problem]:
    """One notice a file: shops drop products, and what was sold or reviewed stays."""
    named: dict[str, set[str]] = {}
    for entry in batch.entries:
        record = entry.record
        if isinstance(record, OrderRecord):
            named.setdefault(entry.row.file, set()).update(li.product_id for li in record.lines)
        elif isinstance(record, ReviewRecord):
            named.setdefault(entry.row.file, set()).add(record.product_id)
    everything = set().union(*named.values())
    if everything and not batch.products and session.scalar(select(Product.id).limit(1)) is None:
        message = "the catalogue is empty, so product ids were not looked up"
        yield Problem(", ".join(named), 0, "", message, kept=True)
        return
    known = existing(session, Product.id, everything) | {p.id for p in batch.products}
    for file, ids in named.items():
        if unknown := sorted(ids - known):
            some = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
            message = f"{len(unknown)} product ids are not in the catalogue: {some}"
            yield Problem(file, 0, "product_id", message, kept=True)
