"""What a search may be narrowed by, and which products satisfy it, before any ranking."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Local, Product
from retrieval.words import fold, stems

Mask = NDArray[np.bool_]
CategoryPath = tuple[tuple[str, ...], ...]

_T = TypeVar("_T", bound=Hashable)

_PRICE_UNIT = 10_000
_LARGEST = Decimal(2**62)


@dataclass(frozen=True, slots=True)
class Filters:
    """Constraints that every hit satisfies; the empty ones do not constrain.

    `category` names any level of a category path in any of its languages ("Tents", "帐篷") or a
    path from its top ("Outdoor > Tents"); singular or plural is the same. `brand` is a brand or
    whole words of it. Prices are inclusive, in major units, against the product's price. A product
    whose stock the shop does not count is in stock.
    """

    category: str = ""
    brand: str = ""
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool = False

    def __bool__(self) -> bool:
        return self != Filters()


class Facets:
    """The filterable facts of all products, as arrays in catalogue order."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._prices = np.array([_scaled(p.price, ROUND_FLOOR) for p in products], dtype=np.int64)
        self._in_stock = np.array([p.stock is None or p.stock > 0 for p in products], dtype=bool)
        self._categories, self._category_of = _codes([_paths(p.category) for p in products])
        self._brands, self._brand_of = _codes([_words(p.brand) for p in products])

    def mask(self, filters: Filters) -> Mask | None:
        """Which products satisfy `filters`, shape (products,); None: nothing is constrained."""
        if not filters:
            return None
        mask = np.ones(len(self._prices), dtype=bool)
        if filters.min_price is not None:
            mask &= self._prices >= _scaled(filters.min_price, ROUND_CEILING)
        if filters.max_price is not None:
            mask &= self._prices <= _scaled(filters.max_price, ROUND_FLOOR)
        if filters.in_stock:
            mask &= self._in_stock
        if filters.category.strip():
            wanted = _path(filters.category)
            fits = [any(_on_path(wanted, path) for path in paths) for paths in self._categories]
            mask &= np.array(fits, dtype=bool)[self._category_of]
        if filters.brand.strip():
            wanted_brand = _words(filters.brand)
            fits = [_within(wanted_brand, brand) for brand in self._brands]
            mask &= np.array(fits, dtype=bool)[self._brand_of]
        return mask


def _scaled(price: Decimal, rounding: str) -> int:
    bounded = min(max(price * _PRICE_UNIT, -_LARGEST), _LARGEST)
    return int(bounded.to_integral_value(rounding))


def _codes(values: list[_T]) -> tuple[list[_T], NDArray[np.int64]]:
    codes: dict[_T, int] = {}
    of = [codes.setdefault(value, len(codes)) for value in values]
    return list(codes), np.array(of, dtype=np.int64)


def _path(category: str) -> CategoryPath:
    return tuple(level for part in category.split(">") if (level := stems(part)))


def _paths(category: Local) -> tuple[CategoryPath, ...]:
    return tuple(_path(text) for text in category.values())


def _on_path(wanted: CategoryPath, path: CategoryPath) -> bool:
    return wanted[0] in path if len(wanted) == 1 else bool(wanted) and path[: len(wanted)] == wanted


def _words(brand: str) -> tuple[str, ...]:
    return tuple(fold(brand).split())


def _within(wanted: tuple[str, ...], brand: tuple[str, ...]) -> bool:
    width = len(wanted)
    return any(brand[i : i + width] == wanted for i in range(len(brand) - width + 1))
