"""DESIGN section 5's formats as pydantic models: one record of each kind, checked in itself.

A model checks each field; `faults()` then checks the fields against each other and names every
fault. Unknown fields are kept in `extra`. What a record says of other records (its customer, its
payment methods, its products) is checked by `agent.orders.crosscheck`.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent.orders.fields import (
    Amount,
    Currency,
    Day,
    Email,
    Id,
    Language,
    Local,
    OptionalId,
    Options,
    Small,
    Time,
)
from agent.orders.models import MethodKind, OrderStatus, PaymentKind
from agent.orders.money import DEFAULT_CURRENCY, to_minor
from agent.orders.shop_rules import rule_faults

Fault = tuple[str, str]
"""Where in a record ("lines[0].unit_price") and what is wrong there."""


class Part(BaseModel):
    """A piece of a record; unknown fields are kept."""

    model_config = ConfigDict(extra="allow", str_max_length=100_000)

    @property
    def extra(self) -> dict[str, Any]:
        """The fields of the source that the format does not know."""
        return dict(self.model_extra or {})

    def faults(self) -> Iterator[Fault]:
        """What is wrong between the fields, each being right in itself."""
        return iter(())


class AddressRecord(Part):
    """Where a customer lives or an order goes."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: OptionalId = ""
    country: str = ""


class MethodRecord(Part):
    """One way to pay; only a gift card has a balance, and every gift card has one."""

    id: Id
    kind: MethodKind
    label: str = ""
    balance: Amount | None = None
    currency: Currency = DEFAULT_CURRENCY

    def faults(self) -> Iterator[Fault]:
        """A balance where there should be none, the reverse, or one with too many digits."""
        if (self.kind == MethodKind.GIFT_CARD) != (self.balance is not None):
            yield "balance", "a gift card has a balance, and nothing else has one"
        elif self.balance is not None:
            yield from _amount_faults("balance", self.balance, self.currency)


class CustomerRecord(Part):
    """One customer."""

    kind: ClassVar[str] = "customer"

    id: Id
    first_name: str = ""
    last_name: str = ""
    email: Email = ""
    phone: str = ""
    locale: str = ""
    address: AddressRecord = AddressRecord()
    payment_methods: list[MethodRecord] = []

    @property
    def key(self) -> str:
        """What makes two records the same customer."""
        return self.id

    def faults(self) -> Iterator[Fault]:
        """Faults of the payment methods."""
        yield from _repeats("payment_methods", [method.id for method in self.payment_methods])
        yield from _nested("payment_methods", self.payment_methods)


class LineRecord(Part):
    """One line of an order. `line` is its place in the list where the source has none."""

    line: Small = 0
    product_id: Id
    variant_id: Id | None = None
    title: Local
    options: Options = {}
    unit_price: Amount
    quantity: Small


class PaymentRecord(Part):
    """Money that went in or out. `at` is the order's time where the source has none."""

    kind: PaymentKind
    amount: Amount
    method_id: Id
    at: Time | None = None


class EventRecord(Part):
    """Where a parcel was seen."""

    at: Time
    place: Local = {}
    text: Local = {}


class ShipmentRecord(Part):
    """One parcel. `lines` are line numbers of the order; all of them where the source has none."""

    carrier: str = ""
    tracking_number: OptionalId = ""
    lines: list[Small] = []
    eta: Time | None = None
    delivered_at: Time | None = None
    events: list[EventRecord] = []


class OrderRecord(Part):
    """One order; its lines are numbered, and its refunds do not exceed its payments."""

    kind: ClassVar[str] = "order"

    id: Id
    customer_id: Id
    placed_at: Time
    status: OrderStatus
    currency: Currency = DEFAULT_CURRENCY
    address: AddressRecord = AddressRecord()
    lines: list[LineRecord] = Field(min_length=1)
    payments: list[PaymentRecord] = []
    shipments: list[ShipmentRecord] = []

    @property
    def key(self) -> str:
        """What makes two records the same order: its number as shoppers type it."""
        return order_number(self.id)

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        for place, line in enumerate(self.lines, start=1):
            line.line = line.line or place
        for payment in self.payments:
            payment.at = payment.at or self.placed_at
        for shipment in self.shipments:
            shipment.lines = shipment.lines or [line.line for line in self.lines]
        return self

    def faults(self) -> Iterator[Fault]:
        """Faults of the lines, the parcels and the money."""
        if not self.key:
            yield "id", "has nothing but '#' in it"
        numbers = [line.line for line in self.lines]
        yield from _repeats("lines", numbers)
        for place, line in enumerate(self.lines):
            yield from _amount_faults(f"lines[{place}].unit_price", line.unit_price, self.currency)
        for place, shipment in enumerate(self.shipments):
            yield from _repeats(f"shipments[{place}].lines", shipment.lines)
            for strange in sorted(set(shipment.lines) - set(numbers)):
                yield f"shipments[{place}].lines", f"the order has no line {strange}"
        yield from self._payment_faults()

    def _payment_faults(self) -> Iterator[Fault]:
        for place, payment in enumerate(self.payments):
            yield from _amount_faults(f"payments[{place}].amount", payment.amount, self.currency)
        paid, refunded = (
            sum(payment.amount for payment in self.payments if payment.kind == kind)
            for kind in (PaymentKind.PAYMENT, PaymentKind.REFUND)
        )
        if refunded > paid:
            yield "payments", f"{refunded} was refunded, but only {paid} was paid"


class ReviewRecord(Part):
    """One review; without an id of its own it is known by what it says."""

    kind: ClassVar[str] = "review"

    id: Id | None = None
    product_id: Id
    rating: int = Field(ge=1, le=5)
    text: str
    locale: str = ""
    at: Time | None = None

    _stated_at: str = ""

    @property
    def key(self) -> str:
        """The id, or a hash of the product, the text and the time as it was stated."""
        if self.id:
            return self.id
        said = "\x1f".join((self.product_id, self.locale, self._stated_at, self.text))
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    @model_validator(mode="wrap")
    @classmethod
    def _remember_time(cls, data: Any, handler: Any) -> Any:
        # "@-6d" is another moment at each import, and still the same review.
        review = handler(data)
        if isinstance(data, dict):
            review._stated_at = str(data.get("at") or "")
        return review


class PolicyRecord(Part):
    """One version of a policy in one language. `effective_to` is the last day it holds."""

    kind: ClassVar[str] = "policy"

    id: Id
    title: str = Field(min_length=1)
    locale: Language
    version: Id
    effective_from: Day
    effective_to: Day | None = None
    rules: dict[str, Any] = {}
    text: str = Field(min_length=1)

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two records the same policy."""
        return self.id, self.locale, self.version

    def faults(self) -> Iterator[Fault]:
        """An end before the beginning; a rule that code could not act on."""
        if self.effective_to and self.effective_to < self.effective_from:
            yield "effective_to", "is before effective_from"
        for rule, why in rule_faults(self.rules):
            yield f"rules.{rule}", why


Record = CustomerRecord | OrderRecord | ReviewRecord | PolicyRecord


def order_number(text: str) -> str:
    """An order id as it is compared: no white space, no leading '#', no case, no full width."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lstrip("#").casefold()


def _amount_faults(where: str, amount: Any, currency: str) -> Iterator[Fault]:
    try:
        to_minor(amount, currency)
    except ValueError as error:
        yield where, str(error)


def _repeats(where: str, ids: Sequence[object]) -> Iterator[Fault]:
    for repeated, count in Counter(ids).items():
        if count > 1:
            yield where, f"{repeated!r} occurs {count} times"


def _nested(name: str, parts: Sequence[Part]) -> Iterator[Fault]:
    for place, part in enumerate(parts):
        for field, message in part.faults():
            yield f"{name}[{place}].{field}", message
