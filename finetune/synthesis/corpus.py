"""Makes a corpus: world after world, each conversation checked by a replay."""

import asyncio
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from agent.profiles import load_profile
from agent.settings import Settings
from agent.shop import fetched_embedder_folder
from finetune.synthesis.conversation import REFERENCE, Dropped, Stage
from finetune.synthesis.gold import Calls, Say
from finetune.synthesis.models import LANGS
from finetune.synthesis.rows import Row, turns_of
from finetune.synthesis.shops import scratch_shop
from finetune.synthesis.vocabulary import load_vocabulary
from finetune.synthesis.wording import Worded
from finetune.synthesis.worlds import make_world
from retrieval.embedders import load_embedder

EACH_WORLD = 60
"""Conversations of one scratch shop."""

_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)


@dataclass
class Corpus:
    """The conversations that were kept, and why others were not."""

    rows: list[Row] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Order:
    """What to make: `worlds` by their seeds; `bank` is the one drawn from first, if any.

    With `wordings`, those conversations alone, in their words.
    """

    profile: str
    worlds: tuple[int, ...]
    each: int
    held_out: bool
    bank: str = ""
    wordings: Mapping[str, Worded] = field(default_factory=dict)


def synthesise(
    order: Order, settings: Settings, *, workers: int, say: Callable[[str], None]
) -> Corpus:
    """Every world's conversations, in the order of the seeds. The same order, the same corpus.

    Raises TrainingError, WeightsError.
    """
    embedder = fetched_embedder_folder(settings)
    whole = Corpus()
    jobs = [(order, seed, embedder) for seed in order.worlds]
    # Forked children of a process with threads may hang: each begins anew.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for number, made in enumerate(pool.map(_one_world, jobs), 1):
            whole.rows += made.rows
            whole.dropped += made.dropped
            say(f"world {number} of {len(jobs)}: {len(whole.rows)} conversations")
    return whole


def _one_world(job: tuple[Order, int, Path]) -> Corpus:
    order, seed, embedder_folder = job
    embedder = load_embedder(embedder_folder, threads=1)
    profile = load_profile(order.profile)
    with tempfile.TemporaryDirectory(prefix="shopclerk-world-") as folder:
        world = make_world(load_vocabulary(), seed, held_out=order.held_out)
        with scratch_shop(world, Path(folder) / "first", embedder) as shop:
            made = asyncio.run(_converse(Stage(world, shop, profile), order))
        with scratch_shop(world, Path(folder) / "again", embedder) as shop:
            return asyncio.run(_replayed(Stage(world, shop, profile), made))


async def _converse(stage: Stage, order: Order) -> Corpus:
    made = Corpus()
    wanted = {name.rpartition("-")[0] for name in order.wordings}
    for number in range(order.each):
        if wanted and f"{stage.world.seed}-{number}" not in wanted:
            continue
        try:
            made.rows.append(
                await stage.converse(
                    number,
                    LANGS[number % 2],
                    held_out=order.held_out,
                    bank=order.bank,
                    wordings=order.wordings,
                )
            )
        except Dropped as why:
            made.dropped[str(why)] += 1
    return made


async def _replayed(stage: Stage, made: Corpus) -> Corpus:
    """Only what comes out the same when the text itself is parsed and played again."""
    kept = Corpus(dropped=made.dropped)
    for row in made.rows:
        try:
            again = await stage.replay(row, [parsed(turn) for turn in turns_of(row)])
            if _bare(again) != _bare(row.messages):
                raise Dropped("it replays otherwise")
        except Dropped as why:
            kept.dropped[f"again: {why}"] += 1
        else:
            kept.rows.append(row)
    return kept


def parsed(turn: Sequence[dict[str, Any]]) -> list[Calls | Say]:
    """The steps of a turn as the server's parser reads them from the text that is trained on."""
    steps: list[Calls | Say] = []
    for message in turn:
        if message["role"] != "assistant":
            continue
        if message.get("tool_calls"):
            calls = [json.loads(text) for text in _CALL.findall(rendered(message))]
            steps.append(Calls(tuple((call["name"], call["arguments"]) for call in calls)))
        else:
            steps.append(Say(message["own"]))
    return steps


def rendered(message: dict[str, Any]) -> str:
    """The calls of a message as the chat template writes them."""
    return "\n".join(
        f'<tool_call>\n{{"name": "{call["function"]["name"]}", '
        f'"arguments": {call["function"]["arguments"]}}}\n</tool_call>'
        for call in message["tool_calls"]
    )


def _bare(messages: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """What must come out the same: all but the ids of calls, hand-offs and receipts."""
    return [
        (
            message["role"],
            REFERENCE.sub("…", str(message.get("content") or "")),
            rendered(message) if message.get("tool_calls") else "",
        )
        for message in messages
    ]


def write_rows(rows: Sequence[Row], file: Path) -> None:
    """JSON Lines, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.new")
    with beside.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row.as_dict(), ensure_ascii=False) + "\n")
    beside.replace(file)


def read_rows(file: Path) -> Iterator[Row]:
    """The conversations of a file."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield Row(**json.loads(line))
