"""Products as HTML: cards with picture, price, stock and options, and the comparison table."""

from agent.events import Comparison, Lang, ProductCard, VariantCard
from ui.markup import esc, lines, money, picture, tag
from ui.texts import say

FEW = 5  # from here down the stock is shown as a number
_NUMBERED = 2  # two cards or more carry a number, so that "the second one" can be said


def product_grid(items: list[ProductCard], lang: Lang) -> str:
    """The cards as a list, in the order given."""
    numbered = len(items) >= _NUMBERED
    cards = [
        tag("li", product_card(item, lang, number=at if numbered else None))
        for at, item in enumerate(items, start=1)
    ]
    label = say(lang, "shown_one" if len(items) == 1 else "shown", count=len(items))
    return tag("ul", "".join(cards), f"sc-grid sc-grid-{min(len(items), 4)}", aria_label=label)


def product_card(item: ProductCard, lang: Lang, number: int | None = None) -> str:
    """One product: what it is, what it costs, whether it is there, and its details folded away."""
    badge = tag("span", str(number), "sc-number", aria_hidden="true") if number else ""
    body = "".join(
        [
            tag("p", esc(item.brand), "sc-brand") if item.brand else "",
            tag("h3", esc(item.title), "sc-title"),
            _rating(item, lang),
            _price_and_stock(item, lang),
            tag("p", esc(item.review_note), "sc-why") if item.review_note else "",
            tag("p", esc(item.why), "sc-why") if item.why else "",
            _details(item, lang),
        ]
    )
    figure = tag("div", badge + picture(item.image_url, item.id, item.title), "sc-picture")
    return tag(
        "article",
        figure + tag("div", body, "sc-card-body"),
        "sc-card sc-gone" if item.stock == 0 else "sc-card",
        data_product=item.id,
    )


def stock_badge(stock: int | None, lang: Lang) -> str:
    """In stock, the last few, or out of stock, in words and in colour; "" where nobody counts."""
    if stock is None:
        return ""
    if stock <= 0:
        return tag("span", esc(say(lang, "out_of_stock")), "sc-stock sc-none")
    if stock <= FEW:
        return tag("span", esc(say(lang, "few_left", count=stock)), "sc-stock sc-few")
    return tag("span", esc(say(lang, "in_stock")), "sc-stock")


def comparison_table(event: Comparison, lang: Lang) -> str:
    """Products as columns, facts as rows; it scrolls sideways inside itself on a phone."""
    heads = "".join(
        tag("th", picture(item.image_url, item.id, "") + tag("span", esc(item.title)), scope="col")
        for item in event.items
    )
    facts = [
        (say(lang, "price"), [esc(money(item.price, item.currency)) for item in event.items]),
        (say(lang, "stock"), [stock_badge(item.stock, lang) for item in event.items]),
    ]
    facts += [(label, [esc(value) for value in values]) for label, values in event.rows]
    body = "".join(_row(label, cells) for label, cells in facts)
    table = tag("thead", tag("tr", "<td></td>" + heads)) + tag("tbody", body)
    label = say(lang, "comparison")
    return tag(
        "div", tag("table", table), "sc-compare", role="region", aria_label=label, tabindex="0"
    )


def _row(label: str, cells: list[str]) -> str:
    return tag("tr", tag("th", esc(label), scope="row") + "".join(tag("td", c) for c in cells))


def _rating(item: ProductCard, lang: Lang) -> str:
    if item.rating is None:
        return ""
    spoken = say(lang, "rated", rating=f"{item.rating:.1f}", count=item.review_count)
    shown = f"★ {item.rating:.1f} " + tag("small", f"({item.review_count})")
    return tag("p", tag("span", shown, aria_hidden="true") + hidden(spoken), "sc-rating")


def hidden(text: str) -> str:
    """Text for screen readers alone."""
    return tag("span", esc(text), "sc-sr")


def _price_and_stock(item: ProductCard, lang: Lang) -> str:
    price = money(item.price, item.currency)
    if len({variant.price for variant in item.variants}) > 1:
        price = say(lang, "from_price", price=price)
    return tag("p", tag("b", esc(price)) + stock_badge(item.stock, lang), "sc-price")


def _details(item: ProductCard, lang: Lang) -> str:
    attributes = "".join(tag("dt", esc(k)) + tag("dd", esc(v)) for k, v in item.attributes)
    inner = "".join(
        [
            lines(item.description),
            tag("dl", attributes) if attributes else "",
            _options(item.variants, item.currency, lang),
        ]
    )
    return tag("details", tag("summary", esc(say(lang, "details"))) + inner) if inner else ""


def _options(variants: list[VariantCard], currency: str, lang: Lang) -> str:
    if not variants:
        return ""
    heads = "".join(tag("th", esc(say(lang, k)), scope="col") for k in ("option", "price", "stock"))
    rows = "".join(
        tag(
            "tr",
            tag("td", esc(variant.options))
            + tag("td", esc(money(variant.price, currency)))
            + tag("td", stock_badge(variant.stock, lang)),
        )
        for variant in variants
    )
    return tag("table", tag("thead", tag("tr", heads)) + tag("tbody", rows), "sc-options")
