"""Whether calls that differ from the gold ones come to the same: they are run, and compared.

The assistant amends a call before it runs it (an order's lines by the shopper's words, a bound that
the model left out), and some arguments make no difference to what is found. So the conversation is
played again in its scratch shop, the perfect clerk answering, up to the step in question; there the
model's answer is tried in a copy of the conversation.
"""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import takewhile
from multiprocessing import get_context
from pathlib import Path

from agent.profiles import load_profile
from agent.settings import Settings
from agent.shop import fetched_embedder_folder
from finetune.bases import Say as Tell
from finetune.evaluation.answers import Answer
from finetune.evaluation.judging import is_exact
from finetune.evaluation.steps import Step
from finetune.synthesis.conversation import REFERENCE, Dropped, Stage
from finetune.synthesis.corpus import parsed
from finetune.synthesis.gold import Calls, Say
from finetune.synthesis.rows import Row, turns_of
from finetune.synthesis.shops import scratch_shop
from finetune.synthesis.vocabulary import load_vocabulary
from finetune.synthesis.worlds import make_world
from retrieval.embedders import load_embedder

_WORKERS = 2

Others = Mapping[str, Answer]
"""The answers to try, by the ids of their steps."""
Trial = Callable[[Others], dict[str, bool]]


def outcomes(steps: Sequence[Step], answers: Sequence[Answer], trial: Trial) -> dict[str, bool]:
    """For the steps that call: whether the answer comes to what the gold calls come to.

    Those that differ are put to `trial`. A conversation of which one cannot be tried is left out.
    """
    calling = [(s, a) for s, a in zip(steps, answers, strict=True) if s.calls]
    same = {s.id: is_exact(s, a) for s, a in calling if is_exact(s, a) or a.fault}
    same |= trial({s.id: a for s, a in calling if s.id not in same})
    untried = {s.dialogue for s, _ in calling if s.id not in same}
    return {s.id: same[s.id] for s, _ in calling if s.dialogue not in untried}


def same_outcomes(
    rows: Sequence[Row], others: Others, settings: Settings, *, say: Tell
) -> dict[str, bool]:
    """For each answer whether the model then reads what it would have read after the gold calls.

    Left out are those of conversations that come out otherwise by now: made with other code, or by
    hand. Raises WeightsError where the embedding model is not there.
    """
    worlds: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        worlds[row.world].append(row)
    embedder = fetched_embedder_folder(settings)
    wanted = {step.rpartition(":")[0] for step in others}
    jobs = [
        (settings.model_profile, world, of, others, embedder)
        for world, of in worlds.items()
        if wanted & {row.id for row in of}
    ]
    same: dict[str, bool] = {}
    # Forked children of a process with threads may hang: each begins anew.
    with ProcessPoolExecutor(_WORKERS, mp_context=get_context("spawn")) as pool:
        for number, found in enumerate(pool.map(_one_world, jobs), 1):
            same |= found
            say(f"what other calls come to: shop {number} of {len(jobs)}")
    return same


def _one_world(job: tuple[str, int, list[Row], Others, Path]) -> dict[str, bool]:
    profile, seed, rows, others, embedder = job
    with tempfile.TemporaryDirectory(prefix="shopclerk-world-") as folder:
        world = make_world(load_vocabulary(), seed, held_out=True)
        with scratch_shop(world, Path(folder), load_embedder(embedder, threads=1)) as shop:
            stage = Stage(world, shop, load_profile(profile))
            return asyncio.run(_tried(stage, rows, others))


async def _tried(stage: Stage, rows: Sequence[Row], others: Others) -> dict[str, bool]:
    same: dict[str, bool] = {}
    for row in rows:
        found: dict[str, bool] = {}

        async def before(
            again: Row, place: int, row: Row = row, found: dict[str, bool] = found
        ) -> None:
            found.update(await _turn(stage, row, others, again, place))

        try:
            await stage.replay(row, [parsed(turn) for turn in turns_of(row)], before)
        except Dropped:
            continue
        same |= found
    return same


async def _turn(stage: Stage, row: Row, others: Others, again: Row, place: int) -> dict[str, bool]:
    """Those of the answers that belong to the turn which begins at `place`."""
    asked, *rest = row.messages[place:]
    turn = list(takewhile(lambda message: message["role"] != "user", rest))
    gold, same = parsed(turn), {}
    at = [n for n, message in enumerate(turn) if message["role"] == "assistant"]
    for number, n in enumerate(at):
        step = f"{row.id}:{place + 1 + n}"
        if (answer := others.get(step)) is None:
            continue
        tried = Calls(answer.calls) if answer.calls else Say(answer.text)
        got = await stage.tried(again, asked["content"], asked["lang"], [*gold[:number], tried])
        wanted = takewhile(lambda message: message["role"] == "tool", turn[n + 1 :])
        same[step] = _texts(got) == _texts([str(message["content"]) for message in wanted])
    return same


def _texts(results: Sequence[str]) -> list[str]:
    """In no order, and without the references that are drawn anew."""
    return sorted(REFERENCE.sub("…", text) for text in results)
