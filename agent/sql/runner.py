"""Runs the staff's SQL: judged, rewritten, read-only, bounded in rows and time, always audited."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path

from agent.clock import Clock
from agent.errors import DatabaseError, SqlFailed, SqlRefused
from agent.orders.database import Database
from agent.sql import guard, postgres, sqlite
from agent.sql.bounds import ROWS
from agent.sql.models import SqlAudit

SECONDS = 5.0
MOST_ROWS = 10_000
_KEPT = 8000
"""Characters of a query that the audit keeps."""

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave. `sql` is what ran; `truncated`: there are more rows than `rows`."""

    columns: list[str]
    rows: list[list[Cell]]
    sql: str
    truncated: bool
    seconds: float


class SqlDesk:
    """Answers the staff's queries over the views of one database. Threads may share it."""

    def __init__(self, db: Database, clock: Clock, *, seconds: float = SECONDS) -> None:
        self._db = db
        self._clock = clock
        self._seconds = seconds

    def run(self, who: str, sql: str, *, limit: int = ROWS) -> Answer:
        """The answer to a query, at most `limit` rows of it.

        Raises SqlRefused for a query that the guard does not let through, SqlFailed for one that
        the database does not answer in time or at all. Either is audited, and no answer is given
        that could not be.
        """
        limit = min(limit, MOST_ROWS)
        try:
            # One more than is shown tells whether there are more.
            ran = guard.rewritten(sql, self.dialect, limit + 1)
        except SqlRefused as error:
            self._audit(who, sql, "refused", why=str(error))
            raise
        started = time.monotonic()
        try:
            columns, found = self._ask(ran)
        except (SqlFailed, DatabaseError) as error:
            spent = time.monotonic() - started
            self._audit(who, sql, "failed", ran=ran, why=str(error), seconds=spent)
            raise
        spent = time.monotonic() - started
        self._audit(who, sql, "answered", ran=ran, rows=min(len(found), limit), seconds=spent)
        rows = [[plain(value) for value in row] for row in found[:limit]]
        return Answer(columns, rows, ran, len(found) > limit, round(spent, 3))

    @property
    def dialect(self) -> guard.DialectName:
        """The dialect that the database speaks, by the guard's name for it."""
        return "sqlite" if self._db.dialect == "sqlite" else "postgres"

    def _ask(self, sql: str) -> sqlite.Found:
        if self.dialect == "sqlite":
            return sqlite.ask(Path(self._db.url.database or ""), sql, self._seconds)
        return postgres.ask(self._db, sql, self._seconds)

    def _audit(
        self,
        who: str,
        sql: str,
        outcome: str,
        *,
        ran: str = "",
        why: str = "",
        rows: int = 0,
        seconds: float = 0.0,
    ) -> None:
        kept = sql[:_KEPT].replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")
        row = SqlAudit(
            at=self._clock(), who=who, sql=kept, ran=ran, outcome=outcome, why=why, rows=rows,
            seconds=seconds,
        )  # fmt: skip
        with self._db.write() as session:
            session.add(row)


def plain(value: object) -> Cell:
    """A database's value as JSON and people read it: numbers are numbers, times are ISO in UTC.

    Numbers keep 15 digits from PostgreSQL and 12 from SQLite, whose sums of binary fractions
    carry noise behind them.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            whole = value.is_finite() and value == value.to_integral_value()
            return (
                int(value) if whole and value.as_tuple().exponent == 0 else float(f"{value:.15g}")
            )
        case float():
            return float(f"{value:.12g}")
        case datetime():
            at = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return at.isoformat(" ")
        case date() | time_of_day():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Sequence():
            return json.dumps([plain(item) for item in value], ensure_ascii=False)
        case _:
            return str(value)
