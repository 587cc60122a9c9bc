"""The benches: composed catalogues, unique queries, fair turns, and whole runs on 300 products."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from catalogue_fixtures import HashEmbedder, make_product, small_catalogue
from click.testing import CliRunner

from agent.orders.database import Database
from agent.settings import CHECKOUT
from retrieval.catalogue import Product, read_catalogue, read_whole
from retrieval.errors import CatalogueError
from retrieval.facets import Facets
from retrieval.filters import Filters
from retrieval.passages import passages
from retrieval.words import fold
from ui.cli import cli
from ui.measuring import ensemble
from ui.measuring.composing import compose, real_sources, rewritten
from ui.measuring.peers import PlainFusion, facts_of, peer_texts
from ui.measuring.questions import allows, narrowings, questions
from ui.measuring.race import Times, compared, race, spread
from ui.measuring.scratch_postgres import ScratchServer

SHOP = CHECKOUT / "data" / "shop" / "products"
FIGURES = {"queries", "p50_ms", "p95_ms", "queries_per_second", "mean_found_of_10"}
RATIO = {"ratio", "interval", "median_ratio"}


@pytest.fixture(scope="module")
def real() -> list[Product]:
    return read_whole(read_catalogue(SHOP)).products


@pytest.fixture(scope="module")
def composed(real: list[Product]) -> list[Product]:
    return compose(real, 1000)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of its own; the model counts words."""
    monkeypatch.setattr("ui.materials.fetched_embedder", lambda _: HashEmbedder())
    monkeypatch.setattr("ui.materials.fetched_dictionary", lambda _: None)
    monkeypatch.setattr("ui.commands.bench.catalogue._SHARED", Path("nowhere"))
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    return tmp_path


def bench(*words: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli, ["bench", *words, "--json"])
    assert result.exit_code == 0, result.output + repr(result.exception)
    body: dict[str, Any] = json.loads(result.stdout)
    return body


def texts(products: list[Product]) -> list[str]:
    return [passage.text for product in products for passage in passages(product)]


def test_the_same_catalogue_every_time(real: list[Product], composed: list[Product]) -> None:
    assert compose(real, 1000) == composed
    assert compose(real, 1000, seed=8) != composed


def test_ids_and_texts_are_unique(real: list[Product], composed: list[Product]) -> None:
    assert len({product.id for product in composed}) == 1000
    assert len(set(texts(composed))) == len(texts(composed)) == 2000
    assert set(texts(real)) <= set(texts(composed))


def test_a_larger_catalogue_holds_the_smaller_one(
    real: list[Product], composed: list[Product]
) -> None:
    larger = {product.id: product for product in compose(real, 1100)}
    assert all(larger[product.id] == product for product in composed)
    assert {product.id for product in compose(real, 50)} <= set(larger)


def test_composed_products_are_of_one_kind_and_vary(composed: list[Product]) -> None:
    made = [product for product in composed if product.id.startswith("c")]
    assert len(made) == 840
    assert {product.category["en"] for product in made} == {p.category["en"] for p in composed}
    assert all(product.title.keys() == {"en", "zh"} for product in made)
    # Of a thousand descriptions, the most frequent is there by chance only.
    assert Counter(product.description["en"] for product in made).most_common(1)[0][1] < 5
    assert 0.1 < sum(product.stock == 0 for product in made) / len(made) < 0.3
    assert len({product.price for product in made}) > 300
    assert min(product.price for product in made) > 0


def test_fewer_than_asked_for_can_be_composed() -> None:
    alone = [make_product(1), make_product(2)]
    with pytest.raises(CatalogueError, match="2 products are too few to compose 8 more of them"):
        compose(alone, 10)
    alike = [make_product(n, title={"en": "Mug"}, description={}) for n in range(5)]
    with pytest.raises(CatalogueError, match="too few to compose 95 different ones"):
        compose(alike, 100)


def test_a_rewritten_product_keeps_its_facts(composed: list[Product]) -> None:
    first, second = composed[:2]
    changed = rewritten(first, second)
    assert (changed.id, changed.price, changed.stock) == (first.id, first.price, first.stock)
    assert changed.description != first.description
    assert changed == rewritten(first, second)


def test_where_real_products_come_from(tmp_path: Path) -> None:
    mappings = CHECKOUT / "data" / "mappings"
    assert real_sources(tmp_path, mappings, SHOP.parent) == [(SHOP, None)]
    file = tmp_path / "catalogues" / "litemall_zh" / "products.jsonl"
    file.parent.mkdir(parents=True)
    file.touch()
    assert real_sources(tmp_path, mappings, SHOP.parent) == [(file, mappings / "litemall_zh.yaml")]


def test_no_question_is_asked_twice(composed: list[Product]) -> None:
    asked = questions(composed, ["a tent", "A  Tent", "双人帐篷"], 500)
    assert len(asked) == len({fold(text) for text in asked}) == 500
    assert {"a tent", "双人帐篷"} <= set(asked)
    assert asked == questions(composed, ["a tent", "A  Tent", "双人帐篷"], 500)
    assert all(text.strip() for text in asked)
    with pytest.raises(CatalogueError, match="1 products give only"):
        questions(composed[:1], [], 500)


def test_filters_let_through_what_they_say(composed: list[Product]) -> None:
    found, facets = narrowings(facts_of(composed)), Facets(composed)
    shares = sorted(narrowing.share for narrowing in found)
    assert shares[0] < 0.02
    assert 0.75 < shares[-1] <= 0.85
    for narrowing in found:
        mask = facets.mask(narrowing.filters)
        assert mask is not None
        assert mask.mean() == pytest.approx(narrowing.share), narrowing.filters


def test_a_filter_of_the_peers_by_hand() -> None:
    facts = {"id": "a", "price": 9.99, "stock": 0, "brand": "Oak", "category": "Mugs"}
    assert allows(Filters(max_price=Decimal("9.99")))(facts)
    assert not allows(Filters(max_price=Decimal("9.98")))(facts)
    assert not allows(Filters(in_stock=True))(facts)
    assert allows(Filters(in_stock=True))(facts | {"stock": None})
    assert not allows(Filters(brand="Ash"))(facts)


def test_every_search_gets_its_turn() -> None:
    asked: list[tuple[str, str]] = []

    def run(name: str) -> Any:
        return lambda text, narrowing: asked.append((name, text)) or 10

    narrowing = narrowings(facts_of(small_catalogue()))[0]
    runs = {name: run(name) for name in ("ours", "plain", "slow")}
    times = race(runs, [(str(n), narrowing) for n in range(6)], {"slow": 3}, lambda: None)
    assert [name for name, text in asked if text == "0"] == ["ours", "plain", "slow"]
    assert [name for name, text in asked if text == "1"] == ["plain", "ours"]
    assert list(times["slow"].seconds) == [0, 3]
    assert len(times["ours"].seconds) == 6


def test_ratios_by_hand() -> None:
    ours = Times({0: 0.01, 1: 0.02, 2: 0.03}, {0: 10, 1: 10, 2: 4})
    peers = Times({0: 0.04, 2: 0.12}, {0: 10, 2: 0})
    assert compared(ours, peers) == {"ratio": 4.0, "interval": [4.0, 4.0], "median_ratio": 4.0}
    assert spread(ours) == {
        "queries": 3,
        "p50_ms": 20.0,
        "p95_ms": 29.0,
        "queries_per_second": 50.0,
        "mean_found_of_10": 8.0,
    }


def test_langchains_ensemble_finds_and_filters(composed: list[Product]) -> None:
    if not ensemble.is_installed():
        pytest.skip("needs the extra `bench`")
    goods = composed[:200]
    texts = peer_texts(goods, HashEmbedder())
    peer = ensemble.Ensemble(texts, HashEmbedder())
    title = goods[3].title["en"]
    assert goods[3].id in peer.search(title, 5)
    assert goods[3].id in PlainFusion(texts, HashEmbedder()).search(title, 5)
    found = peer.search(title, 10, lambda facts: facts["stock"] == 0)
    assert set(found) <= {product.id for product in goods if product.stock == 0}
    assert len(set(peer.search("tent", 10))) == 10


@pytest.mark.integration
def test_bench_search_from_end_to_end(home: Path) -> None:
    body = bench("search", "--products", "300", "--queries", "30")
    assert (body["bench"], body["products"]) == ("search", 300)
    assert body["ours"].keys() == FIGURES | {"queries_per_second_2_threads"}
    assert body["plain_rrf"].keys() == FIGURES | {"ours_is", "queries_per_second_2_threads"}
    assert body["plain_rrf"]["ours_is"].keys() == RATIO
    assert (body["ours"]["queries"], body["plain_rrf"]["queries"]) == (30, 30)
    assert body["filters"]["narrowest"] < body["filters"]["widest"]
    per_product = body["per_product"]
    # 600 passages of 64 floats.
    assert per_product["vectors_bytes"] == pytest.approx(512, abs=1)
    assert per_product["texts_bytes"] > 1000
    assert body["judged"]["set"] == "search"
    assert body["judged"]["queries"] == 200
    assert body["judged"]["plain_rrf"].keys() == {"ndcg@10", "difference", "interval"}
    assert {"embedding_s", "embedder", "processor", "cores", "date"} <= body.keys()
    if ensemble.is_installed():
        assert body["langchain"]["queries"] == 3
        assert body["langchain"]["ours_is"].keys() == RATIO
        assert "ndcg@10" in body["judged"]["langchain"]
    assert bench("search", "--products", "300", "--queries", "30")["embedded"] == 0


def test_bench_search_says_how_to_install_what_it_is_compared_with(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble, "NEEDS", ("no_such_package",))
    words = ["bench", "search", "--products", "20", "--queries", "5"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, repr(result.exception)
    said = next(line for line in result.stderr.splitlines() if "extra `bench`" in line)
    assert "uv pip install" in said
    assert "plain_rrf.ours_is.ratio: " in result.stdout
    assert "langchain." not in result.stdout


@pytest.mark.integration
def test_bench_index_from_end_to_end(home: Path) -> None:
    body = bench("index", "--products", "300", "--queries", "5")
    assert (body["products"], body["different_passages"]) == (300, 600)
    assert body["full"]["embedded"] == 600
    # Three products are rewritten, in two languages each.
    assert body["one_percent_of_texts"]["embedded"] == 6
    assert body["one_percent_of_prices"]["embedded"] == 0
    for update in ("one_percent_of_texts", "one_percent_of_prices"):
        assert body[update]["of_full"] > 0
        assert body[update]["changed"] == 3
    assert body["bytes_on_disk"]["products.jsonl"] > 300_000
    assert [(row["kind"], row["passages"]) for row in body["kinds"]] == [
        ("flat", 600), ("sq8", 600), ("hnsw-sq8", 600)
    ]  # fmt: skip
    assert body["kinds"][0]["recall@10"] == body["kinds"][0]["masked_recall@10"] == 1.0
    assert list((home / "bench").glob("update-*")) == []


@pytest.mark.postgres
def test_bench_orders_from_end_to_end(postgres_server: ScratchServer) -> None:
    words = ["orders", "--orders", "120", "--reads", "5", "--changes", "3"]
    url = postgres_server.create_shop()
    body = bench(*words, "--postgres", url)
    for name in ("sqlite", "postgresql"):
        assert body[name]["at_once"]["receipts"] == 32
        assert 0 < body[name]["read"]["p50_ms"] <= body[name]["read"]["p95_ms"]
    # It was left as empty as it was given; one that is in use is not touched.
    left = Database(url)
    assert left.check() == ["the database has no schema yet; run `shopclerk db migrate`"]
    left.migrate()
    left.dispose()
    result = CliRunner().invoke(cli, ["bench", *words, "--postgres", url])
    assert "is not empty; name a scratch database" in str(result.exception)
