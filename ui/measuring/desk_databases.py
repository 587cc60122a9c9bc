"""The empty databases that the order desk is measured on; each goes when the next one comes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from sqlalchemy import create_engine

from agent.errors import DatabaseError
from agent.orders import schema
from agent.orders.access import roles
from agent.orders.database import Database
from agent.orders.limits import Limits
from ui.measuring.desk import AT_ONCE
from ui.measuring.scratch_postgres import ScratchServer, as_role, binaries, scratch_folder

Scratch = tuple[str, Database, Callable[[], None]]
"""Its name, itself, and what brings it to rest after it was filled."""
_LIMITS = Limits(connections=AT_ONCE, wait=60, lock=60)


def scratch_databases(url: str) -> Iterator[Scratch]:
    """SQLite, then PostgreSQL at `url` or on a server started for it."""
    with TemporaryDirectory(prefix="shopclerk-") as folder:
        sqlite = f"sqlite:///{Path(folder) / 'shop.db'}"
        with _open(sqlite, sqlite) as database:
            yield "sqlite", database, lambda: None
    if url:
        yield from _given(url)
    elif (found := binaries()) is not None:
        yield from _own(found)
    else:
        click.echo("No PostgreSQL here: give --postgres, or install its server.", err=True)


def _given(url: str) -> Iterator[Scratch]:
    """The database at `url`, which must be empty and is left so."""
    looking = Database(url)
    with looking.looking() as connection:
        if schema.current(connection) is not None:
            raise DatabaseError("the database at --postgres is not empty; name a scratch database")
    try:
        with _open(url, url) as database:
            yield "postgresql", database, partial(_vacuum, url)
    finally:
        looking.migrate("base")
        looking.dispose()


def _own(found: Path) -> Iterator[Scratch]:
    with scratch_folder() as folder:
        server = ScratchServer(found, folder, durable=True)
        server.start()
        try:
            owner = server.create_shop()
            with _open(owner, as_role(owner, roles.APP)) as database:
                yield "postgresql", database, partial(_vacuum, as_role(owner, "shop"))
        finally:
            server.stop()


def _vacuum(url: str) -> None:
    """What the server would do by itself in the minutes after."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


@contextmanager
def _open(migrating: str, serving: str) -> Iterator[Database]:
    owner = Database(migrating)
    owner.migrate()
    owner.dispose()
    database = Database(serving, busy_timeout=_LIMITS.lock, limits=_LIMITS)
    try:
        yield database
    finally:
        database.dispose()
