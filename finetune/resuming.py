"""Where a training run that was killed goes on from."""

import json
from pathlib import Path

_STATE = "trainer_state.json"


def last_checkpoint(work: Path) -> str | None:
    """The newest whole checkpoint, which ends with the trainer's state; None where there is none.

    A kill while one was written leaves a part of it.
    """
    folders = [folder for folder in work.glob("checkpoint-*") if _is_whole(folder)]
    newest = max(folders, key=lambda folder: int(folder.name.partition("-")[2]), default=None)
    return str(newest) if newest else None


def _is_whole(checkpoint: Path) -> bool:
    try:
        state = json.loads((checkpoint / _STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(checkpoint.name == f"checkpoint-{state.get('global_step')}")
