"""The two ways to the shop's own system: a signed webhook, or a file that it reads.

Both take a message once for its id: the webhook's receiver by looking at `webhook-id`, the file by
being searched before a message is appended a second time.
"""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
from pydantic import ValidationError

from agent.clock import Clock, system_clock
from agent.errors import DeliveryFailed, SettingsError
from agent.masking import mask_password
from agent.orders.answers import Answer
from agent.settings import Settings
from agent.signing import key_of, sign

TIMEOUT = 10.0
"""Seconds that a webhook may take from beginning to end."""

_LONGEST_ANSWER = 64 * 1024  # bytes
_LONGEST_WAIT = 3600.0  # seconds that an answer's Retry-After can ask for


@dataclass(frozen=True, slots=True)
class Message:
    """One change on its way. `again`: it may have been sent before."""

    id: str
    body: bytes
    again: bool


class Channel(Protocol):
    """A way to the shop's own system."""

    def send(self, message: Message) -> Answer | None:
        """Deliver, once for each id; what the shop answers at once. Raises DeliveryFailed."""
        ...

    def close(self) -> None:
        """Give back what is held open."""
        ...


def open_channel(settings: Settings, clock: Clock = system_clock) -> Channel:
    """The channel of these settings. Raises SettingsError for a webhook that cannot work."""
    if not settings.webhook_url:
        return ChangeFile(settings.changes_file)
    secret = settings.webhook_secret.get_secret_value()
    if not secret:
        raise SettingsError(
            "SHOPCLERK_WEBHOOK_URL needs SHOPCLERK_WEBHOOK_SECRET, with which both sides sign; "
            "`openssl rand -base64 32` makes one"
        )
    key_of(secret)
    return Webhook(settings.webhook_url, secret, clock)


class Webhook:
    """Posts each change, signed (`agent.signing`). Any 2xx says that it arrived."""

    def __init__(
        self, url: str, secret: str, clock: Clock = system_clock, *, timeout: float = TIMEOUT
    ) -> None:
        if httpx.URL(url).scheme not in ("http", "https"):
            raise SettingsError(f"SHOPCLERK_WEBHOOK_URL={mask_password(url)} is no http address")
        self._url = url
        self._secret = secret
        self._clock = clock
        self._timeout = timeout
        self._client = httpx.Client(timeout=timeout, follow_redirects=False)

    def send(self, message: Message) -> Answer | None:
        """Post it. Raises DeliveryFailed for anything but a 2xx in time."""
        headers = sign(self._secret, message.id, message.body, self._clock())
        headers |= {"content-type": "application/json", "user-agent": "Shopclerk"}
        try:
            with self._client.stream(
                "POST", self._url, content=message.body, headers=headers
            ) as response:
                if not response.is_success:
                    raise DeliveryFailed(
                        f"the shop's webhook answered {response.status_code}",
                        _retry_after(response.headers),
                    )
                return _answer_in(self._read(response))
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise DeliveryFailed(f"the shop's webhook cannot be reached: {why}") from error

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _read(self, response: httpx.Response) -> bytes:
        """The body, unless it is too long or drips for ever: httpx bounds single reads only."""
        deadline, body = time.monotonic() + self._timeout, b""
        for part in response.iter_bytes():
            body += part
            if len(body) > _LONGEST_ANSWER or time.monotonic() > deadline:
                raise DeliveryFailed("the shop's webhook answers without an end")
        return body


class ChangeFile:
    """Appends each change to a JSON Lines file, on the disk before it counts as delivered."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: Message) -> Answer | None:
        """Append it, unless it is there. Raises DeliveryFailed."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                # Another process may be appending; the lock goes with the file handle.
                fcntl.flock(file, fcntl.LOCK_EX)
                self._append(file.fileno(), message)
        except OSError as error:
            raise DeliveryFailed(f"{self._path} cannot be written: {error.strerror}") from error
        return None

    def close(self) -> None:
        """Nothing is held open."""

    def _append(self, file: int, message: Message) -> None:
        size = os.fstat(file).st_size
        whole = _whole(file, size)
        if whole < size:
            # A process died while it wrote: half a line was never delivered.
            os.ftruncate(file, whole)
        if message.again and self._holds(message.id):
            return
        line = message.body + b"\n"
        while line:
            line = line[os.write(file, line) :]
        os.fsync(file)
        if size == 0:
            _sync_folder(self._path.parent)

    def _holds(self, message_id: str) -> bool:
        """Whether the file has it already; only asked of messages that were tried before."""
        wanted = message_id.encode()
        with self._path.open("rb") as lines:
            return any(wanted in line and _id_of(line) == message_id for line in lines)


def _whole(file: int, size: int) -> int:
    """The length of the file up to the end of its last whole line."""
    end = size
    while end > 0:
        start = max(end - 4096, 0)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _id_of(line: bytes) -> str:
    try:
        return str(json.loads(line)["id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _sync_folder(folder: Path) -> None:
    """A new file's name must survive a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds of a Retry-After header; a date is not looked at."""
    given = headers.get("retry-after", "")
    return min(float(given[:9]), _LONGEST_WAIT) if given.isascii() and given.isdigit() else 0.0


def _answer_in(body: bytes) -> Answer | None:
    """What a 2xx says in its body. Most shops say nothing, or something of their own."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("status") not in ("accepted", "refused", "received"):
        return None
    try:
        return Answer.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DeliveryFailed(f"the shop's answer: {where}: {first['msg']}") from error
