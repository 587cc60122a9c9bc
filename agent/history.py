"""The messages that go to the model: what was said before, cut in big steps so that caches hold."""

import re
from collections.abc import Sequence
from typing import Any

Message = dict[str, Any]

BUDGET_TOKENS = 2400
"""What earlier turns may cost; the profile's context also holds the prompt and this turn."""
STEP = 4
"""Turns dropped at once, so that the kept prefix stays the same for several turns."""

_HANDLE_OR_ID = re.compile(r"\bP\d+\b|\b[A-Z]{1,4}-?\d{3,}\b|#\w+")


def estimate_tokens(text: str) -> int:
    """About how many tokens a text costs: 0.72 a Chinese character, one for 3.6 other ones.

    Measured with the Qwen tokenizer (FACTS).
    """
    chinese = sum("\u3400" <= char <= "\u9fff" for char in text)
    return round(0.72 * chinese + (len(text) - chinese) / 3.6)


def _cost(messages: list[Message]) -> int:
    return sum(estimate_tokens(str(m.get("content") or "")) + 12 for m in messages)


def _turns(messages: list[Message]) -> list[list[Message]]:
    turns: list[list[Message]] = []
    for message in messages:
        if message["role"] == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _shrunk(message: Message) -> Message:
    """An old tool result as the handles and ids that it named."""
    if message["role"] != "tool":
        return message
    names = dict.fromkeys(_HANDLE_OR_ID.findall(str(message["content"])))
    return message | {"content": "shown: " + ", ".join(names)}


def last_tools(history: Sequence[Message]) -> tuple[str, ...]:
    """The names of the tools that the last turn of a history called."""
    begun = max((n for n, message in enumerate(history) if message["role"] == "user"), default=0)
    calls = [call for message in history[begun:] for call in message.get("tool_calls") or []]
    return tuple(call["function"]["name"] for call in calls)


def trim(messages: list[Message], budget: int = BUDGET_TOKENS) -> list[Message]:
    """The history as it is sent: whole, or with old tool results shrunk and whole turns dropped.

    Depends on the history alone. Over the budget its beginning changes only every `STEP` turns,
    unless single turns are so long that nothing else helps.
    """
    if _cost(messages) <= budget:
        return messages
    turns = _turns(messages)
    old = max(len(turns) - 2, 0) // STEP * STEP
    head = [[_shrunk(m) for m in turn] for turn in turns[:old]]
    while sum(map(_cost, head)) > budget // 3:
        head = head[STEP:]
    kept = head + turns[old:]
    while len(kept) > 1 and sum(map(_cost, kept)) > budget:
        kept = kept[1:]
    return [message for turn in kept for message in turn]
