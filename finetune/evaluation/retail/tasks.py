"""tau-bench's retail tasks: who does what, and its gold actions as wishes in our words."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agent.errors import ImportFileError
from agent.orders.wishes import (
    Address,
    AddressChange,
    Cancellation,
    Exchange,
    ItemChange,
    OrderWish,
    Part,
    PaymentChange,
    Return,
    Swap,
)
from agent.settings import CHECKOUT

MAPPING = CHECKOUT / "data" / "mappings" / "retail_orders.yaml"
FILES = ("users.json", "orders.json", "products.json")

Action = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One training task: who it is, what is done, and why it cannot be done if it is unsound."""

    id: int
    customer: str
    actions: list[Action]
    errors: list[list[str]]
    same_item: bool

    @property
    def sound(self) -> bool:
        """Whether the gold actions may all be done."""
        return not self.errors and not self.same_item


@cache
def tasks(folder: Path) -> list[Task]:
    """All training tasks with what the data set says of them. Raises ImportFileError."""
    try:
        gold = json.loads((folder / "tasks_train.json").read_text("utf-8"))
        lines = (folder / "train_intents.jsonl").read_text("utf-8").splitlines()
    except OSError as error:
        raise ImportFileError(f"{folder} holds no tasks of tau-bench retail: {error}") from None
    notes = {note["task_id"]: note for note in map(json.loads, lines)}
    return [
        Task(
            id=task["id"],
            customer=task["user_id"],
            actions=task["actions"],
            errors=notes[task["id"]]["gold_replay_errors"],
            same_item=notes[task["id"]]["same_item_swap"],
        )
        for task in gold
    ]


@cache
def source(folder: Path) -> dict[str, Any]:
    """The three files as they are."""
    return {name: json.loads((folder / name).read_text("utf-8")) for name in FILES}


def lines_of(order: dict[str, Any], item_ids: list[str]) -> list[int]:
    """The line numbers of the items; an item named twice is two lines."""
    found: list[int] = []
    for item_id in item_ids:
        places = [n for n, item in enumerate(order["items"], 1) if item["item_id"] == item_id]
        found.append(next(n for n in places if n not in found))
    return found


def wish_of(action: Action, order: dict[str, Any]) -> OrderWish:
    """A gold action in our words; `order` as it is at that moment."""
    given = action["kwargs"]
    order_id = given["order_id"]
    match action["name"]:
        case "cancel_pending_order":
            return Cancellation(order_id=order_id, reason=given["reason"])
        case "modify_pending_order_address":
            address = Address(
                line1=given["address1"],
                line2=given["address2"],
                city=given["city"],
                region=given["state"],
                postal_code=given["zip"],
                country=given["country"],
            )
            return AddressChange(order_id=order_id, address=address)
        case "modify_pending_order_payment":
            return PaymentChange(order_id=order_id, method_id=given["payment_method_id"])
        case "return_delivered_order_items":
            parts = tuple(Part(line=n) for n in lines_of(order, given["item_ids"]))
            method = given["payment_method_id"]
            return Return(order_id=order_id, parts=parts, reason="does not fit", method_id=method)
    pairs = zip(lines_of(order, given["item_ids"]), given["new_item_ids"], strict=True)
    swaps = tuple(Swap(line=line, to=to) for line, to in pairs)
    kind = ItemChange if action["name"] == "modify_pending_order_items" else Exchange
    return kind(order_id=order_id, swaps=swaps, method_id=given["payment_method_id"])
