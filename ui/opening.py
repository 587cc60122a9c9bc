"""The assistant of a shop that is still being set up: it says so, then steps aside."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from agent.asked import Asked, words_of
from agent.confirming import Confirm, Dismiss
from agent.context import Shopper
from agent.errors import NotFound
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

    def decide(
        self, session_id: str, shopper: Shopper, button: Confirm | Dismiss, lang: Lang
    ) -> tuple[list[Event], bool]:
        """What a proposal's button does; a shop that is not open has none. Raises NotFound."""
        if self._assistant is None:
            raise NotFound("the shop is not open yet")
        return self._assistant.decide(session_id, shopper, button, lang)

    async def turn(
        self, session_id: str, shopper: Shopper, asked: Asked, lang: Lang | None = None
    ) -> AsyncIterator[Event]:
        """The turn's events."""
        if self._assistant is None:
            spoken = lang or language_of(words_of(asked, "en"))
            yield Error(code="opening", text=say(spoken, "opening"))
            return
        turn = self._assistant.turn(session_id, shopper, asked, lang)
        async with aclosing(turn) as events:  # type: ignore[type-var]
            async for event in events:
                yield event
