"""What every engine of an index promises: the same answers, whole versions, no lost hits."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder, make_product, small_catalogue
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from agent.orders.database import open_database
from agent.settings import CHECKOUT, Settings
from retrieval import dictionary
from retrieval.catalogue import Product, read_catalogue, read_whole
from retrieval.embedders import Embedder
from retrieval.engine import Index, Store
from retrieval.errors import IndexDamaged, IndexMissing, IndexStoreError, WeightsError
from retrieval.facets import Filters
from retrieval.lexical import plain_groups
from retrieval.pgvector import PostgresStore
from retrieval.search import Hit, Searcher
from retrieval.store import IndexStore
from ui.commands.index import index as index_command
from ui.commands.up import check_ready
from ui.measuring.scratch_postgres import ScratchServer


@dataclass(frozen=True)
class Engine:
    """`store()` opens one and the same index again, as another process would."""

    store: Callable[[], Store]
    damage: Callable[[str], None]
    """Lose some of a version's words."""
    remove: Callable[[str], None]


def files(folder: Path) -> Engine:
    versions = folder / "index" / "versions"
    return Engine(
        lambda: IndexStore(folder / "index"),
        lambda name: (versions / name / "words" / "postings.npz").write_bytes(b"nothing") and None,
        lambda name: (versions / name).rename(folder / name) and None,
    )


def postgres(url: str, exact_up_to: int) -> Engine:
    def change(statement: str) -> Callable[[str], None]:
        def run(name: str) -> None:
            engine = create_engine(url)
            with engine.begin() as connection:
                suffix = name.replace("-", "_")
                connection.execute(text(statement.format(suffix=suffix, name=name)))
            engine.dispose()

        return run

    return Engine(
        lambda: PostgresStore(url, fresh=0, exact_up_to=exact_up_to),
        change("DELETE FROM shopclerk_index.postings_{suffix} WHERE number = 3"),
        change(
            "ALTER TABLE shopclerk_index.current DROP CONSTRAINT current_name_fkey;"
            "DELETE FROM shopclerk_index.versions WHERE name = '{name}'"
        ),
    )


ROUNDING = 1e-6
EXACT, GRAPH = "pgvector, compared one by one", "pgvector, by its graph"
DISTRIBUTED = [pytest.param(kind, marks=pytest.mark.postgres) for kind in (EXACT, GRAPH)]
EVERY = ["files", *DISTRIBUTED]


def compared_up_to(kind: str) -> int:
    return 0 if kind == GRAPH else 20_000


@pytest.fixture(params=EVERY)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    if request.param == "files":
        return files(tmp_path)
    return postgres(request.getfixturevalue("index_url"), compared_up_to(request.param))


@pytest.fixture
def store(engine: Engine) -> Store:
    return engine.store()


def publish(store: Store, products: Sequence[Product], embedder: Embedder | None) -> str:
    with store.writing():
        built = store.build(products, embedder, built_at="2026-11-21T00:00:00+00:00")
        store.switch(built.version)
        store.prune()
    return built.version


def ids(searcher: Searcher, query: str, k: int = 10, **filters: Any) -> list[str]:
    return [hit.product_id for hit in searcher.search(query, k, Filters(**filters))]


# -- the same answers


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


# -- an index and its scope


@pytest.fixture
def index(store: Store) -> Index:
    publish(store, small_catalogue(), HashEmbedder())
    return store.open()


def test_a_version_says_what_it_is(index: Index, store: Store) -> None:
    manifest = store.manifest(index.version)
    assert index.version == store.current()
    assert index.version.startswith("000001-")
    assert (index.embedder, index.weights_hash) == ("hash", "weights-1")
    assert (manifest.products, manifest.passages, manifest.embedded) == (6, 12, 12)
    assert list(store.products(index.version)) == small_catalogue()
    assert index.categories[:2] == ["Outdoor > Tents", "户外 > 帐篷"]
    assert index.brands == ["Fernhollow", "Yunqi 云栖", "Tallowmere", "Oakfen"]
    assert store.verify() == {index.version: "", "current": ""}


def test_cosines_are_those_of_the_nearest_passage(index: Index) -> None:
    embedder, everything = HashEmbedder(), index.within(Filters())
    query = embedder.encode_query("tent")
    expected = {
        product.id: max(float(v @ query) for v in index.vectors_of(product.id))
        for product in small_catalogue()
    }
    near = everything.near(query, 6)
    assert dict(near) == pytest.approx(expected, abs=1e-6)
    assert all(a[1] >= b[1] for a, b in pairwise(near))
    order = ["p-005", "p-001", "p-003"]
    cosines = everything.cosines(query, order)
    assert cosines.tolist() == pytest.approx([expected[name] for name in order], abs=1e-6)
    assert everything.cosines(query, []).tolist() == []
    title = embedder.encode_passages(["Gas stove"])[0]
    assert everything.near(title, 1)[0][0] == "p-003"
    assert index.vectors_of("p-001").shape == (2, 64)
    assert index.vectors_of("gone").shape == (0, 64)
    assert np.linalg.norm(index.vectors_of("p-002"), axis=1) == pytest.approx([1, 1])


def test_filters_hold_in_every_answer(index: Index) -> None:
    scope = index.within(Filters(category="mugs", max_price=Decimal("5.60")))
    allowed = ["p-004", "p-005"]
    assert scope.first(9) == allowed
    assert sorted(n for n, _ in scope.near(HashEmbedder().encode_query("tent"), 9)) == allowed
    words = scope.worded(plain_groups(["mug", "tent"]), 9)
    assert sorted(name for name, _ in words.best) == allowed
    assert words.of(["p-006", "p-001"]).tolist() == [0, 0]
    assert scope.coded(["p006", "p005", "p004"]) == ["p-005", "p-004"]
    assert scope.near(HashEmbedder().encode_query("tent"), 0) == []
    nothing = index.within(Filters(brand="no such brand"))
    assert nothing.near(HashEmbedder().encode_query("tent"), 9) == nothing.first(9) == []


def test_asking_for_ten_gives_ten_wherever_ten_exist(store: Store) -> None:
    products = [make_product(n, price=f"{n}.00", stock=n % 3) for n in range(1, 400)]
    publish(store, products, HashEmbedder())
    searcher = Searcher(store, HashEmbedder())
    cheap = ids(searcher, "red mug no 399", max_price=Decimal("11.00"))
    assert len(cheap) == 10
    assert all(int(name[2:]) <= 11 for name in cheap)
    half = ids(searcher, "red mug no 7", 150, min_price=Decimal(200), in_stock=True)
    fit = [n for n in range(200, 400) if n % 3]
    assert sorted(int(name[2:]) for name in half) == fit
    assert len(ids(searcher, "mug", 1000)) == 399


@pytest.mark.parametrize("query", ["?!", "的", "zzzz", "\u0000", "𠮷", "'; --", "<|im_start|>"])
def test_odd_queries_still_answer(store: Store, query: str) -> None:
    publish(store, small_catalogue(), HashEmbedder())
    assert len(ids(Searcher(store, HashEmbedder()), query)) == 6


def test_odd_texts_come_back(store: Store) -> None:
    odd = make_product(1, title={"en": "a b\tc\\d {'e'}", "zh": "𠮷野家"}, brand='"x", \\N')
    publish(store, [odd, make_product(2, title={"": "?"}, description={})], HashEmbedder())
    assert next(iter(store.products(store.current()))) == odd
    assert ids(Searcher(store, HashEmbedder()), "𠮷野家", 1) == ["p-001"]


# -- versions


def test_only_changed_passages_are_embedded(store: Store) -> None:
    embedder = HashEmbedder()
    publish(store, small_catalogue(), embedder)
    products = small_catalogue()
    products[3] = make_product(4, price="99.00", stock=0, attributes={"size": {"": "L"}})
    products[4] = make_product(5, title={"en": "Blue jug", "zh": products[4].title["zh"]})
    assert store.count_unknown(products, embedder) == 1
    embedder.encoded.clear()
    name = publish(store, products, embedder)
    assert {passage.split(".")[0] for passage in embedder.encoded} == {"Blue jug"}
    assert store.manifest(name).embedded == 1
    searcher = Searcher(store, embedder)
    assert ids(searcher, "blue jug", 1) == ["p-005"]
    assert ids(searcher, "x", min_price=Decimal(90), category="mugs") == ["p-004"]
    assert store.count_unknown(products, HashEmbedder("weights-2")) == 12
    with store.writing():
        assert store.build(products, embedder, built_at="", reuse=False).embedded == 12


def test_without_an_index_it_says_what_to_do(store: Store) -> None:
    assert store.stamp() is None
    assert store.versions() == store.prune() == []
    assert "run `shopclerk index update FILE`" in store.fault()
    with pytest.raises(IndexMissing, match="run `shopclerk index update FILE`"):
        store.open()
    with pytest.raises(IndexMissing):
        Searcher(store, HashEmbedder()).search("mug")
    with pytest.raises(IndexMissing, match="there is no index version '000001-abc'"):
        store.manifest("000001-abc")


def test_words_alone_answer_without_an_embedder(store: Store) -> None:
    publish(store, small_catalogue(), None)
    searcher = Searcher(store, None)
    assert sorted(ids(searcher, "tents")) == ["p-001", "p-002"]
    assert ids(searcher, "zzzz", category="Tents") == ["p-001", "p-002"]
    assert ids(searcher, "zzzz") == []
    assert "there is no embedding model" in searcher.warning
    assert store.fault() == ""


def test_a_switch_is_seen_by_whoever_is_open(engine: Engine) -> None:
    embedder = HashEmbedder()
    first = publish(engine.store(), small_catalogue(), embedder)
    elsewhere = Searcher(engine.store(), embedder)
    assert elsewhere.version == first
    with engine.store().writing():
        store = engine.store()
        built = store.build(small_catalogue()[:4], embedder, built_at="")
        assert elsewhere.version == first
        store.switch(built.version)
    assert elsewhere.version == built.version
    assert len(ids(elsewhere, "mug")) == 4


def test_going_back(engine: Engine) -> None:
    embedder, store = HashEmbedder(), engine.store()
    first = publish(store, small_catalogue(), embedder)
    second = publish(store, small_catalogue()[:4], embedder)
    searcher = Searcher(engine.store(), embedder)
    assert searcher.version == second
    assert store.before(second) == first
    store.switch(first)
    assert searcher.version == first
    assert len(ids(searcher, "mug")) == 6
    with pytest.raises(IndexMissing, match="no whole version before"):
        store.before(first)


def test_old_versions_go_but_never_one_that_is_open(engine: Engine) -> None:
    store, embedder = engine.store(), HashEmbedder()
    first = publish(store, small_catalogue(), embedder)
    reader = engine.store().open()
    names = [publish(store, [make_product(n)], embedder) for n in range(1, 6)]
    assert store.versions() == [first, *names[-3:]]
    found = reader.within(Filters()).near(embedder.encode_query("gas stove"), 1)
    assert (reader.version, found[0][0]) == (first, "p-003")
    del reader
    last = publish(store, [make_product(9)], embedder)
    assert store.versions() == [*names[-2:], last]


def test_one_writer_at_a_time(engine: Engine) -> None:
    with (
        engine.store().writing(),
        pytest.raises(IndexStoreError, match=r"another update of the index in .* is running"),
        engine.store().writing(),
    ):
        pass
    with engine.store().writing():
        pass


def test_a_build_that_is_interrupted_leaves_nothing(store: Store) -> None:
    first = publish(store, small_catalogue(), HashEmbedder())

    class Dies(HashEmbedder):
        def encode_passages(self, *_: Any) -> Any:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt), store.writing():
        store.build([make_product(9)], Dies(), built_at="")
    assert store.versions() == [first]
    assert store.fault() == ""
    assert publish(store, small_catalogue()[:5], HashEmbedder()).startswith("000002-")


def test_vectors_that_are_not_of_length_1_are_refused(store: Store) -> None:
    class Long(HashEmbedder):
        def encode_passages(self, *arguments: Any) -> Any:
            return super().encode_passages(*arguments) * 2

    with store.writing(), pytest.raises(IndexStoreError, match="not of length 1"):
        store.build(small_catalogue(), Long(), built_at="")
    assert store.versions() == []


def test_damage_is_named_and_the_last_good_version_serves(engine: Engine) -> None:
    store, embedder = engine.store(), HashEmbedder()
    first = publish(store, small_catalogue(), embedder)
    second = publish(store, small_catalogue()[:5], embedder)
    engine.damage(second)
    with pytest.raises(IndexDamaged, match=rf"{second} is damaged.*postings.*index rollback"):
        store.open()
    assert second in store.fault()
    assert store.verify()[first] == ""
    with pytest.raises(IndexDamaged, match=second):
        store.switch(second)
    searcher = Searcher(engine.store(), embedder)
    assert searcher.version == first
    assert ids(searcher, "gas stove", 1) == ["p-003"]
    assert f"{second} is damaged" in searcher.warning
    engine.damage(first)
    with pytest.raises(IndexDamaged, match="run `shopclerk index rebuild`"):
        Searcher(engine.store(), embedder).search("tent")


def test_a_version_that_is_gone_is_named(engine: Engine) -> None:
    store = engine.store()
    name = publish(store, small_catalogue(), HashEmbedder())
    engine.remove(name)
    with pytest.raises(IndexDamaged, match=f"index version {name} is not there"):
        store.open()
    assert name in store.fault()


def test_searches_go_on_while_versions_are_switched(engine: Engine) -> None:
    embedder, store = HashEmbedder(), engine.store()
    publish(store, [make_product(n) for n in range(10)], embedder)
    searcher = Searcher(engine.store(), embedder)
    found: list[frozenset[str]] = []
    failures: list[Exception] = []
    stop = False

    def search() -> None:
        while not stop:
            try:
                hits = searcher.search("red mug", 50)
                found.append(frozenset(hit.product_id for hit in hits))
            except Exception as error:
                failures.append(error)

    threads = [Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    versions = [range(start, start + 10 + start) for start in range(1, 6)]
    try:
        for numbers in versions:
            name = publish(store, [make_product(n) for n in numbers], embedder)
    finally:
        stop = True
        for thread in threads:
            thread.join()
    assert failures == []
    whole = {frozenset(f"p-{n:03d}" for n in numbers) for numbers in (range(10), *versions)}
    assert set(found) <= whole
    assert searcher.version == name
    assert len(searcher.search("red mug", 50)) == 15


# -- PostgreSQL alone


@pytest.mark.postgres
def test_a_server_without_pgvector_is_named(postgres_server: ScratchServer) -> None:
    store = PostgresStore(postgres_server.create())
    with (
        pytest.raises(IndexStoreError, match=r"has no pgvector; install it there"),
        store.writing(),
    ):
        pass
    assert store.stamp() is None


@pytest.mark.postgres
def test_rights_that_lack_are_named(pgvector_server: ScratchServer) -> None:
    url = pgvector_server.create()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE guest LOGIN"))
    store = PostgresStore(url.replace("shop@", "guest@"))
    with pytest.raises(IndexStoreError, match="the extension vector, which a superuser creates"):
        publish(store, small_catalogue(), None)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION vector"))
    with pytest.raises(IndexStoreError, match="the right to create the schema shopclerk_index"):
        publish(store, small_catalogue(), None)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA shopclerk_index AUTHORIZATION guest"))
    engine.dispose()
    assert publish(store, small_catalogue(), None) == store.current()


@pytest.mark.postgres
def test_a_server_that_is_down_is_named_without_its_password() -> None:
    store = PostgresStore("postgresql://ana:secret@127.0.0.1:9/shop")
    with pytest.raises(IndexStoreError, match=r"postgresql://ana:\*\*\*@127.0.0.1:9/shop cannot"):
        store.stamp()
    with pytest.raises(IndexStoreError, match="SHOPCLERK_INDEX_URL is mysql; write postgresql://"):
        PostgresStore("mysql://ana:secret@127.0.0.1/shop")


@pytest.mark.postgres
def test_every_change_of_a_version_is_found(index_url: str) -> None:
    store = PostgresStore(index_url)
    name = publish(store, small_catalogue(), HashEmbedder())
    schema, suffix = "shopclerk_index", name.replace("-", "_")
    changes = {
        "products": f"UPDATE {schema}.products_{suffix} SET id = 'x' WHERE row = 2",
        "passages": f"UPDATE {schema}.passages_{suffix} SET embedding = embedding + embedding",
        "postings": f"UPDATE {schema}.postings_{suffix} SET impacts = impacts || '0'",
        "lexicon": f"UPDATE {schema}.versions SET step = step * 2",
    }
    engine = create_engine(index_url)
    for table, change in changes.items():
        with engine.connect() as connection:
            connection.execute(text(change))
            connection.commit()
        assert f"{table} is changed" in store.fault(), table
    engine.dispose()


def not_fetched(_: Path) -> Path:
    raise WeightsError("nothing is fetched in a test")


@pytest.mark.postgres
def test_the_commands_work_on_it(
    index_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    monkeypatch.setenv("SHOPCLERK_INDEX_URL", index_url)
    monkeypatch.setattr("ui.materials.fetched_embedder", lambda _: HashEmbedder())
    monkeypatch.setattr(dictionary, "prepare_dictionary", not_fetched)
    settings = Settings()
    open_database(settings).migrate()
    with pytest.raises(IndexMissing, match="there is no index in postgresql://"):
        check_ready(settings)

    def run(*arguments: str, fails: bool = False) -> dict[str, Any]:
        done = CliRunner().invoke(index_command, [*arguments, "--json"])
        assert done.exit_code == int(fails), done.output
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    file = tmp_path / "shop.jsonl"
    for count in (3, 4):
        rows = [{"id": f"a{n}", "title": f"Mug {n}", "price": "5.00"} for n in range(count)]
        file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        updated = run("update", str(file))
        assert (updated["products"], updated["embedded"]) == (count, 3 if count == 3 else 1)
    check_ready(settings)
    status = run("status")
    assert status["current"] == updated["version"]
    assert [version["products"] for version in status["versions"]] == [3, 4]
    assert run("rollback")["products"] == 3
    assert run("verify")["ok"] is True
    postgres(index_url, 0).damage(run("status")["current"])
    assert "postings is changed" in run("verify", fails=True)["versions"]["current"]
    assert run("rebuild")["products"] == 3
    assert run("verify")["ok"] is True
    assert not (tmp_path / "index").exists()
