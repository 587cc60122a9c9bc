"""A small shop for the tests of the staff's SQL, with things in it that no query may reach."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from agent.orders.database import Database
from agent.orders.models import Customer, Order, OrderLine, Product, Review

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
SECRET = "ana@example.com"


def fill(db: Database) -> Database:
    """Six products, one customer with four orders, five reviews."""
    with db.write() as session:
        session.add(Customer(id="ana", email=SECRET, first_name="Ana", phone="555"))
        session.flush()
        session.add_all(_products() + _reviews())
        for number, (status, currency) in enumerate(
            [("delivered", "USD"), ("return_requested", "JPY"), ("shipped", "KWD"),
             ("delivered", "USD")]
        ):  # fmt: skip
            placed = NOW - timedelta(days=20 * number)
            session.add(
                Order(id=f"W{number}", number=f"w{number}", customer_id="ana", placed_at=placed,
                      status=status, currency=currency, address={"city": "Secretville"})
            )  # fmt: skip
            session.flush()
            session.add_all(_line(number, line) for line in range(1, number + 1))
    return db


def _products() -> list[Product]:
    titles = [
        {"zh": "帐篷", "en": "Tent"}, {"en": "Tent pole", "zh": "帐篷杆"}, {"": "Stove"},
        {"en": "Sand 50%"}, {"en": "Mug"}, {},
    ]  # fmt: skip
    return [
        Product(id=f"p{n}", title=title, brand="Nord" if n % 2 else "", price_minor=12900 + n,
                category={"en": "Outdoor > Tents"}, currency=["USD", "JPY", "KWD"][n % 3],
                stock=None if n == 4 else n)
        for n, title in enumerate(titles)
    ]  # fmt: skip


def _reviews() -> list[Review]:
    return [
        Review(id=f"r{n}", product_id=f"p{n % 2}", rating=n % 5 + 1, text="secret words",
               at=None if n == 4 else NOW)
        for n in range(5)
    ]  # fmt: skip


def _line(order: int, line: int) -> OrderLine:
    return OrderLine(
        order_id=f"W{order}", line=line, customer_id="ana", product_id=f"p{line}",
        title={"en": "Tent"}, unit_price_minor=1999, quantity=line,
    )  # fmt: skip


@contextmanager
def raw(db: Database) -> Iterator[object]:
    """A driver's own cursor, which takes SQL as it is; what it did is rolled back."""
    if db.dialect == "sqlite":
        with closing(sqlite3.connect(Path(db.url.database or ""))) as connection:
            yield connection.cursor()
        return
    with db.read() as session:
        session.execute(text("SET LOCAL TimeZone = 'UTC'"))
        session.execute(text("SET LOCAL jit = off"))
        driver = session.connection().connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor:
            yield cursor
