"""What reviews tell the shop: for each product and category how many are negative, of what they
complain, whether that grows, and in whose words.

Reviews are anybody's text. They are quoted with their id, masked, short, and so that no word of
them can steer a model or a terminal.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select

from agent.events import Lang
from agent.masking import mask
from agent.normalise import clean, neutralise
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import Product, Review
from agent.reviews.aspects import ASPECTS
from agent.reviews.notes import notes_of
from agent.wording import shorten
from retrieval.catalogue import in_language

Trend = Literal["rising", "falling", "steady", "unknown"]

_DAYS = 90
_SURE = 1.96
_FEWEST = 10
_QUOTED, _CHARACTERS = 2, 160
# They would turn the order of what stands beside them.
_DIRECTIONS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Quote:
    """Words of one review."""

    review_id: str
    rating: int
    text: str


@dataclass(frozen=True)
class Complaint:
    """An aspect that reviews complain of, with examples, the worst first."""

    aspect: str
    reviews: int
    quotes: list[Quote]


@dataclass(frozen=True)
class Insight:
    """What the reviews of one product or category say.

    `trend`: of the share that is negative, the last 90 days against the time before; "unknown"
    where either has fewer than ten reviews, "steady" where chance may be all that differs.
    """

    kind: Literal["product", "category"]
    id: str
    name: str
    reviews: int
    negative: int
    trend: Trend
    notes: list[str]
    complaints: list[Complaint]

    @property
    def share(self) -> float:
        """The share of reviews that is negative."""
        return self.negative / self.reviews


@dataclass(frozen=True)
class _Row:
    id: str
    product_id: str
    rating: int
    text: str
    at: datetime | None
    polarity: str
    sentiment: float
    aspects: dict[str, dict[str, str]]


def read_insights(db: Database, now: datetime, lang: Lang) -> list[Insight]:
    """Categories first, then products, each by how many negative reviews they have."""
    columns = (getattr(Review, name) for name in _Row.__dataclass_fields__)
    with db.read(SYSTEM) as session:
        query = select(*columns).where(Review.scored_by != "").order_by(Review.id)
        rows = [_Row(*row) for row in session.execute(query)]
        products = {p: (t, c) for p, t, c in session.execute(_PRODUCTS)}
    by_product: dict[str, list[_Row]] = {}
    by_category: dict[str, list[_Row]] = {}
    for row in rows:
        by_product.setdefault(row.product_id, []).append(row)
        if row.product_id in products:
            name = in_language(products[row.product_id][1], lang)
            by_category.setdefault(name, []).append(row)
    found = [_insight("category", name, name, own, now, lang) for name, own in by_category.items()]
    for product_id, own in by_product.items():
        title = products[product_id][0] if product_id in products else {}
        name = in_language(title, lang) or product_id
        found.append(_insight("product", product_id, name, own, now, lang))
    return sorted(found, key=lambda i: (i.kind, -i.negative, -i.share, i.id))


_PRODUCTS = select(Product.id, Product.title, Product.category)


def quote(text: str) -> str:
    """A review's words, fit to be shown to staff and to be put before a model."""
    plain = _DIRECTIONS.sub("", " ".join(clean(text).split()))
    return shorten(mask(neutralise(plain)), _CHARACTERS)


def trend(recent: Sequence[bool], before: Sequence[bool]) -> Trend:
    """Whether the share of True grew, by the two-sided test of two proportions at 95 %."""
    if min(len(recent), len(before)) < _FEWEST:
        return "unknown"
    shares = sum(recent) / len(recent), sum(before) / len(before)
    whole = (sum(recent) + sum(before)) / (len(recent) + len(before))
    error = math.sqrt(whole * (1 - whole) * (1 / len(recent) + 1 / len(before)))
    if not error or abs(shares[0] - shares[1]) < _SURE * error:
        return "steady"
    return "rising" if shares[0] > shares[1] else "falling"


def _insight(
    kind: Literal["product", "category"],
    id_: str,
    name: str,
    rows: Sequence[_Row],
    now: datetime,
    lang: Lang,
) -> Insight:
    since = now - timedelta(days=_DAYS)
    dated = [(row.at, row.polarity == "negative") for row in rows if row.at]
    notes = notes_of([row.aspects for row in rows]) if kind == "product" else []
    return Insight(
        kind,
        id_,
        neutralise(name),
        len(rows),
        sum(row.polarity == "negative" for row in rows),
        trend([bad for at, bad in dated if at >= since], [bad for at, bad in dated if at < since]),
        [note.text(lang) for note in notes],
        list(_complaints(rows)),
    )


def _complaints(rows: Sequence[_Row]) -> Iterable[Complaint]:
    of = {
        aspect: [r for r in rows if r.aspects.get(aspect, {}).get("polarity") == "negative"]
        for aspect in ASPECTS
    }
    for aspect, count in Counter({a: len(found) for a, found in of.items()}).most_common():
        if count:
            worst = sorted(of[aspect], key=lambda row: (row.sentiment, row.id))[:_QUOTED]
            quotes = [Quote(row.id, row.rating, quote(row.text)) for row in worst]
            yield Complaint(aspect, count, quotes)
