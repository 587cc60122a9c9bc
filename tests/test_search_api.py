"""POST /v1/search over the sample shop, and a search that is repeated without a constraint."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from shop_fixtures import Counter, kinds, only, spoken

from agent.asked import SearchAgain
from agent.context import ANONYMOUS
from agent.settings import Settings
from ui.api import create_app
from ui.opening import Opening


@pytest.fixture
async def client(sample_settings: Settings, counter: Counter) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(sample_settings, counter.assistant, page=False)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        yield client


async def search(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post("/v1/search", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize(
    ("query", "lang", "chips"),
    [
        ("tents under $200", "en", {("price", "≤200"), ("category", "Tents")}),
        ("200美元以内的帐篷", "zh", {("价格", "≤200"), ("类别", "帐篷")}),
    ],
)
async def test_the_query_narrows(
    client: httpx.AsyncClient, query: str, lang: str, chips: set[tuple[str, str]]
) -> None:
    found = await search(client, query=query, lang=lang, k=50)
    assert {(chip["label"], chip["value"]) for chip in found["chips"]} == chips
    assert found["products"]
    assert all(float(card["price"]) <= 200 for card in found["products"])
    assert {card["category"].split(" > ")[-1] for card in found["products"]} <= {"Tents", "帐篷"}
    wider = await search(client, query=query, lang=lang, k=50, without=["price:≤200"])
    assert [chip["key"] for chip in wider["chips"]] == [f"category:{_category(found)}"]
    more = {card["id"] for card in wider["products"]}
    assert {card["id"] for card in found["products"]} < more
    assert any(float(card["price"]) > 200 for card in wider["products"])


def _category(found: dict[str, Any]) -> str:
    (value,) = [c["value"] for c in found["chips"] if c["key"].startswith("category:")]
    return str(value)


@pytest.mark.parametrize(
    ("query", "chips"),
    [
        ("最轻的双人帐篷", {("规格", "2 人"), ("排序", "最轻"), ("类别", "帐篷")}),
        ("最亮的头灯，有货", {("排序", "最亮"), ("库存", "有货")}),
        ("不要红色的背包", {("不要", "红色"), ("类别", "背包")}),
    ],
)
async def test_chips_are_in_the_shoppers_language(
    client: httpx.AsyncClient, query: str, chips: set[tuple[str, str]]
) -> None:
    found = await search(client, query=query, lang="zh")
    assert {(chip["label"], chip["value"]) for chip in found["chips"]} == chips
    assert found["products"]


async def test_fields_narrow_and_sort(client: httpx.AsyncClient) -> None:
    found = await search(
        client, query="something warm", max_price="150.00", in_stock=True, sort="price_asc"
    )
    prices = [float(card["price"]) for card in found["products"]]
    assert prices == sorted(prices)
    assert prices[-1] <= 150
    assert all(card["stock"] > 0 for card in found["products"])
    assert {(chip["value"], chip["key"]) for chip in found["chips"]} == {
        ("150.00", ""),
        ("in stock", ""),
    }


async def test_the_least_rating_narrows(client: httpx.AsyncClient) -> None:
    found = await search(client, query="tent", min_rating=4.6, k=50, lang="zh")
    assert found["products"]
    assert all(card["rating"] >= 4.6 for card in found["products"])
    assert ("评分", "≥4.6") in {(chip["label"], chip["value"]) for chip in found["chips"]}


async def test_an_empty_query_lists_the_catalogue(client: httpx.AsyncClient) -> None:
    found = await search(client, k=7)
    assert len(found["products"]) == 7
    assert found["chips"] == []
    assert found["catalogue"].startswith("000001-")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"query": "x" * 501}, "query: "),
        ({"query": "tent", "k": 0}, "k: "),
        ({"query": "tent", "k": 51}, "k: "),
        ({"query": "tent", "min_price": -1}, "min_price: "),
        ({"query": "tent", "sort": "random"}, "sort: "),
        ({"query": "tent", "min_rating": 6}, "min_rating: "),
        ({"query": ["tent"]}, "query: "),
    ],
)
async def test_bad_requests(client: httpx.AsyncClient, body: dict[str, Any], where: str) -> None:
    answer = await client.post("/v1/search", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(where)


async def test_while_the_shop_is_being_opened(sample_settings: Settings) -> None:
    app = create_app(sample_settings, Opening(), page=False)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        answer = await client.post("/v1/search", json={"query": "帐篷", "lang": "zh"})
    assert answer.status_code == 503
    assert answer.json()["error"] == {
        "code": "opening",
        "message": "店铺正在准备中，几分钟后开门。",
    }


async def test_a_chip_is_taken_away_without_asking_the_model(counter: Counter) -> None:
    again = SearchAgain("tents under $200", ("price:≤200",))
    events = [e async for e in counter.assistant.turn("s", ANONYMOUS, again, "en")]
    assert counter.model.history == []
    assert kinds(events) == [
        *["status:thinking", "filters", "products", "text", "quick_replies", "done"]
    ]
    filters = only(events, "filters")
    assert (filters.query, filters.without) == ("tents under $200", ["price:≤200"])
    assert [chip.key for chip in filters.chips] == ["category:Tents"]
    assert any(float(card.price) > 200 for card in only(events, "products").items)
    assert spoken(events).startswith("Here are ")
    done = only(events, "done")
    assert (done.model_calls, done.tools) == (0, [])
    history = counter.assistant.shop.sessions.history("s")
    assert [message["role"] for message in history] == ["user", "assistant"]
    assert counter.assistant.shop.sessions.handles("s"), "the second one can be asked about"
