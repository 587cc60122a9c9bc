"""What the shop's own system says of a change, and what that does here.

    accepted   the change stands
    refused    the shop could not do it (`reason`): it is taken back, or marked for staff where the
               order has moved on since
    received   the goods of a return or an exchange are back: what waited for them is paid

`order_status`, where it is given, becomes the order's. Everything may be said again: it has one
effect. What contradicts an earlier answer raises AnswerConflict and does nothing.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.errors import AnswerConflict, NotFound
from agent.orders.effects import settle
from agent.orders.models import (
    AfterSale,
    AfterSaleKind,
    AfterSaleStatus,
    AuditEntry,
    DeliveryStatus,
    Order,
    OrderStatus,
    OutboxEvent,
    Receipt,
)
from agent.orders.taking_back import take_back
from agent.orders.terms import Terms


class Answer(BaseModel):
    """One answer of the shop. Fields that we do not know are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    status: Literal["accepted", "refused", "received"]
    reason: str = Field("", max_length=500)
    order_status: OrderStatus | None = None


def find_event(session: Session, event_id: str) -> OutboxEvent:
    """The change of this id, locked. Raises NotFound."""
    query = select(OutboxEvent).where(OutboxEvent.id == event_id).with_for_update()
    if (event := session.scalar(query)) is None:
        raise NotFound("there is no such change")
    return event


def hear(session: Session, event: OutboxEvent, answer: Answer, now: datetime) -> None:
    """Do what the answer says to the locked `event`. Raises AnswerConflict.

    An answer to a change that still waits shows that it arrived.
    """
    if event.status == DeliveryStatus.REFUSED:
        if answer.status == "refused":
            return
        raise AnswerConflict("the shop has refused this change already")
    match answer.status:
        case "accepted" if event.status == DeliveryStatus.ACCEPTED:
            return
        case "accepted":
            event.status = DeliveryStatus.ACCEPTED
        case "received":
            if not _receive(session, event, now):
                return
        case "refused":
            _refuse(session, event, answer, now)
    event.delivered_at = event.delivered_at or now
    before = _set_status(session, event, answer.order_status)
    session.add(_audit(event, answer, before, now))


def _receive(session: Session, event: OutboxEvent, now: datetime) -> bool:
    """The goods are back; False where they were already."""
    order_id = event.order_id or ""
    order = session.get(Order, order_id, with_for_update=True)
    after_sale = session.get(AfterSale, order_id, with_for_update=True)
    if order is None or after_sale is None or event.kind != after_sale.kind:
        raise AnswerConflict("no goods come back for this change")
    if after_sale.status == AfterSaleStatus.COMPLETED:
        return False
    settle(session, order_id)
    after_sale.status, after_sale.settled_at = AfterSaleStatus.COMPLETED, now
    if after_sale.kind == AfterSaleKind.RETURN:
        order.status = OrderStatus.RETURNED
    event.status = DeliveryStatus.ACCEPTED
    return True


def _refuse(session: Session, event: OutboxEvent, answer: Answer, now: datetime) -> None:
    after_sale = session.get(AfterSale, event.order_id or "")
    settled = after_sale is not None and after_sale.status == AfterSaleStatus.COMPLETED
    if settled and after_sale is not None and event.kind == after_sale.kind:
        raise AnswerConflict("the goods of this change have come back already")
    terms = Terms.model_validate(session.get_one(Receipt, event.proposal_id).terms)
    event.last_error = take_back(session, event, terms, now)
    event.needs_staff = bool(event.last_error)
    event.status, event.answer = DeliveryStatus.REFUSED, answer.reason


def _set_status(session: Session, event: OutboxEvent, status: OrderStatus | None) -> str | None:
    """Let the order be as the shop says; what it was before, if that changed."""
    if status is None or event.order_id is None:
        return None
    order = session.get(Order, event.order_id, with_for_update=True)
    if order is None or order.status == status:
        return None
    before, order.status = order.status, status
    return before


def _audit(
    event: OutboxEvent, answer: Answer, status_before: str | None, now: datetime
) -> AuditEntry:
    said = answer.model_dump(mode="json", exclude_defaults=True)
    return AuditEntry(
        at=now,
        actor="shop",
        action=f"{event.kind}_{answer.status}",
        customer_id=event.customer_id,
        order_id=event.order_id,
        proposal_id=event.proposal_id,
        before={"status": status_before} if status_before else {},
        after=said | ({"for_staff": event.last_error} if event.needs_staff else {}),
    )
