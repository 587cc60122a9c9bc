"""Staff over HTTP: signing in, what ends it, and that no shopper's request gets there."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from scripted_assistant import ScriptedAssistant
from sqlalchemy import text
from test_identity_api import CHINESE, assistant, db, say, settings

from agent.clock import system_clock
from agent.context import ANONYMOUS, Shopper
from agent.identity.staff import Staff
from agent.orders.database import Database
from agent.orders.models import ChatSession
from agent.sessions import Sessions
from agent.settings import Settings
from tests.api_client import HERE, client_of
from tests.identity_fixtures import ANA, NOW
from tests.test_tokens import by_secret
from ui.api import create_app
from ui.identity import COOKIE, conversation_id

__all__ = ["assistant", "db", "settings"]

PASSWORD = "correct horse battery"
MEI = {"staff": "Mei", "password": PASSWORD}
SHOP = "https://shop.example"


@pytest.fixture
def accounts(db: Database) -> Staff:
    accounts = Staff(db, system_clock)
    accounts.add("mei", PASSWORD)
    return accounts


@pytest.fixture
async def client(
    settings: Settings, assistant: ScriptedAssistant, accounts: Staff
) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, assistant, origins=[SHOP], page=False)
    async with client_of(app) as client:
        yield client


async def test_staff_sign_in_and_begin_anew(
    client: httpx.AsyncClient, assistant: ScriptedAssistant, db: Database
) -> None:
    before = await say(client, "hello")
    signed = await client.post("/v1/identity", json=MEI)
    after = signed.json()["session_id"]
    assert (signed.status_code, signed.json()) == (
        200,
        {
            "session_id": after,
            "customer_id": None,
            "order_id": None,
            "staff": "mei",
            "name": "mei",
        },
    )
    assert after != before
    assert signed.headers["cache-control"] == "no-store"
    assert signed.headers["set-cookie"] == f"{COOKIE}={after}; Path=/; HttpOnly; SameSite=Lax"
    assert await say(client, "how many orders?") == after
    assert assistant.asked[-1][:2] == (conversation_id(after), Shopper.staff("mei"))
    history = Sessions(db, lambda: NOW).history(conversation_id(after))
    assert [message["content"] for message in history] == ["how many orders?"]
    with db.read() as session:
        chat = session.get_one(ChatSession, conversation_id(after))
        assert (chat.staff_name, chat.customer_id) == ("mei", None)
        assert session.get_one(ChatSession, conversation_id(before)).staff_name is None
    old = await client.post("/v1/chat", json={"message": "figures", "session_id": before})
    assert old.status_code == 404
    left = await client.delete("/v1/identity")
    assert left.json()["staff"] is None
    await say(client, "how many orders?")
    assert assistant.asked[-1][1] == ANONYMOUS


@pytest.mark.parametrize(
    ("headers", "message"),
    [({}, "That name and password do not fit."), (CHINESE, "用户名或密码不正确。")],
)
async def test_a_wrong_password(
    client: httpx.AsyncClient, headers: dict[str, str], message: str
) -> None:
    bodies = [MEI | {"password": "wrong"}, {"staff": "nobody", "password": PASSWORD}]
    answers = [await client.post("/v1/identity", json=b, headers=headers) for b in bodies]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["error"] == {"code": "not_proven", "message": message}
    assert "set-cookie" not in answers[0].headers


async def test_guessing_a_password_is_locked_out(client: httpx.AsyncClient) -> None:
    for _ in range(5):
        answer = await client.post("/v1/identity", json=MEI | {"password": "wrong"})
        assert answer.status_code == 401
    locked = await client.post("/v1/identity", json=MEI)
    assert (locked.status_code, locked.json()["error"]["code"]) == (429, "too_many_tries")
    assert 890 <= int(locked.headers["Retry-After"]) <= 900


async def test_a_removed_account_is_signed_out(
    client: httpx.AsyncClient, assistant: ScriptedAssistant, accounts: Staff
) -> None:
    after = (await client.post("/v1/identity", json=MEI)).json()["session_id"]
    await say(client, "one")
    accounts.remove("mei")
    accounts.add("mei", PASSWORD)
    named = await client.post("/v1/chat", json={"message": "two", "session_id": after})
    assert named.status_code == 404
    assert await say(client, "three") != after
    assert assistant.asked[-1][1] == ANONYMOUS


async def test_a_database_that_is_away_lets_no_staff_in(
    client: httpx.AsyncClient, assistant: ScriptedAssistant, db: Database
) -> None:
    await client.post("/v1/identity", json=MEI)
    with db.write() as session:
        session.execute(text("ALTER TABLE staff RENAME TO away"))
    await client.post("/v1/chat", json={"message": "figures"})
    assert assistant.asked[-1][1] == ANONYMOUS
    refused = await client.post("/v1/identity", json=MEI)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "identity_down")


async def test_a_session_of_staff_ends_when_nobody_is_there(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = await client.post("/v1/identity", json=MEI)
    monkeypatch.setattr("ui.identity.STAFF_IDLE", timedelta(0))
    body = {"message": "figures", "session_id": signed.json()["session_id"]}
    assert (await client.post("/v1/chat", json=body)).status_code == 404


async def test_another_sites_page_gets_no_staff(
    client: httpx.AsyncClient, assistant: ScriptedAssistant
) -> None:
    """Not even one that may call the API: what runs there is not what staff signed in to."""
    elsewhere = {"Origin": SHOP}
    refused = await client.post("/v1/identity", json=MEI, headers=elsewhere)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "origin")
    after = (await client.post("/v1/identity", json=MEI)).json()["session_id"]
    asked = await client.post("/v1/chat", json={"message": "figures"}, headers=elsewhere)
    assert asked.status_code == 200
    assert assistant.asked[-1][1] == ANONYMOUS
    assert "set-cookie" not in asked.headers
    confirm = "/v1/proposals/x/confirm"
    assert (await client.post(confirm, headers=elsewhere)).status_code == 404
    assert await say(client, "figures") == after
    assert assistant.asked[-1][1] == Shopper.staff("mei")
    await client.post("/v1/chat", json={"message": "figures"}, headers={"Origin": HERE})
    assert assistant.asked[-1][1] == Shopper.staff("mei")


@pytest.mark.parametrize("with_token", [True, False])
async def test_what_proves_a_shopper_proves_no_staff(
    client: httpx.AsyncClient, assistant: ScriptedAssistant, with_token: bool
) -> None:
    body = {"email": ANA, "order_id": "LP-1"}
    if with_token:
        # Made here: a token lives for minutes, a test that was collected first may wait longer.
        body = {"token": by_secret(sub="C-ANA", staff="mei", staff_name="mei", rung=3)}
    signed = await client.post("/v1/identity", json=body)
    assert (signed.status_code, signed.json()["staff"]) == (200, None)
    await say(client, "figures")
    assert assistant.asked[-1][1].staff_name is None


@pytest.mark.parametrize("forged", ["mei", "staff", "0" * 43, "mei; rung=3", ""])
async def test_a_forged_cookie_is_worth_nothing(
    client: httpx.AsyncClient, assistant: ScriptedAssistant, forged: str
) -> None:
    signed = (await client.post("/v1/identity", json=MEI)).json()["session_id"]
    client.cookies.clear()
    for cookie in (forged, conversation_id(signed), signed[:-1]):
        headers = {"Cookie": f"{COOKIE}={cookie}"}
        await client.post("/v1/chat", json={"message": "figures"}, headers=headers)
        assert assistant.asked[-1][1] == ANONYMOUS
        client.cookies.clear()
        bearer = {"Authorization": f"Bearer {cookie}"}
        await client.post("/v1/chat", json={"message": "figures"}, headers=bearer)
        assert assistant.asked[-1][1] == ANONYMOUS
        client.cookies.clear()
