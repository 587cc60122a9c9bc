"""Proposing changes of orders: each operation whole, and every rule with its refusal."""

import pytest

from agent.errors import Refused
from agent.orders.database import Database
from agent.orders.models import AfterSale, Customer
from agent.orders.proposals import Proposals, ProposalView
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
from tests.desk_proposals import ELSEWHERE, NOT_NEEDED, Do, order
from tests.desk_proposals import do as do
from tests.desk_proposals import proposals as proposals
from tests.desk_proposals import shop as shop
from tests.desk_shop import ANA, HOME, balance, invariants, snapshot, stock


def money(view: ProposalView) -> list[tuple[str, int, str, bool]]:
    return [(m.kind, m.amount, m.method_id, m.settled) for m in view.terms.money]


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
        "out of stock",
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
