"""A small shop for the order desk: two customers, a shirt in many forms, orders in every state."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from agent.clock import pinned_clock
from agent.context import Shopper
from agent.orders.database import Database
from agent.orders.importer import import_files
from agent.orders.models import (
    AuditEntry,
    Base,
    Order,
    OutboxEvent,
    PaymentMethod,
    Product,
    Receipt,
    Variant,
)

NOW = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/Los_Angeles")
ANA, BEN = Shopper.signed_in("ana"), Shopper.signed_in("ben")
HOME = {
    "line1": "1 Pine St",
    "line2": "",
    "city": "Oakland",
    "region": "CA",
    "postal_code": "94607",
    "country": "US",
}

PRODUCTS: list[dict[str, Any]] = [
    {
        "id": "shirt",
        "title": {"en": "Wool Shirt", "zh": "羊毛衬衫"},
        "category": {"en": "Clothing > Shirts", "zh": "服装 > 衬衫"},
        "price": "40.00",
        "currency": "USD",
        "stock": 9,
        "variants": [
            _variant
            for colour, zh in (("blue", "蓝色"), ("red", "红色"))
            for size, price, stock in (("S", "40.00", 2), ("M", "40.00", 2), ("L", "45.00", 1))
            for _variant in [
                {
                    "id": f"shirt-{colour}-{size.lower()}",
                    "attributes": {"colour": {"en": colour, "zh": zh}, "size": size},
                    "price": price,
                    "stock": 0 if (colour, size) == ("red", "L") else stock,
                }
            ]
        ],
    },
    {
        "id": "tea",
        "title": {"en": "Smoke Tea", "zh": "烟熏茶"},
        "category": {"en": "Food > Tea", "zh": "食品 > 茶"},
        "price": "9.00",
        "currency": "USD",
        "stock": 40,
        "variants": [
            {"id": "tea-50", "attributes": {"weight": "50 g"}, "price": "9.00", "stock": 20},
            {"id": "tea-100", "attributes": {"weight": "100 g"}, "price": "16.00", "stock": 20},
        ],
    },
]
CUSTOMERS: list[dict[str, Any]] = [
    {
        "id": "ana",
        "first_name": "Ana",
        "email": "ana@example.com",
        "address": HOME,
        "payment_methods": [
            {"id": "visa-1", "kind": "credit_card", "label": "Visa ending in 1881"},
            {"id": "pal-1", "kind": "paypal", "label": "PayPal ana@example.com"},
            {
                "id": "gift-1",
                "kind": "gift_card",
                "label": "Gift card ending in 7310",
                "balance": "60.00",
            },
        ],
    },
    {
        "id": "ben",
        "first_name": "Ben",
        "email": "ben@example.com",
        "address": HOME,
        "payment_methods": [{"id": "visa-1", "kind": "credit_card", "label": "Visa 4242"}],
    },
]
_RETURNS = """---
id: returns
title: Returns
locale: en
version: "1"
effective_from: 2020-01-01
rules:
  return_window_days: 30
  exchange_window_days: 45
  perishable_return_window_days: 7
  perishable_exchange_window_days: 7
  perishable_categories: ["Food > Tea"]
---
# Returns

## Time
You have 30 days from the day of delivery to ask for a return, and 45 for an exchange.

## Tea
Tea can be returned within 7 days.
"""


def line(variant: str, quantity: int = 1) -> dict[str, Any]:
    """One line of an order for a variant as it is in the catalogue."""
    product = next(p for p in PRODUCTS if any(v["id"] == variant for v in p["variants"]))
    found = next(v for v in product["variants"] if v["id"] == variant)
    values = found["attributes"].values()
    options = {
        lang: ", ".join(v[lang] if isinstance(v, dict) else v for v in values)
        for lang in ("en", "zh")
    }
    return {
        "product_id": product["id"],
        "variant_id": variant,
        "title": product["title"],
        "options": options,
        "unit_price": found["price"],
        "quantity": quantity,
    }


def order(number: str, status: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An order of Ana, paid by her card unless the test says otherwise."""
    total = sum(float(n["unit_price"]) * n["quantity"] for n in lines)
    record: dict[str, Any] = {
        "id": number,
        "customer_id": "ana",
        "placed_at": "@-50d",
        "status": status,
        "currency": "USD",
        "address": HOME,
        "lines": [{"line": n, **given} for n, given in enumerate(lines, 1)],
        "payments": [{"kind": "payment", "amount": f"{total:.2f}", "method_id": "visa-1"}],
    }
    return record | more


def arrived(days: float) -> dict[str, Any]:
    """A shipment that arrived so many days ago."""
    return {"shipments": [{"carrier": "UPS", "delivered_at": f"@-{days}d"}]}


ORDERS = [
    order("A-1001", "pending", line("shirt-blue-s"), line("tea-50", 3)),
    order("A-1002", "processed", line("shirt-blue-m")),
    order("A-1003", "delivered", line("shirt-red-s"), line("tea-100", 2), **arrived(3)),
    order("A-1004", "delivered", line("shirt-red-m", 2), **arrived(29.9)),
    order("A-1005", "delivered", line("shirt-blue-l"), **arrived(40)),
    order("A-1006", "delivered", line("tea-50", 2), line("shirt-red-s"), **arrived(8)),
    order(
        "A-1007",
        "pending",
        line("shirt-red-s", 2),
        payments=[
            {"kind": "payment", "amount": "20.00", "method_id": "gift-1"},
            {"kind": "payment", "amount": "60.00", "method_id": "visa-1"},
        ],
    ),
    order("A-1008", "cancelled", line("tea-50")),
    order("B-2001", "pending", line("shirt-blue-s"), customer_id="ben"),
    order("B-2002", "delivered", line("shirt-blue-m"), customer_id="ben", **arrived(2)),
]


def open_desk_shop(db: Database, folder: Path, **more: list[dict[str, Any]]) -> None:
    """Import the shop; `orders` may bring others."""
    folder.mkdir(exist_ok=True)
    records = {"products": PRODUCTS, "customers": CUSTOMERS, "orders": ORDERS} | more
    for name, rows in records.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, "utf-8")
    (folder / "returns.en.md").write_text(_RETURNS, "utf-8")
    import_files(db, [folder], clock=pinned_clock(NOW))


def snapshot(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a change of an order could touch."""
    tables = Base.metadata.tables
    names = ["customer", "payment_method", "order", "order_line", "payment", "product", "variant"]
    names += ["after_sale", "after_sale_line", "receipt", "audit", "outbox"]
    with db.read() as session:
        return {
            name: sorted(map(_plain, session.execute(select(tables[name])).all())) for name in names
        }


def _plain(row: Any) -> tuple[Any, ...]:
    return tuple(repr(value) for value in row)


def balance(db: Database, method: str = "gift-1") -> int:
    """What Ana's gift card holds."""
    with db.read() as session:
        return session.get_one(PaymentMethod, ("ana", method)).balance_minor or 0


def stock(db: Database, variant: str) -> int:
    """Pieces left of a variant."""
    with db.read() as session:
        return session.scalars(select(Variant.stock).where(Variant.id == variant)).one() or 0


def invariants(db: Database) -> list[str]:
    """What must hold of the whole database at any moment; each fault in a line."""
    faults: list[str] = []
    with db.read() as session:
        for row in session.scalars(select(Order)):
            paid = sum(p.amount_minor for p in row.payments if p.kind == "payment")
            back = sum(p.amount_minor for p in row.payments if p.kind == "refund")
            if (paid, back) != (row.paid_minor, row.refunded_minor) or back > paid:
                faults.append(f"{row.id}: money {paid} {back} {row.paid_minor}")
            total = sum(n.unit_price_minor * n.quantity for n in row.lines)
            if row.status == "pending" and row.changed_here_at and paid - back != total:
                faults.append(f"{row.id}: {paid - back} paid for {total}")
            if row.status == "cancelled" and row.changed_here_at and paid != back:
                faults.append(f"{row.id}: cancelled, {paid - back} not refunded")
        for product in session.scalars(select(Product)):
            counted = sum(v.stock or 0 for v in product.variants)
            if any((v.stock or 0) < 0 for v in product.variants) or product.stock != counted:
                faults.append(f"{product.id}: stock {product.stock}, of variants {counted}")
        counts = {
            table.__tablename__: session.scalar(select(func.count()).select_from(table))
            for table in (Receipt, AuditEntry, OutboxEvent)
        }
        if len(set(counts.values())) != 1:
            faults.append(f"receipts, audit and outbox differ: {counts}")
    return faults
