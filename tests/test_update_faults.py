"""SIGKILL at any moment of an update, and updates under searches."""

import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest
import updating
from updating import CLOCK, edition, open_shop

from agent.indexing import reconcile
from agent.products import recorded_version, stored_products
from retrieval.search import Searcher

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize(
    "kills", [pytest.param(4, id="few"), pytest.param(50, id="many", marks=pytest.mark.soak)]
)
@pytest.mark.integration
def test_killed_at_any_moment_a_whole_catalogue_serves(tmp_path: Path, kills: int) -> None:
    draw = random.Random(kills)
    db, store, embedder = open_shop(tmp_path)
    updating.update_index(db, store, embedder, edition(0), clock=CLOCK)
    reached = 0
    for kill in range(kills):
        process = subprocess.Popen(
            [sys.executable, updating.__file__, str(tmp_path), str(1000 * (kill + 1))],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)])},
        )
        assert process.stdout is not None
        process.stdout.readline()  # it is under way
        time.sleep(draw.random() * 0.6)
        process.kill()
        process.wait()
        reached += 1
        # Before anything is mended: what serves is whole.
        assert store.fault() == ""
        assert len(Searcher(store, embedder).search("mug", 100)) == 40
        reconcile(db, store, embedder, clock=CLOCK)
        with db.read() as session:
            recorded, rows = recorded_version(session), stored_products(session)
        assert recorded is not None
        assert recorded.id == store.current()
        editions = {re.match(r"Edition (\d+) ", row.title["en"])[1] for row in rows}  # type: ignore[index]
        assert len(editions) == 1, "products of two editions in SQL"
        assert list(store.products(store.current())) == rows
    assert reached == kills
    db.dispose()


@pytest.mark.parametrize(
    "updates", [pytest.param(5, id="few"), pytest.param(20, id="many", marks=pytest.mark.soak)]
)
def test_thirty_searches_a_second_while_the_catalogue_changes(tmp_path: Path, updates: int) -> None:
    db, store, embedder = open_shop(tmp_path)
    updating.update_index(db, store, embedder, edition(0), clock=CLOCK)
    searcher = Searcher(store, embedder)
    found: list[int] = []
    failures: list[Exception] = []
    stopped = False

    def search() -> None:
        while not stopped:
            try:
                found.append(len(searcher.search("第 版 杯子 mug edition", 100)))
            except Exception as error:
                failures.append(error)
            time.sleep(1 / 30)

    thread = Thread(target=search)
    thread.start()
    try:
        for number in range(1, updates + 1):
            products = edition(number)[: 40 - number % 2]
            updating.update_index(db, store, embedder, products, clock=CLOCK)
    finally:
        stopped = True
        thread.join()
    assert failures == []
    assert set(found) <= {39, 40}
    assert searcher.version == store.current()
    db.dispose()
