"""`shopclerk finetune publish`: an adapter with its card, if it may ship."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.profiles import ModelProfile
    from agent.settings import Settings

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("name")
@click.option("--recipe", type=_FILE, help="What it was trained by; default recipes/cpu.yaml.")
@click.option(
    "--data",
    type=_FILE,
    multiple=True,
    help="What it was trained on, each file as often as then; default train.jsonl.",
)
@click.option("--trained", type=_PATH, help="Default trained in the recipe's folder under home.")
@click.option("--report", type=_FILE, help="report.json of `finetune evaluate`, for the card.")
@click.option("--against", type=_FILE, help="The report of what is served now.")
@click.option("--out", type=_PATH, help="Default adapters/NAME under home.")
@click.option("--force", is_flag=True, help="Although held-out figures fall or are not compared.")
@click.option("--json", "as_json", is_flag=True, help="Print the card as one JSON object.")
def publish(
    name: str,
    recipe: Path | None,
    data: tuple[Path, ...],
    trained: Path | None,
    report: Path | None,
    against: Path | None,
    out: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write a trained adapter as NAME, which SHOPCLERK_MODEL_ADAPTER may choose.

    First without --report: its card has no figures yet, and what measures it is told. Then again
    with its report and that of what is served now, for the figures. Without them it never takes the
    place of an adapter that has figures, nor goes into the repository's own folder.

    Refused where the training text shares eight words in a row with canned questions or held-out
    banks, where the weights are of another recipe or of other data, or where held-out figures fall.
    Every name stays: to roll back, choose an earlier one.

    \b
    Examples:
      shopclerk finetune publish mine-2
      shopclerk finetune publish mine-2 --report data/build/evaluations/mine-2/report.json \\
        --against data/build/evaluations/mine-1/report.json
      SHOPCLERK_MODEL_ADAPTER=mine-1 shopclerk up
    """
    from agent.errors import TrainingError
    from agent.profiles import CARD, load_profile
    from agent.settings import CHECKOUT, Settings
    from finetune.bases import say_on_stderr
    from finetune.chat import publishing
    from finetune.chat.recipe import RECIPES, load_recipe
    from finetune.chat.training import data_hash
    from finetune.chat.work import TRAINED, read_result, refuse_other_run
    from finetune.synthesis.corpus import read_rows
    from retrieval.adapters import ADAPTER

    settings = Settings()
    recipe_ = load_recipe(recipe or RECIPES / "cpu.yaml")
    profile = load_profile(recipe_.profile)
    folder = settings.home / "training" / "chat"
    files = data or (folder / "train.jsonl",)
    weights = trained or folder / recipe_.folder_name / TRAINED
    makers = dict.fromkeys(files, "synthesise") | {weights: "train"}
    for needed, maker in makers.items():
        if not needed.exists():
            raise TrainingError(f"there is no {needed}; make it with `shopclerk finetune {maker}`")
    rows = [row for file in files for row in read_rows(file)]
    publishing.refuse_overlap(rows, sorted((CHECKOUT / "data" / "cases").rglob("*.jsonl")))
    refuse_other_run(weights, recipe_, data_hash(rows))
    into = out or settings.home / "adapters" / name
    served = _served(name, profile, settings)
    if report:
        digest = publishing.shipped_hash(weights)
        figures = _figures(report, against, digest, bool(served), force=force)
    elif not force:
        publishing.refuse_unmeasured(into)
    told = {
        "data": _about(files) | {"sha256": data_hash(rows), "conversations": len(rows)},
        "training": read_result(weights),
        "weaknesses": publishing.WEAKNESSES,
    }
    told |= figures if report else {"figures": {}}
    if not told["training"]:
        say_on_stderr(f"no result.json beside {weights}: the card does not say how it was trained")
    written = publishing.publish(weights, recipe_, profile, into, told)
    size = (written / ADAPTER).stat().st_size
    say_on_stderr(f"{written} has weights of {size:,} bytes")
    if not report:
        own = profile.name == settings.model_profile
        first = "" if own else f"SHOPCLERK_MODEL_PROFILE={profile.name} "
        say_on_stderr(_to_measure(name, served, first, settings.home / "evaluations"))
    card = (written / CARD).read_text("utf-8")
    click.echo(json.dumps(json.loads(card)) if as_json else f"{written}\n{card}")


def _served(name: str, profile: "ModelProfile", settings: "Settings") -> str:
    """The adapter, other than `name`, that serves shoppers now; "" where the base does."""
    from finetune.evaluation.variants import adapter_name

    chosen = adapter_name(settings) if profile.name == settings.model_profile else ""
    return next((one for one in (chosen, profile.adapter) if one and one != name), "")


def _figures(
    report: Path, against: Path | None, adapter_sha256: str, is_tuned: bool, *, force: bool
) -> dict[str, Any]:
    """The card's figures; those of `against` must not be better, except by force."""
    from agent.errors import TrainingError
    from finetune.bases import say_on_stderr
    from finetune.chat import publishing

    found = publishing.held_out_figures(report, adapter_sha256)
    about = {"sha256": found.data}
    if against:
        before = publishing.read_held_out(
            against, publishing.TUNED if is_tuned else publishing.BASE
        )
        for line in publishing.refuse_worse(found, before, force=force):
            say_on_stderr(f"not compared, {line}")
        about |= {"compared_with": before.adapter or "the base"}
    elif not force:
        raise TrainingError(
            "--report is compared with the report of what is served now: give that as --against, "
            "or publish with --force"
        )
    return {"figures": found.figures, "held_out": about}


def _about(files: Sequence[Path]) -> dict[str, Any]:
    """How often each file was given, and the data cards that lie beside them."""
    cards = {file.name: file.with_suffix(".card.json") for file in files}
    return {
        "files": Counter(file.name for file in files),
        "cards": {
            name: json.loads(card.read_text("utf-8"))
            for name, card in cards.items()
            if card.is_file()
        },
    }


def _to_measure(name: str, served: str, first: str, home: Path) -> str:
    """What to run for the figures that a card has yet to get."""
    measure = [
        f"  {first}shopclerk finetune evaluate --adapter {one} --name {one}"
        for one in filter(None, (name, served))
    ]
    return "\n".join(
        [
            "its card has no figures yet; measure it beside what is served now:",
            *measure,
            "and publish again with the same options and",
            f"  --report {home / name / 'report.json'} "
            f"--against {home / (served or name) / 'report.json'}",
        ]
    )
