"""Prepares a model for serving: finds its base, converts it, and keeps the result under home.

    shopclerk model prepare

A GGUF base becomes an ordinary safetensors folder, since vLLM 0.32 loads no GGUF: in bf16, or in
the 8-bit integers that a profile asks for. The folder is built beside and appears by one rename, so
what has its name is always whole; a call after a kill goes on where that one stopped. A GGUF that
was downloaded is kept in `models/bases` (`finetune.bases`): another adapter needs no network.
"""

import errno
import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.clock import system_clock
from agent.profiles import (
    MANIFEST,
    TEMPLATE,
    CheckpointBase,
    GgufBase,
    ModelProfile,
    is_prepared,
    read_manifest,
    with_adapter,
)
from agent.server_state import running
from agent.settings import Settings
from finetune.bases import Say, fetch_checkpoint, find_gguf, kept_base, say_on_stderr
from finetune.quantise import quantise
from retrieval.adapters import deltas
from retrieval.errors import WeightsError
from retrieval.wheels import sha256


def prepare(profile: ModelProfile, settings: Settings, say: Say = say_on_stderr) -> Path:
    """The folder of the profile's weights, tokenizer and chat template, made if need be.

    Instant when it is there; a changed chat template alone is swapped in. Two calls at once wait
    for each other. Raises WeightsError: wrong hash, no source reached, no space on the disk.
    """
    folder = profile.folder(settings)
    if is_prepared(profile, settings):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(folder.with_name(f".{profile.name}.lock"), say):
            if _same_weights(folder, profile):
                _swap_template(folder, profile)
                say(f"{profile.name}: the chat template is current again")
            elif not is_prepared(profile, settings):
                _build(profile, settings, folder, say)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise WeightsError(f"cannot prepare {profile.name} in {folder}: {error}") from None
        raise WeightsError(_no_space(profile, folder.parent)) from None
    return folder


def training_checkpoint(
    profile: ModelProfile, settings: Settings, say: Say = say_on_stderr
) -> Path:
    """The base as a bf16 checkpoint to train on, beside what is served. Raises WeightsError."""
    plain = {"name": f"{profile.name}-bf16", "weights": "bfloat16", "tuned": None}
    return prepare(profile.model_copy(update=plain), settings, say)


def verify(folder: Path) -> list[str]:
    """The files of a prepared folder that are missing or differ from its manifest's hashes."""
    manifest = read_manifest(folder)
    if manifest is None:
        return [MANIFEST]
    return [
        name
        for name, facts in manifest["files"].items()
        if not (folder / name).is_file() or sha256(folder / name) != facts["sha256"]
    ]


def _same_weights(folder: Path, profile: ModelProfile) -> bool:
    manifest = read_manifest(folder)
    if manifest is None or manifest.get("recipe") != profile.recipe_hash:
        return False
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == facts["bytes"]
        for name, facts in manifest["files"].items()
        if name != TEMPLATE
    )


def _swap_template(folder: Path, profile: ModelProfile) -> None:
    """The template first and the manifest last: in between it reads as not prepared."""
    manifest = read_manifest(folder) or {}
    _write(folder / TEMPLATE, profile.chat_template.read_bytes())
    manifest["files"][TEMPLATE] = _facts(folder / TEMPLATE)
    _write(folder / MANIFEST, json.dumps(manifest, indent=1).encode())


def _build(profile: ModelProfile, settings: Settings, folder: Path, say: Say) -> None:
    work = folder.with_name(f".{profile.name}.work")
    built = work / "built"
    if not _same_weights(built, profile):
        work.mkdir(exist_ok=True)
        shutil.rmtree(work / "building", ignore_errors=True)
        _check_space(profile, settings, work)
        source = _make(profile, settings, work, say)
        _finish(work / "building", profile, source)
        shutil.rmtree(built, ignore_errors=True)
        (work / "building").rename(built)
    _swap_template(built, profile)
    retired = work / "retired"
    shutil.rmtree(retired, ignore_errors=True)
    if folder.exists():
        folder.rename(retired)
    built.rename(folder)
    shutil.rmtree(work)
    say(f"{profile.name} is ready in {folder}")
    _tell_of_running(profile, settings, say)


def _tell_of_running(profile: ModelProfile, settings: Settings, say: Say) -> None:
    """A server goes on with what it loaded, and finds another model here when it starts again."""
    now = with_adapter(profile.merged_adapter)
    for server in running(settings):
        if server.model == profile.name and not server.serves(profile):
            say(
                f"Still being served: {server}. Its folder now has other weights, with {now}; it "
                "cannot be started again. Open that shop anew, under the settings of now"
            )


def _make(profile: ModelProfile, settings: Settings, work: Path, say: Say) -> str:
    building = work / "building"
    if isinstance(profile.base, CheckpointBase):
        downloading = work / "checkpoint"
        source = fetch_checkpoint(profile.base, settings, downloading, say)
        downloading.rename(building)
    else:
        gguf, source = find_gguf(profile.base, settings, work, say)
        say(f"Converting {profile.description} to bfloat16 (about a minute on two cores)")
        convert(_alone(gguf, work / "gguf"), building, tie_embeddings=profile.tie_embeddings)
    spell_out(building / "tokenizer.json", profile.plain_tokens)
    if profile.tuned and profile.merged:
        say(f"Merging the adapter {profile.tuned.name}")
        merge_adapter(profile.tuned.folder, building)
    if profile.weights == "int8":
        say("Storing its weights as 8-bit integers")
        quantise(building)
    return source


def _alone(gguf: Path, folder: Path) -> Path:
    """A link to the file in a folder of its own: transformers would read a neighbour's config."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    link = folder / "base.gguf"
    link.symlink_to(gguf.resolve())
    return link


def convert(gguf: Path, into: Path, *, tie_embeddings: bool) -> None:
    """Unpack a GGUF file into a folder that vLLM and transformers load: weights, config, tokenizer.

    The weights are bfloat16. With `tie_embeddings` input and output embeddings become one matrix:
    the output's, where the file holds both, since quantisers keep that one at a higher precision.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    try:
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.bfloat16,
            local_files_only=True,
        )
        tokenizer = AutoTokenizer.from_pretrained(
            gguf.parent, gguf_file=gguf.name, local_files_only=True
        )
    except (ValueError, RuntimeError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{gguf} cannot be read as a GGUF model: {reason}") from None
    if tie_embeddings:
        with torch.no_grad():
            model.get_input_embeddings().weight.copy_(model.get_output_embeddings().weight)
        model.config.tie_word_embeddings = True
        model.tie_weights()
    tokenizer.model_max_length = model.config.max_position_embeddings
    model.save_pretrained(into)
    tokenizer.save_pretrained(into)


def merge_adapter(adapter: Path, checkpoint: Path) -> None:
    """Add a LoRA adapter to a checkpoint's weights: W += alpha / r * B @ A.

    Raises WeightsError where the checkpoint has no such matrix.
    """
    import torch
    from safetensors.torch import load_file, save_file

    added = deltas(adapter)
    for file in sorted(checkpoint.glob("*.safetensors")):
        tensors = load_file(file)
        for name in added.keys() & tensors.keys():
            delta = torch.from_numpy(added.pop(name))
            tensors[name] = (tensors[name].float() + delta).to(tensors[name].dtype)
        save_file(tensors, file, metadata={"format": "pt"})
    if added:
        raise WeightsError(f"{adapter}: the base has no such matrix as {min(added)}")


def spell_out(tokenizer_file: Path, tokens: tuple[str, ...]) -> None:
    """Take `tokens` out of the added tokens, so that their text is encoded with ordinary ones."""
    if not tokens:
        return
    data = json.loads(tokenizer_file.read_text("utf-8"))
    kept = [entry for entry in data["added_tokens"] if entry["content"] not in tokens]
    _write(tokenizer_file, json.dumps(data | {"added_tokens": kept}, ensure_ascii=False).encode())


def _finish(folder: Path, profile: ModelProfile, source: str) -> None:
    _write(folder / TEMPLATE, profile.chat_template.read_bytes())
    manifest = {
        "profile": profile.name,
        "base": profile.base.identity,
        "source": source,
        "recipe": profile.recipe_hash,
        "adapter": profile.merged_adapter,
        "prepared_at": system_clock().isoformat(timespec="seconds"),
        "files": {path.name: _facts(path) for path in sorted(folder.iterdir()) if path.is_file()},
    }
    _write(folder / MANIFEST, json.dumps(manifest, indent=1).encode())


def _facts(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": sha256(path)}


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


def _needed(profile: ModelProfile, settings: Settings) -> int:
    """Bytes on the disk at the fullest moment of a preparation."""
    base = profile.base
    if isinstance(base, GgufBase) and not settings.model_file:
        joining = base.bytes + sum(wheel.bytes for wheel in base.wheels)
        return max(joining, base.bytes + base.prepared_bytes)
    return base.prepared_bytes


def _check_space(profile: ModelProfile, settings: Settings, work: Path) -> None:
    there = [path for path in work.rglob("*") if not path.is_symlink()]
    if isinstance(profile.base, GgufBase):
        there.append(kept_base(profile.base, settings))
    present = sum(path.stat().st_size for path in there if path.is_file())
    needed = _needed(profile, settings) - present
    if shutil.disk_usage(work).free < needed:
        raise WeightsError(_no_space(profile, work.parent, needed))


def _no_space(profile: ModelProfile, where: Path, needed: int = 0) -> str:
    free = shutil.disk_usage(where).free
    wants = f"{needed / 1e9:.1f} GB more" if needed else "more"
    return (
        f"preparing {profile.name} needs {wants} space in {where}, {free / 1e9:.1f} GB is free; "
        "free some, or set SHOPCLERK_HOME to a folder on another disk"
    )


@contextmanager
def _only_one(lock: Path, say: Say) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process is preparing this model; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
