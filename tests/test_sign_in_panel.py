"""What the sign-in panel makes of the API's answers, as the browser hands them on."""

import json
from datetime import UTC, datetime

import pytest

from agent.context import ANONYMOUS, Shopper
from ui.identity import Visit
from ui.sign_in_panel import Entering, panel_text

SEEN = datetime(2026, 11, 21, tzinfo=UTC)
NOBODY = Visit(ANONYMOUS, "", SEEN)


def after(*outcomes: tuple[int, str]) -> Entering:
    """How far one is after these answers."""
    entering = Entering()
    for status, text in outcomes:
        entering.take(json.dumps({"status": status, "text": text}), "en")
    return entering


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([(202, "")], Entering(code_sent=True)),
        ([(202, ""), (401, "wrong")], Entering(code_sent=True, fault="wrong")),
        ([(202, ""), (401, "wrong"), (202, "")], Entering(code_sent=True)),
        ([(202, ""), (200, "")], Entering(entered=True)),
        ([(401, "no such order")], Entering(fault="no such order")),
        ([(200, ""), (429, "later")], Entering(fault="later")),
        (
            [(0, "")],
            Entering(
                fault="Something went wrong on our side; please try again. Nothing was changed."
            ),
        ),
    ],
)
def test_how_far_one_has_come(outcomes: list[tuple[int, str]], expected: Entering) -> None:
    assert after(*outcomes) == expected


@pytest.mark.parametrize("outcome", ["", "{}", "[]", "7", '{"status": "x", "text": ""}', "{"])
def test_what_no_browser_says(outcome: str) -> None:
    entering = Entering()
    entering.take(outcome, "zh")
    assert entering == Entering(fault="我们这边出了点问题，请再试一次。没有任何内容被更改。")


def test_what_is_shown_is_text() -> None:
    shown = panel_text(NOBODY, after((401, "<b>" + "x" * 500)), "en", sample=False)
    assert "&lt;b&gt;xxx" in shown
    assert len(shown) < 600


@pytest.mark.parametrize(
    ("visit", "sample", "words"),
    [
        (NOBODY, True, ["登录", "仅限示例店铺"]),
        (NOBODY, False, ["登录", "我们会把验证码发到你的邮箱"]),
        (Visit(Shopper.of_order("LP-1"), "LP-1", SEEN), False, ["订单 LP-1", "用邮箱登录后"]),
        (Visit(Shopper.signed_in("C-1"), "王安", SEEN), False, ["已登录：王安"]),
    ],
)
def test_the_head_of_the_panel(visit: Visit, sample: bool, words: list[str]) -> None:
    shown = panel_text(visit, Entering(), "zh", sample=sample)
    assert [word for word in words if word not in shown] == []
