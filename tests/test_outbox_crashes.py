"""Deliverers that are killed at any moment: nothing is lost, doubled or out of order."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.orders.outbox import Outbox
from agent.orders.wishes import Cancellation
from agent.settings import CHECKOUT
from tests.desk import Desk, order, wishes
from tests.desk import desk as desk
from tests.shop_server import SECRET, open_shop_server

KILLS = 4
WORK = """
import sys, time
from datetime import timedelta
from pathlib import Path
from agent.clock import system_clock
from agent.orders.channels import ChangeFile, Webhook
from agent.orders.database import Database
from agent.orders.outbox import Outbox
db = Database(sys.argv[1])
to = sys.argv[2]
channel = Webhook(to, sys.argv[3], system_clock) if to.startswith("http") else ChangeFile(Path(to))
outbox = Outbox(db, system_clock, lease=timedelta(seconds=0.5))
print("ready", flush=True)
while True:
    if outbox.deliver_next(channel) is None:
        time.sleep(0.02)
"""


@contextmanager
def deliverer(desk: Desk, to: str) -> Iterator[subprocess.Popen[str]]:
    """A process that delivers until it is killed."""
    url = desk.db.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, url, to, SECRET],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()


def make_changes(desk: Desk) -> list[tuple[str, str]]:
    """Two changes of each of twelve orders: (order, change) as they were confirmed."""
    orders = [f"K-{number}" for number in range(12)]
    desk.bring(*[order(id_, "pending") for id_ in orders])
    made = [(id_, desk.confirm(wishes(id_, "D-1")["address_change"])) for id_ in orders]
    for id_ in orders:
        cancel = Cancellation(order_id=id_, reason="no longer needed")
        made.append((id_, desk.confirm(cancel)))
    return made


def kill_until_done(desk: Desk, to: str, made: list[tuple[str, str]]) -> None:
    """Kill deliverers after short, random times; the last one may finish."""
    dice = random.Random(7)
    for _ in range(KILLS):
        with deliverer(desk, to):
            time.sleep(dice.uniform(0.0, 0.12))
    left = Outbox(desk.db, desk.clock)
    with deliverer(desk, to):
        deadline = time.monotonic() + 60
        while left.figures().waiting and time.monotonic() < deadline:
            time.sleep(0.05)
    assert left.figures().waiting == 0
    assert {event.status for event in left.events()} == {"delivered"}
    assert len(left.events()) == len(made)


def by_order(changes: list[dict[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for change in changes:
        found.setdefault(change["order_id"], []).append(change["id"])
    return found


def as_made(made: list[tuple[str, str]]) -> dict[str, list[str]]:
    return by_order([{"order_id": order_id, "id": id_} for order_id, id_ in made])


@pytest.mark.integration
def test_a_webhook_survives_kills(desk: Desk) -> None:
    with open_shop_server() as shop:
        made = make_changes(desk)
        kill_until_done(desk, shop.url, made)
        assert by_order(shop.acted) == as_made(made)
        assert shop.unsigned == 0
        # Only what a killed process had in its hands may have been sent again.
        assert len(shop.seen) - len(made) <= KILLS


@pytest.mark.integration
def test_a_file_survives_kills(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "changes.jsonl"
    made = make_changes(desk)
    kill_until_done(desk, str(file), made)
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert by_order(lines) == as_made(made)
    assert len(lines) == len(made)


@pytest.mark.parametrize("count", [3])
@pytest.mark.integration
def test_processes_side_by_side_send_nothing_twice(desk: Desk, count: int) -> None:
    with open_shop_server() as shop:
        made = make_changes(desk)
        workers = [deliverer(desk, shop.url) for _ in range(count)]
        for worker in workers:
            worker.__enter__()
        left = Outbox(desk.db, desk.clock)
        deadline = time.monotonic() + 60
        while left.figures().waiting and time.monotonic() < deadline:
            time.sleep(0.05)
        for worker in workers:
            worker.__exit__(None, None, None)
        assert sorted(shop.seen) == sorted(id_ for _, id_ in made)
