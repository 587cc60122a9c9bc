"""The tools that the model may call: thin, each a service call turned into text and events."""

from typing import Any

from agent.tools import catalogue, changes, handoff, orders, policies, searching, shop_data
from agent.tools.kit import ShopTool


def shopper_tools() -> list[ShopTool]:
    """Every tool of a shopper, always in the same order: the prompt's prefix is cached."""
    modules = (searching, catalogue, policies, orders, changes, handoff)
    return [tool for module in modules for tool in module.TOOLS]


def staff_tools() -> list[ShopTool]:
    """What staff have on top: a name that does not exist for anybody else."""
    return [*shopper_tools(), *shop_data.TOOLS]


def tool_schemas() -> list[dict[str, Any]]:
    """The shopper's tools in OpenAI form, strict: what is sent to the model and trained on."""
    return [tool.schema_for_model() for tool in shopper_tools()]
