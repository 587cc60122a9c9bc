"""POST /v1/chat over real HTTP: streams, sessions, bad bodies, queues, clients that leave."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from scripted_assistant import SCRIPTS, ScriptedAssistant

from agent.context import ANONYMOUS
from agent.settings import Settings
from tests.api_client import assistant as assistant
from tests.api_client import client as client
from tests.api_client import client_of, events_of, settings_of
from tests.api_client import settings as settings
from ui.api import create_app
from ui.identity import COOKIE, conversation_id


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
