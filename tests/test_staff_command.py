"""`shopclerk staff`, `ask --staff` and the account of the first start, in the terminal."""

import json

import pytest
from click.testing import CliRunner, Result

from agent.clock import system_clock
from agent.errors import DatabaseError, InvalidInput, NotFound
from agent.identity.staff import Staff
from agent.identity.throttle import Subject
from agent.orders.database import Database
from agent.settings import Settings
from ui.cli import cli
from ui.commands.up import make_first_staff
from ui.examination import examine

HERE = Subject("address", "192.0.2.7")
PASSWORD = "correct horse battery"


def url_of(db: Database) -> str:
    return db.url.render_as_string(hide_password=False)


def shopclerk(db: Database, *words: str, **options: str) -> Result:
    return CliRunner(env={"SHOPCLERK_DATABASE_URL": url_of(db)}).invoke(cli, words, **options)


def test_an_account_from_its_making_to_its_end(db: Database) -> None:
    accounts = Staff(db, system_clock)
    empty = shopclerk(db, "staff", "list")
    assert (empty.exit_code, empty.stdout) == (0, "")
    assert "There is no staff account; `shopclerk staff add NAME`" in empty.stderr
    made = shopclerk(db, "staff", "add", "Mei")
    assert made.exit_code == 0, made.output
    start, _, rest = made.stdout.partition(" with the password ")
    assert start == "mei can sign in"
    assert accounts.sign_in("mei", rest.split()[0], HERE) is not None
    assert shopclerk(db, "staff", "list").stdout.endswith("  mei\n")
    gone = shopclerk(db, "staff", "remove", "mei")
    assert (gone.exit_code, gone.stdout) == (0, "mei can no longer sign in.\n")
    assert accounts.members() == []


def test_a_password_of_ones_own(db: Database) -> None:
    result = shopclerk(db, "staff", "add", "mei", "--prompt", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert (result.exit_code, result.stdout) == (0, "mei can sign in.\n")
    assert PASSWORD not in result.output
    assert Staff(db, system_clock).sign_in("mei", PASSWORD, HERE) is not None
    short = shopclerk(db, "staff", "add", "li", "--prompt", input="short\nshort\n")
    assert isinstance(short.exception, InvalidInput)
    assert str(short.exception) == "a password has 12 to 200 characters"


def test_as_json(db: Database) -> None:
    made = json.loads(shopclerk(db, "staff", "add", "李雷", "--json").stdout)
    assert (made["name"], len(made["password"])) == ("李雷", 24)
    (row,) = json.loads(shopclerk(db, "staff", "list", "--json").stdout)["staff"]
    assert (row["name"], row["made_at_start"]) == ("李雷", False)
    gone = shopclerk(db, "staff", "remove", "李雷", "--json").stdout
    assert json.loads(gone) == {"removed": "李雷"}


def test_what_cannot_be(db: Database) -> None:
    assert shopclerk(db, "staff", "add", "mei").exit_code == 0
    for words, kind, line in (
        (("add", "Mei"), InvalidInput, "there is a staff account 'mei'; `shopclerk staff remove"),
        (("add", "a b"), InvalidInput, "a name has 1 to 40 letters"),
        (("remove", "li"), NotFound, "there is no staff account 'li'; `shopclerk staff list`"),
    ):
        failed = shopclerk(db, "staff", *words).exception
        assert isinstance(failed, kind)
        assert str(failed).startswith(line)


def test_an_old_database_is_named(database_url: str) -> None:
    db = Database(database_url)
    db.migrate("0007")
    failed = shopclerk(db, "staff", "list").exception
    assert isinstance(failed, DatabaseError)
    assert "run `shopclerk db migrate`" in str(failed)
    db.dispose()


def test_the_first_start_prints_a_password_once(db: Database, tmp_path: object) -> None:
    settings = Settings(_env_file=None, database_url=url_of(db))
    line = make_first_staff(settings)
    name, _, rest = line.removeprefix("staff sign in on the page as ").partition(" with ")
    assert name == "staff"
    assert Staff(db, system_clock).sign_in(name, rest.split()[0], HERE) is not None
    assert make_first_staff(settings) == ""


def test_what_doctor_says_of_staff(sample_settings: Settings) -> None:
    def found() -> tuple[str, str]:
        (finding,) = [f for f in examine(sample_settings) if f.what == "staff"]
        return finding.verdict, finding.found

    accounts = Staff(Database(sample_settings.database), system_clock)
    assert found() == ("note", "there is no account")
    accounts.first()
    said = "staff still has the password that the first start printed"
    assert found() == ("note", said)
    accounts.add("mei")
    assert found() == ("note", said)
    accounts.remove("staff")
    assert found() == ("ok", "mei")


def test_asking_as_staff(sample_settings: Settings) -> None:
    environment = {"SHOPCLERK_HOME": str(sample_settings.home)}
    Staff(Database(sample_settings.database), system_clock).add("mei")

    def ask(*words: str) -> Result:
        return CliRunner(env=environment).invoke(cli, ["ask", "where is my order?", *words])

    assert "You are signed in as staff: there are no orders" in ask("--staff", "mei").stdout
    nobody = ask("--staff", "li").exception
    assert str(nobody) == "there is no staff account 'li'; `shopclerk staff list`"
    both = ask("--staff", "mei", "--customer", "C-5931")
    assert both.exit_code == 2
    assert "one asks as the one or as the other" in both.output


@pytest.mark.parametrize("words", [["add"], ["remove"]])
def test_a_name_is_needed(db: Database, words: list[str]) -> None:
    assert shopclerk(db, "staff", *words).exit_code == 2
