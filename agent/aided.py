"""What the model answers in a turn: its calls run, its prose held back until it is grounded."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

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

from agent import unaided
from agent.cards import short_title
from agent.errors import ModelNonsense
from agent.events import Comparison, Event, Products, Text
from agent.guard import MAX_CALLS
from agent.history import Message, trim
from agent.loop import Loop
from agent.prompts import REWRITE
from agent.run import Run
from agent.stages import stage_of, status
from agent.streams import until
from retrieval.words import simplified


async def answer(loop: Loop, run: Run) -> AsyncGenerator[Event]:
    """Cards and sentences as they come. Raises what the model server does, and ModelNonsense."""
    run.before = list(convert_to_messages(trim([_plain(message) for message in run.history])))
    said = HumanMessage(simplified(run.text))
    run.messages.append(said)
    stream = loop.agent.astream(
        cast(Any, {"messages": [*run.before, said]}),
        context=run.context,
        stream_mode=["messages", "updates"],
        config=RunnableConfig(recursion_limit=2 * MAX_CALLS + 6),
    )
    async with aclosing(until(run.deadline, stream)) as chunks:
        async for mode, chunk in chunks:
            for event in _take(run, mode, chunk):
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
        yield Text(text=await _closing(loop, run))


def _plain(message: Message) -> Message:
    """A shopper's words as the model was taught to read them: in simplified Chinese."""
    if message["role"] != "user":
        return message
    return message | {"content": simplified(str(message["content"]))}


def _take(run: Run, mode: str, chunk: Any) -> list[Event]:
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
            events += _took(run, message)
    return events


def _took(run: Run, message: BaseMessage) -> list[Event]:
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
        for event in run.last_cards:
            if isinstance(event, Products | Comparison):
                run.context.out_of_stock += [
                    short_title(c.title) for c in event.items if c.stock == 0
                ]
        run.cards += run.last_cards
        return [*shown, status("writing", run.context.lang)]
    return []


async def _closing(loop: Loop, run: Run) -> str:
    """A grounded answer where the model's own was not: rewritten once, else by template.

    Raises ModelNonsense where there is nothing to ground one on.
    """
    if not run.looked_up:
        raise ModelNonsense(f"it answered from nothing: {run.prose.fault or 'empty'}")
    if run.prose.fault:
        if rewritten := await _rewrite(loop, run):
            return rewritten
        run.verdicts.append(f"rewritten: {run.prose.fault or 'empty'}")
    if run.last_cards:
        closing = unaided.summary(run.context, run.last_cards)
    else:
        closing = str(run.looked_up[-1].text)
    run.prose.add(closing)
    return closing


async def _rewrite(loop: Loop, run: Run) -> str:
    """One more answer over the same results, without tools; only its grounded beginning."""
    run.prose.restart()
    run.context.model_calls += 1
    started = time.monotonic()
    ask = HumanMessage(REWRITE[run.context.lang])
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
