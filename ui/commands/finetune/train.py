"""`shopclerk finetune train`: teach the chat model with what was synthesised."""

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--recipe", type=_FILE, help="YAML; default finetune/recipes/cpu.yaml.")
@click.option(
    "--data",
    type=_FILE,
    multiple=True,
    help="Default training/chat/train.jsonl under home; may be given more than once.",
)
@click.option("--work", type=click.Path(path_type=Path), help="Checkpoints and logs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def train(recipe: Path | None, data: tuple[Path, ...], work: Path | None, as_json: bool) -> None:
    """Fine-tune the chat model on synthesised conversations, or teach it by preferences.

    A run that was killed goes on from its last checkpoint when it is called again with the same
    recipe and data. TensorBoard reads the work folder, where result.json says in the end on what
    machine and how it went. Nothing else should run on the cores.

    \b
    Examples:
      shopclerk finetune train
      shopclerk finetune train --data mine.jsonl --data finetune/written/shoppers.jsonl
      shopclerk finetune train --recipe finetune/recipes/gpu-4b.yaml
      shopclerk finetune train --recipe finetune/recipes/preference-gpu.yaml
    """
    from agent.errors import TrainingError
    from agent.profiles import find_adapter, load_profile
    from agent.settings import Settings
    from finetune.chat.preference import train_preference
    from finetune.chat.recipe import RECIPES, PreferenceRecipe, load_recipe
    from finetune.chat.training import train as train_supervised
    from finetune.chat.work import write_result
    from finetune.synthesis.corpus import read_rows
    from finetune.weights import training_checkpoint

    settings = Settings()
    recipe_ = load_recipe(recipe or RECIPES / "cpu.yaml")
    profile = load_profile(recipe_.profile)
    folder = settings.home / "training" / "chat"
    files = data or (folder / "train.jsonl",)
    if not files[0].is_file():
        raise TrainingError(f"there is no {files[0]}; make it with `shopclerk finetune synthesise`")
    rows = [row for file in files for row in read_rows(file)]
    checkpoint = training_checkpoint(profile, settings)
    into = work or folder / recipe_.folder_name
    start = recipe_.start and find_adapter(recipe_.start, profile, settings, "start").folder
    where = _where()
    if isinstance(recipe_, PreferenceRecipe):
        trained = train_preference(recipe_, profile, rows, checkpoint, into, start=Path(start))
    else:
        trained = train_supervised(recipe_, profile, rows, checkpoint, into, start=start or None)
    body = asdict(trained) | {"folder": str(trained.folder), "conversations": len(rows)}
    result = {name: value for name, value in body.items() if name != "folder"}
    write_result(into, result | where)
    click.echo(
        json.dumps(body)
        if as_json
        else "\n".join(f"{name}: {value}" for name, value in body.items())
    )


def _where() -> dict[str, Any]:
    """The machine, and the commit of the code if it is in a repository."""
    import torch

    from agent.settings import CHECKOUT
    from ui.hardware import hardware

    found: dict[str, Any] = dict(hardware())
    if torch.cuda.is_available():
        found["gpu"] = torch.cuda.get_device_name()
    if (git := shutil.which("git")) and (CHECKOUT / ".git").exists():
        command = [git, "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--abbrev=40"]
        asked = subprocess.run(  # noqa: S603 (no shell, nothing from outside)
            [*command, "--exclude=*"], capture_output=True, text=True, check=False
        )
        found["commit"] = asked.stdout.strip()
    return found
