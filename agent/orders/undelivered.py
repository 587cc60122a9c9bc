"""What an import must not undo: changes made here that the shop's own system does not know yet."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from agent.orders.crosscheck import chunks
from agent.orders.models import (
    Customer,
    DeliveryStatus,
    Order,
    OutboxEvent,
    PaymentMethod,
    Product,
    Receipt,
)
from agent.orders.outbox import UNDELIVERED
from agent.orders.terms import Terms

Moves = Counter[tuple[str, str]]
"""Product and variant ("" for a product without any) -> pieces taken (negative) or given back."""


def hold(session: Session, order_ids: Iterable[str], customer_ids: Iterable[str]) -> None:
    """Lock orders, their owners' methods and accounts, in the sequence in which changes do.

    What is undelivered is to be asked afterwards: a change that was being confirmed is seen then.
    """
    for chunk in chunks(sorted(order_ids)):
        _lock(session, select(Order.id).where(Order.id.in_(chunk)).order_by(Order.id))
    owners = sorted(customer_ids)
    for chunk in chunks(owners):
        key = PaymentMethod.customer_id, PaymentMethod.id
        _lock(session, select(*key).where(PaymentMethod.customer_id.in_(chunk)).order_by(*key))
    for chunk in chunks(owners):
        _lock(session, select(Customer.id).where(Customer.id.in_(chunk)).order_by(Customer.id))


def _lock(session: Session, rows: Select[*tuple[Any, ...]]) -> None:
    """Against changes of these rows; new rows may refer to them all the while."""
    session.execute(rows.with_for_update(key_share=True)).all()


def hold_stock(session: Session) -> None:
    """Lock every product, so that no change takes stock before this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        _lock(session, select(Product.id).order_by(Product.id))


def undelivered_orders(session: Session, ids: Iterable[str]) -> set[str]:
    """Which of these orders have changes that are not delivered."""
    return _undelivered(session, "order", ids)


def undelivered_customers(session: Session, ids: Iterable[str]) -> set[str]:
    """Which of these customers do: their gift cards or addresses may have changed with them."""
    return _undelivered(session, "customer", ids)


def changed_here(session: Session, order_ids: Iterable[str]) -> set[str]:
    """Which of these orders hold a change that was made here, delivered or not."""
    return {
        id_
        for chunk in chunks(order_ids)
        for id_ in session.scalars(
            select(Order.id).where(Order.id.in_(chunk), Order.changed_here_at.is_not(None))
        )
    }


def stock_moves(session: Session, as_of: datetime) -> Moves:
    """What stock numbers that were stated at `as_of` cannot know of.

    Changes that are not delivered, and those that were delivered since.
    """
    since = and_(
        OutboxEvent.status.in_((DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED)),
        OutboxEvent.delivered_at >= as_of,
    )
    query = (
        select(Receipt.terms)
        .join(OutboxEvent, OutboxEvent.proposal_id == Receipt.proposal_id)
        .where(or_(OutboxEvent.status.in_(UNDELIVERED), since))
    )
    moves: Moves = Counter()
    for terms in session.scalars(query):
        for move in Terms.model_validate(terms).stock:
            moves[move.product_id, move.variant_id] += move.change
    return moves


def _undelivered(session: Session, kind: str, ids: Iterable[str]) -> set[str]:
    column = OutboxEvent.order_id if kind == "order" else OutboxEvent.customer_id
    found: set[str] = set()
    for chunk in chunks(ids):
        query = select(column).where(column.in_(chunk), OutboxEvent.status.in_(UNDELIVERED))
        found.update(id_ for id_ in session.scalars(query) if id_ is not None)
    return found
