"""What is kept no longer than it is needed: conversations, proposals, codes, reports, names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import (
    AfterSale,
    AfterSaleStatus,
    AuditEntry,
    ChatSession,
    HandOff,
    HandOffStatus,
    OneTimeCode,
    Order,
    OutboxEvent,
    Proposal,
    ProposalStatus,
    Turn,
)
from agent.orders.tombstones import AGED
from agent.privacy.anonymous import Alias
from agent.privacy.erasing import OPEN, UNDELIVERED, dry
from agent.privacy.holdings import read_orders
from agent.privacy.replacing import (
    add_alias,
    method_by_kind,
    nobody,
    overwrite_deleted,
    replace_orders,
)
from agent.settings import Settings

UNCONFIRMED = timedelta(days=30)
"""A proposal lives 15 minutes; staff may want to see for a while what was refused."""
CODES = timedelta(days=7)
"""A code lives minutes; how many were asked for matters to the lock-outs of a week."""
RUN_REPORTS = timedelta(days=90)
"""Transcripts of canned questions; the accepted run stays."""
LETTERS = timedelta(days=7)
"""E-mails that were written as files for want of a mail server."""
_AT_ONCE = 200

_FILES = {"run_report": ("runs/*.json", RUN_REPORTS), "letter": ("mail/*.eml", LETTERS)}
_ACCEPTED = "accepted.json"


@dataclass(frozen=True)
class Retention:
    """How long conversations and names on orders are kept; None: for ever."""

    chats: timedelta | None
    orders: timedelta | None

    @classmethod
    def of(cls, settings: Settings) -> "Retention":
        """What the settings say; 0 days mean for ever."""
        days = settings.chat_retention_days, settings.order_retention_days
        return cls(*(timedelta(days=count) if count else None for count in days))


def sweep(
    db: Database, home: Path, retention: Retention, now: datetime, *, dry_run: bool = False
) -> dict[str, int]:
    """Delete, or make anonymous, what has had its time. Returns how much, by kind."""
    counts: dict[str, int] = {}
    with dry(db, dry_run) as session:
        overwrite_deleted(session)
        for kind, table, condition in _outdated(retention, now):
            found = select(func.count()).select_from(table).where(condition)
            counts[kind] = session.scalar(found) or 0
            session.execute(delete(table).where(condition))
        old = _old_orders(session, retention, now)
        counts["order"] = len(old)
        if any(counts.values()):
            entry = AuditEntry(at=now, actor="operator", action="sweep", before={}, after=counts)
            session.add(entry)
    for start in range(0, 0 if dry_run else len(old), _AT_ONCE):
        # A transaction each: shoppers must not wait for thousands of old orders.
        with db.write(SYSTEM) as session:
            _anonymise(session, old[start : start + _AT_ONCE], now)
    return counts | _sweep_files(home, now, dry_run=dry_run)


def _outdated(
    retention: Retention, now: datetime
) -> Iterator[tuple[str, type[Any], ColumnElement[bool]]]:
    """Kind, table and which of its rows; a conversation's parts go by their own age."""
    if retention.chats is not None:
        before = now - retention.chats
        closed = HandOff.status == HandOffStatus.CLOSED
        yield "turn", Turn, Turn.created_at < before
        yield "hand_off", HandOff, and_(HandOff.updated_at < before, closed)
        yield "chat_session", ChatSession, ChatSession.updated_at < before
    unconfirmed = Proposal.status != ProposalStatus.CONFIRMED
    yield "proposal", Proposal, and_(unconfirmed, Proposal.expires_at < now - UNCONFIRMED)
    yield "one_time_code", OneTimeCode, OneTimeCode.expires_at < now - CODES


def _old_orders(session: Session, retention: Retention, now: datetime) -> list[str]:
    """Ids of closed orders that nobody needs to know the buyer of any more."""
    if retention.orders is None:
        return []
    requested = select(AfterSale.order_id).where(AfterSale.status == AfterSaleStatus.REQUESTED)
    waiting = select(OutboxEvent.order_id).where(
        OutboxEvent.status.in_(UNDELIVERED), OutboxEvent.order_id.is_not(None)
    )
    query = select(Order.id).where(
        Order.placed_at < now - retention.orders,
        Order.customer_id != AGED,
        Order.status.not_in(OPEN),
        Order.id.not_in(requested),
        Order.id.not_in(waiting),
    )
    return list(session.scalars(query.order_by(Order.id)))


def _anonymise(session: Session, order_ids: list[str], now: datetime) -> None:
    """Make these orders nobody's; who bought them keeps the younger ones."""
    overwrite_deleted(session)
    add_alias(session, nobody(AGED, now))
    lock = select(Order.id).where(Order.id.in_(order_ids)).order_by(Order.id).with_for_update()
    session.execute(lock).all()
    alias = Alias(AGED, method_by_kind, keeps_balance=False)
    replace_orders(session, read_orders(session, order_ids), alias)


def _sweep_files(home: Path, now: datetime, *, dry_run: bool) -> dict[str, int]:
    counts = {}
    for kind, (pattern, age) in _FILES.items():
        old = [
            file
            for file in sorted(home.glob(pattern))
            if file.name != _ACCEPTED and file.stat().st_mtime < (now - age).timestamp()
        ]
        counts[kind] = len(old)
        for file in [] if dry_run else old:
            file.unlink(missing_ok=True)
    return counts
