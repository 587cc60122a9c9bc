"""The staff's views and what runs over them, on SQLite and PostgreSQL: the second wall too."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from agent.clock import pinned_clock
from agent.errors import DatabaseError, SqlFailed, SqlRefused
from agent.orders.access import roles
from agent.orders.database import Database
from agent.orders.models import SqlAudit
from agent.sql import postgres, sqlite, views
from agent.sql.columns import READS, VIEWS
from agent.sql.runner import Answer, SqlDesk, plain
from tests.databases import Scenes
from tests.sql_queries import BOTH, POSTGRES, SQLITE
from tests.sql_shop import NOW, SECRET, fill, raw
from ui.measuring.scratch_postgres import ScratchServer, as_role


@pytest.fixture
def shop(db: Database) -> Database:
    return fill(db)


@pytest.fixture
def desk(shop: Database) -> SqlDesk:
    return SqlDesk(shop, pinned_clock(NOW))


@pytest.fixture
def lite(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """The shop on SQLite alone."""
    db = Database(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'lite.db')}")
    yield fill(db)
    db.dispose()


@pytest.fixture
def postgres_shop(postgres_server: ScratchServer) -> Iterator[Database]:
    """The shop on PostgreSQL alone, in a database of its own, served to the app's role."""
    owner = postgres_server.create_shop()
    made = Database(owner)
    made.migrate()
    made.dispose()
    db = Scenes(as_role(owner, roles.APP))
    yield fill(db)
    db.dispose()


@pytest.fixture
def role(postgres_shop: Database) -> Database:
    """The same; the read-only role is on its server."""
    return postgres_shop


def table(answer: Answer) -> list[dict[str, Any]]:
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def audit(db: Database) -> list[tuple[Any, ...]]:
    with db.read() as session:
        rows = session.scalars(select(SqlAudit).order_by(SqlAudit.id))
        return [(row.who, row.sql, row.outcome, row.rows, row.at) for row in rows]


def test_products_have_prices_in_major_units_and_the_first_name(desk: SqlDesk) -> None:
    found = desk.run("mei", "SELECT * FROM products ORDER BY id")
    assert found.columns == ["id", "name", "brand", "category", "price", "stock"]
    assert found.rows == [
        ["p0", "帐篷", "", "Outdoor > Tents", 129.0, 0],
        ["p1", "Tent pole", "Nord", "Outdoor > Tents", 12901, 1],
        ["p2", "Stove", "", "Outdoor > Tents", 12.902, 2],
        ["p3", "Sand 50%", "Nord", "Outdoor > Tents", 129.03, 3],
        ["p4", "Mug", "", "Outdoor > Tents", 12904, None],
        ["p5", None, "Nord", "Outdoor > Tents", 12.905, 5],
    ]


def test_orders_items_reviews_and_returns(desk: SqlDesk) -> None:
    orders = table(desk.run("mei", "SELECT id, status, total FROM orders ORDER BY id"))
    assert orders == [
        {"id": "W0", "status": "delivered", "total": 0},
        {"id": "W1", "status": "return_requested", "total": 1999},
        {"id": "W2", "status": "shipped", "total": 5.997},
        {"id": "W3", "status": "delivered", "total": 119.94},
    ]
    items = desk.run("mei", "SELECT * FROM order_items WHERE order_id = 'W2' ORDER BY product_id")
    assert table(items) == [
        {"order_id": "W2", "product_id": "p1", "qty": 1, "unit_price": 1.999},
        {"order_id": "W2", "product_id": "p2", "qty": 2, "unit_price": 1.999},
    ]
    assert desk.run("mei", "SELECT * FROM returns").rows == [["W1", None, "return_requested"]]
    reviews = desk.run("mei", "SELECT product_id, stars, created_at FROM reviews ORDER BY stars")
    assert [row[:2] for row in reviews.rows[:2]] == [["p0", 1], ["p1", 2]]
    assert str(reviews.rows[0][2]).startswith("2026-11-21 20:30:00")
    assert reviews.rows[4][2] is None


def test_no_view_shows_a_person(desk: SqlDesk) -> None:
    for name, columns in VIEWS.items():
        found = desk.run("mei", f"SELECT * FROM {name}")
        assert tuple(found.columns) == columns
        shown = str(found.rows)
        assert not {"ana", "Ana", SECRET, "555", "Secretville", "secret words"} & set(
            shown.split("'")
        )


def test_what_runs_means_what_was_written(shop: Database, desk: SqlDesk) -> None:
    own = SQLITE if shop.dialect == "sqlite" else POSTGRES
    for sql in BOTH + own:
        if shop.dialect == "sqlite" and not _here(sql):
            continue
        answer = desk.run("mei", sql)
        with raw(shop) as cursor:
            cursor.execute(sql)  # type: ignore[attr-defined]
            expected = [[plain(value) for value in row] for row in cursor.fetchall()]  # type: ignore[attr-defined]
        assert answer.rows == expected, sql
        assert not answer.truncated


def _here(sql: str) -> bool:
    """Whether this machine's SQLite can do what the query asks: its builds differ."""
    options = {row[0] for row in sqlite3.connect(":memory:").execute("PRAGMA compile_options")}
    return "ENABLE_MATH_FUNCTIONS" in options or "sqrt(" not in sql


def test_rows_are_limited_and_that_is_said(desk: SqlDesk) -> None:
    some = desk.run("mei", "SELECT id FROM products ORDER BY id", limit=2)
    assert (some.rows, some.truncated) == ([["p0"], ["p1"]], True)
    assert some.sql == "SELECT id FROM products ORDER BY id LIMIT 3"
    own = desk.run("mei", "SELECT id FROM products ORDER BY id LIMIT 2", limit=5)
    assert (own.rows, own.truncated) == ([["p0"], ["p1"]], False)
    union = "SELECT id FROM products UNION ALL SELECT id FROM orders"
    assert desk.run("mei", union, limit=4).truncated


def test_every_query_is_kept(shop: Database, desk: SqlDesk) -> None:
    desk.run("mei", "SELECT id FROM orders")
    with pytest.raises(SqlRefused, match="there is no view 'customer'"):
        desk.run("tom", "SELECT * FROM customer")
    with pytest.raises(SqlRefused):
        desk.run("tom", "SELECT '\ud800\x00'" + "x" * 100_000)
    with pytest.raises(SqlFailed):
        desk.run("tom", "SELECT cardinality(id) FROM orders")
    kept = audit(shop)
    assert [(who, outcome, rows) for who, _, outcome, rows, _ in kept] == [
        ("mei", "answered", 4),
        ("tom", "refused", 0),
        ("tom", "refused", 0),
        ("tom", "failed", 0),
    ]
    assert kept[0][1] == "SELECT id FROM orders"
    assert all(at == NOW for *_, at in kept)
    assert len(kept[2][1]) == 8000


def test_a_slow_query_is_stopped_and_kept(shop: Database) -> None:
    desk = SqlDesk(shop, pinned_clock(NOW), seconds=0.3)
    joined = ", ".join(f"products p{n}" for n in range(20))
    with pytest.raises(SqlFailed, match=r"longer than 0\.3 seconds") as stopped:
        desk.run("mei", f"SELECT count(*) FROM {joined}")
    assert "\n" not in str(stopped.value)
    assert [row[2] for row in audit(shop)] == ["failed"]
    assert desk.run("mei", "SELECT count(*) FROM products").rows == [[6]]


def test_without_an_audit_there_is_no_answer(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(shop, "write", broken)
    with pytest.raises(DatabaseError, match="disk is full"):
        SqlDesk(shop, pinned_clock(NOW)).run("mei", "SELECT 1")


def test_a_database_without_the_views_says_so(database_url: str) -> None:
    db = Scenes(database_url)
    app = db if db.dialect == "sqlite" else Database(as_role(database_url, roles.APP))
    ask = (
        (lambda: sqlite.ask(Path(db.url.database or ""), "SELECT * FROM orders", 1))
        if db.dialect == "sqlite"
        else (lambda: postgres.ask(app, "SELECT * FROM orders", 1))
    )
    db.migrate("0002")
    with pytest.raises(DatabaseError, match="run `shopclerk db migrate`"):
        ask()
    db.migrate()
    assert ask()[1] == []
    with db.write() as session:
        session.execute(text("DROP VIEW returns"))
    assert db.check() == ["add view: returns"]
    db.migrate()
    assert db.check() == []
    db.dispose()
    app.dispose()


# What follows goes round the guard, as a hole in it would.

SQLITE_BEYOND = [
    "SELECT email FROM customer",
    'SELECT customer_id FROM "order"',
    "SELECT title FROM product",
    "WITH orders AS (SELECT email FROM customer) SELECT * FROM orders",
    'WITH orders AS (SELECT address FROM "order") SELECT * FROM orders',
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pragma_table_info('customer')",
    "SELECT value FROM json_each('[1]')",
    "PRAGMA query_only = OFF",
    "PRAGMA table_info(customer)",
    "DELETE FROM orders",
    "UPDATE product SET stock = 0",
    "CREATE TABLE t (x)",
    "CREATE TEMP TABLE t AS SELECT 1",
    "ATTACH DATABASE ':memory:' AS other",
    "SELECT load_extension('x')",
    "SELECT randomblob(10)",
    "SELECT sqlite_version()",
    "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t",
    "WITH t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t",
    "SELECT 1; SELECT 2",
    "VACUUM",
    "BEGIN",
]


def test_the_authorizer_sees_what_a_query_touches(lite: Database) -> None:
    file = Path(lite.url.database or "")
    for sql in SQLITE_BEYOND:
        with pytest.raises((SqlFailed, DatabaseError)):
            sqlite.ask(file, sql, 1)
    for table_name in READS:
        # The count of a table's rows is no more than its view tells.
        assert sqlite.ask(file, f'SELECT count(*) FROM "{table_name}"', 1)[1]


def test_the_views_read_exactly_what_is_declared(lite: Database) -> None:
    read: dict[str, set[str]] = {}
    connection = sqlite3.connect(Path(lite.url.database or ""))

    def note(action: int, first: str | None, second: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and first in READS and second:
            read.setdefault(str(first), set()).add(second)
        return sqlite3.SQLITE_OK

    connection.set_authorizer(note)
    for name in VIEWS:
        connection.execute(f"SELECT * FROM {name}")
    connection.close()
    assert read == {name: set(columns) for name, columns in READS.items()}


POSTGRES_BEYOND = [
    "SELECT email FROM customer",
    'SELECT customer_id FROM "order"',
    'SELECT * FROM "order"',
    "SELECT text FROM review",
    "SELECT * FROM sql_audit",
    "DELETE FROM orders",
    "SELECT 1; SELECT 2",
    "CREATE TABLE t (x int)",
    "COPY orders TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
]


@pytest.mark.postgres
def test_the_role_reads_the_views_and_nothing_else(role: Database) -> None:
    desk = SqlDesk(role, pinned_clock(NOW))
    for name in VIEWS:
        assert desk.run("mei", f"SELECT count(*) FROM {name}").rows[0] != [0]
    assert postgres.ask(role, "SELECT current_user::text", 1)[1] == [(views.ROLE,)]
    for sql in POSTGRES_BEYOND:
        with pytest.raises(SqlFailed):
            postgres.ask(role, sql, 1)
    for sql in BOTH + POSTGRES:
        desk.run("mei", sql)
    with role.read() as session:
        assert session.execute(text("SELECT current_user::text")).scalar_one() == roles.APP


@pytest.mark.postgres
def test_a_role_that_may_not_be_taken_is_said(role: Database) -> None:
    superuser = create_engine(role.url.set(username="shop"), isolation_level="AUTOCOMMIT")
    with superuser.connect() as connection:
        connection.execute(text("CREATE ROLE clerk LOGIN"))
        connection.execute(text(f"GRANT CONNECT ON DATABASE {role.url.database} TO clerk"))
        connection.execute(text("GRANT USAGE ON SCHEMA public TO clerk"))
    clerk = Database(role.url.set(username="clerk").render_as_string(hide_password=False))
    try:
        with pytest.raises(DatabaseError, match="GRANT shopclerk_readonly TO clerk"):
            postgres.ask(clerk, "SELECT 1", 1)
    finally:
        clerk.dispose()
        with superuser.connect() as connection:
            connection.execute(text("DROP OWNED BY clerk"))
            connection.execute(text("DROP ROLE clerk"))
        superuser.dispose()


@pytest.mark.postgres
def test_postgres_reads_only_without_the_role_too(postgres_shop: Database) -> None:
    for sql in ("DELETE FROM review", "SELECT 1; SELECT 2", "CREATE TABLE t (x int)"):
        with pytest.raises(SqlFailed):
            postgres.ask(postgres_shop, sql, 1)
