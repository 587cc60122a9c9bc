"""Whether PostgreSQL's grants and policies bind the role that we serve as."""

from sqlalchemy import Connection, text

from agent.orders.access import grants
from agent.orders.access.roles import APP, OWNER

SERVE = (
    f"let {APP} serve: `shopclerk db roles` prints the SQL that makes it. "
    "SHOPCLERK_ENV=development allows this on a machine for trying things out"
)
MIGRATE = f"run `shopclerk db migrate` with {OWNER} in SHOPCLERK_DATABASE_URL"


def faults(connection: Connection) -> list[tuple[str, str]]:
    """What keeps the second wall from standing, each with what mends it."""
    unbound = [(line, SERVE) for line in _unbound(connection)]
    cure = MIGRATE if grants.role_exists(connection, APP) else SERVE
    return unbound + [(line, cure) for line in grants.problems(connection)]


def _unbound(connection: Connection) -> list[str]:
    """Why this connection's role, or the one that it logged in as, is above the policies."""
    query = text(
        """SELECT r.rolname, r.rolsuper, r.rolbypassrls, EXISTS (
            SELECT FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace
            AND c.relkind = 'r' AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS owns
        FROM pg_roles r WHERE r.rolname IN (current_user, session_user) ORDER BY r.rolname"""
    )
    found = []
    for role in connection.execute(query):
        if role.rolsuper:
            found.append(
                f"serves as {role.rolname}, a superuser, whom neither grants nor policies bind"
            )
        elif role.rolbypassrls:
            found.append(f"serves as {role.rolname}, who may bypass row-level security")
        elif role.owns:
            found.append(f"serves as {role.rolname}, who owns the tables and could alter them")
    return found
