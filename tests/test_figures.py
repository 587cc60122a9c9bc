"""Figures are read in digits, words and numerals; money is told from other figures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.figures import amounts, counts, numbers, prices


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it costs 1,299.50 and thirty days, 一百二十天", ["1299.5", "30", "120"]),
        ("P1 and LED4 are names, 3 is not", ["3"]),
        ("two hundred and fifty dollars", ["250"]),
        ("under fifty bucks, a hundred at most", ["50", "100"]),
        ("twenty-five or thirty five, forty", ["25", "35", "40"]),
        ("both of two and four", ["2", "4"]),
        ("three thousand", ["3000"]),
        ("两百块左右，三百以内", ["200", "300"]),
        ("十五天，二十个，一千二百元", ["15", "20", "1200"]),
        ("一些东西，第一次", []),
        ("someone often tends to it", []),
    ],
)
def test_numbers(text: str, found: list[str]) -> None:
    assert numbers(text) == {Decimal(n) for n in found}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$249, 12 in stock, USD 5.50, 3 dollars", ["249", "5.5", "3"]),
        ("满75美元包邮，30天，两件，100元", ["75", "100"]),
        ("4.5 stars and 12 ports", []),
        ("12 USB ports", []),
    ],
)
def test_amounts(text: str, found: list[str]) -> None:
    assert amounts(text) == {Decimal(n) for n in found}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a headlamp of at least 1000 lumens for 2 people", ["1000", "2"]),
        ("一次订30把椅子，43码", ["30", "43"]),
        # Prices, with and without their currency.
        ("under 25 candles, 40 bucks tops, budget 200 please, $30 mugs", []),
        ("between 20 and 40 hiking poles, max 300 thanks, around 200 waterproof", []),
        ("a £ 200 tent, 80 AUD, no more than 50 waterproof", []),
        ("200以内，300块", []),
    ],
)
def test_what_counts_is_no_price(text: str, found: list[str]) -> None:
    assert counts(text) == {Decimal(n) for n in found}


def test_together_is_no_money() -> None:
    assert amounts("两个人能一块儿躺的吊床") == set()
    assert amounts("一百块，30块") == {Decimal(30)}


def test_prices_of_a_result() -> None:
    text = "P1 Hollow 2, 249.00 USD, stock 12, rated 4.6\ngreen 259.00, stock 5; 1.9 kg"
    assert prices(text) == {249, 259}


@given(st.integers(0, 99_999), st.sampled_from(["{} days", "${}.", "{}天", "（{}）", "-{}"]))
def test_digits_are_found_wherever_they_stand(number: int, frame: str) -> None:
    assert numbers(frame.format(number)) == {number}
    assert numbers(frame.format(f"{number:,}")) == {number}


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert amounts(text) <= prices(text) <= numbers(text)
