"""The sample shop's search judgements: whole, consistent, and apart from the canned questions."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from agent.settings import CHECKOUT

FOLDER = CHECKOUT / "data" / "search"
QUERIES = [line.split("\t") for line in (FOLDER / "queries.tsv").read_text("utf-8").splitlines()]
QRELS = [line.split("\t") for line in (FOLDER / "qrels.tsv").read_text("utf-8").splitlines()]


def rows(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def plain(text: str) -> str:
    return text.strip().casefold()


def test_a_hundred_queries_in_each_language() -> None:
    assert [qid for qid, _ in QUERIES] == [
        f"{lang}{number:03}" for lang in ("en", "zh") for number in range(1, 101)
    ]


def test_no_query_is_asked_twice_or_taken_from_a_canned_question() -> None:
    asked = Counter(plain(text) for _, text in QUERIES)
    cases = rows(CHECKOUT / "data" / "cases")
    said = {plain(turn["say"]) for case in cases for turn in case["turns"] if "say" in turn}
    assert [text for text, times in asked.items() if times > 1 or not text] == []
    assert sorted(asked.keys() & said) == []


def test_judgements_name_queries_and_products_of_the_shop() -> None:
    products = {row["id"] for row in rows(CHECKOUT / "data" / "shop" / "products")}
    assert {qid for qid, *_ in QRELS} == {qid for qid, _ in QUERIES}
    assert [product for _, _, product, _ in QRELS if product not in products] == []


def test_each_product_is_judged_once_a_query_from_1_to_3() -> None:
    pairs = Counter((qid, product) for qid, _, product, _ in QRELS)
    assert [pair for pair, times in pairs.items() if times > 1] == []
    assert {(zero, grade) for _, zero, _, grade in QRELS} == {("0", "1"), ("0", "2"), ("0", "3")}


def test_every_query_has_a_product_that_fits() -> None:
    fitting = {qid for qid, _, _, grade in QRELS if int(grade) >= 2}
    assert sorted({qid for qid, _ in QUERIES} - fitting) == []
