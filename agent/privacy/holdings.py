"""Every row that the database holds on a customer, or on some of their orders."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, cast, select
from sqlalchemy.orm import Session

from agent.orders.models import Base

Row = dict[str, Any]

OF_CUSTOMER = (
    "customer",
    "payment_method",
    "chat_session",
    "order",
    "order_line",
    "payment",
    "shipment",
    "after_sale",
    "proposal",
    "receipt",
    "outbox",
    "one_time_code",
    "audit",
)
"""Tables whose rows name the customer."""
OF_PARENT = {
    "shipment_line": ("order_id", "order", "id"),
    "shipment_event": ("order_id", "order", "id"),
    "after_sale_line": ("order_id", "order", "id"),
    "turn": ("session_id", "chat_session", "id"),
    "hand_off": ("session_id", "chat_session", "id"),
    "feedback": ("turn_id", "turn", "id"),
}
"""Tables whose rows belong to another row: the column, and where it leads."""
OF_NOBODY = {
    "catalogue_version": "the catalogue",
    "product": "the catalogue",
    "variant": "the catalogue",
    "policy": "the shop's policies",
    "review": "names no customer; tied by what its unknown fields say",
    "staff": "accounts of the shop's own people",
    "tombstone": "keyed hashes of those who were erased",
    "sql_audit": "queries of staff over views without personal data",
}


@dataclass
class Holdings:
    """Rows by table. With some orders alone: only those, and what belongs to them."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def __getitem__(self, table: str) -> list[Row]:
        return self.rows.get(table, [])

    @property
    def customer(self) -> Row:
        """The customer's own row."""
        return self["customer"][0]

    def counts(self) -> dict[str, int]:
        """How many rows each table holds."""
        return {table: len(rows) for table, rows in self.rows.items() if rows}


def read_holdings(session: Session, customer_id: str) -> Holdings:
    """Everything on a customer; `customer` is empty where there is none of this id."""
    held = Holdings()
    for name in OF_CUSTOMER:
        column = "id" if name == "customer" else "customer_id"
        held.rows[name] = _rows(session, name, {column: [customer_id]})
    _read_parts(session, held)
    held.rows["review"] = _reviews(session, held)
    return held


def read_orders(session: Session, order_ids: Collection[str]) -> Holdings:
    """These orders and what belongs to them."""
    held = Holdings({"order": _rows(session, "order", {"id": order_ids})})
    for name in ("order_line", "payment", "shipment", "after_sale", "proposal", "outbox", "audit"):
        held.rows[name] = _rows(session, name, {"order_id": order_ids})
    proposals = [row["id"] for row in held["proposal"]]
    held.rows["receipt"] = _rows(session, "receipt", {"proposal_id": proposals})
    owners = {row["customer_id"] for row in held["order"]}
    held.rows["payment_method"] = _rows(session, "payment_method", {"customer_id": owners})
    _read_parts(session, held)
    return held


def table(name: str) -> Table:
    """A table of the schema."""
    return Base.metadata.tables[name]


def _read_parts(session: Session, held: Holdings) -> None:
    for name, (column, parent, key) in OF_PARENT.items():
        held.rows[name] = _rows(session, name, {column: [row[key] for row in held[parent]]})


def _rows(session: Session, name: str, wanted: Mapping[str, Collection[str]]) -> list[Row]:
    of = table(name)
    conditions: list[ColumnElement[bool]] = [of.c[c].in_(sorted(v)) for c, v in wanted.items()]
    keys = list(of.primary_key.columns)
    query = select(of).where(*conditions).order_by(*keys)
    return [dict(row) for row in session.execute(query).mappings()]


def _reviews(session: Session, held: Holdings) -> list[Row]:
    """Reviews whose unknown fields name the customer by id or e-mail."""
    if not held["customer"]:
        return []
    named = {held.customer["id"], held.customer["email"]} - {""}
    of = table("review")
    likely = [cast(of.c.extra, Text).icontains(name, autoescape=True) for name in sorted(named)]
    found = []
    for likely_one in likely:
        found += [dict(row) for row in session.execute(select(of).where(likely_one)).mappings()]
    ours = {name.casefold() for name in named}
    tied = {
        row["id"]: row
        for row in found
        if any(isinstance(v, str) and v.casefold() in ours for v in row["extra"].values())
    }
    return list(tied.values())
