"""A stream whose every step is bounded by one deadline."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, cast


async def until(deadline: float, stream: AsyncIterator[Any]) -> AsyncGenerator[Any]:
    """`stream`, each step of it bounded by the loop's time `deadline`. Raises TimeoutError.

    Closed with this generator, and with it the connection to the model.
    """
    async with aclosing(cast("AsyncGenerator[Any]", stream)):
        try:
            while True:
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(stream)
                yield chunk
        except StopAsyncIteration:
            return
