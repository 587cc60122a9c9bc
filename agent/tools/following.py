"""Which product shown before a search is really about: "in coral please", "那个有大码吗".

Small models look among all goods for what the shopper asks of the one before their eyes.
"""

import re

from agent.context import TurnContext
from agent.orders.models import Product
from agent.product_desk import is_named
from agent.tools.options import variants_named, without_options
from agent.tools.pointing import named_last, pointed_at, shown_last

PRODUCT_TOOLS = frozenset(
    ["search_products", "get_product", "compare_products", "recommend_products"]
)
_FACT = re.compile(
    r"\b(?:weigh|heavy|light|waterproof|water|wash|size|big|small|wide|long|tall|fit|made|material"
    r"|colou?rs?|battery|charg|fold|pack|temperature|warm|cold|winter|summer|trip|carry|carries|hold"
    r"|work|safe for|suitable|good for|need|come with|last|close|cover|stretch|enough)"
    r"|重|防水|洗|尺寸|多大|大小|材质|料|颜色|电|续航|折|保暖|冷|空运|飞机|适合|装|用|带|耐|围|够",
    re.IGNORECASE,
)
"""Asks for a fact of a product."""

_ELSE = re.compile(
    r"\b(?:scrap|forget) (?:that|it|those|them)\b|\bsomething else\b|\bordinary ones\b"
    r"|\binstead of (?:that|those|this|these)\b|换一?[种类]|别的[款种类]|算了",
    re.IGNORECASE,
)
"""Wants other goods than those shown."""


def asks_fact(said: str) -> bool:
    """Whether a message asks for a fact of a product."""
    return _FACT.search(said) is not None


def followed_up(context: TurnContext, query: str) -> Product | None:
    """The product shown before that the shopper's last message goes on about, though the model
    looks for `query`; None where they look for something else.

    It is pointed at, or named by an option that none of the others has ("the coral one"), or the
    last answer named it and a fact is asked for; and the query names no other goods.
    """
    said = context.said[-1] if context.said else ""
    if not PRODUCT_TOOLS & set(context.looked_up) or not said or _ELSE.search(said):
        return None
    desk = context.shop.products
    pointed, last = (context.handles.resolve(of(context)) for of in (pointed_at, named_last))
    ids = [context.handles.resolve(handle) for handle in shown_last(context.known)]
    shown = {p.id: p for p in desk.get_many([i for i in (pointed, last, *ids) if i])}
    optional = [p for p in shown.values() if variants_named(said, p, context.lang)]
    if pointed in shown:
        meant = shown[pointed]
    elif last in shown and (shown[last] in optional or asks_fact(said)):
        meant = shown[last]
    elif len(optional) == 1:
        meant = optional[0]
    else:
        return None
    rest = without_options(query, meant)
    if is_named(meant, said) or not desk.has_word(rest) or not desk.carries(rest):
        return meant
    first = desk.search(rest, k=1).products
    return meant if first and first[0].id == meant.id else None
