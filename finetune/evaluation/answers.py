"""What a model answered at one step, and whether its calls are calls at all."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from langchain_core.messages import AIMessage
from pydantic import ValidationError

from agent.tools import shopper_tools
from agent.tools.kit import Arguments
from finetune.evaluation.steps import Call

# What was meant for a call and did not become one: the tags, or a bare JSON object with a name.
_ATTEMPT = re.compile(r"</?tool_call>|^\s*(?:```\w*\s*)?\{\s*\"(?:name|arguments|function)\"")


@dataclass(frozen=True)
class Answer:
    """One answer. `fault`: what is wrong with its form, "" if nothing is."""

    calls: tuple[Call, ...] = ()
    text: str = ""
    fault: str = ""
    prompt_tokens: int = 0
    tokens: int = 0
    seconds: float = 0.0

    @property
    def tried_to_call(self) -> bool:
        """Whether it calls, or was meant to."""
        return bool(self.calls or self.fault)

    def as_dict(self) -> dict[str, Any]:
        """For reports."""
        return asdict(self)


def read_answer(message: AIMessage) -> Answer:
    """The answer in a message of the chat model."""
    usage: Mapping[str, Any] = message.usage_metadata or {}
    text = str(message.text).strip()
    calls = tuple((call["name"], dict(call["args"])) for call in message.tool_calls)
    return Answer(
        calls=calls,
        text=text,
        fault=_fault(message, calls, text),
        prompt_tokens=int(usage.get("input_tokens", 0)),
        tokens=int(usage.get("output_tokens", 0)),
        seconds=float(message.response_metadata.get("seconds", 0.0)),
    )


def _fault(message: AIMessage, calls: tuple[Call, ...], text: str) -> str:
    if message.invalid_tool_calls:
        return f"the call does not parse: {message.invalid_tool_calls[0].get('args')}"
    if _ATTEMPT.search(text):
        return f"a call in the wrong form: {text[:160]}"
    if calls and message.response_metadata.get("finish_reason") == "length":
        return "the call was cut off"
    for name, arguments in calls:
        if why := schema_fault(name, arguments):
            return why
    return ""


def schema_fault(name: str, arguments: dict[str, Any]) -> str:
    """Why the tool would not take these arguments; "" if it would."""
    schema = argument_models().get(name)
    if schema is None:
        return f"there is no tool {name!r}"
    try:
        schema.model_validate(arguments)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{name}.{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return ""


@cache
def argument_models() -> dict[str, type[Arguments]]:
    """What each tool of a shopper takes."""
    return {tool.name: tool.arguments for tool in shopper_tools()}


def shown(calls: tuple[Call, ...], text: str) -> str:
    """An answer in one line."""
    called = [f"{name}({json.dumps(args, ensure_ascii=False)})" for name, args in calls]
    return "; ".join([*called, *([text] if text else [])]) or "nothing"
