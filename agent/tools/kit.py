"""What every tool shares: closed argument schemas, the turn's context, and two-part results.

A tool returns a compact text for the model and, as the message's artifact, typed events for the
screen. Nothing about identity is ever an argument.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import InjectedToolArg, StructuredTool, ToolException
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from agent.context import TurnContext
from agent.events import Event
from agent.normalise import neutralise
from agent.wording import say, shorten

Runtime = ToolRuntime[TurnContext, Any]
_Injected = Annotated[Any, InjectedToolArg()]
Result = tuple[str, list[Event]]

Amount = Annotated[Decimal | None, Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0})]
"""An optional price in major units; null is not offered to the model."""

_RESULT_CHARACTERS = {"en": 900, "zh": 340}
# About 250 tokens in either language, the most that one result may cost (DESIGN section 3).


class Arguments(BaseModel):
    """Base of all argument schemas: an argument that is not listed is an error."""

    model_config = ConfigDict(extra="forbid")


class ShopTool(StructuredTool):
    """A tool whose `arguments` are what the model may choose; the runtime is added by the loop."""

    arguments: type[Arguments]

    def schema_for_model(self) -> dict[str, Any]:
        """The OpenAI form, strict, with what a model does not need left out."""
        schema = self.arguments.model_json_schema()
        parameters = _compact(schema, schema.pop("$defs", {}))
        function = {
            "name": self.name,
            "description": self.description,
            "parameters": parameters,
            "strict": True,
        }
        return {"type": "function", "function": function}


def make_tool(function: Callable[..., Result], arguments: type[Arguments]) -> ShopTool:
    """A tool from a function `(runtime, **arguments) -> (text, events)`.

    Its name is the function's, its description the first line of the docstring. A ToolException
    becomes a message that the model can read.
    """
    return ShopTool(
        func=function,
        name=function.__name__,
        description=(function.__doc__ or "").strip().split("\n")[0],
        args_schema=create_model(arguments.__name__, __base__=arguments, runtime=(_Injected, ...)),
        arguments=arguments,
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def _compact(schema: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """A schema with its parts in place, without titles and defaults, of objects no description."""
    if "$ref" in schema:
        return _compact(parts[schema["$ref"].rsplit("/", 1)[1]], parts)
    dropped = {"title", "default"} | ({"description"} if "properties" in schema else set())
    kept = {key: value for key, value in schema.items() if key not in dropped}
    if "properties" in kept:
        named = kept["properties"].items()
        kept["properties"] = {name: _compact(value, parts) for name, value in named}
    if "items" in kept:
        kept["items"] = _compact(kept["items"], parts)
    return kept


def refuse(context: TurnContext, en: str, zh: str) -> ToolException:
    """What a tool raises when it did nothing: the reason, and what would work."""
    return ToolException(say(context.lang, en, zh))


def result_text(context: TurnContext, lines: list[str]) -> str:
    """Lines as one result, cut to what a result may cost; no text of the shop steers the model."""
    text = neutralise("\n".join(line for line in lines if line))
    return shorten(text, _RESULT_CHARACTERS[context.lang])
