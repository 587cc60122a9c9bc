"""The table of the shop's own people."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from agent.orders.base import Base


class StaffMember(Base):
    """Who may sign in as staff; rows are added and removed, never changed.

    `id` is another for each account: a session of a removed one is not that of a later one of the
    same name. `made_at_start`: the password was printed when the shop was first opened.
    """

    __tablename__ = "staff"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    made_at_start: Mapped[bool]
    created_at: Mapped[datetime]
