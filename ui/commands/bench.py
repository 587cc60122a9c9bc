"""`shopclerk bench`: speed on this machine, measured and printed with the hardware."""

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.assistant import Assistant


@click.group()
def bench() -> None:
    """Measure speed on this machine; every figure comes with the hardware.

    Example: shopclerk bench turns
    """


@bench.command()
@click.option("--turns", default=100, show_default=True, help="Turns to run.")
@click.option("--concurrent", default=1, show_default=True, help="Turns at once (closed loop).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def turns(turns: int, concurrent: int, as_json: bool) -> None:
    """What a turn costs without the model: wall time less the model's, one tool call a turn.

    The model is a stand-in that streams 25 tokens a second; search, database, grounding check and
    storing are real, on a copy of the shop's data.

    \b
    Examples:
      shopclerk bench turns
      shopclerk bench turns --turns 200 --concurrent 50 --json
    """
    from agent.profiles import load_profile
    from agent.settings import Settings
    from ui.answering import answering, copied
    from ui.hardware import hardware
    from ui.stand_in import TOKENS_A_SECOND, running

    settings = Settings()
    name = load_profile(settings.model_profile).name
    with running(name) as url, copied(settings) as scratch:
        mine = scratch.model_copy(update={"model_url": url, "model_name": name})
        with answering(mine) as assistant:
            assistant.shop.warm()
            figures = asyncio.run(_load(assistant, turns, concurrent))
    body = {
        "bench": "turns",
        "turns": turns,
        "concurrent": concurrent,
        "stand_in_tokens_per_second": TOKENS_A_SECOND,
        **figures,
        **hardware(),
    }
    click.echo(json.dumps(body) if as_json else "\n".join(f"{k}: {v}" for k, v in body.items()))


async def _load(assistant: "Assistant", turns: int, concurrent: int) -> dict[str, Any]:
    from statistics import median, quantiles

    from agent.context import ANONYMOUS
    from agent.events import Done, Products, Text

    overhead: list[float] = []
    first: list[float] = []
    left = iter(range(turns))

    async def worker(number: int) -> None:
        for turn in left:
            started = time.monotonic()
            useful = 0.0
            session = f"bench-{number}-{turn}-{time.monotonic_ns()}"
            async for event in assistant.turn(session, ANONYMOUS, "a warm sleeping bag", "en"):
                if isinstance(event, Products | Text) and not useful:
                    useful = time.monotonic() - started
                if isinstance(event, Done):
                    overhead.append(time.monotonic() - started - event.model_seconds)
            first.append(useful)

    await _warm(assistant)
    await asyncio.gather(*(worker(number) for number in range(concurrent)))
    cuts = quantiles(overhead, n=100) if len(overhead) > 1 else overhead * 99
    return {
        "overhead_p50_ms": round(1000 * median(overhead), 1),
        "overhead_p99_ms": round(1000 * cuts[98], 1),
        "first_card_p50_ms": round(1000 * median(first), 1),
    }


async def _warm(assistant: "Assistant") -> None:
    """One turn that is not counted."""
    from agent.context import ANONYMOUS

    session = f"bench-warm-{time.monotonic_ns()}"
    async for _ in assistant.turn(session, ANONYMOUS, "a warm sleeping bag", "en"):
        pass
