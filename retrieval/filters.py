"""What a search may be narrowed by and sorted by, and how its words compare with a product's.

`constraints.satisfies` says what a filter means for one product; `Facets.mask` answers the same for
a whole catalogue.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from retrieval.catalogue import Local
from retrieval.synonyms import SIZE, key_name, needles
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

    With no key it is the product's principal measure, that of `rank` nearest to 0; the key "*" is
    any attribute. A value that is a range satisfies by its overlap.
    """

    dimension: str
    low: float | None = None
    high: float | None = None
    key: str = ""


ANY = "*"
"""The key of a measure that may be any attribute's."""

_PRINCIPAL = {
    "mass": ("weight", "重量", "净含量"),
    "volume": ("capacity", "volume", "容量", "容积", "净含量"),
    "length": ("length", "长度"),
    "power": ("power", "功率"),
}
_STRICT = frozenset(["mass", "volume"])
# The water that a dish needs and the caffeine in it are not its volume and its weight.
_WATERPROOFING = ("waterproof", "防水", "水压", "hydro")
RANKS = 3


@lru_cache(maxsize=1 << 14)
def rank(key: str, dimension: str) -> int | None:
    """How near the attribute is to being the product's own measure; None: it is never meant.

    0: it is named so (weight, capacity); 1: so for short (net weight, 填充物重量) or a size; 2: it
    has the dimension, where that is enough. A water column is no length of a product.
    """
    names = _PRINCIPAL.get(dimension)
    name = key_name(key)
    if names is None or name in map(key_name, names):
        return 0
    plain_name = plain(key.replace("_", " "))
    if name == SIZE or any(plain_name.endswith(word) for word in names):
        return 1
    waterproofing = any(word in plain_name for word in _WATERPROOFING)
    return None if dimension in _STRICT or waterproofing else 2


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
