"""`shopclerk finetune publish`: an adapter with its card, if it may ship."""

import json
from collections import Counter
from pathlib import Path

import click

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
@click.option("--trained", type=_PATH, help="Default training/chat/PROFILE/trained under home.")
@click.option("--report", type=_FILE, help="report.json of `finetune evaluate`, for the card.")
@click.option("--against", type=_FILE, help="The report of what is served now.")
@click.option("--out", type=_PATH, help="Default adapters/NAME under home.")
@click.option("--force", is_flag=True, help="Although held-out figures fall.")
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

    Refused where the training text shares eight words in a row with canned questions or held-out
    banks, or where held-out figures fall. Every name stays: to roll back, choose an earlier one.

    \b
    Examples:
      shopclerk finetune publish mine-2 --report data/build/evaluations/mine/report.json
      SHOPCLERK_MODEL_ADAPTER=mine-1 shopclerk up
    """
    from agent.errors import TrainingError
    from agent.profiles import CARD, load_profile
    from agent.settings import CHECKOUT, Settings
    from finetune.chat import publishing
    from finetune.chat.recipe import RECIPES, load_recipe
    from finetune.chat.training import data_hash
    from finetune.synthesis.corpus import read_rows

    settings = Settings()
    recipe_ = load_recipe(recipe or RECIPES / "cpu.yaml")
    profile = load_profile(recipe_.profile)
    folder = settings.home / "training" / "chat"
    files, weights = data or (folder / "train.jsonl",), trained or folder / profile.name / "trained"
    for needed in (*files, weights):
        if not needed.exists():
            raise TrainingError(f"there is no {needed}; make it with `shopclerk finetune train`")
    rows = [row for file in files for row in read_rows(file)]
    publishing.refuse_overlap(rows, sorted((CHECKOUT / "data" / "cases").rglob("*.jsonl")))
    figures = publishing.held_out_figures(report)
    if not force:
        publishing.refuse_fall(figures, publishing.held_out_figures(against))
    cards = {file.name: file.with_suffix(".card.json") for file in files}
    told = {
        "data": {
            "sha256": data_hash(rows),
            "conversations": len(rows),
            "files": Counter(file.name for file in files),
            "cards": {
                name: json.loads(card.read_text("utf-8"))
                for name, card in cards.items()
                if card.is_file()
            },
        },
        "figures": figures,
        "weaknesses": publishing.WEAKNESSES,
    }
    written = publishing.publish(
        weights, recipe_, profile, out or settings.home / "adapters" / name, told
    )
    card = (written / CARD).read_text("utf-8")
    click.echo(json.dumps(json.loads(card)) if as_json else f"{written}\n{card}")
