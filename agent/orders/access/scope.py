"""For whom a transaction acts. PostgreSQL's row-level security holds it to that (`policies.py`)."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.context import Shopper

SET = (
    "SELECT set_config('shopclerk.acting', %s, true), set_config('shopclerk.customer', %s, true), "
    "set_config('shopclerk.session', %s, true)"
)
"""Says a scope on PostgreSQL, for this transaction alone: nothing is left to the next borrower."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows a transaction may touch: nobody's, one shopper's, or everybody's.

    A shopper's are those of `customer` and of the conversation `session`; empty names nothing.
    """

    acting: Literal["", "shopper", "system"]
    customer: str = ""
    session: str = ""


NOBODY = Scope("")
"""The catalogue, policies and reviews: tables without a customer in them."""

SYSTEM = Scope("system")
"""The shop's own work: imports, deliveries, staff. Never what a shopper or the model asks for."""


def in_session(session_id: str, shopper: Shopper | None = None) -> Scope:
    """One conversation, and what else is the shopper's who has it."""
    customer = shopper.customer_id if shopper else None
    return Scope("shopper", customer or "", session_id)


def widen(session: Session, customer_id: str) -> None:
    """Let the rest of this transaction see the customer's own rows too.

    For a conversation that names its customer itself; SQLite has no scopes.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.set_config("shopclerk.customer", customer_id, True)))


def scope_of(who: Shopper | Scope) -> Scope:
    """The scope of a shopper; an anonymous one owns nothing.

    Who opened an order is let as far as its owner's rows; the one query holds them to the order.
    """
    if isinstance(who, Scope):
        return who
    return Scope("shopper", who.customer_id or who.order_owner)
