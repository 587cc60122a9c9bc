"""Tools that open, compare and recommend products."""

import re
from collections.abc import Sequence

from langchain_core.tools import ToolException
from pydantic import Field

from agent.cards import comparison_rows, product_card
from agent.context import TurnContext
from agent.events import Comparison, Products
from agent.orders.models import Product
from agent.reasons import why_recommended
from agent.reviews.notes import read_notes
from agent.tools.citing import RESTOCK, rule_asked
from agent.tools.following import followed_up
from agent.tools.found import found_result, kept_to, product_line, stock_text
from agent.tools.kit import Arguments, Result, Runtime, make_tool, refuse, result_text
from agent.tools.options import note_found, note_option
from agent.tools.orders import own_order_meant
from agent.tools.pointing import handle_meant
from agent.tools.ranking import most_of_shown
from agent.wording import say, shorten


class OneProduct(Arguments):
    """Which product."""

    product_id: str = Field(min_length=1, max_length=120)


class SeveralProducts(Arguments):
    """Which products, two to four."""

    product_ids: list[str] = Field(min_length=2, max_length=4)


class LikeProduct(Arguments):
    """A product to recommend alternatives to, if any."""

    like_product_id: str = Field("", max_length=120)


def get_product(runtime: Runtime, product_id: str) -> Result:
    """details of one product: size, material, weight, colours, stock"""
    context = runtime.context
    if ordered := own_order_meant(context, product_id, following=True):
        return ordered
    if ranked := most_of_shown(context, "get_product"):
        return ranked
    if len(pair := _side_by_side(context)) > 1:
        handles = [context.handles.of(product.id) for product in pair]
        context.ran_as(
            "get_product", {"product_id": None, "product_ids": handles}, "compare_products"
        )
        return _compared(context, pair)
    if (meant := handle_meant(context, product_id)) != product_id:
        product_id = meant
        context.ran_as("get_product", {"product_id": meant})
    product = _find(context, product_id)
    if product is None:
        if context.handles.is_handle(product_id):
            raise _not_shown(context, product_id)
        if product := followed_up(context, product_id):
            context.ran_as("get_product", {"product_id": context.handles.of(product.id)})
            return product_result(context, product)
        # A name that no product has whole, such as a brand: what comes closest to it.
        said = context.said[-1] if context.said else ""
        found = context.shop.products.search(product_id, message=said)
        asked = {"product_id": None, "query": product_id} | kept_to(found)
        context.ran_as("get_product", asked, "search_products")
        if found.carried:
            note_found(context, found.products)
        return found_result(context, found)
    text, events = product_result(context, product)
    said = context.said[-1] if context.said else ""
    if RESTOCK.search(said) and (rule := rule_asked(context, RESTOCK)):
        return result_text(context, [text, rule[0]]), [*events, *rule[1]]
    return text, events


def product_result(context: TurnContext, product: Product) -> Result:
    """Text and card of one product, whoever asked for it."""
    note = read_notes(context.shop.db, [product.id], context.lang).get(product.id, "")
    named = note_option(context, product)
    card = product_card(product, context.lang, context.handles, review_note=note)
    context.choices |= len({variant.options for variant in card.variants}) > 1
    facts = "; ".join(f"{name} {value}" for name, value in card.attributes)
    variants = "; ".join(
        f"{v.options} {v.price}" + ("" if v.stock is None else f", {stock_text(context, v.stock)}")
        for v in card.variants
    )
    lines = [
        product_line(context, card),
        f"{named.values}: {stock_text(context, named.stock)}" if named else "",
        _reviews(context, note),
        facts,
        shorten(variants, 250),
        card.description,
    ]
    return result_text(context, lines), [Products(items=[card])]


def _reviews(context: TurnContext, note: str) -> str:
    return say(context.lang, f"reviews say: {note}", f"评价反映：{note}") if note else ""


def compare_products(runtime: Runtime, product_ids: list[str]) -> Result:
    """compare 2 to 4 products"""
    context = runtime.context
    if ranked := most_of_shown(context, "compare_products"):
        return ranked
    desk = context.shop.products
    found = [(text, _find(context, text) or desk.called(text)) for text in product_ids]
    products = list({p.id: p for _, p in found if p}.values())
    unknown = [product_id for product_id, product in found if product is None]
    if unknown and len(products) == 1:
        # What it is compared with is no product.
        handle = context.handles.of(products[0].id)
        context.ran_as(
            "compare_products", {"product_ids": None, "product_id": handle}, "get_product"
        )
        return product_result(context, products[0])
    if unknown:
        raise _not_shown(context, unknown[0])
    if len(products) < 2:
        raise refuse(
            context,
            "Those are one and the same product; name two different ones.",
            "这是同一件商品，请指定两件不同的商品。",
        )
    return _compared(context, products)


def _side_by_side(context: TurnContext) -> list[Product]:
    """The two products that the last message sets against each other: "Pebble vs Boulder"."""
    parts = _VERSUS.split(context.said[-1]) if context.said else []
    if len(parts) != 2 or not _DIFFERENCE.search(context.said[-1]):
        return []
    called = [context.shop.products.called(part) for part in parts if part.strip()]
    return list({p.id: p for p in called if p}.values())


_VERSUS = re.compile(r"\b(?:vs\.?|versus|compared (?:to|with))(?!\w)|跟|和|与|对比", re.IGNORECASE)
_DIFFERENCE = re.compile(
    r"\b(?:vs|versus|compared|difference|diff)\b|哪[个款]|谁|区别|差别|差在|不同|对比",
    re.IGNORECASE,
)


def _compared(context: TurnContext, products: Sequence[Product]) -> Result:
    notes = read_notes(context.shop.db, [p.id for p in products], context.lang)
    cards = [
        product_card(p, context.lang, context.handles, review_note=notes.get(p.id, ""))
        for p in products
    ]
    rows = comparison_rows(products, context.lang)
    if notes:
        # First, since a long table is cut for the model.
        told = [notes.get(p.id, "—") for p in products]
        rows.insert(0, (say(context.lang, "reviews say", "评价反映"), told))
    lines = [product_line(context, card) for card in cards]
    lines += [f"{name}: " + " | ".join(values) for name, values in rows]
    return result_text(context, lines), [Comparison(items=cards, rows=rows)]


def recommend_products(runtime: Runtime, like_product_id: str = "") -> Result:
    """suggest products, also ones similar to a product"""
    context = runtime.context
    if ranked := most_of_shown(context, "recommend_products"):
        return ranked
    meant = handle_meant(context, like_product_id)
    like = _resolve(context, meant).id if meant else None
    picks = context.shop.products.recommend(context.shopper, like)
    if not picks:
        raise refuse(context, "There is nothing to recommend.", "暂时没有可推荐的商品。")
    cards = [
        product_card(
            pick.product, context.lang, context.handles, why_recommended(pick, context.lang)
        )
        for pick in picks
    ]
    lines = [f"{product_line(context, card)} ({card.why})" for card in cards]
    return result_text(context, lines), [Products(items=cards)]


def _find(context: TurnContext, text: str) -> Product | None:
    """The product that a handle, an id that was shown, or a title names."""
    shop = context.shop.products
    if product_id := context.handles.resolve(text):
        if known := shop.get_many([product_id]):
            return known[0]
        raise refuse(
            context,
            f"The shop no longer sells {text}; search for another one.",
            f"店里已不再出售 {text}，请搜索其他商品。",
        )
    if text.strip() in context.dialogue and (known := shop.get_many([text.strip()])):
        return known[0]
    return shop.named(text)


def _resolve(context: TurnContext, text: str) -> Product:
    if product := _find(context, text):
        return product
    raise _not_shown(context, text)


def _not_shown(context: TurnContext, text: str) -> ToolException:
    return refuse(
        context,
        f"No product {text!r} was shown. Use a handle such as P1, or search first.",
        f"没有展示过商品 {text!r}。请使用 P1 这样的编号，或先搜索。",
    )


TOOLS = [
    make_tool(get_product, OneProduct),
    make_tool(compare_products, SeveralProducts),
    make_tool(recommend_products, LikeProduct),
]
