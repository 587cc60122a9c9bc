"""The filterable facts of a whole catalogue as arrays: which products satisfy some constraints."""

from array import array
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Product
from retrieval.facts import Facts
from retrieval.filters import (
    AttributeFilter,
    CategoryPath,
    Filters,
    MeasureFilter,
    Sort,
    brand_words,
    category_path,
    category_paths,
    on_path,
    within,
)

__all__ = ["AttributeFilter", "Facets", "Filters", "Mask", "MeasureFilter", "Sort"]

Mask = NDArray[np.bool_]
Keys = NDArray[np.float64]

_T = TypeVar("_T", bound=Hashable)
_P = TypeVar("_P", bound=Hashable)

_PRICE_UNIT = 10_000
_LARGEST = Decimal(2**62)
_SIZES = ("volume", "people", "area", "length")


class Facets:
    """The filterable facts of all products, as arrays in catalogue order."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._prices = _prices(p.price for p in products)
        self._in_stock = np.array([p.stock is None or p.stock > 0 for p in products], dtype=bool)
        self._ratings = np.array(
            [np.nan if p.rating is None else p.rating for p in products], dtype=np.float64
        )
        self._updated = _times([p.updated_at for p in products])
        paths = [category_paths(p.category) for p in products]
        self._categories = _Names(paths, lambda paths: (level for path in paths for level in path))
        self._brands = _Names([brand_words(p.brand) for p in products], lambda words: words)
        counts = [len(p.variants) for p in products]
        self._owner = np.repeat(np.arange(len(products)), counts)
        self._variant_prices = _prices(v.price for p in products for v in p.variants)
        self._variant_in_stock = np.array(
            [v.stock is None or v.stock > 0 for p in products for v in p.variants], dtype=bool
        )
        self._variant_counts = np.array(counts, dtype=np.int64)
        self.facts = Facts(products, self._owner)

    def mask(self, filters: Filters) -> Mask | None:
        """Which products satisfy `filters`, shape (products,); None: nothing is constrained."""
        if not filters:
            return None
        mask = np.ones(len(self._prices), dtype=bool)
        if filters.category.strip():
            mask &= self._categories.fitting(category_path(filters.category), _on_a_path)
        if filters.brand.strip():
            mask &= self._brands.fitting(brand_words(filters.brand), within)
        if filters.min_rating is not None:
            mask &= self._ratings >= filters.min_rating
        if not filters.attributes and not filters.measures:
            return mask & self._buyable(filters, self._prices, self._in_stock)
        return mask & self._by_facts(filters)

    def sort_keys(self, sort: Sort, mask: Mask | None = None) -> Keys:
        """A number for each product, the smaller the earlier; inf: it has none. Shape (products,).

        `mask`: the products among which "size" chooses its dimension.
        """
        if sort.by == "price":
            keys = self._prices.astype(np.float64)
        elif sort.by == "rating":
            keys = self._ratings
        elif sort.by == "newest":
            keys = self._updated
        else:
            dimensions = _SIZES if sort.by == "size" else (sort.dimension,)
            every = np.ones(len(self._prices), dtype=bool) if mask is None else mask
            values = [self.facts.values(d, sort.key, sort.descending) for d in dimensions]
            keys = max(values, key=lambda v: int(np.count_nonzero(~np.isnan(v) & every)))
        keys = -keys if sort.descending else keys
        return np.where(np.isnan(keys), np.inf, keys)

    def _buyable(self, filters: Filters, prices: NDArray[np.int64], in_stock: Mask) -> Mask:
        mask = np.ones(len(prices), dtype=bool)
        if filters.min_price is not None:
            mask &= prices >= _scaled(filters.min_price, ROUND_CEILING)
        if filters.max_price is not None:
            mask &= prices <= _scaled(filters.max_price, ROUND_FLOOR)
        if filters.in_stock:
            mask &= in_stock
        return mask

    def _by_facts(self, filters: Filters) -> Mask:
        """Attributes, measures, price and stock, each of the product or jointly of one variant."""
        own = np.ones(len(self._prices), dtype=bool)
        joint = np.ones(len(self._owner), dtype=bool)
        denied = np.zeros(len(self._prices), dtype=bool)
        every: list[AttributeFilter | MeasureFilter] = [*filters.attributes, *filters.measures]
        for wanted in every:
            products, variants = self.facts.having(wanted)
            if isinstance(wanted, AttributeFilter) and wanted.negated:
                with_it = np.bincount(self._owner[variants], minlength=len(self._prices))
                denied |= products | (
                    (self._variant_counts > 0) & (with_it == self._variant_counts)
                )
                joint &= ~variants
                continue
            own &= products
            joint &= variants | products[self._owner]
        joint &= self._buyable(filters, self._variant_prices, self._variant_in_stock)
        by_variant = np.zeros(len(self._prices), dtype=bool)
        by_variant[self._owner[joint]] = True
        by_itself = self._buyable(filters, self._prices, self._in_stock)
        return ~denied & np.where(own, by_itself, by_variant)


class _Names(Generic[_T, _P]):
    """A name of each product, interned, with the names that have a part in common."""

    def __init__(self, names: Sequence[_T], parts: Callable[[_T], Iterable[_P]]) -> None:
        codes: dict[_T, int] = {}
        self._of = np.array([codes.setdefault(n, len(codes)) for n in names], dtype=np.int32)
        self._names = list(codes)
        self._with: dict[_P, list[int]] = {}
        for name, code in codes.items():
            for part in dict.fromkeys(parts(name)):
                self._with.setdefault(part, []).append(code)

    def fitting(self, wanted: tuple[_P, ...], fits: Callable[[tuple[_P, ...], _T], bool]) -> Mask:
        """Which products' name fits the wanted parts; no parts fit nothing."""
        chosen = np.zeros(len(self._names), dtype=bool)
        for code in self._with.get(wanted[0], ()) if wanted else ():
            chosen[code] = fits(wanted, self._names[code])
        return np.asarray(chosen[self._of], dtype=bool)


def _on_a_path(wanted: CategoryPath, paths: tuple[CategoryPath, ...]) -> bool:
    return any(on_path(wanted, path) for path in paths)


def _prices(prices: Iterable[Decimal]) -> NDArray[np.int64]:
    return np.array([_scaled(price, ROUND_FLOOR) for price in prices], dtype=np.int64)


def _scaled(price: Decimal, rounding: str) -> int:
    bounded = min(max(price * _PRICE_UNIT, -_LARGEST), _LARGEST)
    return int(bounded.to_integral_value(rounding))


def _times(texts: list[str]) -> Keys:
    """Seconds since 1970; "@-6d" counts from now, as times of one catalogue are compared."""
    now = datetime.now(UTC)
    units = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
    found = array("d")
    for text in texts:
        if not text:
            found.append(np.nan)
        elif text.startswith("@"):
            found.append((now + float(text[1:-1]) * units[text[-1]]).timestamp())
        else:
            time = datetime.fromisoformat(text)
            found.append((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
    return np.array(found, dtype=np.float64)
