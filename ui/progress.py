"""Bars on stderr for long work; nothing where stderr is no terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrieval.build import Progress

_STAGES = {"words": "Matching words", "embed": "Embedding passages"}


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
