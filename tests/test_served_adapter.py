"""Which adapter a running server loaded: another one's server never passes for the one wanted."""

import json
import os
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.errors import ModelUnavailable, SettingsError
from agent.model import Readiness
from agent.profiles import Adapter, ModelProfile, chosen_profile
from agent.server_state import ServerState
from agent.serving import answers, is_serving
from agent.settings import Settings
from agent.supervisor import ModelServer
from tests.model_servers import command as command
from tests.model_servers import pids, put_adapter, wait_for
from tests.model_servers import profile as profile
from tests.model_servers import settings as settings
from ui.commands.model import model


def tuned_profile(settings: Settings, name: str, digest: str) -> ModelProfile:
    """The default profile with an adapter of that name merged, its folder made to hold that."""
    plain = chosen_profile(settings.model_copy(update={"model_adapter": ""}))
    put_adapter(settings, name, plain, digest=digest * 32)
    found = chosen_profile(settings.model_copy(update={"model_adapter": name}))
    assert found.merged_adapter == name
    manifest = {"recipe": found.recipe_hash, "adapter": name, "files": {}}
    (found.folder(settings) / "manifest.json").write_text(json.dumps(manifest))
    return found


def test_a_server_with_another_adapter_is_not_this_one(
    settings: Settings, command: list[str]
) -> None:
    first = tuned_profile(settings, "first", "ab")
    with ModelServer(first, settings, device="cpu", command=command, first_pause=0.1) as server:
        server.wait_ready(30)
        assert is_serving(first, settings)
        second = tuned_profile(settings, "second", "cd")
        assert answers(second, settings), "name and folder are the same"
        assert not is_serving(second, settings)
        trained_anew = tuned_profile(settings, "first", "ef")
        assert not is_serving(trained_anew, settings)
        other = ModelServer(second, settings, device="cpu", command=command)
        with pytest.raises(SettingsError, match=r"other settings .* with the adapter first"):
            other.start()
    assert not is_serving(first, settings)


def test_status_names_the_adapters(
    settings: Settings, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(settings.home))
    monkeypatch.setenv("SHOPCLERK_MODEL_PORT", str(settings.model_port))
    monkeypatch.setenv("SHOPCLERK_MODEL_ADAPTER", "second")
    first = tuned_profile(settings, "first", "ab")
    with ModelServer(first, settings, device="cpu", command=command, first_pause=0.1) as server:
        server.wait_ready(30)
        tuned_profile(settings, "second", "cd")
        said = json.loads(CliRunner().invoke(model, ["status", "--json"]).stdout)
        lines = CliRunner().invoke(model, ["status"]).stdout.splitlines()
    assert (said["prepared"], said["serving"], said["state"]) == (True, False, "ready")
    assert (said["adapter"], said["served_adapter"]) == ("second", "first")
    assert {"first", "second"} < set(said["adapters"])
    assert [line.split()[0] for line in lines] == list(said)
    assert lines[2].split(maxsplit=1)[1] == ", ".join(said["adapters"])


@pytest.mark.integration
def test_a_folder_replaced_under_a_running_server_is_said(
    settings: Settings, command: list[str]
) -> None:
    first = tuned_profile(settings, "first", "ab")
    with ModelServer(first, settings, device="cpu", command=command, first_pause=0.01) as server:
        server.wait_ready(30)
        tuned_profile(settings, "second", "cd")
        os.kill(pids(settings)[0], signal.SIGKILL)
        wait_for(lambda: server.state == "failed")
        with pytest.raises(
            ModelUnavailable, match="with the adapter second, and the adapter first is to be served"
        ):
            server.wait_ready()


def test_an_adapter_beside_the_base_is_known_by_name_and_hash(profile: ModelProfile) -> None:
    def tuned(name: str, digest: str) -> ModelProfile:
        adapter = Adapter(name=name, folder=Path("/a"), sha256=digest * 32)
        return profile.model_copy(update={"tuned": adapter, "merged": False})

    mine = tuned("mine", "ab")
    report = ServerState(
        "ready", profile.name, "http://x/v1", 1, "gpu", "log",
        served_recipe=mine.recipe_hash, served_adapter="mine", served_adapter_sha256="ab" * 32,
    )  # fmt: skip
    assert report.serves(mine)
    assert report.serves(profile), "the base is served under its own name"
    assert not report.serves(tuned("mine", "cd"))
    assert not report.serves(tuned("yours", "ab"))


async def test_a_server_with_another_adapter_answers_nobody(
    settings: Settings, command: list[str]
) -> None:
    first = tuned_profile(settings, "first", "ab")
    with ModelServer(first, settings, device="cpu", command=command, first_pause=0.1) as server:
        server.wait_ready(30)
        second = tuned_profile(settings, "second", "cd")
        assert await Readiness(settings, first)()
        assert not await Readiness(settings, second)()
        elsewhere = settings.model_copy(update={"model_url": f"{server.url}/v1"})
        assert await Readiness(elsewhere, second)(), "what another's server loaded is its affair"
    assert not await Readiness(settings, first)()
