"""Orders as Shopify and WooCommerce export them, through the mappings that ship with them."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agent.errors import ImportFileError
from agent.orders.database import Database
from agent.orders.importer import Counts
from agent.orders.models import Customer, Order
from agent.settings import CHECKOUT
from tests.imports import Import, put
from tests.order_exports import (
    SHOPIFY_CUSTOMER,
    SHOPIFY_ORDERS,
    SHOPIFY_ROWS,
    WOO_CUSTOMERS,
    WOO_ORDERS,
    shopify_csv,
    shopify_line,
    shopify_order,
    woo_order,
)

SHOPIFY = CHECKOUT / "data" / "mappings" / "shopify_orders.yaml"
WOO = CHECKOUT / "data" / "mappings" / "woocommerce_orders.yaml"
MUG = {
    "id": "enamel-mug",
    "title": "Enamel Mug",
    "price": "12.50",
    "variants": [{"id": "MUG-RED", "attributes": {"colour": "red"}}],
}


def stored(db: Database, *ids: str) -> dict[str, dict[str, Any]]:
    """What became of the orders."""
    with db.read() as session:
        return {
            order.id: {
                "customer": order.customer_id,
                "status": order.status,
                "lines": [
                    (n.line, n.product_id, n.variant_id, n.unit_price_minor, n.quantity)
                    for n in order.lines
                ],
                "money": [
                    (p.kind, p.method_id, p.amount_minor, p.at.isoformat()[:16])
                    for p in order.payments
                ],
                "parcels": [
                    (
                        p.carrier,
                        p.tracking_number,
                        [line.line for line in p.lines],
                        p.delivered_at.isoformat()[:16] if p.delivered_at else None,
                    )
                    for p in order.shipments
                ],
                "to": order.address.get("line1", ""),
            }
            for order in session.scalars(select(Order).order_by(Order.id))
            if not ids or order.id in ids
        }


def customers(db: Database) -> dict[str, tuple[str, str, dict[str, tuple[str, str, int | None]]]]:
    with db.read() as session:
        return {
            one.id: (
                f"{one.first_name} {one.last_name}".strip(),
                one.email,
                {m.id: (m.kind, m.label, m.balance_minor) for m in one.payment_methods},
            )
            for one in session.scalars(select(Customer))
        }


def test_shopify_over_rest(bring: Import, folder: Path, db: Database) -> None:
    put(folder, "products.jsonl", MUG)
    bring("products.jsonl")
    put(folder, "orders-1.json", {"orders": SHOPIFY_ORDERS})
    put(folder, "customers.json", {"customers": [SHOPIFY_CUSTOMER]})
    report = bring("orders-1.json", "customers.json", mapping=SHOPIFY)
    assert report.counts == {"customer": Counts(new=3), "order": Counts(new=6)}
    assert customers(db) == {
        "6501": (
            "Ana Li",
            "ana@example.com",
            {
                "shopify_payments": ("credit_card", "card", None),
                "gift_card": ("gift_card", "gift card", 0),
            },
        ),
        "guest@example.com": (
            "",
            "guest@example.com",
            {"Cash on Delivery (COD)": ("credit_card", "Cash on Delivery (COD)", None)},
        ),
        "guest #1006": ("", "", {}),
    }
    mugs = (1, "enamel-mug", "MUG-RED", 1250, 2)
    paid = ("payment", "shopify_payments", 3000, "2026-11-02T17:30")
    plain = {"customer": "6501", "lines": [mugs], "parcels": [], "to": "9 Oak Ave"}
    assert stored(db) == {
        "#1001": plain | {"status": "pending", "money": [paid]},
        "#1002": plain
        | {
            "status": "delivered",
            "lines": [
                (1, "enamel-mug", "MUG-RED", 1083, 3),
                (2, "Sticker", "9002", 499, 1),
            ],
            "money": [
                ("payment", "shopify_payments", 2000, "2026-11-02T17:30"),
                ("payment", "gift_card", 1000, "2026-11-02T17:30"),
            ],
            "parcels": [
                ("UPS", "1Z1", [1], "2026-11-07T00:20"),
                ("UPS", "1Z2", [2], "2026-11-07T00:20"),
            ],
        },
        "#1003": plain
        | {
            "status": "shipped",
            "money": [paid, ("refund", "shopify_payments", 1250, "2026-11-02T17:30")],
            "parcels": [("UPS", "1Z3", [1], None)],
        },
        "#1004": plain | {"customer": "guest@example.com", "status": "pending", "money": []},
        "#1005": plain | {"status": "cancelled", "money": []},
        "#1006": plain | {"customer": "guest #1006", "status": "pending", "money": []},
    }
    again = bring("orders-1.json", "customers.json", mapping=SHOPIFY)
    assert not again.changed_anything


def test_shopify_by_csv(bring: Import, folder: Path, db: Database) -> None:
    (folder / "orders_export_1.csv").write_text(shopify_csv(SHOPIFY_ROWS), "utf-8")
    report = bring("orders_export_1.csv", mapping=SHOPIFY)
    assert report.counts == {"customer": Counts(new=2), "order": Counts(new=2)}
    assert stored(db) == {
        "#2001": {
            "customer": "ana@example.com",
            "status": "shipped",
            "lines": [(1, "MUG-RED", "MUG-RED", 1200, 2), (2, "Sticker", None, 499, 1)],
            "money": [
                ("payment", "Shopify Payments", 3499, "2026-11-02T17:30"),
                ("refund", "Shopify Payments", 1250, "2026-11-02T17:30"),
            ],
            "parcels": [],
            "to": "9 Oak Ave",
        },
        "#2002": {
            "customer": "guest #2002",
            "status": "pending",
            "lines": [(1, "MUG-RED", "MUG-RED", 1250, 1)],
            "money": [],
            "parcels": [],
            "to": "",
        },
    }
    assert not bring("orders_export_1.csv", mapping=SHOPIFY).changed_anything


def test_woocommerce(bring: Import, folder: Path, db: Database) -> None:
    put(folder, "products.jsonl", MUG)
    bring("products.jsonl")
    put(folder, "orders.json", WOO_ORDERS)
    put(folder, "customers.json", WOO_CUSTOMERS)
    report = bring("customers.json", "orders.json", mapping=WOO)
    assert report.counts == {"customer": Counts(new=3), "order": Counts(new=6)}
    assert customers(db) == {
        "26": (
            "Ana Li-Ortega",
            "ana@example.com",
            {
                "stripe": ("credit_card", "Credit Card (Stripe)", None),
                "paypal": ("paypal", "Credit Card (Stripe)", None),
                "other": ("credit_card", "other", None),
            },
        ),
        "27": ("Ben", "ben@example.com", {}),
        "ana@example.com": (
            "Ana Li",
            "ana@example.com",
            {"bacs": ("credit_card", "Bank transfer", None)},
        ),
    }
    mugs = (1, "enamel-mug", "MUG-RED", 1083, 3)
    paid = ("payment", "stripe", 3750, "2026-11-02T09:30")
    done = "2026-11-06T10:00"
    plain = {"customer": "26", "lines": [mugs], "parcels": [], "to": "9 Oak Ave"}
    assert stored(db) == {
        "727": plain | {"status": "pending", "money": [paid]},
        "728": plain
        | {
            "status": "delivered",
            "lines": [mugs, (2, "94", None, 499, 2)],
            "money": [
                paid,
                ("refund", "stripe", 1083, "2026-11-09T12:00"),
                ("refund", "stripe", 499, "2026-11-09T12:00"),
            ],
            "parcels": [("usps", "9400", [1, 2], done)],
        },
        "729": plain | {"customer": "ana@example.com", "status": "pending", "money": []},
        "730": plain | {"status": "cancelled", "money": []},
        "731": plain
        | {
            "status": "returned",
            "money": [paid, ("refund", "stripe", 3750, "2026-11-09T12:00")],
            "parcels": [("", "", [1], done)],
        },
        "732": plain | {"status": "pending", "money": []},
    }
    with db.read() as session:
        line = session.get_one(Order, "728").lines[0]
        assert (line.title, line.options) == ({"": "Enamel Mug"}, {"": "Colour: Red"})
    assert not bring("orders.json", "customers.json", mapping=WOO).changed_anything


@pytest.mark.parametrize(
    ("order", "mapping", "said"),
    [
        (shopify_order(1, line_items=[]), SHOPIFY, "orders.json 2: lines: must not be empty"),
        (
            shopify_order(1, line_items=[shopify_line(1, "x", "cheap")]),
            SHOPIFY,
            "orders.json 2: lines[0].unit_price: 'cheap' is no amount",
        ),
        (
            shopify_order(1, processed_at="yesterday"),
            SHOPIFY,
            "orders.json 2: placed_at: 'yesterday' is no time",
        ),
        (
            shopify_order(1, currency="JPY"),
            SHOPIFY,
            "orders.json 2: lines[0].unit_price: '12.50' has more than 0 digits after the point",
        ),
        (
            woo_order(1, status="wc-strange"),
            WOO,
            "orders.json 2: status: 'wc-strange' is none of",
        ),
        (
            woo_order(1, refunds=[{"id": 1, "total": "-99.00"}]),
            WOO,
            "orders.json 2: payments: 99.00 was refunded, but only 37.50 was paid",
        ),
    ],
)
def test_one_bad_order_keeps_everything_out(
    bring: Import, folder: Path, db: Database, order: dict[str, Any], mapping: Path, said: str
) -> None:
    good = shopify_order(2) if mapping == SHOPIFY else woo_order(2)
    records = [good, order]
    put(folder, "orders.json", {"orders": records} if mapping == SHOPIFY else records)
    with pytest.raises(ImportFileError) as caught:
        bring("orders.json", mapping=mapping)
    assert any(problem.startswith(said) for problem in caught.value.problems)
    assert stored(db) == {}


def test_a_bad_row_of_a_csv_is_told_by_its_line(bring: Import, folder: Path) -> None:
    rows = [*SHOPIFY_ROWS[:2], SHOPIFY_ROWS[2] | {"Lineitem quantity": "some"}]
    (folder / "orders_export.csv").write_text(shopify_csv(rows), "utf-8")
    with pytest.raises(ImportFileError) as caught:
        bring("orders_export.csv", mapping=SHOPIFY)
    assert caught.value.problems == [
        "orders_export.csv:5: lines[0].unit_price: 'some' is no amount; write it like '129.00'",
        "orders_export.csv:5: lines[0].quantity: must be a whole number",
    ]
    (folder / "orders_export.csv").write_text("Order,Email\n1,x\n", "utf-8")
    with pytest.raises(ImportFileError, match="Name: there is no such column"):
        bring("orders_export.csv", mapping=SHOPIFY)


def test_the_methods_of_other_months_stay(bring: Import, folder: Path, db: Database) -> None:
    put(folder, "orders.json", {"orders": [shopify_order(1)]})
    bring("orders.json", mapping=SHOPIFY)
    put(folder, "orders.json", {"orders": [shopify_order(2, payment_gateway_names=["paypal"])]})
    bring("orders.json", mapping=SHOPIFY)
    assert sorted(customers(db)["6501"][2]) == ["paypal", "shopify_payments"]
    assert json.dumps(sorted(stored(db))) == '["#1", "#2"]'
