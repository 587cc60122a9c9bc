"""The door to the database: engine, transactions, migrations; SQLite and PostgreSQL alike."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from agent.context import Shopper
from agent.errors import DatabaseError
from agent.orders import access, schema
from agent.orders.access.scope import NOBODY, SET, SYSTEM, Scope, scope_of
from agent.orders.explaining import explain
from agent.orders.limits import Limits
from agent.settings import Settings


class Database:
    """One database. Threads may share it; each `read()` and `write()` is its own transaction.

    Each says for whom it acts: a shopper, SYSTEM, or by default NOBODY, who sees what is shared.
    On PostgreSQL row-level security holds it to that; on SQLite the owner in each query alone does.

    `busy_timeout` is how many seconds a writer waits for SQLite's lock. Nothing is opened until
    the first use. Raises DatabaseError for a URL that cannot work.
    """

    def __init__(
        self, url: str, *, busy_timeout: float = 5.0, limits: Limits | None = None
    ) -> None:
        self.url = _checked(url)
        self.busy_timeout = busy_timeout
        self.limits = limits or Limits()
        self._writing = Lock()
        self._engine = self._make_engine()
        self._read = self._engine.execution_options(shopclerk="read", **self._reading())
        self._write = self._engine.execution_options(shopclerk="write")

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._engine.dialect.name

    @contextmanager
    def read(self, who: Shopper | Scope = NOBODY) -> Iterator[Session]:
        """A session that sees one state of the database and cannot write."""
        engine = self._read.execution_options(shopclerk_scope=scope_of(who))
        with self._explained(), Session(engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, who: Shopper | Scope = NOBODY) -> Iterator[Session]:
        """A session that is committed at the end of the block, or rolled back on any error.

        On SQLite the write lock is taken at the start, so what was read stays true.
        """
        engine = self._write.execution_options(shopclerk_scope=scope_of(who))
        with (
            self._explained(),
            self._turn_to_write(),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection()
            yield session

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema up (or down) to `revision`, whole or not at all.

        On PostgreSQL grants and policies follow. Raises DatabaseError where there is something to
        do and the connection's role may not do it.
        """
        engine = self._write.execution_options(shopclerk_scope=SYSTEM)
        with self._explained(), engine.begin() as connection:
            if self.dialect == "sqlite":
                schema.migrate(connection, revision)
            else:
                access.migrate(connection, revision)

    def check(self) -> list[str]:
        """What is wrong with the schema or the stored data, one line each; empty if nothing is.

        Raises DatabaseError when the database cannot be reached at all.
        """
        engine = self._read.execution_options(shopclerk_scope=SYSTEM)
        with self._explained(), engine.connect() as connection:
            problems = schema.differences(connection)
            if self.dialect == "sqlite":
                problems += _sqlite_damage(connection)
            elif not problems:
                problems += access.policies.problems(connection)
        return problems

    def compact(self) -> None:
        """Rewrite SQLite's file, so that nothing deleted is left in it; PostgreSQL is let be.

        Raises DatabaseError while another program reads or writes: try again then.
        """
        if self.dialect != "sqlite":
            return
        with self._explained():
            connection = self._engine.raw_connection()
            try:
                _rewrite_sqlite(connection.cursor())
            except sqlite3.OperationalError as error:
                raise DatabaseError(
                    f"the change is made, but {self.url.database} still holds deleted rows "
                    f"({error}); run the command again"
                ) from error
            finally:
                connection.close()

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A bare connection for looking at the database itself, not at its rows."""
        with self._explained(), self._read.connect() as connection:
            yield connection

    def dispose(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()

    def _make_engine(self) -> Engine:
        # What a statement was given is personal data; no traceback in a log may hold it.
        options: dict[str, Any] = {
            "json_serializer": partial(json.dumps, ensure_ascii=False),
            "hide_parameters": True,
            "pool_size": self.limits.connections,
            "max_overflow": 0,
            "pool_timeout": self.limits.wait,
        }
        if self.url.get_backend_name() == "sqlite":
            options["connect_args"] = {"timeout": self.busy_timeout}
        else:
            given = self.url.query.get("options", "")
            timeouts = self.limits.postgresql_options(given if isinstance(given, str) else "")
            connect_args = {"connect_timeout": 5, "options": timeouts}
            options |= {"pool_pre_ping": True, "connect_args": connect_args}
        engine = create_engine(self.url, **options)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            event.listen(engine, "begin", _begin_postgresql)
        return engine

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """Threads of one process queue for SQLite's lock; on their own they would poll for it."""
        if self.dialect != "sqlite":
            yield
            return
        if not self._writing.acquire(timeout=self.busy_timeout):
            raise DatabaseError(f"{self.url.database} is busy with other writes; try again")
        try:
            yield
        finally:
            self._writing.release()

    def _reading(self) -> dict[str, Any]:
        """How PostgreSQL begins a transaction that only reads; SQLite is told by a PRAGMA."""
        if self.dialect == "sqlite":
            return {}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what drivers raise about the database itself into one clear DatabaseError."""
        try:
            yield
        except DBAPIError as error:
            if line := explain(error, self.url):
                raise DatabaseError(line) from error
            raise
        except PoolTimeout as error:
            raise DatabaseError(
                f"all {self.limits.connections} connections to the database are in use; try again, "
                "or raise SHOPCLERK_DATABASE_CONNECTIONS"
            ) from error


def open_database(settings: Settings) -> Database:
    """The database of these settings; the default one's folder is made where it is missing."""
    if not settings.database_url:
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"cannot make the folder {settings.home}: {error.strerror}; set SHOPCLERK_HOME"
            ) from error
    return Database(
        settings.database,
        busy_timeout=settings.database_lock_timeout,
        limits=Limits(
            connections=settings.database_connections,
            wait=settings.database_wait,
            statement=settings.database_statement_timeout,
            lock=settings.database_lock_timeout,
            idle=settings.database_idle_timeout,
        ),
    )


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        raise DatabaseError(
            f"{url!r} is no database URL; write sqlite:///PATH or postgresql://USER@HOST/NAME"
        ) from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseError(f"{parsed.get_backend_name()} is not supported; SQLite or PostgreSQL")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseError("an in-memory SQLite is not shared by threads; name a file")
    return parsed


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN comes too late and is always deferred; `_begin_sqlite` says it.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    _turn_on_log(connection)
    # An order that was confirmed must survive a power cut.
    connection.execute("PRAGMA synchronous = FULL")


def _turn_on_log(connection: sqlite3.Connection) -> None:
    """Write ahead. Of two that first open a file SQLite lets neither wait: the later tries again,
    for two seconds.
    """
    for tries_left in range(40, -1, -1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if not tries_left:
                raise
            time.sleep(0.05)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("shopclerk") == "write"
    connection.exec_driver_sql(f"PRAGMA query_only = {int(not writes)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _rewrite_sqlite(cursor: Any) -> None:
    cursor.execute("PRAGMA query_only = 0")
    for step in ("wal_checkpoint(TRUNCATE)", "", "wal_checkpoint(TRUNCATE)"):
        cursor.execute(f"PRAGMA {step}" if step else "VACUUM")
        busy = cursor.fetchone() if step else None
        if busy and busy[0]:
            raise sqlite3.OperationalError("its log is being read")


def _begin_postgresql(connection: Connection) -> None:
    scope: Scope = connection.get_execution_options().get("shopclerk_scope", NOBODY)
    connection.exec_driver_sql(SET, (scope.acting, scope.customer, scope.session))


def _sqlite_damage(connection: Connection) -> list[str]:
    """What SQLite's own checks find: broken pages, rows whose parent is missing."""
    found = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check") if row[0] != "ok"]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    return found + [f"{table}: row {row} has no {parent}" for table, row, parent, _ in orphans]
