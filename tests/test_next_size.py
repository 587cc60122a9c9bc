"""One size up or down: the variant beside the one that was bought."""

import pytest

from agent.orders.state import Choice
from agent.orders.views import LineView
from agent.tools.naming import size_step, variant_named

BOOTS = [
    "low, EU 43 / US M9",
    "low, EU 44 / US M10.5",
    "low, EU 45 / US M11",
    "high, EU 45 / US M11",
]
FLEECES = ["navy, S", "navy, M", "navy, L", "moss, L", "moss, XL"]
BAGS = ["navy", "moss"]


def _choices(options: list[str]) -> list[Choice]:
    return [
        Choice("p", text, {"en": text, "zh": text.replace(", ", "，")}, 900, "USD", 3)
        for text in options
    ]


def _named(said: str, options: list[str], bought: str) -> str:
    line = LineView(1, "p", bought, {"en": "Goods"}, {"en": bought, "zh": bought}, 900, 1)
    return variant_named(said, line, _choices(options))


@pytest.mark.parametrize(
    ("said", "options", "bought", "meant"),
    [
        ("one size up", FLEECES, "navy, M", "navy, L"),
        ("the next size down", FLEECES, "navy, M", "navy, S"),
        ("a size bigger, in moss", FLEECES, "navy, M", "moss, L"),
        ("大一码", FLEECES, "navy, M", "navy, L"),
        ("小一号的", FLEECES, "navy, M", "navy, S"),
        ("a size larger", BOOTS, "low, EU 44 / US M10.5", "low, EU 45 / US M11"),
        ("再大一码", BOOTS, "low, EU 43 / US M9", "low, EU 44 / US M10.5"),
        # There is none, or there are no sizes.
        ("one size up", FLEECES, "moss, XL", ""),
        ("one size up", BAGS, "navy", ""),
        # Said outright, as before.
        ("navy, L", FLEECES, "navy, M", "navy, L"),
    ],
)
def test_the_size_beside(said: str, options: list[str], bought: str, meant: str) -> None:
    assert _named(said, options, bought) == meant


@pytest.mark.parametrize("said", ["large", "XL", "大码", "any size", "两个", "the big one"])
def test_no_step(said: str) -> None:
    assert size_step(said) == 0
