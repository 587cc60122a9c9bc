"""/metrics: what it counts, that it names nobody, and who may read it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from scripted_assistant import SCRIPTS, ScriptedAssistant
from test_identity_api import assistant, db, last_code, settings

from agent.clock import system_clock
from agent.errors import SettingsError
from agent.events import Done, Status
from agent.identity.staff import Staff
from agent.orders.database import Database
from agent.orders.models import OutboxEvent, Proposal
from agent.settings import Settings
from retrieval.store import IndexStore
from tests.api_client import HERE, client_of
from tests.catalogue_fixtures import small_catalogue
from tests.identity_fixtures import ANA, BEN
from ui.api import create_app
from ui.metrics import Metrics

__all__ = ["assistant", "db", "settings"]

TOKEN = "a token of the tests"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def app(settings: Settings, assistant: ScriptedAssistant) -> FastAPI:
    token = settings.model_copy(
        update={"metrics_token": Settings(metrics_token=TOKEN).metrics_token}
    )
    return create_app(token, assistant, origins=["https://shop.example"], page=False)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def scrape(client: httpx.AsyncClient) -> Samples:
    """Every sample by its name and labels."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((f"shopclerk_{name}", tuple(sorted(labels.items()))))


async def ask(client: httpx.AsyncClient, text: str) -> None:
    await client.post("/v1/chat", json={"message": text})


async def test_turns_by_how_they_ended(client: httpx.AsyncClient) -> None:
    for text in ("hello", "hello", "fail", "crash"):
        await ask(client, text)
    samples = await scrape(client)
    assert of(samples, "turns_total", outcome="answered") == 2
    assert of(samples, "turns_total", outcome="failed") == 2
    assert of(samples, "turn_seconds_count") == 4
    assert of(samples, "model_seconds_count") == 2
    assert of(samples, "model_seconds_bucket", le="0.1") == 2


async def test_what_a_turn_did(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tools: Any = [
        ("search_products", {"query": "ana@example.com"}),
        ("made_up", {}),
        ("get_order", {}),
    ]
    done = Done(
        turn_id="t", lang="en", seconds=3, model_seconds=2.5, at=system_clock(), tools=tools,
        forbidden=["window"],
    )  # fmt: skip
    monkeypatch.setitem(SCRIPTS, "busy turn", [Status(stage="no_model", text="…"), done])
    await ask(client, "busy turn")
    samples = await scrape(client)
    for tool in ("search_products", "other", "get_order"):
        assert of(samples, "tool_calls_total", tool=tool) == 1
    assert of(samples, "refusals_total", rule="window") == 1
    assert of(samples, "turns_total", outcome="without_model") == 1
    assert of(samples, "model_seconds_sum") == 2.5
    assert of(samples, "model_seconds_bucket", le="2.0") == 0
    assert of(samples, "model_seconds_bucket", le="3.0") == 1


def test_a_turn_that_is_left_is_stopped() -> None:
    metrics = Metrics()
    watch = metrics.turn()
    watch.see(Status(stage="thinking", text="…"))
    watch.end()
    assert metrics.registry.get_sample_value("shopclerk_turns_total", {"outcome": "stopped"}) == 1


async def test_signing_in(client: httpx.AsyncClient, settings: Settings, db: Database) -> None:
    Staff(db, system_clock).add("mei", "correct horse battery")
    for password in ("wrong", "wrong", "correct horse battery"):
        await client.post("/v1/identity", json={"staff": "mei", "password": password})
    await client.post("/v1/identity", json={"email": ANA})
    await client.post("/v1/identity", json={"email": ANA, "code": last_code(settings)})
    await client.post("/v1/identity", json={"token": "x"})
    for _ in range(6):
        await client.post("/v1/identity", json={"order_id": "LP-1", "email": BEN})
    samples = await scrape(client)
    expected = {
        ("staff", "failed"): 2, ("staff", "proven"): 1, ("code", "proven"): 1,
        ("token", "failed"): 1, ("order", "failed"): 5, ("order", "throttled"): 1,
    }  # fmt: skip
    found = {
        (labels["way"], labels["outcome"]): value
        for (name, pairs), value in samples.items()
        if name == "shopclerk_sign_ins_total" and (labels := dict(pairs))
    }
    assert found == expected
    assert of(samples, "lock_outs_total", kind="order") == 1
    assert of(samples, "lock_outs_total", kind="buyer") == 1
    assert of(samples, "lock_outs_total", kind="staff") is None


def proposal(number: int, status: str, age: timedelta) -> Proposal:
    made = system_clock() - age
    return Proposal(
        id=f"p{number}", session_id="s", customer_id="C-ANA", kind="profile_change", code="1234",
        wish={}, terms={}, fingerprint="", status=status, created_at=made,
        expires_at=made + timedelta(minutes=15),
    )  # fmt: skip


def change(number: int, status: str, age: timedelta) -> OutboxEvent:
    made = system_clock() - age
    return OutboxEvent(
        id=f"e{number}", proposal_id=f"p{number}", customer_id="C-ANA", kind="profile_change",
        payload={}, status=status, created_at=made, next_attempt_at=made,
    )  # fmt: skip


async def test_how_the_shop_stands(
    client: httpx.AsyncClient, settings: Settings, db: Database
) -> None:
    minute = timedelta(minutes=1)
    states = ["confirmed"] * 4 + ["pending", "dismissed", "replaced"]
    with db.write() as session:
        for number, status in enumerate(states):
            session.add(proposal(number, status, minute))
        session.add(proposal(7, "pending", 16 * minute))
        session.flush()
        for number, status in enumerate(["waiting", "waiting", "failed", "accepted"]):
            session.add(change(number, status, (number + 1) * minute))
    store = IndexStore(settings.index_dir)
    with store.writing():
        store.switch(store.build(small_catalogue(), None, built_at="").version)
    samples = await scrape(client)
    assert of(samples, "ready") == 1
    assert of(samples, "model_ready") == 1
    assert of(samples, "outbox", state="waiting") == 2
    assert of(samples, "outbox", state="failed") == 1
    assert 180 <= (of(samples, "outbox_oldest_seconds") or 0) < 240
    made = {s: of(samples, "proposals", state=s) for s in ("made", "confirmed", "expired")}
    assert made == {"made": 8, "confirmed": 4, "expired": 1}
    assert of(samples, "index_products", version=store.current()) == len(small_catalogue())


async def test_without_database_and_index_the_rest_is_there(
    client: httpx.AsyncClient, db: Database
) -> None:
    db.migrate("0002")
    await ask(client, "hello")
    samples = await scrape(client)
    assert of(samples, "ready") == 0
    assert not any(name.startswith(("shopclerk_outbox", "shopclerk_index")) for name, _ in samples)


async def test_nobody_is_named(client: httpx.AsyncClient, settings: Settings) -> None:
    await ask(client, f"I am Dana Whitfield, {ANA}, order LP-1")
    await client.post("/v1/identity", json={"staff": "dana", "password": "x"})
    await client.post("/v1/identity", json={"order_id": "LP-1", "email": ANA})
    await ask(client, "my order")
    samples = await scrape(client)
    values = {value for _, labels in samples for _, value in labels}
    allowed = {
        "answered", "failed", "staff", "order", "proven", "waiting", "for_staff", "made",
        "pending", "expired", "confirmed", "dismissed", "replaced",
    }  # fmt: skip
    assert {value for value in values if not value[0].isdigit() and value != "+Inf"} <= allowed


@pytest.mark.parametrize(
    ("host", "address", "headers", "status"),
    [
        (HERE, "127.0.0.1", {}, 200),
        ("http://localhost:7860", "::1", {}, 200),
        (HERE, "192.0.2.7", {}, 401),
        ("http://shop.example", "127.0.0.1", {}, 401),
        (HERE, "127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 401),
        (HERE, "127.0.0.1", {"Sec-Fetch-Site": "none"}, 200),
        (HERE, "127.0.0.1", {"Sec-Fetch-Site": "same-origin"}, 403),
        (HERE, "127.0.0.1", {"Origin": "https://shop.example"}, 403),
        (HERE, "127.0.0.1", {"Origin": HERE}, 403),
        ("http://shop.example", "192.0.2.7", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("http://shop.example", "192.0.2.7", {"Authorization": "Bearer another"}, 401),
        ("http://shop.example", "192.0.2.7", {"Authorization": f"Basic {TOKEN}"}, 401),
        (
            "http://shop.example",
            "192.0.2.7",
            {"Authorization": f"Bearer {TOKEN}", "Origin": "https://shop.example"},
            403,
        ),
    ],
)
async def test_who_may_read_it(
    app: FastAPI, host: str, address: str, headers: dict[str, str], status: int
) -> None:
    transport = httpx.ASGITransport(app, client=(address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url=host) as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("shopclerk_turns" in answer.text) is (status == 200)


async def test_without_a_token_no_bearer_gets_in(
    settings: Settings, assistant: ScriptedAssistant
) -> None:
    transport = httpx.ASGITransport(
        create_app(settings, assistant, page=False), client=("192.0.2.7", 1)
    )
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        for bearer in ("Bearer ", "Bearer", "Bearer x"):
            answer = await client.get("/metrics", headers={"Authorization": bearer})
            assert answer.status_code == 401


def test_a_short_token_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"METRICS_TOKEN=… cannot be: shorter than 16"):
        Settings(metrics_token="short")
