"""The grounding check lets through what a result says, in both languages, and nothing else."""

import pytest

from agent.events import Lang
from agent.grounding import Evidence, split_sentences, ungrounded

TENT = "P1 Hollow 2 tent, Fernhollow, 249.00 USD, 12 in stock, weight 1.9 kg, moss green / 苔藓绿"
POLICY = (
    "Returns: unused goods may be returned within 30 days of delivery for a refund. "
    "30天内可退货退款。"
)


@pytest.fixture
def evidence() -> Evidence:
    found = f"2 products:\n{TENT}\nP2 Rowan tarp, Fernhollow, 89.00 USD, 3 in stock"
    return Evidence([found, POLICY], ["do you have a tent under 300 dollars?"])


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


def test_sentences_wait_for_their_end() -> None:
    assert split_sentences("It costs 249.", final=False) == ([], "It costs 249.")
    assert split_sentences("It costs 249.00 USD. And", final=False) == (
        ["It costs 249.00 USD."],
        " And",
    )
    assert split_sentences("有货。要吗", final=False) == (["有货。"], "要吗")
    assert split_sentences("1. A tent\n2. A mat", final=True)[0] == ["1. A tent", "2. A mat"]


ORDERS = (
    "2 orders:\n"
    "LP-28409: pending, not yet processed, placed 2026-11-21, 116.00 USD, 1. 1 x Tea set\n"
    "LP-27815: shipped, on its way, placed 2026-11-17, 281.90 USD, 1. 1 x Cloudrest tent"
)


def test_what_is_true_of_one_order_proves_nothing_of_another() -> None:
    evidence = Evidence([ORDERS])
    assert ungrounded("Order LP-27815 is on its way.", evidence, "en") is None
    assert ungrounded("Order LP-28409 is on its way.", evidence, "en") is not None
    assert ungrounded("Order LP-28409 cost 281.90 USD.", evidence, "en") is not None
    assert ungrounded("您的订单LP-28409已发货。", Evidence([ORDERS, "已发货"]), "zh") is not None


def test_the_last_state_of_an_order_counts() -> None:
    later = "LP-28409: shipped, on its way, placed 2026-11-21, 116.00 USD"
    assert ungrounded("LP-28409 is on its way.", Evidence([ORDERS, later]), "en") is None


def test_invented_names_in_a_list_are_found() -> None:
    evidence = Evidence(
        ["P1 骡子登山杖, 59.95 USD\nP2 水獭防水袋, 20.00 USD\nP3 白鹤登山杖, 129.00 USD"]
    )
    assert ungrounded("找到骡子登山杖、水獭防水袋、白鹤登山杖。", evidence, "zh") is None
    assert ungrounded("找到骡子登山杖、滑雪者登山杖、白鹤登山杖。", evidence, "zh") is not None


LAMPS = (
    "3 products:\nP1 Owl Lamp, 89.00 USD, stock 5\nP2 Wren Lamp, 30.00 USD\nP3 Moth Lamp, 12.00 USD"
)


@pytest.mark.parametrize(
    ("sentence", "lang", "grounded"),
    [
        ("Farms便携枕，材质：磨毛涤纶枕套。", "zh", False),
        ("Dumpling便携枕，材质：磨毛涤纶枕套。", "zh", True),
        ("Farms Dumpling Travel Pillow is filled with polyester.", "en", False),
        ("The Dumpling Travel Pillow is filled with polyester.", "en", True),
        ("Dumpling Travel Pillow: polyester.", "en", True),
        ("Shall I look for another one?", "en", True),
        ("About 19 of them.", "en", True),
    ],
)
def test_an_invented_name_before_a_true_one_is_found(
    sentence: str, lang: Lang, grounded: bool
) -> None:
    result = "P1 Dumpling Travel Pillow, 19.00 USD\nDumpling便携枕，材质：磨毛涤纶枕套, polyester"
    why = ungrounded(sentence, Evidence(results=[result], said=[]), lang)
    assert (why is None) is grounded, why


@pytest.mark.parametrize(
    ("sentence", "grounded"),
    [
        ("第一款是救助徒步急救包，19.00 USD。", False),
        ("第一款是愈行徒步急救包，19.00 USD。", True),
        ("家庭徒步急救包是29.00 USD。", True),
        ("这款徒步急救包是19.00 USD。", True),
        ("您看的徒步急救包是19.00 USD。", True),
    ],
)
def test_a_chinese_name_with_another_beginning_is_found(sentence: str, grounded: bool) -> None:
    result = "P1 愈行徒步急救包, 19.00 USD\nP2 家庭徒步急救包, 29.00 USD"
    assert (ungrounded(sentence, Evidence([result]), "zh") is None) is grounded


def test_how_many_were_found_may_stand_beside_their_names() -> None:
    evidence = Evidence([LAMPS])
    assert ungrounded("I found 3 products: Owl Lamp, Wren Lamp, Moth Lamp.", evidence, "en") is None
    assert ungrounded("I found three lamps; the Owl Lamp is 89.00 USD.", evidence, "en") is None
    assert ungrounded("有三款：Owl Lamp、Wren Lamp、Moth Lamp。", evidence, "zh") is None
    assert ungrounded("I found 4 products, the Owl Lamp first.", evidence, "en") is not None
    assert ungrounded("The Owl Lamp runs for 3 hours.", evidence, "en") is not None


def test_a_price_is_no_weight() -> None:
    evidence = Evidence(["P2 Chrysalis Bag, 64.95 USD, stock 42\nweight 1.1 kg"])
    assert ungrounded("The Chrysalis Bag weighs 1.1 kg.", evidence, "en") is None
    assert ungrounded("The Chrysalis Bag weighs 64.95 USD.", evidence, "en") is not None


@pytest.mark.parametrize(
    ("result", "sentence", "lang"),
    [
        (
            "2 products:\nP1 Owl Lamp, 20.00 USD\nP2 Elk Lamp, 30.00 USD",
            "Owl Lamp at 20.00 USD fits; the cards show 2 products.",
            "en",
        ),
        (
            "共5个订单：\nA-1001: 待处理, 下单于 2026-11-20, 9.00 USD",
            "您有5个订单，最近的是A-1001，待处理。",
            "zh",
        ),
        (
            "No product in that price range.\nP1 Owl Lamp, 20.00 USD, the cheapest",
            "The cheapest is Owl Lamp at 20.00 USD.",
            "en",
        ),
        (
            "A-1001: delivered, placed 2026-11-20\nBlueVan, delivered 2026-11-22",
            "A-1001 was delivered on 2026-11-22.",
            "en",
        ),
    ],
)
def test_what_a_result_says_beside_a_name_may_be_said(
    result: str, sentence: str, lang: Lang
) -> None:
    assert ungrounded(sentence, Evidence([result]), lang) is None
    wrong = sentence.replace("2026-11-22", "2026-11-23").replace("20.00", "21.00")
    wrong = wrong.replace("5个订单", "6个订单")
    assert ungrounded(wrong, Evidence([result]), lang)
