"""Confirming proposals: for whom, once only, in time, and nothing that changed since."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from agent.clock import pinned_clock
from agent.context import ANONYMOUS, Shopper
from agent.errors import NotFound, ProposalChanged, ProposalDecided, ProposalExpired
from agent.orders.database import Database
from agent.orders.models import AuditEntry, Order, OutboxEvent, Proposal, Variant
from agent.orders.proposals import LIFETIME, Proposals, ProposalView, figures
from agent.orders.wishes import (
    AddressChange,
    Cancellation,
    Exchange,
    ItemChange,
    OrderWish,
    Part,
    PaymentChange,
    ProfileChange,
    Return,
    Swap,
)
from tests.desk_proposals import ELSEWHERE, NOT_NEEDED, Do, order
from tests.desk_proposals import do as do
from tests.desk_proposals import proposals as proposals
from tests.desk_proposals import shop as shop
from tests.desk_shop import ANA, BEN, NOW, ZONE, balance, invariants, snapshot, stock


def test_figures_of_what_became_of_proposals(shop: Database, proposals: Proposals) -> None:
    def propose(session_id: str) -> ProposalView:
        return proposals.propose(ANA, session_id, ProfileChange(address=ELSEWHERE))

    first, second = propose("a"), propose("a")
    proposals.confirm(ANA, "a", second.id)
    assert first.id != second.id
    assert figures(shop, NOW) == {
        "made": 2, "pending": 0, "expired": 0, "confirmed": 1, "dismissed": 0, "replaced": 1,
    }  # fmt: skip
    with shop.write() as session:
        session.execute(update(Proposal).values(status="pending"))
    later = figures(shop, NOW + LIFETIME)
    assert (figures(shop, NOW)["pending"], later["pending"], later["expired"]) == (2, 0, 2)


# Who, and how often.

WISHES: list[OrderWish] = [
    Cancellation(order_id="B-2001", reason=NOT_NEEDED),
    AddressChange(order_id="B-2001", address=ELSEWHERE),
    PaymentChange(order_id="B-2001", method_id="visa-1"),
    ItemChange(order_id="B-2001", swaps=(Swap(line=1, to="shirt-red-s"),)),
    Return(order_id="B-2002", parts=(Part(line=1),)),
    Exchange(order_id="B-2002", swaps=(Swap(line=1, to="shirt-red-s"),)),
]


@pytest.mark.parametrize("wish", WISHES)
def test_a_foreign_order_is_a_missing_order(proposals: Proposals, wish: OrderWish) -> None:
    missing = wish.model_copy(update={"order_id": "X-1"})
    said = set()
    for shopper in (ANA, ANONYMOUS, Shopper.signed_in("nobody")):
        for asked in (wish, missing):
            with pytest.raises(NotFound) as refused:
                proposals.propose(shopper, "s", asked)
            said.add(str(refused.value))
    assert len(said) == 1


def test_only_whom_it_was_made_for_in_the_session_it_was_made_in(
    shop: Database, proposals: Proposals
) -> None:
    view = proposals.propose(ANA, "s", WISHES[0].model_copy(update={"order_id": "A-1001"}))
    before = snapshot(shop)
    for shopper, session in ((BEN, "s"), (ANA, "other"), (ANONYMOUS, "s")):
        for act in (proposals.confirm, proposals.dismiss):
            with pytest.raises(NotFound):
                act(shopper, session, view.id)
        with pytest.raises(NotFound):
            proposals.find_code(shopper, session, view.code)
        assert proposals.pending(shopper, session) is None
    assert snapshot(shop) == before


def test_confirmed_again_it_is_the_same_receipt(shop: Database, proposals: Proposals) -> None:
    view = proposals.propose(ANA, "s", Cancellation(order_id="A-1001", reason=NOT_NEEDED))
    first = proposals.confirm(ANA, "s", view.id)
    after = snapshot(shop)
    later = Proposals(shop, pinned_clock(NOW + timedelta(days=3)), ZONE)
    again = later.confirm(ANA, "s", view.id)
    assert (first.again, again.again) == (False, True)
    assert (again.number, again.terms, again.at) == (first.number, first.terms, first.at)
    assert snapshot(shop) == after
    with pytest.raises(ProposalDecided):
        proposals.dismiss(ANA, "s", view.id)


def test_sixteen_at_once_have_one_effect(shop: Database, proposals: Proposals) -> None:
    view = proposals.propose(ANA, "s", Cancellation(order_id="A-1007", reason=NOT_NEEDED))
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda _: proposals.confirm(ANA, "s", view.id), range(16)))
    assert len({receipt.number for receipt in receipts}) == 1
    assert sum(not receipt.again for receipt in receipts) == 1
    assert balance(shop) == 8000
    assert len(order(shop, "A-1007").payments) == 4
    assert invariants(shop) == []


def test_two_proposals_for_one_last_piece(shop: Database, proposals: Proposals) -> None:
    """Two orders want the last blue L: one gets it, the other is told."""
    views = [
        (who, session, proposals.propose(who, session, wish))
        for who, session, wish in (
            (ANA, "a", ItemChange(order_id="A-1001", swaps=(Swap(line=1, to="shirt-blue-l"),))),
            (BEN, "b", ItemChange(order_id="B-2001", swaps=(Swap(line=1, to="shirt-blue-l"),))),
        )
    ]

    def confirm(given: tuple[Shopper, str, ProposalView]) -> str:
        who, session, view = given
        try:
            proposals.confirm(who, session, view.id)
        except ProposalChanged as error:
            return error.en
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(confirm, views))
    assert sorted(map(bool, said)) == [False, True]
    assert "out of stock" in max(said)
    assert stock(shop, "shirt-blue-l") == 0
    assert invariants(shop) == []


# What happens in between.


def test_it_expires(shop: Database, proposals: Proposals) -> None:
    view = proposals.propose(ANA, "s", Cancellation(order_id="A-1001", reason=NOT_NEEDED))
    assert view.expires_at == NOW + LIFETIME
    before = snapshot(shop)
    later = Proposals(shop, pinned_clock(NOW + LIFETIME), ZONE)
    assert later.pending(ANA, "s") is None
    with pytest.raises(ProposalExpired):
        later.confirm(ANA, "s", view.id)
    assert snapshot(shop) == before


def test_a_later_one_takes_its_place(proposals: Proposals) -> None:
    first = proposals.propose(ANA, "s", Cancellation(order_id="A-1001", reason=NOT_NEEDED))
    second = proposals.propose(ANA, "s", Cancellation(order_id="A-1007", reason=NOT_NEEDED))
    other = proposals.propose(ANA, "t", Cancellation(order_id="A-1001", reason=NOT_NEEDED))
    with pytest.raises(ProposalDecided) as refused:
        proposals.confirm(ANA, "s", first.id)
    assert "later proposal" in refused.value.en
    pending = proposals.pending(ANA, "s")
    assert pending is not None
    assert pending.id == second.id
    proposals.confirm(ANA, "t", other.id)
    proposals.confirm(ANA, "s", second.id)


def test_dismissed_it_does_nothing(shop: Database, proposals: Proposals) -> None:
    view = proposals.propose(ANA, "s", Cancellation(order_id="A-1001", reason=NOT_NEEDED))
    proposals.dismiss(ANA, "s", view.id)
    proposals.dismiss(ANA, "s", view.id)
    before = snapshot(shop)
    with pytest.raises(ProposalDecided) as refused:
        proposals.confirm(ANA, "s", view.id)
    assert "dismissed" in refused.value.en
    assert proposals.pending(ANA, "s") is None
    assert snapshot(shop) == before


CHANGES: list[tuple[str, Any]] = [
    ("packed", update(Order).where(Order.id == "A-1001").values(status="processed")),
    ("dearer", update(Variant).where(Variant.id == "shirt-blue-m").values(price_minor=4100)),
    ("gone", update(Variant).where(Variant.id == "shirt-blue-m").values(stock=0)),
]


@pytest.mark.parametrize("what", CHANGES, ids=lambda change: change[0])
def test_what_changed_since_is_not_done(
    shop: Database, proposals: Proposals, what: tuple[str, Any]
) -> None:
    wish = ItemChange(order_id="A-1001", swaps=(Swap(line=1, to="shirt-blue-m"),))
    view = proposals.propose(ANA, "s", wish)
    with shop.write() as session:
        session.execute(what[1])
    before = snapshot(shop)
    with pytest.raises(ProposalChanged):
        proposals.confirm(ANA, "s", view.id)
    assert snapshot(shop) == before


def test_receipt_audit_and_outbox_are_written_with_it(shop: Database, do: Do) -> None:
    view = do(Cancellation(order_id="A-1001", reason=NOT_NEEDED))
    with shop.read() as session:
        audit = session.scalars(select(AuditEntry)).one()
        event = session.scalars(select(OutboxEvent)).one()
        proposal = session.get_one(Proposal, view.id)
    assert (audit.actor, audit.action, audit.order_id) == ("customer", "cancellation", "A-1001")
    assert (audit.before["status"], audit.after["status_after"]) == ("pending", "cancelled")
    assert (event.id, event.kind, event.status) == (view.id, "cancellation", "waiting")
    assert event.payload["money"][0]["amount"] == "67.00"
    assert proposal.status == "confirmed"
