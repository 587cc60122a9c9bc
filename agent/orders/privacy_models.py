"""The table of customers who asked to be forgotten."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from agent.orders.base import Base


class Tombstone(Base):
    """That a customer was erased: keyed hashes of id and e-mail, by which an import knows them.

    Without the key (`agent.orders.tombstones`) nobody can be told from it; `key_mark` tells
    whether a key is the right one.
    """

    __tablename__ = "tombstone"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    email_hash: Mapped[str] = mapped_column(String(64), default="", index=True)
    key_mark: Mapped[str] = mapped_column(String(16))
    erased_at: Mapped[datetime]
