"""A tiny stand-in for vLLM, a folder that passes for prepared weights, and cards of adapters."""

import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.profiles import ModelProfile, load_profile
from agent.settings import Settings

# A stand-in with vLLM's three endpoints and, like vLLM, a child process in a session of its own.
_SERVER = """
import http.server, json, os, subprocess, sys, time
port, name, root, home = int(sys.argv[1]), *sys.argv[2:5]
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
                         start_new_session=True)
with open(home + "/pids", "a") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def do_GET(self):
        self.answer({"data": [{"id": name, "root": root}]})
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(home + "/requests", "ab") as file:
            file.write(body + b"\\n")
        self.answer({})
    def log_message(self, *args): pass

http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Fails unless it holds in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def profile() -> ModelProfile:
    """The default profile, without an adapter."""
    return load_profile("qwen2.5-coder-0.5b")


@pytest.fixture
def settings(tmp_path: Path, profile: ModelProfile) -> Settings:
    """Settings with a free port and a folder that passes for prepared weights."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(_env_file=None, home=tmp_path, model_port=port)
    folder = profile.folder(settings)
    folder.mkdir(parents=True)
    (folder / "chat_template.jinja").write_bytes(profile.chat_template.read_bytes())
    (folder / "manifest.json").write_text(json.dumps({"recipe": profile.recipe_hash, "files": {}}))
    return settings


@pytest.fixture
def command(settings: Settings, profile: ModelProfile) -> list[str]:
    """What starts the stand-in on that port."""
    return stand_in(settings, profile)


def stand_in(settings: Settings, profile: ModelProfile) -> list[str]:
    """The command of a server that passes for vLLM's of this profile."""
    script = settings.home / "server.py"
    script.write_text(_SERVER)
    folder = profile.folder(settings)
    arguments = [str(settings.model_port), profile.name, str(folder), str(settings.home)]
    return [sys.executable, str(script), *arguments]


def pids(settings: Settings) -> list[int]:
    """The last stand-in's process and its child."""
    return [int(pid) for pid in (settings.home / "pids").read_text().splitlines()[-1].split()]


def put_adapter(
    settings: Settings, name: str, profile: ModelProfile, base: str = "", digest: str = "ab" * 32
) -> Path:
    """An adapter's card under home, trained on the profile's base or on `base`."""
    folder = settings.home / "adapters" / name
    folder.mkdir(parents=True, exist_ok=True)
    card = {
        "base": {"identity": base or profile.base.identity},
        "files": {"adapter_model.safetensors": digest},
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder
