"""The PostgreSQL server that keeps an index: connections, locks, and what is wrong with it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import URL, Connection, NullPool, create_engine, event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.schema import CreateSchema

from retrieval.errors import IndexDamaged, IndexStoreError
from retrieval.pgvector.tables import SCHEMA, create_shared

OLDEST = (0, 8)
"""The first pgvector that scans on until a filter has let enough through."""

REACH = 400
"""How many nodes of the graph a search keeps in sight; pgvector's default is 40."""

_SETTINGS = f"""
SET jit = off;
SET plan_cache_mode = force_custom_plan;
SET hnsw.ef_search = {REACH};
SET hnsw.iterative_scan = relaxed_order
"""
_LOCKS = 7468  # the first half of every advisory lock's key
_UNDEFINED = {"42P01", "42703", "3F000"}  # table, column, schema
_FORBIDDEN = "42501"


class Lock:
    """An advisory lock that is held. The server frees it too when the connection is gone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def release(self) -> None:
        """Free it now: the end of a connection alone is noticed a little later."""
        with suppress(DBAPIError), self._connection as connection:
            connection.execute(select(func.pg_advisory_unlock_all()))


class Server:
    """One database. Nothing is opened before the first use. Threads may share it.

    Locks belong to connections: a pooler in between must keep sessions, as pgbouncer's session
    mode does.
    """

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
        options["connect_args"] = {"connect_timeout": 5}
        self._pool = create_engine(self.url, pool_pre_ping=True, **options)
        self._transactions = self._pool.execution_options(isolation_level="READ COMMITTED")
        self._alone = create_engine(self.url, poolclass=NullPool, **options)
        event.listen(self._pool, "connect", _prepare)

    def __str__(self) -> str:
        shown = self.url.set(drivername="postgresql")
        return shown.render_as_string(hide_password=True)

    @contextmanager
    def reading(self, version: str = "") -> Iterator[Connection]:
        """A connection; a version's tables never change. Raises IndexDamaged where they lack."""
        with self._explained(version), self._pool.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self, version: str = "") -> Iterator[Connection]:
        """A transaction, committed at the end of the block or rolled back on any error."""
        with self._explained(version), self._transactions.begin() as connection:
            yield connection

    def lock(self, number: int, *, shared: bool) -> "Lock | None":
        """The lock, on a connection of its own; None while another holds it."""
        take = func.pg_try_advisory_lock_shared if shared else func.pg_try_advisory_lock
        with self._explained():
            connection = self._alone.connect()
            if connection.scalar(select(take(_LOCKS, number))):
                return Lock(connection)
            connection.close()
        return None

    def lock_here(self, connection: Connection, number: int) -> bool:
        """Take the lock for the rest of the transaction, unless another holds it."""
        return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_LOCKS, number))))

    def prepare(self) -> None:
        """Create the schema where it is not there; to be called by the one writer.

        Raises IndexStoreError where the server lacks pgvector, or has an old one.
        """
        with self._explained():
            with self._alone.connect() as connection:
                self._require_extension(connection)
            with self._transactions.begin() as connection:
                # Where it is there, nobody needs the right to create one.
                if connection.scalar(select(func.to_regnamespace(SCHEMA))) is None:
                    connection.execute(CreateSchema(SCHEMA))
                create_shared(connection)

    def _require_extension(self, connection: Connection) -> None:
        query = "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        if connection.scalar(text(query)) is None:
            raise IndexStoreError(
                f"the PostgreSQL server of {self} has no pgvector; install it there (Debian's "
                "package is postgresql-NN-pgvector, NN the server's version), or name another "
                "server in SHOPCLERK_INDEX_URL"
            )
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        query = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        version = connection.scalar(text(query)) or ""
        if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST:
            raise IndexStoreError(
                f"{self} has pgvector {version}, which is older than 0.8; install a newer one and "
                "run ALTER EXTENSION vector UPDATE"
            )

    @contextmanager
    def _explained(self, version: str = "") -> Iterator[None]:
        """Turn what the driver raises into one clear line."""
        try:
            yield
        except DBAPIError as error:
            said = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
            state = getattr(error.orig, "sqlstate", None)
            if state in _UNDEFINED:
                raise IndexDamaged(
                    f"index version {version} is damaged: {said}; "
                    "run `shopclerk index rollback` or `shopclerk index rebuild`"
                ) from error
            cure = ""
            if state == _FORBIDDEN:
                cure = (
                    f"; it needs the extension vector, which a superuser creates once, and the "
                    f"right to create the schema {SCHEMA}"
                )
            raise IndexStoreError(f"the index in {self} cannot be used: {said}{cure}") from error


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except ArgumentError:
        kind = "no URL"
    if kind != "postgresql":
        raise IndexStoreError(
            f"SHOPCLERK_INDEX_URL is {kind}; write postgresql://USER@HOST/NAME, or leave it empty "
            "for files"
        )
    return parsed.set(drivername="postgresql+psycopg")


def _prepare(connection: Any, _record: object) -> None:
    connection.execute(_SETTINGS)
    connection.commit()
