"""Schema, transactions, constraints and money of the database, on SQLite and PostgreSQL."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from agent.errors import DatabaseError
from agent.orders.database import Database, open_database
from agent.orders.models import (
    Customer,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Product,
    Shipment,
    ShipmentLine,
    Variant,
)
from agent.orders.money import exponent, to_decimal, to_minor, to_text
from agent.orders.schema import head
from agent.settings import Settings

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NO_SCHEMA = ["the database has no schema yet; run `shopclerk db migrate`"]


def order(id_: str = "W1", customer_id: str = "ana", **more: Any) -> Order:
    fields = {"number": id_.lower(), "placed_at": NOW, "status": "pending", "currency": "USD"}
    return Order(id=id_, customer_id=customer_id, **(fields | more))


def line(**more: Any) -> OrderLine:
    fields: dict[str, Any] = {"order_id": "W1", "line": 1, "customer_id": "ana"}
    fields |= {"product_id": "p", "title": {"": "Tent"}, "unit_price_minor": 100, "quantity": 1}
    return OrderLine(**(fields | more))


def payment(**more: Any) -> Payment:
    fields: dict[str, Any] = {"order_id": "W1", "number": 1, "customer_id": "ana", "at": NOW}
    fields |= {"method_id": "card", "kind": "payment", "amount_minor": 100}
    return Payment(**(fields | more))


@pytest.fixture
def shop(db: Database) -> Database:
    """Ana and Ben, each with a card called "card", and Ana's order W1."""
    with db.write() as session:
        session.add_all([Customer(id="ana"), Customer(id="ben")])
        session.flush()
        session.add_all(
            PaymentMethod(customer_id=who, id=id_, kind="credit_card", currency="USD")
            for who, id_ in [("ana", "card"), ("ben", "card"), ("ben", "bens")]
        )
        session.add(order())
    return db


def test_migrations_run_up_and_down(database_url: str) -> None:
    database = Database(database_url)
    assert database.check() == NO_SCHEMA
    database.migrate()
    assert database.check() == []
    database.migrate("base")
    assert database.check() == NO_SCHEMA
    database.migrate()
    assert database.check() == []
    database.dispose()


_AN_OLD_PRODUCT = """
INSERT INTO product (id, title, description, category, brand, price_minor, currency, attributes,
                     review_count, image_url, url, position, extra)
VALUES ('p', '{}', '{}', '{}', '', 1, 'USD', '{}', 0, '', '', 0, '{}')
"""


def test_an_older_schema_keeps_its_variants_and_their_checks(database_url: str) -> None:
    database = Database(database_url)
    database.migrate("0001")
    columns = "product_id, id, attributes, price_minor, stock, position"
    with database.write() as session:
        session.execute(text(_AN_OLD_PRODUCT))
        session.execute(text(f"INSERT INTO variant ({columns}) VALUES ('p', 'v', '{{}}', 1, 5, 0)"))
    database.migrate()
    with database.write() as session:
        session.add(Variant(product_id="p", id="w", price_minor=1, stock=None))
    for wrong in ({"stock": -1}, {"price_minor": -1}, {"product_id": "nowhere"}):
        fields = {"product_id": "p", "id": "x", "price_minor": 1} | wrong
        with pytest.raises(IntegrityError), database.write() as session:
            session.add(Variant(**fields))
    database.migrate("0001")
    with database.write() as session:
        found = session.execute(text("SELECT id, stock FROM variant ORDER BY id")).all()
        assert [tuple(row) for row in found] == [("v", 5), ("w", 0)]
    database.dispose()


def test_two_processes_may_migrate_at_once(database_url: str) -> None:
    databases = [Database(database_url, busy_timeout=30) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Database.migrate, databases))
    assert databases[0].check() == []
    for database in databases:
        database.dispose()


def test_a_schema_of_a_newer_shopclerk_is_said_so(database_url: str) -> None:
    db = Database(database_url)
    db.migrate()
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert f"revision 9999, this Shopclerk expects {head()}" in db.check()[0]
    with pytest.raises(DatabaseError, match="9999"):
        db.migrate()


def test_a_changed_table_is_found(database_url: str) -> None:
    db = Database(database_url)
    db.migrate()
    with db.write() as session:
        session.execute(text("ALTER TABLE customer ADD COLUMN shoe_size INTEGER"))
        session.execute(text("DROP INDEX ix_review_product_id"))
    assert sorted(db.check()) == [
        "add index: ix_review_product_id",
        "remove column: customer.shoe_size",
    ]


def test_an_error_rolls_everything_back(shop: Database) -> None:
    with pytest.raises(ZeroDivisionError), shop.write() as session:
        session.get_one(Order, "W1").status = "cancelled"
        session.flush()
        raise ZeroDivisionError
    with shop.read() as session:
        assert session.get_one(Order, "W1").status == "pending"


def test_a_reader_cannot_write(shop: Database) -> None:
    with pytest.raises((DBAPIError, DatabaseError)), shop.read() as session:
        session.execute(text("UPDATE customer SET first_name = 'x'"))
    with shop.write() as session:
        session.get_one(Customer, "ana").first_name = "Ana"


def test_a_reader_sees_one_state(shop: Database) -> None:
    with shop.read() as reader:
        assert reader.get_one(Order, "W1").status == "pending"
        with shop.write() as writer:
            writer.get_one(Order, "W1").status = "cancelled"
        assert reader.scalar(select(Order.status)) == "pending"
    with shop.read() as reader:
        assert reader.scalar(select(Order.status)) == "cancelled"


def test_writers_take_turns(db: Database) -> None:
    with db.write() as session:
        session.add(Product(id="p", title={"": "Mug"}, price_minor=1, currency="USD", stock=0))

    def add_one(_: int) -> None:
        with db.write() as session:
            session.get_one(Product, "p", with_for_update=True).stock += 1  # type: ignore[operator]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))
    with db.read() as session:
        assert session.get_one(Product, "p").stock == 40


@pytest.mark.parametrize(
    "row",
    [
        order("W2", status="lost"),
        order("W2", currency="US"),
        order("W2", customer_id="nobody"),
        order("W2", number="w1"),
        line(quantity=0),
        line(unit_price_minor=-1),
        line(customer_id="ben"),
        payment(method_id="bens"),
        payment(customer_id="ben"),
        payment(amount_minor=-1),
        payment(kind="gift"),
        PaymentMethod(customer_id="ana", id="g", kind="gift_card", currency="USD"),
        PaymentMethod(customer_id="ana", id="g", kind="paypal", balance_minor=1, currency="USD"),
        PaymentMethod(
            customer_id="ana", id="g", kind="gift_card", balance_minor=-1, currency="USD"
        ),
        PaymentMethod(customer_id="ana", id="g", kind="cash", currency="USD"),
        Product(id="p", title={"": "x"}, price_minor=-1, currency="USD"),
        Product(id="p", title={"": "x"}, price_minor=1, currency="USD", stock=-1),
        Product(id="p", title={"": "x"}, price_minor=1, currency="USD", rating=5.5),
        Variant(product_id="nowhere", id="v", price_minor=1),
        ShipmentLine(order_id="W1", shipment=1, line=7),
    ],
    ids=lambda row: type(row).__name__,
)
def test_the_database_refuses(shop: Database, row: Any) -> None:
    with shop.write() as session:
        session.add(Shipment(order_id="W1", number=1, customer_id="ana"))
    with pytest.raises(IntegrityError), shop.write() as session:
        session.merge(row)


def test_an_order_takes_its_parts_along(shop: Database) -> None:
    with shop.write() as session:
        found = session.get_one(Order, "W1")
        found.lines.append(line())
        found.payments.append(payment())
    with shop.write() as session:
        session.delete(session.get_one(Order, "W1"))
    with shop.read() as session:
        assert session.scalars(select(OrderLine)).all() == []
        assert session.scalars(select(Payment)).all() == []


def test_times_are_utc_and_never_naive(shop: Database) -> None:
    in_shanghai = datetime(2026, 11, 21, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    with shop.write() as session:
        session.add(order("W2", placed_at=in_shanghai))
    with shop.read() as session:
        stored = session.get_one(Order, "W2").placed_at
    assert (stored, stored.tzinfo) == (NOW, UTC)
    with pytest.raises(StatementError, match="no time zone"), shop.write() as session:
        session.add(order("W3", placed_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_texts_in_json_keep_their_order_and_their_characters(db: Database) -> None:
    attributes = {"weight": {"": "1.9 kg"}, "capacity": {"en": "2 people", "zh": "双人"}}
    with db.write() as session:
        session.add(
            Product(
                id="p",
                title={"zh": "帐篷"},
                price_minor=24900,
                currency="USD",
                attributes=attributes,
            )
        )
    with db.read() as session:
        assert list(session.get_one(Product, "p").attributes) == ["weight", "capacity"]
        title = "SELECT CAST(title AS TEXT) FROM product"
        assert session.scalar(text(title)) == '{"zh": "帐篷"}'


# What goes wrong with the database itself becomes one clear line.


def reach(url: str, **more: float) -> Session:
    with Database(url, **more).read() as session:
        session.execute(text("SELECT 1"))
        return session


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("shop.db", "is no database URL; write sqlite:///PATH"),
        ("nosuch://x", "is no database URL"),
        ("mysql://x/y", "is no database URL|mysql is not supported"),
        ("sqlite://", "name a file"),
        ("postgresql+psycopg://shop@127.0.0.1:1/shop", "cannot be used: connection failed"),
        ("postgresql+psycopg://shop:secret@127.0.0.1:1/shop", r"shop:\*\*\*@127"),
    ],
)
def test_a_database_that_cannot_be(url: str, said: str) -> None:
    with pytest.raises(DatabaseError, match=said):
        reach(url)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="nowhere does not exist; make it"):
        reach(f"sqlite:///{tmp_path}/nowhere/shop.db")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    file.write_text("dear diary, today I was not a database " * 40)
    with pytest.raises(DatabaseError, match="no intact SQLite database"):
        reach(f"sqlite:///{file}")


def test_a_locked_file(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    Database(f"sqlite:///{file}").migrate()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    locked = Database(f"sqlite:///{file}", busy_timeout=0.1)
    with pytest.raises(DatabaseError, match="is locked by another program"), locked.write():
        pass
    # Readers go on, and writers too as soon as the lock is gone.
    assert locked.check() == []
    other.execute("ROLLBACK")
    with locked.write() as session:
        session.add(Customer(id="ana"))
    other.close()


def test_a_read_only_database(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    made = Database(f"sqlite:///{file}")
    made.migrate()
    made.dispose()
    # `mode=ro` refuses root too, which a file's permissions do not.
    database = Database(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(DatabaseError, match="cannot be written"), database.write() as session:
        session.add(Customer(id="ana"))


def test_the_default_database_makes_its_folder(tmp_path: Path) -> None:
    database = open_database(Settings(home=tmp_path / "new" / "home", _env_file=None))
    database.migrate()
    assert (tmp_path / "new" / "home" / "shop.db").is_file()
    database.dispose()


# Money


@given(
    st.integers(min_value=-(10**14), max_value=10**14),
    st.sampled_from(["USD", "CNY", "JPY", "KWD"]),
)
def test_money_survives_the_way_to_text_and_back(minor: int, currency: str) -> None:
    assert to_minor(to_text(minor, currency), currency) == minor
    assert to_minor(to_decimal(minor, currency), currency) == minor


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_money_is_exact(amount: Decimal) -> None:
    assert to_decimal(to_minor(amount, "USD"), "USD") == amount


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("129.00", "USD", 12900),
        ("129", "USD", 12900),
        (" 0.05 ", "USD", 5),
        ("1e2", "USD", 10000),
        ("1299", "JPY", 1299),
        ("1.299", "KWD", 1299),
        (Decimal("46.850"), "USD", 4685),
        ("-3.20", "USD", -320),
    ],
)
def test_minor_units(amount: str | Decimal, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("12,50", "USD", "is no amount; write it like '129.00'"),
        ("", "USD", "is no amount"),
        ("NaN", "USD", "is no amount of money"),
        ("Infinity", "USD", "is no amount of money"),
        ("1e400", "USD", "is no amount of money"),
        ("0.005", "USD", "more than 2 digits"),
        ("1.5", "JPY", "more than 0 digits"),
    ],
)
def test_what_is_no_amount(amount: str, currency: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        to_minor(amount, currency)


def test_text_always_has_the_currency_s_digits() -> None:
    shown = [to_text(5, "USD"), to_text(129900, "USD"), to_text(5, "JPY"), to_text(5, "KWD")]
    assert shown == ["0.05", "1299.00", "5", "0.005"]
    assert [exponent(currency) for currency in ("USD", "JPY", "KWD", "XYZ")] == [2, 0, 3, 2]
