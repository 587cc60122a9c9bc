"""Held-out conversations cut into steps: a history, and what the perfect clerk does next."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.events import Lang
from agent.history import trim
from agent.prompts import SYSTEM
from finetune.synthesis.rows import Row

Call = tuple[str, dict[str, Any]]
Message = dict[str, Any]

_KEPT = ("role", "content", "tool_calls", "tool_call_id")
SMALL_TALK = {
    *("greet", "how_are_you", "who", "thanks", "bye", "ack", "praise", "gripe", "never_mind")
}
REFUSED = {"off_topic", "intrude"}
_ASKED_BACK = {
    *("cancel", "cancel_unnamed", "readdress_where", "readdress_unnamed", "repay_how"),
    *("reoption_which", "exchange_which", "move_where"),
}
"""What leaves out something that the clerk must ask for."""


@dataclass(frozen=True)
class Step:
    """One answer of the clerk's, and all that it rests on.

    `messages` are what the model server is sent; `results` and `said` are the session's so far.
    A gold answer calls tools or says `text`. `opens`: it is the first answer of its turn.
    """

    id: str
    dialogue: str
    lang: Lang
    act: str
    messages: list[Message]
    calls: tuple[Call, ...]
    text: str
    opens: bool
    asks_back: bool
    results: tuple[str, ...] = field(default=(), repr=False)
    said: tuple[str, ...] = field(default=(), repr=False)

    @property
    def tool(self) -> str:
        """The gold tools in one word, "none" for an answer in words."""
        return tools_of(self.calls)

    @property
    def intent(self) -> str:
        """The family of what the shopper does: search, policy, return, small_talk …"""
        return family(self.act)

    @property
    def asked(self) -> str:
        """The shopper's last words."""
        return self.said[-1] if self.said else ""


def tools_of(calls: Sequence[Call]) -> str:
    """The names of the tools that are called, in one word."""
    return "+".join(sorted(name for name, _ in calls)) or "none"


def family(act: str) -> str:
    """What kind of act it is: all searches are one, all questions about the rules another."""
    if act in SMALL_TALK:
        return "small_talk"
    if act in REFUSED or act in ("two_wishes", "parcel_item", "compare_shown"):
        return {"parcel_item": "parcel", "compare_shown": "compare"}.get(act, act)
    return act.split("_")[0] or "unknown"


def steps_of(row: Row) -> Iterator[Step]:
    """Every answer of a conversation that the model itself gives, in order."""
    acts = iter(turn_acts(row.acts))
    act, opens = "", False
    results: list[str] = []
    said: list[str] = []
    for place, message in enumerate(row.messages):
        if message["role"] == "user":
            opens = not message.get("button")
            act = next(acts, "") if opens else ""
            said.append(str(message["content"]))
        elif message["role"] == "tool":
            results.append(str(message["content"]))
        elif message.get("own"):
            yield Step(
                id=f"{row.id}:{place}",
                dialogue=row.id,
                lang=message.get("lang", row.lang),
                act=act,
                messages=sent(row.messages[:place]),
                calls=calls_of(message),
                text="" if message.get("tool_calls") else str(message["own"]),
                opens=opens,
                asks_back=_asks_back(row, act, place),
                results=tuple(results),
                said=tuple(said),
            )
            opens = False


def sent(history: Sequence[Message]) -> list[Message]:
    """What the assistant sends for a history that ends in the turn under way."""
    plain = [{k: v for k, v in m.items() if k in _KEPT} for m in history]
    begun = max(n for n, message in enumerate(plain) if message["role"] == "user")
    return [{"role": "system", "content": SYSTEM}, *trim(plain[:begun]), *plain[begun:]]


def calls_of(message: Message) -> tuple[Call, ...]:
    """The calls of a message of the assistant's."""
    functions = [call["function"] for call in message.get("tool_calls") or []]
    return tuple((f["name"], json.loads(f["arguments"])) for f in functions)


def turn_acts(acts: Sequence[str]) -> list[str]:
    """One act for each turn. Two wishes, or the number and the reason, are said in one message."""
    turns: list[str] = []
    for act in acts:
        if act == "two_wishes":
            del turns[-2:]
        elif act in ("give_needless", "give_mistake") and turns[-1:] == ["give_order"]:
            turns.pop()
        turns.append(act)
    return turns


def _asks_back(row: Row, act: str, place: int) -> bool:
    """Whether the turn that the message stands in ends in a question for what is missing."""
    if act not in _ASKED_BACK:
        return False
    turn = _turn_around(row.messages, place)
    calls = [name for message in turn for name, _ in calls_of(message)]
    proposed = any(name.startswith("propose_") for name in calls)
    return not proposed and (row.customer is not None or not calls)


def _turn_around(messages: Sequence[Message], place: int) -> list[Message]:
    first = max(n for n in range(place + 1) if messages[n]["role"] == "user")
    rest = range(first + 1, len(messages))
    last = next((n for n in rest if messages[n]["role"] == "user"), len(messages))
    return list(messages[first:last])
