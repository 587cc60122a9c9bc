"""Confirmations under faults: one effect, the same receipt, nothing half-written, a clear error."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from agent.errors import DatabaseError
from agent.orders.access import roles
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.settings import CHECKOUT
from tests.confirming import Asked, ask, confirm, pending, receipts
from tests.cutting import Cut, cutting
from tests.databases import Scenes, postgres_binaries
from ui.measuring.desk_scene import compose
from ui.measuring.scratch_postgres import ScratchServer, as_role, scratch_folder

ORDERS = 200


@pytest.fixture
def shop(db: Database) -> Database:
    """A shop of 200 orders of which each third is pending."""
    compose(db, ORDERS, products=20)
    return db


# Many at once


def test_sixteen_confirm_one_proposal_at_once(shop: Database) -> None:
    asked, gate = ask(shop, pending(ORDERS)[0]), Barrier(16)

    def at_once(_: int) -> tuple[str, bool]:
        gate.wait()
        receipt = confirm(shop, asked)
        return receipt.number, receipt.again

    with ThreadPoolExecutor(16) as pool:
        given = list(pool.map(at_once, range(16)))
    assert {number for number, _ in given} == set(receipts(shop).values())
    assert len(receipts(shop)) == 1
    assert Counter(again for _, again in given) == {True: 15, False: 1}


def test_of_32_confirmations_at_once_none_is_lost(shop: Database) -> None:
    waiting, gate = [ask(shop, number) for number in pending(ORDERS)[:32]], Barrier(32)

    def at_once(asked: Asked) -> str:
        gate.wait()
        return confirm(shop, asked).number

    with ThreadPoolExecutor(32) as pool:
        given = list(pool.map(at_once, waiting))
    assert sorted(receipts(shop).values()) == sorted(given)
    assert len(set(given)) == 32


# A process that dies


def killed_midway(url: str, numbers: list[int], after: float) -> dict[str, str]:
    """What a confirming process acknowledged before it was killed: receipt number by order."""
    command = [sys.executable, "-m", "tests.confirming", url, *map(str, numbers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().splitlines(keepends=True)
    # The last line may be cut in the middle, as may be an answer on its way to a shopper.
    return dict(line.split() for line in lines if line.endswith("\n"))  # type: ignore[misc]


def kill_again_and_again(db: Database, rounds: int, seed: int) -> None:
    chance, acknowledged = random.Random(seed), dict[str, str]()
    url = db.url.render_as_string(hide_password=False)
    for _ in range(rounds):
        held = receipts(db)
        left = [n for n in pending(2000) if f"W{n}" not in held]
        acknowledged |= killed_midway(url, left, chance.uniform(0.05, 0.6))
        held = receipts(db)
        assert acknowledged.items() <= held.items()
        # One may have been done and not acknowledged, when its process died in between.
        assert len(held) <= len(acknowledged) + rounds
    assert acknowledged


@pytest.mark.integration
def test_what_a_killed_process_acknowledged_is_there_once(db: Database) -> None:
    compose(db, 2000, products=20)
    kill_again_and_again(db, 5, seed=1)


@pytest.mark.soak
def test_what_fifty_killed_processes_acknowledged_is_there_once(db: Database) -> None:
    compose(db, 2000, products=20)
    kill_again_and_again(db, 50, seed=2)


@pytest.mark.postgres
def test_a_deadlock_with_somebody_else_is_tried_again(own_server: "OwnServer") -> None:
    """PostgreSQL breaks off who finds the circle first: the one that waits longer, ours."""
    db = own_server.db
    before = receipts(db)
    number = next(n for n in pending(ORDERS) if f"W{n}" not in before)
    asked = ask(db, number)
    broken_off: list[str] = []

    @event.listens_for(db._engine, "handle_error")
    def _broken_off(context) -> None:  # type: ignore[no-untyped-def]
        broken_off.append(context.original_exception.sqlstate)

    method = text("SELECT id FROM payment_method WHERE customer_id = :c FOR UPDATE")
    order = text('SELECT id FROM "order" WHERE id = :o FOR UPDATE')
    with ThreadPoolExecutor(1) as pool, db.write(SYSTEM) as other:
        other.execute(method, {"c": asked.shopper.customer_id})
        waiting = pool.submit(confirm, db, asked)
        time.sleep(0.4)
        other.execute(order, {"o": f"W{number}"})
        other.commit()
        receipt = waiting.result(10)
    assert receipts(db) == before | {f"W{number}": receipt.number}
    assert broken_off == ["40P01"]


# A server that dies, and a connection that is lost


class OwnServer:
    """A PostgreSQL server that a test may kill, and the shop on it."""

    def __init__(self, server: ScratchServer) -> None:
        self.server = server
        owner = server.create_shop()
        Scenes(owner).migrate()
        self.url = as_role(owner, roles.APP)
        self.db = Scenes(self.url)
        compose(self.db, ORDERS, products=20)

    def wait(self) -> None:
        """Until it takes connections again after a crash."""
        for _ in range(300):
            try:
                with self.db.read(SYSTEM) as session:
                    session.execute(text("SELECT 1"))
                return
            except DatabaseError:
                time.sleep(0.1)
        raise AssertionError("the server did not recover")

    def terminate(self, pid: int) -> None:
        """As an administrator ends a connection."""
        other = Database(as_role(self.url, "shop"))
        with other.looking() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        other.dispose()

    def kill(self, pid: int) -> None:
        """As the kernel kills a process: every backend goes, and the log is replayed."""
        os.kill(pid, signal.SIGKILL)

    def crash(self, _pid: int) -> None:
        """As a power cut would."""
        self.server.stop()
        self.server.start()


@pytest.fixture(scope="module")
def own_server() -> Iterator[OwnServer]:
    with scratch_folder() as folder:
        server = ScratchServer(postgres_binaries(), folder)
        server.start()
        shop = OwnServer(server)
        yield shop
        shop.db.dispose()
        server.stop()


def at_commit(db: Database, strike: Callable[[int], None]) -> None:
    """Let it strike once, when everything is written and COMMIT is about to be sent."""
    once = [strike]

    @event.listens_for(db._engine, "commit")
    def _struck(connection) -> None:  # type: ignore[no-untyped-def]
        if once:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            once.pop()(pid)


@pytest.mark.postgres
@pytest.mark.parametrize("how", ["terminate", "kill", "crash"])
def test_a_server_that_dies_midway(own_server: OwnServer, how: str) -> None:
    db = own_server.db
    before = receipts(db)
    number = next(n for n in pending(ORDERS) if f"W{n}" not in before)
    asked = ask(db, number)
    at_commit(db, getattr(own_server, how))
    with pytest.raises(DatabaseError, match="cannot be used"):
        confirm(db, asked)
    own_server.wait()
    assert receipts(db) == before
    receipt = confirm(db, asked)
    assert not receipt.again
    assert receipts(db) == before | {f"W{number}": receipt.number}


@pytest.mark.postgres
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_is_lost_around_commit(own_server: OwnServer, when: Cut) -> None:
    before = receipts(own_server.db)
    number = next(n for n in pending(ORDERS) if f"W{n}" not in before)
    asked = ask(own_server.db, number)
    with scratch_folder() as folder, cutting(own_server.server.folder, folder) as proxy:
        db = Database(
            make_url(own_server.url)
            .update_query_dict({"host": str(folder)})
            .render_as_string(hide_password=False)
        )
        proxy.arm(when)
        with pytest.raises(DatabaseError, match="cannot be used"):
            confirm(db, asked)
        assert proxy.cuts == 1
        done = receipts(own_server.db)
        assert (f"W{number}" in done) == (when == "after")
        again = confirm(db, asked)
        db.dispose()
    assert again.again == (when == "after")
    assert receipts(own_server.db) == before | {f"W{number}": again.number}
    assert done.items() <= receipts(own_server.db).items()


# SQLite's file


@pytest.fixture
def file(tmp_path: Path, migrated_sqlite: Path) -> Path:
    copy = tmp_path / "shop.db"
    copy.write_bytes(migrated_sqlite.read_bytes())
    return copy


HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_process_holds_too_long(file: Path) -> None:
    db = Database(f"sqlite:///{file}", busy_timeout=0.3)
    compose(db, 6, products=5)
    asked = ask(db, 0)
    command = [sys.executable, "-c", HOLD, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        assert p.stdout is not None and p.stdout.readline() == "held\n"
        for _ in range(2):
            with pytest.raises(DatabaseError, match="is locked by another program; stop it"):
                confirm(db, asked)
        assert receipts(db) == {}
        p.communicate()
    receipt = confirm(db, asked)
    assert receipts(db) == {"W0": receipt.number}
    db.dispose()


def test_a_file_that_may_not_grow(file: Path) -> None:
    made = Database(f"sqlite:///{file}")
    compose(made, 60, products=5)
    waiting = [ask(made, number) for number in pending(60)]
    made.dispose()
    full = Database(f"sqlite:///{file}")

    @event.listens_for(full._engine, "begin")
    def _no_page_more(connection) -> None:  # type: ignore[no-untyped-def]
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    done = {}
    with pytest.raises(DatabaseError, match=r"the disk of .* is full"):
        for asked in waiting:
            done[f"W{asked.number}"] = confirm(full, asked).number
    full.dispose()
    assert receipts(made) == done
    for asked in waiting:
        done.setdefault(f"W{asked.number}", confirm(made, asked).number)
    assert receipts(made) == done
    made.dispose()


# A disk that fills up


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own in `folder`."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    owner = folder.stat()
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk, and not in every container")
    os.chown(folder, owner.st_uid, owner.st_gid)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up_and_free(db: Database, disk: Path) -> None:
    """Confirm until the disk is full; every confirmation counts, before, during and after."""
    waiting = [ask(db, number) for number in pending(ORDERS)]
    filler, done = disk / "filler", {}
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    with pytest.raises(DatabaseError, match=r"the disk of .* is full"):
        for asked in waiting:
            done[f"W{asked.number}"] = confirm(db, asked).number
    filler.unlink()
    assert receipts(db) == done
    assert len(done) < len(waiting)
    for asked in waiting:
        done.setdefault(f"W{asked.number}", confirm(db, asked).number)
    assert receipts(db) == done


def test_a_full_disk_under_sqlite(tmp_path: Path, file: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, 8) as disk:
        shutil.copy(file, disk / "shop.db")
        db = Database(f"sqlite:///{disk / 'shop.db'}")
        compose(db, ORDERS, products=20)
        fill_up_and_free(db, disk)
        db.dispose()


@pytest.mark.postgres
def test_a_full_disk_under_postgresql() -> None:
    with scratch_folder() as folder, small_disk(folder, 200) as disk:
        server = ScratchServer(postgres_binaries(), disk)
        server.start()
        shop = OwnServer(server)
        fill_up_and_free(shop.db, disk)
        shop.db.dispose()
        server.stop()
