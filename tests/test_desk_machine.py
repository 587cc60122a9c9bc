"""Any sequence of wishes, confirmations and shop events keeps the books: a state machine.

Two sessions of one customer and one of another act at once; the shop packs, delivers, re-prices
and sells out in between.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from agent.errors import NotFound, Told
from agent.orders.database import Database
from agent.orders.models import (
    AuditEntry,
    Base,
    Order,
    OrderStatus,
    ProposalKind,
    Shipment,
    Variant,
)
from agent.orders.proposals import Proposals
from agent.orders.wishes import (
    Address,
    AddressChange,
    Cancellation,
    Exchange,
    ItemChange,
    Part,
    PaymentChange,
    ProfileChange,
    Return,
    Swap,
)
from tests import databases
from tests.desk_shop import ANA, BEN, NOW, ORDERS, ZONE, invariants, open_desk_shop, snapshot

SESSIONS = {"ana-1": ANA, "ana-2": ANA, "ben-1": BEN}
VARIANTS = [f"shirt-{c}-{s}" for c in ("blue", "red") for s in "sml"] + ["tea-50", "tea-100"]

sessions = st.sampled_from(list(SESSIONS))
# Mostly what can be: an order that is theirs, a line that it has, a variant of the same product.
OF_SHIRT, OF_TEA = VARIANTS[:6], VARIANTS[6:]
LINES = {
    order["id"]: [OF_SHIRT if n["product_id"] == "shirt" else OF_TEA for n in order["lines"]]
    for order in ORDERS
}
STATUS = {order["id"]: order["status"] for order in ORDERS}
OWNED = {who: [o["id"] for o in ORDERS if o["customer_id"] == who] for who in ("ana", "ben")}
methods = st.sampled_from([None, None, "visa-1", "pal-1", "gift-1", "visa-9"])
quantities = st.sampled_from([None, None, None, 1, 2])
reasons = st.sampled_from(["no longer needed", "ordered by mistake", "a whim"])
addresses = st.builds(
    Address,
    line1=st.sampled_from(["1 Pine St", "2 Oak St", "3 Elm St"]),
    city=st.just("Oakland"),
    postal_code=st.just("94607"),
    country=st.just("US"),
)


@st.composite
def wishes(draw: st.DrawFn, customer: str) -> Any:
    """Something that this customer may ask, or now and then may not."""
    anything = draw(st.integers(0, 9)) == 0
    order = draw(st.sampled_from([o["id"] for o in ORDERS] if anything else OWNED[customer]))
    pending = ["cancel", "address", "payment", "items", "items", "profile"]
    delivered = ["return", "exchange"]
    likely = delivered if STATUS[order] == "delivered" else pending
    kind = draw(st.sampled_from(pending + delivered if anything else likely))
    numbers = range(1, len(LINES[order]) + 1 + anything)
    picked = draw(st.lists(st.sampled_from(list(numbers)), min_size=1, max_size=2, unique=True))
    parts = tuple(Part(line=n, quantity=draw(quantities)) for n in picked)
    swaps = tuple(
        Swap(
            line=part.line,
            quantity=part.quantity,
            to=draw(st.sampled_from(VARIANTS if anything else LINES[order][part.line - 1])),
        )
        for part in parts
    )
    match kind:
        case "cancel":
            return Cancellation(order_id=order, reason=draw(reasons))
        case "address":
            return AddressChange(order_id=order, address=draw(addresses))
        case "payment":
            return PaymentChange(order_id=order, method_id=str(draw(methods)))
        case "items":
            return ItemChange(order_id=order, swaps=swaps, method_id=draw(methods))
        case "return":
            return Return(order_id=order, parts=parts, method_id=draw(methods))
        case "exchange":
            return Exchange(order_id=order, swaps=swaps, method_id=draw(methods))
        case _:
            return ProfileChange(address=draw(addresses))


class DeskMachine(RuleBasedStateMachine):
    """One shop; `made` are the proposals so far with the session that they belong to."""

    db: ClassVar[Database]
    folder: ClassVar[Path]
    steps: ClassVar[int] = 0
    confirmed: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        empty(self.db)
        open_desk_shop(self.db, self.folder)
        self.now = NOW
        self.proposals = Proposals(self.db, lambda: self.now, ZONE)
        self.made: list[tuple[str, str]] = []
        self.effects: dict[str, str] = {}
        self.shop_statuses = self._statuses()

    @rule(session=sessions, data=st.data())
    def propose(self, session: str, data: Any) -> None:
        wish = data.draw(wishes(SESSIONS[session].customer_id or ""))
        before = snapshot(self.db)
        with suppress(NotFound, Told):
            view = self.proposals.propose(SESSIONS[session], session, wish)
            self.made.append((session, view.id))
        assert snapshot(self.db) == before

    @rule(session=sessions, data=st.data())
    def propose_and_confirm(self, session: str, data: Any) -> None:
        before = len(self.made)
        self.propose(session, data)
        if len(self.made) > before:
            self._confirm(session, *self.made[-1])

    @rule(session=sessions, data=st.data())
    def propose_and_confirm_more(self, session: str, data: Any) -> None:
        """The same, to be chosen more often."""
        self.propose_and_confirm(session, data)

    @rule(session=st.sampled_from([*SESSIONS, None, None, None]), choice=st.integers(0, 5))
    def confirm(self, session: str | None, choice: int) -> None:
        """Mostly by whom it was made for, now and then by another."""
        if self.made:
            owner, proposal = self.made[-1 - choice % len(self.made)]
            self._confirm(session or owner, owner, proposal)

    def _confirm(self, session: str, owner: str, proposal: str) -> None:
        before = snapshot(self.db)
        try:
            receipt = self.proposals.confirm(SESSIONS[session], session, proposal)
        except (NotFound, Told):
            assert snapshot(self.db) == before
            assert session != owner or proposal not in self.effects
            return
        assert session == owner
        assert receipt.again == (proposal in self.effects)
        assert self.effects.setdefault(proposal, receipt.number) == receipt.number
        if receipt.again:
            assert snapshot(self.db) == before
        others = {"ana": "ben", "ben": "ana"}[SESSIONS[session].customer_id or ""]
        for table in ("order", "payment", "payment_method", "order_line", "after_sale"):
            assert rows_of(snapshot(self.db)[table], others) == rows_of(before[table], others)
        self.shop_statuses = self._statuses()
        type(self).confirmed[receipt.terms.kind] += not receipt.again

    @rule(choice=st.integers(0, 7), order=st.sampled_from(list(STATUS)), data=st.data())
    def meanwhile(self, choice: int, order: str, data: Any) -> None:
        """A proposal is put away, time passes, the shop moves an order on or changes a price."""
        if choice < 2:
            self._dismiss(choice)
        elif choice < 4:
            self.now += timedelta(minutes=data.draw(st.sampled_from([1, 10, 20, 60 * 24])))
        elif choice < 6:
            self._price(data.draw(st.sampled_from(VARIANTS)), data.draw(st.integers(4, 51)) * 100)
        else:
            self._move_on(order)

    def _dismiss(self, choice: int) -> None:
        if self.made:
            session, proposal = self.made[-1 - choice % len(self.made)]
            before = snapshot(self.db)
            with suppress(Told):
                self.proposals.dismiss(SESSIONS[session], session, proposal)
            assert snapshot(self.db) == before

    def _move_on(self, order: str) -> None:
        """Pending is packed, packed is delivered."""
        following = {"pending": OrderStatus.PROCESSED, "processed": OrderStatus.DELIVERED}
        with self.db.write() as session:
            row = session.get_one(Order, order)
            if row.status in following:
                row.status = following[row.status]
                if row.status == OrderStatus.DELIVERED:
                    parcel = Shipment(number=1, customer_id=row.customer_id, extra={})
                    parcel.delivered_at = self.now
                    row.shipments.append(parcel)
        self.shop_statuses = self._statuses()

    def _price(self, variant: str, price: int) -> None:
        with self.db.write() as session:
            session.execute(update(Variant).where(Variant.id == variant).values(price_minor=price))

    @invariant()
    def the_books_balance(self) -> None:
        type(self).steps += 1
        assert invariants(self.db) == []

    @invariant()
    def every_transition_is_audited(self) -> None:
        """A status that the shop did not set is the last that was audited for the order."""
        assert self._statuses() == self.shop_statuses
        with self.db.read() as session:
            audited = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [entry.proposal_id for entry in audited] == list(self.effects)

    def _statuses(self) -> dict[str, str]:
        with self.db.read() as session:
            return {row.id: row.status for row in session.execute(select(Order.id, Order.status))}


def rows_of(rows: list[tuple[Any, ...]], customer: str) -> list[tuple[Any, ...]]:
    return [row for row in rows if repr(customer) in row]


def empty(db: Database) -> None:
    """Delete every row, children first; on PostgreSQL the owner alone may."""
    if db.dialect == "postgresql":
        databases.empty(str(db.url))
        return
    with db.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())


def run(db: Database, folder: Path, examples: int, steps: int) -> int:
    """The number of steps that were taken; most kinds of change, in a long run all, took effect."""
    DeskMachine.db, DeskMachine.folder, DeskMachine.steps = db, folder, 0
    DeskMachine.confirmed.clear()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        DeskMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=examples < 50,
        ),
    )
    kinds = len(DeskMachine.confirmed)
    assert kinds >= (len(ProposalKind) if examples > 100 else 5), DeskMachine.confirmed
    return DeskMachine.steps


@pytest.fixture
def shop_folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "shop"


@pytest.mark.integration
def test_the_books_hold(db: Database, shop_folder: Path) -> None:
    assert run(db, shop_folder, examples=12, steps=40) > 200


@pytest.mark.soak
def test_the_books_hold_for_ten_thousand_steps(db: Database, shop_folder: Path) -> None:
    assert run(db, shop_folder, examples=260, steps=50) > 10_000
