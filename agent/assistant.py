"""One shopper's turn: from what they typed to the events that the screen shows.

`Loops` has the loop of model and tools for shoppers and for staff; `aided` answers with the model,
`unaided`, when it fails, with code alone.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Protocol, cast
from weakref import WeakValueDictionary

import httpx
import openai
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langgraph.errors import GraphRecursionError

from agent import aided, unaided
from agent.asked import Asked, SearchAgain, words_of
from agent.chips import searched
from agent.confirming import Confirm, Desk, Dismiss, code_in
from agent.context import ANONYMOUS, Shopper, TurnContext
from agent.errors import InvalidInput, ModelError
from agent.events import Done, Error, Event, Lang, QuickReplies, Text
from agent.handles import Handles
from agent.history import last_tools
from agent.loop import Loops
from agent.normalise import language_of, normalise
from agent.orders.refusals import Refusals
from agent.product_desk import ProductDesk
from agent.profiles import ModelProfile, chosen_profile
from agent.prompts import SYSTEM, template_arguments
from agent.proposal_cards import refusal_text
from agent.prose import Prose
from agent.quick_replies import quick_replies
from agent.run import Run
from agent.serving import WarmUp
from agent.settings import Settings
from agent.shop import Shop, open_shop
from agent.stages import status
from agent.tools import tool_schemas
from agent.tools.found import found_result
from agent.tools.handoff import asks_for_person, handed_off
from agent.versions import model_versions
from agent.wording import say
from retrieval.words import simplified

MODEL_FAILURES = (
    ModelError,
    openai.OpenAIError,
    httpx.HTTPError,
    GraphRecursionError,
    TimeoutError,
)


class Ready(Protocol):
    """Tells whether the model answers; `doubt` makes it look again."""

    def __call__(self) -> Awaitable[bool]:
        """Whether the model answers now."""
        ...

    def doubt(self) -> None:
        """Forget the last look."""
        ...


class Assistant:
    """Answers shoppers and staff. One instance serves all; a turn's state lives in its `Run`."""

    def __init__(
        self,
        shop: Shop,
        model: BaseChatModel,
        profile: ModelProfile,
        ready: Ready,
        *,
        deadline: float = 45.0,
    ) -> None:
        self.shop = shop
        self._loops = Loops(model, profile)
        self._made_of = model_versions(profile)
        self._ready = ready
        self._deadline = deadline
        self.desk = Desk(shop.proposals)
        self._refusals = Refusals(shop.db, shop.clock)
        # A lock lives as long as a turn holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def products(self) -> ProductDesk:
        """The products of the shop."""
        return self.shop.products

    async def model_ready(self) -> bool:
        """Whether the model answers now; the shop works without it."""
        return await self._ready()

    async def turn(
        self, session_id: str, shopper: Shopper, asked: Asked, lang: Lang | None = None
    ) -> AsyncGenerator[Event]:
        """Answer one message. The last event is Done, or Error when nothing could be done.

        `lang` is the interface's language, used where neither the text nor the conversation so
        far shows one. Turns of one session run one after another.
        """
        started = time.monotonic()
        try:
            text = normalise(words_of(asked, lang or "en"))
        except InvalidInput as error:
            yield Error(code="invalid_input", text=str(error))
            return
        lock = self._locks.setdefault(session_id, asyncio.Lock())
        async with lock:
            run = await asyncio.to_thread(
                self._begin,
                (session_id, shopper, text, lang or "en"),
                started,
                asyncio.get_running_loop().time() + self._deadline,
            )
            yield status("thinking", run.context.lang)
            for notice in run.notices:
                yield Text(text=f"{notice}\n")
            decided = await asyncio.to_thread(self._decided, run, asked)
            if decided is not None:
                answer = self._show(run, decided)
            elif isinstance(asked, SearchAgain):
                answer = self._search_again(run, asked)
            else:
                answer = self._answer(run)
            async with aclosing(answer) as events:
                async for event in events:
                    yield event
            yield QuickReplies(options=quick_replies(run.context, run.cards))
            yield await asyncio.to_thread(self._finish, run)

    def decide(
        self, session_id: str, shopper: Shopper, button: Confirm | Dismiss, lang: Lang
    ) -> tuple[list[Event], bool]:
        """What a proposal's button does outside of a turn, kept in the conversation; it blocks.

        The second part: whether it had been done before. Raises NotFound, ProposalExpired,
        ProposalChanged, ProposalDecided; then nothing was done.
        """
        started = time.monotonic()
        if isinstance(button, Dismiss):
            events, again = self.desk.dismiss(shopper, session_id, button.proposal_id, lang), False
        else:
            events, again = self.desk.confirm(shopper, session_id, button.proposal_id, lang)
        if not again:
            told = " ".join(event.text for event in events if isinstance(event, Text))
            self.shop.sessions.store_turn(
                session_id,
                [
                    {"role": "user", "content": words_of(button, lang)},
                    {"role": "assistant", "content": told},
                ],
                lang=lang,
                seconds=time.monotonic() - started,
                trace={"versions": self.versions(shopper)},
            )
        return events, again

    def _decided(self, run: Run, asked: Asked) -> list[Event] | None:
        """What the shopper's decision on a proposal does; None where the message is none."""
        context = run.context
        if isinstance(asked, Confirm | Dismiss):
            return self.desk.pressed(context.shopper, context.session_id, asked, context.lang)
        if isinstance(asked, str):
            decided = self.desk.typed(context.shopper, context.session_id, run.text, context.lang)
            return decided if decided is not None else self._handed_off(run)
        return None

    def _handed_off(self, run: Run) -> list[Event] | None:
        """A person, for who asks for one in so many words: that must not hang on the model."""
        context = run.context
        if not asks_for_person(context.said[-1]):
            return None
        wish = say(context.lang, "asked for a person", "要求人工客服")
        text, cards = handed_off(context, wish, run.text[:500])
        context.ran.append(("hand_off", {"reason": wish}))
        return [*cards, Text(text=text)]

    async def _show(self, run: Run, events: list[Event]) -> AsyncGenerator[Event]:
        """Events that code alone has made; no code of a proposal reaches the history."""
        if code_in(run.text):
            run.text = words_of(Confirm(""), run.context.lang)
        run.messages.append(HumanMessage(run.text))
        for event in events:
            if isinstance(event, Text | Error):
                run.prose.add(event.text)
            else:
                run.cards.append(event)
            yield event

    async def _search_again(self, run: Run, asked: SearchAgain) -> AsyncGenerator[Event]:
        """A button says exactly what is wanted: no model is asked."""
        desk, given = self.shop.products, asked.given
        found = await asyncio.to_thread(searched, desk, run.text, given, asked.without)
        text, run.cards = await asyncio.to_thread(found_result, run.context, found, given.message)
        run.context.known.append(text)
        run.messages.append(HumanMessage(run.text))
        for card in run.cards:
            yield card
        said = unaided.summary(run.context, run.cards)
        run.prose.add(said)
        yield Text(text=said)

    def _begin(self, asked: tuple[str, Shopper, str, Lang], started: float, deadline: float) -> Run:
        session_id, shopper, text, default = asked
        chat = self.shop.sessions.resume(session_id, shopper, language_of(text, default))
        lang = language_of(text, cast(Lang, chat.lang))
        history = self.shop.sessions.history(session_id)
        typed = [*(str(m["content"]) for m in history if m["role"] == "user"), text]
        context = TurnContext(
            shop=self.shop,
            shopper=shopper,
            session_id=session_id,
            lang=lang,
            now=self.shop.clock(),
            handles=Handles(chat.handles),
            known=[str(m["content"]) for m in history if m["role"] == "tool"],
            typed=typed,
            said=[simplified(said) for said in typed],
            looked_up=last_tools(history),
            answered=next(
                (str(m["content"]) for m in reversed(history) if m["role"] == "assistant"), ""
            ),
        )
        run = Run(context, text, history, Prose(context), started, deadline)
        run.refusals = self._refusals.untold(shopper)
        run.notices = [refusal_text(refusal, lang) for refusal in run.refusals]
        context.known += run.notices
        return run

    async def _answer(self, run: Run) -> AsyncGenerator[Event]:
        """Everything between the first status and the quick replies."""
        if not await self._ready():
            async for event in self._without_model(run, "the model server does not answer"):
                yield event
            return
        try:
            async with aclosing(aided.answer(self._loops.of(run.context.shopper), run)) as events:
                async for event in events:
                    yield event
        except MODEL_FAILURES as error:
            self._ready.doubt()
            why = f"{type(error).__name__}: {error}"
            async for event in self._without_model(run, why):
                yield event

    async def _without_model(self, run: Run, why: str) -> AsyncGenerator[Event]:
        """Say plainly that the model is gone, and give what code alone can give."""
        run.unaided = why
        yield status("no_model", run.context.lang)
        if run.cards:
            summary = unaided.summary(run.context, run.cards)
        else:
            run.cards, summary = await asyncio.to_thread(unaided.answer, run.context, run.text)
            for card in run.cards:
                yield card
        notice = say(
            run.context.lang,
            "My language model cannot answer right now, so this is a plain look-up.",
            "我的语言模型现在无法作答，以下是直接查询的结果。",
        )
        said = [notice, summary]
        for sentence in said:
            run.prose.add(sentence)
        yield Text(text=run.prose.join(said))

    def _finish(self, run: Run) -> Done:
        """Store the turn; what was shown is what is remembered."""
        context, seconds = run.context, time.monotonic() - run.started
        self._refusals.told(run.refusals)
        turn_id = self.shop.sessions.store_turn(
            context.session_id,
            run.kept(),
            lang=context.lang,
            seconds=seconds,
            trace=run.trace() | {"versions": self.versions(context.shopper)},
            handles=context.handles.shown,
        )
        return Done(
            turn_id=turn_id,
            lang=context.lang,
            seconds=round(seconds, 3),
            model_seconds=round(context.model_seconds, 3),
            model_calls=context.model_calls,
            tools=context.ran,
            forbidden=context.forbidden,
            at=self.shop.clock(),
        )

    def versions(self, who: Shopper = ANONYMOUS) -> dict[str, str]:
        """What answers them, from model to catalogue; stored with every turn."""
        return {
            **self._made_of,
            "prompt": self._loops.of(who).prompt,
            "policies": self.shop.policies.version,
            "catalogue": self.shop.version,
        }


def warm_up(profile: ModelProfile) -> WarmUp:
    """What every shopper's conversation begins with, for the model server's prefix cache.

    Staff's is cached by their first question: a start need not wait for it.
    """
    system = [{"role": "system", "content": SYSTEM}]
    return WarmUp(system, tool_schemas(), template_arguments(profile))


def build_assistant(settings: Settings, shop: Shop | None = None) -> Assistant:
    """The assistant of these settings. Loads no weights and asks no server.

    Raises SettingsError, DatabaseError.
    """
    from agent.model import Readiness, build_model

    profile = chosen_profile(settings)
    return Assistant(
        shop or open_shop(settings),
        build_model(settings, profile),
        profile,
        Readiness(settings, profile),
        deadline=settings.turn_deadline,
    )
