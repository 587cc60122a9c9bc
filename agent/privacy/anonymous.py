"""Rows without the person: what the books need of an order stays, the rest is blank.

Kept: what was sold, when, for how much, paid by what kind of method, refunded, its status, the
carrier and the dates, country and region (taxes depend on them). Gone: names, e-mail, phone,
address, labels of methods, reasons, tracking numbers and parcels' stations, unknown fields.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.orders.models import ProposalStatus
from agent.privacy.holdings import Holdings, Row

_PLACE = ("region", "country")
_ADDRESSES = {"address", "address_before", "address_after"}
_TEXTS = {"reason", "summary", "method", "label", "subject", "email", "phone", "name", "text"}


@dataclass(frozen=True)
class Alias:
    """Who the orders belong to from now on, and by what id a method is known.

    What a gift card holds is still owed to an erased customer, and to nobody by age.
    """

    customer_id: str
    method_id: Callable[[Row], str]
    keeps_balance: bool = True


def anonymous_rows(held: Holdings, alias: Alias) -> dict[str, list[Row]]:
    """The rows that take the place of those held, by table, parents first."""
    methods = {(m["customer_id"], m["id"]): alias.method_id(m) for m in held["payment_method"]}
    mine = {"customer_id": alias.customer_id}
    names = {row["customer_id"]: alias.customer_id for row in held["order"] + held["proposal"]}
    names |= {id_: new for (_, id_), new in methods.items()}

    def cleaned(value: Any) -> Any:
        return without_person(value, names)

    decided = [r for r in held["proposal"] if r["status"] == ProposalStatus.CONFIRMED]
    return {
        "payment_method": [
            _method(m, alias) | mine | {"id": methods[m["customer_id"], m["id"]]}
            for m in held["payment_method"]
        ],
        "order": [_order(row) | mine for row in held["order"]],
        "order_line": [row | mine | {"extra": {}} for row in held["order_line"]],
        "payment": [
            row | mine | {"method_id": methods[row["customer_id"], row["method_id"]], "extra": {}}
            for row in held["payment"]
        ],
        "shipment": [row | mine | {"tracking_number": "", "extra": {}} for row in held["shipment"]],
        "shipment_line": held["shipment_line"],
        "after_sale": [row | mine | {"reason": ""} for row in held["after_sale"]],
        "after_sale_line": held["after_sale_line"],
        "proposal": [_proposal(row, cleaned) | mine for row in decided],
        "receipt": [row | mine | {"terms": cleaned(row["terms"])} for row in held["receipt"]],
        "outbox": [
            row | mine | {"payload": cleaned(row["payload"]), "last_error": "", "answer": ""}
            for row in held["outbox"]
        ],
    }


def anonymous_audit(row: Row, customer_id: str, names: dict[str, str]) -> Row:
    """An entry of the audit: who changed what stays, of whom does not."""
    return row | {
        "customer_id": customer_id,
        "before": without_person(row["before"], names),
        "after": without_person(row["after"], names),
    }


def without_person(value: Any, names: dict[str, str]) -> Any:
    """A JSON-like value with addresses cut down, texts blank, and ids replaced by their aliases."""
    if isinstance(value, list):
        return [without_person(inner, names) for inner in value]
    if not isinstance(value, dict):
        return names.get(value, value) if isinstance(value, str) else value
    return {key: _field(key, inner, names) for key, inner in value.items()}


def _field(key: str, value: Any, names: dict[str, str]) -> Any:
    if key in _ADDRESSES:
        return _place(value) if isinstance(value, dict) else ""
    if key in _TEXTS and isinstance(value, str):
        return ""
    return without_person(value, names)


def _place(address: dict[str, str]) -> dict[str, str]:
    return {key: address[key] for key in _PLACE if address.get(key)}


def _method(row: Row, alias: Alias) -> Row:
    balance = row["balance_minor"]
    if balance is not None and not alias.keeps_balance:
        balance = 0
    return row | {"label": "", "extra": {}, "balance_minor": balance}


def _order(row: Row) -> Row:
    gone = {"cancel_reason": "", "extra": {}, "source_hash": ""}
    return row | gone | {"address": _place(row["address"])}


def _proposal(row: Row, cleaned: Callable[[Any], Any]) -> Row:
    gone = {"session_id": "", "code": "", "wish": {}, "fingerprint": ""}
    return row | gone | {"terms": cleaned(row["terms"])}
