"""The shop as `shopclerk up` opens it: a real process, its own state, the real model server.

Started once a session, by the first test that asks for `open_shop`, and again by the next one
after a test has closed it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.leash import descendants
from agent.profiles import load_profile
from agent.settings import CHECKOUT, Settings
from agent.supervisor import ServerState, read_state
from tests.missing import missing

BUILD = CHECKOUT / "data" / "build"
START_WITHIN = 900.0  # seconds
STOP_WITHIN = 60.0

Turn = list[dict[str, Any]]


class OpenShop:
    """One `shopclerk up`, and a shopper's way in by HTTP.

    Its home is the same folder every time: vLLM's cache of compiled code names the model's path.
    """

    def __init__(self) -> None:
        self.home = BUILD / "end-to-end"
        self.log = self.home / "up.log"
        self.settings = Settings(
            _env_file=None, home=self.home, port=free_port(), model_port=free_port()
        )
        self.url = f"http://127.0.0.1:{self.settings.port}"
        self.http = httpx.Client(base_url=self.url, timeout=120, trust_env=False)
        self.process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Start, with nothing but the prepared weights."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        (BUILD / "cache").mkdir(exist_ok=True)
        for name in ("models", "cache"):
            (self.home / name).symlink_to(BUILD / name, target_is_directory=True)
        own = {
            "SHOPCLERK_HOME": str(self.home),
            "SHOPCLERK_PORT": str(self.settings.port),
            "SHOPCLERK_MODEL_PORT": str(self.settings.model_port),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [Path(sys.executable).parent / "shopclerk", "up"],
                env=os.environ | own,
                cwd=self.home,
                stdout=log,
                stderr=log,
            )

    def readiness(self) -> dict[str, Any]:
        """What /readyz says; empty while nothing answers."""
        try:
            state: dict[str, Any] = self.http.get("/readyz").json()
        except httpx.TransportError:
            return {}
        return state

    def is_warm(self) -> bool:
        """Whether the shop says that its model is ready, and the model is warmed up too."""
        server = self.server()
        return self.readiness().get("model") == "ready" and server is not None and server.warm

    def server(self) -> ServerState | None:
        """What the supervisor says of the model server."""
        return read_state(self.settings)

    def wait(self, what: str, holds: Callable[[], bool], seconds: float) -> None:
        """Fails with the end of both logs unless `holds` within `seconds`, and if `up` ends."""
        deadline = time.monotonic() + seconds
        while not holds():
            ended = self.process is None or self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                why = "shopclerk up has ended" if ended else f"not within {seconds:.0f} s"
                pytest.fail(f"waited until {what}: {why}\n{self.logs()}")
            time.sleep(0.5)

    def logs(self) -> str:
        """The last lines of our own log and of the model server's."""
        files = [self.log, self.home / "logs" / "model-server.log"]
        tails = [f.read_text("utf-8", "replace").splitlines()[-30:] for f in files if f.exists()]
        return "\n".join(line for tail in tails for line in tail)

    def sign_in(self, customer_id: str) -> str:
        """A new session of this sample customer."""
        self.http.cookies.clear()
        answer = self.http.post("/v1/sample/sign-in", json={"customer_id": customer_id})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["session_id"])

    def ask(self, message: str, session_id: str | None = None) -> Turn:
        """The events of one turn; a new anonymous visitor's unless a session is given."""
        self.http.cookies.clear()
        body = {"message": message, "session_id": session_id}
        answer = self.http.post("/v1/chat", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.text.splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]

    def kill_model(self) -> None:
        """SIGKILL to the model server and everything that belongs to it."""
        server = self.server()
        assert server is not None and server.pid is not None
        for pid in [server.pid, *descendants(server.pid)]:
            os.kill(pid, signal.SIGKILL)

    def processes(self) -> list[int]:
        """All living processes of this shop: they, and nobody else, work in its home."""
        found = []
        for link in Path("/proc").glob("[0-9]*/cwd"):
            try:
                if link.readlink() == self.home:
                    found.append(int(link.parent.name))
            except OSError:
                continue
        return found

    def close(self) -> int:
        """SIGTERM; returns the exit status. Fails if it does not end in time."""
        process, self.process = self.process, None
        assert process is not None
        process.terminate()
        try:
            return process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            pytest.fail(f"shopclerk up did not end within {STOP_WITHIN:.0f} s\n{self.logs()}")


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def one_shop() -> Iterator[OpenShop]:
    """The session's shop, not opened yet."""
    shop = OpenShop()
    built = Settings(_env_file=None, home=BUILD)
    weights = load_profile(built.model_profile).folder(built)
    if not (built.vllm_python.exists() and weights.is_dir()):
        missing("needs vLLM and the prepared model: run `make setup`")
    yield shop
    if shop.process is not None:
        shop.close()
    shop.http.close()


@pytest.fixture
def open_shop(one_shop: OpenShop) -> OpenShop:
    """The shop with its model warm."""
    if one_shop.process is None:
        one_shop.open()
    one_shop.wait("the model is warm", one_shop.is_warm, START_WITHIN)
    return one_shop


def of(turn: Turn, kind: str) -> Turn:
    """The events of one type."""
    return [event for event in turn if event["type"] == kind]


def prose(turn: Turn) -> str:
    """Everything that was said in words."""
    return " ".join(event["text"] for event in of(turn, "text"))
