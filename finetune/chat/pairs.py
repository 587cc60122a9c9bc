"""Pairs of a right and a wrong answer, made of conversations that were kept.

The wrong one is what a small model does wrong: another tool, a figure that no result holds, the
other language, or a change told as done that the shopper has yet to confirm.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal, get_args

from agent.events import Lang
from finetune.synthesis.rows import Row

Fault = Literal["wrong tool", "ungrounded figure", "wrong language", "claimed done"]
Message = dict[str, Any]

_FIGURE = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])")
_SHOWN = ("Shown to the shopper", "已显示给顾客")
_DONE: dict[Lang, tuple[str, ...]] = {
    "en": (
        "Done, your request has been carried out.",
        "All set: your order has been changed.",
        "I have taken care of it; nothing more to do.",
        "Your refund is on its way now.",
    ),
    "zh": (
        "好的，已经为您办理完成。",
        "已经处理好了，您不用再操作。",
        "您的订单已经修改成功。",
        "退款已经退回给您了。",
    ),
}


@dataclass(frozen=True)
class Pair:
    """What was said before, the message that is right, and one that is not."""

    fault: Fault
    before: tuple[Message, ...]
    chosen: Message
    rejected: Message


def make_pairs(rows: Sequence[Row], most: int, seed: int) -> list[Pair]:
    """At most `most` pairs, of every fault about as many; they follow from the seed."""
    rng = random.Random(seed)
    spoken = _spoken(rows)
    found = [pair for row in rows for pair in _of_row(row, spoken, rng)]
    rng.shuffle(found)
    of_fault = [[p for p in found if p.fault == fault] for fault in get_args(Fault)]
    in_turn = [p for some in zip_longest(*of_fault) for p in some if p is not None][:most]
    rng.shuffle(in_turn)
    return in_turn


def _spoken(rows: Sequence[Row]) -> dict[Lang, list[str]]:
    """Everything the model says in words, by language."""
    spoken: dict[Lang, list[str]] = {"en": [], "zh": []}
    for row in rows:
        for message in row.messages:
            if message["role"] == "assistant" and message.get("own") not in ("", "calls", None):
                spoken[message["lang"]].append(message["own"])
    return spoken


def _of_row(row: Row, spoken: dict[Lang, list[str]], rng: random.Random) -> Iterator[Pair]:
    for place, message in enumerate(row.messages):
        if message["role"] != "assistant" or not message.get("own"):
            continue
        before = tuple(row.messages[:place])
        if message["own"] == "calls":
            if wrong := _other_call(message, before, rng):
                yield Pair("wrong tool", before, message, wrong)
            continue
        if message["own"] != message["content"]:
            # Code began it: the model saw that beginning, which no text of its own replaces.
            continue
        lang: Lang = message["lang"]
        if wrong_figure := _other_figure(message["content"], before, rng):
            yield Pair("ungrounded figure", before, message, _saying(message, wrong_figure))
        if others := spoken["zh" if lang == "en" else "en"]:
            yield Pair("wrong language", before, message, _saying(message, rng.choice(others)))
        if before[-1]["role"] == "tool" and str(before[-1]["content"]).startswith(_SHOWN):
            yield Pair("claimed done", before, message, _saying(message, rng.choice(_DONE[lang])))


def _saying(message: Message, text: str) -> Message:
    return message | {"content": text}


def _other_figure(text: str, before: Sequence[Message], rng: random.Random) -> str:
    """The text with one of its figures changed to one that was never said; "" where it has none."""
    figures = list(_FIGURE.finditer(text))
    if not figures:
        return ""
    hit = rng.choice(figures)
    known = " ".join(str(message.get("content") or "") for message in before)
    whole, _, cents = hit[0].partition(".")
    for _ in range(20):
        other = str(max(1, int(whole) + rng.choice((-9, -5, -2, -1, 1, 2, 3, 10, 20, 100))))
        other = f"{other}.{cents}" if cents else other
        if other != hit[0] and not re.search(rf"(?<!\d){re.escape(other)}(?!\d)", known):
            return text[: hit.start()] + other + text[hit.end() :]
    return ""


def _other_call(message: Message, before: Sequence[Message], rng: random.Random) -> Message | None:
    """The message with another tool called first; None where no other is plainly wrong."""
    calls = message["tool_calls"]
    name = calls[0]["function"]["name"]
    given = json.loads(calls[0]["function"]["arguments"])
    said = next((str(m["content"]) for m in reversed(before) if m["role"] == "user"), "")[:80]
    asked = {"query": given.get("query") or said}
    order = {k: v for k, v in given.items() if k == "order_id"}
    wrong: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "search_products": [("search_policies", asked)],
        "search_policies": [("search_products", asked), ("hand_off", {"reason": said})],
        "get_product": [("search_policies", {"query": said}), ("recommend_products", {})],
        "compare_products": [("recommend_products", {})],
        "recommend_products": [("search_policies", {"query": said})],
        "list_orders": [("search_policies", {"query": said}), ("search_products", {"query": said})],
        "get_order": [("search_policies", {"query": said}), ("search_products", {"query": said})],
        "propose_exchange": [("propose_item_change", given)],
        "propose_item_change": [("propose_exchange", given)],
        "propose_return": [("propose_cancellation", order | {"reason": "no longer needed"})],
        "propose_cancellation": [("propose_return", order | {"lines": [1]})],
        "propose_address_change": [("hand_off", {"reason": said})],
        "propose_payment_change": [("hand_off", {"reason": said})],
    }
    if name not in wrong:
        return None
    other, arguments = rng.choice(wrong[name])
    function = {"name": other, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return message | {"tool_calls": [calls[0] | {"function": function}]}
