"""Importing a shop's own JSON through a mapping, and products of every origin."""

import json
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agent.errors import ImportFileError
from agent.orders.database import Database
from agent.orders.importer import Counts
from agent.orders.models import (
    Customer,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Product,
    Shipment,
    Variant,
)
from agent.settings import CHECKOUT
from tests.imports import (
    ANA,
    NOW,
    ORDER,
    Import,
    count,
    put,
    refused,
)
from tests.shared_data import shared_data

# A shop's own JSON, through a mapping.

RETAIL = CHECKOUT / "data" / "mappings" / "retail_orders.yaml"


def test_a_whole_foreign_shop(bring: Import, db: Database) -> None:
    source = shared_data("retail_orders")
    files = [source / "orders.json", source / "users.json"]
    start = time.perf_counter()
    report = bring(*map(str, files), mapping=RETAIL)
    assert time.perf_counter() - start < 60
    assert report.counts == {"customer": Counts(new=500), "order": Counts(new=1000)}
    assert count(db, OrderLine) == 2978
    given = json.loads((source / "orders.json").read_text("utf-8"))
    with db.read() as session:
        stored = {order.id: order for order in session.scalars(select(Order))}
        paid = dict(
            session.execute(
                select(Payment.order_id, func.sum(Payment.amount_minor))
                .where(Payment.kind == "payment")
                .group_by(Payment.order_id)
            ).all()
        )
        statuses = Counter(order.status for order in stored.values())
        methods = session.scalar(select(func.count()).select_from(PaymentMethod))
    assert statuses == Counter(pending=423, delivered=373, processed=102, cancelled=102)
    assert methods == 695
    for id_, order in given.items():
        cents = sum(round(100 * item["price"]) for item in order["items"])
        assert (stored[id_].customer_id, paid[id_]) == (order["user_id"], cents)
    again = bring(*map(str, files), mapping=RETAIL)
    assert not again.changed_anything


def test_one_foreign_order_in_every_part(bring: Import, db: Database) -> None:
    source = shared_data("retail_orders")
    bring(str(source / "orders.json"), str(source / "users.json"), mapping=RETAIL)
    with db.read() as session:
        order = session.get_one(Order, "#W2611340")
        assert (order.number, order.customer_id, order.status) == (
            "w2611340",
            "james_li_5688",
            "processed",
        )
        # The first processed order of the file: 48 hours old, due four days after it was placed.
        assert order.placed_at == NOW - timedelta(hours=48)
        assert order.address == {
            "line1": "215 River Road",
            "line2": "Suite 991",
            "city": "New York",
            "region": "NY",
            "postal_code": "10083",
            "country": "USA",
        }
        assert [
            (li.line, li.product_id, li.variant_id, li.unit_price_minor) for li in order.lines
        ] == [
            (1, "8310926033", "6469567736", 4784),
            (2, "4794339885", "8426249116", 48881),
        ]
        assert order.lines[0].title == {"": "Water Bottle"}
        assert order.lines[0].options == {"": "capacity: 1000ml, material: glass, color: blue"}
        parcel = order.shipments[0]
        assert (parcel.tracking_number, parcel.eta) == ("357962501027", NOW + timedelta(hours=48))
        assert [line.line for line in parcel.lines] == [1, 2]
        payment = order.payments[0]
        assert (payment.kind, payment.amount_minor, payment.method.kind) == (
            "payment",
            53665,
            "gift_card",
        )
        delivered = session.scalars(
            select(Shipment.delivered_at).join(Order).where(Order.status == "delivered")
        ).all()
        assert all(at and NOW - timedelta(days=25) <= at < NOW for at in delivered)


def test_an_item_bought_twice_is_two_lines(bring: Import, folder: Path, db: Database) -> None:
    item = {"product_id": "p", "item_id": "v", "name": "Mug", "price": 5, "options": {}}
    other = item | {"item_id": "w"}
    user = {
        "name": {"first_name": "Ana", "last_name": "Li"},
        "address": dict.fromkeys(("address1", "address2", "city", "state", "zip", "country"), "x"),
        "email": "ana@example.com",
        "payment_methods": {"c": {"id": "c", "source": "credit_card", "brand": "visa"}},
    }
    order = {
        "order_id": "#W1",
        "user_id": "ana",
        "address": user["address"],
        "items": [item, other, item],
        "fulfillments": [
            {"tracking_id": ["1"], "item_ids": ["v"]},
            {"tracking_id": ["2"], "item_ids": ["v", "w", "v"]},
        ],
        "status": "delivered",
        "payment_history": [],
    }
    put(folder, "users.json", {"ana": user})
    put(folder, "orders.json", {"#W1": order})
    bring("orders.json", "users.json", mapping=RETAIL)
    with db.read() as session:
        found = session.get_one(Order, "#W1")
        assert [(li.line, li.variant_id) for li in found.lines] == [(1, "v"), (2, "w"), (3, "v")]
        assert [[li.line for li in parcel.lines] for parcel in found.shipments] == [[1], [1, 2, 3]]
        # Without the last four digits the text of a label comes to nothing, and so does the label.
        assert session.get_one(PaymentMethod, ("ana", "c")).label == "credit_card"


def test_problems_of_foreign_records_name_their_key(bring: Import, folder: Path) -> None:
    put(folder, "orders.json", {"#W1": {"order_id": "#W1", "status": "lost"}})
    assert refused_with(bring, "orders.json") == [
        "orders.json #W1: status: the mapping has no age for 'lost'"
    ]
    put(folder, "orders.json", {"#W1": {"order_id": "#W1", "status": "pending", "items": []}})
    assert refused_with(bring, "orders.json")[0] == "orders.json #W1: customer_id: is missing"
    put(folder, "tasks.json", {})
    assert refused_with(bring, "tasks.json") == ["tasks.json: the mapping does not name this file"]


def refused_with(bring: Import, name: str) -> list[str]:
    with pytest.raises(ImportFileError) as caught:
        bring(name, mapping=RETAIL)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources: []", "sources: List should have at least 1 item"),
        ("sources: [{file: a.json, kind: cat, fields: {}}]", "sources.0.kind: Input should be"),
        ("sources: [{file: a.json, kind: order, fields: {id: [x]}}]", "fields.id: must be a path"),
        (
            "sources: [{file: a.json, kind: order, fields: {lines: {each: items}}}]",
            "a.json.fields.lines: each takes exactly each, fields",
        ),
        ("{", "is no readable mapping"),
    ],
)
def test_a_mapping_with_a_fault(bring: Import, folder: Path, text: str, said: str) -> None:
    (folder / "map.yaml").write_text(text, "utf-8")
    put(folder, "a.json", {})
    with pytest.raises(ImportFileError, match=said):
        bring("a.json", mapping=folder / "map.yaml")


# Products


def test_products_are_added_and_kept_in_order(bring: Import, folder: Path, db: Database) -> None:
    tent = {"id": "tent", "title": "Tent", "price": "249.00", "stock": 3}
    mug = {
        "id": "mug",
        "title": {"en": "Mug", "zh": "杯子"},
        "price": "12.50",
        "variants": [{"id": "mug-red", "attributes": {"colour": "red"}, "stock": 2}],
    }
    put(folder, "products.jsonl", tent, mug)
    put(folder, "orders.jsonl", ANA, ORDER)
    report = bring()
    assert report.counts["product"] == Counts(new=2)
    assert report.notices == [
        "searches find the products as they are now after `shopclerk index rebuild`"
    ]
    (folder / "orders.jsonl").unlink()
    put(folder, "products.jsonl", mug | {"price": "13.00"}, tent | {"id": "stove"})
    assert bring(dry_run=True).counts == {"product": Counts(new=1, changed=1)}
    assert bring().counts == {"product": Counts(new=1, changed=1)}
    assert bring().counts == {"product": Counts(unchanged=2)}
    with db.read() as session:
        stored = session.execute(
            select(Product.id, Product.price_minor, Product.stock).order_by(Product.position)
        ).all()
        variant = session.get_one(Variant, ("mug", "mug-red"))
        assert (variant.price_minor, variant.stock) == (1300, 2)
    assert stored == [("tent", 24900, 3), ("mug", 1300, 2), ("stove", 24900, 3)]


def test_a_bad_product_keeps_everything_out(bring: Import, folder: Path, db: Database) -> None:
    put(
        folder,
        "products.jsonl",
        {"id": "a", "title": "A", "price": "-1"},
        {"id": "b", "price": "1"},
    )
    put(folder, "all.jsonl", ANA)
    assert refused(bring) == [
        "products.jsonl:1: price: '-1' is negative",
        "products.jsonl:2: title: is missing",
    ]
    assert count(db, Customer) == 0


def test_a_catalogue_s_own_columns(bring: Import, folder: Path, db: Database) -> None:
    (folder / "products.csv").write_text("sku,name,cost\np1,帐篷,99.50\n", "utf-8")
    (folder / "map.yaml").write_text("fields: {id: sku, title: name, price: cost}", "utf-8")
    report = bring("products.csv", mapping=folder / "map.yaml")
    assert report.counts == {"product": Counts(new=1)}
    with db.read() as session:
        assert session.get_one(Product, "p1").price_minor == 9950


def test_foreign_products(bring: Import, db: Database) -> None:
    source = shared_data("retail_orders")
    report = bring(str(source / "products.json"), mapping=RETAIL)
    assert report.counts == {"product": Counts(new=50)}
    assert count(db, Variant) == 591
    with db.read() as session:
        shirt = session.get_one(Product, "9523456873")
        assert (shirt.title, shirt.price_minor, shirt.currency) == ({"": "T-Shirt"}, 4666, "USD")
        blue = session.get_one(Variant, ("9523456873", "9612497925"))
        assert (blue.price_minor, blue.stock) == (5088, 10)
        assert blue.attributes["material"] == {"": "cotton"}
        variants = session.scalars(
            select(Variant.stock).where(Variant.product_id == "9523456873")
        ).all()
        assert shirt.stock == sum(variants)
    everything = [str(source / name) for name in ("users.json", "orders.json", "products.json")]
    assert bring(*everything, mapping=RETAIL).notices == []
