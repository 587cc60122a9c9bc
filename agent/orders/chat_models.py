"""The tables of conversations: sessions, turns, hand-offs, feedback."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from agent.orders.base import Base, check, one_of


class HandOffStatus(StrEnum):
    """Whether a person has taken the conversation over."""

    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


class ChatSession(Base):
    """One conversation: a customer's, a staff member's, or of somebody who is neither.

    `handles` maps what the shopper was shown (P1, P2 …) to product ids.
    """

    __tablename__ = "chat_session"

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(
        ForeignKey("customer.id", ondelete="SET NULL"), index=True
    )
    staff_name: Mapped[str | None]
    lang: Mapped[str] = mapped_column(String(2))
    handles: Mapped[dict[str, str]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (
        one_of("lang", ("en", "zh")),
        check("owner", "customer_id IS NULL OR staff_name IS NULL"),
    )


class Turn(Base):
    """One question and its answer; written once, never changed.

    `messages` are the OpenAI-style messages that this turn added to the history; `trace` holds
    tool calls, timings, token counts, versions and verdicts, personal data masked.
    """

    __tablename__ = "turn"

    id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("chat_session.id", ondelete="CASCADE"))
    number: Mapped[int]
    lang: Mapped[str] = mapped_column(String(2))
    messages: Mapped[list[Any]]
    trace: Mapped[dict[str, Any]]
    seconds: Mapped[float]
    created_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (UniqueConstraint("session_id", "number"), one_of("lang", ("en", "zh")))


class HandOff(Base):
    """A conversation that waits for a person; `reference` is what the shopper can quote."""

    __tablename__ = "hand_off"

    reference: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("chat_session.id", ondelete="CASCADE"))
    reason: Mapped[str]
    summary: Mapped[str]
    status: Mapped[str] = mapped_column(default=HandOffStatus.OPEN)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (
        one_of("status", HandOffStatus),
        Index("ix_hand_off_session_id", "session_id"),
        Index("ix_hand_off_status_created_at", "status", "created_at"),
    )


class Feedback(Base):
    """What the shopper thought of one turn: 1 helpful, -1 not; the last word counts."""

    __tablename__ = "feedback"

    turn_id: Mapped[str] = mapped_column(
        ForeignKey("turn.id", ondelete="CASCADE"), primary_key=True
    )
    score: Mapped[int]
    text: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    __table_args__ = (check("score", "score IN (-1, 1)"),)
