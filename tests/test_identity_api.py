"""Climbing the identity ladder over HTTP: sessions, cookies, languages, refusals."""

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from scripted_assistant import ScriptedAssistant
from sqlalchemy import select

from agent.context import ANONYMOUS, Shopper
from agent.orders.database import Database, open_database
from agent.orders.models import AuditEntry, ChatSession, Order
from agent.sessions import Sessions
from agent.settings import Settings
from tests.api_client import HERE, client_of, settings_of
from tests.identity_fixtures import ANA, BEN, NOW, code_in, fill
from tests.test_tokens import SECRET, by_secret
from ui.api import create_app
from ui.identity import COOKIE, conversation_id

CHINESE = {"Accept-Language": "zh-CN"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A real shop: not the sample shop, with two customers, three orders and a token secret."""
    settings = settings_of(tmp_path, shop=tmp_path, token_secret=SECRET)
    db = open_database(settings)
    db.migrate()
    fill(db)
    db.dispose()
    return settings


@pytest.fixture
def db(settings: Settings) -> Database:
    return open_database(settings)


@pytest.fixture
def assistant(db: Database) -> ScriptedAssistant:
    """An assistant that keeps its conversations in the database, as the real one does."""

    class Keeping(ScriptedAssistant):
        def turn(self, session_id, shopper, asked, lang=None):  # type: ignore[no-untyped-def]
            sessions = Sessions(db, lambda: NOW)
            sessions.resume(session_id, shopper, lang)
            said = [{"role": "user", "content": asked}]
            sessions.store_turn(session_id, said, lang=lang, seconds=0.1, trace={})
            return super().turn(session_id, shopper, asked, lang)

    return Keeping()


@pytest.fixture
async def client(
    settings: Settings, assistant: ScriptedAssistant
) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings, assistant, page=False)) as client:
        yield client


def last_code(settings: Settings) -> str:
    """The code in the newest letter."""
    files = sorted((settings.home / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    letter = message_from_bytes(files[-1].read_bytes(), policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return code_in(letter)


async def say(client: httpx.AsyncClient, text: str) -> str:
    """One turn; returns the session's id."""
    answer = await client.post("/v1/chat", json={"message": text})
    assert answer.status_code == 200
    return answer.headers["X-Session-Id"]


async def test_an_order_is_opened_to_be_read(
    client: httpx.AsyncClient, assistant: ScriptedAssistant
) -> None:
    before = await say(client, "hello")
    answer = await client.post(
        "/v1/identity", json={"order_id": "lp-1", "email": "ANA@example.com"}
    )
    after = answer.json()["session_id"]
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "session_id": after,
            "customer_id": None,
            "order_id": "#LP-1",
            "staff": None,
            "name": "#LP-1",
        },
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["set-cookie"] == f"{COOKIE}={after}; Path=/; HttpOnly; SameSite=Lax"
    assert answer.headers["X-Session-Id"] == after != before
    await say(client, "where is it?")
    assert assistant.asked[-1][1] == Shopper.of_order("#LP-1")


async def test_a_code_signs_in_and_the_conversation_goes_on(
    client: httpx.AsyncClient, assistant: ScriptedAssistant, settings: Settings, db: Database
) -> None:
    before = await say(client, "my order")
    sent = await client.post("/v1/identity", json={"email": ANA})
    assert (sent.status_code, sent.json()) == (
        202,
        {
            "message": "If we know this address, a code is on its way to it. "
            "It works for 10 minutes."
        },
    )
    assert "set-cookie" not in sent.headers
    body = {"email": ANA, "code": last_code(settings)}
    signed = await client.post("/v1/identity", json=body)
    after = signed.json()["session_id"]
    assert signed.json() == {
        "session_id": after,
        "customer_id": "C-ANA",
        "order_id": None,
        "staff": None,
        "name": "王安",
    }
    assert await say(client, "and now?") == after
    assert assistant.asked[-1][:2] == (conversation_id(after), Shopper.signed_in("C-ANA"))
    history = Sessions(db, lambda: NOW).history(conversation_id(after))
    assert [message["content"] for message in history] == ["my order", "and now?"]
    with db.read() as session:
        assert session.get(ChatSession, conversation_id(before)) is None
    old = await client.post("/v1/chat", json={"message": "mine", "session_id": before})
    assert old.status_code == 404
    again = await client.post("/v1/identity", json=body)
    assert again.status_code == 401


@pytest.mark.parametrize("headers", [{}, CHINESE])
async def test_known_and_unknown_addresses_are_answered_alike(
    client: httpx.AsyncClient, settings: Settings, headers: dict[str, str]
) -> None:
    answers = [
        await client.post("/v1/identity", json={"email": email}, headers=headers)
        for email in (ANA, "nobody@example.com")
    ]
    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers
    assert {answer.status_code for answer in answers} == {202}
    assert len(list((settings.home / "mail").iterdir())) == 1


async def test_the_shops_token(client: httpx.AsyncClient, assistant: ScriptedAssistant) -> None:
    token = by_secret(sub="C-BEN")
    before = await say(client, "hello")
    bearer = {"Authorization": f"Bearer {before}"}
    client.cookies.clear()
    signed = await client.post("/v1/identity", json={"token": token}, headers=bearer)
    after = signed.json()["session_id"]
    assert signed.json()["customer_id"] == "C-BEN"
    client.cookies.clear()
    body = {"message": "hello", "session_id": after}
    assert (await client.post("/v1/chat", json=body)).status_code == 200
    assert assistant.asked[-1][1] == Shopper.signed_in("C-BEN")
    assert (await client.post("/v1/chat", json=body | {"session_id": before})).status_code == 404
    assert (await client.post("/v1/identity", json={"token": token})).status_code == 401


@pytest.mark.parametrize(
    ("body", "en", "zh"),
    [
        (
            {"order_id": "LP-3", "email": ANA},
            "No order has that number and that e-mail address.",
            "没有与该订单号和邮箱都相符的订单。",
        ),
        (
            {"email": ANA, "code": "123456"},
            "That code is wrong or no longer valid; ask for a new one.",
            "验证码错误或已失效，请重新获取。",
        ),
        (
            {"token": "x"},
            "The shop's sign-in could not be verified; please sign in there again.",
            "无法验证店铺的登录信息，请在店铺页面重新登录。",
        ),
    ],
)
async def test_what_proves_nothing(
    client: httpx.AsyncClient, body: dict[str, str], en: str, zh: str
) -> None:
    for more, headers, message in (
        ({}, {}, en),
        ({}, CHINESE, zh),
        ({"lang": "zh"}, {}, zh),
        ({"lang": "en"}, CHINESE, en),
    ):
        answer = await client.post("/v1/identity", json=body | more, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"] == {"code": "not_proven", "message": message}
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"order_id": "LP-1"},
        {"code": "123456"},
        {"email": ANA, "order_id": "LP-1", "code": "123456"},
        {"email": ANA, "token": "x"},
        {"email": ANA, "customer_id": "C-ANA"},
        {"staff": "mei"},
        {"password": "x"},
        {"staff": "mei", "password": "x", "email": ANA},
        {"staff": "mei", "password": "x" * 201},
        {"token": "x" * 8193},
        {"email": 7},
        {"email": ANA, "lang": "fr"},
    ],
)
async def test_what_is_no_way_to_climb(client: httpx.AsyncClient, body: dict[str, object]) -> None:
    answer = await client.post("/v1/identity", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


async def test_no_address_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/identity", json={"email": "ana"}, headers=CHINESE)
    assert answer.status_code == 422
    assert answer.json()["error"] == {
        "code": "no_email",
        "message": "这不是邮箱地址，正确的格式如 name@example.com。",
    }


async def test_guessing_is_locked_out(client: httpx.AsyncClient, db: Database) -> None:
    body = {"order_id": "LP-1", "email": BEN}
    for _ in range(5):
        assert (await client.post("/v1/identity", json=body)).status_code == 401
    locked = await client.post("/v1/identity", json=body | {"email": ANA}, headers=CHINESE)
    assert locked.status_code == 429
    assert 890 <= int(locked.headers["Retry-After"]) <= 900
    assert locked.json()["error"] == {
        "code": "too_many_tries",
        "message": "尝试次数过多，请在 15 分钟后再试。",
    }
    with db.read() as session:
        rows = session.scalars(select(AuditEntry)).all()
    assert sorted((row.action, row.after["kind"]) for row in rows) == [
        ("lock_out", "buyer"),
        ("lock_out", "order"),
    ]


@pytest.mark.parametrize(
    ("proxies", "other"), [([], 429), (["127.0.0.0/8"], 401), (["10.0.0.0/8"], 429)]
)
async def test_the_clients_address_is_the_sockets_unless_a_proxy_is_trusted(
    settings: Settings, assistant: ScriptedAssistant, proxies: list[str], other: int
) -> None:
    changed = settings.model_copy(update={"trusted_proxies": proxies})
    async with client_of(create_app(changed, assistant, page=False)) as client:

        async def guess(forwarded: str) -> int:
            headers = {"X-Forwarded-For": forwarded}
            answer = await client.post("/v1/identity", json={"token": "x"}, headers=headers)
            return answer.status_code

        for number in range(20):
            # What a client writes in front of the proxy's own entry changes nothing.
            assert await guess(f"198.51.100.{number}, 192.0.2.1") == 401
        assert await guess("192.0.2.1") == 429
        assert await guess("192.0.2.2") == other


async def test_a_cookie_over_tls_is_for_tls_alone(
    settings: Settings, assistant: ScriptedAssistant
) -> None:
    app = create_app(settings, assistant, page=False)
    async with client_of(app, HERE.replace("http", "https")) as client:
        answer = await client.post("/v1/chat", json={"message": "hello"})
        assert answer.headers["set-cookie"].endswith("; SameSite=Lax; Secure")


async def test_nobody_climbs_during_a_turn(
    settings: Settings, db: Database, assistant: ScriptedAssistant
) -> None:
    assistant.pause = 0.2
    async with client_of(create_app(settings, assistant, page=False)) as client:
        await say(client, "hello")
        running = asyncio.create_task(client.post("/v1/chat", json={"message": "again"}))
        await asyncio.sleep(0.05)
        body = {"order_id": "LP-1", "email": ANA}
        refused = await client.post("/v1/identity", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "session_busy")
        assert (await running).status_code == 200
        assert (await client.post("/v1/identity", json=body)).status_code == 200


async def test_signing_out_leaves_nothing(
    client: httpx.AsyncClient, assistant: ScriptedAssistant, db: Database
) -> None:
    await say(client, "hello")
    signed = await client.post("/v1/identity", json={"token": by_secret()})
    await say(client, "private")
    left = await client.delete("/v1/identity")
    assert left.status_code == 200
    assert left.json() | {"session_id": ""} == {
        "session_id": "",
        "customer_id": None,
        "order_id": None,
        "staff": None,
        "name": "",
    }
    after = await say(client, "who am I?")
    assert assistant.asked[-1][1] == ANONYMOUS
    texts = Sessions(db, lambda: NOW).history(conversation_id(after))
    assert [message["content"] for message in texts] == ["who am I?"]
    body = {"message": "mine", "session_id": signed.json()["session_id"]}
    assert (await client.post("/v1/chat", json=body)).status_code == 404


async def test_another_customer_gets_nothing_of_the_conversation(
    client: httpx.AsyncClient, db: Database
) -> None:
    await client.post("/v1/identity", json={"token": by_secret()})
    await say(client, "private")
    await client.post("/v1/identity", json={"token": by_secret(sub="C-BEN")})
    after = await say(client, "hello")
    texts = Sessions(db, lambda: NOW).history(conversation_id(after))
    assert [message["content"] for message in texts] == ["hello"]


async def test_another_sites_page_cannot_climb(client: httpx.AsyncClient) -> None:
    headers = {"Origin": "https://evil.example"}
    body = {"order_id": "LP-1", "email": ANA}
    assert (await client.post("/v1/identity", json=body, headers=headers)).status_code == 403
    assert (await client.delete("/v1/identity", headers=headers)).status_code == 403


async def test_without_its_counter_nobody_climbs(
    settings: Settings, assistant: ScriptedAssistant, tmp_path: Path
) -> None:
    url = f"redis+unix://{tmp_path / 'none.sock'}"
    broken = settings_of(settings.home, shop=tmp_path, rate_limit_url=url)
    async with client_of(create_app(broken, assistant, page=False)) as client:
        body = {"order_id": "LP-1", "email": ANA}
        answer = await client.post("/v1/identity", json=body, headers=CHINESE)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"
        assert answer.json()["error"] == {
            "code": "identity_down",
            "message": "暂时无法登录，请稍后再试。",
        }
        assert (await client.post("/v1/chat", json={"message": "hello"})).status_code == 200


async def test_a_shop_without_a_database_says_so(
    assistant: ScriptedAssistant, tmp_path: Path
) -> None:
    empty = settings_of(tmp_path / "empty", shop=tmp_path)
    async with client_of(create_app(empty, assistant, page=False)) as client:
        answer = await client.post("/v1/identity", json={"order_id": "LP-1", "email": ANA})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "identity_down")


async def test_an_order_that_is_gone_is_opened_no_more(
    client: httpx.AsyncClient, assistant: ScriptedAssistant, db: Database
) -> None:
    await client.post("/v1/identity", json={"order_id": "LP-1", "email": ANA})
    with db.write() as session:
        session.delete(session.get_one(Order, "#LP-1"))
    answer = await client.post("/v1/identity", json={"order_id": "LP-1", "email": ANA})
    assert answer.status_code == 401
