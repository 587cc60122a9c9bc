"""How soon the served model answers, beside the same model in other numeric formats."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median, quantiles
from typing import Any

from agent.cases import Case
from agent.model import build_model
from agent.profiles import ModelProfile, chosen_profile, detect_device
from agent.prompts import SYSTEM
from agent.settings import Settings
from finetune.bases import Say
from finetune.evaluation.answers import Answer
from finetune.evaluation.asking import ask
from finetune.evaluation.steps import Step
from finetune.evaluation.variants import Served, Variant

SERVED = "served"
GUESSED = 4


def default_peers(settings: Settings) -> tuple[str, ...]:
    """What it is held against: the other numeric format; on a GPU, which has one, guessing."""
    if detect_device(settings) == "gpu":
        return ("guessing",)
    return ("bf16",) if chosen_profile(settings).weights == "int8" else ("int8",)


def in_format(name: str, settings: Settings) -> Variant:
    """The served model in the format of that name, in a folder of its own where that differs."""
    profile = chosen_profile(settings)
    formats: dict[str, dict[str, Any]] = {
        SERVED: {},
        "bf16": {"weights": "bfloat16"},
        "int8": {"weights": "int8"},
        "guessing": {"guessed_tokens": GUESSED},
    }
    other = profile.model_copy(update=formats[name])
    if other.recipe_hash != profile.recipe_hash:
        other = other.model_copy(update={"name": f"{profile.name}-{name}"})
    return Variant(name, other, settings)


def first_steps(cases: Sequence[Case]) -> list[Step]:
    """The first message of each case, as the assistant sends it."""
    return [
        Step(
            id=case.id,
            dialogue=case.id,
            lang=case.lang,
            act="",
            messages=[
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": case.turns[0].say},
            ],
            calls=(),
            text="",
            opens=True,
            asks_back=False,
        )
        for case in cases
    ]


@dataclass(frozen=True)
class Timed:
    """The answers of one format: to each second question alone, to the others many at once."""

    profile: ModelProfile
    alone: list[Answer]
    together: list[Answer]
    seconds: float
    """Of all those that were asked together."""

    def figures(self, served: "Timed") -> dict[str, Any]:
        """Times, and how many answers call what the served format's call."""
        each = [*self.alone, *self.together]
        theirs = [*served.alone, *served.together]
        return {
            "weights": self.profile.weights,
            "guessed_tokens": self.profile.guessed_tokens,
            "answer_p50_s": round(median(a.seconds for a in self.alone), 3),
            "answer_p95_s": round(_p95([a.seconds for a in self.alone]), 3),
            "at_once_p50_s": round(median(a.seconds for a in self.together), 3),
            "answers_a_second": round(len(self.together) / self.seconds, 2),
            "tokens_an_answer": round(mean(a.tokens for a in each), 1),
            "same_calls": sum(a.calls == b.calls for a, b in zip(each, theirs, strict=True)),
        }

    def ratios(self, peer: "Timed") -> dict[str, float]:
        """How many times as fast as a peer: alone, and many at once."""
        mine, others = (median(a.seconds for a in one.alone) for one in (self, peer))
        rates = [len(one.together) / one.seconds for one in (self, peer)]
        return {
            "answer_p50": round(others / mine, 2),
            "answers_a_second": round(rates[0] / rates[1], 2),
        }


def time_format(variant: Variant, steps: Sequence[Step], at_once: int, say: Say) -> Timed:
    """Serve one format and put the questions to it. Raises ModelError, WeightsError."""
    with Served(variant, say) as served:
        served.start()
        return asyncio.run(_timed(served, steps, at_once, say))


async def _timed(served: Served, steps: Sequence[Step], at_once: int, say: Say) -> Timed:
    variant = served.variant
    model = build_model(served.settings, variant.profile)
    clock = asyncio.get_running_loop().time

    async def put(some: Sequence[Step], together: int) -> list[Answer]:
        what = f"{variant.name}, {together} at once"
        return await ask(model, variant.tools, some, at_once=together, what=what, say=say)

    # No question is asked twice: the server would remember it.
    alone = await put(steps[::2], 1)
    began = clock()
    together = await put(steps[1::2], at_once)
    return Timed(variant.profile, alone, together, clock() - began)


def _p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
