"""One shopper's turn: from what they typed to the events that the screen shows.

`Loops` has the loop of model and tools for shoppers and for staff, `Prose` holds each sentence back
until it is grounded. When the model fails, `unaided` answers with code alone.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Collection
from contextlib import aclosing
from typing import Any, Protocol, cast
from weakref import WeakValueDictionary

import httpx
import openai
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
)
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphRecursionError

from agent import unaided
from agent.asked import Asked, SearchAgain, words_of
from agent.confirming import Confirm, Desk, Dismiss, code_in
from agent.context import ANONYMOUS, Shopper, TurnContext
from agent.errors import InvalidInput, ModelError, ModelNonsense
from agent.events import Done, Error, Event, Lang, QuickReplies, Text
from agent.guard import MAX_CALLS
from agent.handles import Handles
from agent.history import trim
from agent.loop import Loops
from agent.normalise import language_of, normalise
from agent.orders.refusals import Refusals
from agent.product_desk import ProductDesk
from agent.profiles import ModelProfile, chosen_profile
from agent.prompts import REWRITE, SYSTEM, template_arguments
from agent.proposal_cards import refusal_text
from agent.prose import Prose
from agent.quick_replies import quick_replies
from agent.run import Run
from agent.serving import WarmUp
from agent.settings import Settings
from agent.shop import Shop, open_shop
from agent.stages import stage_of, status
from agent.streams import until
from agent.tools import tool_schemas
from agent.tools.catalogue import found_result
from agent.wording import say

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
        self._made_of = {
            "model": profile.name,
            "weights": profile.weights,
            "base": profile.base.identity,
        }
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
                answer = self._search_again(run, asked.without)
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
            return self.desk.typed(context.shopper, context.session_id, run.text, context.lang)
        return None

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

    async def _search_again(self, run: Run, without: Collection[str]) -> AsyncGenerator[Event]:
        """A button says exactly what is wanted: no model is asked."""
        search = self.shop.products.search
        found = await asyncio.to_thread(search, run.text, without=without)
        text, run.cards = await asyncio.to_thread(found_result, run.context, found)
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
        context = TurnContext(
            shop=self.shop,
            shopper=shopper,
            session_id=session_id,
            lang=lang,
            now=self.shop.clock(),
            handles=Handles(chat.handles),
            known=[str(m["content"]) for m in history if m["role"] == "tool"],
            said=[*(str(m["content"]) for m in history if m["role"] == "user"), text],
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
            async with aclosing(self._with_model(run)) as events:
                async for event in events:
                    yield event
        except MODEL_FAILURES as error:
            self._ready.doubt()
            why = f"{type(error).__name__}: {error}"
            async for event in self._without_model(run, why):
                yield event

    async def _with_model(self, run: Run) -> AsyncGenerator[Event]:
        run.before = list(convert_to_messages(trim(run.history)))
        said = HumanMessage(run.text)
        run.messages.append(said)
        stream = self._loops.of(run.context.shopper).agent.astream(
            cast(Any, {"messages": [*run.before, said]}),
            context=run.context,
            stream_mode=["messages", "updates"],
            config=RunnableConfig(recursion_limit=2 * MAX_CALLS + 6),
        )
        async with aclosing(until(run.deadline, stream)) as chunks:
            async for mode, chunk in chunks:
                for event in self._take(run, mode, chunk):
                    yield event
                if run.prose.stopped and run.looked_up:
                    break
        if not run.prose.fault:
            if rest := run.prose.feed("", final=True):
                yield Text(text=rest)
            if run.prose.fault:
                run.verdicts.append(run.prose.fault)
        if untold := run.prose.untold():
            run.prose.add(untold)
            yield Text(text=untold)
        if not run.prose.released:
            yield Text(text=await self._closing(run))

    def _take(self, run: Run, mode: str, chunk: Any) -> list[Event]:
        """Turn one chunk of the agent's stream into events."""
        if mode == "messages":
            token, _ = chunk
            if not isinstance(token, AIMessageChunk):
                return []
            if token.id != run.answer_id:
                run.answer_id = token.id
                run.prose.restart()
            faulty = bool(run.prose.fault)
            shown = run.prose.feed(str(token.text)) if token.text else ""
            if run.prose.fault and not faulty:
                run.verdicts.append(run.prose.fault)
            return [Text(text=shown)] if shown else []
        events: list[Event] = []
        for update in chunk.values():
            for message in (update or {}).get("messages", []):
                run.messages.append(message)
                events += self._took(run, message)
        return events

    def _took(self, run: Run, message: BaseMessage) -> list[Event]:
        """What a whole message of the loop shows: the tool that is asked, or its cards."""
        if isinstance(message, AIMessage):
            for key, value in (message.usage_metadata or {}).items():
                if isinstance(value, int):
                    run.tokens[key] = run.tokens.get(key, 0) + value
            if not message.tool_calls:
                if message.response_metadata.get("finish_reason") == "length":
                    run.prose.cut_off()
                return []
            run.prose.restart()
            return [status(stage_of(message.tool_calls[0]["name"]), run.context.lang)]
        if isinstance(message, ToolMessage) and message.status != "error":
            shown: list[Event] = list(message.artifact or [])
            for event in shown:
                if isinstance(event, Text):
                    run.prose.add(event.text)
            run.last_cards = [event for event in shown if not isinstance(event, Text)]
            run.cards += run.last_cards
            return [*shown, status("writing", run.context.lang)]
        return []

    async def _closing(self, run: Run) -> str:
        """A grounded answer where the model's own was not: rewritten once, else by template.

        Raises ModelNonsense where there is nothing to ground one on.
        """
        if not run.looked_up:
            raise ModelNonsense(f"it answered from nothing: {run.prose.fault or 'empty'}")
        if run.prose.fault:
            if rewritten := await self._rewrite(run):
                return rewritten
            run.verdicts.append(f"rewritten: {run.prose.fault or 'empty'}")
        if run.last_cards:
            closing = unaided.summary(run.context, run.last_cards)
        else:
            closing = str(run.looked_up[-1].text)
        run.prose.add(closing)
        return closing

    async def _rewrite(self, run: Run) -> str:
        """One more answer over the same results, without tools; only its grounded beginning."""
        run.prose.restart()
        run.context.model_calls += 1
        started = time.monotonic()
        ask = HumanMessage(REWRITE[run.context.lang])
        loop = self._loops.of(run.context.shopper)
        stream = loop.without_tools.astream(
            [SystemMessage(loop.system), *run.before, *run.messages, ask]
        )
        shown: list[str] = []
        try:
            async with aclosing(until(run.deadline, stream)) as chunks:
                async for chunk in chunks:
                    shown.append(run.prose.feed(str(chunk.text)))
                    if run.prose.stopped:
                        break
        finally:
            run.context.model_seconds += time.monotonic() - started
        if not run.prose.fault:
            shown.append(run.prose.feed("", final=True))
        return run.prose.join([part for part in shown if part])

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
        """What answers them: model, prompt, catalogue; stored with every turn."""
        prompt = self._loops.of(who).prompt
        return {**self._made_of, "prompt": prompt, "catalogue": self.shop.version}


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
