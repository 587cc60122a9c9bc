"""Answers kept on disk by what was asked of which model, so that a run that was killed goes on."""

import hashlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self

import httpx
import openai
from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    convert_to_openai_messages,
)
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

from agent.profiles import ModelProfile
from agent.prompts import prompt_version
from agent.replaying import count

# A request that is refused (HTTP 400) was the model's doing: a conversation without an end.
SERVER_FAILURES = (openai.APIConnectionError, openai.InternalServerError, httpx.HTTPError)


class Recording:
    """A file of answers. One process writes it at a time."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS answer "
            "(model TEXT, prompt TEXT, body TEXT, PRIMARY KEY (model, prompt))"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._db.close()

    def get(self, model: str, prompt: str) -> Any:
        """What was kept, or None."""
        query = "SELECT body FROM answer WHERE model = ? AND prompt = ?"
        found = self._db.execute(query, (model, prompt)).fetchone()
        return json.loads(found[0]) if found else None

    def put(self, model: str, prompt: str, body: Any) -> None:
        """Keep it; at once on disk."""
        row = (model, prompt, json.dumps(body, ensure_ascii=False))
        self._db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", row)


def digest(*parts: Any) -> str:
    """A SHA-256 over JSON of the parts."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def model_hash(profile: ModelProfile) -> str:
    """Everything that decides what a profile answers: weights, template, prompt, decoding."""
    return digest(
        profile.recipe_hash,
        profile.tuned.sha256 if profile.tuned else "",
        profile.chat_template.read_text("utf-8"),
        prompt_version(profile),
        profile.strict_tools,
        profile.tool_parser,
        profile.decoding.model_dump(),
        profile.context_length,
    )


class RecordedModel(BaseChatModel):
    """A chat model whose answers are kept: what was asked before is answered from the file.

    Each answer's `response_metadata` has its wall time as "seconds", kept with it, and given anew
    with it (`agent.replaying`). With others asked at once an answer takes longer: with another
    `at_once` nothing counts as asked before. `needed` is awaited before the inner model is asked.
    The assistant works on without its model: that the server itself failed is seen in
    `server_failures`.
    """

    inner: BaseChatModel
    recording: Any
    model_hash: str
    needed: Callable[[], Awaitable[bool]]
    at_once: int = 1
    _server_failures: list[str] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "recorded"

    @property
    def server_failures(self) -> list[str]:
        """Every failure that was the server's and not the model's."""
        return self._server_failures

    def asked(self, at_once: int) -> Self:
        """The same model, of which so many answers are asked at once."""
        return self.model_copy(update={"at_once": at_once})

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        bound: Any = self.inner.bind_tools(tools, **kwargs)
        return self.bind(**bound.kwargs)

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, None, **kwargs))

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        prompt = digest(convert_to_openai_messages(messages), stop, kwargs, self.at_once)
        kept = self.recording.get(self.model_hash, prompt)
        if kept is not None:
            count(kept["seconds"])
            chunk = ChatGenerationChunk(message=_from_json(kept))
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk
            return
        await self.needed()
        began, whole = time.monotonic(), None
        try:
            async for chunk in self.inner._astream(messages, stop, run_manager, **kwargs):
                if isinstance(chunk.message, AIMessageChunk):
                    whole = chunk.message if whole is None else whole + chunk.message
                yield chunk
        except SERVER_FAILURES as error:
            self._server_failures.append(f"{type(error).__name__}: {error}")
            raise
        seconds = {"seconds": round(time.monotonic() - began, 3)}
        yield ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata=seconds))
        if whole is not None:
            self.recording.put(self.model_hash, prompt, _as_json(whole) | seconds)


def _as_json(message: AIMessageChunk) -> dict[str, Any]:
    return {
        "text": str(message.text),
        "calls": [dict(call) for call in message.tool_call_chunks],
        "finish_reason": message.response_metadata.get("finish_reason"),
        "usage": message.usage_metadata,
    }


def _from_json(kept: dict[str, Any]) -> AIMessageChunk:
    calls = [
        tool_call_chunk(name=c["name"], args=c["args"], id=c["id"], index=c["index"])
        for c in kept["calls"]
    ]
    metadata = {"finish_reason": kept["finish_reason"], "seconds": kept["seconds"]}
    return AIMessageChunk(
        content=kept["text"],
        tool_call_chunks=calls,
        usage_metadata=kept["usage"],
        response_metadata=metadata,
        chunk_position="last",
    )


def whole(message: Any) -> AIMessage:
    """The message that an invocation gave."""
    if not isinstance(message, AIMessage):
        raise TypeError(f"a {type(message).__name__} is no answer")
    return message
