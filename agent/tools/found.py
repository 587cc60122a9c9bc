"""What a search found, for the model and for the screen."""

from agent.cards import product_card
from agent.chips import chips_of, given_of, sort_words
from agent.context import TurnContext
from agent.events import Event, Filters, ProductCard, Products
from agent.product_desk import Found, sort_name
from agent.reasons import why_found
from agent.tools.kit import Result, result_text
from agent.wording import say
from retrieval.filters import Sort
from retrieval.understanding.chips import both


def found_result(context: TurnContext, found: Found, message: str | None = None) -> Result:
    """Text and events of a search, whoever asked for it.

    `message` is what the search was told that the shopper typed in whole; the last one if not said.
    """
    events: list[Event] = []
    if message is None:
        message = context.said[-1] if context.said else ""
    if (chips := chips_of(found, context.lang)) or found.without:
        given, without = given_of(found, message), list(found.without)
        events.append(Filters(query=found.said, chips=chips, without=without, given=given))
    if not found.products:
        text, cards = _nothing(context, found)
    else:
        cards = [
            product_card(p, context.lang, context.handles, why_found(found, p, context.lang))
            for p in found.products
        ]
        count = _count(context, found)
        lines = [product_line(context, card) for card in cards]
        lines[0] += first_of(context, found.sort)
        text = result_text(context, [count, *lines])
    if cards:
        in_range = bool(found.products)
        events.append(Products(items=cards, carried=found.carried, in_range=in_range))
    return text, events


def _count(context: TurnContext, found: Found) -> str:
    count = len(found.products)
    if not found.carried:
        return _nearest(context, count)
    return say(context.lang, f"{count} products:", f"共{count}件商品：")


def _nearest(context: TurnContext, count: int) -> str:
    return say(
        context.lang,
        f"The shop has nothing like that; tell the shopper so. The {count} nearest products:",
        f"店里没有这样的商品，请如实告诉顾客。最接近的{count}件商品：",
    )


def first_of(context: TurnContext, sort: Sort | None) -> str:
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
    line = product_line(context, card)
    if not found.carried:
        return result_text(context, [_nearest(context, 1), line]), [card]
    none = say(context.lang, "No product in that price range.", "该价格范围内没有商品。")
    return result_text(context, [none, line + first_of(context, Sort("price"))]), [card]


def product_line(context: TurnContext, card: ProductCard) -> str:
    """One product on one line: handle, name, price, stock, rating."""
    stock = f", {stock_text(context, card.stock)}" if card.stock is not None else ""
    rated = say(context.lang, "rated", "评分")
    rating = "" if card.rating is None else f", {rated} {card.rating}"
    return f"{card.handle} {card.title}, {card.price} {card.currency}{stock}{rating}"


def stock_text(context: TurnContext, stock: int | None) -> str:
    """Nothing in stock is said in words: small models read a 0 for a number like any other."""
    if stock is None:
        return say(context.lang, "in stock", "有货")
    if stock:
        return say(context.lang, f"stock {stock}", f"库存 {stock}")
    return say(context.lang, "out of stock", "缺货")


def kept_to(found: Found) -> dict[str, object]:
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
