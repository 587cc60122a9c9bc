"""Asks PostgreSQL a query in a read-only transaction, as the role that can read the views alone."""

from sqlalchemy import Connection, func, select, text

from agent.errors import DatabaseError, SqlFailed
from agent.orders.database import Database
from agent.sql.sqlite import Found
from agent.sql.views import ROLE

_SETTINGS = {
    "lock_timeout": "2s",
    "TimeZone": "UTC",
    "standard_conforming_strings": "on",
    "max_parallel_workers_per_gather": "0",
    # The views' many cases would be compiled for seconds before a row is read.
    "jit": "off",
}


def ask(db: Database, sql: str, seconds: float) -> Found:
    """Column names and rows. Raises SqlFailed where the database refuses, fails or is too slow."""
    import psycopg

    with db.read() as session:
        connection = session.connection()
        try:
            _restrict(connection, seconds)
            return _answer(connection, sql)
        except psycopg.errors.QueryCanceled as error:
            line = f"the query took longer than {seconds:g} seconds; ask for less"
            raise SqlFailed(line) from error
        except psycopg.errors.UndefinedTable as error:
            line = f"the database lacks the views ({_said(error)}); run `shopclerk db migrate`"
            raise DatabaseError(line) from error
        except psycopg.Error as error:
            raise SqlFailed(f"the database cannot answer this: {_said(error)}") from error


def _restrict(connection: Connection, seconds: float) -> None:
    """Settings of this transaction alone; `db.read()` has made it read-only."""
    settings = _SETTINGS | {"statement_timeout": f"{int(seconds * 1000)}ms"}
    set_ = [func.set_config(name, value, True) for name, value in settings.items()]
    path = func.quote_ident(func.current_schema()).op("||")(", pg_temp")
    connection.execute(select(*set_, func.set_config("search_path", path, True)))
    may = text("SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = :r")
    role = connection.execute(may, {"r": ROLE}).first()
    if role is not None and not role[0]:
        user = connection.execute(text("SELECT quote_ident(current_user)")).scalar_one()
        raise DatabaseError(f"the role {ROLE} cannot be taken; GRANT {ROLE} TO {user}")
    if role is not None:
        connection.execute(text(f"SET LOCAL ROLE {ROLE}"))


def _answer(connection: Connection, sql: str) -> Found:
    """By the driver itself: to SQLAlchemy `%` and `:` would mean parameters.

    Prepared, so that the server takes one statement and no second one.
    """
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a session that has begun has one
    with driver.cursor() as cursor:
        cursor.execute(sql, prepare=True)
        columns = [column.name for column in cursor.description or ()]
        return columns, [tuple(row) for row in cursor.fetchall()]


def _said(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
