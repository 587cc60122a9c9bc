"""What is shown of products is what the database says now, whatever the index says."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from agent.clock import pinned_clock
from agent.context import ANONYMOUS, Shopper
from agent.errors import NotFound
from agent.indexing import update_index
from agent.orders.database import Database
from agent.orders.importer import import_files
from agent.orders.models import Product
from agent.product_desk import ProductDesk
from retrieval.filters import Sort
from retrieval.search import Searcher
from retrieval.store import IndexStore
from tests.catalogue_fixtures import HashEmbedder, make_product, small_catalogue
from tests.imports import ANA, NOW, put
from tests.imports import ORDER as AN_ORDER

ANA_SIGNED_IN = Shopper.signed_in("ana")


@pytest.fixture
def desk(migrated_sqlite: Path, tmp_path: Path) -> Iterator[ProductDesk]:
    """Two tents, a stove and twenty mugs of 4.50 to 23.50, the cheapest last."""
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    (tmp_path / "shop.db").write_bytes(migrated_sqlite.read_bytes())
    mugs = [make_product(n, price=f"{30 - n}.50", rating=4.0, review_count=n) for n in range(7, 27)]
    store, embedder = IndexStore(tmp_path / "index"), HashEmbedder()
    products = [*small_catalogue()[:3], *mugs]
    update_index(database, store, embedder, products, clock=pinned_clock(NOW))
    yield ProductDesk(database, Searcher(store, embedder))
    database.dispose()


def change(desk: ProductDesk, product_id: str, **values: Any) -> None:
    """Change a product behind the index's back."""
    with desk._db.write() as session:
        session.execute(update(Product).where(Product.id == product_id).values(**values))


def ids(products: list[Product]) -> list[str]:
    return [product.id for product in products]


def test_prices_are_the_databases(desk: ProductDesk) -> None:
    assert "p-001" in ids(desk.search("tent", max_price=Decimal(300)).products)
    change(desk, "p-001", price_minor=30001)
    assert "p-001" not in ids(desk.search("tent", max_price=Decimal(300)).products)
    change(desk, "p-001", price_minor=30000)
    found = desk.search("tent", max_price=Decimal(300)).products[0]
    assert (found.id, found.price_minor) == ("p-001", 30000)
    assert "p-001" not in ids(desk.search("tent", min_price=Decimal("300.01")).products)


def test_stock_is_the_databases(desk: ProductDesk) -> None:
    assert ids(desk.search("tent", in_stock=True).products)[0] == "p-001"
    change(desk, "p-001", stock=0)
    assert "p-001" not in ids(desk.search("tent", in_stock=True).products)
    # Stock that nobody counts is no reason to hide a product.
    assert "p-003" in ids(desk.search("gas stove", in_stock=True).products)


def test_ten_are_found_where_ten_exist(desk: ProductDesk) -> None:
    for number in range(7, 17):
        change(desk, f"p-{number:03d}", stock=0)
    found = desk.search("red mug", in_stock=True, category="Mugs", k=10)
    assert sorted(ids(found.products)) == [f"p-{n:03d}" for n in range(17, 27)]


def test_products_that_are_gone_are_not_shown(desk: ProductDesk) -> None:
    with desk._db.write() as session:
        session.execute(delete(Product).where(Product.id == "p-001"))
    assert "p-001" not in ids(desk.search("tent").products)
    with pytest.raises(NotFound, match=r"There is no product p-001\."):
        desk.get("p-001")
    assert ids(desk.get_many(["p-003", "p-001", "p-002", "p-003"])) == ["p-003", "p-002"]


@pytest.mark.parametrize("category", ["Tents", "outdoor > tents", "帐篷"])
def test_nothing_in_the_price_range_names_the_cheapest(desk: ProductDesk, category: str) -> None:
    found = desk.search("tent", category=category, max_price=Decimal(20))
    assert found.products == []
    assert found.cheapest is not None
    assert found.cheapest.id == "p-001"


def test_the_cheapest_is_the_cheapest_of_all(desk: ProductDesk) -> None:
    found = desk.search("red mug", category="Mugs", max_price=Decimal(1))
    assert found.cheapest is not None
    assert found.cheapest.price_minor == 450


@pytest.mark.parametrize(
    ("sort", "prices"),
    [("price_asc", [450, 550, 650]), ("price_desc", [2350, 2250, 2150])],
)
def test_sorting_ranges_over_the_whole_category(
    desk: ProductDesk, sort: Any, prices: list[int]
) -> None:
    found = desk.search("red mug", category="Mugs", sort=sort, k=3)
    assert [product.price_minor for product in found.products] == prices


@pytest.mark.parametrize(
    ("message", "sort", "sorted_by"),
    [
        ("which of your tents is lightest?", "price_asc", Sort("measure", dimension="mass")),
        ("你们最輕的帐篷是哪款", "price_asc", Sort("measure", dimension="mass")),
        ("the lightest tent and the cheapest mug", "price_asc", Sort("price")),
        ("最轻的帐篷，还有最便宜的杯子", "price_asc", Sort("price")),
        ("a good tent, not too dear", "price_asc", Sort("price")),
        ("the cheapest tent", "relevance", Sort("price")),
        ("a tent", "relevance", None),
    ],
)
def test_an_order_that_the_message_asks_for_stands_before_the_models(
    desk: ProductDesk, message: str, sort: Any, sorted_by: Sort | None
) -> None:
    assert desk.search("tent", category="Tents", sort=sort, message=message).sort == sorted_by


@pytest.fixture
def many(migrated_sqlite: Path, tmp_path: Path) -> Iterator[ProductDesk]:
    """150 mugs that only their prices, 1 to 150, tell apart, and 40 dearer stoves."""
    database = Database(f"sqlite:///{tmp_path / 'many.db'}")
    (tmp_path / "many.db").write_bytes(migrated_sqlite.read_bytes())
    mug = {"title": {"en": "Red mug", "zh": "红色杯子"}}
    stove = {
        "title": {"en": "Gas stove", "zh": "燃气炉"},
        "description": {"en": "Boils water.", "zh": "烧水。"},
        "category": {"en": "Outdoor > Cooking", "zh": "户外 > 炊具"},
    }
    products = [make_product(n, price=f"{n}.00", **stove) for n in range(500, 540)]
    products += [make_product(n, price=f"{n}.00", **mug) for n in range(1, 151)]
    store, embedder = IndexStore(tmp_path / "many"), HashEmbedder()
    update_index(database, store, embedder, products, clock=pinned_clock(NOW))
    yield ProductDesk(database, Searcher(store, embedder))
    database.dispose()


@pytest.mark.parametrize(
    ("query", "prices"),
    [
        ("most expensive mugs", [15000, 14900, 14800]),
        ("cheapest mugs", [100, 200, 300]),
        ("最贵的杯子", [15000, 14900, 14800]),
        ("最便宜的杯子", [100, 200, 300]),
        ("most expensive red mug", [15000, 14900, 14800]),
        ("最贵的红色杯子", [15000, 14900, 14800]),
    ],
)
def test_an_order_ranges_over_more_than_the_most_relevant(
    many: ProductDesk, query: str, prices: list[int]
) -> None:
    for found in (many.search(query, k=3), many.search(query, k=3, message=query)):
        assert [product.price_minor for product in found.products] == prices


@pytest.mark.parametrize("query", ["mugs", "杯子"])
def test_the_cheapest_of_a_large_category(many: ProductDesk, query: str) -> None:
    found = many.search(query, max_price=Decimal("0.50"))
    assert found.products == [] and found.cheapest is not None
    assert found.cheapest.id == "p-001"


@pytest.mark.parametrize("query", ["tents over $5000", "5000美元以上的帐篷"])
def test_above_the_dearest_the_cheapest_is_not_named(desk: ProductDesk, query: str) -> None:
    found = desk.search(query)
    assert (found.products, found.cheapest) == ([], None)


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        ("tents between $260 and $300", None),
        ("260到300美元的帐篷", None),
        ("tents between $100 and $200", "p-001"),
        ("100到200美元的帐篷", "p-001"),
    ],
)
def test_the_cheapest_is_named_where_all_are_dearer(
    desk: ProductDesk, query: str, nearest: str | None
) -> None:
    found = desk.search(query)
    assert found.products == []
    assert (found.cheapest.id if found.cheapest else None) == nearest


@pytest.mark.parametrize(
    ("query", "category", "shown"),
    [
        ("tents", "Mugs", []),
        ("帐篷", "杯子", []),
        ("tents", "Outdoor", ["category:Tents"]),
        ("帐篷", "户外", ["category:帐篷"]),
    ],
)
def test_a_category_that_does_not_hold_is_not_shown(
    desk: ProductDesk, query: str, category: str, shown: list[str]
) -> None:
    found = desk.search(query, category=category, k=30)
    assert [chip.key for chip in found.understood.chips] == shown
    mugs = {f"p-{n:03d}" for n in range(7, 27)}
    assert set(ids(found.products)) == ({"p-001", "p-002"} if shown else mugs)


def test_sorted_by_rating(desk: ProductDesk) -> None:
    change(desk, "p-020", rating=4.9)
    change(desk, "p-009", rating=4.8)
    found = desk.search("red mug", category="Mugs", sort="rating", k=2)
    assert ids(found.products) == ["p-020", "p-009"]


def test_an_unknown_category_or_brand_is_a_word_of_the_query(desk: ProductDesk) -> None:
    found = desk.search("for camping", category="stoves and such", brand="Nobody & Sons")
    assert (found.given.category, found.given.brand) == ("", "")
    assert "p-003" in ids(found.products)
    known = desk.search("tent", brand="云栖")
    assert ids(known.products) == ["p-002"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("Hollow 2 tent", "p-001"), ("gas stove", "p-003"), ("四人家庭帐篷", "p-002"), ("x", None)],
)
def test_a_title_names_one_product(desk: ProductDesk, text: str, found: str | None) -> None:
    named = desk.named(text)
    assert (named.id if named else None) == found


def test_recommended_like_another(desk: ProductDesk) -> None:
    picks = desk.recommend(ANONYMOUS, "p-010", k=3)
    assert len(picks) == 3
    assert all(pick.because == "like" and pick.of and pick.of.id == "p-010" for pick in picks)
    assert "p-010" not in [pick.product.id for pick in picks]
    with pytest.raises(NotFound):
        desk.recommend(ANONYMOUS, "p-999")


def test_recommended_by_what_was_bought(desk: ProductDesk, tmp_path: Path) -> None:
    lines = [AN_ORDER["lines"][0] | {"product_id": "p-010"}]
    put(tmp_path, "customers.jsonl", ANA)
    put(tmp_path, "orders.jsonl", AN_ORDER | {"lines": lines})
    files = [tmp_path / "customers.jsonl", tmp_path / "orders.jsonl"]
    import_files(desk._db, files, clock=pinned_clock(NOW))
    picks = desk.recommend(ANA_SIGNED_IN)
    assert [pick.because for pick in picks][:2] == ["bought", "bought"]
    assert "p-010" not in [pick.product.id for pick in picks]
    assert {pick.because for pick in desk.recommend(ANONYMOUS)} == {"rated"}


def test_recommended_by_rating_are_available_and_of_different_kinds(desk: ProductDesk) -> None:
    picks = [pick.product.id for pick in desk.recommend(ANONYMOUS)]
    # The big tent is sold out; nobody counts the stock of the stove.
    assert "p-002" not in picks
    assert {"p-001", "p-003"} < set(picks)
