"""A conversation as it is kept, to train on or to measure with."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from agent.events import Lang


@dataclass(frozen=True)
class Row:
    """One conversation to train on or to measure with.

    `messages` are as the model server takes them; a message of the assistant has `own`, what of it
    the model itself says ("" for what code said).
    """

    id: str
    lang: Lang
    world: int
    customer: str | None
    acts: list[str]
    messages: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON Lines."""
        return asdict(self)


def turns_of(row: Row) -> Iterator[list[dict[str, Any]]]:
    """The messages of each turn that the model took part in."""
    turn: list[dict[str, Any]] = []
    for message in [*row.messages, {"role": "user"}]:
        if message["role"] == "user":
            if turn and not turn[0].get("button"):
                yield turn
            turn = []
        turn.append(message)
