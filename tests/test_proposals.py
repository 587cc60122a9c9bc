"""Proposing and confirming changes of orders: rules, money, stock, and one effect only."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from agent.clock import pinned_clock
from agent.context import ANONYMOUS, Shopper
from agent.errors import NotFound, ProposalChanged, ProposalDecided, ProposalExpired, Refused
from agent.orders.database import Database
from agent.orders.models import (
    AfterSale,
    AuditEntry,
    Customer,
    Order,
    OutboxEvent,
    Proposal,
    Variant,
)
from agent.orders.proposals import LIFETIME, Proposals, ProposalView, figures
from agent.orders.wishes import (
    Address,
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
from tests.desk_shop import (
    ANA,
    BEN,
    HOME,
    NOW,
    ZONE,
    balance,
    invariants,
    open_desk_shop,
    snapshot,
    stock,
)

ELSEWHERE = Address(
    line1="55 Juniper Road", city="Boulder", region="CO", postal_code="80302", country="US"
)
NOT_NEEDED = "no longer needed"


@pytest.fixture
def shop(db: Database, tmp_path: Path) -> Database:
    open_desk_shop(db, tmp_path / "shop")
    return db


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


@pytest.fixture
def proposals(shop: Database) -> Proposals:
    return Proposals(shop, pinned_clock(NOW), ZONE)


Do = Callable[[OrderWish | ProfileChange], ProposalView]


@pytest.fixture
def do(proposals: Proposals) -> Do:
    """Propose and confirm as Ana."""

    def done(wish: OrderWish | ProfileChange) -> ProposalView:
        view = proposals.propose(ANA, "s", wish)
        proposals.confirm(ANA, "s", view.id)
        return view

    return done


def money(view: ProposalView) -> list[tuple[str, int, str, bool]]:
    return [(m.kind, m.amount, m.method_id, m.settled) for m in view.terms.money]


def order(db: Database, order_id: str) -> Order:
    with db.read() as session:
        found = session.get_one(Order, order_id)
        _ = found.lines, found.payments
        return found


# Each operation, whole.


def test_a_cancellation(shop: Database, do: Do) -> None:
    view = do(Cancellation(order_id="a-1001", reason="I ordered it by accident"))
    assert view.terms.order_id == "A-1001"
    assert view.terms.reason == "ordered by mistake"
    assert money(view) == [("refund", 6700, "visa-1", True)]
    done = order(shop, "A-1001")
    assert (done.status, done.cancel_reason) == ("cancelled", "ordered by mistake")
    assert (done.paid_minor, done.refunded_minor) == (6700, 6700)
    assert (stock(shop, "shirt-blue-s"), stock(shop, "tea-50")) == (3, 23)
    assert invariants(shop) == []


def test_each_payment_is_refunded_to_its_own_method(shop: Database, do: Do) -> None:
    view = do(Cancellation(order_id="A-1007", reason=NOT_NEEDED))
    assert money(view) == [("refund", 2000, "gift-1", True), ("refund", 6000, "visa-1", True)]
    assert balance(shop) == 8000


def test_after_a_payment_change_a_cancellation_refunds_net(shop: Database, do: Do) -> None:
    changed = do(PaymentChange(order_id="A-1001", method_id="pal-1"))
    assert money(changed) == [("payment", 6700, "pal-1", True), ("refund", 6700, "visa-1", True)]
    cancelled = do(Cancellation(order_id="A-1001", reason=NOT_NEEDED))
    assert money(cancelled) == [("refund", 6700, "pal-1", True)]
    assert invariants(shop) == []


def test_an_address_change(shop: Database, do: Do) -> None:
    do(AddressChange(order_id="A-1001", address=ELSEWHERE))
    assert order(shop, "A-1001").address == ELSEWHERE.model_dump()
    assert order(shop, "A-1001").status == "pending"


def test_items_become_other_variants(shop: Database, do: Do) -> None:
    swaps = (Swap(line=1, to="shirt-blue-l"), Swap(line=2, to="tea-100", quantity=1))
    view = do(ItemChange(order_id="A-1001", swaps=swaps, method_id="gift-1"))
    assert money(view) == [("payment", 500 + 700, "gift-1", True)]
    assert [
        (n.line, n.variant_id, n.quantity, n.unit_price_minor) for n in order(shop, "A-1001").lines
    ] == [
        (1, "shirt-blue-l", 1, 4500),
        (2, "tea-50", 2, 900),
        (3, "tea-100", 1, 1600),
    ]
    assert order(shop, "A-1001").lines[0].options == {"en": "blue, L", "zh": "蓝色, L"}
    assert balance(shop) == 6000 - 1200
    assert (stock(shop, "shirt-blue-l"), stock(shop, "shirt-blue-s")) == (0, 3)
    assert (stock(shop, "tea-100"), stock(shop, "tea-50")) == (19, 21)
    assert invariants(shop) == []


def test_items_are_changed_once_and_then_not_cancelled(shop: Database, do: Do) -> None:
    do(ItemChange(order_id="A-1001", swaps=(Swap(line=1, to="shirt-red-s"),)))
    for wish in (
        Cancellation(order_id="A-1001", reason=NOT_NEEDED),
        ItemChange(order_id="A-1001", swaps=(Swap(line=2, to="tea-100"),)),
    ):
        with pytest.raises(Refused) as refused:
            do(wish)
        assert refused.value.rule == "items_changed_once"
    do(AddressChange(order_id="A-1001", address=ELSEWHERE))


def test_a_return_waits_for_the_goods(shop: Database, do: Do) -> None:
    parts = (Part(line=2, quantity=1), Part(line=1))
    view = do(Return(order_id="A-1003", parts=parts, reason="too smoky", method_id="gift-1"))
    assert money(view) == [("refund", 1600 + 4000, "gift-1", False)]
    assert order(shop, "A-1003").status == "return_requested"
    assert balance(shop) == 6000
    assert stock(shop, "tea-100") == 20
    with shop.read() as session:
        after = session.get_one(AfterSale, "A-1003")
        assert (after.kind, after.reason, after.status) == ("return", "too smoky", "requested")
        assert [(n.line, n.quantity, n.amount_minor) for n in after.lines] == [
            (1, 1, 4000),
            (2, 1, 1600),
        ]
    assert invariants(shop) == []


def test_an_exchange_reserves_and_charges_the_difference(shop: Database, do: Do) -> None:
    view = do(Exchange(order_id="A-1004", swaps=(Swap(line=1, to="shirt-blue-l", quantity=1),)))
    assert money(view) == [("payment", 500, "visa-1", True)]
    assert order(shop, "A-1004").status == "exchange_requested"
    assert order(shop, "A-1004").lines[0].variant_id == "shirt-red-m"
    assert stock(shop, "shirt-blue-l") == 0


def test_a_profile_change(shop: Database, do: Do) -> None:
    do(ProfileChange(address=ELSEWHERE))
    with shop.read() as session:
        assert session.get_one(Customer, "ana").address == ELSEWHERE.model_dump()
        assert session.get_one(Customer, "ben").address == HOME
    assert order(shop, "A-1001").address == HOME


# Rules: (what is asked, the rule that forbids it, words that must be said).
REFUSALS: list[tuple[OrderWish | ProfileChange, str, str]] = [
    (Cancellation(order_id="A-1002", reason=NOT_NEEDED), "pending", "packed"),
    (Cancellation(order_id="A-1003", reason=NOT_NEEDED), "pending", "delivered"),
    (Cancellation(order_id="A-1008", reason=NOT_NEEDED), "pending", "cancelled already"),
    (Cancellation(order_id="A-1001", reason="found it cheaper"), "cancel_reason", NOT_NEEDED),
    (AddressChange(order_id="A-1002", address=ELSEWHERE), "pending", "packed"),
    (
        AddressChange(order_id="A-1001", address=Address(**HOME)),
        "same_address",
        "already",
    ),
    (
        AddressChange(order_id="A-1001", address=ELSEWHERE.model_copy(update={"city": " "})),
        "address",
        "city",
    ),
    (PaymentChange(order_id="A-1001", method_id="visa-1"), "other_method", "already"),
    (PaymentChange(order_id="A-1001", method_id="visa-9"), "own_method", "PayPal"),
    (PaymentChange(order_id="A-1001", method_id="gift-1"), "gift_card_covers", "60.00"),
    (PaymentChange(order_id="A-1007", method_id="pal-1"), "single_payment", "2"),
    (
        ItemChange(order_id="A-1001", swaps=(Swap(line=1, to="tea-100"),)),
        "same_product",
        "blue, M",
    ),
    (
        ItemChange(order_id="A-1001", swaps=(Swap(line=1, to="shirt-blue-s"),)),
        "other_variant",
        "already",
    ),
    (
        ItemChange(order_id="A-1001", swaps=(Swap(line=1, to="shirt-red-l"),)),
        "in_stock",
        "0 left",
    ),
    (ItemChange(order_id="A-1001", swaps=(Swap(line=9, to="tea-100"),)), "lines", "1, 2"),
    (
        ItemChange(order_id="A-1001", swaps=(Swap(line=2, to="tea-100", quantity=4),)),
        "quantity",
        "3 pieces",
    ),
    (
        ItemChange(order_id="A-1007", swaps=(Swap(line=1, to="shirt-blue-l", quantity=1),)),
        "which_method",
        "Visa",
    ),
    (Return(order_id="A-1001", parts=(Part(line=1),)), "delivered", "pending"),
    (Return(order_id="A-1005", parts=(Part(line=1),)), "window", "30 days"),
    (Return(order_id="A-1006", parts=(Part(line=1), Part(line=2))), "window", "Smoke Tea"),
    (Return(order_id="A-1003", parts=(Part(line=1), Part(line=1))), "lines", "once"),
    (
        Return(order_id="A-1003", parts=(Part(line=1),), method_id="pal-1"),
        "refund_method",
        "Visa",
    ),
    (Exchange(order_id="A-1002", swaps=(Swap(line=1, to="shirt-red-m"),)), "delivered", "packed"),
    (ProfileChange(address=Address(**HOME)), "same_address", "already"),
]


@pytest.mark.parametrize(("wish", "rule", "words"), REFUSALS)
def test_refusals(
    shop: Database, proposals: Proposals, wish: OrderWish | ProfileChange, rule: str, words: str
) -> None:
    before = snapshot(shop)
    with pytest.raises(Refused) as refused:
        proposals.propose(ANA, "s", wish)
    assert refused.value.rule == rule
    assert words in refused.value.en
    assert any("\u4e00" <= char <= "\u9fff" for char in refused.value.zh)
    assert snapshot(shop) == before


def test_the_reasons_are_named_in_the_shoppers_language(proposals: Proposals) -> None:
    with pytest.raises(Refused) as refused:
        proposals.propose(ANA, "s", Cancellation(order_id="A-1001", reason="别家更便宜"))
    assert "不再需要；下错单" in refused.value.zh
    view = proposals.propose(ANA, "s", Cancellation(order_id="A-1001", reason="不再需要"))
    assert view.terms.reason == NOT_NEEDED


def test_inside_and_outside_of_the_window(proposals: Proposals) -> None:
    proposals.propose(ANA, "s", Return(order_id="A-1004", parts=(Part(line=1),)))
    swaps = (Swap(line=1, to="shirt-blue-m"),)
    proposals.propose(ANA, "s", Exchange(order_id="A-1005", swaps=swaps))
    proposals.propose(ANA, "s", Return(order_id="A-1006", parts=(Part(line=2),)))


def test_one_return_or_exchange_an_order(do: Do) -> None:
    do(Return(order_id="A-1003", parts=(Part(line=1),)))
    with pytest.raises(Refused) as refused:
        do(Return(order_id="A-1003", parts=(Part(line=2),)))
    assert refused.value.rule == "delivered"


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
    assert "not available" in max(said)
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
