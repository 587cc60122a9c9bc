"""The whole shop over HTTP, with the real model behind it: what a shopper is shown.

The model is small and untuned: questions are plain, and what is asserted is what code guarantees
once the model has called the right tool, never the model's wording.
"""

import json
from decimal import Decimal
from typing import Any

import pytest

from agent.normalise import language_of
from agent.settings import CHECKOUT
from retrieval.catalogue import in_language, read_catalogue, read_whole
from tests.open_shop import OpenShop, Turn, of, prose

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1200)]

SHOP = CHECKOUT / "data" / "shop"
DANA, LIN = "C-2041", "C-5093"
DANAS, LINS, NOBODYS = "LP-27546", "LP-27815", "LP-31940"
WITHOUT_MODEL = "My language model cannot answer right now, so this is a plain look-up."


def answered(turn: Turn, lang: str) -> dict[str, Any]:
    """Checks what every turn with the model has in common; returns its `done`."""
    first, last = turn[0], turn[-1]
    assert (first["type"], first["stage"], last["type"]) == ("status", "thinking", "done")
    assert "no_model" not in [event["stage"] for event in of(turn, "status")], prose(turn)
    assert last["model_calls"] >= 1
    assert (last["lang"], language_of(prose(turn))) == (lang, lang)
    return last


@pytest.mark.parametrize(
    ("question", "lang", "limit", "category"),
    [
        ("tents under 300 dollars", "en", 300, "Outdoor > Tents"),
        ("500元以内的帐篷", "zh", 500, "户外 > 帐篷"),
    ],
)
def test_a_product_question(
    open_shop: OpenShop, question: str, lang: str, limit: int, category: str
) -> None:
    turn = open_shop.ask(question)
    answered(turn, lang)
    cards = [card for event in of(turn, "products") for card in event["items"]]
    assert len(cards) >= 3
    products = {p.id: p for p in read_whole(read_catalogue([SHOP / "products"])).products}
    for card in cards:
        product = products[card["id"]]
        assert card["title"] == in_language(product.title, lang)
        assert Decimal(card["price"]) == product.price <= limit
        assert card["stock"] == sum(variant.stock for variant in product.variants)
    # Cheapest first, if the model asks for that, may bring in something from next door.
    assert 2 * [card["category"] for card in cards].count(category) > len(cards)
    picture = open_shop.http.get(cards[0]["image_url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")


@pytest.mark.parametrize(
    ("question", "lang", "policy", "fact"),
    [
        ("how long do I have to return shoes?", "en", "returns", "30 days"),
        ("可以用支付宝付款吗", "zh", "payment", "支付宝"),
    ],
)
def test_a_policy_question(
    open_shop: OpenShop, question: str, lang: str, policy: str, fact: str
) -> None:
    turn = open_shop.ask(question)
    answered(turn, lang)
    cited = of(turn, "citation")
    assert cited[0]["policy_id"] == policy
    assert fact in cited[0]["quote"]
    for each in cited:
        source = SHOP / "policies" / f"{each['policy_id']}.{lang}.md"
        assert squeezed(each["quote"]) in squeezed(source.read_text("utf-8"))


@pytest.mark.parametrize(
    ("customer", "question", "lang", "order_id"),
    [
        (DANA, f"where is my order {DANAS}?", "en", DANAS),
        (LIN, f"订单{LINS}到哪了", "zh", LINS),
    ],
)
def test_an_order_question(
    open_shop: OpenShop, customer: str, question: str, lang: str, order_id: str
) -> None:
    turn = open_shop.ask(question, open_shop.sign_in(customer))
    answered(turn, lang)
    [order] = of(turn, "order")
    rows = (SHOP / "orders.jsonl").read_text("utf-8").splitlines()
    [given] = [row for row in map(json.loads, rows) if row["id"] == order_id]
    assert (order["id"], order["status"], given["customer_id"]) == (order_id, "shipped", customer)
    assert [line["product_id"] for line in order["lines"]] == [
        line["product_id"] for line in given["lines"]
    ]
    assert [parcel["tracking_number"] for parcel in order["shipments"]] == [
        parcel["tracking_number"] for parcel in given["shipments"]
    ]


def test_nobody_sees_orders_without_signing_in(open_shop: OpenShop) -> None:
    turn = open_shop.ask(f"where is my order {DANAS}?")
    assert of(turn, "order") == []
    assert of(turn, "sign_in") != []


def test_a_foreign_order_looks_like_a_missing_one(open_shop: OpenShop) -> None:
    seen = []
    for order_id in (LINS, NOBODYS):
        turn = open_shop.ask(f"where is my order {order_id}?", open_shop.sign_in(DANA))
        assert LINS not in [order["id"] for order in of(turn, "order")]
        seen.append(shown(turn, order_id))
    assert seen[0] == seen[1]


def test_the_shop_outlives_its_model_and_gets_it_back(open_shop: OpenShop) -> None:
    before = open_shop.server()
    assert before is not None
    open_shop.kill_model()
    turn = open_shop.ask("tents under 300 dollars")
    assert turn[-1]["type"] == "done"
    assert prose(turn).startswith(WITHOUT_MODEL)
    assert "no_model" in [event["stage"] for event in of(turn, "status")]
    [found] = of(turn, "products")
    assert "Outdoor > Tents" in [card["category"] for card in found["items"]]
    session = open_shop.sign_in(DANA)
    [own] = of(open_shop.ask(f"where is my order {DANAS}?", session), "order")
    assert (own["id"], own["status"]) == (DANAS, "shipped")
    [rule] = of(open_shop.ask("可以用支付宝付款吗"), "citation")[:1]
    assert rule["policy_id"] == "payment"
    missing = [
        shown(open_shop.ask(f"where is my order {number}?", open_shop.sign_in(DANA)), number)
        for number in (LINS, NOBODYS)
    ]
    assert missing[0] == missing[1]
    # The supervisor looks every two seconds.
    open_shop.wait("it restarts", lambda: open_shop.readiness().get("model") == "warming", 30)
    assert open_shop.readiness()["ready"]

    def is_back() -> bool:
        server = open_shop.server()
        return server is not None and server.starts > before.starts and open_shop.is_warm()

    open_shop.wait("the model is back", is_back, 600)
    answered(open_shop.ask("how long do I have to return shoes?"), "en")


def test_sigterm_leaves_no_process(open_shop: OpenShop) -> None:
    running = open_shop.processes()
    assert open_shop.process is not None and open_shop.process.pid in running
    assert len(running) >= 4  # itself, the leash, vLLM's server and its engine
    assert open_shop.close() == 0
    assert open_shop.processes() == []


def shown(turn: Turn, order_id: str) -> list[dict[str, Any]]:
    """What the shopper sees of a turn, without the order's number; times are not shown."""
    told = [event for event in turn if event["type"] != "done"]
    text = json.dumps(told, ensure_ascii=False).replace(order_id, "NUMBER")
    events: list[dict[str, Any]] = json.loads(text)
    return events


def squeezed(text: str) -> str:
    """Without white space and Markdown's marks."""
    return "".join(text.split()).replace("*", "")
