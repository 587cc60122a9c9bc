"""Delivers confirmed changes to the shop's own system, each at least once and in order.

A deliverer claims a change for `LEASE`, sends it outside of any transaction, and records what came
of it. Several may work at once: a claim is a conditional write under a row lock that others skip
(SQLite has one writer). One that dies loses its claim after the lease, and the change is sent again
with the same id. What fails is tried again, later each time; later changes of the same order wait.
"""

import json
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from agent.clock import Clock
from agent.errors import AnswerConflict, DeliveryFailed, NotFound
from agent.orders.access.scope import SYSTEM
from agent.orders.answers import Answer, find_event, hear
from agent.orders.channels import Channel, Message
from agent.orders.database import Database
from agent.orders.models import AuditEntry, DeliveryStatus, OutboxEvent

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""How long a claimed change belongs to its deliverer; well above a channel's time limit."""

FIRST_DELAY, LONGEST_DELAY = 1.0, 3600.0  # seconds

UNDELIVERED = (DeliveryStatus.WAITING, DeliveryStatus.FAILED)
"""What the shop's own system does not know yet."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A change that is being sent: `attempt` tells this claim from an earlier one."""

    number: int
    message: Message
    attempt: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How the outbox stands. `oldest` is when the oldest undelivered change was made."""

    waiting: int
    failed: int
    for_staff: int
    oldest: datetime | None


class Outbox:
    """The changes on their way to the shop. Threads and processes may share a database.

    `attempts` is after how many failures a change is given up until somebody retries it; 0: never.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        attempts: int = 0,
        lease: timedelta = LEASE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._db = db
        self._clock = clock
        self._attempts = attempts
        self._lease = lease
        self._jitter = jitter

    def deliver_next(self, channel: Channel) -> DeliveryStatus | None:
        """Send the first change that is due; what it is now, or None where none was due.

        One that failed and will be tried again is `waiting`.
        """
        if not self._is_due() or (claim := self._claim()) is None:
            return None
        try:
            answer = channel.send(claim.message)
        except DeliveryFailed as error:
            return self._failed(claim, error)
        return self._delivered(claim, answer)

    def answer(self, event_id: str, answer: Answer) -> OutboxEvent:
        """Take the shop's answer to a change. Raises NotFound, AnswerConflict."""
        with self._db.write(SYSTEM) as session:
            event = find_event(session, event_id)
            hear(session, event, answer, self._clock())
            return event

    def seen_to(self, event_id: str) -> None:
        """Staff has mended what a refused change left behind. Raises NotFound."""
        with self._db.write(SYSTEM) as session:
            event = find_event(session, event_id)
            if not event.needs_staff:
                raise NotFound(f"{event_id} is no change that waits for staff")
            event.needs_staff = False
            session.add(
                AuditEntry(
                    at=self._clock(),
                    actor="staff",
                    action=f"{event.kind}_seen_to",
                    customer_id=event.customer_id,
                    order_id=event.order_id,
                    proposal_id=event.proposal_id,
                    before={"for_staff": event.last_error},
                )
            )

    def retry(self, event_ids: list[str] | None = None) -> int:
        """Make undelivered changes due at once, all or these; how many.

        Raises NotFound for an id that is no undelivered change.
        """
        wanted: ColumnElement[bool] = OutboxEvent.status.in_(UNDELIVERED)
        if event_ids is not None:
            wanted = and_(wanted, OutboxEvent.id.in_(event_ids))
        due = update(OutboxEvent).where(wanted)
        due = due.values(status=DeliveryStatus.WAITING, next_attempt_at=self._clock())
        with self._db.write(SYSTEM) as session:
            found = set(session.scalars(select(OutboxEvent.id).where(wanted)))
            if missing := set(event_ids or ()) - found:
                raise NotFound(f"{min(missing)} is no change that waits to be delivered")
            session.execute(due.execution_options(synchronize_session=False))
        return len(found)

    def events(self, status: DeliveryStatus | None = None, limit: int = 100) -> list[OutboxEvent]:
        """The newest changes, newest first."""
        query = select(OutboxEvent).order_by(OutboxEvent.number.desc()).limit(limit)
        if status is not None:
            query = query.where(OutboxEvent.status == status)
        with self._db.read(SYSTEM) as session:
            return list(session.scalars(query))

    def figures(self) -> Figures:
        """How many wait, were given up, or need staff."""
        undelivered = OutboxEvent.status.in_(UNDELIVERED)
        # Most changes are done: the index on the status leaves them out.
        worth_a_look = OutboxEvent.status.in_((*UNDELIVERED, DeliveryStatus.REFUSED))
        query = select(
            func.count().filter(OutboxEvent.status == DeliveryStatus.WAITING),
            func.count().filter(OutboxEvent.status == DeliveryStatus.FAILED),
            func.count().filter(OutboxEvent.needs_staff),
            func.min(OutboxEvent.created_at).filter(undelivered),
        ).where(worth_a_look)
        with self._db.read(SYSTEM) as session:
            waiting, failed, for_staff, oldest = session.execute(query).one()
        return Figures(waiting, failed, for_staff, oldest)

    def _is_due(self) -> bool:
        """A look that takes no write lock."""
        with self._db.read(SYSTEM) as session:
            return session.scalar(_due(self._clock())) is not None

    def _claim(self) -> Claim | None:
        with self._db.write(SYSTEM) as session:
            now = self._clock()
            query = _due(now).with_for_update(skip_locked=True, of=OutboxEvent)
            if (event := session.scalar(query)) is None:
                return None
            event.attempts += 1
            event.next_attempt_at = now + self._lease
            body = json.dumps(event.payload, ensure_ascii=False).encode()
            message = Message(event.id, body, again=event.attempts > 1)
            return Claim(event.number, message, event.attempts)

    def _delivered(self, claim: Claim, answer: Answer | None) -> DeliveryStatus:
        with self._db.write(SYSTEM) as session:
            event = find_event(session, claim.message.id)
            if event.status not in UNDELIVERED:
                # The shop answered by itself before its reply came, or another had sent it too.
                return DeliveryStatus(event.status)
            event.status, event.delivered_at = DeliveryStatus.DELIVERED, self._clock()
            event.last_error = ""
            if answer is not None:
                try:
                    hear(session, event, answer, self._clock())
                except AnswerConflict as error:
                    event.last_error = str(error)
            return DeliveryStatus(event.status)

    def _failed(self, claim: Claim, error: DeliveryFailed) -> DeliveryStatus:
        log.warning("change %s was not delivered: %s", claim.message.id, error)
        with self._db.write(SYSTEM) as session:
            event = find_event(session, claim.message.id)
            if event.status not in UNDELIVERED or event.attempts != claim.attempt:
                return DeliveryStatus(event.status)
            event.last_error = str(error)[:500]
            delay = max(backoff(claim.attempt, self._jitter()), error.retry_after)
            event.next_attempt_at = self._clock() + timedelta(seconds=delay)
            # Counted in rounds, so that one who retries a change gets a whole round again.
            if self._attempts and claim.attempt % self._attempts == 0:
                event.status = DeliveryStatus.FAILED
            return DeliveryStatus(event.status)


def backoff(attempt: int, jitter: float) -> float:
    """Seconds to wait after failure number `attempt`, from 1: doubled each time, half of it chance.

    AWS's "equal jitter" (Exponential Backoff And Jitter, 2015): those that failed together come
    back apart. `jitter` is in [0, 1).
    """
    whole = min(FIRST_DELAY * 2.0 ** min(attempt - 1, 32), LONGEST_DELAY)
    return whole / 2 + jitter * whole / 2


def _due(now: datetime) -> Select[OutboxEvent]:
    """The first change whose time has come and before which nothing of the same order waits."""
    earlier = aliased(OutboxEvent)
    blocked = exists().where(
        earlier.number < OutboxEvent.number,
        earlier.status.in_(UNDELIVERED),
        _same_subject(earlier),
    )
    return (
        select(OutboxEvent)
        .where(
            OutboxEvent.status == DeliveryStatus.WAITING,
            OutboxEvent.next_attempt_at <= now,
            ~blocked,
        )
        .order_by(OutboxEvent.number)
        .limit(1)
    )


def _same_subject(earlier: type[OutboxEvent]) -> ColumnElement[bool]:
    """Of the same order; of the same account, for changes of no order."""
    return or_(
        earlier.order_id == OutboxEvent.order_id,
        and_(
            earlier.order_id.is_(None),
            OutboxEvent.order_id.is_(None),
            earlier.customer_id == OutboxEvent.customer_id,
        ),
    )
