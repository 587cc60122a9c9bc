"""`shopclerk import` and `shopclerk db`."""

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from agent.settings import CHECKOUT
from tests.imports import (
    ANA,
    ORDER,
    put,
)
from ui.cli import cli


def shopclerk(home: Path, *arguments: str) -> Result:
    environment = {"SHOPCLERK_HOME": str(home), "SHOPCLERK_DATABASE_URL": ""}
    return CliRunner(env=environment).invoke(cli, arguments)


def test_the_command_imports_and_says_what_it_did(folder: Path) -> None:
    file = str(put(folder, "all.jsonl", ANA, ORDER))
    assert json.loads(shopclerk(folder, "import", file, "--json").stdout) == {
        "imported": True,
        "counts": {
            "customer": {"new": 1, "changed": 0, "unchanged": 0},
            "order": {"new": 1, "changed": 0, "unchanged": 0},
        },
        "notices": ["all.jsonl: the catalogue is empty, so product ids were not looked up"],
    }
    assert shopclerk(folder, "import", file).stdout.splitlines() == [
        "customer: 0 new, 0 changed, 1 unchanged",
        "order: 0 new, 0 changed, 1 unchanged",
        "Nothing changed.",
    ]
    put(folder, "all.jsonl", ORDER | {"status": "shipped"})
    assert shopclerk(folder, "import", file, "--dry-run").stdout.splitlines() == [
        "order: 0 new, 1 changed, 0 unchanged",
        "Nothing was written (--dry-run).",
    ]
    assert shopclerk(folder, "db", "check").stdout == "The database is as it should be.\n"


def test_the_database_is_checked_before_and_after_its_migration(folder: Path) -> None:
    before = shopclerk(folder, "db", "check", "--json")
    assert before.exit_code == 1
    assert json.loads(before.stdout) == {
        "ok": False,
        "problems": ["the database has no schema yet; run `shopclerk db migrate`"],
    }
    assert shopclerk(folder, "db", "migrate").stdout == "The schema is up to date.\n"
    assert json.loads(shopclerk(folder, "db", "check", "--json").stdout) == {
        "ok": True,
        "problems": [],
    }


def test_the_command_fails_with_every_problem_and_one_line(folder: Path) -> None:
    put(folder, "all.jsonl", ORDER, ORDER | {"id": "LP-2"})
    failed = subprocess.run(
        [sys.executable, "-m", "ui.cli", "import", "all.jsonl"],
        env=os.environ | {"SHOPCLERK_HOME": str(folder), "PYTHONPATH": str(CHECKOUT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.splitlines() == [
        "all.jsonl:1: customer_id: there is no customer 'ana'",
        "all.jsonl:2: customer_id: there is no customer 'ana'",
        "shopclerk: nothing was imported; the first of 2 problems: "
        "all.jsonl:1: customer_id: there is no customer 'ana'",
    ]
