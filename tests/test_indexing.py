"""SQL and index as one catalogue version, whatever happens between two steps."""

import gc
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from catalogue_fixtures import HashEmbedder, make_product, raise_at, small_catalogue
from click.testing import CliRunner
from sqlalchemy import Update, func, select, update

from agent import indexing
from agent.clock import pinned_clock
from agent.indexing import UpdateReport, rebuild, reconcile, rollback, update_index
from agent.orders.database import Database
from agent.orders.models import CatalogueVersion, Product, Variant
from agent.products import recorded_version, stored_products
from retrieval.catalogue import Product as CatalogueProduct
from retrieval.errors import CatalogueError, IndexMissing
from retrieval.search import Searcher
from retrieval.store import IndexStore
from ui.collecting import seldom_collecting
from ui.commands.index import index as index_command

CLOCK = pinned_clock(datetime(2026, 11, 21, tzinfo=UTC))


class Shop:
    """A database, a store and an embedder, and what both say now."""

    def __init__(self, folder: Path) -> None:
        self.db = Database(f"sqlite:///{folder / 'shop.db'}")
        self.db.migrate()
        self.store = IndexStore(folder / "index")
        self.embedder = HashEmbedder()

    def update(self, products: list[CatalogueProduct], *, force: bool = False) -> UpdateReport:
        return update_index(self.db, self.store, self.embedder, products, clock=CLOCK, force=force)

    def reconcile(self) -> str:
        return reconcile(self.db, self.store, self.embedder, clock=CLOCK)

    def recorded(self) -> str:
        with self.db.read() as session:
            version = recorded_version(session)
        return version.id if version else ""

    def products(self) -> list[CatalogueProduct]:
        with self.db.read() as session:
            return stored_products(session)

    def found(self, query: str = "") -> list[str]:
        searcher = Searcher(self.store, self.embedder)
        return [hit.product_id for hit in searcher.search(query, 100)]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.db.dispose()


def test_first_update_fills_both(shop: Shop) -> None:
    report = shop.update(small_catalogue())
    assert (report.added, report.changed, report.removed, report.embedded) == (6, 0, 0, 12)
    assert report.version == shop.recorded() == shop.store.current()
    assert shop.products() == small_catalogue()
    assert shop.found() == [product.id for product in small_catalogue()]
    with shop.db.read() as session:
        tent = session.get_one(Product, "p-001")
        assert (tent.price_minor, tent.currency, tent.position) == (24900, "USD", 0)
        assert [(v.id, v.price_minor, v.stock) for v in tent.variants] == [
            ("p-001-green", 24900, 3),
            ("p-001-red", 25900, 0),
        ]
        version = session.get_one(CatalogueVersion, report.version)
        assert (version.product_count, version.created_at) == (6, CLOCK())


def test_the_same_again_changes_nothing_but_mends_sql(shop: Shop) -> None:
    first = shop.update(small_catalogue())
    with shop.db.write() as session:
        session.execute(update(Product).where(Product.id == "p-004").values(stock=1))
    again = shop.update(small_catalogue())
    assert again.version == first.version
    assert (again.added, again.changed, again.unchanged, again.embedded) == (0, 1, 5, 0)
    assert shop.store.versions() == [first.version]
    assert shop.products() == small_catalogue()


@pytest.mark.parametrize(
    "drifted",
    [
        update(Product).where(Product.id == "p-001").values(price_minor=1),
        update(Variant).where(Variant.id == "p-001-red").values(stock=7),
        update(Variant).where(Variant.id == "p-001-green").values(price_minor=1),
    ],
    ids=["price", "variant's stock", "variant's price"],
)
def test_what_others_wrote_is_brought_back(shop: Shop, drifted: Update) -> None:
    shop.update(small_catalogue())
    with shop.db.write() as session:
        session.execute(drifted)
    report = shop.update(small_catalogue())
    assert (report.changed, report.unchanged) == (1, 5)
    assert shop.products() == small_catalogue()


def test_rows_of_an_older_schema_are_compared_whole_once(shop: Shop) -> None:
    shop.update(small_catalogue())
    with shop.db.write() as session:
        session.execute(update(Product).values(source_hash="", brand="Nobody"))
        session.execute(update(Product).where(Product.id != "p-002").values(brand="Pine"))
    products = [replace(product, brand="Pine") for product in small_catalogue()]
    report = shop.update(products)
    assert (report.changed, report.unchanged) == (1, 5)
    assert shop.products() == products
    with shop.db.read() as session:
        hashes = {row.id: row.source_hash for row in session.scalars(select(Product))}
    assert hashes == {product.id: product.digest for product in products}


def test_the_same_product_written_otherwise_is_no_change(shop: Shop) -> None:
    shop.update([make_product(1, price="5.00")])
    cheap = make_product(1, price="5.0")
    report = shop.update([cheap])
    assert (report.changed, report.unchanged) == (0, 1)
    with shop.db.read() as session:
        assert session.get_one(Product, "p-001").source_hash == cheap.digest


def test_changes_are_told_apart(shop: Shop) -> None:
    shop.update(small_catalogue())
    products = small_catalogue()
    products[3] = replace(products[3], price=Decimal("3.00"), stock=0)
    products[0] = replace(products[0], variants=products[0].variants[:1])
    del products[4]
    products.insert(0, make_product(7, title={"en": "Blue jug"}))
    report = shop.update(products)
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 2, 1, 3)
    # The title's language alone: the Chinese description makes a second passage.
    assert report.embedded == 2
    assert shop.products() == products
    assert shop.found() == [product.id for product in products]
    with shop.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Variant)) == 1


def test_relative_times_do_not_count_as_changes(shop: Shop) -> None:
    products = [make_product(1, updated_at="@-20d")]
    shop.update(products)
    later = pinned_clock(datetime(2026, 11, 21, 12, tzinfo=UTC))
    report = update_index(shop.db, shop.store, shop.embedder, products, clock=later)
    assert (report.changed, report.unchanged) == (0, 1)
    much_later = pinned_clock(datetime(2026, 11, 24, tzinfo=UTC))
    report = update_index(shop.db, shop.store, shop.embedder, products, clock=much_later)
    assert (report.changed, report.unchanged) == (1, 0)
    assert shop.products()[0].updated_at == "2026-11-04T00:00:00+00:00"


def test_a_shrunken_catalogue_is_refused_without_force(shop: Shop) -> None:
    shop.update(small_catalogue())
    before = shop.recorded()
    with pytest.raises(CatalogueError, match=r"lacks 2 of the 6 products \(33%\).*--force"):
        shop.update(small_catalogue()[:4])
    with pytest.raises(CatalogueError, match="no usable product"):
        shop.update([], force=True)
    assert (shop.recorded(), shop.store.current()) == (before, before)
    shop.update(small_catalogue()[:5])
    assert shop.update(small_catalogue()[:3], force=True).removed == 2


def test_a_price_that_its_currency_cannot_hold_is_refused(shop: Shop) -> None:
    yen = make_product(1, price="12.50", currency="JPY")
    with pytest.raises(CatalogueError, match=r"product p-001: price in JPY: '12.50' has more than"):
        shop.update([yen])
    assert shop.store.versions() == []


def test_dry_run_writes_nothing(shop: Shop) -> None:
    report = update_index(
        shop.db, shop.store, shop.embedder, small_catalogue(), clock=CLOCK, dry_run=True
    )
    assert (report.added, report.embedded, report.version) == (6, 12, "")
    assert shop.embedder.encoded == []
    assert shop.store.versions() == []
    assert shop.products() == []


class Killed(BaseException):
    """Stands for SIGKILL: nothing handles it."""


@pytest.mark.parametrize("target", ["record_version", "write", "switch", "prune", "build"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_between_any_two_steps_both_agree_after_reconciling(
    shop: Shop, target: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.update(small_catalogue())
    first = shop.recorded()
    owner = shop.store if target in ("switch", "prune", "build") else indexing
    real, die = getattr(owner, target), raise_at(1, Killed)

    def step(*args: object, **kwargs: object) -> object:
        if when == "before":
            die()
        result = real(*args, **kwargs)
        die()
        return result

    monkeypatch.setattr(owner, target, step)
    changed = [*small_catalogue()[:5], make_product(9, title={"en": "Blue jug"})]
    with pytest.raises(Killed):
        shop.update(changed)
    monkeypatch.undo()
    # Whatever was killed, the index that serves is whole, and SQL is one whole version.
    assert shop.store.fault() == ""
    assert shop.products() in (small_catalogue(), changed)
    mended = shop.reconcile()
    assert bool(mended) == (target == "switch" and when == "before")
    assert shop.store.current() == shop.recorded()
    assert shop.found() == [product.id for product in shop.products()]
    assert (shop.recorded() == first) == (shop.products() == small_catalogue())
    report = shop.update(changed)
    assert report.version == shop.recorded() == shop.store.current()
    assert shop.found("blue jug")[0] == "p-009"


def test_reconcile_rebuilds_what_is_gone_or_damaged(shop: Shop) -> None:
    assert shop.reconcile() == ""
    first = shop.update(small_catalogue()).version
    assert shop.reconcile() == ""
    (shop.store.folder / "versions" / first / "products.jsonl").write_text("{}")
    assert "rebuilt as 000002-" in shop.reconcile()
    assert shop.store.current() == shop.recorded()
    assert shop.found() == [product.id for product in small_catalogue()]
    (shop.store.folder / "current").unlink()
    assert "switched" in shop.reconcile()


def test_rebuild_takes_nothing_over(shop: Shop) -> None:
    with pytest.raises(IndexMissing, match="no products"):
        rebuild(shop.db, shop.store, shop.embedder, clock=CLOCK)
    shop.update(small_catalogue())
    built = rebuild(shop.db, shop.store, shop.embedder, clock=CLOCK)
    assert (built.products, built.embedded) == (6, 12)
    assert built.version == shop.recorded() == shop.store.current()
    assert shop.products() == small_catalogue()


def test_rollback_brings_back_products_and_index(shop: Shop) -> None:
    first = shop.update(small_catalogue()).version
    products = [replace(product, price=Decimal("1.00")) for product in small_catalogue()[:5]]
    shop.update(products)
    report = rollback(shop.db, shop.store, clock=CLOCK)
    assert report.version == first == shop.recorded() == shop.store.current()
    assert (report.added, report.changed) == (1, 5)
    assert shop.products() == small_catalogue()
    with pytest.raises(IndexMissing, match="no whole version before"):
        rollback(shop.db, shop.store, clock=CLOCK)
    assert shop.update(products).version > first


@pytest.fixture
def command(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    monkeypatch.setattr("ui.materials.fetched_embedder", lambda _: shop.embedder)
    return CliRunner()


def test_the_command_from_file_to_status(command: CliRunner, shop: Shop, tmp_path: Path) -> None:
    rows = [{"id": f"a{n}", "title": f"Mug {n}", "price": "5.00"} for n in range(4)]
    rows[1]["price"] = "free"
    file = tmp_path / "shop.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = command.invoke(index_command, ["update", str(file)])
    assert (done.exit_code, "3 products: 3 were added" in done.stdout) == (0, True), done.output
    assert "bad row: shop.jsonl:2: price: 'free' is no decimal number" in done.stderr
    dry = command.invoke(index_command, ["update", str(file), "--dry-run", "--json"])
    report = json.loads(dry.stdout)
    assert (report["unchanged"], report["bad_rows"], report["dry_run"]) == (3, 1, True)
    assert report["problems"][0] | {"message": ""} == {
        "file": "shop.jsonl",
        "line": 2,
        "field": "price",
        "message": "",
        "kept": False,
    }
    status = json.loads(command.invoke(index_command, ["status", "--json"]).stdout)
    assert status["current"] == shop.store.current()
    assert status["versions"][0]["products"] == 3
    assert command.invoke(index_command, ["verify"]).exit_code == 0
    (shop.store.folder / "versions" / status["current"] / "products.jsonl").write_text("")
    broken = command.invoke(index_command, ["verify", "--json"])
    assert (broken.exit_code, json.loads(broken.stdout)["ok"]) == (1, False)
    rebuilt = command.invoke(index_command, ["rebuild", "--json"])
    assert json.loads(rebuilt.stdout)["products"] == 3
    assert command.invoke(index_command, ["verify"]).exit_code == 0


def test_garbage_is_looked_for_as_before_whatever_happens() -> None:
    before = gc.get_threshold()
    with pytest.raises(CatalogueError), seldom_collecting():
        assert gc.get_threshold()[0] > before[0]
        raise CatalogueError("no usable product")
    assert gc.get_threshold() == before


def test_every_command_shows_an_example(command: CliRunner) -> None:
    for name in index_command.commands:
        shown = command.invoke(index_command, [name, "--help"]).stdout
        assert f"shopclerk index {name}" in shown


def test_another_shops_catalogue_by_its_mapping(shop: Shop, tmp_path: Path) -> None:
    """The shape of the catalogue that data/mappings/retail_demo_store.yaml is for."""
    from agent.settings import CHECKOUT
    from retrieval.catalogue import read_catalogue, read_whole
    from retrieval.inputs.mapping import load_mapping

    row = {
        "id": "6579c22f",
        "current_stock": 15,
        "name": "Expedition Backpack",
        "category": "accessories",
        "style": "backpack",
        "description": "A rugged pack.",
        "price": 129.99,
        "image": "6579c22f.jpg",
        "gender_affinity": "F",
        "where_visible": "UI",
    }
    (tmp_path / "x.jsonl").write_text(json.dumps(row), encoding="utf-8")
    mapping = load_mapping(CHECKOUT / "data" / "mappings" / "retail_demo_store.yaml")
    catalogue = read_whole(read_catalogue(tmp_path / "x.jsonl", mapping))
    assert catalogue.problems == []
    shop.update(catalogue.products)
    with shop.db.read() as session:
        pack = session.get_one(Product, "6579c22f")
        assert (pack.price_minor, pack.currency, pack.stock) == (12999, "USD", 15)
        assert pack.category == {"": "accessories > backpack"}
        assert pack.image_url == "/images/6579c22f.jpg"
        assert pack.attributes["gender"] == {"": "women"}
        assert pack.extra == {"where_visible": "UI"}
    assert shop.found("rugged backpack") == ["6579c22f"]
