"""Canned questions asked of the whole assistant: whole cases passed, by file and language."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from agent.assistant import Assistant
from agent.cases import Case, Verdict, read_cases, run_case
from finetune.bases import Say
from finetune.evaluation.figures import Resampling, ratios
from finetune.evaluation.progress import Progress


async def run_canned(
    assistant: Assistant, files: Sequence[Path], what: str, say: Say
) -> list[tuple[str, Verdict]]:
    """Every case with its file's name, one after another: what a turn takes is what it took."""
    asked: list[tuple[str, Case]] = [
        (_named(file, files), case) for file in files for case in read_cases([file])
    ]
    progress = Progress(what, len(asked), say)
    verdicts: list[tuple[str, Verdict]] = []
    for name, case in asked:
        verdicts.append((name, await run_case(assistant, case)))
        progress.step(f"{sum(verdict.passed for _, verdict in verdicts)} passed")
    return verdicts


def _named(file: Path, files: Sequence[Path]) -> str:
    """The file's name, with its folder's where another has the same."""
    alone = sum(other.name == file.name for other in files) == 1
    return file.name if alone else f"{file.parent.name}/{file.name}"


def canned_report(verdicts: Sequence[tuple[str, Verdict]], how: Resampling) -> dict[str, Any]:
    """Passed cases of each file and language with intervals, and the failed ones."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for name, verdict in verdicts:
        groups[f"{name} {verdict.lang}"].append(verdict)
    if len(groups) > 1:
        groups["all"] = [verdict for _, verdict in verdicts]
    seconds = [second for _, verdict in verdicts for second in verdict.seconds]
    return {
        "passed": {
            name: ratios([(v.id, {"passed": (v.passed, 1)}) for v in some], how)["passed"].as_dict()
            for name, some in groups.items()
        },
        "cases": len(verdicts),
        "median_turn_s": round(median(seconds), 3) if seconds else 0.0,
        "failed": [
            {
                "id": verdict.id,
                "file": name,
                "lang": verdict.lang,
                "turn": verdict.turn,
                "why": verdict.why,
                "transcript": verdict.transcript,
            }
            for name, verdict in verdicts
            if not verdict.passed
        ],
    }
