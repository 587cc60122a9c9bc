"""How surprised a model is by the gold answers: the log-likelihood of their tokens.

Asked of the server that answers, through vLLM's `prompt_logprobs`, with the prompt as it is served;
or computed by torch on the bf16 checkpoint, where the prompt and the tools are read once for all.
"""

import asyncio
import copy
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from agent.errors import ModelUnavailable
from agent.profiles import ModelProfile
from agent.prompts import SYSTEM, template_arguments
from agent.tools import tool_schemas
from finetune.bases import Say
from finetune.chat.tokens import IGNORED, Encoded, Encoder
from finetune.evaluation.asking import all_of
from finetune.evaluation.judging import Sums
from finetune.evaluation.progress import Progress
from finetune.evaluation.recording import Recording, digest
from finetune.synthesis.rows import Row


@dataclass(frozen=True)
class Likelihood:
    """Of one conversation: minus the logarithms' sum over the gold answers, and their tokens."""

    row: Row
    loss: float
    tokens: int

    @property
    def sums(self) -> Sums:
        """For `figures.ratios` with `math.exp`."""
        return {"perplexity": (self.loss, self.tokens)}


def encoded(rows: Sequence[Row], profile: ModelProfile, folder: Path) -> list[list[Any]]:
    """Each row's prefix and the rest of it: [prefix ids, Encoded], as the profile is served."""
    encoder = Encoder(profile, folder)
    prefix = encoder.prefix
    if shown := template_arguments(profile):
        prefix = encoder.tokenizer.apply_chat_template(
            [{"role": "system", "content": SYSTEM}],
            tools=tool_schemas(),
            chat_template=profile.chat_template.read_text("utf-8"),
            return_dict=True,
            **shown,
        )["input_ids"]
    return [[prefix, encoder.encode(row.messages)] for row in rows]


async def by_server(
    rows: Sequence[Row],
    pairs: Sequence[Sequence[Any]],
    where: tuple[str, str, Callable[[], Awaitable[bool]]],
    recording: tuple[Recording, str],
    say: Say,
) -> list[Likelihood]:
    """By vLLM, of rows and what `encoded` made of them.

    `where`: its base URL up to /v1, the model's name, and what starts it. `recording`: what is
    kept, and the model's hash. Raises ModelUnavailable.
    """
    url, name, needed = where
    kept, model = recording
    progress, turnstile = Progress("perplexity", len(rows), say), asyncio.Semaphore(2)

    async with httpx.AsyncClient(timeout=600) as client:

        async def one(row: Row, prefix: list[int], rest: Encoded) -> Likelihood:
            ids = [*prefix, *rest.ids]
            key = digest("perplexity", ids, rest.labels)
            loss = kept.get(model, key)
            if loss is None:
                async with turnstile:
                    await needed()
                    loss = _loss(await _logprobs(client, url, name, ids), len(prefix), rest.labels)
                kept.put(model, key, loss)
            progress.step()
            return Likelihood(row, loss, rest.learnt)

        work = [one(row, *pair) for row, pair in zip(rows, pairs, strict=True)]
        return await all_of(work)


async def _logprobs(client: httpx.AsyncClient, url: str, name: str, ids: list[int]) -> list[float]:
    """The log-likelihood of every token but the first, which has none: 0."""
    body = {"model": name, "prompt": ids, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 0}
    reply = await client.post(f"{url}/completions", json=body)
    if reply.status_code != 200:
        raise ModelUnavailable(f"no prompt_logprobs: HTTP {reply.status_code} {reply.text[:200]}")
    places = reply.json()["choices"][0]["prompt_logprobs"]
    return [
        place[str(token)]["logprob"] if place else 0.0
        for token, place in zip(ids, places, strict=True)
    ]


def _loss(logprobs: Sequence[float], start: int, labels: Sequence[int]) -> float:
    own = zip(logprobs[start:], labels, strict=True)
    return -math.fsum(logprob for logprob, label in own if label != IGNORED)


def by_torch(
    rows: Sequence[Row], profile: ModelProfile, checkpoint: Path, say: Say
) -> Iterator[Likelihood]:
    """By torch on a bf16 checkpoint; the prefix is computed once."""
    import torch
    from transformers import AutoModelForCausalLM

    pairs = encoded(rows, profile, checkpoint)
    model: Any = AutoModelForCausalLM.from_pretrained(
        checkpoint, dtype=torch.bfloat16, local_files_only=True
    )
    model.eval()
    progress = Progress("perplexity", len(rows), say)
    with torch.inference_mode():
        prefix = pairs[0][0] if pairs else []
        cached = model(input_ids=torch.tensor([prefix]), use_cache=True, logits_to_keep=1)
        for row, (_, rest) in zip(rows, pairs, strict=True):
            loss = _torch_loss(model, copy.deepcopy(cached.past_key_values), rest)
            progress.step()
            yield Likelihood(row, loss, rest.learnt)


def _torch_loss(model: Any, cache: Any, rest: Encoded) -> float:
    """What follows the prefix begins with the shopper's words: its first token is never learnt."""
    import torch
    from torch.nn.functional import cross_entropy

    ids = torch.tensor([rest.ids])
    logits = model(input_ids=ids, past_key_values=cache, use_cache=True).logits[0, :-1]
    labels = torch.tensor(rest.labels[1:])
    return float(
        cross_entropy(logits.float(), labels, ignore_index=IGNORED, reduction="sum").item()
    )
