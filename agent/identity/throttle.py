"""How often one may try to prove something: counted by `limits`, in memory or in Redis.

A try is counted before it is looked at, so that tries at once do not outrun the count. Subjects
are hashed: no e-mail address lies in the counter's storage.
"""

import hashlib
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from agent.errors import IdentityDown, SettingsError, TooManyTries

Kind = Literal["address", "email", "order", "buyer", "staff"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose tries are counted: a client's address, or what was guessed at.

    An e-mail address is one subject with a code and another (`buyer`) with an order number: who
    may open an order must not be able to reset the count of guessed codes.
    """

    kind: Kind
    value: str

    @property
    def key(self) -> str:
        """What is stored in its place."""
        return hashlib.sha256(f"{self.kind}\n{self.value}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Pace:
    """How many within `window` seconds; so many wrong `tries` lock for `lock` seconds.

    One address may be a whole office, so that it is allowed more than one e-mail address is.
    """

    window: int = 15 * 60
    lock: int = 15 * 60
    tries: int = 5
    tries_of_address: int = 20
    letters: int = 3
    letters_of_address: int = 20
    requests_of_address: int = 120


class Throttle:
    """Counts and locks. Threads may share it; over Redis, processes too.

    Raises SettingsError for a storage that cannot be, IdentityDown where it does not answer.
    """

    def __init__(self, url: str = "memory://", pace: Pace | None = None) -> None:
        try:
            storage = storage_from_string(url, wrap_exceptions=True)
        except ConfigurationError as error:
            raise SettingsError(
                f"SHOPCLERK_RATE_LIMIT_URL cannot be used: {error}; write memory:// or "
                "redis://HOST:6379, the latter with the extra `redis` installed"
            ) from None
        self.pace = pace or Pace()
        self._moving = MovingWindowRateLimiter(storage)
        self._locks = FixedWindowRateLimiter(storage)

    def request(self, address: Subject) -> None:
        """Any request to climb. Raises TooManyTries."""
        self._hit("request", self.pace.requests_of_address, address)

    def letter(self, *subjects: Subject) -> None:
        """An e-mail is asked for, whether or not one will be sent. Raises TooManyTries."""
        self._refuse_locked(subjects)
        for subject in subjects:
            of_address = subject.kind == "address"
            most = self.pace.letters_of_address if of_address else self.pace.letters
            self._hit("letter", most, subject)

    def begin(self, *subjects: Subject) -> None:
        """A try to prove something. Raises TooManyTries for whoever is locked out."""
        self._refuse_locked(subjects)
        for subject in subjects:
            # An address is counted when the try was wrong: many honest shoppers may share it.
            if subject.kind != "address":
                self._hit("try", self.pace.tries, subject)

    def fail(self, *subjects: Subject) -> list[Subject]:
        """The try was wrong. Returns those who are locked out from now on because of it."""
        with _answering():
            return [subject for subject in subjects if self._locks_out(subject)]

    def succeed(self, *subjects: Subject) -> None:
        """The try was right: earlier wrong ones no longer count, but for the address's."""
        with _answering():
            for subject in subjects:
                if subject.kind != "address":
                    self._moving.clear(self._tries(subject), "try", subject.key)

    def _locks_out(self, subject: Subject) -> bool:
        tries = self._tries(subject)
        if subject.kind == "address":
            self._moving.hit(tries, "try", subject.key)
        if self._moving.get_window_stats(tries, "try", subject.key).remaining > 0:
            return False
        return self._locks.hit(self._lock, "lock", subject.key)

    def _refuse_locked(self, subjects: tuple[Subject, ...]) -> None:
        with _answering():
            for subject in subjects:
                if not self._locks.test(self._lock, "lock", subject.key):
                    stats = self._locks.get_window_stats(self._lock, "lock", subject.key)
                    raise TooManyTries(_seconds_until(stats.reset_time))

    def _hit(self, what: str, most: int, subject: Subject) -> None:
        item = RateLimitItemPerSecond(most, self.pace.window)
        with _answering():
            if not self._moving.hit(item, what, subject.key):
                stats = self._moving.get_window_stats(item, what, subject.key)
                raise TooManyTries(_seconds_until(stats.reset_time))

    def _tries(self, subject: Subject) -> RateLimitItem:
        of_address = subject.kind == "address"
        most = self.pace.tries_of_address if of_address else self.pace.tries
        return RateLimitItemPerSecond(most, self.pace.window)

    @property
    def _lock(self) -> RateLimitItem:
        return RateLimitItemPerSecond(1, self.pace.lock)


def client(address: str) -> Subject:
    """The subject of a client's address; an IPv6 customer has a whole /64, so that is one."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return Subject("address", address)
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return Subject("address", str(ip.ipv4_mapped))
        return Subject("address", str(ip_network((ip, 64), strict=False)))
    return Subject("address", str(ip))


@contextmanager
def _answering() -> Iterator[None]:
    """A storage that does not answer lets nobody try: what is not counted can be guessed."""
    try:
        yield
    except StorageError as error:
        raise IdentityDown from error


def _seconds_until(at: float) -> int:
    return max(1, math.ceil(at - time.time()))
