"""Which of the products on the screen is the most: "which of those is lightest?", 哪个最便宜.

Small models open the first one, or look among all goods.
"""

import re

from agent.cards import product_card
from agent.context import TurnContext
from agent.events import Lang, Products
from agent.tools.following import PRODUCT_TOOLS
from agent.tools.found import first_of, product_line
from agent.tools.kit import Result, result_text
from agent.tools.pointing import shown_last

_THEM = r"(?:those|these|them|the (?:two|three|four|lot))\b"
_AMONG: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(rf"\b(?:of|among|between) {_THEM}", re.IGNORECASE),
    "zh": re.compile(r"(?:[这那][几些两三]|上面|刚才|其中)[\u3400-\u9fff]{0,4}?[里中]?.{0,6}最"),
}
_WHICH: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\bwhich(?: one|'s| is| would be| are)\b", re.IGNORECASE),
    "zh": re.compile(r"哪一?[个款件只条双把支]最|最.{1,6}是哪一?[个款件只条双把支]"),
}
_ASKING = re.compile(
    r"\b(?:which|what|one|is|are|be|the|would|do|you|of|those|these|them)\b|'s|[哪这那][一几些两]?[个款件]?",
    re.IGNORECASE,
)
_OTHERWISE = ["product_id", "like_product_id", "query", "category", "brand"]
_OTHERWISE += ["min_price", "max_price", "in_stock", "sort"]
"""What the tools that it takes the place of are called with."""


def most_of_shown(context: TurnContext, asked: str) -> Result | None:
    """The products of the last list in the order that the last message asks for, in place of what
    the tool `asked` would give; None where it asks for none of them or for more than an order, or
    fewer than two have a value.
    """
    desk, said = context.shop.products, context.said[-1] if context.said else ""
    if not PRODUCT_TOOLS & set(context.looked_up) or not _among_shown(context, said):
        return None
    ids = [context.handles.resolve(handle) or "" for handle in shown_last(context.known)]
    read = desk.read(said)
    if len(ids) < 2 or read.sort is None or read.filters:
        return None
    products = desk.by(ids, read.sort)
    if len(products) < 2:
        return None
    cards = [product_card(product, context.lang, context.handles) for product in products]
    lines = [product_line(context, card) for card in cards]
    facts = "; ".join(f"{name} {value}" for name, value in cards[0].attributes)
    lines[:1] = [lines[0] + first_of(context, read.sort), facts]
    named: dict[str, object] = {"product_ids": [card.handle for card in cards]}
    context.ran_as(asked, dict.fromkeys(_OTHERWISE) | named, "compare_products")
    return result_text(context, lines), [Products(items=cards)]


def _among_shown(context: TurnContext, said: str) -> bool:
    """Whether a message asks for one of what was shown, and not among all goods."""
    if _AMONG[context.lang].search(said):
        return True
    if not _WHICH[context.lang].search(said):
        return False
    rest = _ASKING.sub(" ", context.shop.products.read(said).text)
    return not context.shop.products.has_word(rest)
