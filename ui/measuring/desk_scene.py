"""A shop of any number of orders, composed for measuring the order desk.

Each customer has six orders, pending, delivered and shipped in turn, with lines, payments and
parcels; the same call composes the same shop.
"""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import (
    Customer,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Product,
    Shipment,
    ShipmentEvent,
    ShipmentLine,
    Variant,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STATUSES = ("pending", "delivered", "shipped")
ADDRESS = {"line1": "1 Main St", "city": "Reno", "postal_code": "89501", "country": "USA"}
_ORDERS_EACH = 6
_VARIANTS = 4
_BATCH = 333 * _ORDERS_EACH

Rows = dict[type, list[dict[str, Any]]]
# Parents before their children.
_TABLES = (Product, Variant, Customer, PaymentMethod, Order, OrderLine, Payment)
_PARCELS = (Shipment, ShipmentLine, ShipmentEvent)


def order_id(number: int) -> str:
    """The order of this number, from 0."""
    return f"W{number}"


def owner_of(number: int) -> str:
    """The customer whose order it is."""
    return f"C{number // _ORDERS_EACH}"


def numbers_of(status: str, orders: int) -> range:
    """The numbers of the orders of this status."""
    return range(STATUSES.index(status), orders, len(STATUSES))


def compose(db: Database, orders: int, products: int = 1000) -> None:
    """Fill a migrated, empty database."""
    from tqdm import tqdm

    chance = random.Random(7)
    for start in tqdm(range(0, orders, _BATCH), desc="Composing orders", disable=None):
        rows: Rows = defaultdict(list)
        if start == 0:
            _add_products(rows, products)
        for number in range(start, min(start + _BATCH, orders)):
            if number % _ORDERS_EACH == 0:
                _add_customer(rows, owner_of(number))
            _add_order(rows, number, products, chance)
        with db.write(SYSTEM) as session:
            for table in (*_TABLES, *_PARCELS):
                if rows[table]:
                    session.execute(insert(table), rows[table])


def _add_products(rows: Rows, products: int) -> None:
    for n in range(products):
        shared = {"price_minor": 1000 + n, "attributes": {}}
        about = {"title": {"en": f"Tent {n}", "zh": f"帐篷 {n}"}, "category": {"en": "Tents"}}
        rows[Product].append({"id": f"p{n}", "currency": "USD", "stock": 10**6, **about, **shared})
        for v in range(_VARIANTS):
            attributes = {"size": {"en": "SMLX"[v]}}
            variant = {"product_id": f"p{n}", "id": f"v{v}", "stock": 10**6, "position": v}
            rows[Variant].append(variant | shared | {"attributes": attributes})


def _add_customer(rows: Rows, customer: str) -> None:
    rows[Customer].append({"id": customer, "email": f"{customer}@example.com".lower()})
    for id_, kind, balance in (("card", "credit_card", None), ("gift", "gift_card", 10**7)):
        method = {"customer_id": customer, "id": id_, "kind": kind, "balance_minor": balance}
        rows[PaymentMethod].append(method | {"currency": "USD", "label": id_})


def _add_order(rows: Rows, number: int, products: int, chance: random.Random) -> None:
    id_, status = order_id(number), STATUSES[number % len(STATUSES)]
    own = {"order_id": id_, "customer_id": owner_of(number)}
    placed = NOW - timedelta(days=20, minutes=number % 1440)
    goods = chance.sample(range(products), chance.randint(1, 4))
    for n, product in enumerate(goods, 1):
        sold = {"product_id": f"p{product}", "variant_id": "v0", "unit_price_minor": 1000 + product}
        said = {"title": {"en": f"Tent {product}"}, "options": {"en": "size: S"}, "quantity": 1}
        rows[OrderLine].append(own | {"line": n} | sold | said)
    total = sum(1000 + product for product in goods)
    paid = {"method_id": "card", "kind": "payment", "amount_minor": total, "at": placed}
    rows[Payment].append(own | {"number": 1} | paid)
    order = {"id": id_, "number": id_.lower(), "customer_id": own["customer_id"]}
    more = {"placed_at": placed, "status": status, "currency": "USD", "paid_minor": total}
    rows[Order].append(order | more | {"address": ADDRESS})
    if status != "pending":
        _add_parcel(rows, own, placed, len(goods), delivered=status == "delivered")


def _add_parcel(
    rows: Rows, own: dict[str, str], placed: datetime, lines: int, *, delivered: bool
) -> None:
    parcel = {"order_id": own["order_id"], "shipment": 1}
    arrived = placed + timedelta(days=4) if delivered else None
    carried = {"carrier": "UPS", "tracking_number": "1Z9", "delivered_at": arrived}
    rows[Shipment].append(own | {"number": 1} | carried)
    rows[ShipmentLine] += [parcel | {"line": n} for n in range(1, lines + 1)]
    for n in range(1, 4):
        seen = {"at": placed + timedelta(days=n), "place": {"en": "Reno"}, "text": {"en": "Sorted"}}
        rows[ShipmentEvent].append(parcel | {"number": n} | seen)
