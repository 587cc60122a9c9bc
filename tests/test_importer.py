"""Importing: whole or not at all, every problem named, the same files again change nothing."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from agent.errors import ImportFileError
from agent.orders.database import Database
from agent.orders.importer import Counts
from agent.orders.models import (
    Customer,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Policy,
    Review,
    Shipment,
)
from tests.imports import (
    ANA,
    CARD,
    LINE,
    NOW,
    ORDER,
    PAID,
    POLICY,
    REVIEW,
    Import,
    count,
    put,
    refused,
)


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
        (
            "window_days: 30",
            "window_days: thirty",
            "4.md:8: rules.return_window_days: Input should",
        ),
        ("window_days: 30", "window_days: -1", "4.md:8: rules.return_window_days: Input"),
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
