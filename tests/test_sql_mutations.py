"""Mutated SQL: what the guard lets through is executed where everything that it touches is seen."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from agent.errors import SqlFailed
from agent.orders.access import roles
from agent.orders.database import Database
from agent.sql import postgres
from agent.sql.columns import READS, VIEWS
from agent.sql.guard import DIALECTS, judge
from tests.sql_queries import ASKED, BEYOND, BOTH, NAMES, POSTGRES, REFUSED, SQLITE
from ui.measuring.scratch_postgres import ScratchServer, as_role

PIECE = re.compile(
    r"('(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|(?:--|#)[^\n]*\n|/\*.*?\*/|\w+|\s+|.)", re.S
)
SPACES = [
    " ",
    "\n",
    "\t",
    "\r\n",
    "  ",
    "/**/",
    " /* DROP TABLE orders; */ ",
    " -- x\n",
    "\f",
    "\xa0",
]
LOOKALIKES = str.maketrans("oesctK", "оеѕстК")
TAILS = [
    "", ";", " ; ", ";;", "; DROP TABLE customer", " -- ", " /*",
    " UNION SELECT email FROM customer",
    ")", " FOR UPDATE", " INTO stolen", " LIMIT ALL", " OFFSET 0", ", customer", "\x00",
    " UNION ALL SELECT sql FROM sqlite_master", " WHERE 1 = (SELECT count(*) FROM customer)",
]  # fmt: skip


def pieces(sql: str) -> list[str]:
    return PIECE.findall(sql)


def quoted(piece: str) -> bool:
    return piece[:1] in "'\"`[" or piece.startswith(("--", "#", "/*"))


@st.composite
def respelt(draw: st.DrawFn, queries: list[str]) -> str:
    """A query with other capitals, spaces and comments: the same query."""
    parts = pieces(draw(st.sampled_from(queries)))
    spaces = draw(st.lists(st.sampled_from(SPACES[:8]), min_size=4, max_size=4))
    cases = draw(
        st.lists(st.sampled_from([str.upper, str.lower, str.title]), min_size=3, max_size=3)
    )
    out = []
    for at, part in enumerate(parts):
        if part.isspace():
            out.append(spaces[at % 4])
        elif quoted(part) or not part.isascii():
            out.append(part)
        else:
            out.append(cases[at % 3](part))
    return "".join(out)


@st.composite
def mangled(draw: st.DrawFn, own: list[str]) -> str:
    """Attacks and questions, cut up and put together again; `own` are the database's own."""
    fill = draw(st.sampled_from([*NAMES, *VIEWS]))
    pool = [sql.replace("{}", fill) for sql in BEYOND] + BOTH + own
    parts = pieces(draw(st.sampled_from(pool)))
    other = pieces(draw(st.sampled_from(pool)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(parts)))
        match draw(st.sampled_from(["put", "take", "swap", "splice", "alike", "quote", "space"])):
            case "put":
                parts.insert(at, draw(st.sampled_from(other)))
            case "take":
                parts = parts[:at] + parts[at + 1 :]
            case "swap" if at < len(parts):
                parts[at] = draw(st.sampled_from(other))
            case "splice":
                begin = draw(st.integers(0, len(other)))
                parts = parts[:at] + other[begin:] + parts[at:]
            case "alike" if at < len(parts):
                parts[at] = parts[at].translate(LOOKALIKES)
            case "quote" if at < len(parts):
                mark = draw(st.sampled_from(['"{}"', "`{}`", "[{}]", "'{}'", "({})", "$${}$$"]))
                parts[at] = mark.format(parts[at])
            case "space":
                parts.insert(at, draw(st.sampled_from(SPACES)))
    return "".join(parts) + draw(st.sampled_from(TAILS))


class Watched:
    """A SQLite database in which everything that a query touches is noted."""

    def __init__(self, file: Path) -> None:
        self.touched: set[tuple[int, str, str]] = set()
        # No cache of statements: one that was compiled before would be noted no more.
        self._connection = sqlite3.connect(file, cached_statements=0)
        self._connection.set_authorizer(self._note)
        self._connection.set_progress_handler(self._tick, 10_000)
        self._ticks = 0

    def beyond(self, sql: str) -> set[tuple[int, str, str]]:
        """What the query touched beside the views and what these read."""
        self.touched.clear()
        self._ticks = 0
        # What does not compile or run touches nothing more than was noted.
        with suppress(sqlite3.Error):
            self._connection.execute(sql).fetchmany(50)
        return {what for what in self.touched if not self._inside(*what)}

    def _note(self, action: int, first: str | None, second: str | None, *_: object) -> int:
        self.touched.add((action, first or "", second or ""))
        return sqlite3.SQLITE_OK

    def _tick(self) -> bool:
        self._ticks += 1
        return self._ticks > 50

    def _inside(self, action: int, first: str, second: str) -> bool:
        if action == sqlite3.SQLITE_READ:
            columns = VIEWS.get(first.lower()) or READS.get(first)
            seen = columns is not None and (not second or second.lower() in columns)
            return seen or (first, second) == ("json_each", "value")
        hidden = {"load_extension", "randomblob", "zeroblob", "sqlite_version", "readfile"}
        return action == sqlite3.SQLITE_SELECT or (
            action == sqlite3.SQLITE_FUNCTION and second.lower() not in hidden
        )

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def watched(migrated_sqlite: Path) -> Iterator[Watched]:
    database = Watched(migrated_sqlite)
    yield database
    database.close()


def test_the_watch_sees_what_is_beyond(watched: Watched) -> None:
    assert watched.beyond("SELECT email FROM customer") == {(20, "customer", "email")}
    assert watched.beyond("SELECT * FROM sqlite_master")
    assert watched.beyond("DELETE FROM review")
    assert watched.beyond("SELECT randomblob(1)")
    assert watched.beyond("SELECT * FROM orders, products") == set()


@given(mangled(SQLITE + REFUSED["sqlite"]))
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@example("SELECT * FROM (WITH customer AS (SELECT 1 AS email) SELECT 1) t, customer")
@example('SELECT "email" FROM "customer"')
@pytest.mark.integration
def test_no_mutation_touches_what_is_beyond(watched: Watched, sql: str) -> None:
    for dialect in DIALECTS:
        verdict = judge(sql, dialect)
        if verdict.allowed:
            touched = watched.beyond(verdict.sql)
            if dialect != "sqlite":
                # WITH orders AS (… FROM orders) recurses on SQLite alone, and is refused for it.
                touched.discard((sqlite3.SQLITE_RECURSIVE, "", ""))
            assert touched == set(), (dialect, sql, verdict.sql)


@pytest.mark.postgres
@given(sql=mangled(POSTGRES + REFUSED["postgres"]))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_postgres_would_deny_nothing_that_is_let_through(least: Database, sql: str) -> None:
    verdict = judge(sql, "postgres")
    if not verdict.allowed:
        return
    try:
        postgres.ask(least, verdict.sql, 1)
    except SqlFailed as error:
        assert not re.search("permission denied|read-only", str(error)), (sql, verdict.sql)


@pytest.fixture(scope="module")
def least(postgres_server: ScratchServer) -> Iterator[Database]:
    """A PostgreSQL database in which the role that may read the views may do nothing else."""
    owner = postgres_server.create_shop()
    made = Database(owner)
    made.migrate()
    made.dispose()
    db = Database(as_role(owner, roles.APP))
    yield db
    db.dispose()


@pytest.mark.postgres
def test_what_the_role_may_not_is_seen(least: Database) -> None:
    with pytest.raises(SqlFailed, match="permission denied"):
        postgres.ask(least, "SELECT email FROM customer", 1)


@pytest.mark.postgres
def test_no_function_of_postgres_that_acts_is_let_through(least: Database) -> None:
    query = "SELECT proname, bool_or(provolatile = 'v'), bool_or(proretset) FROM pg_proc GROUP BY 1"
    with least.read() as session:
        functions = session.execute(text(query)).all()
    assert len(functions) > 2000
    given_ = ("", "1", "'a'", "1, 2", "'a', 'b'", "'a', 'b', 'c'", "total", "'day', placed_at")
    let = [
        row
        for row in functions
        if any(judge(f"SELECT {row[0]}({a}) FROM orders", "postgres").allowed for a in given_)
    ]
    assert {name for name, volatile, _ in let if volatile} == {"random", "clock_timestamp"}
    assert [name for name, _, sets in let if sets] == []
    assert {"count", "date_trunc", "string_agg", "percentile_cont"} <= {row[0] for row in let}


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_respelling_changes_no_verdict(data: st.DataObject) -> None:
    dialect = data.draw(st.sampled_from(DIALECTS))
    sql = data.draw(respelt([q for q in ASKED[dialect] if "$$" not in q and "E'" not in q]))
    assert judge(sql, dialect).why == "", sql
    attack = data.draw(respelt([q.replace("{}", "customer") for q in BEYOND]))
    assert not judge(attack, dialect).allowed, attack
