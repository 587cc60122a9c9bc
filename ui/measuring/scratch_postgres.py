"""A PostgreSQL server for as long as a bench or a test lasts: in a temporary folder, on a Unix
socket alone, from the machine's own binaries."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from agent.errors import DatabaseError
from agent.orders.access import roles

_SUPERUSER = "shop"


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, newest version first; None where there are none."""
    for initdb in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True):
        return initdb.parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def as_role(url: str, role: str) -> str:
    """The same database for another of its roles."""
    return make_url(url).set(username=role).render_as_string(hide_password=False)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that the server may write to; it goes when the block ends."""
    # A short path: a Unix socket's may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="shopclerk-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, _user().pw_uid, _user().pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class ScratchServer:
    """One server. `durable` False leaves out fsync: quicker, and nothing survives a power cut.

    Raises DatabaseError where it cannot be made or started.
    """

    def __init__(self, binaries: Path, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._binaries = binaries
        self._data = str(folder / "data")
        self._durable = durable
        self._numbers = itertools.count(1)
        initdb = [str(binaries / "initdb"), "-D", self._data, "-U", _SUPERUSER]
        _run([*initdb, "-A", "trust", "-E", "UTF8"])

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-k {self.folder} -c listen_addresses="
        options += "" if self._durable else " -c fsync=off"
        log = str(self.folder / "log")
        _run([*self._control(), "-l", log, "-w", "-o", options, "start"])

    def stop(self) -> None:
        """Stop it as a crash would, nothing written down."""
        _run([*self._control(), "-m", "immediate", "-w", "stop"])

    def create(self) -> str:
        """The URL of a new, empty database, for the superuser."""
        name = f"shop{next(self._numbers)}"
        admin = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        admin.dispose()
        return self._url(name)

    def create_shop(self) -> str:
        """The URL of a new, empty database that has its roles, for its owner."""
        url = self.create()
        set_up_roles(url)
        return as_role(url, roles.OWNER)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://{_SUPERUSER}@/{name}?host={self.folder}"

    def _control(self) -> list[str]:
        return [str(self._binaries / "pg_ctl"), "-D", self._data]


def set_up_roles(url: str) -> None:
    """Run what `shopclerk db roles` prints, as the superuser."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(roles.SQL.encode())


def _user() -> pwd.struct_passwd:
    """As whom the server runs where we are root, whom PostgreSQL refuses."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _run(command: list[str]) -> None:
    if os.geteuid() == 0:
        command = ["runuser", "-u", _user().pw_name, "--", *command]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=120)  # noqa: S603
    if done.returncode:
        raise DatabaseError(f"{command[0]} failed: {done.stdout}{done.stderr}")
