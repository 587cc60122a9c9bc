"""Confirming and dismissing proposals over HTTP: statuses, one receipt, nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from agent.orders.models import Customer, Order, Proposal
from agent.settings import Settings
from agent.shop import Shop
from tests.api_client import client_of, events_of
from tests.scripted_model import Say, call
from tests.shop_fixtures import NOW, Counter
from ui.api import create_app

PENDING = "LP-28397"
CANCEL = call("propose_cancellation", order_id=PENDING, reason="no longer needed")


@pytest.fixture
async def client(sample_settings: Settings, counter: Counter) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before the sample shop, its model scripted."""
    app = create_app(sample_settings, counter.assistant, page=False)
    async with client_of(app) as client:
        yield client


async def signed_in(client: httpx.AsyncClient, customer: str = "C-2041") -> None:
    answer = await client.post("/v1/sample/sign-in", json={"customer_id": customer})
    assert answer.status_code == 200


async def proposed(client: httpx.AsyncClient, counter: Counter) -> dict[str, object]:
    await signed_in(client)
    counter.model.enqueue(CANCEL, Say("Please check it."))
    answer = await client.post("/v1/chat", json={"message": f"cancel {PENDING}, not needed"})
    return next(e for e in events_of(answer.text) if e["type"] == "proposal")


def status(shop: Shop) -> str:
    with shop.db.read() as session:
        return session.get_one(Order, PENDING).status


async def test_an_opened_order_is_not_changed(
    client: httpx.AsyncClient, counter: Counter, shop: Shop
) -> None:
    card = await proposed(client, counter)
    with shop.db.read() as session:
        email = session.get_one(Customer, "C-2041").email
    opened = await client.post("/v1/identity", json={"order_id": PENDING, "email": email})
    assert opened.json()["order_id"] == PENDING
    for button in ("confirm", "dismiss"):
        answer = await client.post(f"/v1/proposals/{card['id']}/{button}")
        assert answer.status_code == 404
    counter.model.enqueue(CANCEL, Say("Please sign in."))
    said = await client.post("/v1/chat", json={"message": f"cancel {PENDING}, not needed"})
    assert [e["type"] for e in events_of(said.text) if e["type"] in ("proposal", "sign_in")] == [
        "sign_in"
    ]
    typed = await client.post("/v1/chat", json={"message": f"confirm {card['code']}"})
    assert "receipt" not in [event["type"] for event in events_of(typed.text)]
    assert status(shop) == "pending"


async def test_signing_in_again_keeps_the_proposal(
    client: httpx.AsyncClient, counter: Counter, shop: Shop
) -> None:
    card = await proposed(client, counter)
    await signed_in(client)
    answer = await client.post(f"/v1/proposals/{card['id']}/confirm")
    assert answer.status_code == 200
    assert status(shop) == "cancelled"


async def test_confirmed(client: httpx.AsyncClient, counter: Counter, shop: Shop) -> None:
    card = await proposed(client, counter)
    first = await client.post(f"/v1/proposals/{card['id']}/confirm")
    assert first.status_code == 200
    assert first.json()["again"] is False
    assert first.json()["receipt"]["order_id"] == PENDING
    assert first.json()["text"].startswith(f"Order {PENDING} is cancelled.")
    again = await client.post(f"/v1/proposals/{card['id']}/confirm", json={"lang": "zh"})
    assert again.json()["again"] is True
    assert again.json()["receipt"]["id"] == first.json()["receipt"]["id"]
    assert again.json()["receipt"]["title"] == f"订单 {PENDING} 已取消"
    assert status(shop) == "cancelled"


async def test_sixteen_clicks_are_one(
    client: httpx.AsyncClient, counter: Counter, shop: Shop
) -> None:
    card = await proposed(client, counter)
    url = f"/v1/proposals/{card['id']}/confirm"
    answers = await asyncio.gather(*(client.post(url) for _ in range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["receipt"]["id"] for answer in answers}) == 1
    assert sum(not answer.json()["again"] for answer in answers) == 1
    with shop.db.read() as session:
        assert len(session.get_one(Order, PENDING).payments) == 2


async def test_the_conversation_knows_of_it(
    client: httpx.AsyncClient, counter: Counter, shop: Shop
) -> None:
    card = await proposed(client, counter)
    await client.post(f"/v1/proposals/{card['id']}/confirm")
    counter.model.enqueue(call("get_order", order_id=PENDING), Say("It is cancelled."))
    await client.post("/v1/chat", json={"message": f"and {PENDING}?"})
    said = [str(message.content) for message in counter.model.history[-1].messages]
    assert "I confirm." in said
    assert any(text.startswith(f"Order {PENDING} is cancelled.") for text in said)


async def test_dismissed(client: httpx.AsyncClient, counter: Counter, shop: Shop) -> None:
    card = await proposed(client, counter)
    for _ in range(2):
        answer = await client.post(f"/v1/proposals/{card['id']}/dismiss")
        assert answer.status_code == 200
    refused = await client.post(f"/v1/proposals/{card['id']}/confirm")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "proposal_decided")
    assert status(shop) == "pending"


async def test_expired(client: httpx.AsyncClient, counter: Counter, shop: Shop) -> None:
    card = await proposed(client, counter)
    with shop.db.write() as session:
        row = session.get_one(Proposal, str(card["id"]))
        row.created_at, row.expires_at = NOW - timedelta(hours=1), NOW
    answer = await client.post(
        f"/v1/proposals/{card['id']}/confirm", headers={"Accept-Language": "zh-CN"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "proposal_expired")
    assert "已过期" in answer.json()["error"]["message"]
    assert status(shop) == "pending"


async def test_changed_since(client: httpx.AsyncClient, counter: Counter, shop: Shop) -> None:
    card = await proposed(client, counter)
    with shop.db.write() as session:
        session.get_one(Order, PENDING).status = "processed"
    answer = await client.post(f"/v1/proposals/{card['id']}/confirm")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "proposal_changed")
    assert status(shop) == "processed"


async def test_a_foreign_one_is_a_missing_one(
    client: httpx.AsyncClient, counter: Counter, shop: Shop
) -> None:
    card = await proposed(client, counter)
    said = []
    missing = await client.post("/v1/proposals/nothing/confirm")
    said.append((missing.status_code, missing.json()))
    for customer in ("C-3186", "C-2041"):
        # Signing in again, even as the same customer, is another session.
        await signed_in(client, customer)
        answer = await client.post(f"/v1/proposals/{card['id']}/confirm")
        said.append((answer.status_code, answer.json()))
    client.cookies.clear()
    answer = await client.post(f"/v1/proposals/{card['id']}/confirm")
    said.append((answer.status_code, answer.json()))
    assert said == [said[0]] * 4
    assert said[0][0] == 404
    assert status(shop) == "pending"


async def test_other_sites_cannot_press_it(
    client: httpx.AsyncClient, counter: Counter, shop: Shop
) -> None:
    card = await proposed(client, counter)
    answer = await client.post(
        f"/v1/proposals/{card['id']}/confirm", headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert status(shop) == "pending"
