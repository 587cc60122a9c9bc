"""Tools that find, open, compare and recommend products."""

from decimal import Decimal
from typing import Literal

from langchain_core.tools import ToolException
from pydantic import Field

from agent.cards import comparison_rows, product_card
from agent.chips import chips_of, sort_words
from agent.context import TurnContext
from agent.events import Comparison, Event, Filters, ProductCard, Products
from agent.figures import counts, numbers
from agent.orders.models import Product
from agent.product_desk import Found, SortName, sort_name
from agent.reasons import why_found, why_recommended
from agent.reviews.notes import read_notes
from agent.tools.kit import Amount, Arguments, Result, Runtime, make_tool, refuse, result_text
from agent.tools.options import variants_named
from agent.tools.orders import parcel_awaited
from agent.tools.pointing import handle_meant
from agent.wording import say, shorten
from retrieval.filters import Sort
from retrieval.understanding.chips import Understood, both


class SearchProducts(Arguments):
    """What the shopper is looking for."""

    query: str = Field(min_length=1, max_length=200)
    category: str = Field("", max_length=80)
    brand: str = Field("", max_length=80)
    min_price: Amount = None
    max_price: Amount = None
    in_stock: bool = False
    sort: Literal["relevance", "price_asc", "price_desc", "rating", "newest"] = "relevance"


class OneProduct(Arguments):
    """Which product."""

    product_id: str = Field(min_length=1, max_length=120)


class SeveralProducts(Arguments):
    """Which products, two to four."""

    product_ids: list[str] = Field(min_length=2, max_length=4)


class LikeProduct(Arguments):
    """A product to recommend alternatives to, if any."""

    like_product_id: str = Field("", max_length=120)


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
    if awaited := parcel_awaited(context):
        # "The tent still has not come" looks for no tent to buy.
        return awaited
    said = context.shop.products.read(context.said[-1] if context.said else "")
    low, high = price_bounds(context, said, min_price, max_price)
    found = context.shop.products.search(
        query,
        category=category,
        brand=brand if brand.casefold() in context.dialogue.casefold() else "",
        min_price=low,
        max_price=high,
        in_stock=in_stock or said.filters.in_stock,
        sort=sort,
        otherwise=said.sort,
    )
    context.ran_as("search_products", _constraints(found))
    return found_result(context, found)


def _constraints(found: Found) -> dict[str, object]:
    """What the search kept to, for the record: whether the model, the query or the shopper's own
    words asked for it; None where nothing did.
    """
    kept = both(found.given, found.understood.filters)
    prices = {"min_price": kept.min_price, "max_price": kept.max_price}
    return {
        **{name: None if bound is None else float(bound) for name, bound in prices.items()},
        "brand": kept.brand or None,
        "in_stock": kept.in_stock or None,
        "sort": sort_name(found.sort),
    }


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
    counted = counts(text)
    return (
        figures
        - counted
        - {n for chip in chips if chip.kind != "price" for n in numbers(chip.text)}
    )


def found_result(context: TurnContext, found: Found) -> Result:
    """Text and events of a search, whoever asked for it."""
    events: list[Event] = []
    if (chips := chips_of(found, context.lang)) or found.without:
        events.append(Filters(query=found.said, chips=chips, without=list(found.without)))
    if not found.products:
        text, cards = _nothing(context, found)
    else:
        cards = [
            product_card(p, context.lang, context.handles, why_found(found, p, context.lang))
            for p in found.products
        ]
        count = _count(context, found)
        lines = [_line(context, card) for card in cards]
        lines[0] += _first_of(context, found.sort)
        text = result_text(context, [count, *lines])
    if cards:
        events.append(Products(items=cards))
    return text, events


def _count(context: TurnContext, found: Found) -> str:
    count = len(found.products)
    if found.carried:
        return say(context.lang, f"{count} products:", f"共{count}件商品：")
    return say(
        context.lang,
        f"The shop has nothing like that; tell the shopper so. The {count} nearest products:",
        f"店里没有这样的商品，请如实告诉顾客。最接近的{count}件商品：",
    )


def _first_of(context: TurnContext, sort: Sort | None) -> str:
    """What the first product is among those found, so that the prose may say so."""
    if sort is None:
        return ""
    en, zh = sort_words(sort)
    return say(context.lang, f", the {en}", f"，{zh}")


def _nothing(context: TurnContext, found: Found) -> tuple[str, list[ProductCard]]:
    """An empty result in words that can be passed on, and the nearest thing there is."""
    if found.cheapest is None:
        none = say(
            context.lang, "The shop has no product that matches.", "店里没有符合条件的商品。"
        )
        return none, []
    card = product_card(found.cheapest, context.lang, context.handles)
    none = say(context.lang, "No product in that price range.", "该价格范围内没有商品。")
    line = _line(context, card) + _first_of(context, Sort("price"))
    return result_text(context, [none, line]), [card]


def _line(context: TurnContext, card: ProductCard) -> str:
    """One product on one line: handle, name, price, stock, rating."""
    stock = f", {_stock(context, card.stock)}" if card.stock is not None else ""
    rated = say(context.lang, "rated", "评分")
    rating = "" if card.rating is None else f", {rated} {card.rating}"
    return f"{card.handle} {card.title}, {card.price} {card.currency}{stock}{rating}"


def _stock(context: TurnContext, stock: int | None) -> str:
    """Nothing in stock is said in words: small models read a 0 for a number like any other."""
    if stock is None:
        return say(context.lang, "in stock", "有货")
    if stock:
        return say(context.lang, f"stock {stock}", f"库存 {stock}")
    return say(context.lang, "out of stock", "缺货")


def get_product(runtime: Runtime, product_id: str) -> Result:
    """details of one product: size, material, weight, colours, stock"""
    context = runtime.context
    if (meant := handle_meant(context, product_id)) != product_id:
        product_id = meant
        context.ran_as("get_product", {"product_id": meant})
    product = _find(context, product_id)
    if product is None:
        if context.handles.is_handle(product_id):
            raise _not_shown(context, product_id)
        # A name that no product has whole, such as a brand: what comes closest to it.
        found = context.shop.products.search(product_id)
        asked = {"product_id": None, "query": product_id} | _constraints(found)
        context.ran_as("get_product", asked, "search_products")
        return found_result(context, found)
    note = read_notes(context.shop.db, [product.id], context.lang).get(product.id, "")
    named = variants_named(context.said[-1], product, context.lang) if context.said else None
    card = product_card(product, context.lang, context.handles, review_note=note)
    facts = "; ".join(f"{name} {value}" for name, value in card.attributes)
    variants = "; ".join(
        f"{v.options} {v.price}" + ("" if v.stock is None else f", {_stock(context, v.stock)}")
        for v in card.variants
    )
    lines = [
        _line(context, card),
        f"{named.values}: {_stock(context, named.stock)}" if named else "",
        _reviews(context, note),
        facts,
        shorten(variants, 250),
        card.description,
    ]
    if named and named.sold_out:
        context.sold_out = say(
            context.lang,
            f"{card.title} in {named.values} is out of stock.",
            f"{card.title}的{named.values}款目前缺货。",
        )
    return result_text(context, lines), [Products(items=[card])]


def _reviews(context: TurnContext, note: str) -> str:
    return say(context.lang, f"reviews say: {note}", f"评价反映：{note}") if note else ""


def compare_products(runtime: Runtime, product_ids: list[str]) -> Result:
    """compare 2 to 4 products"""
    context = runtime.context
    products = [_resolve(context, product_id) for product_id in product_ids]
    products = list({p.id: p for p in products}.values())
    if len(products) < 2:
        raise refuse(
            context,
            "Those are one and the same product; name two different ones.",
            "这是同一件商品，请指定两件不同的商品。",
        )
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
    lines = [_line(context, card) for card in cards]
    lines += [f"{name}: " + " | ".join(values) for name, values in rows]
    return result_text(context, lines), [Comparison(items=cards, rows=rows)]


def recommend_products(runtime: Runtime, like_product_id: str = "") -> Result:
    """suggest products, also ones similar to a product"""
    context = runtime.context
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
    lines = [f"{_line(context, card)} ({card.why})" for card in cards]
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
    make_tool(search_products, SearchProducts),
    make_tool(get_product, OneProduct),
    make_tool(compare_products, SeveralProducts),
    make_tool(recommend_products, LikeProduct),
]
