"""Erasing leaves no trace in database, logs and files; exporting leaves nothing out."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from agent.clock import pinned_clock
from agent.context import Shopper
from agent.errors import DatabaseError, InvalidInput, NotFound, SettingsError
from agent.orders.access import roles
from agent.orders.database import Database
from agent.orders.importer import ImportReport, import_files
from agent.orders.models import (
    AuditEntry,
    Base,
    ChatSession,
    Customer,
    Order,
    OutboxEvent,
    Payment,
    PaymentMethod,
    Receipt,
    Review,
    SqlAudit,
    Turn,
)
from agent.orders.tombstones import Marks, make_marks, open_marks
from agent.privacy import holdings
from agent.privacy.erasing import Erasure, admit, erase
from agent.privacy.export import export
from agent.sessions import Sessions
from agent.settings import Settings
from tests.databases import Scenes, empty
from tests.imports import put
from tests.two_people import (
    BEN,
    CUSTOMERS,
    DANA,
    DANAS,
    LUO,
    LUOS,
    NOW,
    ORDERS,
    everything_of,
    files,
    fill,
    named,
    traces,
)
from ui.cli import cli
from ui.examination import examine
from ui.measuring.scratch_postgres import as_role

MARKS = Marks(b"a key of the tests")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


@pytest.fixture
def shop(db: Database, source: Path, home: Path) -> Iterator[Database]:
    """Dana, Luo and Ben with all that is known of them; on PostgreSQL its owner's."""
    fill(db, source, home)
    if db.dialect == "sqlite":
        yield db
        return
    owners = Scenes(as_role(str(db.url), roles.OWNER))
    yield owners
    owners.dispose()


@pytest.mark.postgres
def test_the_app_itself_erases_nobody(migrated_postgres: str, source: Path, home: Path) -> None:
    empty(migrated_postgres)
    app = Scenes(migrated_postgres)
    fill(app, source, home)
    with pytest.raises(DatabaseError, match="erase as the database's owner"):
        erased(app, DANA, home)
    app.dispose()


def erased(db: Database, who: str, home: Path, **more: Any) -> Erasure:
    return erase(db, who, MARKS, home, NOW, **more)


def test_staffs_conversations_and_queries_forget_the_erased(shop: Database, home: Path) -> None:
    sessions = Sessions(shop, pinned_clock(NOW))
    sessions.resume("meis", Shopper.staff("mei"), "en")
    said = [{"role": "user", "content": "what did Dana Whitfield send back?"}]
    sessions.store_turn("meis", said, lang="en", seconds=1, trace={})
    kept = {"ran": "", "outcome": "refused", "why": "", "rows": 0, "seconds": 0.0}
    with shop.write() as session:
        session.add(SqlAudit(at=NOW, who="mei", sql="SELECT 'DANA.W@example.com'", **kept))
        session.flush()
        assert "meis" not in str(export(session, DANA, home, NOW))
    erased(shop, DANA, home, force=True)
    history = sessions.history("meis")
    assert [message["content"] for message in history] == ["what did [erased] send back?"]
    with shop.read() as session:
        assert session.scalar(select(SqlAudit.sql)) == "SELECT '[erased]'"
        assert session.get_one(ChatSession, "meis").staff_name == "mei"


def again(db: Database, source: Path, **more: Any) -> ImportReport:
    return import_files(db, files(source), clock=pinned_clock(NOW), marks=MARKS, **more)


def sqlite_bytes(db: Database) -> bytes:
    """The whole database file and its log, or nothing of a PostgreSQL."""
    file = Path(db.url.database or "")
    parts = [file, file.with_name(file.name + "-wal")] if db.dialect == "sqlite" else []
    return b"".join(part.read_bytes() for part in parts if part.exists())


def test_every_table_is_accounted_for() -> None:
    """A new table must say in `agent.privacy.holdings` whose it is, and be exported and erased."""
    known = {*holdings.OF_CUSTOMER, *holdings.OF_PARENT, *holdings.OF_NOBODY}
    assert known == set(Base.metadata.tables)
    naming = {n for n, t in Base.metadata.tables.items() if "customer_id" in t.c}
    assert naming <= set(holdings.OF_CUSTOMER)


def test_no_trace_is_left(shop: Database, home: Path) -> None:
    before = {s for s in (*DANAS, *LUOS) if traces(shop, home, (s,))}
    assert before == {*DANAS, *LUOS}
    bens = everything_of(shop, BEN)
    erased(shop, DANA, home)
    erased(shop, LUO, home)
    assert traces(shop, home, (*DANAS, *LUOS)) == []
    assert named(sqlite_bytes(shop), (*DANAS, *LUOS)) == []
    after = everything_of(shop, BEN)
    assert {k: v for k, v in after.items() if v != bens[k]} == {}
    assert (home / "mail" / "2.eml").is_file()
    assert not (home / "mail" / "1.eml").exists()
    assert (home / "logs" / "app.log").read_text().endswith(" failed\nall well\n")
    said = [json.loads(n) for n in (home / "outbox" / "changes.jsonl").read_text().splitlines()]
    assert said[2]["customer_id"] == BEN


def test_the_books_stay(shop: Database, home: Path) -> None:
    done = erased(shop, DANA, home)
    assert (done.rows["order"], done.rows["turn"], done.already) == (2, 1, False)
    with shop.read() as session:
        order = session.get_one(Order, "LP-2")
        assert order.customer_id == done.alias == MARKS.alias(DANA)
        assert (order.status, order.paid_minor, order.refunded_minor) == ("cancelled", 1250, 1250)
        assert order.address == {"region": "CO", "country": "US"}
        assert [(p.kind, p.amount_minor, p.method.kind) for p in order.payments] == [
            ("payment", 1250, "credit_card"),
            ("refund", 1250, "credit_card"),
        ]
        parcel = session.get_one(Order, "LP-1").shipments[0]
        assert (parcel.carrier, parcel.tracking_number, parcel.events) == ("UPS", "", [])
        assert parcel.delivered_at is not None
        held = select(PaymentMethod.label, PaymentMethod.balance_minor).where(
            PaymentMethod.customer_id == done.alias, PaymentMethod.kind == "gift_card"
        )
        assert [tuple(row) for row in session.execute(held)] == [("", 4000)]
        receipts = session.scalars(select(Receipt).where(Receipt.customer_id == done.alias)).all()
        assert {r.terms["kind"] for r in receipts} == {"cancellation", "profile_change"}
        assert session.get_one(Customer, done.alias).erased_at == NOW
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "erase"))
        assert (entry.customer_id, entry.after["rows"]["order"]) == (done.alias, 2)
        assert session.get_one(Review, "r1").extra == {}
        turns = session.scalars(select(Turn).order_by(Turn.session_id)).all()
        assert [turn.session_id for turn in turns] == ["bens", "luos", "nobodys"]
        assert turns[0].messages[0]["content"].startswith("I am [erased], [erased]; 我的朋友罗诗涵")
    assert shop.check() == []


def test_again_is_the_same_as_once(shop: Database, home: Path) -> None:
    erased(shop, DANA, home)
    before = everything_of(shop, MARKS.alias(DANA))
    done = erased(shop, DANA, home)
    assert (done.already, done.rows) == (True, {})
    assert everything_of(shop, MARKS.alias(DANA)) == before
    with pytest.raises(NotFound, match="there is no customer nobody"):
        erased(shop, "nobody", home)


def test_a_dry_run_changes_nothing(shop: Database, home: Path) -> None:
    before = everything_of(shop, DANA)
    done = erased(shop, DANA, home, dry_run=True)
    assert (done.rows["order"], done.files) == (2, 4)
    assert everything_of(shop, DANA) == before
    assert (home / "mail" / "1.eml").is_file()


@pytest.mark.parametrize(
    ("table", "values", "obstacle"),
    [
        (Order, {"status": "shipped"}, "order LP-1 is shipped"),
        (Order, {"status": "return_requested"}, "order LP-1 is return_requested"),
        (OutboxEvent, {"status": "waiting"}, "a cancellation is not delivered to the shop"),
        (OutboxEvent, {"status": "failed"}, "a profile change is not delivered to the shop"),
    ],
)
def test_what_is_under_way_is_waited_for(
    shop: Database, home: Path, table: Any, values: Any, obstacle: str
) -> None:
    with shop.write() as session:
        session.execute(update(table).where(table.customer_id == DANA).values(values))
    before = everything_of(shop, DANA)
    with pytest.raises(InvalidInput, match=obstacle):
        erased(shop, DANA, home)
    assert everything_of(shop, DANA) == before
    assert any(obstacle in said for said in erased(shop, DANA, home, dry_run=True).obstacles)
    erased(shop, DANA, home, force=True)
    assert traces(shop, home, DANAS) == []


def test_an_import_brings_nobody_back(shop: Database, source: Path, home: Path) -> None:
    erased(shop, DANA, home)
    erased(shop, LUO, home)
    report = again(shop, source)
    assert [n for n in report.notices if "erased" in n] == [
        "2 customers were erased at their wish and stay without personal data",
        "3 orders of erased customers stay anonymous",
        "1 reviews of erased customers come in without their author",
    ]
    assert traces(shop, home, tuple(s for s in DANAS if s not in ("Dana",))) == []
    assert [t for t in traces(shop, home, LUOS) if not t.startswith("review")] == []
    assert again(shop, source).changed_anything is False
    later = [ORDERS[0] | {"status": "returned"}, *ORDERS[1:]]
    put(source, "orders.jsonl", *later)
    import_files(shop, [source / "orders.jsonl"], clock=pinned_clock(NOW), marks=MARKS)
    with shop.read() as session:
        order = session.get_one(Order, "LP-1")
        assert (order.status, order.customer_id) == ("returned", MARKS.alias(DANA))


def test_an_import_without_the_key_is_refused(shop: Database, source: Path, home: Path) -> None:
    erased(shop, DANA, home)
    for marks in (None, Marks(b"another")):
        with pytest.raises(SettingsError, match="SHOPCLERK_ERASURE_KEY"):
            import_files(shop, files(source), clock=pinned_clock(NOW), marks=marks)


def test_a_new_account_with_an_erased_address(shop: Database, source: Path, home: Path) -> None:
    erased(shop, DANA, home)
    new = CUSTOMERS[0] | {"id": "dana-2", "payment_methods": []}
    file = put(source, "new.jsonl", new)

    def bring() -> ImportReport:
        return import_files(shop, [file], clock=pinned_clock(NOW), marks=MARKS)

    assert bring().notices[-1].endswith("`shopclerk privacy admit EMAIL`")
    assert traces(shop, home, ("dana-2", "Whitfield")) == []
    with shop.read() as session:
        assert session.get_one(Customer, MARKS.alias("dana-2")).erased_at == NOW
    with pytest.raises(NotFound):
        admit(shop, "ben@example.com", MARKS)
    assert admit(shop, "dana.w@EXAMPLE.com", MARKS) == 2
    put(source, "new.jsonl", new | {"id": "dana-3"})
    assert bring().notices == []
    with shop.read() as session:
        assert session.get_one(Customer, "dana-3").first_name == "Dana"


def test_a_longer_number_is_another_address(shop: Database, home: Path) -> None:
    with shop.write() as session:
        turn = session.scalars(select(Turn).where(Turn.session_id == "bens")).one()
        turn.messages = [{"role": "user", "content": "11187 Larkspur Street, 1187 LARKSPUR STREET"}]
    erased(shop, DANA, home)
    with shop.read() as session:
        turn = session.scalars(select(Turn).where(Turn.session_id == "bens")).one()
        assert turn.messages[0]["content"] == "11187 Larkspur Street, [erased]"


def test_a_file_that_is_being_read_is_rewritten_the_next_time(shop: Database, home: Path) -> None:
    if shop.dialect != "sqlite":
        pytest.skip("SQLite's file alone is rewritten")
    hasty = Database(str(shop.url), busy_timeout=0.2)
    with shop.read() as reader:
        assert reader.get_one(Customer, DANA).first_name == "Dana"
        with pytest.raises(DatabaseError, match=r"still holds deleted rows .*; run the command"):
            erased(hasty, DANA, home)
    with shop.read() as session:
        assert session.get(Customer, DANA) is None
    assert erased(hasty, DANA, home).already
    hasty.dispose()
    assert named(sqlite_bytes(shop), DANAS) == []


def test_doctor_misses_the_key(shop: Database, home: Path) -> None:
    erased(shop, DANA, home)

    def found(key: str) -> list[str]:
        url = str(shop.url)
        settings = Settings(home=home, database_url=url, erasure_key=key, _env_file=None)
        return [f.found for f in examine(settings) if f.what in ("erasure", "erased customers")]

    assert found("a key of the tests") == ["1, known by their key"]
    assert "SHOPCLERK_ERASURE_KEY" in found("another")[0]


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new", _env_file=None)
    assert open_marks(settings) is None
    made = make_marks(settings)
    assert made == make_marks(settings) == open_marks(settings)
    assert (tmp_path / "new" / "erasure.key").stat().st_mode & 0o777 == 0o600
    stated = Settings(home=tmp_path, erasure_key="of all machines", _env_file=None)
    assert open_marks(stated) == Marks(b"of all machines")


def test_an_export_has_everything(shop: Database, home: Path) -> None:
    with shop.read() as session:
        body = export(session, DANA, home, NOW)
    text = json.dumps(body, ensure_ascii=False).casefold()
    assert [s for s in DANAS if s.casefold() not in text] == []
    assert body["customer"]["payment_methods"][1]["balance"] == "40.00"
    assert [order["id"] for order in body["orders"]] == ["LP-1", "LP-2"]
    parcel = body["orders"][0]["shipments"][0]
    assert parcel["tracking_number"] == "1Z999AA10123456784"
    assert body["orders"][0]["note"] == "engrave: for Mo"
    assert len(body["conversations"][0]["turns"]) == 1
    assert {p["kind"] for p in body["proposals"]} == {"cancellation", "profile_change"}
    assert [r["id"] for r in body["reviews"]] == ["r1"]
    assert body["one_time_codes"][0]["created_at"] == NOW.isoformat()
    assert [f["file"] for f in body["files"]] == [
        "logs/app.log",
        "mail/1.eml",
        "outbox/changes.jsonl",
        "runs/1.json",
    ]
    assert "ben@example.com" not in text
    assert "code_hash" not in text


def test_exported_orders_can_be_imported_again(shop: Database, source: Path, home: Path) -> None:
    with shop.read() as session:
        orders = export(session, BEN, home, NOW)["orders"]
        paid = session.scalars(select(Payment.amount_minor).where(Payment.order_id == "LP-4")).all()
    file = put(source, "exported.jsonl", *orders)
    import_files(shop, [file], clock=pinned_clock(NOW + timedelta(days=1)))
    with shop.read() as session:
        again_paid = session.scalars(select(Payment.amount_minor).filter_by(order_id="LP-4")).all()
        assert (again_paid, session.get_one(Order, "LP-4").address["city"]) == (paid, "Rome")


def test_the_commands(shop: Database, source: Path, home: Path) -> None:
    environment = {"SHOPCLERK_HOME": str(home), "SHOPCLERK_DATABASE_URL": str(shop.url)}

    def run(*words: str, **more: Any) -> Any:
        return CliRunner(env=environment).invoke(cli, ["privacy", *words], **more)

    out = source / "dana.json"
    assert run("export", DANA, "--out", str(out)).exit_code == 0
    assert json.loads(out.read_text("utf-8"))["customer"]["first_name"] == "Dana"
    assert out.stat().st_mode & 0o777 == 0o600
    assert run("erase", DANA, input="n\n").exit_code == 1
    assert "Nothing was changed (--dry-run)." in run("erase", DANA, "--dry-run").stdout
    assert not (home / "erasure.key").exists()
    done = json.loads(run("erase", DANA, "--yes", "--json").stdout)
    assert (done["rows"]["order"], done["already"]) == (2, False)
    assert run("erase", DANA, "--yes").stdout == "This customer was erased before.\n"
    assert isinstance(run("export", DANA).exception, NotFound)
    assert run("admit", "dana.w@example.com").exit_code == 0
