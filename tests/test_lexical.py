"""BM25F in eight bits: known values, the share of a query, alternatives, going on from before."""

import math
from pathlib import Path

import numpy as np
import pytest

from retrieval.lexical import (
    FIELDS,
    K1,
    Term,
    WordIndex,
    WordIndexBuilder,
    Words,
    plain_groups,
    top_rows,
)

PRODUCTS: list[Words] = [
    # title, purpose, brand, category, description, attributes
    [["usb", "fan"], [], ["acme"], ["fans"], ["quiet", "fan"], ["black"]],
    [["case", "fan"], ["for", "usb"], ["acme"], ["fans"], ["loud"], []],
    [["sleeping", "bag"], [], ["north"], ["bags"], ["warm", "bag"], ["green"]],
    [["tote", "bag"], [], ["north"], ["bags"], ["for", "sleeping", "cats"], ["green"]],
]


def built(products: list[Words], previous: Path | None = None) -> WordIndexBuilder:
    builder = WordIndexBuilder(previous)
    for number, words in enumerate(products):
        builder.add(number, words)
    return builder


@pytest.fixture
def index() -> WordIndex:
    return built(PRODUCTS).index()


def expected(word: str, row: int) -> float:
    """The impact of one word by the formula, in floats."""
    weighted = 0.0
    for number, field in enumerate(FIELDS.values()):
        lengths = [len(words[number]) for words in PRODUCTS]
        mean = sum(lengths) / max(sum(n > 0 for n in lengths), 1)
        count = list(PRODUCTS[row][number]).count(word)
        if count:
            weighted += field.weight * count / (1 - field.b + field.b * lengths[row] / mean)
    having = sum(any(word in words for words in product) for product in PRODUCTS)
    idf = math.log(1 + (len(PRODUCTS) - having + 0.5) / (having + 0.5))
    return idf * weighted / (K1 + weighted)


@pytest.mark.parametrize("word", ["usb", "fan", "bag", "sleeping", "green", "for"])
def test_impacts_are_bm25f(index: WordIndex, word: str) -> None:
    scores, most = index.score(plain_groups([word]))
    highest = max(expected(w, r) for r, p in enumerate(PRODUCTS) for f in p for w in f)
    for row in range(len(PRODUCTS)):
        assert scores[row] == pytest.approx(expected(word, row), abs=highest / 255)
    assert most == pytest.approx(float(scores.max()))


def test_a_part_of_the_query_counts_by_its_share(index: WordIndex) -> None:
    (usb, _), (fan, _) = index.score(plain_groups(["usb"])), index.score(plain_groups(["fan"]))
    (both, most) = index.score(plain_groups(["usb", "fan"]))
    assert both[0] == pytest.approx(float(usb[0] + fan[0]))
    (quiet, _) = index.score(plain_groups(["quiet"]))
    (three, _) = index.score(plain_groups(["usb", "fan", "quiet"]))
    worth = {w: math.log(1 + (4 - n + 0.5) / (n + 0.5)) for w, n in (("usb", 2), ("quiet", 1))}
    share = 2 * worth["usb"] / (2 * worth["usb"] + worth["quiet"])
    assert quiet[1] == 0
    assert three[1] == pytest.approx(share * float(usb[1] + fan[1]), rel=1e-5)
    assert most == pytest.approx(float(usb.max() + fan.max()))


def test_a_phrase_needs_all_its_words(index: WordIndex) -> None:
    scores, _ = index.score([[Term(("sleeping", "bag"))]])
    assert scores[2] > scores[3] > 0  # in the title, and scattered
    assert scores[0] == scores[1] == 0


def test_of_alternatives_the_best_counts_once(index: WordIndex) -> None:
    fan, _ = index.score([[Term(("fan",))]])
    either, most = index.score([[Term(("fan",)), Term(("bag",), 0.5), Term(("nothing",))]])
    bag, _ = index.score([[Term(("bag",))]])
    np.testing.assert_allclose(either[:2], fan[:2], rtol=1e-6)
    np.testing.assert_allclose(either[2:], bag[2:] * 0.5, rtol=1e-6)
    assert most == pytest.approx(float(fan.max()))


def test_unknown_words_take_nothing_from_the_others(index: WordIndex) -> None:
    known, most = index.score(plain_groups(["fan"]))
    with_unknown, same = index.score(plain_groups(["fan", "zeppelin"]))
    np.testing.assert_array_equal(known, with_unknown)
    assert most == same
    assert index.score([])[0].tolist() == [0, 0, 0, 0]


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    saved = built(PRODUCTS).save(tmp_path)
    loaded = WordIndex.load(tmp_path)
    assert list(loaded.vocabulary) == list(saved.vocabulary)
    for word in saved.vocabulary:
        np.testing.assert_array_equal(
            loaded.score(plain_groups([word]))[0], saved.score(plain_groups([word]))[0]
        )


def test_going_on_from_before_gives_the_same_index(tmp_path: Path) -> None:
    built(PRODUCTS).save(tmp_path / "old")
    changed = [PRODUCTS[3], [["lantern"], [], [], [], ["bright"], []], PRODUCTS[0]]
    builder = WordIndexBuilder(tmp_path / "old")
    assert builder.knows(3)
    builder.take(3)
    assert not builder.knows(77)
    builder.add(77, changed[1])
    builder.take(0)
    anew = WordIndexBuilder()
    for digest, words in zip((3, 77, 0), changed, strict=True):
        anew.add(digest, words)
    went_on, fresh = builder.save(tmp_path / "new"), anew.index()
    assert set(went_on.vocabulary) == set(fresh.vocabulary)
    assert "case" not in went_on, "a word that only a removed product had"
    for word in fresh.vocabulary:
        np.testing.assert_array_equal(
            went_on.score(plain_groups([word]))[0], fresh.score(plain_groups([word]))[0]
        )
    again = WordIndexBuilder(tmp_path / "new")
    assert [again.knows(digest) for digest in (3, 77, 0, 1)] == [True, True, True, False]


def test_an_empty_index_and_products_without_words(tmp_path: Path) -> None:
    nothing = WordIndexBuilder().save(tmp_path)
    assert nothing.score(plain_groups(["tent"]))[0].shape == (0,)
    empty: list[Words] = [[[] for _ in FIELDS]]
    assert built(empty).index().score(plain_groups(["tent"]))[0].tolist() == [0]
    assert WordIndex.load(tmp_path).search(plain_groups(["tent"]), 5) == []


def test_the_mask_holds_before_top_k(index: WordIndex) -> None:
    mask = np.array([False, True, True, True])
    assert [row for row, _ in index.search(plain_groups(["fan"]), 1, mask)] == [1]
    assert index.search(plain_groups(["fan"]), 3, np.zeros(4, dtype=bool)) == []


def test_ties_keep_catalogue_order() -> None:
    scores = np.array([0.5, 1.0, 0.5, 0.5, 0.0], dtype=np.float32)
    assert top_rows(scores, 3) == [(1, 1.0), (0, 0.5), (2, 0.5)]
    assert top_rows(scores, 9) == [(1, 1.0), (0, 0.5), (2, 0.5), (3, 0.5)]
