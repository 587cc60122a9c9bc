"""What a shopper is to hear of changes that the shop could not do."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from agent.clock import Clock
from agent.context import Shopper
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import DeliveryStatus, OutboxEvent, ProposalKind


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused change. `reason` is the shop's; where it could not be `taken_back`, it waits
    `for_staff` until they have seen to it."""

    id: str
    kind: ProposalKind
    order_id: str | None
    reason: str
    taken_back: bool
    for_staff: bool


def refusal_of(events: Sequence[OutboxEvent]) -> Refusal | None:
    """What the last change of an order came to, if the shop refused it; events by number."""
    last = events[-1] if events else None
    return _refusal(last) if last and last.status == DeliveryStatus.REFUSED else None


class Refusals:
    """Those that a customer has not heard of yet. Threads may share it."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def untold(self, shopper: Shopper) -> list[Refusal]:
        """What to say at the beginning of the next answer, oldest first."""
        if shopper.customer_id is None:
            return []
        query = select(OutboxEvent).where(
            OutboxEvent.customer_id == shopper.customer_id,
            OutboxEvent.status == DeliveryStatus.REFUSED,
            OutboxEvent.told_at.is_(None),
        )
        with self._db.read(shopper) as session:
            return [_refusal(event) for event in session.scalars(query.order_by("number"))]

    def told(self, refusals: Sequence[Refusal]) -> None:
        """They were shown."""
        if not refusals:
            return
        shown = update(OutboxEvent).where(OutboxEvent.id.in_([one.id for one in refusals]))
        with self._db.write(SYSTEM) as session:
            session.execute(shown.values(told_at=self._clock()))


def _refusal(event: OutboxEvent) -> Refusal:
    return Refusal(
        id=event.id,
        kind=ProposalKind(event.kind),
        order_id=event.order_id,
        reason=event.answer,
        taken_back=not event.last_error,
        for_staff=event.needs_staff,
    )
