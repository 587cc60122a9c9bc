"""Makes the staff's views on SQLite and PostgreSQL. They hold no personal data.

Amounts are in major units of their currency, texts in the language that the shop names first,
times in UTC. Views are made anew after every migration (`migrations/env.py`), so that this is
their one definition and a migration may rebuild the tables below them.
"""

from sqlalchemy import Connection, text

from agent.orders.money import EXPONENTS
from agent.sql.columns import READS, VIEWS

ROLE = "shopclerk_readonly"
"""Reads the views on PostgreSQL, and of the tables only the columns that they read."""

# A return that the shop's own export brought has no reason here.
_RETURNS = """
    SELECT o.id AS order_id, a.reason, o.status
    FROM "order" o LEFT JOIN after_sale a ON a.order_id = o.id
    WHERE o.status IN ('return_requested', 'returned', 'exchange_requested')
"""


_PRODUCTS = """
    SELECT id, {name} AS name, brand, {category} AS category, {price} AS price, stock
    FROM product
"""
_ORDERS = """
    SELECT id, status, placed_at, {total} AS total
    FROM (
        SELECT o.id, o.status, o.placed_at, o.currency, (
            SELECT coalesce(sum(l.unit_price_minor * l.quantity), 0)
            FROM order_line l WHERE l.order_id = o.id
        ) AS minor
        FROM "order" o
    ) summed
"""
_ITEMS = """
    SELECT order_id, product_id, qty, {total} AS unit_price
    FROM (
        SELECT l.order_id, l.product_id, l.quantity AS qty, l.unit_price_minor AS minor, o.currency
        FROM order_line l JOIN "order" o ON o.id = l.order_id
    ) sold
"""
_REVIEWS = "SELECT product_id, rating AS stars, at AS created_at FROM review"


def create(connection: Connection) -> None:
    """Make the views and let the read-only role read them, where there is one."""
    postgres = connection.dialect.name == "postgresql"
    # With the invoker's rights, so that row-level security is not the owner's.
    options = " WITH (security_invoker = true)" if postgres else ""
    for name, query in _definitions(connection.dialect.name).items():
        connection.execute(text(f"CREATE VIEW {name}{options} AS {query}"))
    if postgres and _has_role(connection):
        _grant(connection)


def drop(connection: Connection) -> None:
    """Take the views away, as before a migration."""
    for name in VIEWS:
        connection.execute(text(f"DROP VIEW IF EXISTS {name}"))


def missing(connection: Connection) -> list[str]:
    """The views that the database does not have."""
    from sqlalchemy import inspect

    return sorted(set(VIEWS) - set(inspect(connection).get_view_names()))


def _definitions(dialect: str) -> dict[str, str]:
    parts = {
        "name": _first("title", dialect),
        "category": _first("category", dialect),
        "price": _major("price_minor", dialect),
        "total": _major("minor", dialect),
    }
    queries = {"products": _PRODUCTS, "orders": _ORDERS, "order_items": _ITEMS}
    written = {name: query.format_map(parts) for name, query in queries.items()}
    return written | {"reviews": _REVIEWS, "returns": _RETURNS}


def _first(column: str, dialect: str) -> str:
    """A localised text in the language that comes first in it; NULL where it has none."""
    pairs = "json_each_text" if dialect == "postgresql" else "json_each"
    return f"(SELECT value FROM {pairs}({column}) LIMIT 1)"  # noqa: S608 - our own names alone


def _major(minor: str, dialect: str) -> str:
    """Minor units in major ones: exact on PostgreSQL, a binary fraction on SQLite."""
    exact = dialect == "postgresql"
    cases = "".join(
        f" WHEN '{code}' THEN {_scaled(minor, digits, exact)}"
        for code, digits in sorted(EXPONENTS.items())
    )
    return f"CASE currency{cases} ELSE {_scaled(minor, 2, exact)} END"


def _scaled(minor: str, digits: int, exact: bool) -> str:
    if exact:
        return f"round({minor}::numeric / {10**digits}, {digits})"
    return f"{minor} / {10.0**digits}"


def _has_role(connection: Connection) -> bool:
    query = text("SELECT 1 FROM pg_roles WHERE rolname = :name")
    return connection.execute(query, {"name": ROLE}).first() is not None


def _grant(connection: Connection) -> None:
    schema = connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {ROLE}"))
    connection.execute(text(f"GRANT SELECT ON {', '.join(VIEWS)} TO {ROLE}"))
    for table, columns in READS.items():
        listed = ", ".join(sorted(columns))
        connection.execute(text(f'GRANT SELECT ({listed}) ON "{table}" TO {ROLE}'))
