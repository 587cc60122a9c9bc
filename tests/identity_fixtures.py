"""A small shop for the identity ladder: two customers, an order each, and letters that are kept."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from agent.identity.ladder import Ladder
from agent.identity.throttle import Pace, Throttle
from agent.identity.tokens import Tokens
from agent.orders.database import Database
from agent.orders.models import Customer, Order

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
ANA, BEN = "ana@example.com", "ben@example.com"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


class Letters:
    """A post that keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        """Keep it."""
        self.sent.append(message)

    @property
    def code(self) -> str:
        """The code in the last letter."""
        return code_in(self.sent[-1])


def code_in(letter: EmailMessage) -> str:
    """The code in a letter."""
    found = re.search(r"\b\d{6}\b", letter.get_content())
    assert found, letter.get_content()
    return found[0]


def fill(db: Database) -> None:
    """Ana, who reads Chinese, with two orders, and Ben with one; Cy has no e-mail address."""
    with db.write() as session:
        session.add_all(
            [
                Customer(id="C-ANA", first_name="安", last_name="王", email=ANA, locale="zh-CN"),
                Customer(id="C-BEN", first_name="Ben", last_name="Low", email=BEN),
                Customer(id="C-CY"),
            ]
        )
        session.flush()
        for number, owner in (("LP-1", "C-ANA"), ("LP-2", "C-ANA"), ("LP-3", "C-BEN")):
            session.add(order(number, owner))
        session.add(order("LP-4", "C-CY"))


def order(number: str, owner: str) -> Order:
    """An order without lines."""
    return Order(
        id=f"#{number}",
        number=number.lower(),
        customer_id=owner,
        placed_at=NOW - timedelta(days=1),
        status="pending",
        currency="USD",
    )


@contextmanager
def as_app(db: Database) -> Iterator[Database]:
    """The filled shop as the app has it: each transaction must say for whom it acts."""
    fill(db)
    app = Database(db.url.render_as_string(hide_password=False))
    yield app
    app.dispose()


def ladder_of(
    db: Database, clock: Clock, post: Letters, pace: Pace | None = None, **tokens: object
) -> Ladder:
    """A ladder that counts in memory."""
    throttle = Throttle(pace=pace or Pace())
    return Ladder(db, clock, throttle, Tokens(db, clock, **tokens), post)  # type: ignore[arg-type]
