"""Who may reach which rows: scopes of transactions, PostgreSQL's roles, grants and policies."""

from sqlalchemy import Connection, text

from agent.errors import DatabaseError
from agent.orders import schema
from agent.orders.access import connection as role
from agent.orders.access import grants, policies

__all__ = ["grants", "migrate", "policies", "role"]


def migrate(connection: Connection, revision: str) -> None:
    """Migrate a PostgreSQL database, then bring its grants and policies up to date.

    A role that only serves finds the schema as it should be, or gets a DatabaseError.
    """
    # Two processes that start at once must not both create the tables.
    for timeout in ("statement_timeout", "lock_timeout"):
        connection.execute(text(f"SET LOCAL {timeout} = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(7467)"))
    grants.take_owner(connection)
    if grants.may_migrate(connection):
        schema.migrate(connection, revision)
        policies.apply(connection)
        grants.apply(connection)
    elif revision != "head" or schema.current(connection) != schema.head():
        user = connection.scalar(text("SELECT current_user"))
        raise DatabaseError(
            f"the database must be migrated, and the role {user} may not; run `shopclerk db "
            "migrate` with the owner's SHOPCLERK_DATABASE_URL"
        )
