"""Searches timed in turns, query by query, so that what disturbs the machine hits all alike."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ui.measuring.questions import Narrowing

Run = Callable[[str, Narrowing], int]
"""Searches for ten products; how many were found."""

_RESAMPLES = 2000


@dataclass(slots=True)
class Times:
    """Seconds and number of hits of one search, by the number of the query."""

    seconds: dict[int, float] = field(default_factory=dict)
    found: dict[int, int] = field(default_factory=dict)


def race(
    runs: Mapping[str, Run],
    questions: Sequence[tuple[str, Narrowing]],
    every: Mapping[str, int],
    advance: Callable[[], object],
) -> dict[str, Times]:
    """Ask every question of every search, in an order that rotates.

    `every`: a search named there is asked only each n-th question.
    """
    times = {name: Times() for name in runs}
    names = list(runs)
    for number, (text, narrowing) in enumerate(questions):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            if number % every.get(name, 1):
                continue
            started = time.perf_counter()
            found = runs[name](text, narrowing)
            times[name].seconds[number] = time.perf_counter() - started
            times[name].found[number] = found
        advance()
    return times


@contextmanager
def one_faiss_thread() -> Iterator[None]:
    """FAISS searches on the thread that asks: of two threads one waits for the other."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


@contextmanager
def settled() -> Iterator[None]:
    """One thread of FAISS, and no collector at work among the peers' millions of objects."""
    gc.collect()
    gc.freeze()
    try:
        with one_faiss_thread():
            yield
    finally:
        gc.unfreeze()


def a_second(run: Run, questions: Sequence[tuple[str, Narrowing]], threads: int) -> float:
    """Queries a second with so many threads."""
    import faiss

    # How many threads FAISS takes is a setting of each thread.
    with ThreadPoolExecutor(threads, initializer=faiss.omp_set_num_threads, initargs=(1,)) as pool:
        started = time.perf_counter()
        list(pool.map(lambda question: run(*question), questions))
        return len(questions) / (time.perf_counter() - started)


def compared(ours: Times, peers: Times) -> dict[str, Any]:
    """How many times the peer's queries a second ours has, over the queries that both had.

    The interval is a 95 % bootstrap over queries; `median_ratio` is that of the two medians.
    """
    common = sorted(ours.seconds.keys() & peers.seconds.keys())
    mine = np.array([ours.seconds[n] for n in common])
    theirs = np.array([peers.seconds[n] for n in common])
    picks = np.random.default_rng(7).integers(0, len(common), size=(_RESAMPLES, len(common)))
    ratios = theirs[picks].sum(axis=1) / mine[picks].sum(axis=1)
    return {
        "ratio": round(float(theirs.sum() / mine.sum()), 2),
        "interval": [round(float(bound), 2) for bound in np.percentile(ratios, [2.5, 97.5])],
        "median_ratio": round(float(np.median(theirs) / np.median(mine)), 2),
    }


def spread(times: Times) -> dict[str, Any]:
    """Queries, medians and tails in milliseconds, queries a second, and hits short of ten."""
    seconds = np.array(list(times.seconds.values()))
    p50, p95 = 1000 * np.percentile(seconds, [50, 95])
    return {
        "queries": len(seconds),
        "p50_ms": round(float(p50), 2),
        "p95_ms": round(float(p95), 2),
        "queries_per_second": round(len(seconds) / float(seconds.sum()), 1),
        "mean_found_of_10": round(float(np.mean(list(times.found.values()))), 2),
    }
