"""What a model server's supervisor writes of it, for other processes to read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent import leash
from agent.profiles import Device, ModelProfile, with_adapter
from agent.settings import Settings

State = Literal["stopped", "starting", "warming", "ready", "restarting", "failed"]


@dataclass(frozen=True)
class ServerState:
    """What the supervisor last wrote of its server. `pid` is the leash that holds it.

    The last three say what the server loaded: weights by their recipe, and the adapter that is
    merged into them or served beside them.
    """

    state: State
    model: str
    url: str
    pid: int | None
    device: Device
    log: str
    warm: bool = False
    starts: int = 0
    why: str = ""
    served_recipe: str = ""
    served_adapter: str = ""
    served_adapter_sha256: str = ""

    def serves(self, profile: ModelProfile) -> bool:
        """Whether this profile's weights and adapter are what it loaded.

        A server that has an adapter beside the base serves the base as well.
        """
        if self.model != profile.name or self.served_recipe != profile.recipe_hash:
            return False
        served = self.served_adapter, self.served_adapter_sha256
        return profile.tuned is None or served == (profile.tuned.name, profile.tuned.sha256)

    def __str__(self) -> str:
        """In words: the model, with its adapter, and where."""
        return f"{self.model} with {with_adapter(self.served_adapter)} at {self.url}"


def state_file(settings: Settings) -> Path:
    """Where the supervisor of our port writes its server's state."""
    return settings.home / f"model-server-{settings.model_port}.json"


def read_state(settings: Settings) -> ServerState | None:
    """What the supervisor of our port last wrote, if its server's leash still lives; else None."""
    return _read(state_file(settings))


def running(settings: Settings) -> Iterator[ServerState]:
    """The servers that live under this home, whatever their port."""
    for file in sorted(settings.home.glob("model-server-*.json")):
        if report := _read(file):
            yield report


def _read(file: Path) -> ServerState | None:
    try:
        report = ServerState(**json.loads(file.read_text("utf-8")))
        command = Path(f"/proc/{report.pid}/cmdline").read_bytes()
    except (OSError, ValueError, TypeError):
        return None
    return report if str(leash.__file__).encode() in command else None
