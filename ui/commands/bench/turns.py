"""`shopclerk bench turns`: what a turn costs without the model."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.assistant import Assistant


@click.command()
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
    import httpx

    from agent.profiles import chosen_profile
    from agent.settings import Settings
    from ui.answering import answering, copied
    from ui.commands.bench.telling import tell
    from ui.hardware import hardware
    from ui.stand_in import TOKENS_A_SECOND, running

    settings = Settings()
    name = chosen_profile(settings).name
    with running(name) as stand_in, copied(settings) as scratch:
        mine = scratch.model_copy(update={"model_url": f"{stand_in}/v1", "model_name": name})
        with answering(mine) as assistant:
            assistant.shop.warm()
            whole, first = asyncio.run(_load(assistant, turns, concurrent))
        busy = httpx.get(f"{stand_in}/busy").json()
    figures = _figures([seconds - busy[said] for said, seconds in whole.items()], first)
    body = {
        "bench": "turns",
        "turns": turns,
        "concurrent": concurrent,
        "stand_in_tokens_per_second": TOKENS_A_SECOND,
        **figures,
        **hardware(),
    }
    tell(body, as_json)


async def _load(
    assistant: "Assistant", turns: int, concurrent: int
) -> tuple[dict[str, float], list[float]]:
    """Seconds of each turn by what was said in it, and seconds to each one's first card."""
    whole: dict[str, float] = {}
    first: list[float] = []
    left = iter(range(turns))

    async def worker() -> None:
        for turn in left:
            said = f"a warm sleeping bag, number {turn}"
            whole[said], useful = await _turn(assistant, said)
            first.append(useful)

    await _turn(assistant, "a warm-up that is not counted")
    await asyncio.gather(*(worker() for _ in range(concurrent)))
    return whole, first


def _figures(overhead: list[float], first: list[float]) -> dict[str, Any]:
    from statistics import median, quantiles

    cuts = quantiles(overhead, n=100) if len(overhead) > 1 else overhead * 99
    return {
        "overhead_p50_ms": round(1000 * median(overhead), 1),
        "overhead_p99_ms": round(1000 * cuts[98], 1),
        "first_card_p50_ms": round(1000 * median(first), 1),
    }


async def _turn(assistant: "Assistant", said: str) -> tuple[float, float]:
    """Seconds of a whole turn in a session of its own, and to its first card or sentence."""
    from uuid import uuid4

    from agent.context import ANONYMOUS
    from agent.events import Products, Text

    started = time.monotonic()
    useful = 0.0
    async for event in assistant.turn(f"bench-{uuid4().hex}", ANONYMOUS, said, "en"):
        if isinstance(event, Products | Text) and not useful:
            useful = time.monotonic() - started
    return time.monotonic() - started, useful
