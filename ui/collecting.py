"""How often Python looks for garbage while a whole catalogue is in memory."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 100_000


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Look for cycles only after every 100,000 new objects.

    A catalogue is millions of objects without a cycle: walking through them again and again took a
    fifth of an update.
    """
    before = gc.get_threshold()
    gc.set_threshold(_SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
