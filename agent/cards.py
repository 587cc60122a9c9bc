"""Product rows of the database turned into the cards that the screen shows."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from agent.events import Lang, ProductCard, VariantCard
from agent.handles import Handles
from agent.orders.models import Product
from agent.orders.money import to_text
from retrieval.catalogue import in_language

_LABELS = Path(__file__).resolve().parent.parent / "data" / "labels.yaml"


@cache
def _labels() -> dict[str, dict[str, str]]:
    labels: dict[str, dict[str, str]] = yaml.safe_load(_LABELS.read_text(encoding="utf-8"))
    return labels


def label(key: str, lang: Lang) -> str:
    """What an attribute is called in a language; an unknown key is shown as words."""
    return _labels().get(key, {}).get(lang) or key.replace("_", " ")


def attribute_pairs(attributes: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    """Attributes as (label, value) in a language."""
    return [(label(key, lang), value_text(value, lang)) for key, value in attributes.items()]


def value_text(value: object, lang: Lang) -> str:
    """One attribute's value, which may be localised, as text."""
    return in_language(value, lang) if isinstance(value, dict) else str(value)


def options_text(attributes: Mapping[str, Any], lang: Lang) -> str:
    """A variant's options on one line: "moss green, M"."""
    return ", ".join(value_text(value, lang) for value in attributes.values())


def short_title(title: str) -> str:
    """A title without what stands in brackets: how prose calls a product."""
    return _ASIDE.sub("", title).strip()


_ASIDE = re.compile(r"[(（][^)）]*[)）]")


def product_card(
    product: Product, lang: Lang, handles: Handles, why: str = "", review_note: str = ""
) -> ProductCard:
    """The card of one product as the database holds it now."""
    variants = [
        VariantCard(
            id=variant.id,
            options=options_text(variant.attributes, lang),
            price=to_text(variant.price_minor, product.currency),
            stock=variant.stock,
        )
        for variant in product.variants
    ]
    return ProductCard(
        handle=handles.of(product.id),
        id=product.id,
        title=in_language(product.title, lang),
        brand=product.brand,
        category=in_language(product.category, lang),
        price=to_text(product.price_minor, product.currency),
        currency=product.currency,
        stock=product.stock,
        description=in_language(product.description, lang),
        attributes=attribute_pairs(product.attributes, lang),
        variants=variants,
        rating=product.rating,
        review_count=product.review_count,
        review_note=review_note,
        image_url=product.image_url,
        url=product.url,
        why=why,
    )


def comparison_rows(products: Sequence[Product], lang: Lang) -> list[tuple[str, list[str]]]:
    """Every attribute that at least two of the products state, one value for each product."""
    keys = [key for product in products for key in product.attributes]
    shared = [key for key in dict.fromkeys(keys) if keys.count(key) > 1]
    return [
        (label(key, lang), [value_text(p.attributes.get(key, "—"), lang) for p in products])
        for key in shared
    ]
