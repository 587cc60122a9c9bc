"""The HTTP API over real HTTP semantics, with a scripted assistant and a real database."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from scripted_assistant import SCRIPTS, ScriptedAssistant

from agent.context import ANONYMOUS, Shopper
from agent.orders.database import open_database
from agent.orders.models import Customer
from agent.settings import Settings
from ui.api import create_app
from ui.identity import COOKIE, conversation_id
from ui.shield import is_loopback

HERE = "http://127.0.0.1:7860"
SAMPLE_ID, SAMPLE_EMAIL = "C-2041", "dana.whitfield@example.com"


def settings_of(home: Path, **changes: object) -> Settings:
    """Settings of a shop in a folder of its own."""
    return Settings.model_validate({"home": home, **changes})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A migrated database with one sample customer, one who is not, and an index's pointer."""
    settings = settings_of(tmp_path)
    fill(settings)
    return settings


def fill(settings: Settings) -> None:
    """Put two customers in, and the pointer of an index."""
    db = open_database(settings)
    db.migrate()
    with db.write() as session:
        session.add(
            Customer(id=SAMPLE_ID, first_name="Dana", last_name="Whitfield", email=SAMPLE_EMAIL)
        )
        session.add(Customer(id="REAL-1", first_name="Real", email="real@example.com"))
        session.add(Customer(id="C-3186", first_name="Not Marcus", email="someone@example.com"))
    db.dispose()
    settings.index_dir.mkdir(parents=True)
    (settings.index_dir / "current").write_text("000001-0123456789ab seal\n", encoding="utf-8")


@pytest.fixture
def assistant() -> ScriptedAssistant:
    """An assistant without a pause."""
    return ScriptedAssistant()


@pytest.fixture
async def client(
    settings: Settings, assistant: ScriptedAssistant
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API without the page."""
    async with client_of(create_app(settings, assistant, page=False)) as client:
        yield client


def client_of(app: FastAPI, host: str = HERE) -> httpx.AsyncClient:
    """A browser, as far as cookies go."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=host)


def events_of(body: str) -> list[dict[str, object]]:
    """SSE frames as objects; the event's name must be its type."""
    found = []
    for frame in body.strip().split("\n\n"):
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        found.append(event)
    return found


async def test_a_turn_is_streamed_in_order(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/chat", json={"message": "a tent please"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    events = events_of(answer.text)
    assert events[0] == {"type": "status", "stage": "thinking", "text": "One moment…"}
    assert events[1:] == [event.model_dump(mode="json") for event in SCRIPTS["tent"]]


async def test_a_session_goes_on(client: httpx.AsyncClient, assistant: ScriptedAssistant) -> None:
    first = await client.post("/v1/chat", json={"message": "hello"})
    session_id = first.headers["X-Session-Id"]
    client.cookies.clear()
    named = await client.post("/v1/chat", json={"message": "again", "session_id": session_id})
    bearer = {"Authorization": f"Bearer {session_id}"}
    borne = await client.post("/v1/chat", json={"message": "again", "lang": "zh"}, headers=bearer)
    assert named.headers["X-Session-Id"] == borne.headers["X-Session-Id"] == session_id
    conversation = conversation_id(session_id)
    assert assistant.asked == [
        (conversation, ANONYMOUS, "hello", "en"),
        (conversation, ANONYMOUS, "again", "en"),
        (conversation, ANONYMOUS, "again", "zh"),
    ]
    assert session_id not in conversation


async def test_an_unknown_session_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/chat", json={"message": "hi", "session_id": "mine"})
    assert answer.status_code == 404
    assert answer.json()["error"] == {
        "code": "unknown_session",
        "message": "session_id is unknown or expired; leave it out to start a new session",
    }


async def test_the_cookie_is_out_of_reach_of_scripts(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/chat", json={"message": "hello"})
    cookie = answer.headers["set-cookie"]
    assert cookie == f"{COOKIE}={answer.headers['X-Session-Id']}; Path=/; HttpOnly; SameSite=Lax"
    again = await client.post("/v1/chat", json={"message": "hello"})
    assert "set-cookie" not in again.headers
    assert again.headers["X-Session-Id"] == answer.headers["X-Session-Id"]


@pytest.mark.parametrize(
    ("body", "language", "code", "message"),
    [
        ({"message": ""}, "en", "empty", "The message is empty; write what you are looking for."),
        ({"message": " \n\u0000"}, "zh-CN", "empty", "消息是空的，请写下你想找什么。"),
        (
            {"message": "x" * 4001},
            "",
            "too_long",
            "The message has 4,001 characters; at most 4,000 are accepted.",
        ),
        (
            {"message": "帐" * 5000, "lang": "zh"},
            "en",
            "too_long",
            "消息共 5,000 个字符，最多接受 4,000 个。",
        ),
        ({}, "en", "invalid", "message: Field required"),
        ({"message": 7}, "en", "invalid", "message: Input should be a valid string"),
        ({"message": "a", "lang": "fr"}, "en", "invalid", "lang: Input should be 'en' or 'zh'"),
    ],
)
async def test_bad_messages(
    client: httpx.AsyncClient,
    assistant: ScriptedAssistant,
    body: dict[str, object],
    language: str,
    code: str,
    message: str,
) -> None:
    answer = await client.post("/v1/chat", json=body, headers={"Accept-Language": language})
    assert (answer.status_code, answer.json()) == (
        422,
        {"error": {"code": code, "message": message}},
    )
    assert assistant.asked == []


async def test_a_body_that_is_no_json(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/chat", content=b"{", headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"


@pytest.mark.parametrize("stated", [True, False])
async def test_a_megabyte_is_too_large(client: httpx.AsyncClient, stated: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield b"x" * 65536

    content = b"x" * 2**20 if stated else chunks()
    answer = await client.post("/v1/chat", content=content, headers={"Accept-Language": "zh"})
    assert answer.status_code == 413
    assert answer.json()["error"] == {
        "code": "too_large",
        "message": "请求超过 65,536 字节，请发送更短的消息。",
    }


async def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, max_concurrent_turns=1, max_queued_turns=1)
    assistant = ScriptedAssistant(pause=0.3)
    app = create_app(settings, assistant, page=False)

    async def ask(message: str) -> httpx.Response:
        async with client_of(app) as client:
            return await client.post("/v1/chat", json={"message": message})

    running, waiting = asyncio.create_task(ask("one")), asyncio.create_task(ask("two"))
    await asyncio.sleep(0.1)
    refused = await ask("three")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert refused.json()["error"]["code"] == "busy"
    assert events_of((await running).text)[0]["text"] == "One moment…"
    events = events_of((await waiting).text)
    assert events[0]["text"] == "You are in the queue; your turn comes in a moment…"
    assert events[-1]["type"] == "done"
    assert (await ask("four")).status_code == 200


async def test_one_turn_at_a_time_in_a_session(settings: Settings) -> None:
    app = create_app(settings, ScriptedAssistant(pause=0.2), page=False)
    async with client_of(app) as client:
        first = await client.post("/v1/chat", json={"message": "hello"})
        body = {"message": "again", "session_id": first.headers["X-Session-Id"]}
        running = asyncio.create_task(client.post("/v1/chat", json=body))
        await asyncio.sleep(0.05)
        refused = await client.post("/v1/chat", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "session_busy")
        assert (await running).status_code == 200


async def test_a_bug_becomes_an_apology(
    client: httpx.AsyncClient, assistant: ScriptedAssistant
) -> None:
    answer = await client.post("/v1/chat", json={"message": "crash", "lang": "zh"})
    assert events_of(answer.text)[-1] == {
        "type": "error",
        "code": "internal",
        "text": "我们这边出了点问题，请再试一次。没有任何内容被更改。",
    }
    assert (await client.post("/v1/chat", json={"message": "hello"})).status_code == 200
    assert assistant.closed == 2


async def test_a_client_that_leaves_ends_its_turn(settings: Settings) -> None:
    assistant = ScriptedAssistant(pause=0.1)
    app = create_app(settings, assistant, page=False)
    frames: asyncio.Queue[str] = asyncio.Queue()

    async def receive() -> dict[str, object]:
        if not asked.is_set():
            asked.set()
            return {"type": "http.request", "body": b'{"message": "a tent"}'}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            frames.put_nowait(str(message["body"]))

    asked, gone = asyncio.Event(), asyncio.Event()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/chat",
        "raw_path": b"/v1/chat",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "scheme": "http",
        "server": ("127.0.0.1", 7860),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
    }
    serving = asyncio.create_task(app(scope, receive, send))
    await frames.get()
    await frames.get()
    gone.set()
    await asyncio.wait_for(serving, 2)
    assert assistant.closed == 1
    assert frames.qsize() < len(SCRIPTS["tent"])


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        (HERE, 200),
        ("https://shop.example", 200),
        ("https://shop.example.evil.example", 403),
        ("http://127.0.0.1:9999", 403),
        ("null", 403),
    ],
)
async def test_only_known_origins_may_write(
    settings: Settings, assistant: ScriptedAssistant, origin: str | None, status: int
) -> None:
    app = create_app(settings, assistant, origins=["https://shop.example"], page=False)
    async with client_of(app) as client:
        headers = {"Origin": origin} if origin else {}
        answer = await client.post("/v1/chat", json={"message": "hello"}, headers=headers)
        assert answer.status_code == status
        shared = origin if origin == "https://shop.example" else None
        assert answer.headers.get("access-control-allow-origin") == shared


async def test_security_headers_are_everywhere(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/nowhere", "/openapi.json"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "default-src 'self'" in headers["content-security-policy"]


async def test_signing_in_changes_the_session(
    client: httpx.AsyncClient, assistant: ScriptedAssistant
) -> None:
    before = (await client.post("/v1/chat", json={"message": "order"})).headers["X-Session-Id"]
    signed = await client.post("/v1/sample/sign-in", json={"customer_id": SAMPLE_ID})
    after = signed.json()["session_id"]
    assert signed.json() == {
        "session_id": after,
        "customer_id": SAMPLE_ID,
        "order_id": None,
        "staff": None,
        "name": "Dana Whitfield",
    }
    assert after != before
    answer = await client.post("/v1/chat", json={"message": "order"})
    assert [event["type"] for event in events_of(answer.text)][1:] == ["text", "order", "done"]
    assert assistant.asked[-1][1] == Shopper.signed_in(SAMPLE_ID)
    old = await client.post("/v1/chat", json={"message": "order", "session_id": before})
    assert old.status_code == 404
    left = await client.delete("/v1/identity")
    assert left.json()["customer_id"] is None
    dead = await client.post("/v1/chat", json={"message": "order", "session_id": after})
    assert dead.status_code == 404
    await client.post("/v1/chat", json={"message": "order"})
    assert assistant.asked[-1][1] == ANONYMOUS


@pytest.mark.parametrize("customer_id", ["REAL-1", "C-3186", "C-0000", "' OR 1=1 --"])
async def test_only_sample_customers_can_be_chosen(
    client: httpx.AsyncClient, customer_id: str
) -> None:
    answer = await client.post("/v1/sample/sign-in", json={"customer_id": customer_id})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("changes", [{"host": "0.0.0.0"}, {"shop": "."}])
async def test_no_sample_sign_in_elsewhere(
    settings: Settings, assistant: ScriptedAssistant, changes: dict[str, str]
) -> None:
    other = settings_of(settings.home, **changes)
    async with client_of(create_app(other, assistant, page=False)) as client:
        answer = await client.post("/v1/sample/sign-in", json={"customer_id": SAMPLE_ID})
        assert answer.status_code == 404
        assert "/v1/sample/sign-in" not in (await client.get("/openapi.json")).json()["paths"]


async def test_no_sample_sign_in_through_another_name(
    settings: Settings, assistant: ScriptedAssistant
) -> None:
    app = create_app(settings, assistant, page=False)
    async with client_of(app, "http://rebound.example:7860") as client:
        answer = await client.post("/v1/sample/sign-in", json={"customer_id": SAMPLE_ID})
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:7860", True),
        ("localhost:80", True),
        ("[::1]:7860", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.168.1.4:80", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


async def test_readiness(
    settings: Settings,
    assistant: ScriptedAssistant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ui.health.FRESH", 0.0)
    warming = True
    app = create_app(settings, assistant, warming=lambda: warming, page=False)
    async with client_of(app) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        ready = await client.get("/readyz")
        assert ready.json() == {
            "ready": True,
            "database": "ready",
            "index": "ready",
            "model": "ready",
            "changes_waiting": 0,
            "changes_failed": 0,
        }
        assistant.ready = False
        assert (await client.get("/readyz")).json()["model"] == "warming"
        warming = False
        without = await client.get("/readyz")
        assert (without.status_code, without.json()["model"]) == (200, "down")
    empty = create_app(settings_of(tmp_path / "empty"), assistant, page=False)
    async with client_of(empty) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {
            "ready": False,
            "database": "not migrated",
            "index": "missing",
            "model": "down",
            "changes_waiting": 0,
            "changes_failed": 0,
        }


async def test_pictures(settings: Settings, assistant: ScriptedAssistant, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    (shop / "pictures").mkdir(parents=True)
    (shop / "pictures" / "mug.svg").write_text("<svg>mug</svg>", encoding="utf-8")
    (shop / "secret.svg").write_text("secret", encoding="utf-8")
    app = create_app(settings_of(settings.home, shop=shop), assistant, page=False)
    async with client_of(app) as client:
        mug = await client.get("/pictures/mug.svg")
        assert mug.text == "<svg>mug</svg>"
        assert mug.headers["content-type"] == "image/svg+xml"
        assert "sandbox" in mug.headers["content-security-policy"]
        for name in ("none", "..%2Fsecret", "%2e%2e/secret", "a%2Fb", "松"):
            other = await client.get(f"/pictures/{name}.svg")
            assert other.status_code == 200
            assert other.text.startswith("<svg xmlns")
            assert "secret" not in other.text


async def test_errors_are_one_json_line(client: httpx.AsyncClient) -> None:
    assert (await client.get("/nowhere")).json() == {
        "error": {"code": "not_found", "message": "Not Found"}
    }
    answer = await client.get("/v1/chat")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


async def test_openapi_says_what_is_true(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert list(paths) == [
        "/v1/chat",
        "/healthz",
        "/readyz",
        "/pictures/{product_id}.svg",
        "/metrics",
        "/v1/search",
        "/v1/proposals/{proposal_id}/confirm",
        "/v1/proposals/{proposal_id}/dismiss",
        "/v1/identity",
        "/v1/sample/sign-in",
    ]
    chat = paths["/v1/chat"]["post"]["responses"]
    assert sorted(chat) == ["200", "403", "404", "409", "413", "422", "503"]
    assert list(chat["200"]["content"]) == ["text/event-stream"]
    for status in ("403", "422", "503"):
        schema = chat[status]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorBody"}
