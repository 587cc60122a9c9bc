"""Events in batches, at most one batch in so many seconds, the first at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def paced(events: AsyncIterator[T], gap: float) -> AsyncIterator[list[T]]:
    """Batches of `events`, no two closer than `gap` seconds, none held back longer than that.

    The events are drawn in one task of their own, which is cancelled when the reader stops.
    """
    arrived: asyncio.Queue[T | None] = asyncio.Queue()
    drawing = asyncio.create_task(_draw(events, arrived))
    try:
        last = False
        while not last:
            batch, last = _taken(await arrived.get(), arrived)
            if batch:
                yield batch
            if not last:
                await asyncio.sleep(gap)
        await drawing
    finally:
        drawing.cancel()
        with suppress(asyncio.CancelledError):
            await drawing


async def _draw(events: AsyncIterator[T], arrived: "asyncio.Queue[T | None]") -> None:
    try:
        async for event in events:
            arrived.put_nowait(event)
    finally:
        arrived.put_nowait(None)


def _taken(first: T | None, arrived: "asyncio.Queue[T | None]") -> tuple[list[T], bool]:
    """Everything that is there now, and whether the end is among it."""
    batch = []
    item = first
    while item is not None:
        batch.append(item)
        if arrived.empty():
            return batch, False
        item = arrived.get_nowait()
    return batch, True
