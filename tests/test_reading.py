"""What the shopper's words say of an order's lines: which, and what they become."""

import pytest

from agent.orders.state import Choice
from agent.orders.views import LineView
from agent.tools.reading import lines_meant, swaps_said


def line(number: int, title: str) -> LineView:
    return LineView(
        number,
        f"p{number}",
        f"p{number}-0",
        {"en": title},
        {"colour": "red", "size": "500ml"},
        100,
        1,
    )


LINES = [line(1, "Garden Grill"), line(2, "Water Bottle"), line(3, "Vacuum Cleaner")]


def choices(product_id: str) -> list[Choice]:
    """Four variants of every product: two colours, two sizes."""
    return [
        Choice(product_id, f"{product_id}-{n}", {"colour": colour, "size": size}, 100, "USD", 5)
        for n, (colour, size) in enumerate(
            [("red", "500ml"), ("black", "500ml"), ("red", "1000ml"), ("black", "1000ml")]
        )
    ]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "the Water Bottle to 1000ml and black and the Vacuum Cleaner to 1000ml. My red visa",
            {2: "p2-3", 3: "p3-2"},
        ),
        ("the bottle (red, 500ml) into black", {2: "p2-1"}),
        # What is left open, or not said after the thing, is the model's to read.
        ("black instead of red for the Water Bottle", {}),
        ("the Water Bottle to black and the grill to something else", {}),
        ("make them black", {}),
        ("don't touch the bottle, 1000ml is enough. The grill to black", {}),
    ],
)
def test_what_each_line_shall_become(said: str, wanted: dict[int, str]) -> None:
    assert swaps_said(said, LINES, choices) == wanted


@pytest.mark.parametrize(
    ("said", "given", "meant"),
    [
        ("send back the water bottle and the vacuum cleaner", [1, 2, 3], [2, 3]),
        ("send back the water bottle and the vacuum cleaner", [2, 3], [2, 3]),
        ("the bottle leaks, the vacuum cleaner is fine", [2], [2]),
        ("return everything: the grill, the bottle", [1, 2, 3], [1, 2, 3]),
        ("the bottle leaks", [3], [2]),
        ("it leaks", [3], [3]),
        ("the bottle and the other one go back", [1, 2], [1, 2]),
        ("The bottle leaks. Send back line 3 as well", [2, 3], [2, 3]),
    ],
)
def test_lines_that_are_called_by_their_names(
    said: str, given: list[int], meant: list[int]
) -> None:
    assert lines_meant([said], given, LINES) == meant
