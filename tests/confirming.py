"""Confirmations for the tests of faults, and what must be true of the database after each fault.

As a command it is the process that is killed: it proposes and confirms the cancellation of every
order that it is given, and acknowledges each on stdout: `python -m tests.confirming URL ORDER…`.
"""

import sys
from dataclasses import dataclass

from sqlalchemy import select

from agent.clock import pinned_clock
from agent.context import Shopper
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import (
    AuditEntry,
    Order,
    OutboxEvent,
    Payment,
    Proposal,
    Receipt,
)
from agent.orders.proposals import Proposals, ReceiptView
from agent.orders.wishes import Cancellation
from ui.measuring.desk import ZONE
from ui.measuring.desk_scene import NOW, numbers_of, order_id, owner_of

SESSION = "chat"


@dataclass(frozen=True)
class Asked:
    """A cancellation that waits for its owner's word."""

    number: int
    proposal_id: str

    @property
    def shopper(self) -> Shopper:
        return Shopper.signed_in(owner_of(self.number))

    @property
    def session(self) -> str:
        return f"{SESSION}-{self.number}"


def desk(db: Database) -> Proposals:
    return Proposals(db, pinned_clock(NOW), ZONE)


def ask(db: Database, number: int) -> Asked:
    """Propose to cancel the pending order of this number."""
    wish = Cancellation(order_id=order_id(number), reason="no longer needed")
    session = f"{SESSION}-{number}"
    made = desk(db).propose(Shopper.signed_in(owner_of(number)), session, wish)
    return Asked(number, made.id)


def confirm(db: Database, asked: Asked) -> ReceiptView:
    return desk(db).confirm(asked.shopper, asked.session, asked.proposal_id)


def receipts(db: Database) -> dict[str, str]:
    """Receipt number by order, once it is certain that every effect is whole and single.

    An order is cancelled, refunded once, audited once and in the outbox once if and only if its
    one confirmed proposal has a receipt.
    """
    with db.read(SYSTEM) as session:
        query = select(Proposal.order_id, Receipt.number)
        query = query.join(Receipt, Receipt.proposal_id == Proposal.id)
        found = dict(session.execute(query).all())
        effects = {
            "confirmed": select(Proposal.order_id).where(Proposal.status == "confirmed"),
            "cancelled": select(Order.id).where(Order.status == "cancelled"),
            "refunded": select(Payment.order_id).where(Payment.kind == "refund"),
            "balanced": select(Order.id).where(
                Order.refunded_minor == Order.paid_minor, Order.refunded_minor > 0
            ),
            "audited": select(AuditEntry.order_id),
            "to deliver": select(OutboxEvent.order_id),
        }
        for what, query in effects.items():
            assert sorted(session.scalars(query)) == sorted(found), what
    assert None not in found
    return {str(order): number for order, number in found.items()}


def pending(orders: int) -> list[int]:
    """The numbers of the orders that can be cancelled."""
    return list(numbers_of("pending", orders))


def main(url: str, numbers: list[str]) -> None:
    """Confirm until killed; a line is printed only after its confirmation was acknowledged."""
    db = Database(url)
    print("ready", flush=True)
    for number in map(int, numbers):
        print(order_id(number), confirm(db, ask(db, number)).number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
