"""The bounded queue in front of the assistant. The API and the chat page run turns through it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from agent.asked import Asked
from agent.confirming import Confirm, Dismiss
from agent.context import Shopper
from agent.errors import SessionBusy, ShopclerkError
from agent.events import Error, Event, Lang, Status
from agent.product_desk import ProductDesk
from ui.metrics import Metrics
from ui.texts import say

RETRY_AFTER = 5  # seconds; about one turn

log = logging.getLogger(__name__)


class Answers(Protocol):
    """What the web layer needs of `agent.assistant.Assistant`."""

    def turn(
        self, session_id: str, shopper: Shopper, asked: Asked, lang: Lang | None = None
    ) -> AsyncIterator[Event]:
        """An async generator of the turn's events; the last is Done or Error."""
        ...

    @property
    def products(self) -> ProductDesk | None:
        """The products of the shop; None while it is still being opened."""
        ...

    def decide(
        self, session_id: str, shopper: Shopper, button: Confirm | Dismiss, lang: Lang
    ) -> tuple[list[Event], bool]:
        """What a proposal's button does, and whether that had been done before; it blocks.

        Raises NotFound, or Told with why nothing was done.
        """
        ...

    async def model_ready(self) -> bool:
        """Whether the model answers now."""
        ...


class QueueFull(ShopclerkError):
    """As many turns run and wait as the settings allow; try again in `RETRY_AFTER` seconds."""


@dataclass(eq=False)
class Place:
    """A place in the queue, held until `TurnQueue.leave`."""

    conversation: str


class TurnQueue:
    """At most `running` turns at once and `waiting` behind them, one per conversation.

    Made and used on one event loop.
    """

    def __init__(self, assistant: Answers, *, running: int, waiting: int, metrics: Metrics) -> None:
        self._assistant = assistant
        self._metrics = metrics
        self._running = running
        self._limit = running + waiting
        self._slots = asyncio.Semaphore(running)
        self._places: set[Place] = set()

    def enter(self, conversation: str) -> Place:
        """Take a place before anything is sent, so that a refusal can still be a plain status.

        Raises QueueFull, or SessionBusy when this conversation's last turn still runs. Whoever
        enters must leave.
        """
        if self.is_running(conversation):
            raise SessionBusy(f"conversation {conversation} has a turn running; wait for its end")
        if len(self._places) >= self._limit:
            self._metrics.turned_away()
            raise QueueFull(f"{self._limit} turns run or wait; try again in {RETRY_AFTER} seconds")
        place = Place(conversation)
        self._places.add(place)
        return place

    def is_running(self, conversation: str) -> bool:
        """Whether this conversation's last turn still runs or waits."""
        return any(place.conversation == conversation for place in self._places)

    def leave(self, place: Place) -> None:
        """Give the place back. Leaving twice is leaving once."""
        self._places.discard(place)

    async def run(
        self, place: Place, shopper: Shopper, asked: Asked, lang: Lang
    ) -> AsyncIterator[Event]:
        """The turn's events, a status before all others at once. Closing it cancels the turn.

        `lang` is the interface's language, for messages that show none and for our own lines.
        """
        watch = self._metrics.turn()
        try:
            async for event in _closing(self._events(place, shopper, asked, lang)):
                watch.see(event)
                yield event
        finally:
            watch.end()
            self.leave(place)

    async def _events(
        self, place: Place, shopper: Shopper, asked: Asked, lang: Lang
    ) -> AsyncIterator[Event]:
        waits = self._slots.locked()
        yield Status(stage="thinking", text=say(lang, "waiting" if waits else "working"))
        try:
            async with self._slots:
                turn = self._assistant.turn(place.conversation, shopper, asked, lang)
                async for event in _closing(turn):
                    yield event
        except ShopclerkError as error:
            log.warning("a turn of %s failed: %s", place.conversation, error)
            yield Error(code=_code(error), text=say(lang, "internal"))
        # The one boundary between a bug and a shopper.
        except Exception:
            log.exception("a turn of %s failed", place.conversation)
            yield Error(code="internal", text=say(lang, "internal"))


async def _closing(turn: AsyncIterator[Event]) -> AsyncIterator[Event]:
    """`turn`, closed as soon as its reader stops, so that no model call outlives a shopper."""
    async with aclosing(turn) as events:  # type: ignore[type-var]
        async for event in events:
            yield event


def _code(error: ShopclerkError) -> str:
    """The error's class as a code: ``ModelUnavailable`` -> ``model_unavailable``."""
    name = type(error).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
