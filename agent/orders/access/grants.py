"""What the app's role may do with each table on PostgreSQL: no more than it needs, and no DDL."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from agent.orders.access.roles import APP, OWNER

APPEND_ONLY = frozenset({"audit", "receipt", "sql_audit"})
"""Tables whose rows nobody changes: the app adds and reads."""
NEVER_CHANGED = frozenset({"staff"})
"""Tables whose rows come and go and stay what they are: nobody's password changes unseen."""

_ALL = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
_VERSION = "alembic_version"


def apply(connection: Connection) -> None:
    """Grant what is missing, revoke what is too much; only where the app's role exists."""
    if not role_exists(connection, APP):
        return
    for table, wanted, held in _differing(connection):
        if held - wanted:
            connection.execute(text(f'REVOKE {_listed(held - wanted)} ON "{table}" FROM {APP}'))
        if wanted - held:
            connection.execute(text(f'GRANT {_listed(wanted - held)} ON "{table}" TO {APP}'))
    for sequence in _sequences_without(connection):
        connection.execute(text(f'GRANT USAGE, SELECT ON SEQUENCE "{sequence}" TO {APP}'))


def problems(connection: Connection) -> list[str]:
    """What the app's role lacks or has too much, one line each; that it does not exist is one."""
    if not role_exists(connection, APP):
        return [f"there is no role {APP}"]
    found = []
    for table, wanted, held in _differing(connection):
        if wanted - held:
            found.append(f"{APP} lacks {_listed(wanted - held)} on {table}")
        if held - wanted:
            found.append(f"{APP} must not have {_listed(held - wanted)} on {table}")
    return found + [f"{APP} lacks USAGE on {name}" for name in _sequences_without(connection)]


def role_exists(connection: Connection, role: str) -> bool:
    """Whether the server has a role of this name."""
    query = text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)")
    return bool(connection.scalar(query, {"role": role}))


def take_owner(connection: Connection) -> None:
    """What a superuser makes in this transaction is the owner's, where `db roles` set that up."""
    query = text(
        """SELECT pg_has_role(current_user, r.oid, 'MEMBER') AND r.rolname <> current_user
            AND has_schema_privilege(r.oid, current_schema()::text, 'CREATE')
        FROM pg_roles r WHERE r.rolname = :owner"""
    )
    if connection.scalar(query, {"owner": OWNER}):
        connection.execute(text(f"SET LOCAL ROLE {OWNER}"))


def may_migrate(connection: Connection) -> bool:
    """Whether this connection's role can make tables here."""
    query = "SELECT has_schema_privilege(current_schema()::text, 'CREATE')"
    return bool(connection.scalar(text(query)))


def _differing(
    connection: Connection,
) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Each of our tables whose grants to the app are not as wanted: (table, wanted, held)."""
    from agent.orders.models import Base

    query = text(
        """SELECT c.relname, array_remove(array_agg(a.privilege_type), NULL) AS held
        FROM pg_class c LEFT JOIN LATERAL (SELECT x.privilege_type FROM aclexplode(c.relacl) x
            WHERE x.grantee = to_regrole(:app)::oid) a ON true
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
        GROUP BY c.relname ORDER BY c.relname"""
    )
    for row in connection.execute(query, {"app": APP}).all():
        if row.relname in Base.metadata.tables or row.relname == _VERSION:
            wanted, held = _wanted(row.relname), frozenset(row.held)
            if wanted != held:
                yield row.relname, wanted, held


def _wanted(table: str) -> frozenset[str]:
    if table == _VERSION:
        return frozenset({"SELECT"})
    if table in APPEND_ONLY:
        return _ALL - {"UPDATE", "DELETE"}
    return _ALL - {"UPDATE"} if table in NEVER_CHANGED else _ALL


def _sequences_without(connection: Connection) -> list[str]:
    query = text(
        """SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
        AND CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(:app, oid, 'USAGE') END
        ORDER BY relname"""
    )
    return list(connection.scalars(query, {"app": APP}))


def _listed(privileges: frozenset[str]) -> str:
    return ", ".join(sorted(privileges))
