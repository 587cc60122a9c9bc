"""Asking a model for an evaluation: answers kept, failures noted, variants as they are served."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from agent.assistant import Assistant
from agent.cases import Case, run_case
from agent.errors import ModelUnavailable, SettingsError, TrainingError
from agent.profiles import load_profile
from agent.serving import serving_command
from agent.settings import Settings
from agent.shop import Shop
from agent.tools import tool_schemas
from finetune.evaluation.asking import all_of, ask
from finetune.evaluation.progress import Progress
from finetune.evaluation.recording import RecordedModel, Recording, model_hash
from finetune.evaluation.running import Order, held_out_rows
from finetune.evaluation.steps import Step
from finetune.evaluation.variants import available, make_variant, tools_for
from finetune.synthesis.corpus import write_rows
from tests.evaluation_rows import ROWS, all_steps
from tests.scripted_model import Call, Say, ScriptedModel, call
from tests.shop_fixtures import Ready

# Asking


def perfect(steps: Sequence[Step]) -> ScriptedModel:
    """A model that knows the gold answers."""
    by_words = {(s.messages[-1]["content"], len(s.messages)): s for s in steps}

    def answer(request: object) -> Say | Call:
        step = by_words[(request.said, len(request.messages))]  # type: ignore[attr-defined]
        return call(step.calls[0][0], **step.calls[0][1]) if step.calls else Say(step.text)

    return ScriptedModel(answering=answer)


async def _always() -> bool:
    return True


def recorded(inner: ScriptedModel, recording: Recording) -> RecordedModel:
    return RecordedModel(inner=inner, recording=recording, model_hash="m", needed=_always)


async def test_answers_are_kept_and_not_asked_again(tmp_path: Path) -> None:
    steps, said = all_steps(), list[str]()
    with Recording(tmp_path / "answers.db") as recording:
        inner = perfect(steps)
        model = recorded(inner, recording)
        first = await ask(model, tool_schemas(), steps, at_once=4, what="x", say=said.append)
    assert [(a.calls, a.text) for a in first] == [(s.calls, s.text) for s in steps]
    assert [(a.prompt_tokens, a.tokens, a.fault) for a in first] == [(10, 5, "")] * len(steps)
    assert len(inner.history) == len(steps)
    assert said[-1] == "x: 12 of 12"
    with Recording(tmp_path / "answers.db") as recording:
        again = recorded(ScriptedModel(), recording)
        second = await ask(again, tool_schemas(), steps, at_once=4, what="x", say=said.append)
        assert second == first
        stricter = again.model_copy(update={"model_hash": "other"})
        with pytest.raises(AssertionError, match="no reply"):
            await ask(stricter, tool_schemas(), steps[:1], at_once=1, what="x", say=said.append)


def as_if_each_took(seconds: float, file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE answer SET body = json_set(body, '$.seconds', ?)", (seconds,))


async def test_with_others_at_once_answers_are_asked_and_timed_anew(tmp_path: Path) -> None:
    step, seconds = all_steps()[:1], []
    with Recording(tmp_path / "answers.db") as recording:
        for at_once in (4, 1, 4):
            model = recorded(perfect(step), recording)
            (answer,) = await ask(model, [], step, at_once=at_once, what="x", say=lambda _: None)
            seconds.append(answer.seconds)
            if len(seconds) == 1:
                as_if_each_took(50.0, tmp_path / "answers.db")
    assert max(seconds[:2]) < 50
    assert seconds[2] == 50


async def test_a_turn_answered_from_the_file_took_what_it_took_once(
    tmp_path: Path, shop: Shop
) -> None:
    turns = [{"say": "a tent up to 250 dollars"}]
    case = Case.model_validate({"id": "c", "lang": "en", "turns": turns})
    profile = load_profile("qwen2.5-coder-0.5b").model_copy(update={"examples": None})
    inner = ScriptedModel()
    inner.enqueue(call("search_products", query="tent", max_price=250), Say("Here they are."))
    with Recording(tmp_path / "answers.db") as recording:
        first = Assistant(shop, recorded(inner, recording), profile, Ready())
        before = await run_case(first, case)
        as_if_each_took(50.0, tmp_path / "answers.db")
        again = Assistant(shop, recorded(ScriptedModel(), recording), profile, Ready())
        after = await run_case(again, case)
    assert after.transcript == before.transcript
    assert before.seconds[0] < 50
    assert 100 <= after.seconds[0] < 150


async def test_a_broken_call_stays_broken_when_it_is_kept(tmp_path: Path) -> None:
    step = all_steps()[:1]
    with Recording(tmp_path / "answers.db") as recording:
        inner = ScriptedModel()
        inner.enqueue(Call("search_products", '{"query": "te', finish="length"))
        answers = [
            (await ask(m, [], step, at_once=1, what="x", say=lambda _: None))[0]
            for m in (recorded(inner, recording), recorded(ScriptedModel(), recording))
        ]
    assert answers[0].fault.startswith("the call does not parse")
    assert answers[0] == answers[1]


async def test_a_server_that_fails_ends_the_run_and_is_noted(tmp_path: Path) -> None:
    with Recording(tmp_path / "answers.db") as recording:
        inner = ScriptedModel()
        inner.enqueue(httpx.ConnectError("refused"))
        model = recorded(inner, recording)
        with pytest.raises(ModelUnavailable, match="refused"):
            await ask(model, [], all_steps()[:1], at_once=1, what="x", say=lambda _: None)
    assert model.server_failures == ["ConnectError: refused"]


async def test_all_of_keeps_the_order() -> None:
    async def number(n: int) -> int:
        return n

    assert await all_of([number(n) for n in range(5)]) == [0, 1, 2, 3, 4]


def test_progress_tells_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 30.0, 31.0, 32.0, 33.0])
    monkeypatch.setattr("finetune.evaluation.progress.time.monotonic", lambda: next(clock))
    said: list[str] = []
    progress = Progress("base", 4, said.append)
    for note in ("", "2 passed", "", ""):
        progress.step(note)
    assert said == ["base: 1 of 4, about 90 s left".replace("90 s", "2 min"), "base: 4 of 4"]


# Variants


def test_a_variant_without_strict_schemas_lets_anything_be_sampled(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path)
    loose, strict = (make_variant(name, settings) for name in ("base", "base-strict"))
    assert loose.profile.name == "qwen2.5-coder-0.5b-base"
    assert [tool["function"].get("strict") for tool in loose.tools] == [None] * len(loose.tools)
    assert strict.tools == tool_schemas()
    command = serving_command(loose.profile, settings, "cpu")
    assert "--tool-strict-level" not in command
    served = serving_command(strict.profile, settings, "cpu")
    assert [pair for pair in pairwise(served) if pair[0] == "--tool-strict-level"] == [
        ("--tool-strict-level", "parameter")
    ]
    assert model_hash(loose.profile) != model_hash(strict.profile)
    assert tools_for(load_profile("qwen3-4b")) == tool_schemas()


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path)
    with pytest.raises(SettingsError, match="there is no variant 'best'; there are: base"):
        make_variant("best", settings)
    with pytest.raises(SettingsError, match="no adapter is tuned yet"):
        make_variant("tuned", settings)
    elsewhere = settings.model_copy(update={"model_url": "http://127.0.0.1:9/v1"})
    with pytest.raises(SettingsError, match="SHOPCLERK_MODEL_URL"):
        make_variant("base", elsewhere)
    said: list[str] = []
    assert available([], "", said.append) == ["base", "base-strict", "router"]
    assert said == ["no adapter is there yet, so nothing tuned is measured"]
    assert available([], "mine", said.append)[2:4] == ["tuned", "tuned-strict"]


def test_held_out_rows_are_drawn_by_the_seed(tmp_path: Path) -> None:
    file = tmp_path / "held-out.jsonl"
    order = Order(("base",), held_out=file, limit=2)
    with pytest.raises(TrainingError, match="`shopclerk finetune synthesise` makes them"):
        held_out_rows(order)
    file.write_text('{"id": 1}\n')
    with pytest.raises(TrainingError, match="holds no conversations"):
        held_out_rows(order)
    write_rows(ROWS, file)
    drawn = held_out_rows(order)
    assert drawn == held_out_rows(order)
    assert len(drawn) == 2
    assert held_out_rows(Order(("base",), held_out=file)) == ROWS
