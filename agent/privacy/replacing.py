"""Takes rows out of the database and puts their anonymous form in their place."""

from datetime import datetime

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from agent.orders.models import Customer, MethodKind, Order, Proposal
from agent.privacy.anonymous import Alias, anonymous_audit, anonymous_rows
from agent.privacy.holdings import Holdings, Row, table


def overwrite_deleted(session: Session) -> None:
    """Let SQLite overwrite what this connection deletes, which it leaves in the file otherwise."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))


def replace_orders(session: Session, held: Holdings, alias: Alias) -> None:
    """The held orders become the alias's, with everything that belongs to them.

    The parts hold on to the present owner, so all goes and comes back: deleting the orders takes
    their parts along. The alias's customer must be there.
    """
    rows = anonymous_rows(held, alias)
    ids = [row["id"] for row in held["order"]]
    session.execute(delete(Proposal).where(Proposal.id.in_([r["id"] for r in held["proposal"]])))
    session.execute(delete(Order).where(Order.id.in_(ids)))
    _add_methods(session, rows.pop("payment_method"))
    for name, new in rows.items():
        if new:
            session.execute(insert(table(name)), new)
    _replace_audit(session, held, alias)


def nobody(alias: str, now: datetime) -> Customer:
    """The customer of no name to whom orders belong that are nobody's any more."""
    return Customer(id=alias, address={}, extra={}, erased_at=now)


def add_alias(session: Session, customer: Customer) -> None:
    """Add it where it is not there yet."""
    if session.get(Customer, customer.id) is None:
        session.add(customer)
        session.flush()


def _add_methods(session: Session, methods: list[Row]) -> None:
    """Each method once: several old ones may have become one."""
    of = table("payment_method")
    for row in {(m["customer_id"], m["id"]): m for m in methods}.values():
        key = of.c.customer_id == row["customer_id"], of.c.id == row["id"]
        if session.execute(select(of.c.id).where(*key)).first() is None:
            session.execute(insert(of), [row])


def _replace_audit(session: Session, held: Holdings, alias: Alias) -> None:
    names = {m["id"]: alias.method_id(m) for m in held["payment_method"]}
    names |= {row["customer_id"]: alias.customer_id for row in held["audit"] if row["customer_id"]}
    of = table("audit")
    for row in held["audit"]:
        new = anonymous_audit(row, alias.customer_id, names)
        session.execute(update(of).where(of.c.id == row["id"]).values(new))


def method_by_kind(method: Row) -> str:
    """One method for all of a kind and currency, of which nothing else is known any more."""
    return f"{MethodKind(method['kind'])}-{method['currency']}"
