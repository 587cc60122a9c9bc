"""The work folder of a run: whose it is, and what came of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.errors import TrainingError
from finetune.chat.recipe import Recipe

TRAINED = "trained"
"""The folder of the weights in it."""
_RUN, _RESULT = "run.json", "result.json"


def claim(work: Path, recipe: Recipe, data: str) -> None:
    """Mark `work` as the run of a recipe and of data with this hash.

    Raises TrainingError where another one's lies there.
    """
    mark = work / _RUN
    if mark.is_file() and _differing(mark, recipe, data):
        raise TrainingError(f"{work} holds a run of another recipe or of other data; remove it")
    work.mkdir(parents=True, exist_ok=True)
    run = {"recipe": recipe.model_dump(mode="json"), "data": data}
    mark.write_text(json.dumps(run, indent=1), "utf-8")


def refuse_other_run(weights: Path, recipe: Recipe, data: str) -> None:
    """Raises TrainingError where the folder `weights` is of another recipe or of other data."""
    mark = weights.parent / _RUN
    if not mark.is_file():
        raise TrainingError(
            f"there is no {mark}, which says what {weights} was made of; keep {_RUN} of the work "
            "folder beside it"
        )
    if differing := _differing(mark, recipe, data):
        raise TrainingError(
            f"{weights} was not trained so: {'; '.join(differing)} (given first, then what {mark} "
            "says); give --recipe and --data as they were for the training"
        )


def _differing(mark: Path, recipe: Recipe, data: str) -> list[str]:
    """What the run of `mark` has otherwise; a field that recipes no longer have tells nothing."""
    try:
        run = json.loads(mark.read_text("utf-8"))
        was: Mapping[str, Any] = dict(run["recipe"])
        was_data = str(run["data"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{mark}: not the mark of a run: {error!r}") from None
    missing = "nothing"
    found = [
        f"the recipe's {name} is {value!r}, not {was.get(name, missing)!r}"
        for name, value in recipe.model_dump(mode="json").items()
        if value != was.get(name, missing)
    ]
    if data != was_data:
        found.append(f"the data has the hash {data[:12]}, not {was_data[:12]}")
    return found


def write_result(work: Path, result: Mapping[str, Any]) -> None:
    """Keep what a run was and came to, beside its weights."""
    (work / _RESULT).write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def read_result(weights: Path) -> dict[str, Any]:
    """What the run of these weights came to; empty where it was not written."""
    file = weights.parent / _RESULT
    try:
        result: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    except ValueError as error:
        raise TrainingError(f"{file}: cannot be read: {error}") from None
    return result
