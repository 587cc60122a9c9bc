"""The connection to the model server: an OpenAI-compatible one, our own or any other."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI

from agent.errors import ModelNonsense
from agent.profiles import ModelProfile
from agent.prompts import template_arguments
from agent.server_state import read_state
from agent.settings import Settings

READY_FOR = 5.0
"""Seconds for which one look at the model server is believed."""


def served_name(settings: Settings, profile: ModelProfile) -> str:
    """The name under which the server knows the model that answers shoppers."""
    if settings.model_url:
        return settings.model_name or profile.name
    return profile.tuned.name if profile.tuned and not profile.merged else profile.name


def build_model(settings: Settings, profile: ModelProfile) -> BaseChatModel:
    """The chat model. It never retries by itself and gives up after `settings.model_timeout`.

    Worked examples go to our own server alone: its chat template knows where they stand.
    """
    arguments = {} if settings.model_url else template_arguments(profile)
    return ShopModel(
        extra_body={"chat_template_kwargs": arguments} if arguments else None,
        model=served_name(settings, profile),
        base_url=settings.model_base_url,
        api_key=settings.model_key,
        temperature=profile.decoding.temperature,
        max_completion_tokens=profile.decoding.max_tokens,
        timeout=httpx.Timeout(settings.model_timeout, connect=2.0),
        max_retries=0,
        streaming=True,
        stream_usage=True,
        use_responses_api=False,
    )


class ShopModel(ChatOpenAI):
    """A chat model whose tool calls are never guessed at; what is no answer is ModelNonsense."""

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The request; messages and tools go as they are: the client would walk through all of
        them at every call.
        """
        payload: dict[str, Any] = super()._get_request_payload(*args, **kwargs)
        as_they_are = {key: payload.pop(key) for key in ("messages", "tools") if key in payload}
        extra = payload.get("extra_body") or {}
        return payload | {"messages": [], "extra_body": extra | as_they_are}

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        async with aclosing(whole_calls(super()._astream(*args, **kwargs))) as chunks:
            try:
                async for chunk in chunks:
                    yield chunk
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                raise ModelNonsense(f"the model server sent no answer: {error}") from error


async def whole_calls(
    chunks: AsyncIterator[ChatGenerationChunk],
) -> AsyncGenerator[ChatGenerationChunk]:
    """The chunks, tool calls held back to the end, those that are not whole JSON made invalid.

    LangChain completes broken JSON by guessing; a call with guessed arguments would be executed.
    Raises ModelNonsense where the server sent nothing at all.
    """
    held: list[ToolCallChunk] = []
    chunk = None
    async for chunk in chunks:
        if isinstance(chunk.message, AIMessageChunk) and chunk.message.tool_call_chunks:
            held += chunk.message.tool_call_chunks
            if not chunk.text:
                continue
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=chunk.text))
        yield chunk
    if chunk is None:
        raise ModelNonsense("the model server sent an empty stream")
    for index in dict.fromkeys(part["index"] for part in held):
        parts = [part for part in held if part["index"] == index]
        raw = "".join(part["args"] or "" for part in parts)
        call = tool_call_chunk(
            name="".join(part["name"] or "" for part in parts),
            args=raw if _is_object(raw) else json.dumps(raw),
            id=next((part["id"] for part in parts if part["id"]), None),
            index=index,
        )
        yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[call]))


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text or "{}"), dict)
    except ValueError:
        return False


class Readiness:
    """Whether the model server answers, asked at most every few seconds.

    Our own has to have loaded this very model: under another adapter its name is the same.
    """

    def __init__(self, settings: Settings, profile: ModelProfile) -> None:
        self._settings, self._profile = settings, profile
        self._url = f"{settings.model_base_url}/models"
        key = settings.model_key.get_secret_value()
        # Kept: to make one reads every certificate authority, which takes longer than a search.
        self._client = httpx.Client(timeout=1.5, headers={"Authorization": f"Bearer {key}"})
        self._name = served_name(settings, profile)
        self._asked = float("-inf")
        self._ready = False

    async def __call__(self) -> bool:
        """True when the server lists the model, and ours loaded it."""
        if time.monotonic() - self._asked > READY_FOR:
            self._ready = await asyncio.to_thread(self._look)
            self._asked = time.monotonic()
        return self._ready

    def doubt(self) -> None:
        """Look again before the next turn: the model has just failed one."""
        self._asked = float("-inf")

    def _look(self) -> bool:
        if not self._settings.model_url:
            report = read_state(self._settings)
            if report is None or not report.serves(self._profile):
                return False
        try:
            answer = self._client.get(self._url)
            return any(model["id"] == self._name for model in answer.json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False
