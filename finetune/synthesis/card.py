"""The data card of a corpus: what is in it, counted, and how it was made."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

from finetune.overlap import shingles
from finetune.synthesis.corpus import Corpus, Order
from finetune.synthesis.rows import Row
from finetune.synthesis.vocabulary import BANKS, WORLDS

NO_TOOL = {"off_topic", "intrude", "greet", "how_are_you", "who", "thanks", "bye", "ack"} | {
    *("praise", "gripe", "never_mind")
}


def data_card(corpus: Corpus, order: Order) -> dict[str, Any]:
    """Counts, lengths and overlaps as one JSON object."""
    rows = corpus.rows
    said = [m["content"] for row in rows for m in row.messages if m["role"] == "user"]
    answers = [m for row in rows for m in row.messages if m.get("own") not in (None, "", "calls")]
    calls = Counter(
        call["function"]["name"]
        for row in rows
        for message in row.messages
        for call in message.get("tool_calls") or []
    )
    turns = [sum(m["role"] == "user" for m in row.messages) for row in rows]
    acts = Counter(act for row in rows for act in row.acts)
    negative = sum(any(_is_negative(row, act) for act in row.acts) for row in rows)
    return {
        "conversations": len(rows),
        "worlds": len({row.world for row in rows}),
        "held_out": order.held_out,
        "bank": order.bank,
        "seeds": [min(order.worlds), max(order.worlds)],
        "by_language": dict(Counter(row.lang for row in rows)),
        "signed_in": sum(row.customer is not None for row in rows),
        "turns": {"all": sum(turns), "of_each": dict(sorted(Counter(turns).items()))},
        "calls": dict(calls.most_common()),
        "acts": dict(acts.most_common()),
        "with_a_negative": round(negative / max(len(rows), 1), 3),
        "answers": len(answers),
        "characters": {
            "said": median(map(len, said)) if said else 0,
            "answered": median(len(m["own"]) for m in answers) if answers else 0,
        },
        "distinct": {
            "said": round(len(set(said)) / max(len(said), 1), 3),
            "answered": round(len({m["own"] for m in answers}) / max(len(answers), 1), 3),
        },
        "shingles": len({gram for text in said for gram in shingles(text)}),
        "dropped": dict(corpus.dropped.most_common()),
        "sources": sources_hash(),
        "license": "Apache-2.0; written by a language model for this project",
    }


def _is_negative(row: Row, act: str) -> bool:
    return act in NO_TOOL or act.endswith("_unnamed") or act in ("order_friend", "cancel")


def sources_hash() -> str:
    """SHA-256 over the banks and the vocabulary."""
    digest = hashlib.sha256()
    for file in sorted([*BANKS.glob("*.yaml"), *WORLDS.glob("*.yaml")]):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def sample(rows: Sequence[Row], count: int) -> list[Row]:
    """Rows spread over the corpus, to be read by eye."""
    step = max(len(rows) // max(count, 1), 1)
    return list(rows[::step])[:count]
