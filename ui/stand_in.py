"""A stand-in for the model server that streams at a steady pace: what is left is our own time.

It runs in a process of its own, as the model server does: its work must not count as ours.
"""

import asyncio
import json
import multiprocessing
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

TOKENS_A_SECOND = 25
CALL = ("search_products", '{"query": "warm sleeping bag"}')
CALL_TOKENS = 12
PROSE = "Here is what the shop has; the cards show price and stock of each one. "


def stand_in(model: str) -> FastAPI:
    """An OpenAI-compatible server: the first answer of a turn is a call, the second is prose.

    `GET /busy` gives, for what each shopper said, the seconds that its answers took to stream.
    """
    app = FastAPI()
    busy: dict[str, float] = {}

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": model, "object": "model"}]}

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> StreamingResponse:
        body = await request.json()
        looked_up = body["messages"][-1]["role"] == "tool"
        said = next(m["content"] for m in reversed(body["messages"]) if m["role"] == "user")
        chunks = _paced(_prose() if looked_up else _call(), model)
        return StreamingResponse(_timed(chunks, busy, said), media_type="text/event-stream")

    @app.get("/busy")
    def streamed() -> dict[str, float]:
        return busy

    return app


def _call() -> list[dict[str, Any]]:
    name, arguments = CALL
    head = {"index": 0, "id": f"call_{time.monotonic_ns()}", "type": "function"}
    step = max(1, len(arguments) // CALL_TOKENS)
    parts = [arguments[i : i + step] for i in range(0, len(arguments), step)]
    first = {"tool_calls": [head | {"function": {"name": name, "arguments": ""}}]}
    rest = [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in parts]
    return [{"role": "assistant", "content": ""} | first, *rest]


def _prose() -> list[dict[str, Any]]:
    return [{"content": f"{word} "} for word in PROSE.split()]


async def _timed(
    chunks: AsyncIterator[str], busy: dict[str, float], said: str
) -> AsyncIterator[str]:
    started = time.monotonic()
    async for chunk in chunks:
        yield chunk
    busy[said] = busy.get(said, 0.0) + time.monotonic() - started


async def _paced(deltas: list[dict[str, Any]], model: str) -> AsyncIterator[str]:
    reason = "tool_calls" if "tool_calls" in deltas[0] else "stop"
    for delta in deltas:
        await asyncio.sleep(1 / TOKENS_A_SECOND)
        yield _chunk(model, delta, None)
    yield _chunk(model, {}, reason)
    yield "data: [DONE]\n\n"


def _chunk(model: str, delta: dict[str, Any], reason: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    body = {"id": "stand-in", "object": "chat.completion.chunk", "created": 0, "model": model}
    return f"data: {json.dumps(body | {'choices': [choice]})}\n\n"


@contextmanager
def running(model: str) -> Iterator[str]:
    """Serve the stand-in on a free port of 127.0.0.1; yields its address."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(model, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(model: str, told: Connection) -> None:
    config = uvicorn.Config(stand_in(model), port=0, log_level="error")
    listener = config.bind_socket()
    told.send(listener.getsockname()[1])
    uvicorn.Server(config).run(sockets=[listener])
