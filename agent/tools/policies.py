"""The tool that looks up what the shop's policies say."""

import re

from pydantic import Field

from agent.context import TurnContext
from agent.events import Lang
from agent.policies import Passage
from agent.tools.citing import policy_result
from agent.tools.kit import Arguments, Result, Runtime, make_tool
from agent.tools.orders import parcel_awaited


class SearchPolicies(Arguments):
    """What the shopper wants to know."""

    query: str = Field(min_length=1, max_length=200)


def search_policies(runtime: Runtime, query: str) -> Result:
    """the shop's rules: returns, refunds, shipping, payment, warranty, privacy, opening hours"""
    context = runtime.context
    book = context.shop.policies
    found = book.search(_wordings(context, query), context.lang, k=2)
    if not found and len(context.said) > 1:
        # "The same for tea?" is about what was asked before.
        found = book.search([f"{context.said[-2]} {query}"], context.lang, k=2)
    parts = questions(query, context.lang)
    if len(parts) > 1:
        # Of a message that asks two things each is answered from its own section.
        firsts = [p for part in parts[:2] for p in book.search([part, query], context.lang, k=1)]
        distinct: dict[tuple[str, str], Passage] = {}
        for passage in [*firsts, *found]:
            distinct.setdefault((passage.policy_id, passage.heading), passage)
        found = list(distinct.values())[:2]
    text, events = policy_result(context, found)
    if awaited := parcel_awaited(context):
        # Who asks what becomes of a late parcel wants to know where it is.
        return f"{awaited[0]}\n{text}", [*awaited[1], *events]
    return text, events


_ASKING: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:how|what|when|where|who|which|why|can|could|do|does|is|are|will)\b", re.I
    ),
    "zh": re.compile(r"多少|多久|多长|几|什么|怎么|如何|哪|谁|吗|呢|能不能|可不可以|是否|有没有"),
}
_PART = re.compile(r"[,.;?!，。；？！、]+|\band\b", re.IGNORECASE)


def questions(query: str, lang: Lang) -> list[str]:
    """The questions of a query that asks several; none of one that asks one."""
    parts = [part.strip() for part in _PART.split(query) if _ASKING[lang].search(part)]
    return parts if len(parts) > 1 else []


def _wordings(context: TurnContext, query: str) -> list[str]:
    """What to search by: the query, and the shopper's whole message, for what it is about."""
    return list(dict.fromkeys([query, *context.said[-1:]]))


TOOLS = [make_tool(search_policies, SearchPolicies)]
