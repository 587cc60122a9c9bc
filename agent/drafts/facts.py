"""What a draft may say of a product: its row as short lines, in one language."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.cards import label, value_text
from agent.events import Lang
from agent.grounding import is_mixed
from agent.orders.models import Product
from agent.orders.money import to_text
from agent.wording import say
from retrieval.catalogue import in_language
from retrieval.words import has_chinese


@dataclass(frozen=True)
class Fact:
    """One line of the row: its key, what the key is called, and the value.

    `each`: the values of the variants, where they differ; `value` lists them.
    """

    key: str
    name: str
    value: str
    each: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """A product's facts in a language; `listed` are all but the title."""

    product_id: str
    lang: Lang
    title: str
    brand: str
    listed: tuple[Fact, ...]

    def __iter__(self) -> Iterator[Fact]:
        """The title first, then what is listed."""
        yield Fact("title", label("title", self.lang), self.title)
        yield from self.listed


def facts_of(product: Product, lang: Lang, *, price: bool = False, rating: bool = False) -> Facts:
    """The facts of a row; its description is none, since it may praise what no column states.

    An attribute of variants is one fact with each of its values once. What the row has in the
    other language alone is left out.
    """
    category = in_language(product.category, lang).rpartition(">")[2].strip()
    rows = {"brand": product.brand, "category": category}
    rows |= {key: value_text(value, lang) for key, value in product.attributes.items()}
    of_variants: dict[str, dict[str, None]] = {}
    for variant in product.variants:
        for key, value in variant.attributes.items():
            of_variants.setdefault(key, {})[value_text(value, lang)] = None
    each = {key: tuple(values) for key, values in of_variants.items() if len(values) > 1}
    rows |= {key: " / ".join(values) for key, values in of_variants.items()}
    if price:
        rows["price"] = _price(product, lang)
    if rating and product.rating is not None:
        rows["rating"] = say(
            lang,
            f"{product.rating} of 5, {product.review_count} reviews",
            f"{product.rating} 分（满分 5 分），{product.review_count} 条评价",
        )
    return Facts(
        product_id=product.id,
        lang=lang,
        title=in_language(product.title, lang),
        brand=product.brand,
        listed=tuple(
            Fact(key, label(key, lang), value, each.get(key, ()))
            for key, value in rows.items()
            if value and (key == "brand" or _is_in(value, lang))
        ),
    )


def _is_in(value: str, lang: Lang) -> bool:
    return not (has_chinese(value) if lang == "en" else is_mixed(value, lang))


def _price(product: Product, lang: Lang) -> str:
    prices = {product.price_minor, *(variant.price_minor for variant in product.variants)}
    least = f"{to_text(min(prices), product.currency)} {product.currency}"
    return say(lang, f"from {least}", f"{least} 起") if len(prices) > 1 else least
