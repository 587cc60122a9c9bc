"""What the shop's records say about who asks: what is foreign is found no more than the missing."""

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.errors import InvalidInput
from agent.orders.formats import order_number
from agent.orders.models import Customer, Order

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LONGEST = 254  # RFC 5321, section 4.5.3.1.3, as erratum 1690 to RFC 3696 reads it


def email_address(text: str) -> str:
    """An e-mail address as customers' are kept. Raises InvalidInput for what is none."""
    address = unicodedata.normalize("NFKC", text).strip().lower()
    if len(address) > _LONGEST or not _EMAIL.fullmatch(address):
        raise InvalidInput("that is no e-mail address")
    return address


def order_of(session: Session, number: str, email: str) -> Order | None:
    """The order with this number whose customer has this e-mail address."""
    query = (
        select(Order)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Order.number == order_number(number))
        .where(Customer.email == email, Customer.email != "")
    )
    return session.scalar(query)


def customer_of(session: Session, email: str) -> Customer | None:
    """The customer with this e-mail address; of several, the one with the newest order."""
    return session.scalar(
        select(Customer)
        .outerjoin(Order, Order.customer_id == Customer.id)
        .where(Customer.email == email, Customer.email != "")
        .order_by(Order.placed_at.desc().nulls_last(), Customer.id)
        .limit(1)
    )


def full_name(customer: Customer) -> str:
    """The customer's name as they write it, else their id."""
    chinese = any("\u4e00" <= c <= "\u9fff" for c in customer.first_name + customer.last_name)
    parts = [customer.first_name, customer.last_name]
    name = ("" if chinese else " ").join(filter(None, reversed(parts) if chinese else parts))
    return name or customer.id
