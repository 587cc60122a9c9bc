"""What the shop answers: kept, taken back exactly, or left to staff where the order moved on."""

from typing import Any

import pytest
from sqlalchemy import select

from agent.errors import AnswerConflict, NotFound
from agent.orders.answers import Answer
from agent.orders.models import AuditEntry, Order, PaymentMethod, Variant
from agent.orders.outbox import Outbox
from agent.orders.wishes import ItemChange, Part, Return, Swap
from tests.desk import Desk, wishes
from tests.desk import desk as desk

REFUSED = Answer(status="refused", reason="already packed")
ACCEPTED = Answer(status="accepted")
RECEIVED = Answer(status="received")
KINDS = list(wishes("", ""))


@pytest.fixture
def outbox(desk: Desk) -> Outbox:
    return Outbox(desk.db, desk.clock)


def audited(desk: Desk) -> list[str]:
    with desk.db.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_change_is_taken_back_exactly(desk: Desk, outbox: Outbox, kind: str) -> None:
    order_id = "D-1" if kind in ("return", "exchange") else "P-1"
    before = desk.snapshot(order_id)
    id_ = desk.confirm(wishes("P-1", "D-1")[kind])
    assert desk.snapshot(order_id) != before
    event = outbox.answer(id_, REFUSED)
    assert desk.snapshot(order_id) == before
    assert (event.status, event.answer, event.needs_staff) == ("refused", "already packed", False)
    assert desk.after_sale("D-1") == ("refused" if order_id == "D-1" else None)
    assert audited(desk)[0] == kind and audited(desk)[-1] == f"{kind}_refused"
    entries = len(audited(desk))
    outbox.answer(id_, REFUSED)
    assert (desk.snapshot(order_id), len(audited(desk))) == (before, entries)
    with pytest.raises(AnswerConflict):
        outbox.answer(id_, ACCEPTED)
    assert outbox.answer(id_, REFUSED).status == "refused"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("return", "exchange")])
def test_what_was_refused_can_be_asked_for_again(desk: Desk, outbox: Outbox, kind: str) -> None:
    wish = wishes("P-1", "D-1")[kind]
    first = desk.confirm(wish)
    after = desk.snapshot("P-1")
    outbox.answer(first, REFUSED)
    desk.confirm(wish)
    assert desk.snapshot("P-1") == after


def test_the_shop_says_how_the_order_is(desk: Desk, outbox: Outbox) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    said = Answer(status="refused", reason="it has left", order_status="shipped")
    assert not outbox.answer(id_, said).needs_staff
    snapshot = desk.snapshot("P-1")
    assert (snapshot["status"], snapshot["paid"], snapshot["balances"]) == (
        "shipped",
        (3750, 0),
        {"card": None, "gift": 10000},
    )


def test_an_order_that_moved_on_is_left_to_staff(desk: Desk, outbox: Outbox) -> None:
    first = desk.confirm(wishes("P-1", "D-1")["address_change"])
    second = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    before = desk.snapshot("P-1")
    event = outbox.answer(first, REFUSED)
    assert desk.snapshot("P-1") == before
    assert (event.needs_staff, event.last_error) == (
        True,
        "the order has been changed again since",
    )
    assert outbox.figures().for_staff == 1
    # The later one can still be taken back, and only it.
    assert not outbox.answer(second, REFUSED).needs_staff
    assert desk.snapshot("P-1")["status"] == "pending"
    assert desk.snapshot("P-1")["address"]["line1"] == "9 Oak Ave"


@pytest.mark.parametrize("kind", ["cancellation", "payment_change", "item_change"])
def test_what_else_happened_to_the_order_is_left_alone(
    desk: Desk, outbox: Outbox, kind: str
) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")[kind])
    with desk.db.write() as session:
        order = session.get_one(Order, "P-1")
        if kind == "item_change":
            order.lines[1].variant_id = "green"
        elif kind == "payment_change":
            order.payments.pop()
            order.refunded_minor = 0
        else:
            order.status = "shipped"
    before = desk.snapshot("P-1")
    assert outbox.answer(id_, REFUSED).needs_staff
    assert desk.snapshot("P-1") == before


def test_a_gift_card_that_was_spent_is_not_overdrawn(desk: Desk, outbox: Outbox) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    with desk.db.write() as session:
        session.get_one(PaymentMethod, ("ana", "gift")).balance_minor = 100
    event = outbox.answer(id_, REFUSED)
    assert (event.needs_staff, event.last_error) == (True, "gift card has been spent since")
    assert desk.snapshot("P-1")["balances"]["gift"] == 100


def test_pieces_that_were_sold_since_do_not_hinder(desk: Desk, outbox: Outbox) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    assert desk.stock() == {"mug": 18, "red": 8, "blue": 10}
    with desk.db.write() as session:
        session.get_one(Variant, ("mug", "red")).stock = 1
    assert not outbox.answer(id_, REFUSED).needs_staff
    assert desk.stock() == {"mug": 15, "red": 0, "blue": 10}
    with desk.db.read() as session:
        (taken,) = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "cancellation_taken_back")
        )
        assert [move["change"] for move in taken.after["stock_missing"]] == [3]


def test_goods_that_are_back_are_paid_once(desk: Desk, outbox: Outbox) -> None:
    part = Return(order_id="D-1", parts=(Part(line=1),), reason="too big", method_id="gift")
    id_ = desk.confirm(part)
    assert desk.snapshot("D-1")["balances"]["gift"] == 10000
    for _ in range(2):
        assert outbox.answer(id_, RECEIVED).status == "accepted"
        snapshot = desk.snapshot("D-1")
        assert (snapshot["status"], desk.after_sale("D-1")) == ("returned", "completed")
        assert snapshot["balances"]["gift"] == 12500
        assert [money[-1] for money in snapshot["money"]] == [True, True]
    assert outbox.answer(id_, ACCEPTED).status == "accepted"
    with pytest.raises(AnswerConflict, match="come back already"):
        outbox.answer(id_, REFUSED)
    assert desk.snapshot("D-1") == snapshot


def test_an_exchange_ends_as_the_shop_says(desk: Desk, outbox: Outbox) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")["exchange"])
    outbox.answer(id_, Answer(status="received", order_status="shipped"))
    assert desk.after_sale("D-1") == "completed"
    assert desk.snapshot("D-1")["status"] == "shipped"


def test_answers_that_make_no_sense(desk: Desk, outbox: Outbox) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    before: dict[str, Any] = desk.snapshot("P-1")
    with pytest.raises(AnswerConflict, match="no goods"):
        outbox.answer(id_, RECEIVED)
    with pytest.raises(NotFound):
        outbox.answer("nothing", ACCEPTED)
    assert desk.snapshot("P-1") == before


def test_accepted_and_then_not_possible_after_all(desk: Desk, outbox: Outbox) -> None:
    before = desk.snapshot("P-1")
    swaps = (Swap(line=1, quantity=1, to="blue"),)
    id_ = desk.confirm(ItemChange(order_id="P-1", swaps=swaps, method_id="gift"))
    assert outbox.answer(id_, ACCEPTED).delivered_at == desk.now
    assert outbox.answer(id_, REFUSED).needs_staff is False
    assert desk.snapshot("P-1") == before
