"""What was understood of a query: one chip for each constraint, and all of them together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal, TypeVar

from retrieval.filters import Filters, Sort

_T = TypeVar("_T")
Kind = Literal[
    "price",
    "rating",
    "stock",
    "category",
    "brand",
    "colour",
    "size",
    "attribute",
    "measure",
    "not",
    "sort",
]


@dataclass(frozen=True, slots=True)
class Chip:
    """One constraint: the words that it came from, its value, and what it adds to a search.

    `text` may be cut from between other words; typing errors in it are corrected. `value` is in
    the catalogue's words, or bounds in a base unit: "≤120", "1950–2050 g".
    """

    kind: Kind
    text: str
    value: str
    filters: Filters = Filters()  # noqa: RUF009
    sort: Sort | None = None

    @property
    def key(self) -> str:
        """Names the chip within its query, to remove it by."""
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Understood:
    """A query as constraints, an order, and the words that are left for ranking."""

    text: str
    chips: tuple[Chip, ...] = ()

    @property
    def filters(self) -> Filters:
        """All constraints together."""
        return reduce(both, (chip.filters for chip in self.chips), Filters())

    @property
    def sort(self) -> Sort | None:
        """The order that was asked for first."""
        return next((chip.sort for chip in self.chips if chip.sort), None)

    def without(self, *keys: str) -> "Understood":
        """The same, but for the constraints of these keys."""
        return replace(self, chips=tuple(c for c in self.chips if c.key not in keys))


def both(a: Filters, b: Filters) -> Filters:
    """Every constraint of either; of two bounds the narrower."""
    return Filters(
        category=a.category or b.category,
        brand=a.brand or b.brand,
        min_price=max(_given(a.min_price, b.min_price), default=None),
        max_price=min(_given(a.max_price, b.max_price), default=None),
        in_stock=a.in_stock or b.in_stock,
        min_rating=max(_given(a.min_rating, b.min_rating), default=None),
        attributes=(*a.attributes, *b.attributes),
        measures=(*a.measures, *b.measures),
    )


def _given(*values: _T | None) -> Iterable[_T]:
    return [value for value in values if value is not None]
