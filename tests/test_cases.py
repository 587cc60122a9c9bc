"""Canned questions: read with every fault named, judged both ways, reported and compared."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.cases import Case, Verdict, compare, read_cases, report, run_case, save_run
from agent.errors import ImportFileError
from agent.events import (
    Citation,
    Done,
    Event,
    HandOff,
    Order,
    ProductCard,
    Products,
    QuickReplies,
    SignIn,
    Text,
)
from agent.judging import judge, matches
from agent.settings import CHECKOUT
from tests.scripted_model import Say, call
from tests.shop_fixtures import OWN_ORDER, Counter

DONE = Done(
    turn_id="t",
    lang="en",
    seconds=1,
    at=datetime(2026, 11, 21, tzinfo=UTC),
    tools=[("search_products", {"query": "tent", "max_price": 250})],
)
CARD = ProductCard(
    handle="P1", id="tent-hollow-2", title="Hollow 2", price="249.00", currency="USD"
)
ORDER = Order(
    id="LP-1",
    status="shipped",
    status_text="已发货",
    placed_at="",
    total="9.00",
    currency="USD",
    lines=[],
)
QUOTE = Citation(
    policy_id="returns", title="Returns", version="1", effective_from="", quote="30 days"
)
TURN: list[Event] = [
    Text(text="The Hollow 2 fits two people."),
    Products(items=[CARD]),
    ORDER,
    QUOTE,
    QuickReplies(options=["Compare the first two"]),
    DONE,
]


@pytest.mark.parametrize(
    ("expect", "met"),
    [
        ({"tools": [{"name": "search_products", "args": {"max_price": "250.0"}}]}, True),
        ({"tools": [{"name": {"any": ["get_product", "search_products"]}}]}, True),
        ({"tools": [{"name": "search_products", "args": {"max_price": 200}}]}, False),
        ({"tools": [{"name": "get_order"}]}, False),
        ({"no_tools": ["get_order"]}, True),
        ({"no_tools": [{"any": ["get_order", "search_products"]}]}, False),
        ({"products": ["tent-hollow-2"]}, True),
        ({"products": [{"any": ["x", "tent-hollow-2"]}]}, True),
        ({"products": ["tent-firth-2"]}, False),
        ({"contains": ["249.00", "hollow", "已发货", "３０ DAYS"]}, True),
        ({"contains": [{"any": ["199", "249"]}]}, True),
        ({"contains": ["compare"]}, False),
        ({"excludes": ["249", "tent-firth-2"]}, True),
        ({"excludes": ["two PEOPLE"]}, False),
        ({"excludes": ["tent-hollow-2"]}, False),
        ({"excludes": [{"any": ["x", "fits"]}]}, False),
        ({"cites": ["returns"]}, True),
        ({"cites": [{"any": ["shipping", "privacy"]}]}, False),
        ({"proposal": None}, True),
        ({"proposal": {"kind": "return"}}, False),
        ({"refuses": True}, False),
        ({"refuses": False}, True),
        ({"hand_off": False}, True),
        ({"hand_off": True}, False),
        ({"lang": "en"}, True),
        ({"lang": "zh"}, False),
        ({"colour": "red"}, False),
        ({"order": {"id": "LP-1"}}, True),
        ({}, True),
    ],
)
def test_every_expectation_both_ways(expect: dict[str, Any], met: bool) -> None:
    faults = judge(expect, TURN)
    assert (faults == []) is met, faults


@pytest.mark.parametrize(
    ("events", "refused"),
    [
        ([Text(text="I am afraid that cannot be done.")], True),
        ([SignIn(text="Please sign in to see your orders.")], True),
        ([Text(text="抱歉，无法取消。")], True),
        ([Text(text="Done, it is on its way.")], False),
    ],
)
def test_refusing_is_saying_so(events: list[Event], refused: bool) -> None:
    assert (judge({"refuses": True}, events) == []) is refused


def test_an_unasked_hand_off() -> None:
    handed = HandOff(reference="H1", text="A colleague will take over.")
    assert judge({"hand_off": False}, [handed]) == ["an unasked hand-off"]
    assert judge({"hand_off": True}, [handed]) == []


@pytest.mark.parametrize(
    ("wanted", "got", "same"),
    [
        ("Ａbc", "abC", True),
        (250, "250.00", True),
        ({"a": 1}, {"a": "1", "b": 2}, True),
        ({"a": 1}, {"b": 1}, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [1], False),
        (True, True, True),
        (True, 1, False),
        (None, None, True),
        ({"a": 1}, "a", False),
    ],
)
def test_matches(wanted: Any, got: Any, same: bool) -> None:
    assert matches(wanted, got) is same


def write(folder: Path, *lines: object) -> Path:
    file = folder / "cases.jsonl"
    texts = [x if isinstance(x, str) else json.dumps(x, ensure_ascii=False) for x in lines]
    file.write_text("\n".join(texts) + "\n", "utf-8")
    return file


GOOD = {"id": "a", "lang": "en", "turns": [{"say": "hi\u2028there"}], "why": "because"}


def test_cases_are_read_with_their_extra_fields(tmp_path: Path) -> None:
    (case,) = read_cases([write(tmp_path, GOOD, "")])
    assert (case.id, case.turns[0].say) == ("a", "hi\u2028there")
    assert case.model_extra == {"why": "because"}


def test_every_fault_has_its_line_and_field(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        GOOD,
        "{not json",
        {"id": "b", "lang": "de", "turns": [{"say": "x"}]},
        {"id": "c", "lang": "en", "turns": []},
        {"id": "d", "lang": "en", "turns": [{"say": "x", "expect": {"contain": ["y"]}}]},
        {"id": "e", "lang": "en", "turns": [{"say": "x", "expect": {"contains": "y"}}]},
        GOOD,
    )
    with pytest.raises(ImportFileError) as caught:
        read_cases([file])
    fields = [problem.removeprefix(f"{file}:").split(": ")[:2] for problem in caught.value.problems]
    assert fields == [
        ["2", "line"],
        ["3", "lang"],
        ["4", "turns"],
        ["5", "turns.0.expect.contain"],
        ["6", "turns.0.expect.contains"],
        ["7", "id"],
    ]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match=r"nowhere\.jsonl cannot be read"):
        read_cases([tmp_path / "nowhere.jsonl"])


def test_the_projects_own_cases_are_whole() -> None:
    cases = read_cases(sorted((CHECKOUT / "data" / "cases").glob("*.jsonl")))
    assert len(cases) >= 60
    assert {case.lang for case in cases} == {"en", "zh"}


def case(**changes: Any) -> Case:
    return Case.model_validate(GOOD | changes)


async def test_a_case_is_asked_until_a_turn_fails(counter: Counter) -> None:
    turns = [
        {"say": "a tent up to 250 dollars", "expect": {"products": ["tent-hollow-2"]}},
        {"say": "thanks", "expect": {"contains": ["you are welcome"]}},
        {"say": "never asked"},
    ]
    search = call("search_products", query="Hollow 2 tent", max_price=250)
    counter.model.enqueue(search, Say("Here they are."), Say("Bye!"))
    verdict = await run_case(counter.assistant, case(turns=turns))
    assert (verdict.passed, verdict.turn, verdict.model_calls) == (False, 2, 3)
    assert verdict.why == ["'you are welcome' is not on the screen"]
    assert [turn["assistant"] for turn in verdict.transcript] == ["Here they are.", "Bye!"]
    assert verdict.transcript[0]["cards"] == ["filters", "products"]
    assert verdict.extra == {"why": "because"}


async def test_a_case_as_a_customer_sees_the_state_of_an_order(counter: Counter) -> None:
    for status, passed in (("shipped", True), ("cancelled", False)):
        counter.model.enqueue(call("get_order", order_id=OWN_ORDER), Say("It is on its way."))
        expect = {"order": {"id": OWN_ORDER, "status": status}}
        turns = [{"say": f"where is {OWN_ORDER}", "expect": expect}]
        verdict = await run_case(counter.assistant, case(customer_id="C-5931", turns=turns))
        assert verdict.passed is passed


async def test_nothing_to_confirm_fails(counter: Counter) -> None:
    verdict = await run_case(counter.assistant, case(turns=[{"confirm": True}]))
    assert (verdict.passed, verdict.turn) == (False, 1)


@pytest.mark.parametrize(("status", "passed"), [("cancelled", True), ("pending", False)])
async def test_a_confirmed_change_is_judged_by_the_order(
    counter: Counter, status: str, passed: bool
) -> None:
    order = "LP-28397"
    counter.model.enqueue(
        call("propose_cancellation", order_id=order, reason="no longer needed"),
        Say("Please check it."),
    )
    turns = [
        {
            "say": f"cancel {order}, I don't need it",
            "expect": {"proposal": {"kind": "cancellation", "order_id": order}},
        },
        {"confirm": True, "expect": {"order": {"id": order, "status": status}}},
    ]
    verdict = await run_case(counter.assistant, case(customer_id="C-2041", turns=turns))
    assert (verdict.passed, verdict.turn) == (passed, 0 if passed else 2)


def verdicts(*passed: bool) -> list[Verdict]:
    said = [{"shopper": "x", "assistant": "y", "cards": [], "tools": []}]
    return [
        Verdict(f"c{n}", "en", 0 if ok else 1, [] if ok else ["no"], [float(n + 1)], 2, said)
        for n, ok in enumerate(passed)
    ]


def test_the_report() -> None:
    summary = report(verdicts(True, False, True), {"model": "m"})
    assert summary == {
        "cases": 3,
        "passed": 2,
        "failed": [{"about": "", "id": "c1", "turn": 1, "why": ["no"]}],
        "by_language": {"en": [2, 3]},
        "model_calls": 6,
        "median_turn_s": 2.0,
        "p95_turn_s": pytest.approx(3.8, abs=1.0),
        "versions": {"model": "m"},
    }
    assert report([], {})["median_turn_s"] == 0.0


def test_what_changed_since_the_accepted_run(tmp_path: Path) -> None:
    accepted = tmp_path / "runs" / "accepted.json"
    save_run(accepted, verdicts(True, False, True), {})
    now = verdicts(False, True, True, True)
    now[2].transcript[0]["assistant"] = "z"
    assert compare(accepted, now) == {
        "mended": ["c1"],
        "broken": ["c0"],
        "said_otherwise": ["c0", "c1", "c2"],
        "new": ["c3"],
    }
    assert compare(accepted, verdicts(True, False, True))["said_otherwise"] == []
    accepted.write_text("{}")
    with pytest.raises(ImportFileError, match="is no saved run of cases"):
        compare(accepted, now)
