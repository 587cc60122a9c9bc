"""The assistant of a shop that is still being set up: it says so, then steps aside."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from agent.assistant import SearchAgain
from agent.context import Shopper
from agent.events import Error, Event, Lang
from agent.normalise import language_of
from agent.product_desk import ProductDesk
from ui.texts import say
from ui.turns import Answers


class Opening:
    """Answers with the assistant it was opened with, and before that with a plain apology."""

    def __init__(self) -> None:
        self._assistant: Answers | None = None

    def open_with(self, assistant: Answers) -> None:
        """From the next turn on, `assistant` answers. May be called from any thread, and again."""
        self._assistant = assistant

    @property
    def products(self) -> ProductDesk | None:
        """The products of the shop, once it is open."""
        return self._assistant.products if self._assistant else None

    async def model_ready(self) -> bool:
        """Whether the model answers now."""
        return self._assistant is not None and await self._assistant.model_ready()

    async def turn(
        self, session_id: str, shopper: Shopper, asked: str | SearchAgain, lang: Lang | None = None
    ) -> AsyncIterator[Event]:
        """The turn's events."""
        if self._assistant is None:
            said = say(
                lang or language_of(asked if isinstance(asked, str) else asked.query), "opening"
            )
            yield Error(code="opening", text=said)
            return
        turn = self._assistant.turn(session_id, shopper, asked, lang)
        async with aclosing(turn) as events:  # type: ignore[type-var]
            async for event in events:
                yield event
