"""`shopclerk cases`: the canned questions that support staff run after every change."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.assistant import Assistant
    from agent.cases import Case, Verdict
    from agent.clock import Clock


@click.group()
def cases() -> None:
    """Run canned questions and see what changed since the accepted run."""


@cases.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--accept", is_flag=True, help="Make this run the one that later runs are held to.")
@click.option("--against", type=click.Path(path_type=Path), help="Compare with this saved run.")
@click.option("--at", metavar="TIME", help="Pin the clock: ISO 8601, or relative as in '@+2d'.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run(
    files: tuple[Path, ...], accept: bool, against: Path | None, at: str | None, as_json: bool
) -> None:
    """Ask every question of FILES and judge the answers; exit status 1 when one fails.

    Runs on a copy of the shop's data where that is SQLite: nothing of it changes. Each run is
    saved under the state folder with its transcripts.

    \b
    Examples:
      shopclerk cases run data/cases/*.jsonl
      shopclerk cases run data/cases/zh.jsonl --json --at 2026-11-21T12:00:00Z
      shopclerk cases run data/cases/*.jsonl --accept
    """
    from agent.cases import compare, read_cases, report, save_run
    from agent.settings import Settings
    from ui.answering import answering, copied

    settings, clock = Settings(), _clock(at)
    wanted = read_cases(files)
    with copied(settings) as scratch, answering(scratch, clock) as assistant:
        verdicts = asyncio.run(_ask(assistant, wanted))
        summary = report(verdicts, assistant.versions())
    runs = settings.home / "runs"
    accepted = runs / "accepted.json"
    if (reference := against or accepted).exists() or against:
        summary["changes"] = compare(reference, verdicts)
    saved = runs / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    for path in (saved, accepted) if accept else (saved,):
        save_run(path, verdicts, summary)
    click.echo(json.dumps(summary, ensure_ascii=False) if as_json else _text(summary, saved))
    raise SystemExit(bool(summary["failed"]))


def _clock(at: str | None) -> "Clock":
    from agent.clock import parse_time, pinned_clock, system_clock
    from agent.errors import InvalidInput

    if at is None:
        return system_clock
    try:
        return pinned_clock(parse_time(at, system_clock()))
    except ValueError as error:
        raise InvalidInput(f"--at: {error}") from None


async def _ask(assistant: "Assistant", wanted: "list[Case]") -> "list[Verdict]":
    from tqdm import tqdm

    from agent.cases import run_cases

    verdicts: list[Verdict] = []
    with tqdm(total=len(wanted), unit="case", desc="asking") as bar:
        async for verdict in run_cases(assistant, wanted):
            verdicts.append(verdict)
            bar.set_postfix(passed=sum(v.passed for v in verdicts), refresh=False)
            bar.update()
    return verdicts


def _text(summary: dict[str, Any], saved: Path) -> str:
    rows = [f"FAIL {f['id']} turn {f['turn']}: {'; '.join(f['why'])}" for f in summary["failed"]]
    rows += [
        f"{kind.replace('_', ' ')}: {', '.join(ids)}"
        for kind, ids in summary.get("changes", {}).items()
        if ids
    ]
    rows.append(
        f"{summary['passed']} of {summary['cases']} passed, {summary['model_calls']} model calls, "
        f"turns {summary['median_turn_s']} s median, {summary['p95_turn_s']} s p95"
    )
    return "\n".join([*rows, f"saved as {saved}"])
