"""The numbers of a query as constraints: price, rating, and measures of what is sold.

A number is a price where a currency, a price word or a comparison without another unit says so;
"iphone 11" is none. Every currency is taken as the catalogue's own: nothing is converted.
"""

import re
from dataclasses import replace
from decimal import Decimal
from itertools import zip_longest

from retrieval.filters import ANY, Filters, MeasureFilter
from retrieval.measures import COUNTED, MONEY, NUMBER, STARS, THOUSAND, Quantity
from retrieval.terms import terms
from retrieval.understanding.chips import Chip
from retrieval.understanding.comparisons import Comparison, comparisons
from retrieval.understanding.query import STOP, Query
from retrieval.understanding.vocabulary import LONGEST_NAME, Vocabulary

_PRICE_MARGIN = Decimal("0.2")
_MEASURE_MARGIN = 0.1
_TOLERANCE = 0.025
"""13 ft is 4 m, 34 fl oz is 1 L."""
_DEGREE = 1.0
_POUND = Decimal("453.59237")
_BEST = 5
_FAR = 12
_SYMBOLS = {
    "mass": "g", "length": "m", "area": "m²", "volume": "L", "areal density": "g/m²", "time": "s",
    "temperature": "°C", "power": "W", "energy": "Wh", "charge": "mAh", "voltage": "V",
    "current": "A", "luminous flux": "lm", "frequency": "Hz", "storage": "GB", "pixels": "MP",
    "linear density": "denier", "sound level": "dB", "share": "%", "colour temperature": "K",
}  # fmt: skip
# Said without a comparison and without the attribute's name these are of the shopper, not of what
# is sold: a bag for a 6 year old, a pack for a 4 day trek, 100 % sure.
_NOT_OF_GOODS = frozenset(["time", "share"])
_LINK = frozenset(["is", "of", ":", "=", "为", "是", "在", "at", "a", "an"])
_GOES_ON = frozenset(
    ["without", "not", "no", "non", "excluding", "except", "rated", "rating", "thx", "pls", "lah"]
)
_CLASSIFIER = re.compile(r"\s?[个条层格根支张]")
_NETWORK = re.compile(r"[2-6]g")


def read_figures(query: Query, vocabulary: Vocabulary) -> list[Chip]:
    """Chips for every number that constrains; ranges are taken out of the words to rank by."""
    chips = []
    found = list(comparisons(query.text))
    for comparison, following in zip_longest(found, found[1:]):
        if not query.free(comparison.start, comparison.end):
            continue
        chip = (
            _rating(query, comparison)
            or _price(query, comparison, vocabulary, following)
            or _measure(query, comparison, vocabulary, following)
        )
        if chip:
            chips.append(chip)
    return chips


def _rating(query: Query, found: Comparison) -> Chip | None:
    stars = found.of(STARS)
    quantity = stars or (found.of(NUMBER) if found.about == "rating" else None)
    if quantity is None or not 0 < quantity.low <= _BEST or found.relation == "most":
        return None
    words = query.text[found.start : found.end]
    if found.relation == "is" and not found.about and not re.search(r"\d[\s-]?star", words):
        # 三星 is a brand, 七分 a length of trousers.
        return None
    text = query.words(found.start, found.end)
    query.remove(*_with_particle(query, found.start, found.end))
    return Chip("rating", text, f"≥{quantity.low}", Filters(min_rating=float(quantity.low)))


def _price(
    query: Query, found: Comparison, vocabulary: Vocabulary, following: Comparison | None
) -> Chip | None:
    money = found.of(MONEY)
    if money is None and vocabulary.currency == "GBP":
        money = _sterling(query, found)
    number = _in_full(query, found, vocabulary)
    relation = found.relation
    compared = found.about == "price" or relation != "is"
    if money is None and compared and not _counts_something(query, found, vocabulary, following):
        money = number
    if money is None or found.about == "rating":
        return None
    low, high = money.low, money.high
    bounds: tuple[Decimal | None, Decimal | None]
    match relation:
        case "most":
            bounds = None, high
        case "least":
            bounds = low, None
        case "between":
            bounds = low, high
        case _:
            margin = _PRICE_MARGIN if low == high else 0
            bounds = low * (1 - margin), high * (1 + margin)
    text = query.words(found.start, found.end)
    query.remove(*_with_particle(query, found.start, found.end))
    filters = Filters(min_price=bounds[0], max_price=bounds[1])
    return Chip("price", text, _shown(*bounds), filters)


def _in_full(query: Query, found: Comparison, vocabulary: Vocabulary) -> Quantity | None:
    """A number without a unit; 2k is 2000, but where at least 4K may be asked of what is sold."""
    thousands = found.of(THOUSAND)
    if thousands is None:
        return found.of(NUMBER)
    said = terms(query.text[thousands.start : thousands.end])
    of_goods = found.relation in ("least", "about") and found.about != "price"
    return None if of_goods and vocabulary.is_titled(said) else thousands


def _sterling(query: Query, found: Comparison) -> Quantity | None:
    """Pounds as money, where that is what the catalogue is priced in."""
    mass = found.of("mass")
    if mass is None or "pound" not in query.text[mass.start : mass.end]:
        return None
    low, high = (round(weight / _POUND, 2).normalize() for weight in (mass.low, mass.high))
    return replace(mass, dimension=MONEY, low=low, high=high)


def _counts_something(
    query: Query, found: Comparison, vocabulary: Vocabulary, following: Comparison | None
) -> bool:
    """Whether a bare number is of what follows it or goes before: 3 pockets, R-value over 4."""
    if found.about == "price":
        return False
    if _CLASSIFIER.match(query.text, found.end):
        return True
    if _key_before(query, found.start, vocabulary, NUMBER):
        return True
    after = next((t for t in query.terms if t.start >= found.end), None)
    if after is None or query.text[found.end : after.start].strip():
        return False
    if after.word in _GOES_ON or not query.free(after.start, after.end):
        return False
    if following and following.start <= after.start:
        return False
    word = after.word
    if not word.isascii() or not word.isalpha() or word in STOP:
        return False
    if (after.term,) in vocabulary.keys:
        return not _is_of_next(query, after.start, vocabulary, following)
    return not vocabulary.knows(after.term)


def _is_of_next(
    query: Query, start: int, vocabulary: Vocabulary, following: Comparison | None
) -> bool:
    """Whether the attribute named at a place is what the next number is of."""
    if following is None:
        return False
    dimensions = [q.dimension for q in following.readings if q.dimension != NUMBER]
    named = [_key_before(query, following.compared, vocabulary, d) for d in dimensions]
    return any(name is not None and name[0] <= start for name in named)


def _measure(
    query: Query, found: Comparison, vocabulary: Vocabulary, following: Comparison | None
) -> Chip | None:
    if _NETWORK.fullmatch(query.text[found.start : found.end]):
        return None
    dimensions = [
        q.dimension for q in found.readings if q.dimension not in (MONEY, STARS, THOUSAND)
    ]
    for dimension in dimensions:
        quantity = found.of(dimension)
        if quantity is None:
            continue
        start, end, key = found.compared, found.end, ""
        if named := _key_before(query, start, vocabulary, dimension):
            start, key = named
        elif after := _key_after(query, end, vocabulary, dimension, following):
            end, key = after
        if dimension == NUMBER and (not key or found.relation == "about"):
            continue
        if dimension in _NOT_OF_GOODS and not key and found.relation == "is":
            continue
        key = key or vocabulary.key_for(dimension)
        low, high = _bounds(quantity, found.relation)
        if not vocabulary.has_dimension(dimension):
            continue
        wanted = MeasureFilter(dimension, low, high, key)
        if found.relation == "is" and not vocabulary.has(wanted):
            continue
        text = query.words(start, end)
        if found.relation == "is":
            query.keep(start, end)
        else:
            query.remove(*_with_particle(query, start, end))
        unit = "" if dimension == NUMBER else _SYMBOLS.get(dimension, dimension)
        value = " ".join(filter(None, [key.strip(ANY), _shown(low, high), unit]))
        return Chip("measure", text, value, Filters(measures=(wanted,)))
    return None


def _bounds(quantity: Quantity, relation: str) -> tuple[float | None, float | None]:
    low, high = float(quantity.low), float(quantity.high)
    match relation:
        case "most":
            return None, high
        case "least":
            return low, None
        case "between":
            return low, high
    if quantity.dimension in COUNTED and relation == "is":
        return low, high
    share = _MEASURE_MARGIN if relation == "about" else _TOLERANCE
    margin = _DEGREE if quantity.dimension == "temperature" else max(abs(low), abs(high)) * share
    return low - margin, high + margin


def _key_before(
    query: Query, start: int, vocabulary: Vocabulary, dimension: str
) -> tuple[int, str] | None:
    """The attribute that is named right before a place, and where its name begins."""
    before = [t for t in query.terms if t.end <= start]
    while before and before[-1].word in _LINK:
        before.pop()
    if not before or start - before[-1].end > _FAR:
        return None
    for width in range(min(LONGEST_NAME, len(before)), 0, -1):
        name = tuple(term.term for term in before[-width:])
        key = vocabulary.keys.get(name)
        first = before[-width].start
        if key and vocabulary.key_measures(key, dimension) and query.free(first, before[-1].end):
            return first, key
    return None


def _key_after(
    query: Query, end: int, vocabulary: Vocabulary, dimension: str, following: Comparison | None
) -> tuple[int, str] | None:
    """The attribute that is named right after a place, and where its name ends: 60 L capacity."""
    after = [t for t in query.terms if t.start >= end][:LONGEST_NAME]
    if not after or query.text[end : after[0].start].strip():
        return None
    if following and following.start <= after[0].start:
        return None
    if _is_of_next(query, after[0].start, vocabulary, following):
        return None
    for width in range(len(after), 0, -1):
        key = vocabulary.keys.get(tuple(term.term for term in after[:width]))
        last = after[width - 1].end
        if key and vocabulary.key_measures(key, dimension) and query.free(after[0].start, last):
            return last, key
    if not query.free(after[0].start, after[0].end):
        return None
    beginning = vocabulary.keys_beginning.get(after[0].term, [])
    named = {key for key in beginning if vocabulary.key_measures(key, dimension)}
    # 3000 mm waterproof: of the waterproof rating, if nothing else begins so.
    return (after[0].start, named.pop()) if len(named) == 1 else None


def _with_particle(query: Query, start: int, end: int) -> tuple[int, int]:
    """The place with the 的 after it."""
    return start, end + 1 if query.text[end : end + 1] == "的" else end


def _shown(low: Decimal | float | None, high: Decimal | float | None) -> str:
    if low is None or high is None:
        return f"≤{_short(high)}" if low is None else f"≥{_short(low)}"
    return _short(low) if low == high else f"{_short(low)}–{_short(high)}"


def _short(number: Decimal | float | None) -> str:
    if number is None:
        return ""
    text = f"{number:f}" if isinstance(number, Decimal) else f"{number:.10g}"
    return text.rstrip("0").rstrip(".") if "." in text else text
