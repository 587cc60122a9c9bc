"""The tools that the model may call: thin, each a service call turned into text and events."""

from typing import Any

from langchain_core.tools import BaseTool

from agent.tools import catalogue, handoff, orders, policies
from agent.tools.kit import function_schema


def shopper_tools() -> list[BaseTool]:
    """Every tool of a shopper, always in the same order: the prompt's prefix is cached."""
    return [*catalogue.TOOLS, *policies.TOOLS, *orders.TOOLS, *handoff.TOOLS]


def tool_schemas() -> list[dict[str, Any]]:
    """The shopper's tools in OpenAI form, strict: what is sent to the model and trained on."""
    return [function_schema(tool) for tool in shopper_tools()]
