"""Keeps an import from bringing erased customers back: their records come in without them.

Orders of an erased customer stay anonymous and up to date; so does an order that was made
anonymous by its age, which is left as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agent.orders.batch import Batch, Entry
from agent.orders.crosscheck import chunks
from agent.orders.formats import (
    AddressRecord,
    CustomerRecord,
    MethodRecord,
    OrderRecord,
    Part,
    ReviewRecord,
)
from agent.orders.models import Customer, Order
from agent.orders.tombstones import AGED, Erased, Marks, bury, read_erased

P = TypeVar("P", bound=Part)


@dataclass
class Forgotten:
    """What came in without its person. `returned` are ids new to us with an erased e-mail."""

    customers: int = 0
    orders: int = 0
    reviews: int = 0
    aged: int = 0
    returned: list[tuple[str, str]] = field(default_factory=list)
    aliases: set[str] = field(default_factory=set)

    def notices(self) -> list[str]:
        """One line for each kind; no names."""
        lines = [
            (self.customers, "customers were erased at their wish and stay without personal data"),
            (self.orders, "orders of erased customers stay anonymous"),
            (self.reviews, "reviews of erased customers come in without their author"),
            (self.aged, "orders are anonymous because of their age and were left as they are"),
            (
                len(self.returned),
                "of these customers have a new id and an erased e-mail address; if they want to "
                "be known again: `shopclerk privacy admit EMAIL`",
            ),
        ]
        return [f"{count} {said}" for count, said in lines if count]


def leave_out_erased(session: Session, batch: Batch, marks: Marks | None) -> Forgotten:
    """Make the batch's records of erased customers anonymous. Raises SettingsError."""
    done = Forgotten()
    aged = _aged(session, batch)
    erased = read_erased(session, marks)
    if erased is None and not aged:
        return done
    kept = [entry for entry in batch.entries if not _is_aged(entry, aged)]
    done.aged = len(batch.entries) - len(kept)
    if erased is not None:
        erased = _with_returned(erased, kept, done)
        kept = [_anonymous(entry, erased, done) for entry in kept]
    batch.entries[:] = kept
    return done


def remember_returned(
    session: Session, done: Forgotten, marks: Marks | None, now: datetime
) -> None:
    """After the import is written: those with an erased e-mail are known by their new id too."""
    for customer_id, email in done.returned if marks else ():
        assert marks is not None  # noqa: S101 - nobody is found without the key
        bury(session, marks, customer_id, email, now)
    for chunk in chunks(sorted(done.aliases)):
        new = Customer.id.in_(chunk), Customer.erased_at.is_(None)
        session.execute(update(Customer).where(*new).values(erased_at=now))


def _aged(session: Session, batch: Batch) -> set[str]:
    numbers = [entry.record.key for entry in batch.of("order")]
    aged: set[str] = set()
    for chunk in chunks(numbers):
        query = select(Order.number).where(Order.number.in_(chunk), Order.customer_id == AGED)
        aged.update(session.scalars(query))
    return aged


def _is_aged(entry: Entry, aged: set[str]) -> bool:
    return isinstance(entry.record, OrderRecord) and entry.record.key in aged


def _with_returned(erased: Erased, entries: Iterable[Entry], done: Forgotten) -> Erased:
    for entry in entries:
        record = entry.record
        if not isinstance(record, CustomerRecord) or erased.has_id(record.id):
            continue
        if erased.has_email(record.email):
            done.returned.append((record.id, record.email))
    new = {erased.marks.id_hash(id_) for id_, _ in done.returned}
    return replace(erased, ids=erased.ids | new)


def _anonymous(entry: Entry, erased: Erased, done: Forgotten) -> Entry:
    record, marks = entry.record, erased.marks
    if isinstance(record, CustomerRecord) and erased.has_id(record.id):
        done.customers += 1
        done.aliases.add(marks.alias(record.id))
        anonymous: Any = _customer(record, marks)
    elif isinstance(record, OrderRecord) and erased.has_id(record.customer_id):
        done.orders += 1
        anonymous = _order(record, marks)
    elif isinstance(record, ReviewRecord) and _names_erased(record.extra, erased):
        done.reviews += 1
        anonymous = _plain(record)
    else:
        return entry
    source = marks.source_hash(entry.source_hash)
    return replace(entry, record=anonymous, source_hash=source)


def _customer(record: CustomerRecord, marks: Marks) -> CustomerRecord:
    methods = [
        MethodRecord(
            id=marks.method_alias(record.id, method.id),
            kind=method.kind,
            balance=method.balance,
            currency=method.currency,
        )
        for method in record.payment_methods
    ]
    return CustomerRecord(id=marks.alias(record.id), payment_methods=methods)


def _order(record: OrderRecord, marks: Marks) -> OrderRecord:
    plain = _plain(record)
    plain.customer_id = marks.alias(record.customer_id)
    plain.address = AddressRecord(region=record.address.region, country=record.address.country)
    plain.lines = [_plain(line) for line in record.lines]
    plain.payments = [_plain(payment) for payment in record.payments]
    for payment in plain.payments:
        payment.method_id = marks.method_alias(record.customer_id, payment.method_id)
    plain.shipments = [_plain(shipment) for shipment in record.shipments]
    for shipment in plain.shipments:
        shipment.tracking_number, shipment.events = "", []
    return plain


def _plain(record: P) -> P:
    """A copy without the fields that the format does not know."""
    copied = record.model_copy()
    copied.__pydantic_extra__ = {}
    return copied


def _names_erased(extra: dict[str, Any], erased: Erased) -> bool:
    said = [value for value in extra.values() if isinstance(value, str)]
    return any(erased.has_id(value) or erased.has_email(value) for value in said)
