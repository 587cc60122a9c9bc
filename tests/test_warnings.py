"""Signs of fraud: hand-made customers, exact figures, and silence about ordinary ones."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent.clock import pinned_clock
from agent.orders.database import Database
from agent.orders.importer import import_files
from agent.orders.models import (
    AfterSale,
    AuditEntry,
    Customer,
    Order,
    Payment,
    PaymentMethod,
)
from agent.orders.warnings.address_keys import address_key
from agent.orders.warnings.finding import FraudWarning
from agent.orders.warnings.survey import find_warnings
from finetune.evaluation.retail.tasks import FILES, MAPPING
from tests.shared_data import shared_data
from ui.cli import cli

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOME = {"line1": "1187 Larkspur Street", "line2": "Apt 4", "city": "Denver", "postal_code": "80210"}

Make = Callable[..., None]


def days(count: float) -> datetime:
    """So many days ago."""
    return NOW - timedelta(days=count)


def customer(db: Database, id_: str, *methods: PaymentMethod, **more: Any) -> None:
    with db.write() as session:
        session.add(Customer(id=id_, **more))
        session.flush()
        for method in methods or (card(),):
            method.customer_id = id_
            session.add(method)


def card(label: str = "", id_: str = "card") -> PaymentMethod:
    return PaymentMethod(id=id_, kind="credit_card", label=label, currency="USD")


def gift_card(id_: str, balance: int = 0) -> PaymentMethod:
    return PaymentMethod(id=id_, kind="gift_card", balance_minor=balance, currency="USD")


def order(
    db: Database, id_: str, owner: str, status: str, at: datetime, *moves: tuple[str, str, datetime]
) -> None:
    """An order; each move is (payment or refund, method, when) of one dollar."""
    with db.write() as session:
        paid, refunded = (100 * sum(m[0] == k for m in moves) for k in ("payment", "refund"))
        made = Order(id=id_, number=id_.lower(), customer_id=owner, placed_at=at, status=status)
        made.currency, made.paid_minor, made.refunded_minor = "USD", paid, refunded
        session.add(made)
        session.flush()
        for number, (kind, method, when) in enumerate(moves, 1):
            key = {"order_id": id_, "number": number, "customer_id": owner, "method_id": method}
            session.add(Payment(**key, kind=kind, amount_minor=100, at=when))


def audited(db: Database, action: str, at: datetime, **more: Any) -> None:
    with db.write() as session:
        session.add(AuditEntry(**({"actor": "customer", "action": action, "at": at} | more)))


def found(db: Database, **more: Any) -> list[FraudWarning]:
    with db.read() as session:
        return find_warnings(session, NOW, **more)


def only(db: Database) -> FraudWarning:
    (warning,) = found(db)
    return warning


def shop_that_returns(db: Database, returned: int, delivered: int) -> None:
    """Ordinary customers of one order each."""
    for n in range(delivered):
        customer(db, f"o{n}")
        order(db, f"O-{n}", f"o{n}", "returned" if n < returned else "delivered", days(n))


def test_who_returns_most_of_what_arrives(db: Database) -> None:
    shop_that_returns(db, 3, 30)
    customer(db, "ana")
    for n, status in enumerate(["returned", "return_requested", "returned", "delivered"]):
        order(db, f"A-{n}", "ana", status, days(10 * n))
    order(db, "A-8", "ana", "returned", days(181))
    order(db, "A-9", "ana", "pending", days(1))
    assert found(db) == []
    with db.write() as session:
        wanted = {"order_id": "A-3", "customer_id": "ana", "kind": "return", "created_at": NOW}
        session.add(AfterSale(**wanted))
    assert only(db) == FraudWarning(
        "returns",
        ("ana",),
        "Sent back 4 of 4 delivered orders of the last 180 days (100 %; the other customers 12 %).",
        "最近 180 天签收的 4 个订单中退了 4 个（100 %，其他顾客为 12 %）。",
        # (3 + 1) / (30 + 2) of the others; to the fourth power.
        {
            "delivered": 4,
            "returned": 4,
            "rate": 1.0,
            "others_rate": 0.125,
            "chance": 0.000244,
            "days": 180,
        },
    )
    with db.write() as session:
        session.get_one(AfterSale, "A-3").status = "refused"
    assert found(db) == []


def test_returns_are_no_sign_where_everybody_returns(db: Database) -> None:
    shop_that_returns(db, 20, 30)
    customer(db, "ana")
    for n in range(6):
        order(db, f"A-{n}", "ana", "returned", days(n))
    assert found(db) == []


@pytest.mark.parametrize(
    "other",
    [
        {"line1": "1187 LARKSPUR ST.", "line2": "#4", "postal_code": "80210-1234", "city": "x"},
        {"line1": "1187  Larkspur  Street, Apt. 4", "line2": "", "postal_code": "80210"},
        {"line1": "１１８７ Larkspur Street Unit 4", "postal_code": "80210"},
    ],
)
def test_one_door_written_otherwise(other: dict[str, str]) -> None:
    assert address_key(other) == address_key(HOME)


def test_another_door_and_chinese_doors() -> None:
    assert address_key(HOME | {"line2": "Apt 5"}) != address_key(HOME)
    assert address_key(HOME | {"line1": " "}) == ""
    written = ["文三路478号3幢502室", "文三路478号", "文三路 ４７８ 号"]
    keys = [address_key({"line1": w, "city": "杭州"}) for w in written]
    assert keys[0] == address_key({"line1": "文三路478", "line2": "3-502", "city": "杭州"})
    assert keys[1] == keys[2] != keys[0]


def test_many_accounts_at_one_door(db: Database) -> None:
    for n in range(3):
        customer(db, f"c{n}", address=HOME)
    customer(db, "c3")
    assert found(db) == []
    order(db, "A-1", "c3", "delivered", days(20))
    with db.write() as session:
        session.get_one(Order, "A-1").address = HOME | {"line1": "1187 larkspur st", "line2": "4"}
    warning = only(db)
    assert (warning.rule, warning.customers) == ("shared_address", ("c0", "c1", "c2", "c3"))
    assert warning.figures["accounts"] == 4
    assert warning.en.startswith("4 accounts use one address: 1187 ")
    assert warning.zh.startswith("4 个账号使用同一地址：1187 ")
    assert found(db, customer_id="c3") == [warning]
    assert found(db, customer_id="c4") == []
    with db.write() as session:
        session.get_one(Order, "A-1").placed_at = days(366)
    assert found(db) == []


def test_last_digits_need_something_more(db: Database) -> None:
    for n in range(5):
        customer(db, f"c{n}", card("Credit card ending in 4821"), phone=f"+1 510 555 010{n}")
    assert found(db) == []
    with db.write() as session:
        for n in range(3):
            session.get_one(Customer, f"c{n}").phone = ["+1 (510) 555-0199", "1 510 5550199"][n % 2]
    warning = only(db)
    assert (warning.customers, warning.weak) == (("c0", "c1", "c2"), True)
    assert warning.en == (
        "3 accounts have the same credit card: credit card ending in 4821. Last digits alone "
        "prove little, one card in 10,000 has the same; but these accounts also share phone."
    )
    assert warning.zh == (
        "3 个账号的付款方式相同：credit card ending in 4821。仅凭尾号说明不了什么，"
        "每一万张卡就有一张相同；但这些账号的电话也相同。"
    )


def test_a_label_that_names_one_method(db: Database) -> None:
    for n, label in enumerate(["PayPal Eve@example.com", "paypal eve@example.com ", "PayPal", "x"]):
        made = PaymentMethod(id="p", kind="paypal", label=label, currency="USD")
        customer(db, f"c{n}", made)
    assert found(db) == []
    paypal = PaymentMethod(id="p", kind="paypal", label="PayPal eve@example.com", currency="USD")
    customer(db, "c9", paypal)
    warning = only(db)
    assert (warning.customers, warning.weak) == (("c0", "c1", "c9"), False)
    assert warning.figures["label"] == "paypal eve@example.com"


def test_gift_cards_emptied_one_after_another(db: Database) -> None:
    customer(db, "ana", gift_card("g0"), gift_card("g1"), gift_card("g2"), gift_card("g3", 5))
    for n, at in enumerate([days(40), days(36), days(34), days(34)]):
        order(db, f"A-{n}", "ana", "delivered", at, ("payment", f"g{n}", at))
    warning = only(db)
    assert (warning.rule, warning.customers) == ("gift_cards_emptied", ("ana",))
    assert warning.figures == {"gift_cards": 3, "days": 7}
    order(db, "A-9", "ana", "delivered", days(20), ("payment", "g2", days(20)))
    assert found(db) == []


def test_refunds_that_move_to_gift_cards(db: Database) -> None:
    customer(db, "ana", card(), gift_card("g", 5))
    customer(db, "ben", card(), gift_card("g", 5))
    for n in range(3):
        moved = ("payment", "card", days(9)), ("refund", "g", days(n))
        order(db, f"A-{n}", "ana", "cancelled" if n == 0 else "delivered", days(9), *moved)
        back = ("payment", "g", days(9)), ("refund", "g", days(n))
        order(db, f"B-{n}", "ben", "delivered", days(9), *back)
    warning = only(db)
    assert (warning.rule, warning.customers) == ("refunds_to_gift_cards", ("ana",))
    assert warning.figures == {"orders": 3, "days": 180}


def test_lock_outs(db: Database) -> None:
    for n, subject in enumerate(["a***@example.com", "b***@example.com", "a***@example.com"]):
        locked = {"actor": "anonymous", "after": {"subject": subject}}
        audited(db, "lock_out", days(n), **locked)
    audited(db, "lock_out", days(8), actor="anonymous", after={"subject": "b***@example.com"})
    warning = only(db)
    assert (warning.rule, warning.customers) == ("lock_outs", ())
    assert warning.figures == {"lock_outs": 2, "subject": "a***@example.com", "days": 7}
    for n in range(7):
        audited(db, "lock_out", days(1), actor="anonymous", after={"subject": f"{n}"})
    assert [w.figures for w in found(db)][1] == {"lock_outs": 10, "subjects": 9, "days": 7}


def test_many_cancellations_and_changes(db: Database) -> None:
    customer(db, "ana")
    for n in range(4):
        order(db, f"A-{n}", "ana", "cancelled", days(n))
    for n in range(5):
        audited(db, "address_change", days(n), customer_id="ana")
    audited(db, "address_change", days(1), customer_id="ana", actor="staff")
    audited(db, "return", days(1), customer_id="ana")
    warning = only(db)
    assert warning.en == "Cancelled 4 of 4 orders placed in the last 30 days."
    audited(db, "profile_change", days(6.9), customer_id="ana")
    assert [w.figures for w in found(db)] == [
        {"orders": 4, "cancelled": 4, "days": 30},
        {"changes": 6, "days": 7},
    ]
    for n in range(5):
        order(db, f"A-1{n}", "ana", "delivered", days(n))
    assert [w.rule for w in found(db)] == ["changes"]
    with db.write() as session:
        session.get_one(Customer, "ana").erased_at = NOW
    assert found(db) == []


def test_the_sample_shop_has_no_suspects(sample_home: Path) -> None:
    db = Database(f"sqlite:///{sample_home / 'shop.db'}")
    with db.read() as session:
        assert find_warnings(session, datetime(2026, 11, 21, 20, 0, tzinfo=UTC)) == []
    db.dispose()


def test_neither_has_the_retail_set(db: Database) -> None:
    folder = shared_data("retail_orders")
    import_files(db, [folder / f for f in FILES], clock=pinned_clock(NOW), mapping=MAPPING)
    assert found(db) == []


def test_the_command(db: Database) -> None:
    customer(db, "ana")
    with db.write() as session:
        for n in range(4):
            at = datetime.now(UTC) - timedelta(days=n)
            made = Order(id=f"A-{n}", number=f"a-{n}", customer_id="ana", placed_at=at)
            made.status, made.currency = "cancelled", "USD"
            session.add(made)
    runner = CliRunner(env={"SHOPCLERK_DATABASE_URL": str(db.url)})
    said = runner.invoke(cli, ["warnings", "--lang", "zh"]).stdout
    assert said == "cancellations: ana: 最近 30 天下的 4 个订单中取消了 4 个。\n"
    assert runner.invoke(cli, ["warnings", "--customer", "ben"]).stdout == "No warnings.\n"
    shown = json.loads(runner.invoke(cli, ["warnings", "--json"]).stdout)["warnings"]
    assert shown[0]["figures"] == {"orders": 4, "cancelled": 4, "days": 30}
