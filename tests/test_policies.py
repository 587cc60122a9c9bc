"""Policies: the version in force today, in the shopper's language, found and quoted."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.clock import pinned_clock
from agent.orders.database import Database
from agent.orders.importer import import_files
from agent.policies import PolicyBook
from agent.settings import CHECKOUT
from retrieval.embedders import Embedder
from tests.shop_fixtures import NOW

ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture(scope="module")
def policies(sample_home: Path) -> Iterator[Database]:
    """The sample shop's database, to read only."""
    database = Database(f"sqlite:///{sample_home / 'shop.db'}")
    yield database
    database.dispose()


def book(db: Database, at: datetime = NOW, embedder: Any = None) -> PolicyBook:
    return PolicyBook(db, pinned_clock(at), ZONE, embedder)


@pytest.fixture(scope="module")
def by_meaning(policies: Database, e5: Embedder) -> PolicyBook:
    """Its sections and sentences are embedded once."""
    return book(policies, embedder=e5)


@pytest.mark.parametrize(
    ("at", "version", "days"),
    [
        (datetime(2026, 11, 21, 20, tzinfo=UTC), "2025-2", "30 days"),
        # The day ends in the shop's zone: at 06:00 UTC it is still the day before there.
        (datetime(2025, 9, 15, 6, tzinfo=UTC), "2024-1", "60 days"),
        (datetime(2025, 9, 15, 8, tzinfo=UTC), "2025-2", "30 days"),
        (datetime(2024, 6, 1, tzinfo=UTC), "2024-1", "60 days"),
    ],
)
def test_the_version_of_the_day(policies: Database, at: datetime, version: str, days: str) -> None:
    found = [p for p in book(policies, at).in_force("en") if p.policy_id == "returns"]
    assert {p.version for p in found} == {version}
    assert days in " ".join(p.text for p in found)


def test_nothing_before_the_first_version(policies: Database) -> None:
    before = book(policies, datetime(2001, 1, 1, tzinfo=UTC))
    assert before.in_force("en") == []
    assert before.search(["return"], "en") == []


def test_an_empty_shop_has_no_policies(migrated_sqlite: Path) -> None:
    database = Database(f"sqlite:///{migrated_sqlite}")
    assert book(database).search(["return"], "en") == []
    database.dispose()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_policy_in_the_shoppers_language(policies: Database, lang: Any) -> None:
    found = book(policies).in_force(lang)
    assert {p.locale for p in found} == {lang}
    assert len({p.policy_id for p in found}) == 8


def test_a_policy_in_one_language_serves_both(migrated_sqlite: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(migrated_sqlite.read_bytes())
    head = "---\nid: gifts\ntitle: Gift wrapping\nlocale: en\nversion: 1\n"
    text = f"{head}effective_from: 2026-01-01\n---\n# Gift wrapping\n\nWrapping costs 4.00 USD.\n"
    (tmp_path / "gifts.md").write_text(text, "utf-8")
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    found = book(database)
    assert found.search(["gift"], "zh") == []
    import_files(database, [tmp_path / "gifts.md"], clock=pinned_clock(NOW))
    # An import shows at once.
    (passage,) = found.search(["gift wrapping"], "zh")
    assert (passage.policy_id, passage.locale, passage.heading) == ("gifts", "en", "")
    assert passage.text == "Wrapping costs 4.00 USD."
    database.dispose()


def test_a_quote_is_one_section_word_for_word(policies: Database) -> None:
    (passage,) = book(policies).search(["return window unused"], "en", k=1)
    source = (CHECKOUT / "data/shop/policies/returns.en.md").read_text("utf-8")
    assert passage.text in " ".join(source.split())
    assert passage.heading
    assert f"# {passage.heading}" in source


def asked(lang: str) -> list[tuple[str, list[str]]]:
    """The canned questions that a policy answers by itself, with the policies that may."""
    lines = (CHECKOUT / "data" / "cases" / f"{lang}.jsonl").read_text("utf-8").splitlines()
    first = [json.loads(line)["turns"][0] for line in lines if line]
    return [(t["say"], t["expect"]["cites"]) for t in first if t["expect"].get("cites")]


# Beside the canned ones: the same dozen topics in either language, in a shopper's words.
TOPICS = [
    ("how long do I have to send something back", "多少天之内可以退货", "returns"),
    ("can I swap it for another size", "能换个尺码吗", "returns"),
    ("who pays the postage when I return it", "退货运费谁出", "returns"),
    ("how much is shipping", "运费多少钱", "shipping"),
    ("when is delivery free", "满多少包邮", "shipping"),
    ("do you deliver to Hawaii", "能寄到夏威夷吗", "shipping"),
    ("my zipper broke after a year, is that covered", "拉链用了一年坏了保修吗", "warranty"),
    ("can I pay with WeChat", "可以用微信支付吗", "payment"),
    ("can I use two coupons at once", "优惠码可以叠加吗", "promotions"),
    ("what do you do with my personal data", "你们怎么处理我的个人信息", "privacy"),
    ("until when can I cancel an order", "下单后还能取消吗", "cancellations"),
    ("when is the store open", "你们几点营业", "contact"),
]


@pytest.mark.parametrize(("by", "most"), [("words", 6), ("meaning", 1)])
@pytest.mark.integration
def test_questions_find_their_policy(
    policies: Database, request: pytest.FixtureRequest, by: str, most: int
) -> None:
    found = book(policies, embedder=request.getfixturevalue("e5") if by == "meaning" else None)
    questions: list[tuple[str, Any, set[str]]] = []
    for lang in ("en", "zh"):
        for say, cites in asked(lang):
            options = [w["any"] if isinstance(w, dict) else [w] for w in cites]
            questions.append((say, lang, {one for option in options for one in option}))
    questions += [(en, "en", {policy}) for en, _, policy in TOPICS]
    questions += [(zh, "zh", {policy}) for _, zh, policy in TOPICS]
    missed = []
    for question, lang, wanted in questions:
        got = [p.policy_id for p in found.search([question], lang, k=2)]
        if not wanted & set(got):
            missed.append((question, wanted, got))
    print(f"{len(questions) - len(missed)} of {len(questions)} in the first two; missed: {missed}")
    # Some ask in words that the policy does not use.
    assert len(missed) <= most, missed


@pytest.mark.parametrize(
    ("question", "lang", "said"),
    [
        ("are you open on mondays?", "en", "We are closed on Mondays."),
        ("do gift cards expire", "en", "Our gift cards never expire and carry no fees."),
        ("礼品卡会过期吗", "zh", "本店礼品卡永不过期，没有手续费。"),
    ],
)
@pytest.mark.integration
def test_the_sentence_that_answers_leads(
    by_meaning: PolicyBook, question: str, lang: Any, said: str
) -> None:
    (passage,) = by_meaning.search([question], lang, k=1)
    assert passage.lead.startswith(said)
    assert passage.text.endswith(passage.lead)


@pytest.mark.parametrize(
    ("question", "lang"),
    [
        ("will it rain in Paris tomorrow", "en"),
        ("write me a poem about autumn", "en"),
        ("明天巴黎会下雨吗", "zh"),
        ("给我写一首秋天的诗", "zh"),
    ],
)
def test_what_no_policy_is_about_finds_none(
    by_meaning: PolicyBook, question: str, lang: Any
) -> None:
    assert by_meaning.search([question], lang) == []


def test_without_an_embedding_model_words_choose_the_sentence(policies: Database) -> None:
    (passage,) = book(policies).search(["closed on Mondays"], "en", k=1)
    assert passage.lead == "We are closed on Mondays."
