"""The door to the database: engine, transactions, migrations; SQLite and PostgreSQL alike."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from agent.errors import DatabaseError
from agent.orders import schema
from agent.settings import Settings

BROKEN_OFF = {"40001", "40P01"}
"""What PostgreSQL says to a transaction that it gave up for another's sake (appendix A)."""


class Database:
    """One database. Threads may share it; each `read()` and `write()` is its own transaction.

    `busy_timeout` is how many seconds a writer waits for SQLite's lock. Nothing is opened until
    the first use. Raises DatabaseError for a URL that cannot work.
    """

    def __init__(self, url: str, *, busy_timeout: float = 5.0) -> None:
        self.url = _checked(url)
        self.busy_timeout = busy_timeout
        self._engine = self._make_engine()
        self._read = self._engine.execution_options(shopclerk="read")
        self._write = self._engine.execution_options(shopclerk="write")

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database and cannot write."""
        with self._explained(), Session(self._read, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed at the end of the block, or rolled back on any error.

        On SQLite the write lock is taken at the start, so what was read stays true.
        """
        with (
            self._explained(),
            Session(self._write, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection()
            yield session

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema up (or down) to `revision`, whole or not at all."""
        with self._explained(), self._write.begin() as connection:
            if self.dialect == "postgresql":
                # Two processes that start at once must not both create the tables.
                connection.execute(text("SELECT pg_advisory_xact_lock(7467)"))
            schema.migrate(connection, revision)

    def check(self) -> list[str]:
        """What is wrong with the schema or the stored data, one line each; empty if nothing is.

        Raises DatabaseError when the database cannot be reached at all.
        """
        with self._explained(), self._read.connect() as connection:
            problems = schema.differences(connection)
            if self.dialect == "sqlite":
                problems += _sqlite_damage(connection)
        return problems

    def dispose(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()

    def _make_engine(self) -> Engine:
        options: dict[str, Any] = {"json_serializer": partial(json.dumps, ensure_ascii=False)}
        if self.url.get_backend_name() == "sqlite":
            options["connect_args"] = {"timeout": self.busy_timeout}
        else:
            options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": 5}}
        engine = create_engine(self.url, **options)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            event.listen(engine, "begin", _begin_postgresql)
        return engine

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what drivers raise about the database itself into one clear DatabaseError."""
        try:
            yield
        except DBAPIError as error:
            if line := _explain(error, self.url):
                raise DatabaseError(line) from error
            raise


def open_database(settings: Settings) -> Database:
    """The database of these settings; the default one's folder is made where it is missing."""
    if not settings.database_url:
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"cannot make the folder {settings.home}: {error.strerror}; set SHOPCLERK_HOME"
            ) from error
    return Database(settings.database)


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
    connection.execute("PRAGMA journal_mode = WAL")
    # An order that was confirmed must survive a power cut.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("shopclerk") == "write"
    connection.exec_driver_sql(f"PRAGMA query_only = {int(not writes)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("shopclerk") == "read":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _sqlite_damage(connection: Connection) -> list[str]:
    """What SQLite's own checks find: broken pages, rows whose parent is missing."""
    found = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check") if row[0] != "ok"]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    return found + [f"{table}: row {row} has no {parent}" for table, row, parent, _ in orphans]


def _explain(error: DBAPIError, url: URL) -> str:
    """One line for a person, or "" for an error that is about the statement, not the database."""
    if getattr(error.orig, "sqlstate", "") in BROKEN_OFF:
        return ""
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else ""
    if url.get_backend_name() == "sqlite":
        return _explain_sqlite(said, Path(url.database or ""))
    if "does not exist" in said and "relation" in said:
        return f"the database has no schema yet ({said}); run `shopclerk db migrate`"
    if isinstance(error, OperationalError) or error.connection_invalidated:
        where = url.render_as_string(hide_password=True)
        return f"the database at {where} cannot be used: {said}"
    return ""


def _explain_sqlite(said: str, file: Path) -> str:
    if "locked" in said or "busy" in said:
        return f"{file} is locked by another program; stop it, or try again"
    if "unable to open" in said and not file.parent.is_dir():
        return f"the folder {file.parent} does not exist; make it, or set SHOPCLERK_DATABASE_URL"
    if "unable to open" in said:
        return f"{file} cannot be opened; check its permissions, and those of its folder"
    if "readonly" in said:
        return f"{file} cannot be written; check its permissions, and those of its folder"
    if "no such table" in said or "no such column" in said:
        return f"{file} has not the expected schema ({said}); run `shopclerk db migrate`"
    if "full" in said:
        return f"the disk of {file} is full"
    if "not a database" in said or "malformed" in said:
        return f"{file} is no intact SQLite database ({said}); restore it from a copy"
    return ""
