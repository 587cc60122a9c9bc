"""The one middleware: bounds the loop, and lets no malformed call run.

A call that was cut off, does not parse, breaks its schema or is not a tool of this shopper is
dropped; the model is told once what was wrong, then the turn ends in ModelNonsense.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import (
    AgentState,
    ModelRequest,
    ModelResponse,
    ToolCallRequest,
)
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolCall, ToolMessage
from langgraph.types import Command
from pydantic import ValidationError

from agent.context import TurnContext
from agent.errors import ModelNonsense
from agent.grounding import split_sentences, ungrounded
from agent.prose import denies_rule, evidence_of
from agent.tools.changes import cancelling
from agent.tools.kit import ShopTool

MAX_CALLS = 8
MAX_REFUSALS = 2
MAX_QUERY = 200

Handler = Callable[[ModelRequest[TurnContext]], Awaitable[ModelResponse[Any]]]
ToolHandler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]


class Guard(AgentMiddleware[AgentState[Any], TurnContext, Any]):
    """Holds every turn to its bounds. Stateless: what it counts lives in the turn's context."""

    def __init__(
        self,
        tools: Sequence[ShopTool],
        *,
        first_call_requires_tool: bool = False,
    ) -> None:
        super().__init__()
        self._schemas = [tool.schema_for_model() for tool in tools]
        self._arguments = {tool.name: tool.arguments for tool in tools}
        self._require = first_call_requires_tool

    async def awrap_model_call(
        self, request: ModelRequest[TurnContext], handler: Handler
    ) -> ModelResponse[Any]:
        """Ask the model; ask once more when it called wrongly, or answered from nothing."""
        context = _context(request)
        handler = _timed(handler, context)
        request = request.override(tools=list(self._schemas))
        looked_up = _looked_up(request.messages)
        if len(context.calls) >= MAX_CALLS:
            return await handler(request.override(tool_choice="none"))
        if self._require and not looked_up:
            request = request.override(tool_choice="required")
        response = await handler(request)
        answer = _answer(response)
        if fault := self._fault(answer):
            told: list[AnyMessage] = [
                HumanMessage(f"(That call was not valid: {fault} Try again.)")
            ]
            response = await handler(request.override(messages=[*request.messages, *told]))
            if fault := self._fault(_answer(response)):
                raise ModelNonsense(f"the model called a tool wrongly twice: {fault}")
        elif not looked_up and not answer.tool_calls and denies_rule(context, str(answer.text)):
            response = ModelResponse(result=[_rule_call(context)])
        elif not looked_up and not answer.tool_calls and (asked := cancelling(context)):
            # Asked why, or for what stands there, though number and reason were said.
            response = ModelResponse(result=[_call("propose_cancellation", asked)])
        elif not looked_up and not answer.tool_calls and _from_nothing(answer, context):
            response = await handler(request.override(tool_choice="required"))
            if fault := self._fault(_answer(response)):
                raise ModelNonsense(f"the model called a tool wrongly: {fault}")
        return response

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: ToolHandler
    ) -> ToolMessage | Command[Any]:
        """Run the call, counted; too many refusals end the turn."""
        context = cast(TurnContext, request.runtime.context)
        call = request.tool_call
        if len(context.calls) >= MAX_CALLS:
            return _told(request, "No more look-ups in this turn: answer from what you have.")
        asked = (call["name"], call["args"])
        if asked in context.refused_calls:
            raise ModelNonsense(f"the model repeated a refused call: {call['name']}")
        if asked in context.calls:
            return _told(request, "That was looked up already: answer from the result above.")
        context.calls.append(asked)
        context.ran.append(asked)
        result = await handler(request)
        if isinstance(result, ToolMessage) and result.status == "error":
            context.refused_calls.append(asked)
            context.refusals.append(str(result.text))
            if len(context.refusals) >= MAX_REFUSALS:
                raise ModelNonsense(f"the model's calls were refused twice: {result.content}")
        elif isinstance(result, ToolMessage):
            # A refusal may repeat what the model invented: it is no evidence.
            context.known.append(str(result.text))
        return result

    def _fault(self, answer: AIMessage) -> str:
        """What is wrong with the answer's calls; "" if nothing is."""
        if answer.invalid_tool_calls:
            return f"it does not parse ({answer.invalid_tool_calls[0].get('error') or 'JSON'})."
        if answer.tool_calls and answer.response_metadata.get("finish_reason") == "length":
            return "it was cut off."
        for call in answer.tool_calls:
            schema = self._arguments.get(call["name"])
            if schema is None:
                return f"there is no tool {call['name']!r}."
            try:
                schema.model_validate(call["args"])
            except ValidationError as error:
                first = error.errors()[0]
                return f"{call['name']}.{'.'.join(map(str, first['loc']))}: {first['msg']}."
        return ""


def _context(request: ModelRequest[TurnContext]) -> TurnContext:
    return request.runtime.context


def _timed(handler: Handler, context: TurnContext) -> Handler:
    """`handler`, its calls counted and timed in the turn's context."""

    async def timed(request: ModelRequest[TurnContext]) -> ModelResponse[Any]:
        context.model_calls += 1
        started = time.monotonic()
        try:
            return await handler(request)
        finally:
            context.model_seconds += time.monotonic() - started

    return timed


def _answer(response: ModelResponse[Any]) -> AIMessage:
    last = response.result[-1]
    if not isinstance(last, AIMessage):
        raise ModelNonsense(f"the model answered with a {last.type} message")
    return last


def _rule_call(context: TurnContext) -> AIMessage:
    """The look-up of a rule that the model should have made."""
    return _call("search_policies", {"query": context.said[-1][:MAX_QUERY]})


def _call(name: str, arguments: dict[str, str]) -> AIMessage:
    call = ToolCall(name=name, args=arguments, id=f"call_{uuid4().hex[:12]}")
    return AIMessage("", tool_calls=[call])


def _from_nothing(answer: AIMessage, context: TurnContext) -> bool:
    """Whether prose without any look-up in this turn says what it cannot know, or nothing."""
    evidence = evidence_of(context)
    sentences = split_sentences(str(answer.text), final=True)[0]
    return not sentences or any(ungrounded(s, evidence, context.lang) for s in sentences)


def _looked_up(messages: Sequence[AnyMessage]) -> bool:
    """Whether this turn holds a result; a refusal is none."""
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return False
        if isinstance(message, ToolMessage) and message.status != "error":
            return True
    return False


def _told(request: ToolCallRequest, text: str) -> ToolMessage:
    """The answer to a call that was not run: why."""
    call = request.tool_call
    return ToolMessage(text, tool_call_id=call["id"], name=call["name"], status="error")
