"""The tool that asks a person to take over."""

from pydantic import Field

from agent.context import TurnContext
from agent.events import HandOff
from agent.tools.kit import Arguments, Result, Runtime, make_tool
from agent.wording import say


class HandOffArguments(Arguments):
    """Why, and what the person should know."""

    reason: str = Field(min_length=1, max_length=200)
    summary: str = Field("", max_length=500)


def hand_off(runtime: Runtime, reason: str, summary: str = "") -> Result:
    """ask a person to take over the chat"""
    return handed_off(runtime.context, reason, summary)


def handed_off(context: TurnContext, reason: str, summary: str) -> Result:
    """Record the hand-off and say what happens next."""
    reference = context.shop.sessions.hand_off(context.session_id, reason, summary)
    text = say(
        context.lang,
        f"A colleague will take over this chat. Your reference is {reference}.",
        f"我们的同事会接手这次对话。您的编号是 {reference}。",
    )
    return text, [HandOff(reference=reference, text=text)]


TOOLS = [make_tool(hand_off, HandOffArguments)]
