"""The command line: quick help with examples, settings without secrets, failures in one line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from agent.errors import ShopclerkError
from agent.events import Error, FilterChip, Filters, HandOff, QuickReplies, Text
from agent.settings import CHECKOUT, Settings
from tests.shop_fixtures import NOW, OWN_ORDER, OWNER
from ui.cli import COMMANDS, cli
from ui.examination import examine
from ui.terminal import lines

HEAVY = ["torch", "gradio", "langchain", "langchain_core", "sqlalchemy", "transformers", "faiss"]


def every_command() -> Iterator[tuple[str, ...]]:
    """The words of each command that does something."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                yield name, inner
        else:
            yield (name,)


def run(*words: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(cli, words)


def failure(result: Result) -> str:
    """The one line of a failure of ours."""
    assert isinstance(result.exception, ShopclerkError), result.output + repr(result.exception)
    line = str(result.exception)
    assert "\n" not in line
    return line


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom ui.cli import cli\n"
        "try: cli(['--help'])\n"
        f"except SystemExit: print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        capture_output=True, text=True, cwd=CHECKOUT, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.endswith("[]\n")
    assert all(name in done.stdout for name in COMMANDS)
    total = int(done.stderr.splitlines()[-1].split("|")[1]) / 1e6
    print(f"importing ui.cli took {total:.2f} s")


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_every_command_shows_an_example(words: tuple[str, ...]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"shopclerk {' '.join(words)}" in result.output


def test_config_hides_secrets() -> None:
    secrets = {
        "SHOPCLERK_MODEL_KEY": "sk-hush",
        "SHOPCLERK_MODEL_URL": "https://user:hush@example.com/v1",
        "SHOPCLERK_SMTP_URL": "smtp://shop:hush@mail.example:587",
        "SHOPCLERK_TOKEN_SECRET": "hush, " * 8,
        "SHOPCLERK_TOKEN_KEYS": "https://shop:hush@shop.example/keys",
        "SHOPCLERK_RATE_LIMIT_URL": "redis://:hush@cache:6379",
        "SHOPCLERK_WEBHOOK_URL": "https://user:hush@example.com/changes",
        "SHOPCLERK_WEBHOOK_SECRET": "hush",
        "SHOPCLERK_METRICS_TOKEN": "hush, " * 3,
        "SHOPCLERK_DATABASE_URL": "postgresql://shop:sec@ret@db/shop",
    }
    for words in (["config", "show"], ["config", "show", "--json"]):
        shown = run(*words, **secrets).output
        assert "hush" not in shown
        assert "sec@ret" not in shown
        assert "postgresql://shop:***@db/shop" in shown
    values = json.loads(run("config", "show", "--json", SHOPCLERK_PORT="8080").output)
    assert values["port"] == 8080
    assert "SHOPCLERK_PORT=7860  (default)" in run("config", "show").output


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("SHOPCLERK_PORT", "abc", "SHOPCLERK_PORT='abc' cannot be"),
        ("SHOPCLERK_PORT", "70000", "less than or equal to 65535"),
        ("SHOPCLERK_TIMEZONE", "Mars/Base", "no time zone has this name"),
        ("SHOPCLERK_DATABASE_URL", "nonsense", "is no database URL"),
    ],
)
def test_a_wrong_setting_is_one_line(name: str, value: str, why: str) -> None:
    words = ["cases", "run", str(CHECKOUT / "data/cases/en.jsonl")]
    assert why in failure(run(*words, **{name: value}))


def test_the_command_itself_ends_in_one_line_and_status_1(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "config", "show"],
        capture_output=True, text=True, cwd=tmp_path, timeout=60,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT), "SHOPCLERK_PORT": "no"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("shopclerk: SHOPCLERK_PORT='no' cannot be")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["ask", " "], "The message is empty"),
        (["ask", "x" * 4001], "4,001 characters"),
        (["ask", "hi"], "the database has not the expected schema; run `shopclerk up` once"),
        (["cases", "run", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["cases", "run", "CASES"], "there is no database at"),
        (["cases", "run", "CASES", "--at", "soon"], "--at: 'soon' is no time"),
    ],
)
def test_what_cannot_be_asked(tmp_path: Path, words: list[str], why: str) -> None:
    words = [str(CHECKOUT / "data/cases/en.jsonl") if w == "CASES" else w for w in words]
    assert why in failure(run(*words, SHOPCLERK_HOME=str(tmp_path)))


@pytest.fixture
def home(sample_settings: Settings) -> str:
    return str(sample_settings.home)


def test_ask_without_a_model(home: str) -> None:
    words = ["ask", f"where is {OWN_ORDER}?", "--customer", str(OWNER.customer_id)]
    result = run(*words, SHOPCLERK_HOME=home)
    assert result.exit_code == 0, result.output
    assert f"  {OWN_ORDER}  shipped, on its way  2026-11-19  51.00 USD" in result.output
    assert "Redwood Parcel RW8564274172" in result.output
    assert "My language model cannot answer right now" in result.output
    assert "no model is prepared" in result.output


def test_ask_as_json(home: str) -> None:
    result = run("ask", "双人帐篷", "--json", SHOPCLERK_HOME=home)
    events = json.loads(result.stdout)["events"]
    assert events[0]["type"] == "status"
    assert events[-1]["type"] == "done"
    assert {"products", "text"} <= {event["type"] for event in events}


def test_ask_as_nobody_known(home: str) -> None:
    result = run("ask", "hi", "--customer", "C-0", SHOPCLERK_HOME=home)
    assert failure(result) == "there is no customer C-0; `--customer` takes a customer's id"


def test_cases_run_on_a_copy(home: str, tmp_path: Path) -> None:
    file = tmp_path / "two.jsonl"
    turns = [
        [{"say": "I want to talk to a person", "expect": {"hand_off": True}}],
        [{"say": "双人帐篷", "expect": {"tools": [{"name": "search_products"}]}}],
    ]
    rows = [{"id": f"c{n}", "lang": "en", "turns": t} for n, t in enumerate(turns)]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    before = (Path(home) / "shop.db").read_bytes()
    words = ["cases", "run", str(file), "--json", "--at", NOW.isoformat()]
    result = run(*words, "--accept", SHOPCLERK_HOME=home)
    assert result.exit_code == 1
    summary = json.loads(result.stdout)
    assert (summary["cases"], summary["passed"], summary["model_calls"]) == (2, 1, 0)
    assert [fault["id"] for fault in summary["failed"]] == ["c1"]
    assert (Path(home) / "shop.db").read_bytes() == before
    again = run(*words, SHOPCLERK_HOME=home)
    changes = json.loads(again.stdout)["changes"]
    assert (changes["broken"], changes["mended"], changes["new"]) == ([], [], [])


def test_doctor_names_what_is_missing_and_the_cure(tmp_path: Path) -> None:
    result = run("doctor", "--json", SHOPCLERK_HOME=str(tmp_path), SHOPCLERK_VLLM_PYTHON="/no")
    assert result.exit_code == 1
    body = json.loads(result.output)
    assert body["healthy"] is False
    found = {finding["what"]: finding for finding in body["findings"]}
    assert found["database"]["verdict"] == "fault"
    assert found["index"]["verdict"] == "fault"
    assert found["vLLM"]["found"] == "/no"
    assert found["Python"]["verdict"] == "ok"
    faults = [f["cure"] or f["found"] for f in body["findings"] if f["verdict"] == "fault"]
    assert all("run `shopclerk" in cure for cure in faults), faults


def test_doctor_on_a_shop_that_is_open(sample_settings: Settings) -> None:
    update = {"model_url": "http://user:secret@example.com/v1"}
    found = {f.what: f for f in examine(sample_settings.model_copy(update=update))}
    for what in ("database", "index", "model"):
        assert found[what].verdict == "ok", found[what]
    assert "8 policies" in str(found.values())
    assert "secret" not in str(found.values())


def test_events_in_a_terminal() -> None:
    assert list(lines(Text(text="你好。"))) == ["你好。"]
    chips = [FilterChip(label="brand", value="A"), FilterChip(label="up to", value="5", key="x")]
    assert list(lines(Filters(query="a", chips=chips))) == ["  [brand: A] [up to: 5]"]
    assert list(lines(HandOff(reference="H7", text="x"))) == ["  → H7"]
    assert list(lines(Error(code="x", text="No."))) == ["No."]
    assert list(lines(QuickReplies(options=["a"]))) == []
