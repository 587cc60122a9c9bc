"""The loop of model and tools for one kind of asker: LangChain's `create_agent` under our guard.

Shoppers and staff have one each. All that comes first in it, the system text and the tools, is the
same for everybody whom it serves: the model server caches it once.
"""

from dataclasses import dataclass
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import Runnable

from agent.context import Rung, Shopper, TurnContext
from agent.guard import Guard
from agent.profiles import ModelProfile
from agent.prompts import STAFF_SYSTEM, SYSTEM, prompt_version
from agent.tools import shopper_tools, staff_tools
from agent.tools.kit import ShopTool


@dataclass(frozen=True)
class Loop:
    """`agent` runs a turn, `without_tools` says something again; `prompt` is a short hash."""

    system: str
    prompt: str
    agent: Any
    without_tools: Runnable[Any, Any]


class Loops:
    """The loop that serves whoever asks."""

    def __init__(self, model: BaseChatModel, profile: ModelProfile) -> None:
        self._of_shoppers = _loop(model, profile, shopper_tools(), SYSTEM)
        self._of_staff = _loop(model, profile, staff_tools(), STAFF_SYSTEM)

    def of(self, who: Shopper) -> Loop:
        """Theirs."""
        return self._of_staff if who.rung == Rung.STAFF else self._of_shoppers


def _loop(model: BaseChatModel, profile: ModelProfile, tools: list[ShopTool], system: str) -> Loop:
    guard = Guard(tools, first_call_requires_tool=profile.first_call_requires_tool)
    schemas = [tool.schema_for_model() for tool in tools]
    return Loop(
        system,
        prompt_version(profile, system),
        create_agent(
            model, tools, system_prompt=system, middleware=[guard], context_schema=TurnContext
        ),
        model.bind_tools(schemas, tool_choice="none"),
    )
