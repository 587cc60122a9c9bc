"""A chat model that says what a test enqueued, streamed as a server streams it."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

from agent.model import whole_calls

CHUNK = 5
"""Characters that come at once: no sentence and no argument comes whole."""


@dataclass(frozen=True)
class Say:
    """An answer in prose. `finish` is "length" where the server cut it off."""

    text: str
    finish: str = "stop"


@dataclass(frozen=True)
class Call:
    """A tool call; `arguments` is a dict, or the raw text that should have been JSON."""

    name: str
    arguments: dict[str, Any] | str
    finish: str = "tool_calls"


@dataclass(frozen=True)
class Silence:
    """Nothing for so many seconds, then an empty answer."""

    seconds: float


@dataclass(frozen=True)
class Request:
    """What the model was asked: the messages, how it may use which tools, how to sample."""

    messages: list[BaseMessage]
    tools: list[dict[str, Any]]
    tool_choice: str | None
    sampling: dict[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """The last message."""
        return str(self.messages[-1].content)


Reply = Say | Call | Silence | BaseException | Sequence[Say | Call | BaseException]
Answering = Callable[[Request], Reply]


def call(name: str, /, **arguments: Any) -> Call:
    """A whole tool call."""
    return Call(name, arguments)


class ScriptedModel(BaseChatModel):
    """Gives the enqueued replies one after another, or what `answering` makes of the request.

    A sequence of replies is one answer: prose before a call, several calls, prose that breaks
    off. `history` holds every request.
    """

    answering: Answering | None = None
    pause: float = 0.0
    _replies: deque[Reply] = PrivateAttr(default_factory=deque)
    _history: list[Request] = PrivateAttr(default_factory=list)
    _ids: Any = PrivateAttr(default_factory=lambda: itertools.count(1))

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def history(self) -> list[Request]:
        """Every request so far."""
        return self._history

    def enqueue(self, *replies: Reply) -> None:
        """Say these next, one a request."""
        self._replies.extend(replies)

    def waiting(self) -> int:
        """Replies that nobody asked for yet."""
        return len(self._replies)

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[Any, Any]:
        return self.bind(tools=tools, tool_choice=tool_choice, **kwargs)

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, None, **kwargs))

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        request = Request(
            list(messages),
            list(kwargs.get("tools") or []),
            kwargs.get("tool_choice"),
            {name: kwargs[name] for name in ("temperature", "seed") if name in kwargs},
        )
        self._history.append(request)
        async for chunk in whole_calls(self._chunks(self._next(request))):
            if run_manager:
                await run_manager.on_llm_new_token(str(chunk.text), chunk=chunk)
            yield chunk

    def _next(self, request: Request) -> Reply:
        if self.answering is not None:
            return self.answering(request)
        assert self._replies, f"the script has no reply to {request.said!r}"
        return self._replies.popleft()

    async def _chunks(self, reply: Reply) -> AsyncIterator[ChatGenerationChunk]:
        if isinstance(reply, BaseException):
            raise reply
        if isinstance(reply, Silence):
            await asyncio.sleep(reply.seconds)
            reply = Say("")
        parts = [reply] if isinstance(reply, Say | Call) else list(reply)
        for index, part in enumerate(parts):
            if isinstance(part, BaseException):
                raise part
            for chunk in self._pieces(part, index):
                await asyncio.sleep(self.pause)
                yield ChatGenerationChunk(message=chunk)
        finish = parts[-1].finish if isinstance(parts[-1], Say | Call) else "stop"
        usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
        last = AIMessageChunk(
            "",
            response_metadata={"finish_reason": finish},
            usage_metadata=usage,  # type: ignore[arg-type]
        )
        yield ChatGenerationChunk(message=last)

    def _pieces(self, part: Say | Call, index: int) -> list[AIMessageChunk]:
        if isinstance(part, Say):
            text = part.text
            return [AIMessageChunk(text[i : i + CHUNK]) for i in range(0, len(text), CHUNK)]
        raw = part.arguments
        text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)
        head = tool_call_chunk(name=part.name, args="", id=f"call_{next(self._ids)}", index=index)
        rest = [
            tool_call_chunk(name=None, args=text[i : i + CHUNK], id=None, index=index)
            for i in range(0, len(text), CHUNK)
        ]
        return [AIMessageChunk("", tool_call_chunks=[chunk]) for chunk in [head, *rest]]
