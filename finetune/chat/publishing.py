"""Publishes a trained adapter, bf16 weights with a card, and refuses what should not ship."""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.cases import read_cases
from agent.errors import TrainingError
from agent.events import Lang
from agent.profiles import CARD, ModelProfile
from finetune.chat.recipe import Recipe
from finetune.overlap import shared
from finetune.synthesis.models import LANGS
from finetune.synthesis.rows import Row
from finetune.synthesis.vocabulary import load_frames
from retrieval.adapters import ADAPTER, CONFIG
from retrieval.wheels import sha256

MOST_BYTES = 25_000_000
"""What one file of the project may weigh."""


def refuse_overlap(rows: Sequence[Row], cases: Sequence[Path]) -> None:
    """Raises TrainingError where what was trained on shares eight words in a row with what
    measures: with the canned questions in `cases`, or the held-out banks.
    """
    said = [str(m["content"]) for row in rows for m in row.messages if m["role"] == "user"]
    asked = [turn.say for case in read_cases(cases) for turn in case.turns]
    frames = [part for lang in LANGS for part in _parts(lang, held_out=False)]
    measured = [part for lang in LANGS for part in _parts(lang, held_out=True)]
    for what, mine, others in (
        ("canned questions", said, asked),
        ("held-out banks", frames, measured),
    ):
        if both := shared(mine, others):
            gram, text = next(iter(both.items()))
            raise TrainingError(
                f"{len(both)} runs of eight words are in the training text and in the {what}: "
                f"{gram!r} in {text!r}; take it out of the bank that holds it"
            )


def _parts(lang: Lang, *, held_out: bool) -> list[str]:
    """What stands between the slots of the frames."""
    frames = load_frames(lang, held_out=held_out).values()
    return [part for each in frames for frame in each for part in re.split(r"\{\w+\}", frame)]


WEAKNESSES = (
    "Half a billion weights: it reads lists and short texts, and reasons little. Long messages "
    "with several conditions, sums over orders and comparisons of many things go wrong first.",
    "Wordings far from the banks of both languages, and other languages, are not its.",
    "What it proposes the shopper must confirm, and what it says is checked by code: both must be.",
)
_HEADLINE = ("tool", "exact", "format", "no_tool", "asks_back", "grounded", "language")


def held_out_figures(report: Path | None) -> dict[str, float]:
    """The figures of an evaluation's report.json that decide: by measure and language.

    Of several variants the tuned one with strict decoding counts. Raises TrainingError where the
    file is no such report.
    """
    if report is None:
        return {}
    try:
        body = json.loads(report.read_text("utf-8"))
        variant = _counting(body["variants"])
        figures = {
            f"{measure} {lang}": float(some[measure]["value"])
            for lang, some in (variant["figures"]["language"] if variant else {}).items()
            for measure in _HEADLINE
            if lang in LANGS and measure in some
        }
        if cases := _counting(body.get("cases") or {}):
            passed = cases["passed"].items()
            figures |= {f"cases {name}": float(figure["value"]) for name, figure in passed}
        if tasks := _counting(body.get("tasks") or {}):
            figures["tasks pass^1"] = float(tasks["pass^1"]["value"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(f"{report}: not a report of `finetune evaluate`: {error!r}") from None
    return figures


def _counting(variants: Mapping[str, Any]) -> Any:
    """Of several variants the one that counts, or None."""
    return variants.get("tuned-strict") or next(iter(variants.values()), None)


def refuse_fall(figures: Mapping[str, float], before: Mapping[str, float]) -> None:
    """Raises TrainingError where a held-out figure is below that of what is served now."""
    fallen = [
        f"{name} from {before[name]:.3f} to {value:.3f}"
        for name, value in figures.items()
        if name in before and value < before[name]
    ]
    if fallen:
        raise TrainingError(
            f"the held-out figures fall: {', '.join(fallen)}; publish with --force to do so anyway"
        )


def publish(
    trained: Path,
    recipe: Recipe,
    profile: ModelProfile,
    into: Path,
    card: Mapping[str, Any],
) -> Path:
    """The adapter in the folder `into`, made anew beside and then renamed.

    Raises TrainingError for one of more than 25 MB.
    """
    beside = into.with_name(f".{into.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    _write_weights(trained / ADAPTER, beside / ADAPTER)
    if (size := (beside / ADAPTER).stat().st_size) > MOST_BYTES:
        raise TrainingError(f"the adapter has {size:,} bytes, at most {MOST_BYTES:,} may ship")
    config = json.loads((trained / CONFIG).read_text("utf-8"))
    _write_json(beside / CONFIG, config | {"base_model_name_or_path": profile.description})
    files = {name: sha256(beside / name) for name in (CONFIG, ADAPTER)}
    body = {
        "base": {"identity": profile.base.identity, "description": profile.description},
        "recipe": recipe.model_dump(mode="json"),
        "license": profile.license,
        "files": files,
    }
    _write_json(beside / CARD, body | dict(card))
    shutil.rmtree(into, ignore_errors=True)
    beside.rename(into)
    return into


def _write_weights(trained: Path, into: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    tensors = {n: t.to(torch.bfloat16).contiguous() for n, t in load_file(trained).items()}
    save_file(tensors, into, metadata={"format": "pt"})


def _write_json(file: Path, content: object) -> None:
    file.write_text(
        json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8"
    )
