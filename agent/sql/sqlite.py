"""Asks SQLite a query through a connection of its own that can read the views and nothing else.

The guard has judged the query before. This is the second wall: SQLite's own authorizer sees what
the query touches whatever its text looks like, and refuses what is not on the lists.
"""

import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

from agent.errors import DatabaseError, SqlFailed
from agent.sql.columns import READS, VIEWS

_NAMES = """
abs avg ceil ceiling char coalesce concat concat_ws count cume_dist current_date current_time
current_timestamp date datetime dense_rank exp first_value floor format glob group_concat hex
ifnull iif instr julianday lag last_value lead length like ln log log10 log2 lower ltrim max
median min mod nth_value ntile nullif octet_length percent_rank percentile percentile_cont
percentile_disc pi pow power printf radians degrees random rank replace round row_number rtrim
sign soundex sqrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh strftime
string_agg substr substring sum time timediff total trim trunc typeof unicode unixepoch upper
"""
_FUNCTIONS = frozenset(_NAMES.split())
_STEPS = 1000  # of SQLite's machine between two looks at the clock
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 10_000_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}

Found = tuple[list[str], list[tuple[object, ...]]]


def ask(file: Path, sql: str, seconds: float) -> Found:
    """Column names and rows. Raises SqlFailed where the database refuses, fails or is too slow."""
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(file.resolve()))}?mode=ro", uri=True, timeout=seconds
        )
    except sqlite3.Error as error:
        raise DatabaseError(f"{file} cannot be opened: {error}") from error
    try:
        _restrict(connection, time.monotonic() + seconds)
        cursor = connection.execute(sql)
        return [column[0] for column in cursor.description], cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _explained(error, seconds) from error
    finally:
        connection.close()


def _restrict(connection: sqlite3.Connection, until: float) -> None:
    connection.execute("PRAGMA query_only = ON")
    for category, limit in _LIMITS.items():
        connection.setlimit(category, limit)
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    connection.set_authorizer(_authorize)


def _authorize(
    action: int, first: str | None, second: str | None, _database: str | None, source: str | None
) -> int:
    """Whether SQLite may compile this step. `source` is the view that it belongs to.

    A CTE of a view's name passes for the view here, so tables are opened by column, not by it.
    Names come as the query spells them.
    """
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and _may_read(
        first or "", second or "", (source or "").lower()
    ):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _may_read(table: str, column: str, source: str) -> bool:
    if table.lower() in VIEWS:
        return not column or column.lower() in VIEWS[table.lower()]
    if table == "json_each":
        return column == "value" and source == "products"
    # No column: rows are counted, and SQLite names no view for that.
    return table in READS and (not column or (column in READS[table] and source in VIEWS))


def _explained(error: Exception, seconds: float) -> Exception:
    said = str(error)
    if "interrupted" in said:
        return SqlFailed(f"the query took longer than {seconds:g} seconds; ask for less")
    if "no such table" in said:
        return DatabaseError(f"the database lacks the views ({said}); run `shopclerk db migrate`")
    return SqlFailed(f"the database cannot answer this: {said}")
