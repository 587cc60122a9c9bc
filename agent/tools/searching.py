"""The tool that finds products: the model's words, and what code reads in the shopper's."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from agent.context import TurnContext
from agent.figures import counts, numbers
from agent.product_desk import SortName
from agent.tools.catalogue import product_result
from agent.tools.citing import PRICES, SENDING, rule_asked
from agent.tools.following import followed_up
from agent.tools.found import found_result, kept_to
from agent.tools.kit import Amount, Arguments, Result, Runtime, make_tool, result_text
from agent.tools.options import note_found
from agent.tools.orders import own_order_meant
from agent.tools.ranking import most_of_shown
from retrieval.filters import brand_words, within
from retrieval.understanding.chips import Understood


class SearchProducts(Arguments):
    """What the shopper is looking for."""

    query: str = Field(min_length=1, max_length=200)
    category: str = Field("", max_length=80)
    brand: str = Field("", max_length=80)
    min_price: Amount = None
    max_price: Amount = None
    in_stock: bool = False
    sort: Literal["relevance", "price_asc", "price_desc", "rating", "newest"] = "relevance"


def search_products(
    runtime: Runtime,
    query: str,
    category: str = "",
    brand: str = "",
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    in_stock: bool = False,
    sort: SortName = "relevance",
) -> Result:
    """find products the shop sells"""
    context = runtime.context
    if ordered := own_order_meant(context, query):
        # "The tent still has not come" looks for no tent to buy.
        return ordered
    if ranked := most_of_shown(context, "search_products"):
        return ranked
    message = context.said[-1] if context.said else ""
    if product := followed_up(context, query):
        asked = dict.fromkeys([*SearchProducts.model_fields])
        handle = context.handles.of(product.id)
        context.ran_as("search_products", {**asked, "product_id": handle}, "get_product")
        return product_result(context, product)
    said = context.shop.products.read(message)
    low, high = price_bounds(context, said, min_price, max_price)
    found = context.shop.products.search(
        query,
        category=category,
        brand=brand if _brand_said(context, brand) else "",
        min_price=low,
        max_price=high,
        in_stock=in_stock or said.filters.in_stock,
        min_rating=said.filters.min_rating,
        sort=sort,
        message=message,
    )
    context.ran_as("search_products", kept_to(found))
    if found.carried:
        note_found(context, found.products)
    text, events = found_result(context, found)
    if not (rule := rule_asked(context, PRICES) or rule_asked(context, SENDING)):
        return text, events
    # A gift card is no product, but there is a rule about it.
    if not found.carried:
        return rule
    return result_text(context, [text, rule[0]]), [*events, *rule[1]]


def _brand_said(context: TurnContext, brand: str) -> bool:
    """Whether a brand stands in the dialogue, or the shopper named it by its own words alone: by
    云栖 or Yunqi where the catalogue has "Yunqi 云栖".
    """
    if brand.casefold() in context.dialogue.casefold():
        return True
    chips = (chip for said in context.said for chip in context.shop.products.read(said).chips)
    named = (name for chip in chips if chip.kind == "brand" for name in chip.value.split(" / "))
    return any(within(brand_words(brand), brand_words(name)) for name in named)


Bound = Decimal | None


def price_bounds(
    context: TurnContext, said: Understood, low: Bound, high: Bound
) -> tuple[Bound, Bound]:
    """The price bounds that the shopper gave; one that the model invented would hide products.

    What a figure of the shopper's last words, `said`, means is for code to say where it can read
    it: a least price, a highest, or none. Nor is the size of a shoe that was spoken of before a
    price now.
    """
    prices = [chip.filters for chip in said.chips if chip.kind == "price"]
    meant = {figure for text in context.said for figure in _amounts(context, text)}
    low, high = (b if b and b.normalize() in meant else None for b in (low, high))
    turned = any((low and low == f.max_price) or (high and high == f.min_price) for f in prices)
    if turned or (low is None and high is None):
        return next(((f.min_price, f.max_price) for f in prices), (None, None))
    return low, high


def _amounts(context: TurnContext, text: str) -> set[Decimal]:
    """The figures of a message that may be prices."""
    figures = numbers(text)
    if not figures:
        return figures
    chips = context.shop.products.read(text).chips
    named = {n for chip in chips if chip.kind != "price" for n in numbers(chip.text)}
    return figures - counts(text) - named


TOOLS = [make_tool(search_products, SearchProducts)]
