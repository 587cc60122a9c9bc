"""Runs a sample of tasks, each several times in other words, and counts successes."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import comb
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent.assistant import Assistant
from agent.errors import InvalidInput
from agent.shop import Shop
from finetune.bases import Say
from finetune.evaluation.asking import all_of
from finetune.evaluation.figures import Figure, Resampling, ratios
from finetune.evaluation.progress import Progress
from finetune.evaluation.retail.shop import batches, copied_shop, import_shop
from finetune.evaluation.retail.shopper import Outcome, Visitor
from finetune.evaluation.retail.tasks import Task, tasks

Open = Callable[[Shop], Assistant]


@dataclass(frozen=True)
class Order:
    """What to run: so many sound tasks by a seed, each so often, so many at once."""

    source: Path
    count: int
    runs: int
    seed: int
    at_once: int


def sample(order: Order) -> list[Task]:
    """The tasks, the same for the same seed. Raises InvalidInput where there are fewer."""
    sound = [task for task in tasks(order.source) if task.sound]
    if order.count > len(sound):
        raise InvalidInput(f"--tasks: there are {len(sound)} sound tasks, not {order.count}")
    return random.Random(order.seed).sample(sound, order.count)


async def run_tasks(order: Order, assistant_of: Open, what: str, say: Say) -> list[Outcome]:
    """Every task of the sample in every run; `assistant_of` makes the assistant of a shop."""
    chosen = sample(order)
    progress = Progress(what, len(chosen) * order.runs, say)
    turnstile = asyncio.Semaphore(order.at_once)
    outcomes: list[Outcome] = []

    async def one(visitor: Visitor) -> Outcome:
        async with turnstile:
            outcome = await visitor.go()
        outcomes.append(outcome)
        passed = sum(one.passed for one in outcomes)
        progress.step(f"{passed} succeeded")
        return outcome

    with TemporaryDirectory(prefix="shopclerk-tasks-") as folder:
        (imported := Path(folder) / "imported").mkdir()
        file = import_shop(order.source, imported)
        for run in range(order.runs):
            for number, some in enumerate(batches(chosen)):
                with copied_shop(file, Path(folder) / f"{run}-{number}") as shop:
                    assistant = assistant_of(shop)
                    visitors = [
                        Visitor(assistant, order.source, task, run, order.seed) for task in some
                    ]
                    await all_of([one(visitor) for visitor in visitors])
    return outcomes


def pass_hat(outcomes: Sequence[Outcome], k: int, how: Resampling) -> Figure | None:
    """pass^k: that all of k runs succeed, by the unbiased estimate (tau-bench, section 4)."""
    by_task: dict[int, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        by_task[outcome.task].append(outcome.passed)
    rows = [
        (str(task), {"pass": (comb(sum(passed), k) / comb(len(passed), k), 1.0)})
        for task, passed in by_task.items()
        if len(passed) >= k
    ]
    return ratios(rows, how).get("pass")


def tasks_report(outcomes: Sequence[Outcome], order: Order, how: Resampling) -> dict[str, Any]:
    """The figures of the tasks; the transcripts of the failed ones."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        for kind in outcome.kinds:
            kinds[kind].append(outcome.passed)
    turns = sum(outcome.turns for outcome in outcomes)
    figures = {f"pass^{k}": pass_hat(outcomes, k, how) for k in range(1, order.runs + 1)}
    return {
        "tasks": order.count,
        "runs": order.runs,
        "seed": order.seed,
        **{name: figure.as_dict() for name, figure in figures.items() if figure},
        "unconfirmed_writes": sum(outcome.unconfirmed for outcome in outcomes),
        "dismissed_proposals": sum(outcome.dismissed for outcome in outcomes),
        "turns": turns,
        "seconds_a_turn": round(sum(o.seconds for o in outcomes) / max(turns, 1), 2),
        "by_kind": {kind: [sum(passed), len(passed)] for kind, passed in sorted(kinds.items())},
        "failed": [asdict(o) for o in sorted(outcomes, key=_by_task) if not o.passed],
    }


def _by_task(outcome: Outcome) -> tuple[int, int]:
    return outcome.task, outcome.run
