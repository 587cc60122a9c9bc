"""Whether one product satisfies a request's constraints: their meaning, stated plainly."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from retrieval.catalogue import Local, Product
from retrieval.filters import (
    ANY,
    BRAND,
    CATEGORY,
    TITLE,
    AttributeFilter,
    Filters,
    MeasureFilter,
    brand_words,
    category_path,
    category_paths,
    key_fits,
    on_path,
    rank,
    within,
)
from retrieval.measures import measured
from retrieval.terms import holds, terms


def satisfies(product: Product, filters: Filters) -> bool:
    """Whether a product satisfies every constraint."""
    return (
        _of_category(product, filters.category)
        and _of_brand(product, filters.brand)
        and (
            filters.min_rating is None
            or (product.rating is not None and product.rating >= filters.min_rating)
        )
        and not any(_denied(product, f) for f in filters.attributes if f.negated)
        and _buyable(product, filters)
    )


def _buyable(product: Product, filters: Filters) -> bool:
    """Price, stock, attributes and measures, of the product or jointly of one variant."""
    attributes = [f for f in filters.attributes if not f.negated]
    denied = [f for f in filters.attributes if f.negated]
    texts = _fields(product) | product.attributes
    of_variant = [f for f in attributes if not _has(texts, f)]
    # Whether a product has a principal measure is seen from its variants too.
    named = [product.attributes, *(v.attributes for v in product.variants)]
    measures = [
        (f, _measured_keys(named, f))
        for f in filters.measures
        if not _measures(product.attributes, f, _measured_keys(named, f))
    ]
    if not of_variant and not measures:
        in_stock = product.stock is None or product.stock > 0
        return _affordable(product.price, filters) and (in_stock or not filters.in_stock)
    return any(
        _affordable(variant.price, filters)
        and (variant.stock is None or variant.stock > 0 or not filters.in_stock)
        and all(_has(variant.attributes, f) for f in of_variant)
        and all(_measures(variant.attributes, f, keys) for f, keys in measures)
        and not any(_has(variant.attributes, f) for f in denied)
        for variant in product.variants
    )


def _affordable(price: Decimal, filters: Filters) -> bool:
    return (filters.min_price is None or price >= filters.min_price) and (
        filters.max_price is None or price <= filters.max_price
    )


def _denied(product: Product, wanted: AttributeFilter) -> bool:
    texts = _fields(product) | product.attributes
    if _has(texts, wanted, anywhere=not wanted.key):
        return True
    return bool(product.variants) and all(_has(v.attributes, wanted) for v in product.variants)


def _fields(product: Product) -> dict[str, Local]:
    return {f" {TITLE}": product.title, f" {CATEGORY}": product.category} | (
        {f" {BRAND}": {"": product.brand}} if product.brand else {}
    )


def _has(texts: dict[str, Local], wanted: AttributeFilter, anywhere: bool = False) -> bool:
    return any(
        holds(terms(text), needle)
        for key, value in texts.items()
        if anywhere or key_fits(key, wanted.key)
        for text in value.values()
        for needle in wanted.needles
    )


def _measured_keys(texts: Sequence[dict[str, Local]], wanted: MeasureFilter) -> frozenset[str]:
    """The keys of one product under which the measure is looked for."""
    keys = {
        key
        for attributes in texts
        for key, value in attributes.items()
        if any(True for _ in _values(value, wanted))
    }
    if wanted.key:
        return frozenset(k for k in keys if wanted.key == ANY or key_fits(k, wanted.key))
    ranks = {key: nearness for key in keys if (nearness := rank(key, wanted.dimension)) is not None}
    return frozenset(key for key in ranks if ranks[key] == min(ranks.values()))


def _measures(texts: dict[str, Local], wanted: MeasureFilter, keys: frozenset[str]) -> bool:
    return any(
        (wanted.high is None or low <= wanted.high) and (wanted.low is None or high >= wanted.low)
        for key, value in texts.items()
        if key in keys
        for low, high in _values(value, wanted)
    )


def _values(value: Local, wanted: MeasureFilter) -> Iterator[tuple[float, float]]:
    for text in value.values():
        for quantity in measured(text):
            if quantity.dimension == wanted.dimension:
                yield float(quantity.low), float(quantity.high)


def _of_category(product: Product, wanted: str) -> bool:
    return not wanted.strip() or any(
        on_path(category_path(wanted), path) for path in category_paths(product.category)
    )


def _of_brand(product: Product, wanted: str) -> bool:
    return not wanted.strip() or within(brand_words(wanted), brand_words(product.brand))
