"""Conversations as tokens: the shared beginning, what follows it, and what of that is learnt."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import TrainingError
from agent.profiles import ModelProfile
from agent.prompts import SYSTEM
from agent.tools import tool_schemas

IGNORED = -100
"""The label of a position that is not learnt, as PyTorch's cross entropy takes it."""


@dataclass(frozen=True)
class Encoded:
    """One conversation after the prefix: token ids, and labels for those that the model says."""

    ids: list[int]
    labels: list[int]

    @property
    def learnt(self) -> int:
        """How many tokens are learnt."""
        return sum(label != IGNORED for label in self.labels)


class Encoder:
    """Renders conversations with the template, prompt and tools that serve."""

    def __init__(self, profile: ModelProfile, checkpoint: Path) -> None:
        from transformers import AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
        self._template = profile.chat_template.read_text("utf-8")
        self._tools = tool_schemas()
        self.end: int = self._tokenizer.convert_tokens_to_ids("<|im_end|>")
        self.prefix: list[int] = self._render([{"role": "system", "content": SYSTEM}])["input_ids"]

    @property
    def tokenizer(self) -> Any:
        """transformers' tokenizer."""
        return self._tokenizer

    def _render(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        rendered: dict[str, Any] = self._tokenizer.apply_chat_template(
            messages,
            tools=self._tools,
            chat_template=self._template,
            return_dict=True,
            return_assistant_tokens_mask=True,
            tokenizer_kwargs={"return_offsets_mapping": True},
        )
        return rendered

    def completion(
        self, before: Sequence[dict[str, Any]], message: dict[str, Any]
    ) -> tuple[str, str]:
        """What the model is given and what it then says, up to its end, as texts.

        Raises TrainingError where the one is not the beginning of the other.
        """
        given, whole = (
            self._tokenizer.apply_chat_template(
                _served(messages),
                tools=self._tools,
                chat_template=self._template,
                tokenize=False,
                add_generation_prompt=open_,
            )
            for messages, open_ in (((*before,), True), ((*before, message), False))
        )
        if not whole.startswith(given):
            raise TrainingError("the answer does not begin where the prompt ends")
        return given, whole[len(given) :].rstrip("\n")

    def encode(self, messages: Sequence[dict[str, Any]]) -> Encoded:
        """One conversation; a message's `own` says what of it the model says itself.

        Raises TrainingError where the prefix is not the beginning, or the messages do not add up.
        """
        rendered = self._render(_served(messages))
        ids, start = rendered["input_ids"], len(self.prefix)
        if ids[:start] != self.prefix:
            raise TrainingError("the conversation does not begin with the common prefix")
        runs = list(_runs(rendered["assistant_masks"]))
        own = [str(m.get("own", "")) for m in messages if m["role"] == "assistant"]
        if len(runs) != len(own):
            raise TrainingError(f"{len(own)} messages of the model, {len(runs)} in the text")
        labels = [IGNORED] * len(ids)
        for (first, last), said in zip(runs, own, strict=True):
            if said and said != "calls":
                # Of a message that code began only the end is the model's.
                edge = rendered["offset_mapping"][last - 1][0] - len(said)
                first = next(
                    i for i in range(first, last) if rendered["offset_mapping"][i][0] >= edge
                )
            if said:
                labels[first:last] = ids[first:last]
        return Encoded(ids[start:], labels[start:])


def _served(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A conversation as the server renders it, the system's prompt first."""
    plain = [
        {k: v for k, v in message.items() if k in ("role", "content", "tool_calls")}
        | {"content": message.get("content") or ""}
        for message in messages
    ]
    return [{"role": "system", "content": SYSTEM}, *plain]


def _runs(mask: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches of ones, each as (first, one after the last)."""
    first = None
    for place, on in enumerate([*mask, 0]):
        if on and first is None:
            first = place
        elif not on and first is not None:
            yield first, place
            first = None


def packs(rows: Iterable[tuple[int, Encoded]], budget: int, most: int = 32) -> list[list[int]]:
    """Row numbers put together by length, so that none has more than `budget` tokens when all are
    padded to the longest; a longer row is alone. No pack has more than `most` rows: each keeps the
    keys and values of the prefix once more.
    """
    filled: list[list[int]] = []
    longest = 0
    for number, row in sorted(rows, key=lambda pair: -len(pair[1].ids)):
        if filled and len(filled[-1]) < most and longest * (len(filled[-1]) + 1) <= budget:
            filled[-1].append(number)
        else:
            filled.append([number])
            longest = len(row.ids)
    return filled
