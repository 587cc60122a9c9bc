"""What has had its time goes; what has not stays, to the hour."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from agent.context import Shopper
from agent.orders.database import Database
from agent.orders.importer import import_files
from agent.orders.models import (
    AfterSale,
    AuditEntry,
    ChatSession,
    Customer,
    HandOff,
    OneTimeCode,
    Order,
    Payment,
    Proposal,
    Turn,
)
from agent.orders.tombstones import AGED
from agent.privacy.sweep import Retention, sweep
from agent.sessions import Sessions
from agent.settings import Settings
from tests.imports import count, put
from ui.cli import cli
from ui.daily import retention, sweep_daily

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = timedelta(days=1)
RETENTION = Retention(chats=180 * DAYS, orders=2557 * DAYS)
ANA = Shopper.signed_in("ana")
OLD, YOUNG = NOW - 2557 * DAYS - HOUR, NOW - 2557 * DAYS + HOUR
CARD = {"id": "card", "kind": "credit_card", "label": "Visa of Ana"}
GIFT = {"id": "gift", "kind": "gift_card", "label": "Gift of Ana", "balance": "7.00"}


@pytest.fixture
def shop(db: Database, tmp_path: Path) -> Database:
    """Ana, with an order on each side of the line, an old open one and an old disputed one."""
    home = {"line1": "1 Elm Street", "city": "Rome", "region": "GA", "country": "US"}
    ana = {"id": "ana", "first_name": "Ana", "address": home, "payment_methods": [CARD, GIFT]}
    line = {"product_id": "mug", "title": "Mug", "unit_price": "5.00", "quantity": 2}
    orders = [
        {
            "id": id_,
            "customer_id": "ana",
            "placed_at": at.isoformat(),
            "status": status,
            "address": home,
            "lines": [line],
            "payments": [
                {"kind": "payment", "amount": "4.00", "method_id": "card"},
                {"kind": "payment", "amount": "6.00", "method_id": "gift"},
            ],
        }
        for id_, at, status in [
            ("LP-1", OLD, "delivered"),
            ("LP-2", YOUNG, "delivered"),
            ("LP-3", OLD, "shipped"),
            ("LP-4", OLD, "delivered"),
        ]
    ]
    bring(db, tmp_path, ana, *orders)
    asked = {"order_id": "LP-4", "customer_id": "ana", "kind": "return", "reason": "too big"}
    with db.write() as session:
        session.add(AfterSale(**asked, created_at=OLD))
    return db


def bring(db: Database, folder: Path, *records: Any) -> list[str]:
    return import_files(db, [put(folder, "all.jsonl", *records)], clock=lambda: NOW).notices


def swept(db: Database, home: Path, **more: Any) -> dict[str, int]:
    found = sweep(db, home, more.pop("retention", RETENTION), NOW, **more)
    return {kind: count for kind, count in found.items() if count}


def talk(db: Database, id_: str, at: datetime) -> None:
    sessions = Sessions(db, lambda: at)
    sessions.resume(id_, ANA, "en")
    said = [{"role": "user", "content": id_}]
    turn = sessions.store_turn(id_, said, lang="en", seconds=1, trace={})
    sessions.feedback(turn, 1)
    sessions.hand_off(id_, "x", "y")


def test_old_conversations_go(shop: Database, tmp_path: Path) -> None:
    talk(shop, "old", NOW - 180 * DAYS - HOUR)
    talk(shop, "young", NOW - 180 * DAYS + HOUR)
    talk(shop, "long", NOW - 180 * DAYS - HOUR)
    talk(shop, "long", NOW)
    nothing_of_orders = Retention(RETENTION.chats, None)
    assert swept(shop, tmp_path, retention=nothing_of_orders, dry_run=True) == {
        "turn": 2,
        "chat_session": 1,
    }
    assert count(shop, Turn) == 4
    assert swept(shop, tmp_path, retention=nothing_of_orders) == {"turn": 2, "chat_session": 1}
    with shop.read() as session:
        assert sorted(session.scalars(select(ChatSession.id))) == ["long", "young"]
        turns = session.scalars(select(Turn).order_by(Turn.session_id)).all()
        assert [(turn.session_id, turn.number) for turn in turns] == [("long", 2), ("young", 1)]
        assert session.scalars(select(HandOff.session_id).order_by(HandOff.session_id)).all() == [
            "long",
            "young",
        ]
    assert swept(shop, tmp_path, retention=nothing_of_orders) == {}


def test_what_nobody_confirmed_and_used_codes_go(shop: Database, tmp_path: Path) -> None:
    def proposal(id_: str, status: str, expired: timedelta) -> Proposal:
        at = NOW - expired
        return Proposal(
            id=id_,
            session_id="s",
            customer_id="ana",
            kind="profile_change",
            code="1234",
            wish={},
            terms={},
            fingerprint="",
            status=status,
            created_at=at - HOUR,
            expires_at=at,
        )

    def code(id_: str, expired: timedelta) -> OneTimeCode:
        times = {"created_at": NOW - expired - HOUR, "expires_at": NOW - expired}
        return OneTimeCode(id=id_, customer_id="ana", code_hash="", **times)

    with shop.write() as session:
        session.add_all(
            [
                proposal("pending", "pending", 30 * DAYS + HOUR),
                proposal("dismissed", "dismissed", 30 * DAYS + HOUR),
                proposal("confirmed", "confirmed", 900 * DAYS),
                proposal("young", "pending", 30 * DAYS - HOUR),
                code("old", 7 * DAYS + HOUR),
                code("young", 7 * DAYS - HOUR),
            ]
        )
    never = Retention(None, None)
    assert swept(shop, tmp_path, retention=never) == {"proposal": 2, "one_time_code": 1}
    with shop.read() as session:
        assert sorted(session.scalars(select(Proposal.id))) == ["confirmed", "young"]
        (entry,) = session.scalars(select(AuditEntry))
        assert (entry.actor, entry.action, entry.after["proposal"]) == ("operator", "sweep", 2)


def test_old_closed_orders_become_nobodys(shop: Database, tmp_path: Path) -> None:
    assert swept(shop, tmp_path, dry_run=True) == {"order": 1}
    assert swept(shop, tmp_path) == {"order": 1}
    with shop.read() as session:
        order = session.get_one(Order, "LP-1")
        assert (order.customer_id, order.paid_minor) == (AGED, 1000)
        assert order.address == {"region": "GA", "country": "US"}
        assert [(line.quantity, line.unit_price_minor) for line in order.lines] == [(2, 500)]
        assert [(p.method_id, p.amount_minor, p.method.label) for p in order.payments] == [
            ("credit_card-USD", 400, ""),
            ("gift_card-USD", 600, ""),
        ]
        assert order.payments[1].method.balance_minor == 0
        owners = select(Order.id).where(Order.customer_id == "ana").order_by(Order.id)
        assert session.scalars(owners).all() == ["LP-2", "LP-3", "LP-4"]
        ana = session.get_one(Customer, "ana")
        assert (ana.first_name, ana.payment_methods[1].balance_minor) == ("Ana", 700)
    assert swept(shop, tmp_path) == {}
    assert shop.check() == []


def test_an_import_leaves_them_so(shop: Database, tmp_path: Path) -> None:
    swept(shop, tmp_path)
    records = (tmp_path / "all.jsonl").read_text("utf-8").splitlines()
    notices = bring(shop, tmp_path, *records)
    assert notices[-1] == "1 orders are anonymous because of their age and were left as they are"
    with shop.read() as session:
        assert session.get_one(Order, "LP-1").customer_id == AGED


def test_many_old_orders(shop: Database, tmp_path: Path) -> None:
    with shop.write() as session:
        for n in range(450):
            fields = {"id": f"M-{n}", "number": f"m-{n}", "customer_id": "ana", "placed_at": OLD}
            session.add(Order(**fields, status="cancelled", currency="USD"))
        session.flush()
        for n in range(450):
            key = {"order_id": f"M-{n}", "number": 1, "customer_id": "ana", "method_id": "card"}
            session.add(Payment(**key, kind="payment", amount_minor=5, at=OLD))
    assert swept(shop, tmp_path) == {"order": 451}
    with shop.read() as session:
        assert len(session.scalars(select(Order).where(Order.customer_id == AGED)).all()) == 451


def test_old_reports_and_letters_go(shop: Database, tmp_path: Path) -> None:
    names = ("runs/a.json", "runs/b.json", "runs/accepted.json", "mail/a.eml", "mail/b.eml")
    ages = (91, 89, 400, 8, 6)
    for name, age in zip(names, ages, strict=True):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("{}")
        at = (NOW - age * DAYS).timestamp()
        os.utime(file, (at, at))
    never = Retention(None, None)
    wanted = {"run_report": 1, "letter": 1}
    assert swept(shop, tmp_path, retention=never, dry_run=True) == wanted
    assert swept(shop, tmp_path, retention=never) == wanted
    assert [name for name in names if not (tmp_path / name).exists()] == [
        "runs/a.json",
        "mail/a.eml",
    ]


def test_what_is_swept_is_overwritten_in_sqlite(shop: Database, tmp_path: Path) -> None:
    talk(shop, "a-very-old-secret", NOW - 181 * DAYS)
    swept(shop, tmp_path)
    if shop.dialect == "sqlite":
        shop.dispose()
        assert b"a-very-old-secret" not in Path(shop.url.database or "").read_bytes()


def test_the_command_and_the_server_go_by_the_settings(shop: Database, tmp_path: Path) -> None:
    with shop.write() as session:
        old = datetime.now(UTC) - 8 * 366 * DAYS
        session.execute(update(Order).where(Order.id == "LP-1").values(placed_at=old))
    environment = {"SHOPCLERK_HOME": str(tmp_path), "SHOPCLERK_DATABASE_URL": str(shop.url)}
    run = CliRunner(env=environment).invoke(cli, ["privacy", "sweep", "--dry-run", "--json"])
    assert json.loads(run.stdout)["swept"]["order"] >= 1
    plain = Settings(home=tmp_path, database_url=str(shop.url), _env_file=None)
    assert retention(plain) == Retention(180 * DAYS, None)
    stated = Settings(order_retention_days=2557, chat_retention_days=0, _env_file=None)
    assert retention(stated) == Retention(None, 2557 * DAYS)


async def test_the_server_sweeps_by_itself(shop: Database, tmp_path: Path) -> None:
    talk(shop, "old", datetime.now(UTC) - 181 * DAYS)
    settings = Settings(home=tmp_path, database_url=str(shop.url), _env_file=None)
    task = asyncio.create_task(sweep_daily(shop, settings, first=0.0))
    for _ in range(200):
        await asyncio.sleep(0.05)
        if count(shop, ChatSession) == 0:
            break
    task.cancel()
    assert count(shop, ChatSession) == 0
    assert count(shop, Order) == 4
