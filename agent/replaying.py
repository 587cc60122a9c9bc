"""The seconds of answers that were kept: a turn that they answer took these, not the look-up's."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_COUNTED: ContextVar[list[float] | None] = ContextVar("counted", default=None)


@contextmanager
def replayed() -> Iterator[list[float]]:
    """The seconds of every kept answer that is given within the block, in its tasks as well."""
    seconds: list[float] = []
    token = _COUNTED.set(seconds)
    try:
        yield seconds
    finally:
        _COUNTED.reset(token)


def count(seconds: float) -> None:
    """Count a kept answer's seconds for whoever asks for them."""
    if (counted := _COUNTED.get()) is not None:
        counted.append(seconds)
