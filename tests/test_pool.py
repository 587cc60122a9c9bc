"""The pool of connections to PostgreSQL: its bounds, and that nothing passes between borrowers."""

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agent.context import ANONYMOUS, Shopper
from agent.errors import DatabaseError
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database, open_database
from agent.orders.limits import Limits
from agent.settings import Settings
from tests.databases import Scenes, empty
from tests.two_customers import fill

pytestmark = pytest.mark.postgres
ANA, BEN = Shopper.signed_in("ana"), Shopper.signed_in("ben")
SETTINGS = ("shopclerk.acting", "shopclerk.customer", "shopclerk.session")


@pytest.fixture(scope="module")
def filled(migrated_postgres: str) -> str:
    empty(migrated_postgres)
    db = Scenes(migrated_postgres)
    fill(db)
    db.dispose()
    return migrated_postgres


@pytest.fixture
def one(filled: str) -> Iterator[Database]:
    """The shop through a single connection, which every borrower gets in turn."""
    db = Database(filled, limits=Limits(connections=1, wait=0.3, statement=0.4, lock=0.3, idle=0.5))
    yield db
    db.dispose()


def customers(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT id FROM customer ORDER BY id")))


def backend(session: Session) -> int:
    return int(session.scalar(text("SELECT pg_backend_pid()")) or 0)


def nothing_is_left(db: Database, pid: int) -> None:
    """The same connection, borrowed next, knows nothing of the one before."""
    with pytest.raises(DatabaseError, match="does not say"), db.read() as session:
        assert backend(session) == pid
        customers(session)
    with db.read(ANONYMOUS) as session:
        assert backend(session) == pid
        assert customers(session) == []
    with db.looking() as connection:
        query = "SELECT current_setting(:name, true)"
        values = [connection.scalar(text(query), {"name": name}) for name in SETTINGS]
        assert values == ["", "", ""]
    with db.write(BEN) as session:
        assert customers(session) == ["ben"]
        assert session.scalar(text("SHOW transaction_read_only")) == "off"
        assert session.scalar(text("SHOW transaction_isolation")) == "read committed"


@pytest.mark.parametrize("who", [ANA, SYSTEM])
def test_after_a_good_borrower(one: Database, who: Shopper) -> None:
    with one.write(who) as session:
        pid = backend(session)
        assert "ana" in customers(session)
    nothing_is_left(one, pid)
    with one.read(who) as session:
        assert "ana" in customers(session)
    nothing_is_left(one, pid)


def test_after_an_error_of_ours(one: Database) -> None:
    with pytest.raises(ZeroDivisionError), one.write(ANA) as session:
        pid = backend(session)
        raise ZeroDivisionError
    nothing_is_left(one, pid)


def test_after_an_error_of_the_database(one: Database) -> None:
    with pytest.raises(IntegrityError), one.write(SYSTEM) as session:
        pid = backend(session)
        session.execute(text("DELETE FROM product"))
        session.execute(text("INSERT INTO shipment_line VALUES ('nowhere', 1, 1)"))
    nothing_is_left(one, pid)


def test_after_a_statement_that_was_stopped(one: Database) -> None:
    with pytest.raises(DatabaseError, match="took too long"), one.read(ANA) as session:
        pid = backend(session)
        session.execute(text("SELECT pg_sleep(30)"))
    nothing_is_left(one, pid)


def test_after_a_statement_that_somebody_cancelled(one: Database, filled: str) -> None:
    other, pids = Database(filled), list[int]()

    def cancel() -> None:
        time.sleep(0.2)
        with other.looking() as connection:
            connection.execute(text("SELECT pg_cancel_backend(:pid)"), {"pid": pids[0]})

    with pytest.raises(DatabaseError, match="user request"), one.write(ANA) as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        pids.append(backend(session))
        canceller = threading.Thread(target=cancel)
        canceller.start()
        session.execute(text("SELECT pg_sleep(30)"))
    canceller.join()
    other.dispose()
    nothing_is_left(one, pids[0])


def test_after_a_savepoint_and_a_commit_midway(one: Database) -> None:
    with one.write(ANA) as session:
        pid = backend(session)
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            raise ZeroDivisionError
        assert customers(session) == ["ana"]
    with one.read(ANA) as session:
        assert customers(session) == ["ana"]
        session.commit()
        assert customers(session) == ["ana"]
    nothing_is_left(one, pid)


def test_even_a_setting_of_the_whole_connection_is_not_inherited(one: Database) -> None:
    with one.write(ANA) as session:
        pid = backend(session)
        session.execute(text("SET shopclerk.acting = 'system'"))
        session.execute(text("SET shopclerk.customer = 'ana'"))
    with pytest.raises(DatabaseError, match="does not say"), one.read() as session:
        assert backend(session) == pid
        customers(session)
    with one.read(BEN) as session:
        assert customers(session) == ["ben"]


def test_a_transaction_that_does_nothing_is_ended(one: Database) -> None:
    with pytest.raises(DatabaseError, match="cannot be used"), one.write(ANA) as session:
        pid = backend(session)
        session.execute(text("UPDATE customer SET first_name = 'half'"))
        time.sleep(0.9)
        session.execute(text("SELECT 1"))
    with one.read(ANA) as session:
        assert backend(session) != pid
        assert session.scalar(text("SELECT first_name FROM customer")) == ""


def test_a_lock_is_not_waited_for_for_ever(one: Database, filled: str) -> None:
    other = Database(filled)
    take = text("SELECT id FROM customer WHERE id = 'ana' FOR UPDATE")
    with other.write(ANA) as holder:
        holder.execute(take)
        with pytest.raises(DatabaseError, match="is busy"), one.write(ANA) as session:
            session.execute(take)
    with one.write(ANA) as session:
        assert session.scalar(take) == "ana"
    other.dispose()


def test_a_pool_that_is_taken_says_so(one: Database) -> None:
    said = "all 1 connections to the database are in use"
    with one.write(ANA) as session:
        with pytest.raises(DatabaseError, match=said), one.write(BEN):
            pass
        assert customers(session) == ["ana"]


def test_the_settings_reach_the_connection(filled: str) -> None:
    settings = Settings(
        _env_file=None,
        database_url=filled + "&options=-cwork_mem%3D5MB",
        database_connections=3,
        database_wait=1.5,
        database_statement_timeout=12,
        database_lock_timeout=2.5,
        database_idle_timeout=45,
    )
    db = open_database(settings)
    assert db.limits == Limits(3, 1.5, 12, 2.5, 45)
    with db.looking() as connection:
        shown = {
            name: connection.scalar(text(f"SHOW {name}"))
            for name in (
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "work_mem",
            )
        }
    db.dispose()
    assert shown == {
        "statement_timeout": "12s",
        "lock_timeout": "2500ms",
        "idle_in_transaction_session_timeout": "45s",
        "work_mem": "5MB",
    }
