"""Schema, transactions and constraints of the database, on SQLite and PostgreSQL."""

from agent.orders.database import Database

pytest_plugins = ["tests.databases"]


def test_migrations_run_up_and_down(database_url: str) -> None:
    database = Database(database_url)
    assert database.check() == ["the database has no schema yet; run `shopclerk db migrate`"]
    database.migrate()
    assert database.check() == []
    database.migrate("base")
    assert database.check() == ["the database has no schema yet; run `shopclerk db migrate`"]
    database.migrate()
    assert database.check() == []
