"""Row-level security: a transaction that forgets the owner in its WHERE sees nothing foreign."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from agent.context import ANONYMOUS, Shopper
from agent.errors import DatabaseError
from agent.orders.access import grants, policies, roles
from agent.orders.access.scope import NOBODY, SYSTEM, in_session
from agent.orders.database import Database
from agent.orders.models import Base
from tests.databases import Scenes, empty
from tests.two_customers import CUSTOMERS, fill
from ui.measuring.scratch_postgres import ScratchServer, as_role

pytestmark = pytest.mark.postgres

SHARED = {"catalogue_version", "policy", "product", "review", "variant"}
SHARED |= {"sql_audit", "tombstone"}
"""Tables without a customer in them. A new one belongs here only if that is true of it."""
STAFFS = {"staff"}
"""Tables that no shopper's transaction sees a row of."""
GUARDED = sorted(set(policies.conditions()) - STAFFS)
ANA = Shopper.signed_in("ana")


@pytest.fixture(scope="module")
def filled(migrated_postgres: str) -> str:
    empty(migrated_postgres)
    db = Scenes(migrated_postgres)
    fill(db)
    db.dispose()
    return migrated_postgres


@pytest.fixture
def served(filled: str) -> Iterator[Database]:
    """The shop of Ana and Ben as the app has it."""
    db = Database(filled)
    yield db
    db.dispose()


def owners(session: Session, table: str) -> set[str]:
    """Whose rows a bare SELECT * shows: every row of the scene names Ana or Ben somewhere."""
    rows = session.execute(text(f'SELECT t::text FROM "{table}" t')).scalars().all()
    return {who for who in CUSTOMERS for row in rows if who in row}


def test_every_table_is_guarded_or_known_to_be_shared() -> None:
    assert set(Base.metadata.tables) - set(GUARDED) == SHARED | STAFFS


@pytest.mark.parametrize("table", GUARDED)
def test_a_bare_select_shows_the_shopper_alone(served: Database, table: str) -> None:
    conversation = {"chat_session", "turn", "hand_off", "feedback"}
    with served.read(SYSTEM) as session:
        assert owners(session, table) == {"ana", "ben"}
    with served.read(ANA) as session:
        assert owners(session, table) == {"ana"}
    with served.read(ANONYMOUS) as session:
        assert owners(session, table) == set()
    with served.read(in_session("chat-ben")) as session:
        assert owners(session, table) == ({"ben"} if table in conversation else set())
    said = "does not say for whom it acts"
    with pytest.raises(DatabaseError, match=said), served.read() as session:
        owners(session, table)


@pytest.mark.parametrize("table", GUARDED)
def test_nothing_foreign_is_deleted_or_changed(served: Database, table: str) -> None:
    column = next(iter(Base.metadata.tables[table].primary_key)).name
    for change in (f'DELETE FROM "{table}"', f'UPDATE "{table}" SET "{column}" = "{column}"'):
        try:
            with served.write(Shopper.signed_in("nobody")) as session:
                assert session.execute(text(change)).rowcount == 0  # type: ignore[attr-defined]
        except DatabaseError as error:
            assert table in grants.APPEND_ONLY and "permission denied" in str(error)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO payment_method VALUES ('ben', 'x', 'paypal', '', NULL, 'USD', 0, '{}')",
        "UPDATE payment_method SET customer_id = 'ben', id = 'anas'",
        "UPDATE customer SET id = 'ben2'",
        "INSERT INTO feedback VALUES ('turn-ben', 1, '', now())",
        "INSERT INTO shipment_event VALUES ('W-ben', 1, 9, now(), '{}', '{}')",
        "INSERT INTO receipt VALUES ('proposal-ben', 'R-x', 'ben', '{}', now())",
    ],
)
def test_nothing_is_written_for_somebody_else(served: Database, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="new row violates row-level security policy"),
        served.write(ANA) as session,
    ):
        session.execute(text(statement))


def test_what_is_shared_needs_no_scope(served: Database) -> None:
    with served.read(NOBODY) as session:
        assert session.scalar(text("SELECT count(*) FROM product")) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE x (i int)",
        "CREATE TEMPORARY TABLE x (i int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE customer ADD COLUMN x int",
        'ALTER TABLE "order" DISABLE ROW LEVEL SECURITY',
        "DROP POLICY shopclerk_acting ON customer",
        "TRUNCATE customer CASCADE",
        "DROP TABLE receipt",
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "UPDATE receipt SET number = 'x'",
        "DELETE FROM receipt",
        "UPDATE alembic_version SET version_num = 'x'",
        f"SET ROLE {roles.OWNER}",
        "SET SESSION AUTHORIZATION shop",
    ],
)
def test_the_app_may_not(served: Database, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"must be owner|permission denied"),
        served.write(SYSTEM) as session,
    ):
        session.execute(text(statement))


def test_row_security_cannot_be_switched_off_by_who_serves(served: Database) -> None:
    said = "affected by row-level security"
    with pytest.raises(DatabaseError, match=said), served.read(ANA) as session:
        session.execute(text("SET LOCAL row_security = off"))
        session.execute(text("SELECT * FROM customer"))


def test_the_owner_is_bound_too(filled: str) -> None:
    owner = Database(as_role(filled, roles.OWNER))
    with owner.read(ANA) as session:
        assert owners(session, "customer") == {"ana"}
    with pytest.raises(DatabaseError, match="does not say"), owner.read() as session:
        owners(session, "order")
    owner.dispose()


@pytest.mark.parametrize("table", [*GUARDED, *sorted(SHARED | STAFFS), "alembic_version"])
def test_the_staff_s_role_reads_no_table(filled: str, table: str) -> None:
    staff = Database(as_role(filled, roles.READONLY))
    with pytest.raises(DatabaseError, match="permission denied"), staff.read(SYSTEM) as session:
        session.execute(text(f'SELECT * FROM "{table}"'))
    staff.dispose()


@pytest.mark.parametrize("invoker", ["true", "false"])
def test_the_staff_s_views_show_everybody_s_figures(
    postgres_server: ScratchServer, invoker: str
) -> None:
    """However a view is made, and though the app may take the role, its own rows stay its own."""
    url = postgres_server.create_shop()
    owner = Scenes(url)
    owner.migrate()
    fill(owner)
    with owner.write() as session:
        for statement in (
            f'CREATE VIEW totals WITH (security_invoker = {invoker}) AS SELECT id FROM "order"',
            f"GRANT SELECT ON totals TO {roles.READONLY}",
            f'GRANT SELECT (id) ON "order" TO {roles.READONLY}',
        ):
            session.execute(text(statement))
    owner.dispose()
    staff = Database(as_role(url, roles.READONLY))
    with staff.read() as session:
        assert session.scalar(text("SELECT count(*) FROM totals")) == 2
    staff.dispose()
    app = Database(as_role(url, roles.APP))
    with app.read(ANA) as session:
        assert session.scalar(text('SELECT count(*) FROM "order"')) == 1
        session.execute(text(f"SET LOCAL ROLE {roles.READONLY}"))
        assert session.scalar(text("SELECT count(*) FROM totals")) == 2
    with app.read(ANA) as session:
        assert session.scalar(text("SELECT current_user")) == roles.APP
        assert session.scalar(text("SELECT count(*) FROM totals")) == 1
    app.dispose()
