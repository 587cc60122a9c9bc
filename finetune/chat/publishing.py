"""Publishes a trained adapter, bf16 weights with a card, and refuses what should not ship."""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.cases import read_cases
from agent.errors import TrainingError
from agent.events import Lang
from agent.profiles import ADAPTERS, CARD, ModelProfile
from finetune.chat.recipe import Recipe
from finetune.overlap import shared
from finetune.synthesis.models import LANGS
from finetune.synthesis.rows import Row
from finetune.synthesis.vocabulary import load_clauses, load_frames
from retrieval.adapters import ADAPTER, CONFIG
from retrieval.wheels import sha256

MOST_BYTES = 25_000_000
"""What one file of the repository may weigh."""


def refuse_overlap(rows: Sequence[Row], cases: Sequence[Path]) -> None:
    """Raises TrainingError where what was trained on shares eight words in a row with what
    measures: the rows, and the banks to train on, with the canned questions in `cases` and the
    held-out banks.
    """
    said = [str(m["content"]) for row in rows for m in row.messages if m["role"] == "user"]
    asked = [turn.say for case in read_cases(cases) for turn in case.turns]
    frames = [part for lang in LANGS for part in _parts(lang, held_out=False)]
    measured = [part for lang in LANGS for part in _parts(lang, held_out=True)]
    for what, mine, others in (
        ("canned questions", said, asked),
        ("held-out banks", [*said, *frames], measured),
    ):
        if both := shared(mine, others):
            gram, text = next(iter(both.items()))
            raise TrainingError(
                f"{len(both)} runs of eight words are in the training text and in the {what}: "
                f"{gram!r} in {text!r}; take it out of what is trained on"
            )


def _parts(lang: Lang, *, held_out: bool) -> list[str]:
    """What stands between the slots of the frames and the clauses."""
    clauses = (clause[lang] for clause in load_clauses(held_out=held_out).values())
    said = [*load_frames(lang, held_out=held_out).values(), *clauses]
    return [part for each in said for frame in each for part in re.split(r"\{\w+\}", frame)]


WEAKNESSES = (
    "Half a billion weights: it reads lists and short texts, and reasons little. Long messages "
    "with several conditions, sums over orders and comparisons of many things go wrong first.",
    "Wordings far from the banks of both languages, and other languages, are not its.",
    "What it proposes the shopper must confirm, and what it says is checked by code: both must be.",
)
_HEADLINE = ("tool", "exact", "format", "no_tool", "asks_back", "grounded", "language")
TUNED, BASE = "tuned-strict", "base-strict"
"""The variants of an evaluation that are what serves: with an adapter, and without one."""


@dataclass(frozen=True)
class HeldOut:
    """What an evaluation found of one variant: of which adapter, on which conversations (hashes).

    `figures` are those that decide, by measure and language.
    """

    report: Path
    data: str
    adapter: str
    adapter_sha256: str
    figures: dict[str, float]


def read_held_out(report: Path, variant: str = TUNED) -> HeldOut:
    """The figures of a variant in the report.json of an evaluation.

    Raises TrainingError where the file is no such report, or did not measure the variant.
    """
    try:
        body = json.loads(report.read_text("utf-8"))
        if variant not in body["variants"]:
            raise TrainingError(
                f"{report} has no {variant} on held-out conversations; it has: "
                f"{', '.join(body['variants']) or 'none'}; `finetune evaluate` measures it"
            )
        model = body["variants"][variant]["model"]
        return HeldOut(
            report,
            body["data"]["sha256"],
            model["adapter"],
            model["adapter_sha256"],
            _figures(body, variant),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(f"{report}: not a report of `finetune evaluate`: {error!r}") from None


def _figures(body: Mapping[str, Any], variant: str) -> dict[str, float]:
    figures = {
        f"{measure} {lang}": float(some[measure]["value"])
        for lang, some in body["variants"][variant]["figures"]["language"].items()
        for measure in _HEADLINE
        if lang in LANGS and measure in some
    }
    if cases := (body.get("cases") or {}).get(variant):
        figures |= {f"cases {name}": float(f["value"]) for name, f in cases["passed"].items()}
    if tasks := (body.get("tasks") or {}).get(variant):
        asked = f"tasks pass^1 of {tasks['tasks']}, seed {tasks['seed']}"
        figures[asked] = float(tasks["pass^1"]["value"])
    return figures


def held_out_figures(report: Path, adapter_sha256: str) -> HeldOut:
    """The figures of the adapter with this hash. Raises TrainingError for another's report."""
    found = read_held_out(report)
    if found.adapter_sha256 != adapter_sha256:
        raise TrainingError(
            f"{report} measured another adapter, {found.adapter or 'none'} "
            f"({found.adapter_sha256[:12]}), than the one to publish ({adapter_sha256[:12]})"
        )
    return found


def refuse_worse(found: HeldOut, before: HeldOut, *, force: bool = False) -> list[str]:
    """Raises TrainingError where `found` is worse than `before`, except by force, or cannot be
    compared with it.

    Returns the measures that only one of both has, each with where it is missing.
    """
    if found.data != before.data:
        raise TrainingError(
            f"{found.report} and {before.report} measured other held-out conversations "
            f"({found.data[:12]}, {before.data[:12]}); evaluate both adapters on the same"
        )
    if found.adapter_sha256 == before.adapter_sha256:
        raise TrainingError(
            f"{before.report} measured this very adapter; --against wants what is served now"
        )
    if not force:
        refuse_fall(found.figures, before.figures)
    return [
        f"{name}: not in {one.report}"
        for one, other in ((found, before), (before, found))
        for name in other.figures
        if name not in one.figures
    ]


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


def refuse_unmeasured(into: Path) -> None:
    """Raises TrainingError where an adapter without figures must not lie: in the repository's own
    folder, and in the place of one that has them.
    """
    cure = "give --report of `finetune evaluate`, which measures an adapter by its name"
    if ships(into):
        raise TrainingError(
            f"what lies in {ADAPTERS} has figures; leave --out out at first, then {cure}"
        )
    if (into / CARD).is_file() and json.loads((into / CARD).read_text("utf-8")).get("figures"):
        raise TrainingError(
            f"{into.name} is there with its figures; take another name, {cure}, or use --force"
        )


def publish(
    trained: Path,
    recipe: Recipe,
    profile: ModelProfile,
    into: Path,
    card: Mapping[str, Any],
) -> Path:
    """The adapter in the folder `into`, made anew beside and then renamed.

    Raises TrainingError for a whole model, and for more than 25 MB in the repository's own folder.
    """
    weights = _as_shipped(trained)
    if ships(into) and len(weights) > MOST_BYTES:
        raise TrainingError(
            f"the adapter has {len(weights):,} bytes, of which {ADAPTERS} takes {MOST_BYTES:,} at "
            "most; give --out another folder"
        )
    beside = into.with_name(f".{into.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    (beside / ADAPTER).write_bytes(weights)
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


def ships(into: Path) -> bool:
    """Whether a folder is in the repository's own folder of adapters."""
    return into.resolve().is_relative_to(ADAPTERS.resolve())


def shipped_hash(trained: Path) -> str:
    """The SHA-256 that the published weights will have. Raises TrainingError for a whole model."""
    return hashlib.sha256(_as_shipped(trained)).hexdigest()


def _as_shipped(trained: Path) -> bytes:
    import torch
    from safetensors.torch import load_file, save

    if not (trained / ADAPTER).is_file():
        raise TrainingError(
            f"{trained} holds no {ADAPTER}; an adapter of `method: lora` can be published, a whole "
            "model of `method: full` cannot"
        )
    read = load_file(trained / ADAPTER)
    tensors = {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in read.items()}
    shipped: bytes = save(tensors, metadata={"format": "pt"})
    return shipped


def _write_json(file: Path, content: object) -> None:
    file.write_text(
        json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8"
    )
