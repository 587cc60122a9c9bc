"""Whether the shop carries what is asked for: error rates on queries that it does not know."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from agent.settings import CHECKOUT
from retrieval.carried import chance
from retrieval.catalogue import read_catalogue, read_whole
from retrieval.embedders import Embedder
from retrieval.engine import Worded
from retrieval.evaluate import read_judgements
from retrieval.search import Searcher
from retrieval.store import IndexStore

ELSEWHERE = CHECKOUT / "data" / "search" / "elsewhere"
SAMPLED = 7
"""Every seventh of the 4,500 queries: the rates do not need all of them."""


def asked_elsewhere() -> Iterator[tuple[str, str]]:
    """(language, text) of what shoppers ask of other shops."""
    for file in sorted(ELSEWHERE.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            for query in json.loads(line)["queries"]:
                yield query["lang"], query["text"]


def test_the_queries_are_whole_and_apart() -> None:
    asked = list(asked_elsewhere())
    assert len(asked) == 4500
    assert {lang for lang, _ in asked} == {"en", "zh"}
    judged = read_judgements(CHECKOUT / "data" / "search").queries.values()
    assert not {text.casefold() for _, text in asked} & {text.casefold() for text in judged}


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
    asked = list(asked_elsewhere())[::SAMPLED]
    found_out = [t for _, t in asked if not searcher.carries(t)]
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
