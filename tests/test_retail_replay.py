"""The gold actions of 500 real tasks, proposed and confirmed: done exactly, or refused rightly.

Once through the service alone, once by a scripted shopper through the whole assistant with a model
that calls perfectly.
"""

import shutil
from collections import Counter as Counter_
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.clock import pinned_clock
from agent.confirming import Confirm
from agent.context import Shopper
from agent.errors import Refused
from agent.orders.database import Database
from agent.orders.proposals import Proposals
from agent.orders.wishes import AddressChange, Cancellation, ItemChange, PaymentChange, Return
from finetune.evaluation.retail.oracle import Oracle, expected, stored
from finetune.evaluation.retail.shop import NOW, batches, copied_shop, import_shop
from finetune.evaluation.retail.tasks import Task, tasks, wish_of
from tests.scripted_model import Call, Say, call
from tests.shared_data import shared_data
from tests.shop_fixtures import Counter, only, open_counter

ZONE = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def retail() -> Path:
    return shared_data("retail_orders")


@pytest.fixture(scope="module")
def imported(retail: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole shop in an SQLite file, to copy."""
    return import_shop(retail, tmp_path_factory.mktemp("retail"))


def replay(db: Database, retail: Path, task: Task) -> list[str]:
    """Do the task's actions as its customer; the rules that refused some of them.

    What is not refused must leave the state that the oracle expects, and what is refused nothing.
    """
    proposals = Proposals(db, pinned_clock(NOW), ZONE)
    shopper, oracle = Shopper.signed_in(task.customer), Oracle(retail)
    refused = []
    for action in task.actions:
        order_id = action["kwargs"]["order_id"]
        wish = wish_of(action, oracle.order(order_id))
        before = stored(db, order_id)
        try:
            proposal = proposals.propose(shopper, f"task-{task.id}", wish)
        except Refused as error:
            refused.append(error.rule)
            assert stored(db, order_id) == before
            continue
        assert stored(db, order_id) == before
        proposals.confirm(shopper, f"task-{task.id}", proposal.id)
        oracle.act(action)
        assert stored(db, order_id) == expected(oracle, order_id), (task.id, action)
    return refused


@pytest.mark.integration
def test_gold_actions(
    retail: Path, imported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done, refusals = 0, Counter_[str]()
    for task in tasks(retail):
        file = shutil.copy(imported, tmp_path / "shop.db")
        db = Database(f"sqlite:///{file}")
        refused = replay(db, retail, task)
        db.dispose()
        if task.sound:
            assert refused == [], task
            done += 1
            continue
        wanted = set()
        if task.same_item:
            wanted.add("other_variant")
        if task.errors:
            wanted.add("gift_card_covers")
        assert refused and set(refused) <= wanted, (task, refused)
        refusals.update(refused)
    with capsys.disabled():
        print(f"\nretail: {done} sound tasks done, {500 - done} refused: {dict(refusals)}")
    assert done == 436


def call_of(action: dict[str, Any], order: dict[str, Any]) -> Call:
    """What a perfect model makes of the wish."""
    given, wish = action["kwargs"], wish_of(action, order)
    match wish:
        case Cancellation():
            return call("propose_cancellation", order_id=wish.order_id, reason=wish.reason)
        case AddressChange():
            address = wish.address.model_dump()
            return call("propose_address_change", order_id=wish.order_id, **address)
        case PaymentChange():
            return call(
                "propose_payment_change", order_id=wish.order_id, payment_method_id=wish.method_id
            )
        case Return():
            return call(
                "propose_return",
                order_id=wish.order_id,
                lines=[part.line for part in wish.parts],
                reason=wish.reason,
                refund_method_id=wish.method_id,
            )
    name = "propose_item_change" if isinstance(wish, ItemChange) else "propose_exchange"
    changes = [{"line": swap.line, "to": swap.to} for swap in wish.swaps]
    method = given["payment_method_id"]
    return call(name, order_id=wish.order_id, changes=changes, payment_method_id=method)


def said(action: dict[str, Any]) -> str:
    """The wish in the shopper's words, everything in it that a tool must have heard."""
    parts = [str(value) for value in action["kwargs"].values() if isinstance(value, str)]
    return f"{action['name'].replace('_', ' ')}: {', '.join(parts)}"


async def shop_for(counter: Counter, retail: Path, task: Task, unconfirmed: list[str]) -> None:
    """State each wish, look at what is proposed, press the button; compare the database."""
    oracle, shopper = Oracle(retail), Shopper.signed_in(task.customer)
    for number, action in enumerate(task.actions):
        order_id = action["kwargs"]["order_id"]
        before = stored(counter.assistant.shop.db, order_id)
        counter.model.enqueue(call_of(action, oracle.order(order_id)), Say("Please check it."))
        session = f"task-{task.id}"
        events = await counter.ask(said(action), shopper=shopper, session=session)
        card = only(events, "proposal")
        if stored(counter.assistant.shop.db, order_id) != before:
            unconfirmed.append(f"{task.id}.{number}")
        done = await counter.ask(Confirm(card.id), shopper=shopper, session=session)
        assert only(done, "receipt").order_id == order_id
        oracle.act(action)
        assert stored(counter.assistant.shop.db, order_id) == expected(oracle, order_id), task


@pytest.mark.integration
async def test_a_scripted_shopper(
    retail: Path, imported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    passed, unconfirmed = 0, list[str]()
    for batch, some in enumerate(batches([task for task in tasks(retail) if task.sound])):
        with copied_shop(imported, tmp_path / str(batch)) as shop:
            counter = open_counter(shop)
            for task in some:
                await shop_for(counter, retail, task, unconfirmed)
                passed += 1
    with capsys.disabled():
        print(f"\nscripted shopper: {passed} of 436 tasks, unconfirmed writes {len(unconfirmed)}")
    assert (passed, unconfirmed) == (436, [])
