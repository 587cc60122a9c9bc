"""Propose, show, confirm, dismiss: the only way in which a shopper's order changes.

A proposal is bound to the session and the customer that it was made for, and to a fingerprint of
everything that it restated. Confirming it plans the same wish again under locks; only the same
terms take effect, in one transaction with the receipt, the audit row and the outbox row. The
proposal is the idempotency key: however often it is confirmed, it has one effect and one receipt.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.context import Shopper
from agent.errors import (
    DatabaseError,
    NotFound,
    ProposalChanged,
    ProposalDecided,
    ProposalExpired,
    Refused,
)
from agent.orders.access.scope import SYSTEM
from agent.orders.contract import change_payload
from agent.orders.database import Database
from agent.orders.effects import apply_to_customer, apply_to_order
from agent.orders.explaining import RETRIED, sqlstate
from agent.orders.models import (
    AuditEntry,
    OutboxEvent,
    Proposal,
    ProposalKind,
    ProposalStatus,
    Receipt,
)
from agent.orders.planning import plan, plan_profile
from agent.orders.shop_rules import rules_in_force
from agent.orders.state import OrderState, find_order, read_customer, read_state
from agent.orders.terms import Terms, fingerprint
from agent.orders.wishes import ANY_WISH, OrderWish, ProfileChange

LIFETIME = timedelta(minutes=15)
"""How long a proposal can be confirmed (DESIGN section 6)."""

ATTEMPTS = 3
"""How often a transaction that PostgreSQL broke off for another's sake is tried."""

_RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal that waits for the shopper. `code` is shown to them and never to the model."""

    id: str
    kind: ProposalKind
    code: str
    terms: Terms
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """That a proposal took effect. `again`: it had done so before it was confirmed this time."""

    number: str
    proposal_id: str
    terms: Terms
    at: datetime
    again: bool


def figures(db: Database, now: datetime) -> dict[str, float]:
    """How many proposals were made, and what became of them; those that were swept are gone."""
    pending, later = Proposal.status == ProposalStatus.PENDING, Proposal.expires_at > now
    counts = {
        "made": func.count(),
        "pending": func.count().filter(pending, later),
        "expired": func.count().filter(pending, ~later),
    }
    for status in (ProposalStatus.CONFIRMED, ProposalStatus.DISMISSED, ProposalStatus.REPLACED):
        counts[status] = func.count().filter(Proposal.status == status)
    with db.read(SYSTEM) as session:
        return dict(
            session.execute(select(*(c.label(n) for n, c in counts.items()))).mappings().one()
        )


class Proposals:
    """Makes and confirms proposals. Threads and processes may share a database."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone

    def propose(
        self, shopper: Shopper, session_id: str, wish: OrderWish | ProfileChange
    ) -> ProposalView:
        """Restate what fulfilling `wish` would do, for the shopper to confirm in this session.

        It takes the place of the session's earlier proposal. Raises NotFound for an order that is
        not the shopper's, Refused where a rule forbids it.
        """

        def made(session: Session) -> ProposalView:
            terms = self._plan(session, shopper, wish)
            now = self._clock()
            _replace_pending(session, session_id, now)
            proposal = Proposal(
                id=secrets.token_hex(16),
                session_id=session_id,
                customer_id=shopper.customer_id or "",
                order_id=terms.order_id,
                kind=terms.kind,
                code=f"{secrets.randbelow(9000) + 1000}",
                wish=wish.model_dump(mode="json"),
                terms=terms.model_dump(mode="json"),
                fingerprint=fingerprint(wish, terms, shopper.customer_id or ""),
                created_at=now,
                expires_at=now + LIFETIME,
            )
            session.add(proposal)
            return self._view(proposal)

        return self._transaction(shopper, made)

    def state(self, shopper: Shopper, order_id: str) -> OrderState:
        """The shopper's order as the rules see it, for resolving words. Raises NotFound."""
        with self._db.read(shopper) as session:
            return read_state(session, find_order(session, shopper, order_id), self._zone)

    def address(self, shopper: Shopper) -> dict[str, str]:
        """The address of the shopper's account. Raises NotFound."""
        with self._db.read(shopper) as session:
            return read_customer(session, shopper).address

    def pending(self, shopper: Shopper, session_id: str) -> ProposalView | None:
        """What waits in this session for the shopper's confirmation, if anything still can."""
        query = (
            select(Proposal)
            .where(
                Proposal.session_id == session_id,
                Proposal.customer_id == (shopper.customer_id or ""),
                Proposal.status == ProposalStatus.PENDING,
                Proposal.expires_at > self._clock(),
            )
            .order_by(Proposal.created_at.desc())
        )
        with self._db.read(shopper) as session:
            found = session.scalar(query.limit(1))
            return self._view(found) if found else None

    def find_code(self, shopper: Shopper, session_id: str, code: str) -> str:
        """The id of the session's latest proposal with this code. Raises NotFound."""
        query = (
            select(Proposal.id)
            .where(
                Proposal.session_id == session_id,
                Proposal.customer_id == (shopper.customer_id or ""),
                Proposal.code == code,
            )
            .order_by(Proposal.created_at.desc())
        )
        with self._db.read(shopper) as session:
            if (found := session.scalar(query.limit(1))) is None:
                raise NotFound("There is no proposal with that code.")
            return found

    def confirm(self, shopper: Shopper, session_id: str, proposal_id: str) -> ReceiptView:
        """Let the proposal take effect, once; confirmed again it gives the same receipt.

        Raises NotFound for one that is not this shopper's in this session, ProposalExpired,
        ProposalDecided, ProposalChanged; then nothing was done.
        """
        return self._transaction(
            shopper, lambda session: self._confirm(session, shopper, session_id, proposal_id)
        )

    def dismiss(self, shopper: Shopper, session_id: str, proposal_id: str) -> None:
        """Put the proposal away; again is the same as once.

        Raises NotFound, and ProposalDecided for one that has taken effect.
        """

        def put_away(session: Session) -> None:
            proposal = _own(session, shopper, session_id, proposal_id)
            if proposal.status == ProposalStatus.CONFIRMED:
                raise ProposalDecided(
                    "That has been done already, so it cannot be dismissed.",
                    "该操作已经完成，无法取消。",
                )
            if proposal.status == ProposalStatus.PENDING:
                proposal.status, proposal.decided_at = ProposalStatus.DISMISSED, self._clock()

        self._transaction(shopper, put_away)

    def _confirm(
        self, session: Session, shopper: Shopper, session_id: str, proposal_id: str
    ) -> ReceiptView:
        proposal = _own(session, shopper, session_id, proposal_id)
        if (receipt := session.get(Receipt, proposal.id)) is not None:
            return self._receipt(receipt, again=True)
        now = self._clock()
        _must_be_open(proposal, now)
        wish = ANY_WISH.validate_python(proposal.wish)
        terms = self._fulfil(session, shopper, wish, proposal, now)
        proposal.status, proposal.decided_at = ProposalStatus.CONFIRMED, now
        receipt = Receipt(
            proposal_id=proposal.id,
            number="R" + "".join(secrets.choice(_RECEIPT_LETTERS) for _ in range(8)),
            customer_id=proposal.customer_id,
            terms=proposal.terms,
            created_at=now,
        )
        session.add_all([receipt, _audit(proposal, terms, now), _outbox(proposal, receipt, now)])
        return self._receipt(receipt, again=False)

    def _fulfil(
        self,
        session: Session,
        shopper: Shopper,
        wish: OrderWish | ProfileChange,
        proposal: Proposal,
        now: datetime,
    ) -> Terms:
        """Plan once more under locks, and write what is exactly what was restated."""
        if isinstance(wish, ProfileChange):
            customer = read_customer(session, shopper, lock=True)
            terms = _unchanged(proposal, wish, lambda: plan_profile(wish.address, customer.address))
            apply_to_customer(customer, terms)
            return terms
        order = find_order(session, shopper, wish.order_id, lock=True)
        state = read_state(session, order, self._zone, lock=True)
        today = now.astimezone(self._zone)
        rules = rules_in_force(session, today.date())
        terms = _unchanged(proposal, wish, lambda: plan(wish, state, rules, today))
        apply_to_order(session, order, terms, now)
        return terms

    def _plan(self, session: Session, shopper: Shopper, wish: OrderWish | ProfileChange) -> Terms:
        if isinstance(wish, ProfileChange):
            return plan_profile(wish.address, read_customer(session, shopper).address)
        today = self._clock().astimezone(self._zone)
        state = read_state(session, find_order(session, shopper, wish.order_id), self._zone)
        return plan(wish, state, rules_in_force(session, today.date()), today)

    def _transaction(self, shopper: Shopper, work: Callable[[Session], T]) -> T:
        """`work` in a transaction of its own; one that PostgreSQL broke off is done again."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._db.write(shopper) as session:
                    return work(session)
            except DBAPIError as error:
                if sqlstate(error) not in RETRIED:
                    raise
                if attempt == ATTEMPTS:
                    raise DatabaseError(
                        "the database is busy; nothing was done, try again"
                    ) from error
        raise AssertionError("unreachable")

    def _view(self, proposal: Proposal) -> ProposalView:
        return ProposalView(
            id=proposal.id,
            kind=ProposalKind(proposal.kind),
            code=proposal.code,
            terms=Terms.model_validate(proposal.terms),
            expires_at=proposal.expires_at.astimezone(self._zone),
        )

    def _receipt(self, receipt: Receipt, *, again: bool) -> ReceiptView:
        return ReceiptView(
            number=receipt.number,
            proposal_id=receipt.proposal_id,
            terms=Terms.model_validate(receipt.terms),
            at=receipt.created_at.astimezone(self._zone),
            again=again,
        )


def _own(session: Session, shopper: Shopper, session_id: str, proposal_id: str) -> Proposal:
    """The shopper's proposal in this session, locked. A foreign and a missing one are one case."""
    query = (
        select(Proposal)
        .where(
            Proposal.id == proposal_id,
            Proposal.session_id == session_id,
            Proposal.customer_id == (shopper.customer_id or ""),
        )
        .with_for_update()
    )
    if (found := session.scalar(query)) is None:
        raise NotFound("There is no such proposal of yours.")
    return found


def _must_be_open(proposal: Proposal, now: datetime) -> None:
    if proposal.status == ProposalStatus.DISMISSED:
        raise ProposalDecided(
            "You dismissed that proposal, so nothing was done. Ask again if you want it after all.",
            "您已经放弃了这项操作，因此没有执行。如果还需要，请重新提出。",
        )
    if proposal.status == ProposalStatus.REPLACED:
        raise ProposalDecided(
            "A later proposal took the place of that one, so nothing was done. Please confirm the "
            "latest one.",
            "这项操作已被之后的新方案取代，因此没有执行。请确认最新的方案。",
        )
    if now >= proposal.expires_at:
        raise ProposalExpired(
            "That proposal has expired and nothing was done. Ask again for a fresh one.",
            "该方案已过期，没有执行任何操作。请重新提出，以获得新的方案。",
        )


def _unchanged(
    proposal: Proposal, wish: OrderWish | ProfileChange, planned: Callable[[], Terms]
) -> Terms:
    """The terms as they are now, if they are still what was restated."""
    try:
        terms = planned()
    except Refused as error:
        raise ProposalChanged(
            f"Nothing was done, because things have changed since: {error.en}",
            f"情况已有变化，因此没有执行任何操作：{error.zh}",
        ) from error
    if fingerprint(wish, terms, proposal.customer_id) != proposal.fingerprint:
        raise ProposalChanged(
            "Nothing was done, because the order or its prices have changed since. Ask again to "
            "see it as it is now.",
            "订单或价格已有变化，因此没有执行任何操作。请重新提出，以查看最新情况。",
        )
    return terms


def _replace_pending(session: Session, session_id: str, now: datetime) -> None:
    session.execute(
        update(Proposal)
        .where(Proposal.session_id == session_id, Proposal.status == ProposalStatus.PENDING)
        .values(status=ProposalStatus.REPLACED, decided_at=now)
    )


def _audit(proposal: Proposal, terms: Terms, now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor="customer",
        action=proposal.kind,
        customer_id=proposal.customer_id,
        order_id=proposal.order_id,
        proposal_id=proposal.id,
        before={"status": terms.status_before, "address": terms.address_before},
        after=proposal.terms,
    )


def _outbox(proposal: Proposal, receipt: Receipt, now: datetime) -> OutboxEvent:
    """What the shop's own system must learn; the proposal's id makes it idempotent there."""
    return OutboxEvent(
        id=proposal.id,
        proposal_id=proposal.id,
        order_id=proposal.order_id,
        customer_id=proposal.customer_id,
        kind=proposal.kind,
        payload=change_payload(proposal, receipt.number, now),
        created_at=now,
        next_attempt_at=now,
    )
