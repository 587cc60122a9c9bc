"""The tool that looks up what the shop's policies say."""

import re

from pydantic import Field

from agent.context import TurnContext
from agent.events import Citation, Event, Lang
from agent.policies import Passage
from agent.tools.kit import Arguments, Result, Runtime, make_tool, result_text
from agent.tools.orders import parcel_awaited
from agent.wording import say, shorten

_SECTION = {"en": 420, "zh": 160}
"""Characters of one section that the model reads; two fit into a result."""


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


def policy_result(context: TurnContext, passages: list[Passage]) -> Result:
    """Text and citations of policy passages, whoever asked for them."""
    if not passages:
        none = "The policies say nothing about that.", "店铺政策中没有相关规定。"
        return say(context.lang, *none), []
    citations: list[Event] = [
        Citation(
            policy_id=p.policy_id,
            title=f"{p.title} · {p.heading}" if p.heading else p.title,
            version=p.version,
            effective_from=p.effective_from.isoformat(),
            quote=p.text,
            lead=p.lead,
        )
        for p in passages
    ]
    return result_text(context, [_line(context, p) for p in passages]), citations


def _line(context: TurnContext, passage: Passage) -> str:
    """A section for the model: what answers best comes first, what stands before it last."""
    glue = say(context.lang, " ", "")
    before = passage.text.removesuffix(passage.lead).strip()
    text = glue.join(filter(None, (passage.lead or passage.text, before if passage.lead else "")))
    return f"{passage.heading or passage.title}: {shorten(text, _SECTION[context.lang])}"


def policy_citation(context: TurnContext, text: str) -> list[Event]:
    """The section of the policies that is about `text`, such as why something is refused."""
    return policy_result(context, context.shop.policies.search([text], context.lang, k=1))[1]


TOOLS = [make_tool(search_policies, SearchPolicies)]
