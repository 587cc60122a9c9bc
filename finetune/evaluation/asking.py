"""Puts the steps to a model, many at once, as the assistant does."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import openai
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import convert_to_messages

from agent.errors import ModelNonsense, ModelUnavailable
from finetune.bases import Say
from finetune.evaluation.answers import Answer, read_answer
from finetune.evaluation.progress import Progress
from finetune.evaluation.recording import RecordedModel, whole
from finetune.evaluation.steps import Step

T = TypeVar("T")


async def ask(
    model: BaseChatModel,
    tools: Sequence[dict[str, Any]],
    steps: Sequence[Step],
    *,
    at_once: int,
    what: str,
    say: Say,
    first_call_requires_tool: bool = False,
) -> list[Answer]:
    """The answer to every step, in their order.

    A recorded model's answers are kept by `at_once` too, since their seconds depend on it. Raises
    ModelError: an answer that cannot be had is no answer to measure.
    """
    kept = isinstance(model, RecordedModel)
    if isinstance(model, RecordedModel):
        model = model.asked(at_once)
    bound: dict[bool, Any] = {False: model.bind_tools(list(tools))}
    if first_call_requires_tool:
        bound[True] = model.bind_tools(list(tools), tool_choice="required")
    progress, turnstile = Progress(what, len(steps), say), asyncio.Semaphore(at_once)

    async def one(step: Step) -> Answer:
        async with turnstile:
            chosen = bound[first_call_requires_tool and step.opens]
            began = time.monotonic()
            try:
                message = await chosen.ainvoke(convert_to_messages(step.messages))
                answer = read_answer(whole(message))
            except (ModelNonsense, openai.BadRequestError) as error:
                answer = Answer(fault=" ".join(str(error).split())[:200])
        progress.step()
        # A recorded answer states the seconds that it once took.
        return answer if kept else replace(answer, seconds=time.monotonic() - began)

    return await all_of([one(step) for step in steps])


async def all_of(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results in order. The first failure ends the rest, and is raised as ModelError."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as failures:
        first = failures.exceptions[0]
        if isinstance(first, openai.OpenAIError | httpx.HTTPError):
            why = " ".join(str(first).split())[:200]
            raise ModelUnavailable(f"the model server failed: {why}") from first
        raise first from None
    return [task.result() for task in tasks]
