"""The perfect clerk: a chat model that follows a plan, so that the real assistant can be driven."""

import itertools
import json
from collections.abc import AsyncIterator, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

from agent.errors import ModelNonsense
from agent.events import Event

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Calls:
    """Look these up, at once."""

    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Say:
    """Answer in words."""

    text: str


@dataclass(frozen=True)
class Seen:
    """What one call gave: the text that the model reads and the events that the shopper sees."""

    name: str
    text: str
    events: list[Event]
    refused: bool

    def of(self, kind: str) -> Any:
        """The first event of a type, or None."""
        return next((event for event in self.events if event.type == kind), None)


Plan = Generator[Calls | Say, list[Seen], None]
"""What the clerk does in a turn: given what was seen, the next step. The last step is a Say."""


class Clerk(BaseChatModel):
    """Follows the plan of the turn. Asked for more than the plan has, it raises ModelNonsense."""

    _plan: Plan | None = PrivateAttr(None)
    _begun: bool = PrivateAttr(False)
    _said: list[str] = PrivateAttr(default_factory=list)
    _ids: Any = PrivateAttr(default_factory=lambda: itertools.count(1))

    @property
    def _llm_type(self) -> str:
        return "planned"

    @property
    def said(self) -> list[str]:
        """What was said in words in this turn."""
        return self._said

    def begin(self, plan: Plan) -> None:
        """Follow this plan from now on."""
        self._plan, self._begun, self._said = plan, False, []

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        return self.bind(tools=tools, **kwargs)

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, None, **kwargs))

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        step = self._next(messages)
        if isinstance(step, Say):
            self._said.append(step.text)
            chunk = AIMessageChunk(content=step.text, response_metadata={"finish_reason": "stop"})
        else:
            calls = [
                tool_call_chunk(
                    name=name,
                    args=json.dumps(arguments, ensure_ascii=False),
                    id=f"call_{next(self._ids)}",
                    index=index,
                )
                for index, (name, arguments) in enumerate(step.calls)
            ]
            chunk = AIMessageChunk(
                content="",
                tool_call_chunks=calls,
                response_metadata={"finish_reason": "tool_calls"},
            )
        if run_manager:
            await run_manager.on_llm_new_token(str(chunk.text), chunk=chunk)
        yield ChatGenerationChunk(message=chunk)

    def _next(self, messages: list[BaseMessage]) -> Calls | Say:
        if self._plan is None:
            raise ModelNonsense("no plan")
        try:
            if self._begun:
                return self._plan.send(_seen(messages))
            self._begun = True
            return next(self._plan)
        except StopIteration:
            raise ModelNonsense("the plan is at its end") from None


def _seen(messages: list[BaseMessage]) -> list[Seen]:
    """The results since the last call."""
    last = itertools.takewhile(lambda m: isinstance(m, ToolMessage), reversed(messages))
    return [
        Seen(str(m.name), str(m.text), list(m.artifact or []), m.status == "error")
        for m in reversed([m for m in last if isinstance(m, ToolMessage)])
    ]
