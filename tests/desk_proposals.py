"""Proposals in the desk's small shop, made and confirmed as Ana."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.clock import pinned_clock
from agent.orders.database import Database
from agent.orders.models import Order
from agent.orders.proposals import Proposals, ProposalView
from agent.orders.wishes import Address, OrderWish, ProfileChange
from tests.desk_shop import ANA, NOW, ZONE, open_desk_shop

ELSEWHERE = Address(
    line1="55 Juniper Road", city="Boulder", region="CO", postal_code="80302", country="US"
)
NOT_NEEDED = "no longer needed"


@pytest.fixture
def shop(db: Database, tmp_path: Path) -> Database:
    """The desk's shop, imported."""
    open_desk_shop(db, tmp_path / "shop")
    return db


@pytest.fixture
def proposals(shop: Database) -> Proposals:
    """Its proposals, at the pinned time."""
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


def order(db: Database, order_id: str) -> Order:
    """An order as the database holds it."""
    with db.read() as session:
        found = session.get_one(Order, order_id)
        _ = found.lines, found.payments
        return found
