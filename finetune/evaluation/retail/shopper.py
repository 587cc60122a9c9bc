"""The scripted shopper: states a wish, answers a question or two, looks at what is proposed."""

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from agent.asked import Asked
from agent.assistant import Assistant
from agent.confirming import Confirm, Dismiss
from agent.context import Shopper
from agent.errors import NotFound
from agent.events import Done, Event, Text
from agent.judging import prose
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import Customer, Order
from agent.orders.terms import Terms, same_address
from agent.orders.wishes import AddressChange
from agent.replaying import replayed
from finetune.evaluation.retail.oracle import Oracle, expected, stored
from finetune.evaluation.retail.tasks import Action, Task, wish_of
from finetune.evaluation.retail.words import spoken

PATIENCE = 3
"""How often the shopper speaks for one wish: the wish, and two answers."""


@dataclass
class Outcome:
    """How a task went. `why`: why it failed, "" where the database is as it should be."""

    task: int
    run: int
    kinds: list[str] = field(default_factory=list)
    why: str = ""
    unconfirmed: int = 0
    dismissed: int = 0
    turns: int = 0
    seconds: float = 0.0
    transcript: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the database is as it should be."""
        return not self.why


class Visitor:
    """One signed-in shopper with a task."""

    def __init__(self, assistant: Assistant, source: Path, task: Task, run: int, seed: int) -> None:
        self._assistant, self._task = assistant, task
        self._db = assistant.shop.db
        self._oracle = Oracle(source)
        self._rng = random.Random(f"{seed}:{run}:{task.id}")
        self._shopper = Shopper.signed_in(task.customer)
        self._session = f"task-{task.id}-{run}"
        kinds = [action["name"] for action in task.actions]
        self.outcome = Outcome(task.id, run, kinds)

    async def go(self) -> Outcome:
        """Every wish in turn, until one of them fails; then the database is looked at."""
        for action in self._task.actions:
            if not await self._wish(action):
                return self.outcome
            self._oracle.act(action)
        for order_id in {action["kwargs"]["order_id"] for action in self._task.actions}:
            if stored(self._db, order_id) != expected(self._oracle, order_id):
                self.outcome.why = f"order {order_id} is not as it should be"
        return self.outcome

    async def _wish(self, action: Action) -> bool:
        words = spoken(action, self._oracle, self._rng)
        text = words.state()
        for _ in range(PATIENCE):
            events = await self._say(text)
            pending = self._assistant.shop.proposals.pending(self._shopper, self._session)
            if pending is None:
                text = words.answer(prose(events))
                continue
            order = self._oracle.order(action["kwargs"]["order_id"])
            if not (unlike := mismatch(pending.terms, action, order)):
                await self._ask(Confirm(pending.id))
                self.outcome.why = ""
                return True
            self.outcome.dismissed += 1
            self.outcome.why = f"{action['name']}: proposed with another {unlike}"
            await self._ask(Dismiss(pending.id))
            text = words.not_this()
        self.outcome.why = self.outcome.why or f"{action['name']}: nothing was proposed"
        return False

    async def _say(self, text: str) -> list[Event]:
        """Words alone may change nothing."""
        before = snapshot(self._db, self._task.customer)
        events = await self._ask(text)
        if snapshot(self._db, self._task.customer) != before:
            self.outcome.unconfirmed += 1
        return events

    async def _ask(self, asked: Asked) -> list[Event]:
        stream = self._assistant.turn(self._session, self._shopper, asked, "en")
        with replayed() as kept:
            events = [event async for event in stream]
        done = next((event for event in events if isinstance(event, Done)), None)
        self.outcome.turns += 1
        self.outcome.seconds += (done.seconds if done else 0.0) + sum(kept)
        self.outcome.transcript.append(
            {
                "shopper": asked if isinstance(asked, str) else type(asked).__name__.lower(),
                "tools": [list(call) for call in done.tools] if done else [],
                "assistant": " ".join(e.text for e in events if isinstance(e, Text)),
            }
        )
        return events


def mismatch(terms: Terms, action: Action, order: dict[str, Any]) -> str:
    """What of a proposal is not what was wished for: "order", "lines" …; "" if nothing."""
    given, wish = action["kwargs"], wish_of(action, order)
    if terms.kind != wish.kind:
        return "kind of change"
    if terms.order_id != wish.order_id:
        return "order"
    if "reason" in given and terms.reason.casefold() != given["reason"]:
        return "reason"
    if isinstance(wish, AddressChange) and not same_address(
        terms.address_after, wish.address.model_dump()
    ):
        return "address"
    lines = Counter((line.before_variant, line.after_variant) for line in terms.lines)
    if "item_ids" in given:
        after = given.get("new_item_ids") or [None] * len(given["item_ids"])
        if lines != Counter(zip(given["item_ids"], after, strict=True)):
            return "items or options"
    if "payment_method_id" in given and not _by_method(terms, given["payment_method_id"]):
        return "payment method"
    return ""


def _by_method(terms: Terms, method_id: str) -> bool:
    """Whether the money goes where it should; a payment change refunds what was paid before."""
    counted = [m for m in terms.money if terms.kind != "payment_change" or m.kind == "payment"]
    return all(money.method_id == method_id for money in counted)


def snapshot(db: Database, customer_id: str) -> list[Any]:
    """Everything of a customer's that a write could change."""
    with db.read(SYSTEM) as session:
        found = session.get(Customer, customer_id)
        if found is None:
            raise NotFound(f"there is no customer {customer_id}")
        ids = session.scalars(select(Order.id).where(Order.customer_id == customer_id))
        orders, address = sorted(ids), dict(found.address)
    return [address, *(stored(db, order_id) for order_id in orders)]
