"""The tool that looks up what the shop's policies say."""

from pydantic import Field

from agent.context import TurnContext
from agent.events import Citation, Event
from agent.policies import Passage
from agent.tools.kit import Arguments, Result, Runtime, make_tool, refuse, result_text
from agent.wording import say, shorten


class SearchPolicies(Arguments):
    """What the shopper wants to know."""

    query: str = Field(min_length=1, max_length=200)


def search_policies(runtime: Runtime, query: str) -> Result:
    """the shop's rules: returns, refunds, shipping, payment, warranty, privacy, opening hours"""
    context = runtime.context
    asked = [query, *context.said[-1:]]
    if not context.shop.policies.are_about(asked, context.lang):
        # Small models copy from what they are told: it had better be what the shopper said.
        said = shorten(asked[-1], 80)
        raise refuse(
            context,
            f"No policy is about that. Call search_products: {said}",
            f"店铺政策中没有相关规定。请调用 search_products：{said}",
        )
    return policy_result(context, context.shop.policies.search(asked, context.lang, k=2))


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
        )
        for p in passages
    ]
    return result_text(context, [p.text for p in passages]), citations


def policy_citation(context: TurnContext, text: str) -> list[Event]:
    """The section of the policies that is about `text`, such as why something is refused."""
    return policy_result(context, context.shop.policies.search([text], context.lang, k=1))[1]


TOOLS = [make_tool(search_policies, SearchPolicies)]
