"""What is compared: the base and the tuned model, each with and without strict tool schemas."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from agent.assistant import warm_up
from agent.errors import SettingsError
from agent.profiles import ModelProfile, chosen_profile, is_prepared, load_profile
from agent.serving import HOST, WarmUp
from agent.settings import Settings
from agent.supervisor import ModelServer
from agent.tools import tool_schemas
from finetune.bases import Say
from finetune.weights import prepare

MODELS = ("base", "base-strict", "tuned", "tuned-strict")
ROUTER = "router"
VARIANTS = (*MODELS, ROUTER)


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


@contextmanager
def serving(variant: Variant, say: Say) -> Iterator[Settings]:
    """Prepare the variant's weights and serve them on a free port for as long as the block lasts.

    Yields the settings that reach the server. Raises WeightsError, ModelUnavailable.
    """
    prepare(variant.profile, variant.settings, say)
    mine = variant.settings.model_copy(update={"model_port": free_port()})
    prefix = warm_up(variant.profile)
    start = WarmUp(prefix.messages, variant.tools, prefix.template_arguments)
    say(f"{variant.name}: starting {variant.profile.name}")
    with ModelServer(variant.profile, mine, warm_up_with=start) as server:
        server.wait_ready()
        yield mine


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def available(wanted: Sequence[str], adapter: str, say: Say) -> list[str]:
    """The variants to run: those asked for, or all that there is something for."""
    if wanted:
        return list(wanted)
    if adapter:
        return list(VARIANTS)
    say("no adapter is there yet, so nothing tuned is measured")
    return [name for name in VARIANTS if not name.startswith("tuned")]
