"""How good a search is: measures by hand, what is left out, and the command on a tiny folder."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder, make_product, small_catalogue
from click.testing import CliRunner, Result

from retrieval.catalogue import Product, product_row
from retrieval.errors import ShopclerkError
from retrieval.evaluate import interval, measure, ndcg, read_judgements, recall, reciprocal_rank
from ui.cli import cli
from ui.measuring.judged import against, percentiles
from ui.measuring.peers import PlainFusion, Texts, peer_texts, peer_words
from ui.measuring.vectors import KeptVectors

GRADES = {"a": 3, "b": 2, "c": 1, "d": 2}
QUERIES = "en001\tgas stove\nen002\tred mug\nzh001\t双人徒步帐篷\nzh002\t搪瓷\n"
QRELS = "en001\t0\tp-003\t3\nen002\t0\tp-004\t2\nzh001\t0\tp-001\t3\nzh002\t0\tp-005\t1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Judgements of the small catalogue; the model counts words."""
    monkeypatch.setattr("ui.materials.fetched_embedder", lambda _: HashEmbedder())
    monkeypatch.setattr("ui.materials.fetched_dictionary", lambda _: None)
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path / "home"))
    judged = tmp_path / "judged"
    judged.mkdir()
    (judged / "queries.tsv").write_text(QUERIES, "utf-8")
    (judged / "qrels.tsv").write_text(QRELS, "utf-8")
    write_products(judged / "products.jsonl", small_catalogue())
    return judged


def write_products(path: Path, products: list[Product]) -> None:
    rows = (json.dumps(product_row(product), ensure_ascii=False) for product in products)
    path.write_text("\n".join(rows), "utf-8")


def evaluate(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["eval", "search", str(folder), *more])


def failure(result: Result) -> str:
    assert isinstance(result.exception, ShopclerkError), repr(result.exception)
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_ndcg_by_hand() -> None:
    found = 3 / math.log2(2) + 0 + 2 / math.log2(4) + 1 / math.log2(5)
    ideal = 3 / math.log2(2) + 2 / math.log2(3) + 2 / math.log2(4) + 1 / math.log2(5)
    assert ndcg(["a", "x", "b", "c"], GRADES) == pytest.approx(found / ideal)
    assert ndcg(["a", "x", "b", "c"], GRADES) == pytest.approx(0.778331, abs=1e-6)
    assert ndcg(["a", "b", "d", "c"], GRADES) == 1.0
    assert ndcg(["x"] * 10 + ["a"], GRADES) == 0.0
    assert ndcg(["a"], {"a": 0}) == 0.0


def test_recall_and_rank_by_hand() -> None:
    assert recall(["a", "x", "b", "c"], GRADES, 10) == pytest.approx(2 / 3)
    assert recall(["a", "x", "b", "c"], GRADES, 2) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "c", "d"], GRADES) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"] * 10 + ["a"], GRADES) == 0.0


def test_the_interval_of_two_values_is_all_that_can_be_drawn() -> None:
    assert interval(np.array([0.0, 1.0])) == (0.0, 1.0)
    assert interval(np.full(50, 0.25)) == (0.25, 0.25)
    spread = interval(np.array([0.0, 1.0] * 200))
    assert spread == pytest.approx((0.45, 0.55), abs=0.006)


def test_a_difference_is_paired() -> None:
    ours, peers = np.array([0.5, 0.9, 0.1]), np.array([0.4, 0.8, 0.0])
    compared = against(ours, peers)
    assert compared == {"ndcg@10": 0.4, "difference": 0.1, "interval": [0.1, 0.1]}


def test_percentiles_are_milliseconds() -> None:
    assert percentiles([0.001 * n for n in range(1, 102)]) == {"p50_ms": 51.0, "p95_ms": 96.0}


def test_a_query_with_nothing_to_find_is_left_out(folder: Path) -> None:
    judgements = read_judgements(folder)
    assert list(judgements.queries) == ["en001", "en002", "zh001"]
    assert judgements.left_out == ("zh002",)
    found = measure(judgements, lambda text, k: ["p-003", "p-009", "p-004"][:k])
    assert found["ndcg@10"].tolist() == [1.0, 0.5, 0.0]
    assert found["ndcg@10_rated"].tolist() == [1.0, 1.0, 0.0]
    assert found["judged@10"].tolist() == pytest.approx([0.1, 0.1, 0.0])
    assert found["mrr@10"].tolist() == pytest.approx([1.0, 1 / 3, 0.0])


def test_the_command_measures_the_folder_and_keeps_its_index(folder: Path) -> None:
    body = json.loads(evaluate(folder, "--json").stdout)
    assert (body["queries"], body["left_out"], body["products"]) == (3, 1, 6)
    assert body["unknown_products"] == 0
    assert body["recall@100"] == 1.0
    assert body["intervals"]["recall@100"] == [1.0, 1.0]
    assert body["against_plain_rrf"].keys() == {"ndcg@10", "difference", "interval"}
    assert {lang: part["queries"] for lang, part in body["languages"].items()} == {"en": 2, "zh": 1}
    # "gas stove" is one product's title, "双人徒步帐篷" another's: first, whatever else there is.
    assert body["languages"]["zh"]["mrr@10"] == 1.0
    assert (body["embedder"], body["weights_hash"]) == ("hash", "weights-1")
    assert {"p50_ms", "p95_ms", "processor", "cores", "date"} <= body.keys()
    again = json.loads(evaluate(folder, "--json").stdout)
    assert again["index_version"] == body["index_version"]
    assert again["ndcg@10"] == body["ndcg@10"]
    assert len(list((folder.parent / "home" / "eval").iterdir())) == 1


def test_the_command_as_text_and_with_other_queries(folder: Path) -> None:
    other = folder / "queries_zh.tsv"
    other.write_text("en001\t燃气炉\n", "utf-8")
    shown = evaluate(folder, "--queries", str(other)).output
    assert "queries: 1\n" in shown
    assert "mrr@10: 1.0 (1.0 to 1.0)\n" in shown
    assert "plain RRF has ndcg@10" in shown


def test_graded_products_that_are_not_there_are_counted(folder: Path) -> None:
    with (folder / "qrels.tsv").open("a", encoding="utf-8") as file:
        file.write("en001\t0\tgone\t3\n")
    result = evaluate(folder, "--json")
    assert json.loads(result.stdout)["unknown_products"] == 1
    assert "1 graded products are not in" in result.stderr


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("qrels.tsv", "en001\t0\tp-003\t3\tmore\n", "qrels.tsv:1: has 5 fields between tabs"),
        ("qrels.tsv", "en001\t0\tp-003\t4\n", "the grade must be 0, 1, 2 or 3, not '4'"),
        ("qrels.tsv", None, "qrels.tsv: cannot be read"),
        ("queries.tsv", None, "queries.tsv: cannot be read"),
        ("queries.tsv", "en001\ta\nen001\tb\n", "queries.tsv:2: query en001 occurs twice"),
        ("queries.tsv", "q1\tstove\n", "no query has a grade of 2 or 3"),
        ("qrels.tsv", "en001\t0\tother\t3\n", "none of its 1 products is in the catalogue"),
        ("products.jsonl", "{}\n", "no usable product"),
        ("products.csv", "id\n", "name the one that was judged with --products"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    folder: Path, file: str, content: str | None, why: str
) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content, "utf-8")
    assert why in failure(evaluate(folder))


def test_a_catalogue_that_is_named_goes_before_the_folders(folder: Path) -> None:
    assert "there is no such file" in failure(evaluate(folder, "--products", "nowhere.jsonl"))
    more = folder.parent / "more.jsonl"
    write_products(more, [*small_catalogue(), make_product(7)])
    body = json.loads(evaluate(folder, "--products", str(more), "--json").stdout)
    assert body["products"] == 7


def test_vectors_are_kept_and_equal_texts_embedded_once(tmp_path: Path) -> None:
    models = [HashEmbedder(), HashEmbedder()]
    texts = ["a tent", "a stove", "a tent", "帐篷"]
    told: list[int] = []
    first = KeptVectors(tmp_path, models)
    vectors = first.encode_passages(texts, told.append)
    assert np.array_equal(vectors, HashEmbedder().encode_passages(texts))
    assert sorted(models[0].encoded + models[1].encoded) == ["a stove", "a tent", "帐篷"]
    assert (first.embedded, told) == (3, [0, 3])
    again = KeptVectors(tmp_path, [HashEmbedder()])
    assert np.array_equal(
        again.encode_passages(["帐篷", "a mug", "a stove"])[[0, 2]], vectors[[3, 1]]
    )
    assert again.embedded == 1
    assert again.encode_passages([]).shape == (0, 64)


def test_kept_vectors_survive_a_kill_between_vector_and_hash(tmp_path: Path) -> None:
    KeptVectors(tmp_path, [HashEmbedder()]).encode_passages(["a tent"])
    [vectors] = tmp_path.glob("*/vectors.f32")
    vectors.write_bytes(vectors.read_bytes() + b"half a row")
    again = KeptVectors(tmp_path, [HashEmbedder()])
    found = again.encode_passages(["a stove", "a tent"])
    assert np.array_equal(found, HashEmbedder().encode_passages(["a stove", "a tent"]))
    assert again.embedded == 1


def test_vectors_of_other_weights_are_not_taken(tmp_path: Path) -> None:
    KeptVectors(tmp_path, [HashEmbedder()]).encode_passages(["a tent"])
    other = KeptVectors(tmp_path, [HashEmbedder("weights-2")])
    other.encode_passages(["a tent"])
    assert other.embedded == 1


def test_the_plain_peer_ranks_by_reciprocal_ranks_and_filters_afterwards() -> None:
    texts = peer_texts(small_catalogue(), HashEmbedder())
    assert texts.texts[0] == "Hollow 2 tent. Fernhollow. Sleeps two people."
    assert (len(texts.texts), texts.owners[:3]) == (12, [0, 0, 1])
    plain = PlainFusion(texts, HashEmbedder())
    assert plain.search("gas stove", 1) == ["p-003"]
    assert plain.search("燃气炉", 1) == ["p-003"]
    assert plain.search("gas stove", 6, lambda facts: facts["brand"] == "Oakfen")[:1] != ["p-003"]
    assert set(plain.search("stove", 9, lambda facts: facts["price"] > 200)) == {"p-001", "p-002"}
    assert plain.search("的", 1, lambda facts: False) == []


def test_reciprocal_ranks_by_hand() -> None:
    # By meaning always a, b, c; by words those that have the word: c with "mug" is 1/61 + 1/63.
    vectors = np.eye(3, dtype=np.float32)
    facts = [{"id": name} for name in "abc"]
    texts = Texts(["tent red", "tent tent", "mug"], [0, 1, 2], vectors, facts)

    class Fixed(HashEmbedder):
        def encode_query(self, text: str) -> np.ndarray:
            return np.array([0.9, 0.4, 0.1], dtype=np.float32)

    assert set(PlainFusion(texts, Fixed()).search("tent", 2)) == {"a", "b"}
    assert PlainFusion(texts, Fixed()).search("tent", 3)[2] == "c"
    assert PlainFusion(texts, Fixed()).search("mug", 3)[0] == "c"


def test_words_of_the_peers() -> None:
    assert peer_words("The running shoes of WH-1000") == ["run", "shoe", "wh", "1000"]
    assert peer_words("双人帐篷")[:2] == ["双人", "帐篷"]
    assert peer_words("") == []
