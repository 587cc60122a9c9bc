"""What the server does once a day by itself: sweeping away what is kept no longer.

Orders are the shop's own: they are made anonymous here only where the operator has set for how
long they are kept. `shopclerk privacy sweep` does it by the default too.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace

from agent.clock import system_clock
from agent.errors import ShopclerkError
from agent.orders.database import Database
from agent.privacy.sweep import Retention, sweep
from agent.settings import Settings

FIRST = 60.0
"""Seconds after the start: opening the shop comes before."""
EVERY = 24 * 3600.0

log = logging.getLogger(__name__)


async def sweep_daily(db: Database, settings: Settings, first: float = FIRST) -> None:
    """Sweep now and then until cancelled; one that fails is logged, and the next day tried again.

    Several servers on one database may all do so: what is gone is gone.
    """
    await asyncio.sleep(first)
    while True:
        await asyncio.to_thread(_sweep, db, settings)
        await asyncio.sleep(EVERY)


def retention(settings: Settings) -> Retention:
    """The settings', without a default for orders."""
    stated = "order_retention_days" in settings.model_fields_set
    found = Retention.of(settings)
    return found if stated else replace(found, orders=None)


def _sweep(db: Database, settings: Settings) -> None:
    try:
        counts = sweep(db, settings.home, retention(settings), system_clock())
    except (ShopclerkError, OSError) as error:
        log.warning("old data could not be swept away: %s", error)
        return
    if any(counts.values()):
        log.info("swept away: %s", counts)


async def stop(task: asyncio.Task[None]) -> None:
    """End it."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
