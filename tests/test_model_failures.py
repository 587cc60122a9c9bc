"""The model server down, hanging, failing or talking nonsense: the shop answers all the same."""

import asyncio
import http.server
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from agent.assistant import Assistant, build_assistant
from agent.events import Event
from agent.shop import Shop
from tests.scripted_model import CHUNK, Say, Silence, call
from tests.shop_fixtures import (
    OWN_ORDER,
    OWNER,
    STRANGER,
    Counter,
    kinds,
    only,
    open_counter,
    spoken,
)

_REQUEST = httpx.Request("POST", "http://127.0.0.1/v1/chat/completions")
FAILURES = [
    openai.APIConnectionError(request=_REQUEST),
    openai.APITimeoutError(request=_REQUEST),
    openai.InternalServerError("boom", response=httpx.Response(500, request=_REQUEST), body=None),
    httpx.ReadError("connection reset"),
    TimeoutError(),
]
NOTICE = {"en": "My language model cannot answer right now", "zh": "我的语言模型现在无法作答"}


def shown(events: list[Event]) -> list[str]:
    """The kinds of events without the chips of what was understood."""
    return [kind for kind in kinds(events) if kind != "filters"]


@pytest.mark.parametrize(
    ("lang", "text", "card"),
    [
        ("en", "Is there a two-person tent?", "products"),
        ("zh", "有双人帐篷吗", "products"),
        ("en", "How many days do I have to return something?", "citation"),
        ("zh", "多少天内可以退货", "citation"),
        ("en", f"where is {OWN_ORDER}?", "order"),
        ("zh", f"我的订单{OWN_ORDER}到哪了", "order"),
        ("en", "this is 1 case for a manager, who is there?", "hand_off"),
        ("zh", "能投诉吗", "hand_off"),
    ],
)
async def test_the_model_is_not_there(counter: Counter, lang: str, text: str, card: str) -> None:
    counter.ready.ready = False
    events = await counter.ask(text, shopper=OWNER)
    assert shown(events)[:3] == ["status:thinking", "status:no_model", card]
    assert kinds(events)[-3:] == ["text", "quick_replies", "done"]
    assert spoken(events).startswith(NOTICE[lang])
    assert counter.model.history == []
    assert only(events, "done").model_calls == 0
    if card == "order":
        assert only(events, "order").id == OWN_ORDER


async def test_a_foreign_order_without_the_model(counter: Counter) -> None:
    counter.ready.ready = False
    events = await counter.ask(f"where is {OWN_ORDER}?", shopper=STRANGER)
    assert not [event for event in events if event.type == "order"]
    events = await counter.ask(f"where is {OWN_ORDER}?", session="anonymous")
    assert only(events, "sign_in").text == "Please sign in to see your orders."


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: type(f).__name__)
async def test_the_model_fails_and_comes_back(counter: Counter, failure: BaseException) -> None:
    counter.model.enqueue(failure)
    events = await counter.ask("Is there a two-person tent?")
    assert shown(events)[:3] == ["status:thinking", "status:no_model", "products"]
    assert spoken(events).startswith(NOTICE["en"])
    assert counter.ready.doubts == 1
    counter.model.enqueue(Say("Hello again!"))
    assert spoken(await counter.ask("hi")) == "Hello again!"


async def test_what_it_had_found_before_it_failed_is_kept(counter: Counter, shop: Shop) -> None:
    counter.model.enqueue(call("search_products", query="stove"), FAILURES[0])
    events = await counter.ask("a stove")
    assert kinds(events).count("products") == 1
    assert "Here are 6 products" in spoken(events)
    trace = shop.sessions.trace(only(events, "done").turn_id)
    assert trace["unaided"].startswith("APIConnectionError")


async def test_what_was_said_before_it_failed_stays_and_is_remembered(counter: Counter) -> None:
    breaks_off = [Say("Here they are. And"), FAILURES[3]]
    counter.model.enqueue(call("search_products", query="stove"), breaks_off)
    events = await counter.ask("a stove")
    said = [event.text for event in events if event.type == "text"]
    assert said[0] == "Here they are."
    assert said[1].startswith(NOTICE["en"])
    history = counter.assistant.shop.sessions.history(counter.session)
    assert history[-1]["content"] == " ".join(said)


async def test_a_silent_model_meets_the_deadline(shop: Shop) -> None:
    counter = open_counter(shop, deadline=0.6)
    counter.model.enqueue(Silence(30))
    started = time.monotonic()
    events = await counter.ask("Is there a two-person tent?")
    assert time.monotonic() - started < 3
    assert shown(events)[1:3] == ["status:no_model", "products"]
    assert 0.4 < only(events, "done").model_seconds < 3


async def test_a_rewrite_meets_the_deadline_too(shop: Shop) -> None:
    counter = open_counter(shop, deadline=1.0)
    counter.model.enqueue(call("search_products", query="stove"), Say("It costs $1."), Silence(30))
    events = await counter.ask("a stove")
    assert "$1." not in spoken(events)
    assert kinds(events)[-3:] == ["text", "quick_replies", "done"]


class Endpoint:
    """A model server of a test: `script` is what the next chat requests get."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.up = True
        self.script: list[tuple[int, str, float]] = []
        self.asked: list[dict[str, Any]] = []

    def say(self, text: str) -> None:
        pieces = [text[i : i + CHUNK] for i in range(0, len(text), CHUNK)]
        deltas = [{"delta": {"content": p}, "index": 0} for p in pieces]
        deltas.append({"delta": {}, "index": 0, "finish_reason": "stop"})  # type: ignore[dict-item]
        frames = [json.dumps({"id": "x", "choices": [delta]}) for delta in deltas]
        self.raw("".join(f"data: {frame}\n\n" for frame in [*frames, "[DONE]"]))

    def raw(self, body: str, status: int = 200, pause: float = 0.0) -> None:
        self.script.append((status, body, pause))


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = {"data": [{"id": "qwen2.5-coder-0.5b"}]}
            self.reply(200 if state.up else 503, json.dumps(answer) if state.up else "warming")

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            state.asked.append(json.loads(self.rfile.read(length)))
            status, body, pause = state.script.pop(0)
            time.sleep(pause)
            self.reply(status, body)

        def reply(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Endpoint(f"http://127.0.0.1:{server.server_port}/v1")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def assistant(shop: Shop, sample_settings: Any, endpoint: Endpoint) -> Assistant:
    update = {"model_url": endpoint.url, "model_timeout": 1.0, "turn_deadline": 5.0}
    return build_assistant(sample_settings.model_copy(update=update), shop)


async def ask(assistant: Assistant, text: str) -> list[Event]:
    return [event async for event in assistant.turn("http", OWNER, text)]


async def test_over_http(assistant: Assistant, endpoint: Endpoint) -> None:
    assert await assistant.model_ready()
    endpoint.say("Hello! How can I help?")
    assert spoken(await ask(assistant, "hi")) == "Hello! How can I help?"
    sent = endpoint.asked[0]
    assert (sent["model"], sent["stream"], sent["temperature"]) == ("qwen2.5-coder-0.5b", True, 0.0)
    assert [tool["function"]["name"] for tool in sent["tools"]][:2] == [
        *["search_products", "get_product"],
    ]
    assert all(tool["function"]["strict"] for tool in sent["tools"])
    assert sent["messages"][0]["role"] == "system"
    assert OWNER.customer_id not in json.dumps(sent)


@pytest.mark.parametrize(
    ("status", "body", "pause"),
    [
        (500, "Internal Server Error", 0),
        (404, '{"error": {"message": "no such model"}}', 0),
        (200, "<html>I am a router's login page</html>", 0),
        (200, "data: {not json}\n\n", 0),
        (200, 'data: {"choices": 7}\n\ndata: [DONE]\n\n', 0),
        (200, 'data: {"choices": [{"delta": {"content": "Half a', 0),
        (200, "", 0),
        (200, "", 1.6),
    ],
)
async def test_nonsense_over_http(
    assistant: Assistant, endpoint: Endpoint, status: int, body: str, pause: float
) -> None:
    endpoint.raw(body, status, pause)
    events = await ask(assistant, "Is there a two-person tent?")
    assert shown(events)[1:3] == ["status:no_model", "products"]
    assert spoken(events).startswith(NOTICE["en"])
    endpoint.script.clear()
    # Back at once: a failed turn makes the next one look again.
    endpoint.say("Hello again!")
    assert spoken(await ask(assistant, "hi")) == "Hello again!"


async def test_a_broken_call_over_http_is_not_run(assistant: Assistant, endpoint: Endpoint) -> None:
    function = {"name": "search_products", "arguments": '{"query": "tent'}
    call = {"index": 0, "id": "c1", "type": "function", "function": function}
    choice = {"delta": {"tool_calls": [call]}, "index": 0, "finish_reason": "tool_calls"}
    frame = json.dumps({"id": "x", "choices": [choice]})
    for _ in range(2):
        endpoint.raw(f"data: {frame}\n\ndata: [DONE]\n\n")
    events = await ask(assistant, "Is there a two-person tent?")
    assert only(events, "done").tools == []
    assert kinds(events)[1] == "status:no_model"


async def test_readiness(assistant: Assistant, endpoint: Endpoint) -> None:
    endpoint.up = False
    assert not await assistant.model_ready()
    endpoint.up = True
    # A look is believed for some seconds, unless a turn had cause to doubt it.
    assert not await assistant.model_ready()
    assistant._ready.doubt()
    assert await assistant.model_ready()


async def test_nothing_listens_there(shop: Shop, sample_settings: Any) -> None:
    settings = sample_settings.model_copy(update={"model_url": "http://127.0.0.1:9/v1"})
    assistant = build_assistant(settings, shop)
    assert not await assistant.model_ready()
    events = await ask(assistant, "有双人帐篷吗")
    assert shown(events)[1:3] == ["status:no_model", "products"]


async def test_a_shopper_who_leaves_stops_the_model(counter: Counter) -> None:
    counter.model.pause = 0.05
    counter.model.enqueue(Say("One more sentence. " * 100))
    stream = counter.stream("hi")
    async for event in stream:
        if event.type == "text":
            break
    tasks = len(asyncio.all_tasks())
    await stream.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) < tasks


@pytest.mark.parametrize("text", ["I want to talk to a person", "转人工客服"])
async def test_a_person_is_called_whether_the_model_is_there_or_not(
    counter: Counter, text: str
) -> None:
    counter.ready.ready = False
    events = await counter.ask(text, shopper=OWNER)
    assert shown(events)[:2] == ["status:thinking", "hand_off"]
    assert counter.model.history == []
