"""What tau-bench's shop must look like after a task, and what ours does.

The oracle acts on the source's own JSON and knows nothing of our code: it says what an order and
its owner's gift cards must look like afterwards. Cancelling refunds net per method, where the
source's own code refunds refunds.
"""

import copy
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import AfterSale, Order, PaymentMethod
from finetune.evaluation.retail.tasks import Action, lines_of, source


class Oracle:
    """The source's shop, acted upon by its own words."""

    def __init__(self, folder: Path) -> None:
        self._source = source(folder)
        self.orders: dict[str, dict[str, Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.variants = {
            item_id: item
            for product in self._source["products.json"].values()
            for item_id, item in product["variants"].items()
        }

    def order(self, order_id: str) -> dict[str, Any]:
        """The order, copied when it is first touched."""
        if order_id not in self.orders:
            self.orders[order_id] = copy.deepcopy(self._source["orders.json"][order_id])
        return self.orders[order_id]

    def user(self, user_id: str) -> dict[str, Any]:
        """The user, likewise."""
        if user_id not in self.users:
            self.users[user_id] = copy.deepcopy(self._source["users.json"][user_id])
        return self.users[user_id]

    def act(self, action: Action) -> None:
        """Do what the action says."""
        given, order = action["kwargs"], self.order(action["kwargs"]["order_id"])
        match action["name"]:
            case "cancel_pending_order":
                order["status"] = "cancelled"
                for method, cents in net(order).items():
                    self._pay(order, "refund", method, cents)
            case "modify_pending_order_address":
                keys = ("address1", "address2", "city", "state", "country", "zip")
                order["address"] = {key: given[key] for key in keys}
            case "modify_pending_order_payment":
                paid = order["payment_history"][0]
                cents = round(100 * paid["amount"])
                self._pay(order, "payment", given["payment_method_id"], cents)
                self._pay(order, "refund", paid["payment_method_id"], cents)
            case "modify_pending_order_items":
                more = self._swap(order, given["item_ids"], given["new_item_ids"])
                self._settle(order, given["payment_method_id"], more, refund_now=True)
            case "return_delivered_order_items":
                order["status"] = "return_requested"
                lines = lines_of(order, given["item_ids"])
                order["back"] = dict.fromkeys(lines)
                cents = sum(round(100 * order["items"][n - 1]["price"]) for n in lines)
                self._note(order, "refund", given["payment_method_id"], cents)
            case "exchange_delivered_order_items":
                order["status"] = "exchange_requested"
                lines = lines_of(order, given["item_ids"])
                order["back"] = dict(zip(lines, given["new_item_ids"], strict=True))
                before = sum(round(100 * order["items"][n - 1]["price"]) for n in lines)
                after = sum(round(100 * self.variants[i]["price"]) for i in given["new_item_ids"])
                self._settle(order, given["payment_method_id"], after - before, refund_now=False)
            case other:
                raise ValueError(f"no action is called {other}")

    def _swap(self, order: dict[str, Any], old: list[str], new: list[str]) -> int:
        more = 0
        for line, item_id in zip(lines_of(order, old), new, strict=True):
            item, variant = order["items"][line - 1], self.variants[item_id]
            more += round(100 * variant["price"]) - round(100 * item["price"])
            item |= {"item_id": item_id, "price": variant["price"], "options": variant["options"]}
        return more

    def _settle(self, order: dict[str, Any], method: str, more: int, *, refund_now: bool) -> None:
        if more > 0:
            self._pay(order, "payment", method, more)
        elif more < 0 and refund_now:
            self._pay(order, "refund", method, -more)
        elif more < 0:
            self._note(order, "refund", method, -more)

    def _pay(self, order: dict[str, Any], kind: str, method: str, cents: int) -> None:
        self._note(order, kind, method, cents)
        card = self.user(order["user_id"])["payment_methods"][method]
        if card["source"] == "gift_card":
            cents_held = round(100 * card["balance"])
            cents_held += cents if kind == "refund" else -cents
            card["balance"] = cents_held / 100

    def _note(self, order: dict[str, Any], kind: str, method: str, cents: int) -> None:
        order["payment_history"].append(
            {"transaction_type": kind, "amount": cents / 100, "payment_method_id": method}
        )


def net(order: dict[str, Any]) -> dict[str, int]:
    """Cents that each method has in the order."""
    held: Counter[str] = Counter()
    for payment in order["payment_history"]:
        sign = 1 if payment["transaction_type"] == "payment" else -1
        held[payment["payment_method_id"]] += sign * round(100 * payment["amount"])
    return {method: cents for method, cents in held.items() if cents > 0}


def expected(oracle: Oracle, order_id: str) -> dict[str, Any]:
    """The order's state by the oracle, in comparable form."""
    order = oracle.order(order_id)
    cards = oracle.user(order["user_id"])["payment_methods"].values()
    return {
        "status": order["status"],
        "address": {key: value for key, value in _address(order["address"]).items() if value},
        "lines": [(i["product_id"], i["item_id"], round(100 * i["price"])) for i in order["items"]],
        "options": [sorted(i["options"].values()) for i in order["items"]],
        "money": Counter(
            (p["transaction_type"], p["payment_method_id"], round(100 * p["amount"]))
            for p in order["payment_history"]
        ),
        "back": order.get("back", {}),
        "cards": {c["id"]: round(100 * c["balance"]) for c in cards if c["source"] == "gift_card"},
    }


def _address(given: dict[str, str]) -> dict[str, str]:
    names = {
        "line1": "address1",
        "line2": "address2",
        "city": "city",
        "region": "state",
        "postal_code": "zip",
        "country": "country",
    }
    return {ours: given[theirs] for ours, theirs in names.items()}


def stored(db: Database, order_id: str) -> dict[str, Any]:
    """The order's state in our database, in the same form."""
    with db.read(SYSTEM) as session:
        order = session.get_one(Order, order_id)
        after = session.get(AfterSale, order_id)
        cards = session.scalars(
            select(PaymentMethod).where(
                PaymentMethod.customer_id == order.customer_id, PaymentMethod.kind == "gift_card"
            )
        )
        return {
            "status": order.status,
            "address": {key: value for key, value in order.address.items() if value},
            "lines": [(n.product_id, n.variant_id, n.unit_price_minor) for n in order.lines],
            "options": [_values(n.options) for n in order.lines],
            "money": Counter((p.kind, p.method_id, p.amount_minor) for p in order.payments),
            "back": {n.line: n.to_variant_id for n in after.lines} if after else {},
            "cards": {card.id: card.balance_minor for card in cards},
        }


def _values(options: dict[str, str]) -> list[str]:
    """The values of "colour: red, size: M" or "red, M", sorted."""
    text = options.get("") or options["en"]
    return sorted(part.split(": ", 1)[-1] for part in text.split(", "))
