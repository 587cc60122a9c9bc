"""The table in which every query of the staff's is kept, let through or not."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from agent.orders.base import Base, one_of

OUTCOMES = ("answered", "refused", "failed")


class SqlAudit(Base):
    """One query: who asked, what they wrote, what was run, what came of it; written once.

    `why` says why it was refused or failed. `rows` and `seconds` are 0 for a refused one.
    """

    __tablename__ = "sql_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str]
    sql: Mapped[str]
    ran: Mapped[str]
    outcome: Mapped[str]
    why: Mapped[str]
    rows: Mapped[int]
    seconds: Mapped[float]
    __table_args__ = (one_of("outcome", OUTCOMES),)
