"""Two customers whose every trace is known, among others; for the tests of privacy."""

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text, update

from agent.clock import pinned_clock
from agent.context import ANONYMOUS, Shopper
from agent.orders.database import Database
from agent.orders.importer import import_files
from agent.orders.models import AuditEntry, Base, OneTimeCode, OutboxEvent
from agent.orders.proposals import Proposals
from agent.orders.wishes import Address, Cancellation, OrderWish, ProfileChange
from agent.sessions import Sessions
from tests.imports import put

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
DANA, LUO, BEN = "dana_whitfield_9620", "luo_shihan_0131", "ben"
DANAS = (
    DANA,
    "Dana",
    "Whitfield",
    "dana.w@example.com",
    "303 555 0141",
    "3035550141",
    "1187 Larkspur",
    "Apt 4",
    "Leadville",
    "80461",
    "9 Hidden Creek",
    "Card ending in 0141",
    "engrave: for Mo",
    "1Z999AA1",
    "ordered by mistake",
)
LUOS = (
    LUO,
    "罗诗涵",
    "诗涵",
    "shihan@example.cn",
    "13800138000",
    "文三路478号",
    "杭州",
    "310012",
    "长安街",
)


def _customer(id_: str, first: str, last: str, email: str, phone: str, **more: Any) -> Any:
    methods = [
        {"id": f"card_{id_}", "kind": "credit_card", "label": f"Card ending in {phone[-4:]}"},
        {"id": f"gift_{id_}", "kind": "gift_card", "label": f"Gift of {first}", "balance": "40.00"},
    ]
    names = {"id": id_, "first_name": first, "last_name": last, "email": email, "phone": phone}
    return names | {"payment_methods": methods if id_ != BEN else [methods[1]]} | more


DANA_HOME = {
    "line1": "1187 Larkspur Street",
    "line2": "Apt 4",
    "city": "Leadville",
    "region": "CO",
    "postal_code": "80461",
    "country": "US",
}
LUO_HOME = {"line1": "文三路478号", "city": "杭州", "region": "浙江", "postal_code": "310012"}
CUSTOMERS = [
    _customer(
        DANA, "Dana", "Whitfield", "Dana.W@example.com", "+1 303 555 0141", address=DANA_HOME
    ),
    _customer(LUO, "诗涵", "罗", "shihan@example.cn", "13800138000", address=LUO_HOME),
    _customer(BEN, "Ben", "Adler", "ben@example.com", "+1 212 555 0100", newsletter=True),
]


def _order(id_: str, owner: str, status: str, **more: Any) -> Any:
    method = f"card_{owner}" if owner != BEN else "gift_ben"
    line = {"product_id": "mug", "title": "Mug", "unit_price": "12.50", "quantity": 1}
    paid = {"kind": "payment", "amount": "12.50", "method_id": method}
    fields = {"id": id_, "customer_id": owner, "placed_at": "2026-11-10", "status": status}
    return fields | {"lines": [line], "payments": [paid], "address": DANA_HOME} | more


PARCEL = {
    "carrier": "UPS",
    "tracking_number": "1Z999AA10123456784",
    "delivered_at": "2026-11-14",
    "events": [{"at": "2026-11-14", "place": "Leadville, CO", "text": "left with Dana Whitfield"}],
}
ORDERS = [
    _order("LP-1", DANA, "delivered", shipments=[PARCEL], note="engrave: for Mo"),
    _order("LP-2", DANA, "pending", address=DANA_HOME | {"line1": "9 Hidden Creek Road"}),
    _order("LP-3", LUO, "delivered", address=LUO_HOME),
    _order("LP-4", BEN, "delivered", address={"line1": "1 Elm Street", "city": "Rome"}),
]
REVIEWS = [
    {"id": "r1", "product_id": "mug", "rating": 5, "text": "Fine.", "author_id": DANA},
    {"id": "r2", "product_id": "mug", "rating": 4, "text": "好，shihan@example.cn 写的"},
]


def files(folder: Path) -> list[Path]:
    """The shop's own files, as it would import them again."""
    return [
        put(folder, "customers.jsonl", *CUSTOMERS),
        put(folder, "orders.jsonl", *ORDERS),
        put(folder, "reviews.jsonl", *REVIEWS),
    ]


def fill(db: Database, folder: Path, home: Path) -> None:
    """The shop, what was said and done in it, and files in its state folder."""
    import_files(db, files(folder), clock=pinned_clock(NOW))
    _talk(db)
    _change(db, DANA, Cancellation(order_id="LP-2", reason="ordered by mistake"))
    moved = Address(
        line1="9 Hidden Creek Road", city="Leadville", postal_code="80461", country="US"
    )
    _change(db, DANA, ProfileChange(address=moved), confirmed=True)
    moved = Address(line1="长安街1号", city="北京", postal_code="100000", country="CN")
    _change(db, LUO, ProfileChange(address=moved), confirmed=False)
    with db.write() as session:
        session.execute(update(OutboxEvent).values(status="accepted"))
        session.add(
            OneTimeCode(id="c", customer_id=DANA, code_hash="0", created_at=NOW, expires_at=later())
        )
        locked = {"kind": "email", "subject": "d…@example.com", "typed": "dana.w@example.com"}
        session.add(
            AuditEntry(at=NOW, actor="anonymous", action="lock_out", customer_id=DANA, after=locked)
        )
    _write_files(home)


def later() -> datetime:
    """A quarter of an hour later."""
    return NOW.replace(minute=15)


def _talk(db: Database) -> None:
    sessions = Sessions(db, pinned_clock(NOW))
    arguments = json.dumps({"address": "文三路478号", "name": "罗诗涵"})
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    for id_, shopper in (
        ("danas", Shopper.signed_in(DANA)),
        ("luos", Shopper.signed_in(LUO)),
        ("bens", Shopper.signed_in(BEN)),
        ("nobodys", ANONYMOUS),
    ):
        sessions.resume(id_, shopper, "en")
        said = f"I am Dana Whitfield, DANA.W@example.com; 我的朋友罗诗涵住在文三路478号 ({id_})"
        messages = [
            {"role": "user", "content": said},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "assistant", "content": "Your order LP-1 was delivered."},
        ]
        turn = sessions.store_turn(id_, messages, lang="en", seconds=1, trace={"n": 1})
        sessions.hand_off(id_, "asks for Dana Whitfield", "电话13800138000")
        sessions.feedback(turn, 1, "thanks from Dana Whitfield")


def _change(
    db: Database, customer: str, wish: OrderWish | ProfileChange, *, confirmed: bool = True
) -> None:
    proposals = Proposals(db, pinned_clock(NOW), ZoneInfo("UTC"))
    shopper, session_id = Shopper.signed_in(customer), f"{customer}s-chat"
    made = proposals.propose(shopper, session_id, wish)
    if confirmed:
        proposals.confirm(shopper, session_id, made.id)


def _write_files(home: Path) -> None:
    letter = EmailMessage()
    letter["To"], letter["Subject"] = "Dana Whitfield <dana.w@example.com>", "Your code"
    letter.set_content("123456")
    lines = [{"customer_id": who, "terms": {"to": "罗诗涵"}} for who in (DANA, LUO, BEN)]
    contents = {
        "mail/1.eml": letter.as_bytes(),
        "mail/2.eml": b"To: ben@example.com\n\nhello",
        "outbox/changes.jsonl": "".join(json.dumps(n) + "\n" for n in lines).encode(),
        "logs/app.log": "dana.w@example.com (罗诗涵, 3035550141) failed\nall well\n".encode(),
        "runs/1.json": json.dumps({"said": ["+1 303 555 0141", "1187 larkspur street"]}).encode(),
    }
    for name, content in contents.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)


def traces(db: Database, home: Path, strings: tuple[str, ...]) -> list[str]:
    """Where the strings still stand: every table, and every byte of every file."""
    found = []
    with db.read() as session:
        for name in Base.metadata.tables:
            rows = session.execute(text(f'SELECT * FROM "{name}"')).all()
            said = repr([tuple(row) for row in rows]).encode()
            found += [f"{name}: {string}" for string in named(said, strings)]
    for file in filter(Path.is_file, home.rglob("*")):
        found += [f"{file.name}: {string}" for string in named(file.read_bytes(), strings)]
    return found


def named(content: bytes, strings: tuple[str, ...]) -> list[str]:
    """Which of the strings the bytes hold, in any case, plain or as JSON escapes them."""
    content = content.lower()
    return [
        string
        for string in strings
        if string.lower().encode() in content or string.lower().encode("unicode_escape") in content
    ]


def everything_of(db: Database, owner: str) -> dict[str, list[Any]]:
    """All rows that name the owner, for comparing before with after."""
    held: dict[str, list[Any]] = {}
    with db.read() as session:
        for name, of in Base.metadata.tables.items():
            column = of.c.get("customer_id", of.c.id if name == "customer" else None)
            if column is not None:
                rows = session.execute(select(of).where(column == owner))
                held[name] = [tuple(row) for row in rows]
    return held
