"""The tables of the order desk: proposals, receipts, after-sales, the audit and the outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from agent.orders.base import Base, BigInt, check, one_of


class ProposalKind(StrEnum):
    """What a shopper can have changed; each is a tool's name without `propose_`."""

    CANCELLATION = "cancellation"
    ADDRESS_CHANGE = "address_change"
    PAYMENT_CHANGE = "payment_change"
    ITEM_CHANGE = "item_change"
    RETURN = "return"
    EXCHANGE = "exchange"
    PROFILE_CHANGE = "profile_change"


class ProposalStatus(StrEnum):
    """What became of a proposal. A pending one past `expires_at` has expired."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    REPLACED = "replaced"


class AfterSaleKind(StrEnum):
    """What a delivered order gets at most one of."""

    RETURN = "return"
    EXCHANGE = "exchange"


class AfterSaleStatus(StrEnum):
    """Where it stands: asked for, goods back and settled, or refused by the shop."""

    REQUESTED = "requested"
    COMPLETED = "completed"
    REFUSED = "refused"


class DeliveryStatus(StrEnum):
    """Where a change stands on its way to the shop's own system."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"


class Proposal(Base):
    """One change that a shopper may confirm; the idempotency key of its effect.

    `wish` is what was asked, `terms` what was restated and `fingerprint` the hash that binds both
    to the state of the order. `code` is what the shopper may type; the model never sees it.
    """

    __tablename__ = "proposal"

    id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str]
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    order_id: Mapped[str | None]
    kind: Mapped[str]
    code: Mapped[str] = mapped_column(String(4))
    wish: Mapped[dict[str, Any]]
    terms: Mapped[dict[str, Any]]
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(default=ProposalStatus.PENDING)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "customer_id"], ["order.id", "order.customer_id"], ondelete="CASCADE"
        ),
        one_of("kind", ProposalKind),
        one_of("status", ProposalStatus),
        check("order", "(kind = 'profile_change') = (order_id IS NULL)"),
        check("expires", "expires_at > created_at"),
        Index("ix_proposal_session_id_created_at", "session_id", "created_at"),
        Index("ix_proposal_customer_id", "customer_id"),
        Index("ix_proposal_order_id", "order_id"),
    )


class Receipt(Base):
    """That a proposal took effect, and what it did: one for each confirmed proposal, for ever."""

    __tablename__ = "receipt"

    proposal_id: Mapped[str] = mapped_column(
        ForeignKey("proposal.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[str]
    terms: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class AfterSale(Base):
    """The one return or exchange of an order."""

    __tablename__ = "after_sale"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=AfterSaleStatus.REQUESTED)
    created_at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    lines: Mapped[list["AfterSaleLine"]] = relationship(
        order_by="AfterSaleLine.line", cascade="all, delete-orphan", passive_deletes=True
    )
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "customer_id"], ["order.id", "order.customer_id"], ondelete="CASCADE"
        ),
        one_of("kind", AfterSaleKind),
        one_of("status", AfterSaleStatus),
        Index("ix_after_sale_customer_id", "customer_id"),
    )


class AfterSaleLine(Base):
    """How much of a line goes back, and for an exchange the variant that comes instead."""

    __tablename__ = "after_sale_line"

    order_id: Mapped[str] = mapped_column(
        ForeignKey("after_sale.order_id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quantity: Mapped[int]
    amount_minor: Mapped[BigInt]
    to_variant_id: Mapped[str | None]
    to_price_minor: Mapped[BigInt | None]
    __table_args__ = (
        check("line", "line >= 1"),
        check("quantity", "quantity >= 1"),
        check("amount", "amount_minor >= 0"),
        check("to", "(to_variant_id IS NULL) = (to_price_minor IS NULL)"),
    )


class AuditEntry(Base):
    """Who changed what, when, from what to what; rows are only ever added."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    customer_id: Mapped[str | None] = mapped_column(index=True)
    order_id: Mapped[str | None] = mapped_column(index=True)
    proposal_id: Mapped[str | None]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


class OutboxEvent(Base):
    """One change on its way to the shop's own system; `id` makes its delivery idempotent.

    Events of one order are delivered in the order of `number`. `attempts` also tells one claim
    from the next, and `next_attempt_at` is when a claim ends. `answer` is the shop's reason;
    `needs_staff` says that a refused change could not be taken back by code, `told_at` when the
    shopper heard of the refusal.
    """

    __tablename__ = "outbox"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(unique=True)
    proposal_id: Mapped[str] = mapped_column(
        ForeignKey("proposal.id", ondelete="CASCADE"), unique=True
    )
    order_id: Mapped[str | None] = mapped_column(index=True)
    customer_id: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(default=DeliveryStatus.WAITING)
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    needs_staff: Mapped[bool] = mapped_column(default=False, server_default=false())
    told_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("status", DeliveryStatus),
        check("attempts", "attempts >= 0"),
        Index("ix_outbox_status_next_attempt_at", "status", "next_attempt_at"),
        Index("ix_outbox_customer_id_status", "customer_id", "status"),
    )


class OneTimeCode(Base):
    """A code that was e-mailed to a customer; only its salted hash is kept.

    A token of the shop's own sign-in that was used leaves a row as well, so that it is used once.
    """

    __tablename__ = "one_time_code"

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(
        ForeignKey("customer.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
    __table_args__ = (
        check("attempts", "attempts >= 0"),
        check("expires", "expires_at > created_at"),
    )
