"""What every table shares: the declarative base, UTC times and CHECKs over closed sets."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# 64 bits on both databases: minor units and stocks outgrow 32.
BigInt = Annotated[int, mapped_column(BigInteger)]

# Names that both databases can hold and a later migration can address.
_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcTime(TypeDecorator[datetime]):
    """A moment, always timezone-aware and in UTC on the Python side.

    PostgreSQL keeps it as `timestamptz`, SQLite as naive UTC text. A naive datetime is refused.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite's text form carries no offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back in UTC, whatever zone the connection speaks."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables. `dict` and `list` columns are JSON, key order kept."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own class-level switch
        datetime: UtcTime(),
        dict[str, str]: JSON(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class Imported:
    """What a row remembers of the record that it was imported from.

    `source_hash` is the SHA-256 of the record as it stood in the file: the same record again
    changes nothing. `anchored_at` is the moment to which its relative times (``@-6d``) were
    resolved, or None where it has none. `extra` keeps the fields that we do not know.
    """

    source_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
    anchored_at: Mapped[datetime | None]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A CHECK that `column` holds one of `values`."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def check(name: str, condition: str) -> CheckConstraint:
    """A named CHECK; the naming convention puts the table's name in front."""
    return CheckConstraint(condition, name=name)
