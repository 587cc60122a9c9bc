"""PostgreSQL's roles: set up, migrated and examined as an operator does it."""

import ast
import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from agent.context import Shopper
from agent.errors import DatabaseError
from agent.orders.access import roles
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import Customer
from agent.settings import CHECKOUT
from ui.cli import cli
from ui.measuring.scratch_postgres import ScratchServer, as_role, set_up_roles

SHARED_ONLY = {
    "agent/policies.py",
    "agent/product_desk.py",
    "agent/sql/postgres.py",
    "agent/sql/runner.py",
    "ui/answering.py",
    "ui/commands/up.py",
    "ui/examination.py",
    "ui/health.py",
    "ui/preparation.py",
    # Reviews and products, which are nobody's.
    "agent/reviews/notes.py",
    "agent/reviews/scoring.py",
    "ui/commands/finetune/sentiment.py",
    "ui/commands/reviews.py",
}
"""Files whose transactions act for nobody: they read and write what has no customer in it."""


def test_every_other_transaction_says_for_whom_it_acts() -> None:
    found = set()
    for folder in ("agent", "ui", "finetune"):
        for file in (CHECKOUT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if _names_nobody(node):
                    found.add(file.relative_to(CHECKOUT).as_posix())
    assert found == SHARED_ONLY


def _names_nobody(node: ast.AST) -> bool:
    """Whether it is `db.read()` or `….db.write()` with nothing between the parentheses."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("read", "write")
        and ast.unparse(node.func.value).rpartition(".")[2] in ("db", "_db", "database")
        and not node.args
        and not node.keywords
    )


def shopclerk(url: str, *arguments: str, env: str = "") -> Result:
    environment = {"SHOPCLERK_DATABASE_URL": url, "SHOPCLERK_ENV": env or None}
    return CliRunner(env=environment).invoke(cli, arguments)


def role_findings(url: str, env: str = "") -> list[tuple[str, str]]:
    """(verdict, what was found) of `doctor` about the database's role."""
    body = json.loads(shopclerk(url, "doctor", "--json", env=env).stdout)
    looked = [f for f in body["findings"] if f["what"] in ("database role", "database")]
    return [(f["verdict"], f["found"].partition("://")[0]) for f in looked]


@pytest.fixture
def fresh(postgres_server: ScratchServer) -> str:
    """A new database as its superuser has it, before there is anything in it."""
    return postgres_server.create()


def test_what_is_printed_is_what_is_tested() -> None:
    assert shopclerk("", "db", "roles").stdout == roles.SQL


@pytest.mark.postgres
def test_an_older_shop_gets_its_roles_and_keeps_its_rows(fresh: str) -> None:
    before = Database(fresh)
    before.migrate()
    with before.write(SYSTEM) as session:
        session.add(Customer(id="ana"))
    before.dispose()
    for _ in range(2):
        set_up_roles(fresh)
        shopclerk(as_role(fresh, roles.OWNER), "db", "migrate")
    app = Database(as_role(fresh, roles.APP))
    assert app.check() == []
    with app.read(Shopper.signed_in("ana")) as session:
        assert session.get_one(Customer, "ana").id == "ana"
    app.dispose()
    assert role_findings(as_role(fresh, roles.APP)) == [
        ("ok", "postgresql+psycopg"),
        ("ok", "is bound by grants and row-level security"),
    ]


@pytest.mark.postgres
def test_what_a_superuser_migrates_is_the_owner_s(fresh: str) -> None:
    set_up_roles(fresh)
    assert shopclerk(fresh, "db", "migrate").exit_code == 0
    query = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    looking = Database(fresh)
    with looking.looking() as connection:
        assert connection.execute(text(query)).scalars().all() == [roles.OWNER]
    looking.dispose()


@pytest.mark.postgres
def test_who_serves_does_not_migrate(postgres_server: ScratchServer) -> None:
    owner = postgres_server.create_shop()
    app = as_role(owner, roles.APP)
    refused = shopclerk(app, "db", "migrate")
    assert isinstance(refused.exception, DatabaseError)
    assert "the role shopclerk_app may not; run `shopclerk db migrate` with" in str(
        refused.exception
    )
    assert shopclerk(owner, "db", "migrate").exit_code == 0
    # With nothing to do it is no error: `up` and `import` ask at every start.
    assert shopclerk(app, "db", "migrate").exit_code == 0


@pytest.fixture
def shop(postgres_server: ScratchServer) -> Iterator[Database]:
    """A migrated shop, open for its superuser."""
    owner = postgres_server.create_shop()
    assert shopclerk(owner, "db", "migrate").exit_code == 0
    db = Database(as_role(owner, "shop"))
    yield db
    db.dispose()


def url_of(shop: Database, role: str) -> str:
    return as_role(shop.url.render_as_string(hide_password=False), role)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("shop", "serves as shop, a superuser, whom neither grants nor policies bind"),
        (roles.OWNER, "serves as shopclerk_owner, who owns the tables and could alter them"),
        ("above", "serves as above, who may bypass row-level security"),
        ("hidden", "serves as shop, a superuser, whom neither grants nor policies bind"),
    ],
)
def test_doctor_refuses_who_is_not_bound(shop: Database, role: str, said: str) -> None:
    if role == "above":
        with shop.write() as session:
            session.execute(text("CREATE ROLE above LOGIN BYPASSRLS"))
            session.execute(text(f"GRANT CONNECT ON DATABASE {shop.url.database} TO above"))
    url = url_of(shop, "shop" if role == "hidden" else role)
    if role == "hidden":
        url += f"&options=-crole%3D{roles.APP}"
    assert ("fault", said) in role_findings(url)
    assert ("note", said) in role_findings(url, env="development")
    result = shopclerk(url, "doctor")
    assert result.exit_code == 1
    assert "let shopclerk_app serve: `shopclerk db roles` prints the SQL" in result.stdout


@pytest.mark.postgres
def test_doctor_names_every_grant_and_policy_that_is_missing(shop: Database) -> None:
    with shop.write() as session:
        for statement in (
            f"REVOKE UPDATE, DELETE ON payment FROM {roles.APP}",
            f"GRANT UPDATE ON audit TO {roles.APP}",
            f"REVOKE ALL ON SEQUENCE audit_id_seq FROM {roles.APP}",
            'ALTER TABLE "order" NO FORCE ROW LEVEL SECURITY',
            "CREATE POLICY all_of_it ON customer USING (true)",
            "DROP POLICY shopclerk_acting ON receipt",
        ):
            session.execute(text(statement))
    missing = "; ".join(
        f"no row-level security: {name}" for name in ("customer", "order", "receipt")
    )
    assert role_findings(url_of(shop, roles.APP)) == [
        ("fault", missing),
        ("fault", "shopclerk_app must not have UPDATE on audit"),
        ("fault", "shopclerk_app lacks DELETE, UPDATE on payment"),
        ("fault", "shopclerk_app lacks USAGE on audit_id_seq"),
    ]


@pytest.mark.postgres
def test_migrating_mends_grants_and_policies(shop: Database) -> None:
    with shop.write() as session:
        session.execute(text(f"REVOKE ALL ON payment FROM {roles.APP}"))
        session.execute(text(f"GRANT ALL ON audit TO {roles.APP}"))
        session.execute(text("ALTER TABLE turn DISABLE ROW LEVEL SECURITY"))
    assert shopclerk(url_of(shop, roles.OWNER), "db", "migrate").exit_code == 0
    assert [verdict for verdict, _ in role_findings(url_of(shop, roles.APP))] == ["ok", "ok"]


@pytest.mark.postgres
def test_a_later_table_is_granted_by_default(shop: Database) -> None:
    with shop.write() as session:
        session.execute(text(f"SET LOCAL ROLE {roles.OWNER}"))
        session.execute(text("CREATE TABLE later (id serial PRIMARY KEY)"))
    app = Database(url_of(shop, roles.APP))
    with app.write(SYSTEM) as session:
        session.execute(text("INSERT INTO later DEFAULT VALUES"))
        assert session.scalar(text("SELECT id FROM later")) == 1
    app.dispose()
