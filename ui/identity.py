"""Who is behind a request: an opaque token in a cookie or a header, everything else on the server.

A token is 256 random bits. The conversation's id, which is stored and logged, is a hash of it, so
that reading either lets nobody take the visit over.
"""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.clock import Clock, system_clock
from agent.context import ANONYMOUS, Rung, Shopper

COOKIE = "shopclerk_session"
IDLE = timedelta(hours=12)
STAFF_IDLE, STAFF_LONGEST = timedelta(hours=1), timedelta(hours=12)
"""Staff see everybody's figures: they are signed out an hour after their last act, and each day."""
CAPACITY = 20_000
TABS = 20
"""Conversations of one visit that go along when its shopper climbs."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visitor, and when they were last seen. `name` is empty for the anonymous.

    `opened` is when the visit began, `tabs` are those of their open pages in which they have
    talked, the latest last.
    """

    shopper: Shopper
    name: str
    seen: datetime
    tabs: tuple[str, ...] = ()
    opened: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it has lasted too long, or nobody was there for too long."""
        if self.shopper.rung != Rung.STAFF:
            return now - self.seen > IDLE
        return now - self.seen > STAFF_IDLE or now - (self.opened or self.seen) > STAFF_LONGEST


class Visits:
    """The visits of this process; the longest idle ones make room. For one event loop."""

    def __init__(self, clock: Clock = system_clock, *, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def open(self, shopper: Shopper = ANONYMOUS, name: str = "") -> str:
        """A new visit's token."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        self._visits[token] = Visit(shopper, name, now, opened=now)
        while len(self._visits) > self._capacity:
            self._visits.popitem(last=False)
        return token

    def get(self, token: str | None) -> Visit | None:
        """The visit of a token that was given out here and has not expired."""
        visit = self._visits.get(token) if token else None
        if token is None or visit is None:
            return None
        now = self._clock()
        if visit.is_over(now):
            del self._visits[token]
            return None
        visit = replace(visit, seen=now)
        self._visits[token] = visit
        self._visits.move_to_end(token)
        return visit

    def change(self, token: str | None, shopper: Shopper, name: str = "") -> str:
        """Sign in or out: the old token is worth nothing from here on, the new one is returned."""
        self.end(token or "")
        return self.open(shopper, name)

    def end(self, token: str) -> None:
        """The token is worth nothing from here on."""
        self._visits.pop(token, None)

    def conversation(self, token: str, tab: str = "") -> str:
        """The id of the conversation in this tab, which is remembered for when they climb."""
        if visit := self._visits.get(token):
            tabs = (*(known for known in visit.tabs if known != tab), tab)
            self._visits[token] = replace(visit, tabs=tabs[-TABS:])
        return conversation_id(token, tab)


def conversation_id(token: str, tab: str = "") -> str:
    """The id under which a token's conversation is stored; `tab` keeps two open pages apart."""
    return hashlib.sha256(f"{token}\n{tab}".encode()).hexdigest()[:32]
