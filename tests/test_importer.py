"""Importing: whole or not at all, every problem named, the same files again change nothing."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from agent.clock import pinned_clock
from agent.errors import ImportFileError
from agent.orders.database import Database
from agent.orders.importer import Counts, ImportReport, import_files
from agent.orders.models import (
    Base,
    Customer,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Policy,
    Product,
    Review,
    Shipment,
    Variant,
)
from agent.settings import CHECKOUT
from tests.shared_data import shared_data
from ui.cli import cli

pytest_plugins = ["tests.databases"]

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
CARD = {"id": "card", "kind": "credit_card", "label": "visa"}
ANA = {"id": "ana", "email": "ana@example.com", "payment_methods": [CARD]}
LINE = {"product_id": "mug", "title": "Mug", "unit_price": "12.50", "quantity": 1}
PAID = {"kind": "payment", "amount": "12.50", "method_id": "card"}
ORDER: dict[str, Any] = {
    "id": "LP-1",
    "customer_id": "ana",
    "placed_at": "@-6d",
    "status": "pending",
    "lines": [LINE],
    "payments": [PAID],
}
REVIEW = {"product_id": "mug", "rating": 5, "text": "好杯子", "locale": "zh", "at": "@-37d"}
POLICY = """---
id: returns
title: Returns
locale: en
version: 1.10
effective_from: 2026-01-01
effective_to: 2026-12-31
rules:
  return_window_days: 30
owner: Ana
---
# Returns

You have 30 days.
"""

Import = Callable[..., ImportReport]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def bring(db: Database, folder: Path) -> Import:
    """Import everything in the folder, or the named files in it."""

    def run(*names: str, now: datetime = NOW, **more: Any) -> ImportReport:
        files = [folder / name for name in names] or sorted(folder.glob("*.jsonl"))
        return import_files(db, files, clock=pinned_clock(now), **more)

    return run


def put(folder: Path, name: str, *records: Any) -> Path:
    texts = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    (folder / name).write_text("\n".join(texts) + "\n", "utf-8")
    return folder / name


def count(db: Database, table: type[Base]) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def refused(bring: Import, *names: str) -> list[str]:
    with pytest.raises(ImportFileError) as caught:
        bring(*names)
    assert "\n" not in str(caught.value)
    return caught.value.problems


def test_kinds_are_told_by_content_and_order_of_files_does_not_matter(
    bring: Import, folder: Path, db: Database
) -> None:
    put(folder, "1.jsonl", ORDER)
    put(folder, "2.jsonl", REVIEW)
    put(folder, "3.jsonl", ANA)
    (folder / "4.md").write_text(POLICY, "utf-8")
    report = bring("1.jsonl", "2.jsonl", "3.jsonl", "4.md")
    one = Counts(new=1)
    assert report.counts == {"customer": one, "order": one, "review": one, "policy": one}
    assert report.notices == [
        "1.jsonl, 2.jsonl: the catalogue is empty, so product ids were not looked up"
    ]
    with db.read() as session:
        review = session.scalars(select(Review)).one()
        assert (review.text, review.at) == ("好杯子", NOW - timedelta(days=37))
        policy = session.scalars(select(Policy)).one()
    assert (policy.version, policy.effective_from) == ("1.10", date(2026, 1, 1))
    assert (policy.rules, policy.extra) == ({"return_window_days": 30}, {"owner": "Ana"})
    assert policy.text == "# Returns\n\nYou have 30 days."


def test_a_folder_stands_for_the_files_in_it(bring: Import, folder: Path) -> None:
    (folder / "shop" / "policies").mkdir(parents=True)
    put(folder, "shop/customers.jsonl", ANA)
    (folder / "shop" / "policies" / "returns.en.md").write_text(POLICY, "utf-8")
    (folder / "shop" / "README.md").write_text("About this shop", "utf-8")
    (folder / "shop" / "mug.svg").write_text("<svg/>", "utf-8")
    report = bring("shop")
    assert report.counts == {"customer": Counts(new=1), "policy": Counts(new=1)}
    assert report.notices == ["README.md: has no front matter, so it is no policy"]


def test_the_same_again_changes_nothing(bring: Import, folder: Path, db: Database) -> None:
    put(folder, "all.jsonl", ANA, ORDER, REVIEW)
    first = bring()
    assert first.changed_anything
    again = bring(now=NOW + timedelta(hours=23))
    same = Counts(unchanged=1)
    assert again.counts == {"customer": same, "order": same, "review": same}
    assert not again.changed_anything
    with db.read() as session:
        assert session.scalars(select(Order.placed_at)).one() == NOW - timedelta(days=6)


def test_relative_times_move_with_the_day_of_the_import(
    bring: Import, folder: Path, db: Database
) -> None:
    put(folder, "all.jsonl", ANA, ORDER)
    bring()
    later = NOW + timedelta(days=40)
    report = bring(now=later)
    assert report.counts == {"customer": Counts(unchanged=1), "order": Counts(changed=1)}
    with db.read() as session:
        assert session.scalars(select(Order.placed_at)).one() == later - timedelta(days=6)


def test_a_dry_run_says_what_would_be_and_writes_nothing(
    bring: Import, folder: Path, db: Database
) -> None:
    put(folder, "all.jsonl", ANA, ORDER)
    report = bring(dry_run=True)
    assert report.dry_run
    assert report.counts == {"customer": Counts(new=1), "order": Counts(new=1)}
    assert [count(db, table) for table in (Customer, Order)] == [0, 0]


def test_a_changed_order_is_replaced_whole(bring: Import, folder: Path, db: Database) -> None:
    put(folder, "all.jsonl", ANA, ANA | {"id": "ben"}, ORDER, ORDER | {"id": "LP-2"})
    bring()
    shipped = ORDER | {
        "status": "shipped",
        "lines": [LINE | {"quantity": 2}, LINE | {"product_id": "tent"}],
        "shipments": [{"carrier": "UPS", "lines": [2]}],
    }
    put(folder, "all.jsonl", shipped)
    assert bring().counts == {"order": Counts(changed=1)}
    moved = {**ORDER, "customer_id": "ben", "payments": []}
    put(folder, "all.jsonl", moved)
    with db.read() as session:
        lines = session.execute(
            select(OrderLine.product_id, OrderLine.quantity).where(OrderLine.order_id == "LP-1")
        ).all()
        assert lines == [("mug", 2), ("tent", 1)]
        assert session.get_one(Shipment, ("LP-1", 1)).carrier == "UPS"
    assert bring().counts == {"order": Counts(changed=1)}
    with db.read() as session:
        found = session.get_one(Order, "LP-1")
        assert (found.customer_id, found.status) == ("ben", "pending")
    assert count(db, Shipment) == 0
    assert count(db, Payment) == 1


def test_a_changed_customer_keeps_the_methods_that_payments_name(
    bring: Import, folder: Path, db: Database
) -> None:
    gift = {"id": "gift", "kind": "gift_card", "balance": "20.00"}
    put(folder, "all.jsonl", ANA | {"payment_methods": [CARD, gift]}, ORDER)
    bring()
    paypal = {"id": "pp", "kind": "paypal"}
    put(folder, "all.jsonl", ANA | {"email": "NEW@Example.com", "payment_methods": [paypal]})
    assert bring().counts == {"customer": Counts(changed=1)}
    with db.read() as session:
        ids = session.scalars(select(PaymentMethod.id).order_by(PaymentMethod.id)).all()
        assert ids == ["card", "pp"]
        assert session.get_one(Customer, "ana").email == "new@example.com"


def test_unknown_fields_are_kept(bring: Import, folder: Path, db: Database) -> None:
    line = json.dumps(ORDER)[:-1] + ', "weight_kg": 1.25, "tags": ["a", {"b": null}]}'
    put(folder, "all.jsonl", ANA | {"loyalty": {"tier": "金"}}, line)
    bring()
    with db.read() as session:
        assert session.get_one(Customer, "ana").extra == {"loyalty": {"tier": "金"}}
        extra = session.get_one(Order, "LP-1").extra
    assert extra == {"weight_kg": 1.25, "tags": ["a", {"b": None}]}


def test_every_problem_of_every_file_is_listed_and_nothing_is_written(
    bring: Import, folder: Path, db: Database
) -> None:
    put(
        folder,
        "customers.jsonl",
        ANA,
        ANA | {"id": "ben", "email": "ben"},
        ANA,
        {"id": "cy", "payment_methods": [{"id": "g", "kind": "gift_card"}, {"id": "x"}]},
        {
            "id": "di",
            "payment_methods": [{"id": "g", "kind": "paypal", "balance": "1"}, CARD, CARD],
        },
    )
    put(
        folder,
        "orders.jsonl",
        ORDER,
        ORDER | {"id": "#lp-1"},
        ORDER | {"id": "LP-2", "customer_id": "nobody"},
        ORDER | {"id": "LP-3", "status": "lost", "placed_at": "yesterday"},
        ORDER | {"id": "LP-4", "lines": [LINE | {"unit_price": "-1", "quantity": 0}]},
        ORDER | {"id": "LP-5", "payments": [PAID | {"method_id": "bens"}]},
        ORDER | {"id": "LP-6", "payments": [PAID, PAID | {"kind": "refund", "amount": "13"}]},
        ORDER | {"id": "LP-7", "lines": [LINE | {"unit_price": "0.005"}], "currency": "usd"},
        ORDER | {"id": "LP-8", "lines": [LINE | {"line": 2}, LINE], "shipments": [{"lines": [9]}]},
        ORDER | {"id": "LP-9", "placed_at": "@-999999999d", "lines": []},
        "{broken",
        '["a list"]',
        {"colour": "green"},
    )
    put(folder, "reviews.jsonl", REVIEW | {"rating": 6}, {"product_id": "mug", "rating": 4})
    put(
        folder,
        "broken.jsonl",
        ANA | {"id": "\ud83d"} if False else '{"id": "e", "email": "\\ud83d"}',
    )
    problems = refused(bring)
    assert problems == [
        "broken.jsonl:1: email: holds a broken character (a lone surrogate or NUL)",
        "customers.jsonl:2: email: 'ben' is no e-mail address",
        "customers.jsonl:3: id: this customer was given before, at customers.jsonl:1",
        "customers.jsonl:4: payment_methods[1].kind: is missing",
        "customers.jsonl:5: payment_methods: 'card' occurs 2 times",
        "customers.jsonl:5: payment_methods[0].balance: "
        "a gift card has a balance, and nothing else has one",
        "orders.jsonl:2: id: this order was given before, at orders.jsonl:1",
        "orders.jsonl:3: customer_id: there is no customer 'nobody'",
        "orders.jsonl:4: placed_at: 'yesterday' is no time; use ISO 8601 or '@-6d', '@+2d', '@-3h'",
        "orders.jsonl:4: status: 'lost' is none of 'pending', 'processed', 'shipped', "
        "'delivered', 'cancelled', 'return_requested', 'exchange_requested' or 'returned'",
        "orders.jsonl:5: lines[0].unit_price: -1 is negative",
        "orders.jsonl:5: lines[0].quantity: must be at least 1",
        "orders.jsonl:6: payments[0].method_id: 'bens' is no payment method of 'ana'",
        "orders.jsonl:7: payments: 13 was refunded, but only 12.50 was paid",
        "orders.jsonl:8: currency: 'usd' is no currency code like 'USD'",
        "orders.jsonl:9: lines: 2 occurs 2 times",
        "orders.jsonl:9: shipments[0].lines: the order has no line 9",
        "orders.jsonl:10: placed_at: '@-999999999d' is beyond every calendar",
        "orders.jsonl:10: lines: must not be empty",
        "orders.jsonl:11: broken JSON: "
        "Expecting property name enclosed in double quotes at column 2",
        "orders.jsonl:12: is not a JSON object",
        "orders.jsonl:13: id: is missing",
        "orders.jsonl:13: customer_id: is missing",
        "orders.jsonl:13: placed_at: is missing",
        "orders.jsonl:13: status: is missing",
        "orders.jsonl:13: lines: is missing",
        "reviews.jsonl:1: rating: must be at most 5",
        "reviews.jsonl:2: text: is missing",
    ]
    assert [count(db, table) for table in (Customer, Order, Review)] == [0, 0, 0]


def test_an_order_may_not_change_its_spelling(bring: Import, folder: Path) -> None:
    put(folder, "all.jsonl", ANA, ORDER)
    bring()
    put(folder, "all.jsonl", ORDER | {"id": "#lp-1"})
    assert refused(bring) == ["all.jsonl:1: id: is stored already as 'LP-1'"]


def test_what_refers_to_a_broken_customer_is_not_blamed(bring: Import, folder: Path) -> None:
    put(folder, "all.jsonl", ANA | {"email": "x"}, ORDER)
    assert refused(bring) == ["all.jsonl:1: email: 'x' is no e-mail address"]


def test_customers_and_methods_of_earlier_imports_count(bring: Import, folder: Path) -> None:
    put(folder, "customers.jsonl", ANA)
    bring()
    (folder / "customers.jsonl").unlink()
    put(folder, "orders.jsonl", ORDER)
    assert bring().counts == {"order": Counts(new=1)}


def test_amounts_may_be_json_numbers_and_stay_exact(
    bring: Import, folder: Path, db: Database
) -> None:
    line = json.dumps(ORDER).replace('"12.50"', "46.85")
    put(folder, "all.jsonl", ANA, line)
    bring()
    with db.read() as session:
        assert session.scalars(select(OrderLine.unit_price_minor)).one() == 4685


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"id": "a", "email": "é"}'.encode("latin-1"), "a.jsonl:1: is not UTF-8 (0xe9"),
        ('{"id": "王", "email": ""}'.encode("gb18030"), "a.jsonl:1: is not UTF-8"),
        (b'{"id": "a", "email": NaN}', "a.jsonl:1: email: must be a text in quotes"),
        (b'{"id": "a", "email": "", "x": {"y": ["\\u0000"]}}', "a.jsonl:1: x.y[0]: holds a broken"),
        (b'{"id": "", "email": ""}', "a.jsonl:1: id: must not be empty"),
        (b'{"id": {}, "email": ""}', "a.jsonl:1: id: must be a text in quotes"),
        (b'{"colour": "green"}', "a.jsonl:1: is no customer, order, review or product"),
        (b"[" * 100_000, "a.jsonl:1: broken JSON"),
    ],
)
def test_one_problem(bring: Import, folder: Path, content: bytes, said: str) -> None:
    (folder / "a.jsonl").write_bytes(content)
    assert refused(bring)[0].startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2026-01-01", "@-30d", "4.md:6: the front matter is no YAML: found character '@'"),
        ("2026-01-01", "soon", "4.md:6: effective_from: 'soon' is no time"),
        ("2026-12-31", "2025-01-01", "4.md:7: effective_to: is before effective_from"),
        ("locale: en", "locale: fr", "4.md:4: locale: 'fr' is no language that the shop speaks"),
        ("  return_window_days: 30", "  - 30", "4.md:8: rules: must be an object"),
        ("\n---\n# Ret", "\n# Ret", "4.md:1: the front matter does not end"),
        ("title: Returns", "name: Returns", "4.md:1: title: is missing"),
    ],
)
def test_a_policy_with_a_fault(bring: Import, folder: Path, old: str, new: str, said: str) -> None:
    (folder / "4.md").write_text(POLICY.replace(old, new), "utf-8")
    assert refused(bring, "4.md")[0].startswith(said)


def test_a_policy_s_days_may_be_relative(bring: Import, folder: Path, db: Database) -> None:
    (folder / "4.md").write_text(POLICY.replace("2026-01-01", '"@-400d"'), "utf-8")
    bring("4.md")
    with db.read() as session:
        assert session.scalars(select(Policy.effective_from)).one() == date(2025, 10, 17)


def test_files_that_cannot_be_used(bring: Import, folder: Path) -> None:
    (folder / "empty").mkdir()
    put(folder, "notes.txt", "hello")
    put(folder, "orders.json", "{}")
    for name, said in [
        ("nowhere.jsonl", "there is no file"),
        ("notes.txt", "is none of .jsonl"),
        ("orders.json", "is JSON, not JSONL; give a mapping with --map"),
        ("empty", "the files hold no records"),
    ]:
        with pytest.raises(ImportFileError, match=said):
            bring(name)


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


# The commands


def shopclerk(home: Path, *arguments: str) -> Result:
    environment = {"SHOPCLERK_HOME": str(home), "SHOPCLERK_DATABASE_URL": ""}
    return CliRunner(env=environment).invoke(cli, arguments)


def test_the_command_imports_and_says_what_it_did(folder: Path) -> None:
    file = str(put(folder, "all.jsonl", ANA, ORDER))
    assert json.loads(shopclerk(folder, "import", file, "--json").stdout) == {
        "imported": True,
        "counts": {
            "customer": {"new": 1, "changed": 0, "unchanged": 0},
            "order": {"new": 1, "changed": 0, "unchanged": 0},
        },
        "notices": ["all.jsonl: the catalogue is empty, so product ids were not looked up"],
    }
    assert shopclerk(folder, "import", file).stdout.splitlines() == [
        "customer: 0 new, 0 changed, 1 unchanged",
        "order: 0 new, 0 changed, 1 unchanged",
        "Nothing changed.",
    ]
    put(folder, "all.jsonl", ORDER | {"status": "shipped"})
    assert shopclerk(folder, "import", file, "--dry-run").stdout.splitlines() == [
        "order: 0 new, 1 changed, 0 unchanged",
        "Nothing was written (--dry-run).",
    ]
    assert shopclerk(folder, "db", "check").stdout == "The database is as it should be.\n"


def test_the_database_is_checked_before_and_after_its_migration(folder: Path) -> None:
    before = shopclerk(folder, "db", "check", "--json")
    assert before.exit_code == 1
    assert json.loads(before.stdout) == {
        "ok": False,
        "problems": ["the database has no schema yet; run `shopclerk db migrate`"],
    }
    assert shopclerk(folder, "db", "migrate").stdout == "The schema is up to date.\n"
    assert json.loads(shopclerk(folder, "db", "check", "--json").stdout) == {
        "ok": True,
        "problems": [],
    }


def test_the_command_fails_with_every_problem_and_one_line(folder: Path) -> None:
    put(folder, "all.jsonl", ORDER, ORDER | {"id": "LP-2"})
    failed = subprocess.run(
        [sys.executable, "-m", "ui.cli", "import", "all.jsonl"],
        env=os.environ | {"SHOPCLERK_HOME": str(folder), "PYTHONPATH": str(CHECKOUT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.splitlines() == [
        "all.jsonl:1: customer_id: there is no customer 'ana'",
        "all.jsonl:2: customer_id: there is no customer 'ana'",
        "shopclerk: nothing was imported; the first of 2 problems: "
        "all.jsonl:1: customer_id: there is no customer 'ana'",
    ]
