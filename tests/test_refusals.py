"""What the shopper sees of a change that the shop refused: in the conversation, once, and on the
order for as long as nothing else was done to it."""

from typing import Any

import pytest
from sqlalchemy import select

from agent.context import ANONYMOUS, Shopper
from agent.orders.answers import Answer
from agent.orders.models import Order
from agent.orders.outbox import Outbox
from agent.orders.wishes import Address, AddressChange, Cancellation, ProfileChange
from agent.shop import Shop
from tests.scripted_model import Say, call
from tests.shop_fixtures import STRANGER, Counter, kinds, only, spoken
from ui.order_panel import order_panel

ADDRESS = Address(line1="9 Oak Ave", city="Austin", region="TX", postal_code="78701", country="US")


@pytest.fixture
def pending(shop: Shop) -> tuple[Shopper, str]:
    """A customer and a pending order of theirs."""
    with shop.db.read() as session:
        of_others = Order.customer_id != STRANGER.customer_id
        order = session.scalars(select(Order).where(Order.status == "pending", of_others)).first()
    assert order is not None
    return Shopper.signed_in(order.customer_id), order.id


def refuse(shop: Shop, shopper: Shopper, wish: Any, reason: str, **more: Any) -> None:
    proposal = shop.proposals.propose(shopper, "elsewhere", wish)
    shop.proposals.confirm(shopper, "elsewhere", proposal.id)
    answer = Answer(status="refused", reason=reason, **more)
    Outbox(shop.db, shop.clock).answer(proposal.id, answer)


async def test_a_refusal_is_said_once_and_stays_on_the_order(
    counter: Counter, shop: Shop, pending: tuple[Shopper, str]
) -> None:
    counter.shopper, id_ = pending
    wish = Cancellation(order_id=id_, reason="no longer needed")
    refuse(shop, counter.shopper, wish, "it is packed already")
    notice = (
        f"The shop could not do this: Cancel order {id_}. It said: it is packed already. "
        "Everything is as it was before."
    )
    counter.model.enqueue(call("get_order", order_id=id_), Say("It is pending."))
    first = await counter.ask(f"where is {id_}?")
    assert kinds(first)[:2] == ["status:thinking", "text"]
    assert spoken(first).startswith(f"{notice}\n")
    assert only(first, "order").note == notice
    assert "it is packed already" in order_panel(only(first, "order"), "en")
    assert notice in shop.sessions.history(counter.session)[-1]["content"]
    counter.model.enqueue(call("get_order", order_id=id_), Say("It is pending."))
    second = await counter.ask(f"and where is {id_} now?")
    assert notice not in spoken(second)
    assert only(second, "order").note == notice
    # Another change that stands takes the note away.
    proposal = shop.proposals.propose(
        counter.shopper, "elsewhere", AddressChange(order_id=id_, address=ADDRESS)
    )
    shop.proposals.confirm(counter.shopper, "elsewhere", proposal.id)
    counter.model.enqueue(call("get_order", order_id=id_), Say("It is pending."))
    assert only(await counter.ask(f"and {id_}?"), "order").note == ""


async def test_in_chinese_without_a_model_and_for_nobody_else(
    counter: Counter, shop: Shop, pending: tuple[Shopper, str]
) -> None:
    counter.shopper, _ = pending
    counter.ready.ready = False
    refuse(shop, counter.shopper, ProfileChange(address=ADDRESS), "地址不在配送范围。")
    for session, other in (("session-2", STRANGER), ("session-3", ANONYMOUS)):
        events = await counter.ask("我的订单呢", shopper=other, session=session)
        assert "商店" not in spoken(events)
    said = spoken(await counter.ask("我的订单呢"))
    assert said.startswith(
        "商店无法执行这项操作：更改账户地址。商店的说明：地址不在配送范围。一切已恢复原状。\n"
    )


async def test_what_staff_must_see_to(
    counter: Counter, shop: Shop, pending: tuple[Shopper, str]
) -> None:
    counter.shopper, id_ = pending
    outbox = Outbox(shop.db, shop.clock)
    changes = []
    for wish in (
        AddressChange(order_id=id_, address=ADDRESS),
        Cancellation(order_id=id_, reason="no longer needed"),
    ):
        proposal = shop.proposals.propose(counter.shopper, "elsewhere", wish)
        shop.proposals.confirm(counter.shopper, "elsewhere", proposal.id)
        changes.append(proposal.id)
    outbox.answer(changes[0], Answer(status="refused"))
    counter.model.enqueue(call("get_order", order_id=id_), Say("It is cancelled."))
    events = await counter.ask(f"where is {id_}?")
    assert spoken(events).startswith(
        f"The shop could not do this: Send order {id_} to another address. "
        "A member of staff has to look at it.\n"
    )
    # The cancellation after it stands, and the order says nothing of the address.
    assert only(events, "order").note == ""
