"""All rules over the whole shop. The staff's desk and `shopclerk warnings` ask here."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.orders.models import Customer
from agent.orders.warnings.conduct import cancelling, changing, guessing
from agent.orders.warnings.finding import FraudWarning, Rule
from agent.orders.warnings.gift_cards import cards_emptied, refunds_moved
from agent.orders.warnings.limits import DEFAULT, Limits
from agent.orders.warnings.returns import often_returned
from agent.orders.warnings.sharing import shared_addresses, shared_methods

_RULES = (
    often_returned,
    shared_addresses,
    shared_methods,
    cards_emptied,
    refunds_moved,
    guessing,
    cancelling,
    changing,
)


def find_warnings(
    session: Session, now: datetime, *, customer_id: str | None = None, limits: Limits = DEFAULT
) -> list[FraudWarning]:
    """What staff should look at now, or what concerns one customer; sound evidence first.

    1.4 s of one core for 100,000 orders of 40,000 customers on SQLite (2026-11-26).
    """
    found = [warning for rule in _RULES for warning in rule(session, now, limits)]
    erased = set(session.scalars(select(Customer.id).where(Customer.erased_at.is_not(None))))
    found = [w for w in found if not w.customers or not erased.issuperset(w.customers)]
    if customer_id is not None:
        found = [warning for warning in found if customer_id in warning.customers]
    order = list(Rule)
    return sorted(found, key=lambda w: (w.weak, order.index(w.rule), w.customers))
