"""What the shop sells, found by the index and read from the database.

The index only proposes: price, stock and text come from SQL at the moment they are shown, every
hit is checked against the request again, and what fell out is filled up from further hits.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from rapidfuzz.distance import LCSseq
from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from agent.context import Shopper
from agent.errors import NotFound
from agent.orders.database import Database
from agent.orders.models import Order, OrderLine, Product
from agent.products import as_catalogue
from agent.unwanted import also_unwanted
from retrieval.catalogue import in_language
from retrieval.constraints import satisfies
from retrieval.filters import Filters, Sort
from retrieval.search import Searcher
from retrieval.understanding.chips import Understood, both
from retrieval.understanding.superlatives import superlatives
from retrieval.words import simplified

SortName = Literal["relevance", "price_asc", "price_desc", "rating", "newest"]

# A Chinese character counts as a word.
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")

_AT_ONCE = 60
"""Products of an order that are read from the database at once."""
NEAREST = 3
"""Products that are shown where none is what was asked for."""

NEAREST_CALLED = 5
"""Products among which one is looked for that a message calls by its name."""
_MOST_OF_TITLE = 0.6

_SORTS: dict[SortName, Sort] = {
    "price_asc": Sort("price"),
    "price_desc": Sort("price", descending=True),
    "rating": Sort("rating", descending=True),
    "newest": Sort("newest", descending=True),
}


@dataclass(frozen=True)
class Found:
    """Products that satisfy a request, best first, and what of the request was a constraint.

    `said` is the query and `understood` what was read from it, but for the chips `without`;
    `given` came beside it. `cheapest` is set when the highest price alone left nothing: the
    cheapest product of the same kind. Not `carried`: the products are merely what comes closest.
    """

    products: list[Product]
    said: str
    understood: Understood
    given: Filters
    without: tuple[str, ...] = ()
    sort: Sort | None = None
    cheapest: Product | None = None
    carried: bool = True


@dataclass(frozen=True)
class Recommendation:
    """One recommended product, and the product or fact that it is recommended for."""

    product: Product
    because: Literal["like", "bought", "rated"]
    of: Product | None = None


class ProductDesk:
    """Products of one shop. Threads may share it."""

    def __init__(self, db: Database, index: Searcher) -> None:
        self._db = db
        self._index = index

    @property
    def version(self) -> str:
        """The catalogue version that answers now. Raises IndexMissing, IndexDamaged."""
        return self._index.version

    def read(self, said: str) -> Understood:
        """What code makes of a shopper's words."""
        return self._index.understand(said)

    def search(
        self,
        query: str,
        *,
        category: str = "",
        brand: str = "",
        min_price: Decimal | None = None,
        max_price: Decimal | None = None,
        in_stock: bool = False,
        min_rating: float | None = None,
        sort: SortName = "relevance",
        k: int = 6,
        without: Collection[str] = (),
        message: str = "",
    ) -> Found:
        """The best `k` products; every one satisfies every constraint, by the database.

        What the query itself asks for ("under 50", "最轻") holds too, but for the chips whose keys
        are in `without`. A category or brand that the shop does not know is taken as words.
        So does what the whole `message` does not want ("nothing with down in it").
        `message` is what the shopper typed in whole, which counts as much as the query made of it:
        of 107 questions whose product was known it stood third or higher 99 times, by the query
        alone 92 (2026-11-27). `sort` holds unless the message asks for other orders alone.
        """
        known_category = category if self._known(Filters(category=category)) else ""
        known_brand = brand if self._known(Filters(brand=brand)) else ""
        words = [query, "" if known_category else category, "" if known_brand else brand]
        said = " ".join(word.strip() for word in words if word.strip())
        given = Filters(
            category=known_category,
            brand=known_brand,
            min_price=min_price,
            max_price=max_price,
            in_stock=in_stock,
            min_rating=min_rating,
        )
        typed = self._index.understand(message)
        understood = also_unwanted(self._index.understand(said), typed).without(*without)
        understood = self._index.settled(given, understood)
        order = _order(sort, message) or understood.sort or typed.sort
        filters = both(understood.filters, given)
        told = typed.text
        products = self._best(understood.text, filters, order, k, told)
        carried = bool(filters.category) or self.carries(understood.text)
        if not carried:
            products, order = self._matching(understood.text, filters, NEAREST, told), None
        prices = Filters(min_price=filters.min_price, max_price=filters.max_price)
        priced = bool(prices)
        if products and priced and carried and not self._has_kind(understood.text, filters, prices):
            # Within the bounds there are products, but of other kinds.
            products = []
        found = Found(products, said, understood, given, tuple(without), order, carried=carried)
        if products or filters.max_price is None:
            return found
        cheapest = self._cheapest(understood.text, replace(filters, min_price=None, max_price=None))
        # Below the least price that was asked for the cheapest is what comes least close.
        near = cheapest and holds(cheapest, Filters(min_price=filters.min_price))
        return replace(found, cheapest=cheapest if near else None)

    def by(self, product_ids: Sequence[str], sort: Sort) -> list[Product]:
        """Those of the products that have a value to sort by, in that order."""
        return self.get_many(self._index.by(product_ids, sort))

    def carries(self, text: str) -> bool:
        """Whether there is what is asked for: of its kind, or called by that very name."""
        return self._index.carries(text) or self.named(text) is not None

    def has_word(self, text: str) -> bool:
        """Whether any product has a word of a text."""
        return self._index.has_word(text)

    def _has_kind(self, text: str, filters: Filters, prices: Filters) -> bool:
        if filters.category:
            return True
        return self._index.has_kind(text, prices) or self.named(text, prices) is not None

    def _best(
        self, text: str, filters: Filters, sort: Sort | None, k: int, said: str = ""
    ) -> list[Product]:
        if sort is None:
            return self._matching(text, filters, k, said)
        ids = self._index.ordered(text, sort, filters, said)
        kept: list[Product] = []
        reach = max(2 * k, _AT_ONCE)
        for start in range(0, len(ids), reach):
            rows = self.get_many(ids[start : start + reach])
            kept += [row for row in rows if holds(row, filters)]
            if len(kept) >= k:
                break
        # What may have changed since the index was built is the database's to say.
        return _sorted(kept, sort)[:k]

    def _cheapest(self, text: str, filters: Filters) -> Product | None:
        """The cheapest of the kind: the best below the lowest price at which there is any."""
        order = _SORTS["price_asc"]
        # What is far from the best may be of the kind all the same: the bound tells.
        near = self._matching(text, filters, _AT_ONCE)
        by_price = _sorted([*near, *self._best(text, filters, order, _AT_ONCE)], order)
        bounds = [replace(filters, max_price=as_catalogue(product).price) for product in by_price]
        lowest = bisect_left(bounds, True, key=lambda bound: self._index.has_kind(text, bound))
        found = self._matching(text, bounds[lowest], 1) if lowest < len(bounds) else by_price
        return next(iter(found), None)

    def get(self, product_id: str) -> Product:
        """One product by its id. Raises NotFound."""
        found = self.get_many([product_id])
        if not found:
            raise NotFound(f"There is no product {product_id}.")
        return found[0]

    def get_many(self, product_ids: Sequence[str]) -> list[Product]:
        """The products of these ids, in this order; ids that are gone are left out."""
        statement = (
            select(Product)
            .where(Product.id.in_(product_ids))
            .options(selectinload(Product.variants))
        )
        with self._db.read() as session:
            by_id = {product.id: product for product in session.scalars(statement)}
        return [by_id[i] for i in dict.fromkeys(product_ids) if i in by_id]

    def named(self, text: str, filters: Filters = Filters()) -> Product | None:  # noqa: B008
        """The one product whose title the text is, or holds, or leaves words out of; else None."""
        wanted = text.strip().casefold()
        if len(wanted) < 2:
            return None
        hits = self._index.search(text, k=5, filters=filters)
        near = self.get_many([hit.product_id for hit in hits])
        titles = [(p, [title.casefold() for title in p.title.values() if title]) for p in near]
        exact = [p for p, names in titles if wanted in names]
        part = [p for p, names in titles if any(wanted in n or n in wanted for n in names)]
        words = _WORD.findall(wanted)
        some = [p for p, names in titles if any(_left_out(words, n) for n in names)]
        alone = [found[0] for found in (part, some) if len(found) == 1]
        return exact[0] if exact else alone[0] if alone else None

    def called(self, said: str) -> Product | None:
        """The product that a message calls by its name: by most of its title, or by the title's
        first word or characters where no other of the nearest has them ("the Clearbrook", 喜鹊).
        """
        hits = self._index.search(said, k=NEAREST_CALLED)
        near = self.get_many([hit.product_id for hit in hits])
        shares = [_title_share(product, said) for product in near]
        most = max([_MOST_OF_TITLE, *shares])
        named = [product for product, share in zip(near, shares, strict=True) if share == most]
        begun = [product for product in near if begins(product, said)]
        first = {_title_words(product)[0] for product in begun}
        alone = len(begun) == 1 and sum(first <= set(_title_words(p)) for p in near) == 1
        found = named or (begun if alone else _by_beginning(near, said))
        return found[0] if len(found) == 1 else None

    def recommend(
        self, shopper: Shopper, like: str | None = None, k: int = 4
    ) -> list[Recommendation]:
        """Products in stock: like a given one, else like what the shopper bought, else well rated.

        What the shopper already bought is left out.
        """
        bought = self._bought(shopper)
        if like:
            return self._like(self.get(like), "like", {*bought, like}, k)
        picks: list[Recommendation] = []
        for seed in self.get_many(bought[:2]):
            taken = {*bought, *(pick.product.id for pick in picks)}
            picks += self._like(seed, "bought", taken, k // 2)
        taken = {*bought, *(pick.product.id for pick in picks)}
        return picks + self._well_rated(taken, k - len(picks))

    def _known(self, filters: Filters) -> bool:
        """Whether the catalogue has that category or brand at all."""
        return bool(filters) and bool(self._index.search("", k=1, filters=filters))

    def _matching(self, text: str, filters: Filters, k: int, said: str = "") -> list[Product]:
        """Hits re-read and re-checked, asking the index for more until `k` are left."""
        asked = k
        while True:
            hits = self._index.search(text, k=asked, filters=filters, said=said)
            rows = self.get_many([hit.product_id for hit in hits])
            kept = [row for row in rows if holds(row, filters)]
            if len(kept) >= k or len(hits) < asked:
                return kept[:k]
            asked *= 2

    def _like(
        self, seed: Product, because: Literal["like", "bought"], leave_out: set[str], k: int
    ) -> list[Recommendation]:
        available = Filters(in_stock=True)
        hits = self._index.similar(seed.id, k=k + len(leave_out), filters=available)
        rows = self.get_many([hit.product_id for hit in hits if hit.product_id not in leave_out])
        kept = [row for row in rows if holds(row, available)]
        return [Recommendation(row, because, seed) for row in kept[:k]]

    def _bought(self, shopper: Shopper) -> list[str]:
        """Ids of what the shopper bought, latest first; nothing for the anonymous."""
        statement = (
            select(OrderLine.product_id)
            .join(Order, Order.id == OrderLine.order_id)
            .where(Order.customer_id == (shopper.customer_id or ""))
            .order_by(Order.placed_at.desc(), OrderLine.line)
        )
        with self._db.read() as session:
            return list(dict.fromkeys(session.scalars(statement)))

    def _well_rated(self, leave_out: set[str], k: int) -> list[Recommendation]:
        """In stock, the best of each category by rating.

        Ratings are shrunk towards 4 with the weight of 20 reviews: the usual Bayesian average.
        """
        score = (func.coalesce(Product.rating, 0) * Product.review_count + 80.0) / (
            Product.review_count + 20
        )
        statement = (
            select(Product)
            .where(or_(Product.stock.is_(None), Product.stock > 0), Product.id.not_in(leave_out))
            .order_by(score.desc(), Product.position)
            .limit(20 * k)
            .options(selectinload(Product.variants))
        )
        with self._db.read() as session:
            rows = list(session.scalars(statement))
        first_of: dict[str, Product] = {}
        for row in rows:
            first_of.setdefault(in_language(row.category, "en"), row)
        return [Recommendation(row, "rated") for row in list(first_of.values())[:k]]


def sort_name(sort: Sort | None) -> SortName | None:
    """What the tools call an order; None for relevance and for an order that they cannot ask."""
    return next((name for name, named in _SORTS.items() if named == sort), None)


def _order(sort: SortName, message: str) -> Sort | None:
    """The order of that name, unless a message asks for others alone: a small model sorts by price
    where the lightest is wanted."""
    order = _SORTS.get(sort)
    asked = {other for other, *_ in superlatives(simplified(message).lower())}
    return order if not asked or order in asked else None


def holds(product: Product, filters: Filters) -> bool:
    """Whether the row as it is now satisfies the filters, variants and all."""
    return not filters or satisfies(as_catalogue(product), filters)


def is_named(product: Product, said: str) -> bool:
    """Whether a message holds most of the words of the product's title, in their order."""
    return _title_share(product, said) >= _MOST_OF_TITLE


def _title_share(product: Product, said: str) -> float:
    """The share of a title's words that a message holds in their order, of the best language."""
    words = _WORD.findall(said.casefold())
    titles = [_WORD.findall(text.casefold()) for text in product.title.values() if text]
    return max(
        (LCSseq.similarity(words, title) / len(title) for title in titles if title), default=0.0
    )


def _title_words(product: Product) -> list[str]:
    return _WORD.findall(str(product.title.get("en") or "").casefold())


def begins(product: Product, said: str) -> bool:
    """Whether a message has the English word that a product's title begins with: "the Granite"."""
    title = _title_words(product)
    return bool(title) and len(title[0]) > 4 and title[0] in _WORD.findall(said.casefold())


def _by_beginning(products: Sequence[Product], said: str) -> list[Product]:
    """Those of whose Chinese titles a message has the most characters from the beginning on."""
    plain = "".join(said.casefold().split())
    shared = [
        _beginning("".join(str(p.title.get("zh") or "").casefold().split()), plain)
        for p in products
    ]
    most = max(shared, default=0)
    return [p for p, count in zip(products, shared, strict=True) if count == most >= 2]


def _beginning(title: str, said: str) -> int:
    """How many characters of a Chinese title a message has, from its beginning on."""
    if not title or title[0] < "\u3400":
        return 0
    return next((n for n in range(len(title), 0, -1) if title[:n] in said), 0)


def _left_out(words: Sequence[str], title: str) -> bool:
    """Whether `words`, two of them or more, stand in a title in their order."""
    found = LCSseq.similarity(words, _WORD.findall(title))
    return len(words) > 1 and found == len(words)


def _sorted(products: list[Product], sort: Sort) -> list[Product]:
    """By what the database says where it says it; what an attribute measures is the index's."""
    if sort.by == "price":
        return sorted(products, key=lambda p: p.price_minor, reverse=sort.descending)
    if sort.by == "rating":
        return sorted(products, key=lambda p: p.rating or 0, reverse=sort.descending)
    return products
