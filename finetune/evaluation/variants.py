"""What is compared: the base and the tuned model, each with and without strict tool schemas."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from agent.assistant import warm_up
from agent.errors import SettingsError
from agent.profiles import ModelProfile, chosen_profile, is_prepared, load_profile
from agent.serving import WarmUp, free_port
from agent.settings import Settings
from agent.supervisor import ModelServer
from agent.tools import tool_schemas
from finetune.bases import Say
from finetune.weights import prepare

MODELS = ("base", "base-strict", "tuned", "tuned-strict")
ROUTER = "router"
VARIANTS = (*MODELS, ROUTER)
_PATIENT = {"model_timeout": 600.0, "turn_deadline": 600.0}
# With many at once an answer waits for its turn; none is given up for that.


@dataclass(frozen=True)
class Variant:
    """A model under a name of its own, as it is served."""

    name: str
    profile: ModelProfile
    settings: Settings

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools as they are sent."""
        return tools_for(self.profile)


def tools_for(profile: ModelProfile) -> list[dict[str, Any]]:
    """The shopper's tools, strict where the profile is."""
    if profile.strict_tools:
        return tool_schemas()
    return [
        tool | {"function": {k: v for k, v in tool["function"].items() if k != "strict"}}
        for tool in tool_schemas()
    ]


def adapter_name(settings: Settings, asked: str = "") -> str:
    """The adapter that "tuned" means: the one asked for, the settings', or the profile's own."""
    return asked or settings.model_adapter or load_profile(settings.model_profile).adapter


def make_variant(name: str, settings: Settings, adapter: str = "") -> Variant:
    """The variant of that name. Raises SettingsError for an adapter that is nowhere."""
    if name not in MODELS:
        raise SettingsError(f"there is no variant {name!r}; there are: {', '.join(VARIANTS)}")
    if settings.model_url:
        raise SettingsError(
            "SHOPCLERK_MODEL_URL is set, and evaluation starts model servers of its own; unset it"
        )
    tuned = name.startswith("tuned")
    if tuned and not adapter:
        raise SettingsError("no adapter is tuned yet; `shopclerk finetune train` makes one")
    mine = settings.model_copy(update={"model_adapter": adapter if tuned else ""})
    profile = chosen_profile(mine)
    if not is_prepared(profile, mine) and (profile.merged or not tuned):
        # Beside the folder that serves shoppers, which holds the other one of the two.
        suffix = adapter if tuned else "base"
        profile = profile.model_copy(update={"name": f"{profile.name}-{suffix}"})
    strict = name.endswith("-strict")
    return Variant(name, profile.model_copy(update={"strict_tools": strict}), mine)


class Served:
    """A variant on a free port, started when something is first asked of it.

    `with Served(variant, say) as served`: a run whose answers are all kept starts no server.
    """

    def __init__(self, variant: Variant, say: Say) -> None:
        self.variant = variant
        self.settings = variant.settings.model_copy(update=_PATIENT | {"model_port": free_port()})
        self._say = say
        self._lock = threading.Lock()
        self._server: ModelServer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._server:
            self._server.stop()

    async def __call__(self) -> bool:
        """Wait until it answers. Raises WeightsError, ModelUnavailable."""
        await asyncio.to_thread(self.start)
        return True

    def doubt(self) -> None:
        """The server is watched, and started again when it dies."""

    def prepared(self) -> Path:
        """The folder of its weights and tokenizer, made if need be. Raises WeightsError."""
        return prepare(self.variant.profile, self.variant.settings, self._say)

    def start(self) -> None:
        """Serve it, if it is not served yet."""
        with self._lock:
            if self._server is None:
                self.prepared()
                variant = self.variant
                prefix = warm_up(variant.profile)
                start = WarmUp(prefix.messages, variant.tools, prefix.template_arguments)
                self._say(f"{variant.name}: starting {variant.profile.name}")
                self._server = ModelServer(variant.profile, self.settings, warm_up_with=start)
                self._server.start()
            self._server.wait_ready()


def available(wanted: Sequence[str], adapter: str, say: Say) -> list[str]:
    """The variants to run: those asked for, or all that there is something for."""
    if wanted:
        return list(wanted)
    if adapter:
        return list(VARIANTS)
    say("no adapter is there yet, so nothing tuned is measured")
    return [name for name in VARIANTS if not name.startswith("tuned")]
