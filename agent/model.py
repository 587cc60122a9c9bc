"""The connection to the model server: an OpenAI-compatible one, our own or any other."""

import time

import httpx
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_openai import ChatOpenAI

from agent.profiles import ModelProfile
from agent.settings import Settings

READY_FOR = 5.0
"""Seconds for which one look at the model server is believed."""


def served_name(settings: Settings, profile: ModelProfile) -> str:
    """The name under which the server knows the model that answers shoppers."""
    if settings.model_url:
        return settings.model_name or profile.name
    adapter = profile.adapter_folder(settings)
    return profile.adapter if adapter else profile.name


def build_model(settings: Settings, profile: ModelProfile) -> BaseChatModel:
    """The chat model. It never retries by itself and gives up after `settings.model_timeout`."""
    return ChatOpenAI(
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


class Readiness:
    """Whether the model server answers, asked at most every few seconds."""

    def __init__(self, settings: Settings, profile: ModelProfile) -> None:
        self._url = f"{settings.model_base_url}/models"
        self._headers = {"Authorization": f"Bearer {settings.model_key.get_secret_value()}"}
        self._name = served_name(settings, profile)
        self._asked = float("-inf")
        self._ready = False

    async def __call__(self) -> bool:
        """True when the server lists the model."""
        if time.monotonic() - self._asked > READY_FOR:
            self._ready = await self._look()
            self._asked = time.monotonic()
        return self._ready

    def doubt(self) -> None:
        """Look again before the next turn: the model has just failed one."""
        self._asked = float("-inf")

    async def _look(self) -> bool:
        try:
            async with httpx.AsyncClient(timeout=1.5) as client:
                answer = await client.get(self._url, headers=self._headers)
            return any(model["id"] == self._name for model in answer.json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False
