"""What a kept conversation quotes that was drawn by chance, drawn again from the conversation's id.

A shop draws references of hand-offs and receipts so that nobody guesses them; a corpus follows
from its seed alone.
"""

import json
import random
from collections.abc import Iterable, Sequence
from typing import Any

from agent.events import Event, HandOff, Receipt

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def quoted(events: Iterable[Event]) -> list[str]:
    """The references that a turn gave out."""
    return [
        event.reference if isinstance(event, HandOff) else event.id
        for event in events
        if isinstance(event, HandOff | Receipt)
    ]


def settled(
    messages: Sequence[dict[str, Any]], references: Iterable[str], name: str
) -> list[dict[str, Any]]:
    """The messages with `references`, and the ids of calls, as they follow from `name`."""
    rng = random.Random(f"{name}:references")
    text = json.dumps(messages, ensure_ascii=False)
    for old in dict.fromkeys(references):
        text = text.replace(old, old[0] + "".join(rng.choices(_LETTERS, k=len(old) - 1)))
    again: list[dict[str, Any]] = json.loads(text)
    calls = [call for message in again for call in message.get("tool_calls") or ()]
    ids = {old: f"call_{n}" for n, old in enumerate(dict.fromkeys(c["id"] for c in calls), 1)}
    for call in calls:
        call["id"] = ids[call["id"]]
    for message in again:
        if message["role"] == "tool":
            message["tool_call_id"] = ids[message["tool_call_id"]]
    return again
