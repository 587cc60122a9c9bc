"""The sample shop is what DESIGN and its README promise: counts, money, languages, no templates."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.orders.models import MethodKind, OrderStatus

DATA = Path(__file__).parents[1] / "data"
SHOP = DATA / "shop"
RULES = {
    "return_window_days",
    "exchange_window_days",
    "perishable_return_window_days",
    "perishable_exchange_window_days",
    "perishable_categories",
    "same_product_only",
    "returns_or_exchanges_per_order",
    "cancel_reasons",
    "free_shipping_from",
    "warranty_months",
}


def rows(pattern: str) -> list[dict[str, Any]]:
    """All records of the files that match."""
    files = sorted(DATA.glob(pattern))
    return [json.loads(line) for f in files for line in f.read_text("utf-8").splitlines()]


PRODUCTS = rows("shop/products/*.jsonl")
REVIEWS = rows("shop/reviews/*.jsonl")
CUSTOMERS = rows("shop/customers.jsonl")
ORDERS = rows("shop/orders.jsonl")
VARIANTS = {v["id"]: v for p in PRODUCTS for v in p["variants"]}


def policies() -> Iterator[dict[str, Any]]:
    """Every policy file as its front matter, with `text`."""
    for file in sorted((SHOP / "policies").glob("*.md")):
        _, head, text = file.read_text("utf-8").split("---\n", 2)
        yield {**yaml.safe_load(head), "text": text, "file": file.name}


POLICIES = list(policies())


def total(order: dict[str, Any]) -> Decimal:
    return sum((Decimal(x["unit_price"]) * x["quantity"] for x in order["lines"]), Decimal(0))


def moved(order: dict[str, Any], kind: str) -> dict[str, Decimal]:
    """What was paid or refunded, by method."""
    sums: dict[str, Decimal] = {}
    for payment in order["payments"]:
        if payment["kind"] == kind:
            paid = sums.get(payment["method_id"], Decimal(0))
            sums[payment["method_id"]] = paid + Decimal(payment["amount"])
    return sums


def days(relative: str) -> Decimal:
    """ "@-6.3d" -> -6.3"""
    match = re.fullmatch(r"@([+-]\d+(?:\.\d+)?)d", relative)
    assert match, relative
    return Decimal(match[1])


def test_the_shop_is_as_large_as_promised() -> None:
    assert len(PRODUCTS) >= 150
    assert len({p["category"]["en"] for p in PRODUCTS}) >= 12
    assert len(VARIANTS) == sum(len(p["variants"]) for p in PRODUCTS) >= 400
    assert len({p["id"] for p in PRODUCTS}) == len(PRODUCTS)
    assert (len(CUSTOMERS), len(ORDERS)) == (60, 300)
    assert {o["status"] for o in ORDERS} == set(OrderStatus)
    assert {m["kind"] for c in CUSTOMERS for m in c["payment_methods"]} == set(MethodKind)
    assert len(REVIEWS) >= 600
    assert {r["product_id"] for r in REVIEWS} <= {p["id"] for p in PRODUCTS}
    assert len({(r["product_id"], r["text"]) for r in REVIEWS}) == len(REVIEWS)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p["id"])
def test_a_product_is_whole(product: dict[str, Any]) -> None:
    assert 60 <= len(product["description"]["en"].split()) <= 150
    assert 100 <= len(re.sub(r"\s", "", product["description"]["zh"])) <= 300
    assert product["title"].keys() == product["category"].keys() == {"en", "zh"}
    variants = product["variants"]
    assert Decimal(product["price"]) == min(Decimal(v["price"]) for v in variants)
    assert product["stock"] == sum(v["stock"] for v in variants)
    assert all(v["id"].startswith(product["id"] + "-") for v in variants)
    texts = [json.dumps(v["attributes"], sort_keys=True) for v in variants]
    assert len(set(texts)) == len(texts), "two variants cannot be told apart"


def test_every_product_has_its_picture() -> None:
    pictures = [SHOP / p["image_url"].lstrip("/") for p in PRODUCTS]
    assert [picture.name for picture in pictures if not picture.is_file()] == []


def frames(product: dict[str, Any], lang: str, names: re.Pattern[str]) -> set[str]:
    """The sentences of a description with its numbers, colours and names masked."""
    end = r"(?<=[.!?])\s+" if lang == "en" else r"(?<=[。！？])"
    sentences = [s.strip() for s in re.split(end, product["description"][lang]) if s.strip()]
    return {re.sub(r"\d+(?:[.,]\d+)*", "#", names.sub("@", s.casefold())) for s in sentences}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_sentence_frame_is_used_in_more_than_three_descriptions(lang: str) -> None:
    names = {p["brand"] for p in PRODUCTS} | {w for p in PRODUCTS for w in p["brand"].split()}
    names |= {p["title"][k] for p in PRODUCTS for k in ("en", "zh")}
    names |= {p["title"]["en"].split()[0] for p in PRODUCTS}
    for variant in VARIANTS.values():
        colour = variant["attributes"].get("colour", {})
        names |= {word for text in colour.values() for word in [text, *text.split()]}
    longest = sorted((n.casefold() for n in names if len(n) > 1), key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest))
    masked = re.compile(rf"\b(?:{pattern})\b" if lang == "en" else pattern)
    found = Counter(frame for p in PRODUCTS for frame in frames(p, lang, masked))
    assert {frame: n for frame, n in found.items() if n > 3} == {}


def figures(policy: dict[str, Any]) -> list[list[str]]:
    """The figures of each section, sorted."""
    sections = policy["text"].split("\n## ")
    return [sorted(re.findall(r"\d+(?:\.\d+)?", section)) for section in sections]


def test_every_policy_is_there_in_both_languages_and_says_the_same() -> None:
    present = [p for p in POLICIES if "effective_to" not in p]
    assert len({p["id"] for p in present}) == 8
    assert Counter(p["id"] for p in present) == dict.fromkeys({p["id"] for p in present}, 2)
    by_key = {(p["id"], p["version"], p["locale"]): p for p in POLICIES}
    for (id, version, locale), policy in by_key.items():
        other = by_key[id, version, {"en": "zh", "zh": "en"}[locale]]
        same = ("rules", "effective_from", "effective_to")
        assert [policy.get(k) for k in same] == [other.get(k) for k in same]
        assert figures(policy) == figures(other), policy["file"]
        assert policy["rules"].keys() <= RULES
    assert {key for p in present for key in p["rules"]} == RULES


def test_the_texts_state_the_figures_of_the_rules() -> None:
    for policy in POLICIES:
        stated = {figure for section in figures(policy) for figure in section}
        for key, value in policy["rules"].items():
            if key.endswith(("_days", "_months", "_from")):
                assert str(value) in stated, (policy["file"], key)


def test_the_superseded_returns_policy_ends_the_day_before_the_present_one() -> None:
    for locale in ("en", "zh"):
        versions = [p for p in POLICIES if p["id"] == "returns" and p["locale"] == locale]
        old, new = sorted(versions, key=lambda p: p["effective_from"])
        assert old["effective_to"] + timedelta(days=1) == new["effective_from"]
        assert old["rules"]["return_window_days"] != new["rules"]["return_window_days"]


def test_orders_belong_to_customers_and_are_paid_with_their_own_methods() -> None:
    owned = Counter(o["customer_id"] for o in ORDERS)
    assert owned.keys() == {c["id"] for c in CUSTOMERS}
    assert min(owned.values()) >= 1 and max(owned.values()) <= 12
    methods = {c["id"]: {m["id"] for m in c["payment_methods"]} for c in CUSTOMERS}
    for order in ORDERS:
        assert {p["method_id"] for p in order["payments"]} <= methods[order["customer_id"]]
        for line in order["lines"]:
            assert line["unit_price"] == VARIANTS[line["variant_id"]]["price"]
    numbers = {int(o["id"].removeprefix("LP-")) for o in ORDERS}
    assert len(numbers) == 300
    assert not numbers & {n + 1 for n in numbers}


def test_payments_balance_to_the_cent() -> None:
    for order in ORDERS:
        paid, refunded = moved(order, "payment"), moved(order, "refund")
        assert sum(paid.values()) == total(order), order["id"]
        if order["status"] in ("cancelled", "returned"):
            assert refunded == paid, order["id"]
        assert all(refunded[method] <= paid[method] for method in refunded), order["id"]


def test_parcels_agree_with_the_order() -> None:
    for order in ORDERS:
        parcels, lines = order["shipments"], [x["line"] for x in order["lines"]]
        if order["status"] in ("pending", "processed", "cancelled"):
            assert parcels == []
            continue
        assert sorted(n for p in parcels for n in p["lines"]) == lines
        arrived = ["delivered_at" in p for p in parcels]
        assert all(arrived) == (order["status"] != "shipped"), order["id"]
        for parcel in parcels:
            times = [days(e["at"]) for e in parcel["events"]]
            assert [days(order["placed_at"]), *times, Decimal(0)] == sorted(
                [days(order["placed_at"]), *times, Decimal(0)]
            ), order["id"]
            assert all(
                e["place"].keys() == e["text"].keys() == {"en", "zh"} for e in parcel["events"]
            )


def test_some_orders_are_split_late_or_paid_in_parts() -> None:
    assert sum(len(o["shipments"]) > 1 for o in ORDERS) >= 20
    assert sum(len(moved(o, "payment")) > 1 for o in ORDERS) >= 20
    under_way = [p for o in ORDERS for p in o["shipments"] if "delivered_at" not in p]
    assert sum(days(p["eta"]) < 0 for p in under_way) >= 4
    assert sum(days(p["eta"]) > 0 for p in under_way) >= 20


def test_the_generator_writes_the_same_bytes_again(tmp_path: Path) -> None:
    script = SHOP / "generate_orders.py"
    subprocess.run([sys.executable, "-B", script, "--into", tmp_path], check=True)
    for name in ("customers.jsonl", "orders.jsonl"):
        assert (tmp_path / name).read_bytes() == (SHOP / name).read_bytes()


def test_the_canned_questions_are_sixty_and_half_of_them_talk_on() -> None:
    for lang in ("en", "zh"):
        cases = rows(f"cases/{lang}.jsonl")
        assert len(cases) == 30
        assert {c["lang"] for c in cases} == {lang}
        assert sum(len(c["turns"]) > 1 for c in cases) >= 12
        assert all(c["why"] and c["tags"] for c in cases)
    assert len({c["id"] for c in rows("cases/*.jsonl")}) == len(rows("cases/*.jsonl"))


def test_the_canned_questions_name_what_exists() -> None:
    customers, ids = {c["id"] for c in CUSTOMERS}, {p["id"] for p in PRODUCTS}
    known = {p["id"] for p in POLICIES}
    for case in [c for lang in ("en", "zh") for c in rows(f"cases/{lang}.jsonl")]:
        assert case["customer_id"] is None or case["customer_id"] in customers
        for turn in case["turns"]:
            expect = turn["expect"]
            assert set(_flat(expect.get("products", []))) <= ids, case["id"]
            assert set(_flat(expect.get("cites", []))) <= known, case["id"]


def _flat(values: list[Any]) -> Iterator[str]:
    for value in values:
        yield from value["any"] if isinstance(value, dict) else [value]
