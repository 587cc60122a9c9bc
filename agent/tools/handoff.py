"""The tool that asks a person to take over."""

import re

from pydantic import Field

from agent.context import TurnContext
from agent.events import HandOff
from agent.tools.kit import Arguments, Result, Runtime, make_tool
from agent.wording import say

_PERSON = re.compile(
    r"\b(?:(?:speak|talk|chat)(?:ing)?\b[^.?!]{0,12}\b(?:to|with)"
    r"|(?:connect|transfer|put|pass|hand)\b me)\b[^.?!]{0,20}"
    r"\b(?:human|person|agent|someone|somebody|manager|supervisor|representative|rep|whoever"
    r"|staff|colleague|(?:support|service|sales) (?:team|people|person))\b"
    r"|\b(?:a|an|actual|real|live) human(?: being)?\b|\b(?:real|actual|live) (?:person|agent)\b"
    r"|转(?:接)?(?:到)?人工|真人(?!试|上身|照|图|实|秀|穿)|活人|人工客服|人工服务"
    r"|(?:找|叫|喊|换|[搵揾]|请(?!问))(?:一?[个位])?[^送给买卖]{0,6}"
    r"(?:客服|店员|店长|经理|负责人|主管|管事|领导|老板)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,.!?;，。！？；]+")
_NO_WISH = re.compile(
    r"\d{4,}|\b(?:if|unless|otherwise|who|which|how|what|do|does|are you|is this|am i)\b"
    r"|如果|不然|要不|吗|哪|你是|是不是",
    re.IGNORECASE,
)


def asks_for_person(said: str) -> bool:
    """Whether a message asks, in a clause of its own, for a person."""
    clauses = _CLAUSE.split(said)
    return any(_PERSON.search(c) and not _NO_WISH.search(c) for c in clauses)


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
