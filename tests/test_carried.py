"""Whether the shop carries what is asked for: error rates on queries that it does not know."""

from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from agent.product_desk import ProductDesk
from agent.settings import CHECKOUT
from agent.shop import Shop
from finetune.pairs import read_pairs
from retrieval.carried import chance
from retrieval.catalogue import read_catalogue, read_whole
from retrieval.embedders import Embedder
from retrieval.engine import Worded
from retrieval.evaluate import read_judgements
from retrieval.search import Searcher
from retrieval.store import IndexStore

ELSEWHERE = CHECKOUT / "data" / "search" / "elsewhere"


def asked_elsewhere() -> list[str]:
    """What shoppers ask of other shops, for goods that this one has not and the model never saw."""
    files = [file for file in sorted(ELSEWHERE.glob("*.jsonl")) if file.stem != "outdoors"]
    held_out = [product for product in read_pairs(files) if product.is_held_out]
    # Every other product: the coefficients were fitted on the rest.
    return [query.text for product in held_out[1::2] for query in product.queries]


@pytest.fixture(scope="module")
def searcher(e5: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    store = IndexStore(tmp_path_factory.mktemp("carried") / "index", dictionary=_dictionary())
    products = read_whole(read_catalogue([CHECKOUT / "data" / "shop" / "products"])).products
    with store.writing():
        store.switch(store.build(products, e5, built_at="").version)
    return Searcher(store, e5)


def _dictionary() -> Path | None:
    file = CHECKOUT / "data" / "build" / "models" / "cc-cedict" / "cedict.txt"
    return file if file.is_file() else None


@pytest.mark.integration
def test_error_rates(searcher: Searcher) -> None:
    judged = read_judgements(CHECKOUT / "data" / "search").queries.values()
    denied = [t for t in judged if not searcher.carries(searcher.understand(t).text or t)]
    asked = asked_elsewhere()
    found_out = [text for text in asked if not searcher.carries(text)]
    print(f"denied though carried: {len(denied)} of {len(judged)}: {denied}")
    print(f"not carried, and told so: {len(found_out)} of {len(asked)}")
    assert len(denied) / len(judged) <= 0.06
    assert len(found_out) / len(asked) >= 0.5


@pytest.mark.integration
@pytest.mark.parametrize("query", ["printer toner", "lipstick", "口红"])
def test_what_no_outdoor_shop_has(searcher: Searcher, query: str) -> None:
    assert not searcher.carries(query)


@pytest.mark.integration
@pytest.mark.parametrize("query", ["tent", "帐篷", "headlamp", "hiking boots", "tent-hollow-2"])
def test_what_it_has(searcher: Searcher, query: str) -> None:
    assert searcher.carries(query)


def test_the_chance_grows_with_what_speaks_for_it() -> None:
    near = [(f"p{n}", 0.88 - 0.004 * n) for n in range(20)]
    none, half = (Worded([("p0", score)], 1.0, np.zeros) for score in (0.0, 0.5))
    of = partial(chance, chinese=False)
    assert of([], half) == 0.0
    assert of(near, none) < of(near, half) < 1
    assert of([(name, cosine - 0.05) for name, cosine in near], half) < of(near, half)


@pytest.fixture
def desk(shop: Shop, searcher: Searcher) -> ProductDesk:
    """The sample shop's products, found by meaning too."""
    return ProductDesk(shop.db, searcher)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("query", "most", "cheapest"),
    [("down jacket", 60, "jacket-xiaoman"), ("socks", 10, "wear-switchback-socks")],
)
def test_below_its_cheapest_there_is_nothing_of_a_kind(
    desk: ProductDesk, query: str, most: int, cheapest: str
) -> None:
    """Though the price range holds goods of other kinds."""
    found = desk.search(query, max_price=Decimal(most))
    assert found.products == [] and found.cheapest is not None
    assert found.cheapest.id == cheapest
    kept = desk.search(query, max_price=Decimal(found.cheapest.price_minor) / 100)
    assert kept.products[0].id == cheapest


@pytest.mark.integration
def test_what_is_called_by_its_name_is_carried(desk: ProductDesk) -> None:
    assert desk.search("海岸线沙滩遮阳棚").carried
    assert desk.search("海岸线沙滩遮阳棚").products[0].id == "tent-shoreline-shade"


@pytest.mark.integration
def test_of_what_is_not_carried_the_nearest_come_first(desk: ProductDesk) -> None:
    """Whatever order is asked for: the cheapest of what is no lipstick is nothing to show."""
    cheapest, plain = desk.search("口红", sort="price_asc"), desk.search("口红")
    assert not cheapest.carried and cheapest.sort is None
    assert [p.id for p in cheapest.products] == [p.id for p in plain.products]
