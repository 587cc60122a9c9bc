"""Erases a customer: conversations go, orders stay without them, an import knows them no more."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from agent.errors import DatabaseError, InvalidInput, NotFound
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import (
    AfterSaleStatus,
    AuditEntry,
    ChatSession,
    Customer,
    DeliveryStatus,
    Order,
    OrderStatus,
    Proposal,
    Tombstone,
)
from agent.orders.tombstones import Marks, bury, read_erased
from agent.privacy.anonymous import Alias
from agent.privacy.elsewhere import blot_elsewhere
from agent.privacy.holdings import Holdings, Row, read_holdings, table
from agent.privacy.needles import needles
from agent.privacy.replacing import add_alias, nobody, overwrite_deleted, replace_orders
from agent.privacy.state_files import erase_from_files

OPEN = {
    OrderStatus.PENDING,
    OrderStatus.PROCESSED,
    OrderStatus.SHIPPED,
    OrderStatus.RETURN_REQUESTED,
    OrderStatus.EXCHANGE_REQUESTED,
}
UNDELIVERED = {DeliveryStatus.WAITING, DeliveryStatus.FAILED}


@dataclass
class Erasure:
    """What was erased, by table, and what kept it from being so."""

    alias: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    blotted: int = 0
    files: int = 0
    obstacles: list[str] = field(default_factory=list)
    already: bool = False
    dry_run: bool = False


class _NothingIsWritten(Exception):
    """Takes a dry run's transaction back."""


def erase(
    db: Database,
    customer_id: str,
    marks: Marks,
    home: Path,
    now: datetime,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> Erasure:
    """Erase everything that names the customer, all or nothing; again is the same as once.

    Raises NotFound, and InvalidInput while something is still under way, unless `force` gives it
    up. `dry_run` says what would happen.
    """
    done = Erasure(alias=marks.alias(customer_id), dry_run=dry_run)
    with dry(db, dry_run) as session:
        _may_erase(session)
        overwrite_deleted(session)
        _erase(session, customer_id, marks, home, now, done, force=force)
    if not dry_run:
        db.compact()
    return done


def _may_erase(session: Session) -> None:
    """The app may add to the audit and to receipts and change neither: the owner erases."""
    if session.connection().dialect.name != "postgresql":
        return
    held = text("SELECT has_table_privilege('audit', 'UPDATE')")
    if not session.execute(held).scalar_one():
        raise DatabaseError(
            "the app's role may not change the audit and the receipts; erase as the database's "
            "owner: SHOPCLERK_DATABASE_URL=postgresql://shopclerk_owner@HOST/NAME"
        )


@contextmanager
def dry(db: Database, dry_run: bool) -> Iterator[Session]:
    """A transaction that is taken back at its end if it is only to say what it would do."""
    with suppress(_NothingIsWritten), db.write(SYSTEM) as session:
        yield session
        if dry_run:
            raise _NothingIsWritten


def obstacles(held: Holdings) -> list[str]:
    """What is still under way: open orders, after-sales, changes that the shop does not know."""
    found = [f"order {r['id']} is {r['status']}" for r in held["order"] if r["status"] in OPEN]
    found += [
        f"the {row['kind']} of order {row['order_id']} is not settled"
        for row in held["after_sale"]
        if row["status"] == AfterSaleStatus.REQUESTED
    ]
    found += [
        f"a {row['kind'].replace('_', ' ')} is not delivered to the shop ({row['status']})"
        for row in _undelivered(held)
    ]
    return found


def admit(db: Database, email: str, marks: Marks | None) -> int:
    """Let customers with this e-mail address be known again; their erased ids stay unknown."""
    with db.write(SYSTEM) as session:
        erased = read_erased(session, marks)
        if erased is None or not erased.has_email(email):
            raise NotFound("nobody with this e-mail address was erased")
        hashed = erased.marks.email_hash(email)
        stones = session.scalars(select(Tombstone).where(Tombstone.email_hash == hashed)).all()
        for stone in stones:
            stone.email_hash = ""
        return len(stones)


def _erase(
    session: Session,
    customer_id: str,
    marks: Marks,
    home: Path,
    now: datetime,
    done: Erasure,
    *,
    force: bool,
) -> None:
    erased = read_erased(session, marks)
    _lock(session, customer_id)
    held = read_holdings(session, customer_id)
    if not held["customer"] or held.customer["erased_at"] is not None:
        if erased is None or not erased.has_id(customer_id):
            raise NotFound(f"there is no customer {customer_id}")
        done.already = True
        return
    done.obstacles, done.rows = obstacles(held), held.counts()
    if done.obstacles and not force and not done.dry_run:
        raise InvalidInput(
            f"{customer_id} cannot be erased yet: {'; '.join(done.obstacles)}. Wait for it, or "
            "give it up with --force"
        )
    strings = needles(held)
    _replace(session, held, marks, now)
    done.blotted = blot_elsewhere(session, strings, [done.alias])
    bury(session, marks, customer_id, held.customer["email"], now)
    session.add(_audit(done, now))
    # Before the commit: once the row is gone, nobody knows what to look for.
    done.files = erase_from_files(home, strings, dry_run=done.dry_run)


def _lock(session: Session, customer_id: str) -> None:
    """In the sequence in which a confirmation locks: its proposal, the order, the customer."""
    for of, owner in (
        (Proposal, Proposal.customer_id),
        (Order, Order.customer_id),
        (Customer, Customer.id),
    ):
        rows = select(of).where(owner == customer_id).order_by(of.id).with_for_update()
        session.execute(rows).all()


def _replace(session: Session, held: Holdings, marks: Marks, now: datetime) -> None:
    customer_id = held.customer["id"]
    alias = Alias(
        marks.alias(customer_id), lambda method: marks.method_alias(customer_id, method["id"])
    )
    gone = {row["number"] for row in _undelivered(held)}
    held.rows["outbox"] = [row for row in held["outbox"] if row["number"] not in gone]
    add_alias(session, nobody(alias.customer_id, now))
    session.execute(delete(ChatSession).where(ChatSession.customer_id == customer_id))
    for row in held["review"]:
        of = table("review")
        session.execute(of.update().where(of.c.id == row["id"]).values(extra={}))
    replace_orders(session, held, alias)
    session.execute(delete(Customer).where(Customer.id == customer_id))
    session.expire_all()


def _undelivered(held: Holdings) -> Sequence[Row]:
    return [row for row in held["outbox"] if row["status"] in UNDELIVERED]


def _audit(done: Erasure, now: datetime) -> AuditEntry:
    given_up = len(done.obstacles)
    return AuditEntry(
        at=now,
        actor="operator",
        action="erase",
        customer_id=done.alias,
        before={},
        after={"rows": done.rows, "blotted": done.blotted, "given_up": given_up},
    )
