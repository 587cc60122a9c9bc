"""One turn under way, and what is kept of it."""

from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    ToolMessage,
    convert_to_openai_messages,
)

from agent.context import TurnContext
from agent.events import Event, Table
from agent.history import Message
from agent.orders.refusals import Refusal
from agent.prose import Prose

_PRIVATE = {"address", "address_before", "address_after", "code"}


@dataclass
class Run:
    """One turn under way: what it is given, and what it has collected so far."""

    context: TurnContext
    text: str
    history: list[Message]
    prose: Prose
    started: float
    deadline: float
    before: list[BaseMessage] = field(default_factory=list)
    messages: list[BaseMessage] = field(default_factory=list)
    cards: list[Event] = field(default_factory=list)
    last_cards: list[Event] = field(default_factory=list)
    answer_id: str | None = None
    tokens: dict[str, int] = field(default_factory=dict)
    verdicts: list[str] = field(default_factory=list)
    unaided: str = ""
    refusals: list[Refusal] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def looked_up(self) -> list[ToolMessage]:
        """The results of this turn; a refusal is none."""
        return [m for m in self.messages if isinstance(m, ToolMessage) and m.status != "error"]

    def kept(self) -> list[Message]:
        """The turn as the history keeps it: what was said, called and shown."""
        calls = [m for m in self.messages[1:] if isinstance(m, ToolMessage) or _calls(m)]
        shown = AIMessage("\n".join([*self.notices, self.prose.join()]))
        messages = convert_to_openai_messages([HumanMessage(self.text), *_paired(calls), shown])
        return messages if isinstance(messages, list) else [messages]

    def trace(self) -> dict[str, Any]:
        """What staff see of how the turn came about."""
        context = self.context
        return {
            "tools": context.ran,
            "model_calls": context.model_calls,
            "model_seconds": round(context.model_seconds, 3),
            "tokens": self.tokens,
            "verdicts": self.verdicts,
            "unaided": self.unaided,
            "events": [
                card.model_dump(mode="json", exclude=_left_out(card)) for card in self.cards
            ],
        }


def _left_out(card: Event) -> set[str]:
    """Of a table the query is kept: its rows are the shop's own, and may be a thousand."""
    return _PRIVATE | {"rows"} if isinstance(card, Table) else _PRIVATE


def _calls(message: BaseMessage) -> bool:
    return isinstance(message, AIMessage) and bool(message.tool_calls)


def _paired(messages: list[BaseMessage]) -> list[BaseMessage]:
    """Calls that have their results, each with them: a history must be whole."""
    results = {m.tool_call_id: m for m in messages if isinstance(m, ToolMessage)}
    kept: list[BaseMessage] = []
    for message in messages:
        if isinstance(message, AIMessage):
            ids = [str(call["id"]) for call in message.tool_calls]
            if all(call_id in results for call_id in ids):
                # Calls made at once end in any order; the history has that of the calls.
                kept += [AIMessage("", tool_calls=message.tool_calls), *(results[i] for i in ids)]
    return kept
