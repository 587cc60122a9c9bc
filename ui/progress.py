"""Bars on stderr for long work; nothing where stderr is no terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrieval.build import Progress

_STAGES = {"words": "Matching words", "embed": "Embedding passages"}


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """One bar with an estimate of the time left; called with how many more are done."""
    from tqdm import tqdm

    with tqdm(total=total, desc=what, file=sys.stderr, disable=None) as shown:

        def advance(more: int) -> None:
            shown.update(more)

        yield advance


@contextmanager
def stage_bars() -> Iterator["Progress"]:
    """One bar a stage of a build, with an estimate of the time left."""
    from tqdm import tqdm

    bars: dict[str, tqdm[Any]] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            bars[stage] = tqdm(total=total, desc=_STAGES[stage], file=sys.stderr, disable=None)
        bars[stage].update(done - bars[stage].n)
        if done == total:
            bars[stage].close()

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()
