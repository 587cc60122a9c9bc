"""What a search may be narrowed by and sorted by, and how its words compare with a product's.

`constraints.satisfies` says what a filter means for one product; `Facets.mask` answers the same for
a whole catalogue.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from retrieval.catalogue import Local
from retrieval.synonyms import key_name, needles
from retrieval.terms import Terms, plain
from retrieval.words import stems

CategoryPath = tuple[tuple[str, ...], ...]

TITLE, CATEGORY, BRAND = "title", "category", "brand"
"""Names that a key may have for the fields of a product that are no attributes."""


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """A value under `key` (any attribute where empty) holds `words`, or one of `others`.

    Values are compared by stems and, for basic colours and materials, in either language. `key`
    may be an attribute's name in either language, or brand, category or title. `negated`: none
    does; with no key, the title, category and brand must not hold the words either.
    """

    words: str
    key: str = ""
    negated: bool = False
    others: tuple[str, ...] = ()

    @property
    def needles(self) -> tuple[Terms, ...]:
        """The term sequences of which a value holds at least one."""
        return tuple(n for words in (self.words, *self.others) for n in needles(words))


@dataclass(frozen=True, slots=True)
class MeasureFilter:
    """A value of the dimension lies within the bounds, inclusive, in the base unit.

    With no key it is the product's principal measure: under one of the names in `PRINCIPAL` if the
    product has such, else any. A value that is a range satisfies by its overlap.
    """

    dimension: str
    low: float | None = None
    high: float | None = None
    key: str = ""


PRINCIPAL = {
    "mass": frozenset(map(key_name, ["weight", "net weight"])),
    "length": frozenset(map(key_name, ["length"])),
    "volume": frozenset(map(key_name, ["capacity", "volume"])),
    "power": frozenset(map(key_name, ["power", "output power", "额定功率"])),
}
"""Which attributes a measure is of when the request does not say."""

_WATERPROOFING = ("waterproof", "防水", "水压", "hydro")


@dataclass(frozen=True, slots=True)
class Filters:
    """Constraints that every hit satisfies; the empty ones do not constrain.

    `category` names any level of a category path in any of its languages ("Tents", "帐篷") or a
    path from its top ("Outdoor > Tents"); singular or plural is the same. `brand` is a brand or
    whole words of it. Prices are inclusive, in major units. A product whose stock the shop does
    not count is in stock; one without a rating has none of `min_rating`.

    Price and stock are the product's own, unless an attribute or measure is found in variants
    only: then one variant has all of those, the price and the stock ("red under 250 in stock").
    """

    category: str = ""
    brand: str = ""
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool = False
    min_rating: float | None = None
    attributes: tuple[AttributeFilter, ...] = ()
    measures: tuple[MeasureFilter, ...] = ()

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Sort:
    """An order other than by relevance.

    `dimension` and `key` are for measures; "size" is whichever of capacity, people, area and
    length most of the products have.
    """

    by: Literal["price", "rating", "newest", "measure", "size"]
    descending: bool = False
    dimension: str = ""
    key: str = ""


def key_fits(key: str, wanted: str) -> bool:
    """Whether an attribute is one that a filter's key means; a field's key starts with a space."""
    return key_name(key) == key_name(wanted) if wanted else not key.startswith(" ")


def is_principal(key: str, dimension: str) -> bool:
    """Whether the attribute is what a measure without a key means."""
    return key_name(key) in PRINCIPAL.get(dimension, ())


def is_of_size(key: str, dimension: str) -> bool:
    """Whether a length under this key is one of the thing itself: a water column is not."""
    return dimension != "length" or not any(word in key.lower() for word in _WATERPROOFING)


def category_path(category: str) -> CategoryPath:
    """The levels of a path, each as stems."""
    return tuple(level for part in category.split(">") if (level := stems(part)))


def category_paths(category: Local) -> tuple[CategoryPath, ...]:
    """The path in each language."""
    return tuple(category_path(text) for text in category.values())


def on_path(wanted: CategoryPath, path: CategoryPath) -> bool:
    """Whether a level, or the start of the path, is the wanted one."""
    return wanted[0] in path if len(wanted) == 1 else bool(wanted) and path[: len(wanted)] == wanted


def brand_words(brand: str) -> tuple[str, ...]:
    """A brand's words, without case and accents; a run of Chinese is one word."""
    return tuple(plain(brand).split())


def within(wanted: tuple[str, ...], brand: tuple[str, ...]) -> bool:
    """Whether the wanted words stand side by side in the brand."""
    width = len(wanted)
    return any(brand[i : i + width] == wanted for i in range(len(brand) - width + 1))
