"""The thread that brings confirmed changes to the shop's own system while the web server runs."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agent.clock import system_clock
from agent.errors import ShopclerkError
from agent.orders.channels import Channel, open_channel
from agent.orders.database import open_database
from agent.orders.outbox import Outbox
from agent.settings import Settings

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds between looks at the outbox
AFTER_TROUBLE = 10.0  # seconds to wait when the database itself cannot be used


@contextmanager
def delivering(settings: Settings) -> Iterator[None]:
    """Deliver in the background until the block ends. Raises SettingsError.

    The database may still have to be made: until then there is nothing to deliver.
    """
    channel = open_channel(settings)
    deliverer = Deliverer(settings, channel)
    deliverer.start()
    try:
        yield
    finally:
        deliverer.stop()


class Deliverer(threading.Thread):
    """Looks at the outbox once a second. Its end loses nothing: a claim that is left runs out."""

    def __init__(self, settings: Settings, channel: Channel, *, every: float = EVERY) -> None:
        super().__init__(name="deliver", daemon=True)
        self._db = open_database(settings)
        self._outbox = Outbox(self._db, system_clock, attempts=settings.webhook_attempts)
        self._channel = channel
        self._every = every
        self._stopping = threading.Event()
        self._trouble = ""

    def run(self) -> None:
        """Deliver whatever is due, then wait."""
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = self._deliver()

    def stop(self, within: float = 2.0) -> None:
        """End it; a delivery that hangs is left to its lease."""
        self._stopping.set()
        self.join(within)
        if not self.is_alive():
            self._channel.close()
            self._db.dispose()

    def _deliver(self) -> float:
        """Seconds until the next look."""
        try:
            while not self._stopping.is_set() and self._outbox.deliver_next(self._channel):
                pass
        except ShopclerkError as error:
            return self._troubled(str(error))
        except Exception as error:
            log.error("delivering failed", exc_info=error)
            return AFTER_TROUBLE
        self._trouble = ""
        return self._every

    def _troubled(self, line: str) -> float:
        """Say each trouble once, not with every look."""
        if line != self._trouble:
            log.warning("changes are not delivered: %s", line)
        self._trouble = line
        return min(AFTER_TROUBLE, 10 * self._every)
