"""Unique queries out of real texts, and filters that let 1 % to 80 % of a catalogue through."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from retrieval.catalogue import Product
from retrieval.errors import CatalogueError
from retrieval.filters import Filters
from retrieval.words import fold
from ui.measuring.peers import Allows, Facts

SHARES = (0.01, 0.05, 0.2, 0.5, 0.8)
"""What the price ranges let through."""

_LEAST, _MOST = 0.01, 0.8
_TRIES = 50


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One filter as our search and as the peers take it; `share` is what it lets through."""

    filters: Filters
    allows: Allows
    share: float


def questions(
    products: Sequence[Product], judged: Sequence[str], count: int, seed: int = 7
) -> list[str]:
    """`count` queries, no two alike: the judged ones first, then out of titles and attributes.

    Raises CatalogueError where the products' texts give fewer.
    """
    rng = random.Random(seed)
    found: dict[str, str] = {}
    for text in judged:
        found.setdefault(fold(text), text)
    for _ in range(_TRIES * count):
        if len(found) >= count:
            break
        text = _question(rng.choice(products), rng)
        found.setdefault(fold(text), text)
    if len(found) < count:
        raise CatalogueError(
            f"{len(products)} products give only {len(found)} different queries of the {count} "
            "that are needed; take more --products or fewer --queries"
        )
    asked = list(found.values())[:count]
    rng.shuffle(asked)
    return asked


def narrowings(facts: Sequence[Facts]) -> list[Narrowing]:
    """Price ranges, stock, brands and categories, and stock with a price or brand."""
    prices = sorted(fact["price"] for fact in facts)
    ranges = [_price_range(prices, share) for share in SHARES]
    cheap = Decimal(str(prices[len(prices) // 2]))
    wanted = [
        *ranges,
        Filters(in_stock=True),
        Filters(in_stock=True, max_price=cheap),
    ]
    for brand in _frequent(facts, "brand"):
        wanted += [Filters(brand=brand), Filters(brand=brand, in_stock=True)]
    wanted += [Filters(category=category) for category in _frequent(facts, "category")]
    found = [Narrowing(filters, allows(filters), 0.0) for filters in wanted]
    measured = [
        Narrowing(n.filters, n.allows, sum(map(n.allows, facts)) / len(facts)) for n in found
    ]
    kept = [n for n in measured if _LEAST / 2 <= n.share <= _MOST + 0.05]
    return kept or measured


def allows(filters: Filters) -> Allows:
    """The same constraints as a function of one product's facts, as a user of the peers has it."""
    low = float(filters.min_price) if filters.min_price is not None else float("-inf")
    high = float(filters.max_price) if filters.max_price is not None else float("inf")

    def check(facts: Facts) -> bool:
        return (
            low <= facts["price"] <= high
            and (not filters.in_stock or facts["stock"] is None or facts["stock"] > 0)
            and (not filters.brand or facts["brand"] == filters.brand)
            and (not filters.category or facts["category"] == filters.category)
        )

    return check


def _question(product: Product, rng: random.Random) -> str:
    title = rng.choice(list(product.title.values()))
    words = title.split()
    if len(words) < 3:
        # Chinese, or a short title: as many characters as a shopper types.
        start = rng.randrange(max(1, len(title) - 5))
        return title[start : start + rng.randrange(4, 9)]
    start = rng.randrange(len(words) - 1)
    said = words[start : start + rng.randrange(2, 5)]
    values = [text for value in product.attributes.values() for text in value.values()]
    if values and rng.random() < 0.3:
        said = [*rng.choice(values).split()[:3], *said]
    return " ".join(said)


def _price_range(prices: Sequence[float], share: float) -> Filters:
    """The middle `share` of all prices."""
    first = round((len(prices) - 1) * (0.5 - share / 2))
    last = round((len(prices) - 1) * (0.5 + share / 2))
    return Filters(min_price=Decimal(str(prices[first])), max_price=Decimal(str(prices[last])))


def _frequent(facts: Sequence[Facts], name: str) -> Iterator[str]:
    """Two names that at least 1 % of the products have: the most frequent and the least so."""
    counts = Counter(fact[name] for fact in facts if fact[name])
    often = [value for value, count in counts.most_common() if count >= _LEAST * len(facts)]
    yield from dict.fromkeys(often[:1] + often[-1:])
