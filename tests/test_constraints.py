"""Generated constraint queries: what is understood allows exactly what raw rows allow."""

import random
from functools import cache
from pathlib import Path

import pytest
from constraint_queries import (
    Row,
    allowed,
    chinese,
    demo_store,
    english,
    litemall,
    sample_shop,
    wants_of,
)
from shared_data import shared_data

from retrieval.catalogue import Product, read_catalogue, read_whole
from retrieval.constraints import satisfies
from retrieval.facets import Facets
from retrieval.inputs.mapping import load_mapping
from retrieval.understanding.understand import understand
from retrieval.understanding.vocabulary import Vocabulary

DATA = Path(__file__).resolve().parent.parent / "data"
SHOPS = ["sample", "retail_demo_store", "litemall_zh"]
QUERIES, MANY = 200, 4000


@cache
def shop(name: str) -> tuple[list[Product], list[Row], Facets, Vocabulary]:
    if name == "sample":
        source, mapping, rows = DATA / "shop" / "products", None, sample_shop
    else:
        source = shared_data("catalogues") / name / "products.jsonl"
        mapping = load_mapping(DATA / "mappings" / f"{name}.yaml")
        rows = demo_store if name == "retail_demo_store" else litemall
    products = read_whole(read_catalogue(source, mapping)).products
    facets = Facets(products)
    return products, rows(source), facets, Vocabulary.of(products, facets)


def mismatches(name: str, count: int, seed: int) -> list[str]:
    products, rows, facets, vocabulary = shop(name)
    draw = random.Random(f"{name} {seed}")
    makers = wants_of(rows, draw)
    found = []
    for number in range(count):
        kinds = draw.sample(sorted(makers), draw.choice([1, 2, 2, 3, 3]))
        wants = [want for kind in kinds if (want := makers[kind]())]
        if not wants:
            continue
        say = chinese if draw.random() < (0.5 if name != "litemall_zh" else 0.9) else english
        query = say(wants, draw)
        understood = understand(query, vocabulary)
        mask = facets.mask(understood.filters)
        chosen = {
            p.id
            for p, fits in zip(
                products, mask if mask is not None else [1] * len(products), strict=True
            )
            if fits
        }
        right = {row.id for row in rows if allowed(row, wants)}
        if chosen != right:
            chips = [(c.kind, c.text, c.value) for c in understood.chips]
            found.append(
                f"{query!r}: {len(chosen - right)} too many {sorted(chosen - right)[:3]}, "
                f"{len(right - chosen)} missing {sorted(right - chosen)[:3]}, {chips}"
            )
        if number % 40 == 0:
            assert chosen == {p.id for p in products if satisfies(p, understood.filters)}
    return found


@pytest.mark.parametrize("name", SHOPS)
def test_every_allowed_product_and_no_other(name: str) -> None:
    assert mismatches(name, QUERIES, seed=1) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", SHOPS)
def test_thousands_of_them(name: str) -> None:
    assert mismatches(name, MANY, seed=2) == []
