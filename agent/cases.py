"""Canned questions: read, asked of an assistant, judged, and compared with an accepted run."""

import json
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.asked import Asked, words_of
from agent.assistant import Assistant
from agent.confirming import Confirm
from agent.context import ANONYMOUS, Shopper
from agent.errors import ImportFileError, NotFound
from agent.events import Done, Event, Lang
from agent.judging import judge, matches, prose
from agent.orders.money import to_text
from agent.orders.views import OrderView
from agent.replaying import replayed

_NO_PROPOSAL = ["there is no pending proposal to confirm"]


class Expect(BaseModel):
    """What should come of a turn; a value may be {"any": [...]} where one is expected."""

    model_config = ConfigDict(extra="forbid")

    tools: list[dict[str, Any]] = []
    no_tools: list[Any] = []
    products: list[Any] = []
    contains: list[Any] = []
    excludes: list[Any] = []
    cites: list[Any] = []
    proposal: dict[str, Any] | None = None
    order: dict[str, Any] = {}
    refuses: bool = False
    hand_off: bool = False
    lang: Literal["en", "zh"] = "en"


class CaseTurn(BaseModel):
    """One thing that the shopper says, or a confirmation, and what should come of it."""

    model_config = ConfigDict(extra="forbid")

    say: str = ""
    confirm: bool = False
    expect: Expect = Expect()


class Case(BaseModel):
    """One canned conversation; fields beyond the format are carried into the report."""

    model_config = ConfigDict(extra="allow")

    id: str
    lang: Lang
    customer_id: str | None = None
    turns: list[CaseTurn] = Field(min_length=1)


@dataclass(frozen=True)
class Verdict:
    """One case's outcome. `turn` counts from 1; a passed case has no `why`."""

    id: str
    lang: str
    turn: int = 0
    why: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    model_calls: int = 0
    transcript: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every turn did what was expected."""
        return not self.why


def read_cases(files: Sequence[Path]) -> list[Case]:
    """All cases of the files. Raises ImportFileError with every fault, ids being unique."""
    cases: list[Case] = []
    problems: list[str] = []
    for file in files:
        for number, line in enumerate(_lines(file), 1):
            if not line.strip():
                continue
            try:
                case = Case.model_validate_json(line)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"])) or "line"
                problems.append(f"{file}:{number}: {where}: {first['msg']}")
                continue
            if any(case.id == other.id for other in cases):
                problems.append(f"{file}:{number}: id: {case.id} is there twice")
            cases.append(case)
    if problems:
        raise ImportFileError("; ".join(problems[:3]), problems)
    return cases


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFileError(f"{file} cannot be read: {error}") from error


async def run_cases(assistant: Assistant, cases: Iterable[Case]) -> AsyncIterator[Verdict]:
    """Ask each case in a conversation of its own."""
    for case in cases:
        yield await run_case(assistant, case)


async def run_case(assistant: Assistant, case: Case) -> Verdict:
    """Ask the turns of one case until one of them fails.

    What a kept answer once took counts in its turn's seconds (`agent.replaying`).
    """
    shopper = Shopper.signed_in(case.customer_id) if case.customer_id else ANONYMOUS
    session_id = f"case-{uuid4().hex}"
    seconds: list[float] = []
    calls = 0
    transcript: list[dict[str, Any]] = []
    why: list[str] = []
    for turn in case.turns:
        started = time.monotonic()
        asked: Asked = turn.say
        if turn.confirm:
            pending = assistant.shop.proposals.pending(shopper, session_id)
            if pending is None:
                why = _NO_PROPOSAL
                break
            asked = Confirm(pending.id)
        stream = assistant.turn(session_id, shopper, asked, case.lang)
        with replayed() as kept:
            events: list[Event] = [event async for event in stream]
        seconds.append(round(time.monotonic() - started + sum(kept), 3))
        calls += sum(event.model_calls for event in events if isinstance(event, Done))
        transcript.append(_spoken(words_of(asked, case.lang), events))
        expect = turn.expect.model_dump(exclude_unset=True)
        why = judge(expect, events) + _order_state(assistant, shopper, expect)
        if why:
            break
    return Verdict(
        id=case.id,
        lang=case.lang,
        turn=len(seconds) + (why is _NO_PROPOSAL) if why else 0,
        why=why,
        seconds=seconds,
        model_calls=calls,
        transcript=transcript,
        extra=dict(case.model_extra or {}),
    )


def _spoken(said: str, events: list[Event]) -> dict[str, Any]:
    cards = [e.type for e in events if e.type not in ("text", "status", "done", "quick_replies")]
    tools = [call for e in events if isinstance(e, Done) for call in e.tools]
    return {"shopper": said, "assistant": prose(events), "cards": cards, "tools": tools}


def _order_state(assistant: Assistant, shopper: Shopper, expect: dict[str, Any]) -> list[str]:
    """Whether the order of the expectation is in the state that it names."""
    wanted = expect.get("order")
    if not wanted:
        return []
    try:
        order = assistant.shop.orders.get_order(shopper, wanted["id"])
    except NotFound:
        return [f"there is no order {wanted['id']}"]
    state = _as_format(order)
    return [] if matches(wanted, state) else [f"the order is {state['status']}, not {wanted}"]


def _as_format(order: OrderView) -> dict[str, Any]:
    """An order in the words of DESIGN section 5, as far as a case can name it."""
    return {
        "id": order.id,
        "status": order.status.value,
        "currency": order.currency,
        "address": order.address,
        "total": to_text(order.total, order.currency),
        "lines": [
            {"line": n.line, "product_id": n.product_id, "variant_id": n.variant_id}
            for n in order.lines
        ],
    }


def report(verdicts: Sequence[Verdict], versions: dict[str, str]) -> dict[str, Any]:
    """The figures of a run, as `cases run --json` prints them. Times are in seconds a turn."""
    seconds = sorted(s for verdict in verdicts for s in verdict.seconds)
    failed = [v for v in verdicts if not v.passed]
    p95 = quantiles(seconds, n=20)[18] if len(seconds) > 1 else sum(seconds)
    return {
        "cases": len(verdicts),
        "passed": len(verdicts) - len(failed),
        # What a case is there for ("why") gives way to why it failed.
        "failed": [
            {**v.extra, "about": v.extra.get("why", ""), "id": v.id, "turn": v.turn, "why": v.why}
            for v in failed
        ],
        "by_language": {
            lang: [
                sum(v.passed for v in verdicts if v.lang == lang),
                sum(v.lang == lang for v in verdicts),
            ]
            for lang in sorted({v.lang for v in verdicts})
        },
        "model_calls": sum(v.model_calls for v in verdicts),
        "median_turn_s": round(median(seconds), 3) if seconds else 0.0,
        "p95_turn_s": round(p95, 3),
        "versions": versions,
    }


def save_run(path: Path, verdicts: Sequence[Verdict], summary: dict[str, Any]) -> None:
    """Write a run with its transcripts; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    body = {"summary": summary, "verdicts": [asdict(v) | {"passed": v.passed} for v in verdicts]}
    beside.write_text(json.dumps(body, ensure_ascii=False, indent=1, default=str), "utf-8")
    beside.replace(path)


def compare(path: Path, verdicts: Sequence[Verdict]) -> dict[str, list[str]]:
    """What changed against a saved run: cases that pass now, fail now, or answer otherwise."""
    try:
        before = {v["id"]: v for v in json.loads(path.read_text("utf-8"))["verdicts"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImportFileError(f"{path} is no saved run of cases: {error}") from error
    same = [v for v in verdicts if v.id in before]
    return {
        "mended": [v.id for v in same if v.passed and not before[v.id]["passed"]],
        "broken": [v.id for v in same if not v.passed and before[v.id]["passed"]],
        "said_otherwise": [
            v.id
            for v in same
            if [t["assistant"] for t in v.transcript]
            != [t["assistant"] for t in before[v.id]["transcript"]]
        ],
        "new": [v.id for v in verdicts if v.id not in before],
    }
