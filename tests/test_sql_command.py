"""`shopclerk sql`, the staff's tool, and the table on page and terminal."""

import csv
import io
import json
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result
from langchain_core.tools import ToolException
from sqlalchemy import select

from agent.context import ANONYMOUS, Shopper
from agent.errors import InvalidInput, SqlRefused
from agent.events import Event, Table
from agent.orders.models import SqlAudit
from agent.settings import Settings
from agent.tools import shopper_tools, staff_tools
from agent.tools.shop_data import query_shop_data
from tests.shared_data import shared_data
from tests.shop_fixtures import OWNER, ContextOf
from ui.cli import cli
from ui.render import render
from ui.tables import csv_text, table_lines
from ui.terminal import lines

BY_STATUS = "SELECT status, count(*) AS n FROM orders GROUP BY status ORDER BY n DESC, status"
MEI = Shopper.staff("mei")


def shopclerk(home: Path, *words: str) -> Result:
    return CliRunner(env={"SHOPCLERK_HOME": str(home)}).invoke(cli, ["sql", *words])


@pytest.fixture
def home(sample_settings: Settings) -> Path:
    return sample_settings.home


def test_a_query_in_the_terminal(home: Path) -> None:
    result = shopclerk(home, "SELECT id, name FROM products ORDER BY id", "--limit", "2")
    assert result.exit_code == 0, result.output
    shown = result.stdout.splitlines()
    assert shown[0].split() == ["id", "name"]
    assert len(shown) == 4
    assert "2 rows; there are more, see --limit" in result.stderr
    assert "ran: SELECT id, name FROM products ORDER BY id LIMIT 3" in result.stderr


def test_a_query_as_json_and_csv(home: Path, tmp_path: Path) -> None:
    body = json.loads(shopclerk(home, "--json", BY_STATUS).stdout)
    assert body["columns"] == ["status", "n"]
    assert sum(row[1] for row in body["rows"]) == 300
    assert (body["truncated"], body["sql"]) == (
        False,
        BY_STATUS.replace("count", "COUNT") + " LIMIT 1001",
    )
    expected = [["status", "n"], *([status, str(n)] for status, n in body["rows"])]
    assert (
        list(csv.reader(io.StringIO(shopclerk(home, BY_STATUS, "--csv", "-").stdout))) == expected
    )
    file = tmp_path / "orders.csv"
    assert shopclerk(home, BY_STATUS, "--csv", str(file)).stdout == ""
    assert list(csv.reader(io.StringIO(file.read_text("utf-8")))) == expected
    nowhere = shopclerk(home, BY_STATUS, "--csv", str(tmp_path / "no" / "x.csv"))
    assert isinstance(nowhere.exception, InvalidInput)


def test_a_refusal_is_one_line_and_kept(home: Path) -> None:
    result = shopclerk(home, "SELECT email FROM customer")
    assert isinstance(result.exception, SqlRefused)
    assert "\n" not in str(result.exception)
    kept = sqlite3.connect(home / "shop.db").execute("SELECT sql, outcome, who FROM sql_audit")
    ((sql, outcome, who),) = kept.fetchall()
    assert (sql, outcome) == ("SELECT email FROM customer", "refused")
    assert who.startswith("terminal: ")


def test_check_judges_without_running(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a", "dialect": "any", "sql": "SELECT 1"},
        {"id": "b", "dialect": "PostgreSQL", "sql": "SELECT now()::date"},
        {"id": 3, "dialect": "mysql", "sql": "SELECT SLEEP(1)", "more": True},
        {"id": "d", "dialect": "sqlite", "sql": None},
        {"sql": "SELECT '\u2028'"},
    ]
    file = tmp_path / "q.jsonl"
    file.write_text(
        "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n", "utf-8"
    )
    found = [
        json.loads(line) for line in shopclerk(tmp_path, "check", str(file)).stdout.splitlines()
    ]
    assert [list(line) for line in found] == [["id", "allowed", "why"]] * 5
    assert [(line["id"], line["allowed"]) for line in found] == [
        ("a", True), ("b", True), (3, False), ("d", False), (5, True),
    ]  # fmt: skip
    assert found[2]["why"].startswith("the function sleep cannot be used")
    assert not (tmp_path / "shop.db").exists()


def test_check_over_the_corpus(tmp_path: Path) -> None:
    file = shared_data("security") / "sql_guard_corpus.jsonl"
    corpus = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    output = shopclerk(tmp_path, "check", str(file)).stdout
    found = {line["id"]: line["allowed"] for line in map(json.loads, output.splitlines())}
    wrong = [
        row["id"]
        for row in corpus
        if row["expect"] != "harmless" and found[row["id"]] != (row["expect"] == "allow")
    ]
    assert (len(found), wrong) == (len(corpus), [])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "q.jsonl:1: is no JSON object"),
        ('{"id": 1, "dialect": "oracle", "sql": "SELECT 1"}', "dialect: 'oracle' is none"),
    ],
)
def test_what_cannot_be_checked(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "q.jsonl").write_text(text, "utf-8")
    for name, said in (("q.jsonl", why), ("none.jsonl", "none.jsonl cannot be read")):
        error = shopclerk(tmp_path, "check", str(tmp_path / name)).exception
        assert isinstance(error, InvalidInput)
        assert said in str(error)


# -- the tool ------------------------------------------------------------------------------------


def ask(context: Any, sql: str) -> tuple[str, list[Event]]:
    return query_shop_data(SimpleNamespace(context=context), sql)  # type: ignore[arg-type]


def test_the_tool_exists_for_staff_alone() -> None:
    names = [tool.name for tool in staff_tools()]
    assert names == [*(tool.name for tool in shopper_tools()), "query_shop_data"]
    assert "query_shop_data" not in {tool.name for tool in shopper_tools()}
    schema = staff_tools()[-1].schema_for_model()["function"]["parameters"]
    assert list(schema["properties"]) == ["sql"]
    assert "orders(id, status, placed_at, total)" in schema["properties"]["sql"]["description"]


def test_the_tool_answers_staff_in_their_language(context_of: ContextOf) -> None:
    text, events = ask(context_of(shopper=MEI), BY_STATUS)
    (table,) = events
    assert isinstance(table, Table)
    assert text.splitlines()[:2] == [f"{len(table.rows)} rows:", "status | n"]
    assert text.splitlines()[2] == f"{table.rows[0][0]} | {table.rows[0][1]}"
    many, _ = ask(context_of(shopper=MEI, lang="zh"), "SELECT id FROM orders")
    assert many.splitlines()[0] == "共300行："
    assert many.endswith("其余见屏幕。")


def test_the_tool_says_what_would_work(context_of: ContextOf) -> None:
    with pytest.raises(ToolException, match="Not run: there is no view 'customer'; read from"):
        ask(context_of(shopper=MEI), "SELECT * FROM customer")
    with pytest.raises(ToolException, match="未执行：only SELECT is run"):
        ask(context_of(shopper=MEI, lang="zh"), "DROP TABLE orders")
    with pytest.raises(ToolException, match="It failed: the database cannot answer this"):
        ask(context_of(shopper=MEI), "SELECT cardinality(id) FROM orders")
    context = context_of(shopper=MEI)
    with context.shop.db.read() as session:
        kept = session.scalars(select(SqlAudit).order_by(SqlAudit.id)).all()
    assert [(row.who, row.outcome) for row in kept] == [
        ("mei", "refused"), ("mei", "refused"), ("mei", "failed"),
    ]  # fmt: skip


@pytest.mark.parametrize("shopper", [ANONYMOUS, OWNER])
def test_the_tool_does_nothing_for_a_shopper(context_of: ContextOf, shopper: Shopper) -> None:
    context = context_of(shopper=shopper)
    with pytest.raises(ToolException, match="There is no such tool"):
        ask(context, "SELECT 1")
    with context.shop.db.read() as session:
        assert session.scalars(select(SqlAudit)).all() == []


def test_staff_are_no_customers() -> None:
    assert (MEI.staff_name, MEI.customer_id) == ("mei", None)
    with pytest.raises(ValueError, match="staff have a name"):
        Shopper(staff_name="mei")


# -- the table -----------------------------------------------------------------------------------

TENTS = Table(
    columns=["name", "n"],
    rows=[["帐篷", 12], ["=1+1", None], ["<b>\x1b[31m", 0.5]],
    sql="SELECT '<x>'",
    truncated=True,
)


def test_a_table_on_the_page() -> None:
    html = render(TENTS, "en")
    assert "the first 3 rows; there are more" in html
    assert '<td class="sc-figure">12</td>' in html
    assert "&lt;b&gt;[31m" in html
    assert "<code>SELECT &#x27;&lt;x&gt;&#x27;</code>" in html
    href = html.split('href="data:text/csv;charset=utf-8,')[1].split('"')[0]
    assert unquote(href).splitlines()[:3] == ["\ufeffname,n", "帐篷,12", "'=1+1,"]
    assert "下载 CSV" in render(TENTS, "zh")
    long = Table(columns=["n"], rows=[[n] for n in range(300)], sql="SELECT 1")
    assert render(long, "en").count("<tr>") == 201
    assert "300 rows (200 of them here)" in render(long, "en")


def test_a_table_in_a_terminal() -> None:
    assert list(table_lines(TENTS.columns, TENTS.rows)) == [
        "name      n",
        "--------  ---",
        "帐篷      12",
        "=1+1",
        "<b> [31m  0.5",
    ]
    assert list(table_lines(["a"], [])) == ["a", "-"]
    assert list(lines(TENTS))[-1] == "  (SELECT '<x>')"


def test_csv_keeps_figures_and_disarms_formulas() -> None:
    written = csv_text(["a", "b"], [["-x", -5], ['say "hi"\n', None]])
    assert list(csv.reader(io.StringIO(written))) == [["a", "b"], ["'-x", "-5"], ['say "hi"\n', ""]]
