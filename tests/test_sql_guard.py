"""The guard over the staff's SQL: what it lets through, what it refuses and why, at once."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sql.guard import DIALECTS, DialectName, judge
from tests.shared_data import shared_data
from tests.sql_queries import ASKED, BEYOND, NAMES, REFUSED


def corpus() -> list[tuple[DialectName, str, str]]:
    """Dialect, what is expected and SQL of each row; of the generated ones the text they mean."""
    made = {
        "parser-156": "SELECT " + ",".join(["1"] * 20000),
        "parser-157": "SELECT '" + "x" * 2_000_000 + "'",
    }
    rows: list[tuple[DialectName, str, str]] = []
    file = shared_data("security") / "sql_guard_corpus.jsonl"
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        sql = made[row["id"]] if row["sql"] is None else row["sql"]
        for dialect in DIALECTS if row["dialect"] == "any" else [row["dialect"]]:
            rows.append((dialect, row["expect"], sql))
    return rows


def test_the_corpus_is_judged_right_and_at_once() -> None:
    wrong, slowest = [], 0.0
    judge("SELECT 1", "mysql")
    for dialect, expected, sql in corpus():
        started = time.process_time()
        verdict = judge(sql, dialect)
        slowest = max(slowest, time.process_time() - started)
        assert verdict.allowed or (verdict.why and "\n" not in verdict.why and not verdict.sql)
        if expected != "harmless" and verdict.allowed != (expected == "allow"):
            wrong.append((dialect, sql[:100], verdict))
    assert wrong == []
    assert slowest < 0.05


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_staff_ask_is_let_through(dialect: DialectName) -> None:
    refused = {sql: judge(sql, dialect).why for sql in ASKED[dialect]}
    assert {sql: why for sql, why in refused.items() if why} == {}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_beyond_the_views_is_let_through(dialect: DialectName) -> None:
    queries = [sql.replace("{}", name) for sql in BEYOND for name in NAMES]
    assert [sql for sql in queries if judge(sql, dialect).allowed] == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("", "there is no query; write SELECT … FROM orders"),
        ("DROP TABLE orders", "only SELECT is run, not DROP"),
        ("SELECT 1; SELECT 2", "send one SELECT at a time, without a semicolon inside"),
        (
            "SELECT * FROM customers",
            "there is no view 'customers'; read from products, orders, order_items, reviews, "
            "returns",
        ),
        ("SELECT o.email FROM orders o",
         "o has no column 'email'; it has id, status, placed_at, total"),
        ("SELECT email FROM orders",
         "there is no column 'email'; orders has id, status, placed_at, total"),
        ("SELECT x.id FROM orders o", "nothing in this query is called 'x'"),
        ("SELECT pg_sleep(9)", "the function pg_sleep cannot be used; aggregates, window "
         "functions, dates, texts and numbers can"),
        ("SELECT id FROM orders FOR UPDATE", "FOR UPDATE and other locks cannot be used here"),
        ("SELECT id FROM public.orders", "names with a schema before them cannot be used here"),
        ("SELECT 'orders'::regclass", "names of the database's own objects cannot be looked up"),
        ("SELECT $1", "variables and parameters cannot be used; write the value itself"),
        ("SELECT '1'::xml", "the type XML cannot be used; numbers, texts and times can"),
        ("WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t) SELECT * FROM t",
         "WITH RECURSIVE cannot be used here"),
        ("WITH t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t) SELECT * FROM t",
         "WITH t reads itself or one that comes later; give it a name of its own"),
        ("SELECT id FROM orders WHERE", "this cannot be read as SQL: "),
        ("SELECT 'a", "a quote is never closed"),
        ("SELECT 1 /* a", "a comment is never closed"),
        ("SELECT id\u200b FROM orders", "the query holds an invisible character, U+200B"),
        ("SELECT id FROM orders LIMIT (SELECT 1)", "LIMIT takes a number here"),
        ("SELECT repeat('x', 1000000)", "a text is repeated or padded to a number up to 1,000"),
        ("SELECT format('%1000000s', id) FROM orders", "a format is a text with widths below 100"),
        ("SELECT " + "(" * 60 + "1" + ")" * 60, "this is nested too deeply; use WITH"),
        ("SELECT " + "-" * 1 + " - " * 500 + "1", "this is nested too deeply; use WITH"),
        ("SELECT " + "x" * 5000, "the query has 5,007 characters; at most 4,000 are read"),
        ("SELECT " + "1," * 600 + "1", "the query has more than 1,000 words and signs"),
        ("SELECT 1 FROM " + ", ".join(["orders"] * 40), "more than 30 tables are joined"),
    ],
)  # fmt: skip
def test_a_refusal_says_why_in_one_line(sql: str, why: str) -> None:
    verdict = judge(sql, "postgres")
    assert not verdict.allowed
    assert verdict.why.startswith(why)
    assert "\n" not in verdict.why


@pytest.mark.parametrize("dialect", DIALECTS)
def test_other_ways_out_are_closed(dialect: DialectName) -> None:
    let = [sql for sql in REFUSED[dialect] if judge(sql, dialect).allowed]
    # A text in which the attack is a quoted string is harmless where it is read as one.
    assert [sql for sql in let if not sql.startswith("SELECT 'a\\'")] == []


def test_what_runs_is_written_anew() -> None:
    sql = "select  /* x */ Id from ORDERS -- y\n where status=$$it's$$ ;"
    written = "SELECT Id FROM ORDERS WHERE status = 'it''s' LIMIT 1000"
    assert judge(sql, "postgres").sql == written
    nested = "SELECT id /* a /* b */ , email */ FROM orders ORDER/*--*/BY -- z\n id"
    assert judge(nested, "postgres").sql == "SELECT id FROM orders ORDER BY id LIMIT 1000"
    assert judge("SELECT '/* it''s -- */' /* ' */", "sqlite").sql.startswith(
        "SELECT '/* it''s -- */'"
    )
    assert judge("SELECT 'a\\' -- b', 'c' # d", "mysql").sql.startswith("SELECT 'a'' -- b', 'c'")
    assert judge("((SELECT 1))", "sqlite").sql == "SELECT 1 LIMIT 1000"
    assert judge("SELECT id FROM orders LIMIT 7", "sqlite", 5).sql.endswith(" LIMIT 5")
    assert judge("SELECT id FROM orders LIMIT 3", "sqlite", 5).sql.endswith(" LIMIT 3")
    assert (
        judge('SELECT "gone" FROM orders', "sqlite").sql == "SELECT 'gone' FROM orders LIMIT 1000"
    )
    assert judge("SELECT 1 AS 数", "postgres").sql == 'SELECT 1 AS "数" LIMIT 1000'


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda b: b.decode("latin-1"))))
@settings(max_examples=300, deadline=None)
def test_any_text_gets_a_verdict(any_text: str) -> None:
    for dialect in DIALECTS:
        for sql in (
            any_text,
            f"SELECT {any_text} FROM orders",
            f"SELECT '{any_text}' FROM {any_text}",
        ):
            verdict = judge(sql, dialect)
            assert verdict.allowed != bool(verdict.why)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_big_and_deep_texts_are_judged_at_once(dialect: DialectName) -> None:
    parts = [
        "(", "((", "CASE WHEN ", "NOT ", "- ", "coalesce(1,", "(SELECT ", "a[", "x IN (", "1 +",
        "a.", "'a' ", "cast(", "WITH a AS (", "1,", "a AND ", "interval ", "b OR (", "/*", "--",
    ]  # fmt: skip
    judge("SELECT 1", dialect)

    def seconds(part: str, count: int) -> float:
        started = time.process_time()
        assert judge("SELECT " + part * count + "1", dialect).sql is not None
        assert judge("SELECT " + part * count + "1" + ")" * count, dialect).sql is not None
        return time.process_time() - started

    for part in parts:
        for count in (24, 200, 900, 4000):
            # What grows without bound does so each time; a collection of garbage comes once.
            assert any(seconds(part, count) < 1 for _ in range(3)), (part, count)
