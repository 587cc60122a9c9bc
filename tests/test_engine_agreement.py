"""One catalogue in files and in PostgreSQL: the same answers in the same order."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from catalogue_fixtures import HashEmbedder, small_catalogue

from agent.settings import CHECKOUT
from retrieval.catalogue import Product, read_catalogue, read_whole
from retrieval.facets import Filters
from retrieval.search import Hit, Searcher
from tests.index_engines import DISTRIBUTED, compared_up_to, files, postgres, publish
from ui.measuring.scratch_postgres import ScratchServer

ROUNDING = 1e-6


def shop_catalogue() -> list[Product]:
    return read_whole(read_catalogue([CHECKOUT / "data" / "shop" / "products"])).products


@dataclass(frozen=True)
class Pair:
    """One catalogue in two engines."""

    here: Searcher
    there: Searcher

    def agree(self, find: Callable[[Searcher], list[Hit]]) -> list[str]:
        """The ids that both find, in one order with the same scores, to within rounding.

        Products whose scores are nearer than that may change places.
        """
        expected, found = find(self.here), find(self.there)
        assert [h.score for h in found] == pytest.approx([h.score for h in expected], abs=ROUNDING)
        score_of = {hit.product_id: hit.score for hit in expected}
        for ours, theirs in zip(expected, found, strict=True):
            if ours.product_id != theirs.product_id:
                # One that fell out at the end can only be as good as the last.
                tied = score_of.get(theirs.product_id, expected[-1].score)
                assert tied == pytest.approx(ours.score, abs=ROUNDING), (ours, theirs)
        ranks = {hit.product_id: hit.lexical_rank for hit in expected}
        assert all(ranks.get(h.product_id, h.lexical_rank) == h.lexical_rank for h in found)
        return [hit.product_id for hit in found]


CATALOGUES = {"small": small_catalogue, "shop": shop_catalogue}


@pytest.fixture(scope="module", params=DISTRIBUTED)
def pairs(
    request: pytest.FixtureRequest,
    pgvector_server: ScratchServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, bool], Pair]:
    """The catalogue of a name, with vectors or with words alone, in files and in PostgreSQL."""
    made: dict[tuple[str, bool], Pair] = {}

    def pair(name: str, vectors: bool = True) -> Pair:
        if (name, vectors) not in made:
            embedder = HashEmbedder() if vectors else None
            products = CATALOGUES[name]()
            engines = [
                files(tmp_path_factory.mktemp("pair")),
                postgres(pgvector_server.create(), compared_up_to(request.param)),
            ]
            stores = [engine.store() for engine in engines]
            for store in stores:
                publish(store, products, embedder)
            made[name, vectors] = Pair(*(Searcher(store, embedder) for store in stores))
        return made[name, vectors]

    return pair


QUERIES = [
    "a two-person tent for camping in the rain",
    "双人帐篷",
    "warm sleeping bag",
    "冬天用的睡袋 轻",
    "headphones",
    "红色 mug",
    "coffee grinder manual",
    "tennt",
    "LED 台灯 usb",
    "p-001",
    "does not occur anywhere zzzz",
]
FILTERS: list[dict[str, Any]] = [
    {},
    {"max_price": Decimal(50)},
    {"min_price": Decimal("20"), "max_price": Decimal("21.50")},
    {"in_stock": True},
    {"category": "tents"},
    {"category": "户外", "in_stock": True, "max_price": Decimal(300)},
    {"brand": "no such brand"},
]


@pytest.mark.parametrize("narrowed", FILTERS, ids=str)
@pytest.mark.parametrize("vectors", [True, False], ids=["vectors", "words"])
@pytest.mark.parametrize("name", CATALOGUES)
def test_both_find_the_same(
    pairs: Callable[[str, bool], Pair], name: str, vectors: bool, narrowed: dict[str, Any]
) -> None:
    pair = pairs(name, vectors)
    for query in QUERIES:
        for k in (3, 10, 200):
            pair.agree(lambda s, q=query, k=k: s.search(q, k, Filters(**narrowed)))  # type: ignore[misc]


def test_both_know_codes_and_catalogue_order(pairs: Callable[[str, bool], Pair]) -> None:
    shop, small = pairs("shop", True), pairs("small", True)
    first = shop_catalogue()[40]
    assert shop.agree(lambda s: s.search(first.id.upper(), 5))[0] == first.id
    assert small.agree(lambda s: s.search("fh 2000x", 2))[0] == "p-001"
    assert small.agree(lambda s: s.search("p-001-GREEN", 2))[0] == "p-001"
    in_order = shop.agree(lambda s: s.search(" ", 7))
    assert in_order == [product.id for product in shop_catalogue()[:7]]


def test_both_find_similar_products(pairs: Callable[[str, bool], Pair]) -> None:
    shop = pairs("shop", True)
    for product in shop_catalogue()[::16]:
        for limits in (Filters(), Filters(max_price=Decimal(40), in_stock=True)):
            found = shop.agree(lambda s, p=product, f=limits: s.similar(p.id, 12, f))  # type: ignore[misc]
            assert product.id not in found
    assert shop.agree(lambda s: s.similar("gone", 3)) == []


def test_both_know_the_same_of_the_catalogue(pairs: Callable[[str, bool], Pair]) -> None:
    shop = pairs("shop", True)
    assert shop.there.categories == shop.here.categories
    assert shop.there.brands == shop.here.brands
    assert shop.there.version == shop.here.version
