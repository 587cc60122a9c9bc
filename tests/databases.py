"""Databases for tests: a fresh SQLite file, or a fresh database on a real PostgreSQL.

The PostgreSQL server is started once a session from the machine's own binaries, in a temporary
folder, on a Unix socket alone. Import `database_url` (both databases, the second behind the
marker `postgres`) and `db` (the same, migrated) into a test module to run its tests on both.
"""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

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


def _without_root(command: list[str]) -> list[str]:
    """The command, run as user postgres where we are root, whom PostgreSQL refuses."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


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
    # A short path: a Unix socket's may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="shopclerk-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data, control = str(folder / "data"), str(binaries / "pg_ctl")
    settings = f"-k {folder} -c listen_addresses= -c fsync=off"
    try:
        _run([str(binaries / "initdb"), "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8"])
        _run([control, "-D", data, "-l", str(folder / "log"), "-w", "-o", settings, "start"])
        yield str(folder)
        _run([control, "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _url(server: str, name: str) -> str:
    return f"postgresql+psycopg://shop@/{name}?host={server}"


def _create_postgres(server: str) -> str:
    """The URL of a new, empty database."""
    name = f"shop{next(_numbers)}"
    admin = create_engine(_url(server, "postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return _url(server, name)


def _migrated(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.dispose()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """The URL of a migrated database that all tests share; each finds its tables empty."""
    url = _create_postgres(postgres_server)
    _migrated(url)
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "shop.db"
    _migrated(f"sqlite:///{file}")
    return file


_BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=_BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    return _create_postgres(request.getfixturevalue("postgres_server"))


@pytest.fixture(params=_BOTH)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database of each kind. Leave its schema as it is."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "shop.db")
        database = Database(f"sqlite:///{file}")
    else:
        database = Database(request.getfixturevalue("migrated_postgres"))
        with database.write() as session:
            tables = ", ".join(f'"{name}"' for name in Base.metadata.tables)
            session.execute(text(f"TRUNCATE {tables}"))
    yield database
    database.dispose()
