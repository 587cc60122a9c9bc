"""An order desk for tests: a small shop in the database, and changes that its customer confirms."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from agent.context import Shopper
from agent.orders.database import Database
from agent.orders.importer import ImportReport, import_files
from agent.orders.models import AfterSale, Customer, Order, PaymentMethod, Product, Variant
from agent.orders.proposals import Proposals
from agent.orders.wishes import (
    Address,
    AddressChange,
    Cancellation,
    Exchange,
    ItemChange,
    OrderWish,
    Part,
    PaymentChange,
    ProfileChange,
    Return,
    Swap,
)

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ANA = Shopper.signed_in("ana")
HOME = {
    "line1": "1 Elm St",
    "line2": "",
    "city": "Reno",
    "region": "NV",
    "postal_code": "89501",
    "country": "US",
}
ELSEWHERE = Address(
    line1="9 Oak Ave", city="Austin", region="TX", postal_code="78701", country="US"
)
CUSTOMER: dict[str, Any] = {
    "id": "ana",
    "email": "ana@example.com",
    "address": HOME,
    "payment_methods": [
        {"id": "card", "kind": "credit_card", "label": "Visa 4242"},
        {"id": "gift", "kind": "gift_card", "label": "gift card", "balance": "100.00"},
    ],
}
MUG: dict[str, Any] = {
    "id": "mug",
    "title": {"en": "Mug", "zh": "杯子"},
    "price": "12.50",
    "stock": 15,
    "variants": [
        {"id": "red", "attributes": {"colour": "red"}, "price": "12.50", "stock": 5},
        {"id": "blue", "attributes": {"colour": "blue"}, "price": "15.00", "stock": 10},
    ],
}


def order(id_: str, status: str, **more: Any) -> dict[str, Any]:
    """An order of three red mugs, paid by card and gift card; delivered ones arrived yesterday."""
    line = {"product_id": "mug", "variant_id": "red", "title": "Mug", "unit_price": "12.50"}
    record = {
        "id": id_,
        "customer_id": "ana",
        "placed_at": "@-6d",
        "status": status,
        "address": HOME,
        "lines": [
            line | {"quantity": 2, "options": {"en": "colour: red"}},
            line | {"quantity": 1},
        ],
        "payments": [{"kind": "payment", "amount": "37.50", "method_id": "gift"}],
        "shipments": [{"carrier": "UPS", "delivered_at": "@-1d"}] if status == "delivered" else [],
    }
    return record | more


class Desk:
    """A shop whose clock the test moves, and one customer who confirms all that she asks for."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self.now = NOW
        self.folder = folder
        self.proposals = Proposals(db, self.clock, ZoneInfo("America/New_York"))

    def clock(self) -> datetime:
        """The desk's time."""
        return self.now

    def bring(self, *records: dict[str, Any], dry_run: bool = False) -> ImportReport:
        """Import records of one file each kind."""
        path = self.folder / "records.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
        return import_files(self.db, [path], clock=self.clock, dry_run=dry_run)

    def products(self, *records: dict[str, Any]) -> ImportReport:
        """Import products."""
        path = self.folder / "products.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
        return import_files(self.db, [path], clock=self.clock)

    def confirm(self, wish: OrderWish | ProfileChange) -> str:
        """Propose and confirm; the id of the change."""
        self.now += timedelta(seconds=1)
        proposal = self.proposals.propose(ANA, "session", wish)
        self.proposals.confirm(ANA, "session", proposal.id)
        return proposal.id

    def snapshot(self, order_id: str) -> dict[str, Any]:
        """Everything that a change of this order can touch."""
        with self.db.read() as session:
            found = session.get_one(Order, order_id)
            cards = select(PaymentMethod.id, PaymentMethod.balance_minor)
            return {
                "status": found.status,
                "address": found.address,
                "reason": found.cancel_reason,
                "changed": found.items_changed,
                "paid": (found.paid_minor, found.refunded_minor),
                "lines": [
                    (n.line, n.variant_id, n.options, n.unit_price_minor, n.quantity)
                    for n in found.lines
                ],
                "money": [
                    (p.number, p.kind, p.method_id, p.amount_minor, p.settled)
                    for p in found.payments
                ],
                "balances": dict(session.execute(cards).all()),
                "stock": self.stock(),
                "home": session.get_one(Customer, "ana").address,
            }

    def stock(self) -> dict[str, int | None]:
        """Pieces of the product and of its variants."""
        with self.db.read() as session:
            whole = {row.id: row.stock for row in session.scalars(select(Product))}
            return whole | {row.id: row.stock for row in session.scalars(select(Variant))}

    def after_sale(self, order_id: str) -> str | None:
        """Where the return or exchange stands."""
        with self.db.read() as session:
            found = session.get(AfterSale, order_id)
            return found.status if found else None


def wishes(order_id: str, delivered: str) -> dict[str, OrderWish | ProfileChange]:
    """One wish of each kind for a pending and for a delivered order."""
    swap = (Swap(line=1, quantity=1, to="blue"), Swap(line=2, to="blue"))
    return {
        "cancellation": Cancellation(order_id=order_id, reason="no longer needed"),
        "address_change": AddressChange(order_id=order_id, address=ELSEWHERE),
        "payment_change": PaymentChange(order_id=order_id, method_id="card"),
        "item_change": ItemChange(order_id=order_id, swaps=swap, method_id="gift"),
        "return": Return(order_id=delivered, parts=(Part(line=1, quantity=1),), reason="too big"),
        "exchange": Exchange(order_id=delivered, swaps=swap, method_id="card"),
        "profile_change": ProfileChange(address=ELSEWHERE),
    }


@pytest.fixture
def desk(db: Database, tmp_path: Path) -> Desk:
    """The shop with a pending and a delivered order."""
    made = Desk(db, tmp_path)
    made.products(MUG)
    made.bring(
        CUSTOMER, order("P-1", "pending"), order("P-2", "pending"), order("D-1", "delivered")
    )
    return made
