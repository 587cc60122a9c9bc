"""The grounding check lets through what a result says, in both languages, and nothing else."""

from decimal import Decimal

import pytest

from agent.grounding import Evidence, numbers, split_sentences, ungrounded

TENT = "P1 Hollow 2 tent, Fernhollow, 249.00 USD, 12 in stock, weight 1.9 kg, moss green / 苔藓绿"
POLICY = "Returns: unused goods may be returned within 30 days of delivery for a refund. 30天内可退货退款。"


@pytest.fixture
def evidence() -> Evidence:
    return Evidence([TENT, POLICY], ["do you have a tent under 300 dollars?"], {1, 2})


@pytest.mark.parametrize(
    ("sentence", "lang"),
    [
        ("The Hollow 2 costs $249 and 12 are in stock.", "en"),
        ("It weighs 1.9 kg and comes in green.", "en"),
        ("I found two tents under $300.", "en"),
        ("You can return it within thirty days for a refund.", "en"),
        ("That leaves 51 dollars of your 300.", "en"),
        ("It does not come in red.", "en"),
        ("这款帐篷售价249美元，库存12件。", "zh"),
        ("您可以在三十天内退货。", "zh"),
        ("这款没有红色。", "zh"),
    ],
)
def test_grounded(evidence: Evidence, sentence: str, lang: str) -> None:
    assert ungrounded(sentence, evidence, lang) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sentence", "lang", "why"),
    [
        ("It costs $199.", "en", "figure"),
        ("You have ninety days to return it.", "en", "figure"),
        ("It comes with free shipping.", "en", "claim"),
        ("It has a lifetime guarantee.", "en", "claim"),
        ("It also comes in red.", "en", "attribute"),
        ("I have cancelled your order.", "en", "action"),
        ("Your refund has been processed.", "en", "action"),
        ("See https://evil.example/x for more.", "en", "address"),
        ("You may like the Alpine Explorer Max as well.", "en", "name"),
        ("这款帐篷售价199美元。", "zh", "figure"),
        ("您有九十天的退货期。", "zh", "figure"),
        ("全场包邮。", "zh", "claim"),
        ("它还有红色。", "zh", "attribute"),
        ("我已经为您取消了订单。", "zh", "action"),
        ("This one is nice.", "zh", "language"),
        ("这款很好。", "en", "language"),
    ],
)
def test_ungrounded(evidence: Evidence, sentence: str, lang: str, why: str) -> None:
    reason = ungrounded(sentence, evidence, lang)  # type: ignore[arg-type]
    assert reason is not None
    assert why in reason


def test_numbers_in_both_languages() -> None:
    assert numbers("P1 costs 1,299.50 and thirty days, 一百二十天") == {
        1,
        30,
        120,
        numbers("1299.5").pop(),
    }


def test_sentences_wait_for_their_end() -> None:
    assert split_sentences("It costs 249.", final=False) == ([], "It costs 249.")
    assert split_sentences("It costs 249.00 USD. And", final=False) == (
        ["It costs 249.00 USD."],
        " And",
    )
    assert split_sentences("有货。要吗", final=False) == (["有货。"], "要吗")
    assert split_sentences("1. A tent\n2. A mat", final=True)[0] == ["1. A tent", "2. A mat"]
