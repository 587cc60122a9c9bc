"""The whole evaluation: each variant served in turn, and what it answers measured."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from agent.assistant import Assistant
from agent.errors import ModelUnavailable, TrainingError
from agent.model import build_model, served_name
from agent.profiles import ModelProfile
from agent.settings import Settings
from agent.shop import Shop
from finetune.bases import Say
from finetune.chat.training import data_hash
from finetune.evaluation.asking import ask
from finetune.evaluation.canned import canned_report, run_canned
from finetune.evaluation.comparing import Measured
from finetune.evaluation.figures import Resampling
from finetune.evaluation.judging import judge
from finetune.evaluation.outcomes import outcomes, same_outcomes
from finetune.evaluation.perplexity import Likelihood, by_server, by_torch, encoded
from finetune.evaluation.recording import RecordedModel, Recording, digest, model_hash
from finetune.evaluation.retail.run import Order as Tasks
from finetune.evaluation.retail.run import run_tasks, tasks_report
from finetune.evaluation.router import Router, judge_choice
from finetune.evaluation.steps import Step, steps_of
from finetune.evaluation.variants import ROUTER, Served, make_variant
from finetune.synthesis.corpus import read_rows
from finetune.synthesis.rows import Row
from finetune.weights import prepare, training_checkpoint


@dataclass(frozen=True)
class Order:
    """What to measure, and of what."""

    variants: tuple[str, ...]
    adapter: str = ""
    held_out: Path | None = None
    training: Path | None = None
    limit: int = 0
    at_once: int = 16
    perplexity: Literal["no", "vllm", "torch"] = "vllm"
    perplexity_rows: int = 100
    outcomes: bool = False
    tasks: Tasks | None = None
    cases: tuple[Path, ...] = ()
    how: Resampling = field(default_factory=Resampling)


@dataclass
class Found:
    """What was found: about the data, and of each variant."""

    data: dict[str, Any] = field(default_factory=dict)
    measured: list[Measured] = field(default_factory=list)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)


def evaluate(
    order: Order,
    settings: Settings,
    recording: Recording,
    shop_of: Callable[[], AbstractContextManager[Shop]],
    say: Say,
) -> Found:
    """Measure every variant of the order; `shop_of` opens a copy of the shop for the cases.

    Raises TrainingError, SettingsError, WeightsError, ModelError, ImportFileError.
    """
    rows = held_out_rows(order) if order.held_out else []
    steps = [step for row in rows for step in steps_of(row)]
    found = Found(data=_about(order, rows, steps) if rows else {})
    # One loop for all: the model's client keeps its connections from one request to the next.
    with asyncio.Runner() as loop:
        for name in order.variants:
            if name == ROUTER:
                if steps:
                    found.measured.append(_route(order, steps))
                continue
            variant = make_variant(name, settings, order.adapter)
            with Served(variant, say) as served:
                asked = _Asked(served, recording, say, loop)
                if steps:
                    found.measured.append(loop.run(asked.steps(order, rows, steps)))
                if variant.profile.strict_tools and order.tasks:
                    found.tasks[name] = asked.tasks(order.tasks, order.how)
                if variant.profile.strict_tools and order.cases:
                    with shop_of() as shop:
                        found.cases[name] = asked.cases(shop, order)
    return found


class _Asked:
    """A variant that is being served."""

    def __init__(
        self, served: Served, recording: Recording, say: Say, loop: asyncio.Runner
    ) -> None:
        self._loop = loop
        self._served, self._variant = served, served.variant
        self._settings = served.settings
        self._recording, self._say = recording, say
        self._hash = model_hash(self._variant.profile)
        self._model = RecordedModel(
            inner=build_model(self._settings, self._variant.profile),
            recording=recording,
            model_hash=self._hash,
            needed=served,
        )

    def _assistant(self, shop: Shop, at_once: int = 1) -> Assistant:
        """The whole assistant over a shop, that so many talk to at once."""
        deadline = self._settings.turn_deadline
        profile, model = self._variant.profile, self._model.asked(at_once)
        return Assistant(shop, model, profile, self._served, deadline=deadline)

    def tasks(self, tasks: Tasks, how: Resampling) -> dict[str, Any]:
        """The report of the tasks. Raises ModelUnavailable."""
        what = f"{self._variant.name}, tasks"
        assistant_of = partial(self._assistant, at_once=tasks.at_once)
        outcomes = self._loop.run(run_tasks(tasks, assistant_of, what, self._say))
        self._check()
        return tasks_report(outcomes, tasks, how)

    def cases(self, shop: Shop, order: Order) -> dict[str, Any]:
        """The report of the canned questions. Raises ModelUnavailable, ImportFileError."""
        what = f"{self._variant.name}, cases"
        assistant = self._assistant(shop)
        verdicts = self._loop.run(run_canned(assistant, order.cases, what, self._say))
        self._check()
        return canned_report(verdicts, order.how)

    def _check(self) -> None:
        """The assistant answers without its model too: that would be measured as the model's."""
        if failures := self._model.server_failures:
            raise ModelUnavailable(
                f"the model server failed {len(failures)} times ({failures[0][:160]}); what was "
                "answered is kept, so run it again"
            )

    async def steps(self, order: Order, rows: Sequence[Row], steps: Sequence[Step]) -> Measured:
        """The answers to the steps, judged, and the gold answers' likelihood."""
        answers = await ask(
            self._model,
            self._variant.tools,
            steps,
            at_once=order.at_once,
            what=self._variant.name,
            say=self._say,
            first_call_requires_tool=self._variant.profile.first_call_requires_tool,
        )
        trial = partial(same_outcomes, rows, settings=self._settings, say=self._say)
        same = await asyncio.to_thread(outcomes, steps, answers, trial) if order.outcomes else {}
        judged = [judge(s, a, same.get(s.id)) for s, a in zip(steps, answers, strict=True)]
        likelihoods = await self._likelihoods(order, rows[: order.perplexity_rows])
        return Measured(self._variant.name, steps, answers, judged, likelihoods, self._about())

    async def _likelihoods(self, order: Order, rows: Sequence[Row]) -> list[Likelihood]:
        profile, settings = self._variant.profile, self._settings
        if order.perplexity == "vllm":
            pairs = encoded(rows, profile, self._served.prepared())
            where = settings.model_base_url, served_name(settings, profile), self._served
            # Strictness is a matter of sampling: the likelihood is the same with and without.
            kept = self._recording, model_hash(profile.model_copy(update={"strict_tools": True}))
            return await by_server(rows, pairs, where, kept, self._say)
        if order.perplexity == "torch":
            folder = _checkpoint(profile, settings, self._say)
            compute = partial(by_torch, rows, profile, folder, self._say)
            return list(await asyncio.to_thread(lambda: list(compute())))
        return []

    def _about(self) -> dict[str, Any]:
        profile = self._variant.profile
        return {
            "profile": profile.name,
            "base": profile.base.identity,
            "adapter": profile.tuned.name if profile.tuned else "",
            "adapter_sha256": profile.tuned.sha256 if profile.tuned else "",
            "weights": profile.weights,
            "strict": profile.strict_tools,
            "worked_examples": profile.examples is not None,
            "hash": self._hash,
        }


def _checkpoint(profile: ModelProfile, settings: Settings, say: Say) -> Path:
    """The weights in bf16: the base that is trained on, or the tuned one, merged."""
    name = settings.model_profile
    if not profile.tuned:
        return training_checkpoint(profile.model_copy(update={"name": name}), settings, say)
    plain = {"weights": "bfloat16", "merged": True, "name": f"{name}-{profile.tuned.name}-bf16"}
    return prepare(profile.model_copy(update=plain), settings, say)


def held_out_rows(order: Order) -> list[Row]:
    """The held-out conversations, as many of them as are wanted, drawn by the seed.

    Raises TrainingError.
    """
    rows = _rows(order.held_out, "held-out conversations")
    if 0 < order.limit < len(rows):
        kept = set(random.Random(order.how.seed).sample(range(len(rows)), order.limit))
        rows = [row for number, row in enumerate(rows) if number in kept]
    return rows


def _rows(file: Path | None, what: str) -> list[Row]:
    if file is None or not file.is_file():
        raise TrainingError(
            f"there are no {what} at {file}; `shopclerk finetune synthesise` makes them"
        )
    try:
        rows = list(read_rows(file))
    except (ValueError, TypeError) as error:
        raise TrainingError(f"{file} holds no conversations: {error}") from None
    if not rows:
        raise TrainingError(f"{file} is empty; `shopclerk finetune synthesise` makes it anew")
    return rows


def _route(order: Order, steps: Sequence[Step]) -> Measured:
    rows = _rows(order.training, "conversations to train the router on")
    taught = [step for row in rows for step in steps_of(row)]
    router = Router(taught, order.how.seed)
    opening = [step for step in steps if step.opens]
    answers = router.answers(opening)
    judged = [judge_choice(step, answer) for step, answer in zip(opening, answers, strict=True)]
    about = {"trained_on": data_hash(rows), "turns": sum(step.opens for step in taught)}
    return Measured(ROUTER, opening, answers, judged, about=about)


def _about(order: Order, rows: Sequence[Row], steps: Sequence[Step]) -> dict[str, Any]:
    return {
        "file": str(order.held_out),
        "sha256": data_hash(rows),
        "steps_sha256": digest([step.id for step in steps]),
        "conversations": len(rows),
        "steps": len(steps),
        "steps_by_language": {lang: sum(s.lang == lang for s in steps) for lang in ("en", "zh")},
        "perplexity_conversations": min(order.perplexity_rows, len(rows))
        if order.perplexity != "no"
        else 0,
        "perplexity_by": order.perplexity,
    }
