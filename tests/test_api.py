"""The API around the chat: origins, headers, sample sign-in, readiness, pictures, OpenAPI."""

from pathlib import Path

import httpx
import pytest
from scripted_assistant import ScriptedAssistant

from agent.context import ANONYMOUS, Shopper
from agent.settings import Settings
from tests.api_client import HERE, SAMPLE_ID, client_of, events_of, settings_of
from tests.api_client import assistant as assistant
from tests.api_client import client as client
from tests.api_client import settings as settings
from ui.api import create_app
from ui.shield import is_loopback


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
