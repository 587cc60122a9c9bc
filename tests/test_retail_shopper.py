"""The scripted shopper of tau-bench's tasks: what they say, what they confirm, what is counted."""

import random
import re
from collections.abc import Callable
from math import comb
from pathlib import Path
from typing import Any

import pytest

from agent.assistant import Assistant
from agent.errors import ImportFileError, InvalidInput
from agent.orders.access.scope import SYSTEM
from agent.orders.models import Order as StoredOrder
from agent.shop import Shop
from finetune.evaluation.figures import Resampling
from finetune.evaluation.retail.oracle import Oracle
from finetune.evaluation.retail.run import Order, pass_hat, run_tasks, sample, tasks_report
from finetune.evaluation.retail.shop import batches, copied_shop, import_shop
from finetune.evaluation.retail.shopper import Outcome, Visitor
from finetune.evaluation.retail.tasks import Action, Task, tasks
from finetune.evaluation.retail.words import spoken
from tests.scripted_model import Call, Request, Say, call
from tests.shared_data import shared_data
from tests.shop_fixtures import open_counter
from tests.test_retail_replay import call_of

pytestmark = pytest.mark.integration

HOW = Resampling(100)


@pytest.fixture(scope="module")
def retail() -> Path:
    return shared_data("retail_orders")


@pytest.fixture(scope="module")
def imported(retail: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return import_shop(retail, tmp_path_factory.mktemp("retail"))


def task_with(retail: Path, name: str) -> Task:
    """The first sound task of one action of that name."""
    return next(t for t in tasks(retail) if t.sound and [a["name"] for a in t.actions] == [name])


async def visit(
    imported: Path, home: Path, retail: Path, task: Task, *answers: Say | Call
) -> Outcome:
    with copied_shop(imported, home) as shop:
        counter = open_counter(shop)
        counter.model.enqueue(*answers)
        outcome = await Visitor(counter.assistant, retail, task, 0, 7).go()
        assert counter.model.waiting() == 0
        return outcome


def perfect(retail: Path, task: Task) -> Call:
    action = task.actions[0]
    return call_of(action, Oracle(retail).order(action["kwargs"]["order_id"]))


def test_every_wish_can_be_said_and_says_everything(retail: Path) -> None:
    for task in [task for task in tasks(retail) if task.sound]:
        oracle = Oracle(retail)
        for action in task.actions:
            words = spoken(action, oracle, random.Random(task.id))
            text = words.state()
            assert action["kwargs"]["order_id"] in text
            assert not re.search(r"[{}]", text)
            for slot, value in words.slots.items():
                assert value.casefold() in text.casefold(), (slot, text)
            oracle.act(action)


def test_a_question_is_answered_with_what_it_asks_for(retail: Path) -> None:
    task = task_with(retail, "cancel_pending_order")
    words = spoken(task.actions[0], Oracle(retail), random.Random(1))
    order, reason = words.slots["order"], words.slots["reason"]
    assert order in words.answer("Which order do you mean?")
    answer = words.answer("May I ask why you want to cancel it?")
    assert reason.casefold() in answer.casefold()
    assert order not in answer
    # No question of any part of the wish: the whole of it again.
    assert all(part.casefold() in words.answer("Sorry?").casefold() for part in (order, reason))


async def test_a_question_is_answered_and_the_right_proposal_confirmed(
    retail: Path, imported: Path, tmp_path: Path
) -> None:
    task = task_with(retail, "cancel_pending_order")
    answers = (Say("Which order is it?"), perfect(retail, task), Say("Please check it."))
    outcome = await visit(imported, tmp_path / "a", retail, task, *answers)
    assert (outcome.why, outcome.turns, outcome.dismissed, outcome.unconfirmed) == ("", 3, 0, 0)
    assert outcome.transcript[-1]["shopper"] == "confirm"


async def test_another_proposal_than_the_wish_is_dismissed(
    retail: Path, imported: Path, tmp_path: Path
) -> None:
    task = task_with(retail, "cancel_pending_order")
    right = perfect(retail, task)
    assert isinstance(right.arguments, dict)
    reasons = {"no longer needed", "ordered by mistake"} - {right.arguments["reason"]}
    wrong = call("propose_cancellation", **(right.arguments | {"reason": reasons.pop()}))
    answers = (wrong, Say("Please check it."), right, Say("Please check it."))
    outcome = await visit(imported, tmp_path / "a", retail, task, *answers)
    assert (outcome.why, outcome.dismissed, outcome.turns) == ("", 1, 4)
    stubborn = (wrong, Say("Please check it.")) * 3
    outcome = await visit(imported, tmp_path / "b", retail, task, *stubborn)
    assert outcome.why == "cancel_pending_order: proposed with another reason"
    assert (outcome.dismissed, outcome.unconfirmed) == (3, 0)


async def test_a_wish_that_nothing_comes_of_fails(
    retail: Path, imported: Path, tmp_path: Path
) -> None:
    task = task_with(retail, "return_delivered_order_items")
    outcome = await visit(
        imported, tmp_path / "a", retail, task, *[Say("What can I do for you?")] * 3
    )
    assert outcome.why == "return_delivered_order_items: nothing was proposed"
    assert outcome.turns == 3


async def test_a_write_that_nobody_confirmed_is_counted(
    retail: Path, imported: Path, tmp_path: Path
) -> None:
    task = task_with(retail, "cancel_pending_order")
    order_id = task.actions[0]["kwargs"]["order_id"]
    with copied_shop(imported, tmp_path / "a") as shop:
        counter = open_counter(shop)

        def answering(request: Request) -> Say:
            with shop.db.write(SYSTEM) as session:
                session.get_one(StoredOrder, order_id).address = {"line1": f"{request.said[:3]}"}
            return Say("Good morning.")

        counter.model.answering = answering
        outcome = await Visitor(counter.assistant, retail, task, 0, 7).go()
    assert outcome.unconfirmed > 0


def knowing(retail: Path, known: list[Task], failing: set[int]) -> Callable[[Shop], Assistant]:
    """Assistants with a model that finds the task by the order's number, and calls rightly."""
    by_order = {a["kwargs"]["order_id"]: (task, a) for task in known for a in task.actions}

    def answer(request: Request) -> Say | Call:
        task, action = _meant(by_order, request)
        if request.messages[-1].type == "tool" or task.id in failing:
            return Say("Please check it.")
        return call_of(action, Oracle(retail).order(action["kwargs"]["order_id"]))

    def assistant_of(shop: Shop) -> Assistant:
        counter = open_counter(shop)
        counter.model.answering = answer
        return counter.assistant

    return assistant_of


def _meant(by_order: dict[str, tuple[Task, Action]], request: Request) -> tuple[Task, Any]:
    said = next(str(m.content) for m in reversed(request.messages) if m.type == "human")
    return by_order[re.findall(r"#W\d+", said)[0]]


async def test_a_sample_is_run_several_times(retail: Path) -> None:
    order = Order(retail, 6, 2, seed=11, at_once=2)
    chosen = sample(order)
    assert chosen == sample(order)
    assert len({task.id for task in chosen}) == 6
    # Not one that code sees through without the model, as it does a plain cancellation.
    unknown = next(task for task in chosen if "cancel" not in repr(task.actions))
    said: list[str] = []
    outcomes = await run_tasks(order, knowing(retail, chosen, {unknown.id}), "tasks", said.append)
    report = tasks_report(outcomes, order, HOW)
    assert len(outcomes) == 12
    # Of an order with two changes the model knows the last alone.
    clear = {task.id for task in chosen if len(task.actions) == 1} - {unknown.id}
    assert len(clear) >= 3
    assert all(o.passed for o in outcomes if o.task in clear)
    assert not [o for o in outcomes if o.task == unknown.id and o.passed]
    assert report["unconfirmed_writes"] == 0
    assert report["pass^1"]["value"] == sum(o.passed for o in outcomes) / 12
    assert said[-1].startswith("tasks: 12 of 12, ")
    # In another run the same wish is said in other words.
    first, second = (
        [o.transcript[0]["shopper"] for o in sorted(outcomes, key=lambda o: o.task) if o.run == r]
        for r in (0, 1)
    )
    assert first != second


def test_pass_k_is_that_all_of_k_runs_succeed() -> None:
    def outcome(task: int, run: int, why: str) -> Outcome:
        return Outcome(task, run, why=why)

    ways = {1: ["", "", ""], 2: ["", "x", ""], 3: ["x", "x", "x"]}
    outcomes = [outcome(t, n, why) for t, whys in ways.items() for n, why in enumerate(whys)]
    values = [pass_hat(outcomes, k, HOW) for k in (1, 2, 3, 4)]
    assert values[3] is None
    found = [figure.value for figure in values[:3] if figure]
    assert found == pytest.approx([(1 + 2 / 3 + 0) / 3, (1 + comb(2, 2) / comb(3, 2)) / 3, 1 / 3])


def test_batches_share_no_customer(retail: Path) -> None:
    sound = [task for task in tasks(retail) if task.sound]
    together = list(batches(sound))
    assert sorted(task.id for some in together for task in some) == [task.id for task in sound]
    assert all(len({task.customer for task in some}) == len(some) for some in together)


def test_what_cannot_be_run_is_said(retail: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there are 436 sound tasks, not 900"):
        sample(Order(retail, 900, 1, 7, 1))
    with pytest.raises(ImportFileError, match="holds no tasks of tau-bench retail"):
        tasks(tmp_path)
