"""Starts the model server, keeps it running, and takes it along when this process ends."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import httpx

from agent import leash
from agent.errors import ModelUnavailable, SettingsError
from agent.profiles import Device, ModelProfile, detect_device, is_prepared, why_unprepared
from agent.server_state import ServerState, State, read_state, state_file
from agent.serving import (
    HOST,
    WarmUp,
    answers,
    is_serving,
    own_url,
    port_is_taken,
    serving_command,
    serving_environment,
    warm_up,
)
from agent.settings import Settings


class ModelServer:
    """Starts the model server, keeps it running, and takes it along when this process ends.

    `with ModelServer(profile, settings) as server: server.wait_ready()`. A healthy server of the
    same model that is already on the port, or being started by another process, is used and left
    alone at the end. One thread supervises: a server that dies or hangs is started again after 1,
    2, 4 … 60 s.
    """

    def __init__(
        self,
        profile: ModelProfile,
        settings: Settings,
        *,
        device: Device | None = None,
        warm_up_with: WarmUp | Callable[[], WarmUp] | None = None,
        command: list[str] | None = None,
        start_timeout: float = 900.0,
        first_pause: float = 1.0,
    ) -> None:
        self.profile = profile
        self.settings = settings
        self.device: Device = device or detect_device(settings)
        self.url = own_url(settings)
        self.log = settings.home / "logs" / "model-server.log"
        self._warm_up_with = warm_up_with
        self._command = command or serving_command(profile, settings, self.device)
        self._start_timeout = start_timeout
        self._first_pause = first_pause
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._state: State = "stopped"
        self._why = ""
        self._starts = 0

    def __enter__(self) -> "ModelServer":
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def state(self) -> State:
        """Where the server is in its life; "ready" means warmed up too."""
        return self._state

    @property
    def why(self) -> str:
        """Why the last start failed or the server ended; empty while all is well."""
        return self._why

    def start(self) -> None:
        """Begin to serve and return at once; `wait_ready` waits.

        Raises SettingsError where another program has the port or vLLM is not installed, and
        ModelUnavailable where the weights are not prepared.
        """
        if not self._is_elsewhere():
            self._check()
        self._stopping.clear()
        self._set("starting")
        self._thread = threading.Thread(target=self._supervise, name="model-server", daemon=True)
        self._thread.start()

    def wait_ready(self, timeout: float | None = None) -> None:
        """Block until the server is warm. Raises ModelUnavailable when it failed, or at timeout."""
        with self._changed:
            self._changed.wait_for(lambda: self._state in ("ready", "failed", "stopped"), timeout)
        if self._state != "ready":
            why = self._why or f"it is still {self._state}"
            raise ModelUnavailable(f"the model server is not ready: {why}; its log is {self.log}")

    def stop(self) -> None:
        """End the server and everything it started. A server that was there before stays."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
        self._set("stopped")

    def _is_elsewhere(self) -> bool:
        """Whether somebody else's server of this very model answers, or is on its way to."""
        other = read_state(self.settings)
        return other is not None and other.serves(self.profile)

    def _check(self) -> None:
        port = self.settings.model_port
        if other := read_state(self.settings):
            raise SettingsError(
                f"port {port} on {HOST} is a model server's of other settings ({other}); end the "
                "shop that it belongs to, or set SHOPCLERK_MODEL_PORT to a free port"
            )
        if port_is_taken(port):
            raise SettingsError(
                f"port {port} on {HOST} is taken by another program; "
                "stop it, or set SHOPCLERK_MODEL_PORT to a free port"
            )
        if not Path(self._command[0]).exists():
            raise SettingsError(
                f"there is no vLLM at {self._command[0]}; run `make` to install it, set "
                "SHOPCLERK_VLLM_PYTHON, or set SHOPCLERK_MODEL_URL to another model server"
            )
        if not is_prepared(self.profile, self.settings):
            raise ModelUnavailable(why_unprepared(self.profile, self.settings))

    def _supervise(self) -> None:
        pause, in_vain = self._first_pause, 0
        while not self._stopping.is_set():
            began = time.monotonic()
            if self._run_once():
                in_vain = 0
                if time.monotonic() - began > 60:
                    pause = self._first_pause
            else:
                in_vain += 1
            if self._stopping.is_set():
                break
            if in_vain >= 5:
                self._set("failed")
                return
            self._set("restarting")
            self._stopping.wait(pause)
            pause = min(pause * 2, 60.0)

    def _run_once(self) -> bool:
        """One life of the server, from start to end; whether it was ever ready."""
        try:
            if not self._is_elsewhere():
                self._check()
                self._spawn()
            if ready := self._await_health() and self._warm():
                self._why = ""
                self._set("ready")
                self._watch()
        except (SettingsError, ModelUnavailable) as error:
            self._why, ready = str(error), False
        finally:
            self._end()
        return ready

    def _spawn(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        environment = serving_environment(self.profile, self.settings, self.device, os.environ)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", leash.__file__, *self._command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=self.settings.home,
                start_new_session=True,
            )
        self._starts += 1
        self._set("starting")

    def _ended(self) -> bool:
        if self._process is None or self._process.poll() is None:
            return False
        self._why = f"it ended with status {self._process.returncode}: {_last_error(self.log)}"
        return True

    def _answers(self, timeout: float = 2.0) -> bool:
        """Whether our server is well; of another's one asks also what it loaded."""
        ask = is_serving if self._process is None else answers
        return ask(self.profile, self.settings, timeout)

    def _await_health(self) -> bool:
        deadline = time.monotonic() + self._start_timeout
        while time.monotonic() < deadline:
            if self._stopping.is_set() or self._ended():
                return False
            if self._answers():
                return True
            if self._process is None and not self._is_elsewhere():
                self._why = "the server that another process was starting is gone"
                return False
            self._stopping.wait(0.5)
        self._why = f"it did not answer within {self._start_timeout:.0f} s"
        return False

    def _warm(self) -> bool:
        if self._warm_up_with is None:
            return True
        self._set("warming")
        prefix = self._warm_up_with() if callable(self._warm_up_with) else self._warm_up_with
        try:
            warm_up(self.profile, self.url, prefix)
        except httpx.HTTPError as error:
            self._why = f"the warm-up failed: {' '.join(str(error).split())}"
            return False
        return True

    def _watch(self) -> None:
        """Return when the server has ended or has not answered for a minute."""
        silent_since: float | None = None
        while not self._stopping.wait(2.0) and not self._ended():
            if self._answers(timeout=5.0):
                silent_since = None
                continue
            silent_since = silent_since or time.monotonic()
            if self._process is None or time.monotonic() - silent_since > 60:
                self._why = "it stopped answering"
                return

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(leash.GRACE + 5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # A leash that was itself killed could not end its own: they are still in its group.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _set(self, state: State) -> None:
        self._report(state)
        with self._changed:
            self._state = state
            self._changed.notify_all()

    def _report(self, state: State) -> None:
        """Write the state file first: who waited for the state reads it there."""
        if self._starts == 0:
            return  # the server, if any, is another's, and so is the file
        pid = self._process.pid if self._process else None
        tuned = self.profile.tuned
        report = ServerState(
            state,
            self.profile.name,
            f"{self.url}/v1",
            pid,
            self.device,
            str(self.log),
            warm=state == "ready" and self._warm_up_with is not None,
            starts=self._starts,
            why=self._why,
            served_recipe=self.profile.recipe_hash,
            served_adapter=tuned.name if tuned else "",
            served_adapter_sha256=tuned.sha256 if tuned else "",
        )
        path = state_file(self.settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.new")
        beside.write_text(json.dumps(asdict(report)), "utf-8")
        beside.replace(path)


def _last_error(log: Path) -> str:
    """The last line of a log that names an error, for the one line that a person gets."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        lines = file.read().decode("utf-8", "replace").splitlines()
    errors = [line for line in lines if "Error" in line and "Traceback" not in line]
    return (errors or lines or ["its log is empty"])[-1].strip()[-300:]
