"""Says on stderr how far a long run is, and about how long the rest will take."""

import time
from collections.abc import Callable

EVERY = 20.0
"""Seconds between two lines."""


class Progress:
    """Counts what is done of `total`; a line now and then, and one at the end."""

    def __init__(self, what: str, total: int, say: Callable[[str], None]) -> None:
        self._what, self._total, self._say = what, total, say
        self._done = 0
        self._began = self._told = time.monotonic()

    def step(self, note: str = "") -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if now - self._told < EVERY and self._done < self._total:
            return
        self._told = now
        left = (now - self._began) / self._done * (self._total - self._done)
        more = f", {note}" if note else ""
        rest = f", about {_time(left)} left" if self._done < self._total else ""
        self._say(f"{self._what}: {self._done} of {self._total}{more}{rest}")


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
