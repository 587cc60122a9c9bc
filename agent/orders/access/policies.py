"""Row-level security on PostgreSQL: a second wall behind the owner in every query.

A table with a `customer_id` shows the rows of the transaction's customer, one that refers to such a
table the rows whose parent is seen, that of staff's accounts nothing, and the rest is shared. A
transaction that says not for whom it acts gets an error. FORCE binds the tables' owner too. The
staff's role passes: what it may read is settled by its grants, which hold no personal column.
"""

import hashlib
from collections.abc import Iterator
from functools import cache

from sqlalchemy import Connection, ForeignKeyConstraint, Table, text

POLICY = "shopclerk_acting"

_FUNCTION = """CREATE OR REPLACE FUNCTION shopclerk_for_all() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF current_user = 'shopclerk_readonly' THEN RETURN true; END IF;
    CASE current_setting('shopclerk.acting', true)
        WHEN 'system' THEN RETURN true;
        WHEN 'shopper' THEN RETURN false;
        ELSE RAISE EXCEPTION 'this transaction does not say for whom it acts'
            USING ERRCODE = 'insufficient_privilege',
            HINT = 'By hand: SET LOCAL shopclerk.acting = ''system''';
    END CASE;
END $$"""
# Sub-selects are evaluated once a statement, not once a row.
_FOR_ALL = "(SELECT shopclerk_for_all())"
_CUSTOMER = "(SELECT NULLIF(current_setting('shopclerk.customer', true), ''))"
_SESSION = "(SELECT NULLIF(current_setting('shopclerk.session', true), ''))"
_ROOTS = {
    "customer": f"id = {_CUSTOMER}",
    # A conversation may have no customer yet; who has its id has it.
    "chat_session": f"customer_id = {_CUSTOMER} OR id = {_SESSION}",
    "staff": "false",
}
# Anybody may begin a conversation, under an id that only its maker knows.
_NEW = {"chat_session": "customer_id IS NULL"}


@cache
def conditions() -> dict[str, str]:
    """The rows that may be touched, by table; a table that is not here is shared."""
    from agent.orders.models import Base

    found: dict[str, str] = {}
    for table in Base.metadata.sorted_tables:
        if own := _own(table) or _parents(table, found):
            found[table.name] = f"{_FOR_ALL} OR {own}"
    return found


def apply(connection: Connection) -> None:
    """Give each table that exists its policy, where it has not the present one."""
    missing = list(_without(connection))
    if not missing and _has_function(connection):
        return
    connection.execute(text(_FUNCTION))
    for table in missing:
        for statement in (
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'DROP POLICY IF EXISTS {POLICY} ON "{table}"',
            f'CREATE POLICY {POLICY} ON "{table}" {_rule(table)}',
            f"COMMENT ON POLICY {POLICY} ON \"{table}\" IS '{_digest(table)}'",
        ):
            connection.execute(text(statement))


def problems(connection: Connection) -> list[str]:
    """The tables whose rows are not guarded as they should be, one line each."""
    return [f"no row-level security: {table}" for table in _without(connection)]


def _rule(table: str) -> str:
    seen = conditions()[table]
    return f"USING ({seen}) WITH CHECK ({' OR '.join(filter(None, [seen, _NEW.get(table)]))})"


def _own(table: Table) -> str:
    if table.name in _ROOTS:
        return _ROOTS[table.name]
    return f"customer_id = {_CUSTOMER}" if "customer_id" in table.columns else ""


def _parents(table: Table, guarded: dict[str, str]) -> str:
    """That the row's parent may be seen: the parent's own policy decides."""
    for constraint in table.foreign_key_constraints:
        if constraint.referred_table.name in guarded:
            return _parent(table, constraint)
    return ""


def _parent(table: Table, constraint: ForeignKeyConstraint) -> str:
    parent = f'"{constraint.referred_table.name}"'
    joined = " AND ".join(
        f'{parent}."{key.column.name}" = "{table.name}"."{key.parent.name}"'
        for key in constraint.elements
    )
    return f"EXISTS (SELECT 1 FROM {parent} WHERE {joined})"  # noqa: S608


def _without(connection: Connection) -> Iterator[str]:
    """The tables that exist and lack their policy, or have one of another Shopclerk."""
    query = text(
        """SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced,
            (SELECT obj_description(p.oid, 'pg_policy') FROM pg_policy p
             WHERE p.polrelid = c.oid AND p.polname = :policy) AS digest,
            (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
        FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
        ORDER BY c.relname"""
    )
    for row in connection.execute(query, {"policy": POLICY}):
        if row.relname in conditions():
            good = row.forced and row.policies == 1 and row.digest == _digest(row.relname)
            if not good:
                yield row.relname


def _has_function(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT to_regproc('shopclerk_for_all') IS NOT NULL")))


def _digest(table: str) -> str:
    return hashlib.sha256((_FUNCTION + _rule(table)).encode()).hexdigest()[:16]
