"""Records as rows of the tables that hold them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from agent.orders.base import Base
from agent.orders.batch import Entry
from agent.orders.formats import CustomerRecord, OrderRecord, PolicyRecord, ReviewRecord
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
from agent.orders.money import to_minor

Row = tuple[type[Base], dict[str, Any]]
Rows = defaultdict[type[Base], list[dict[str, Any]]]


def rows_of(entries: Iterable[Entry]) -> Rows:
    """The rows of all these records, by table."""
    rows: Rows = defaultdict(list)
    for entry in entries:
        for table, row in _rows(entry):
            rows[table].append(row)
    return rows


def _rows(entry: Entry) -> Iterator[Row]:
    record = entry.record
    source = {
        "source_hash": entry.source_hash,
        "anchored_at": entry.anchored_at,
        "extra": _plain(record.extra),
    }
    if isinstance(record, CustomerRecord):
        yield from _customer(record, source)
    elif isinstance(record, OrderRecord):
        yield from _order(record, source)
    elif isinstance(record, ReviewRecord):
        known = record.model_dump(include={"product_id", "rating", "text", "locale", "at"})
        # What it says may be new: its score is no longer its own.
        yield Review, known | source | {"id": record.key, "scored_by": ""}
    else:
        yield _policy(record, source)


def _customer(record: CustomerRecord, source: dict[str, Any]) -> Iterator[Row]:
    names = {"id", "first_name", "last_name", "email", "phone", "locale"}
    row = record.model_dump(include=names) | source
    yield Customer, row | {"address": _plain(record.address)}
    for position, method in enumerate(record.payment_methods):
        balance = method.balance
        yield (
            PaymentMethod,
            {
                "customer_id": record.id,
                "id": method.id,
                "kind": method.kind.value,
                "label": method.label,
                "balance_minor": None if balance is None else to_minor(balance, method.currency),
                "currency": method.currency,
                "position": position,
                "extra": _plain(method.extra),
            },
        )


def _order(record: OrderRecord, source: dict[str, Any]) -> Iterator[Row]:
    row = record.model_dump(include={"id", "customer_id", "placed_at", "currency"}) | source
    row |= {"number": record.key, "status": record.status.value}
    for column, kind in (("paid_minor", "payment"), ("refunded_minor", "refund")):
        amounts = [p.amount for p in record.payments if p.kind == kind]
        row[column] = sum(to_minor(amount, record.currency) for amount in amounts)
    yield Order, row | {"address": _plain(record.address)}
    key = {"order_id": record.id, "customer_id": record.customer_id}
    for line in record.lines:
        known = line.model_dump(
            include={"line", "product_id", "variant_id", "title", "options", "quantity"}
        )
        price = to_minor(line.unit_price, record.currency)
        yield OrderLine, key | known | {"unit_price_minor": price, "extra": _plain(line.extra)}
    for number, payment in enumerate(record.payments, start=1):
        amount = to_minor(payment.amount, record.currency)
        known = {"number": number, "kind": payment.kind.value, "amount_minor": amount}
        known |= {"method_id": payment.method_id, "at": payment.at}
        yield Payment, key | known | {"extra": _plain(payment.extra)}
    yield from _shipments(record, key)


def _shipments(record: OrderRecord, key: dict[str, Any]) -> Iterator[Row]:
    for number, shipment in enumerate(record.shipments, start=1):
        known = shipment.model_dump(include={"carrier", "tracking_number", "eta", "delivered_at"})
        yield Shipment, key | known | {"number": number, "extra": _plain(shipment.extra)}
        parcel = {"order_id": record.id, "shipment": number}
        for line in shipment.lines:
            yield ShipmentLine, parcel | {"line": line}
        for place, event in enumerate(shipment.events, start=1):
            seen = event.model_dump(include={"at", "place", "text"})
            yield ShipmentEvent, parcel | seen | {"number": place}


def _policy(record: PolicyRecord, source: dict[str, Any]) -> Row:
    names = {"id", "locale", "version", "title", "text", "effective_from", "effective_to"}
    return Policy, record.model_dump(include=names) | source | {"rules": _plain(record.rules)}


def _plain(value: Any) -> Any:
    """Something that JSON holds; an unknown field's Decimal becomes the number that it was."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump())
    return value if isinstance(value, str | int | float | bool | None) else str(value)
