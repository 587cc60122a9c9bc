"""Orders as plain values: what the desk reads, the cards show and the rules decide on."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload
from sqlalchemy.sql.base import ExecutableOption

from agent.context import Rung, Shopper
from agent.orders.models import (
    Order,
    OrderLine,
    OrderStatus,
    OutboxEvent,
    Payment,
    PaymentKind,
    Shipment,
)
from agent.orders.refusals import Refusal, refusal_of


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of an order. `unit_price` and `amount` are minor units of the order's currency."""

    line: int
    product_id: str
    variant_id: str | None
    title: dict[str, str]
    options: dict[str, str]
    unit_price: int
    quantity: int

    @property
    def amount(self) -> int:
        """What the whole line costs."""
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class EventView:
    """Where a parcel was seen; `at` in the shop's zone."""

    at: datetime
    place: dict[str, str]
    text: dict[str, str]


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """One parcel, its line numbers and its events, newest last; times in the shop's zone."""

    carrier: str
    tracking_number: str
    lines: tuple[int, ...]
    eta: datetime | None
    delivered_at: datetime | None
    events: tuple[EventView, ...]


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Money in or out, in minor units; `method` is the label that the customer knows."""

    kind: PaymentKind
    amount: int
    method_id: str
    method_kind: str
    method: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderView:
    """One of the shopper's own orders. Amounts are minor units, times are in the shop's zone.

    `refusal` is its last change, if the shop could not do it.
    """

    id: str
    status: OrderStatus
    placed_at: datetime
    currency: str
    address: dict[str, str]
    lines: tuple[LineView, ...]
    shipments: tuple[ShipmentView, ...] = ()
    payments: tuple[PaymentView, ...] = ()
    extra: dict[str, object] = field(default_factory=dict)
    refusal: Refusal | None = None

    @property
    def total(self) -> int:
        """The sum of the lines."""
        return sum(line.amount for line in self.lines)

    @property
    def paid(self) -> int:
        """What was paid, less what was refunded."""
        signs = {PaymentKind.PAYMENT: 1, PaymentKind.REFUND: -1}
        return sum(signs[payment.kind] * payment.amount for payment in self.payments)

    @property
    def delivered_at(self) -> datetime | None:
        """When the last parcel arrived; None while one is on its way."""
        times = [parcel.delivered_at for parcel in self.shipments if parcel.delivered_at]
        return max(times) if times and len(times) == len(self.shipments) else None


def own_orders(shopper: Shopper) -> Select[Order]:
    """The orders that the shopper may change; a NULL owner equals no customer."""
    return select(Order).where(Order.customer_id == (shopper.customer_id or "")).options(*_whole())


def readable_orders(shopper: Shopper) -> Select[Order]:
    """The orders that the shopper may read: their own, or the one opened by number and e-mail."""
    if shopper.rung == Rung.ORDER:
        return select(Order).where(Order.id == shopper.order_id).options(*_whole())
    return own_orders(shopper)


@cache
def _whole() -> tuple[ExecutableOption, ...]:
    """Everything that an order shows; made once, since it takes 0.1 ms of a read of 2 ms."""
    return (
        selectinload(Order.lines),
        selectinload(Order.shipments).selectinload(Shipment.lines),
        selectinload(Order.shipments).selectinload(Shipment.events),
        selectinload(Order.payments).joinedload(Payment.method),
        selectinload(Order.changes).defer(OutboxEvent.payload),
    )


def order_view(order: Order, zone: ZoneInfo) -> OrderView:
    """The whole order as a value; times in the shop's zone."""
    return OrderView(
        id=order.id,
        status=OrderStatus(order.status),
        placed_at=order.placed_at.astimezone(zone),
        currency=order.currency,
        address=order.address,
        lines=tuple(_line(line) for line in order.lines),
        shipments=tuple(_shipment(shipment, zone) for shipment in order.shipments),
        payments=tuple(_payment(payment, zone) for payment in order.payments),
        extra=order.extra,
        refusal=refusal_of(order.changes),
    )


def _line(line: OrderLine) -> LineView:
    return LineView(
        line=line.line,
        product_id=line.product_id,
        variant_id=line.variant_id,
        title=line.title,
        options=line.options,
        unit_price=line.unit_price_minor,
        quantity=line.quantity,
    )


def _shipment(shipment: Shipment, zone: ZoneInfo) -> ShipmentView:
    return ShipmentView(
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        lines=tuple(line.line for line in shipment.lines),
        eta=_local(shipment.eta, zone),
        delivered_at=_local(shipment.delivered_at, zone),
        events=tuple(
            EventView(event.at.astimezone(zone), event.place, event.text)
            for event in shipment.events
        ),
    )


def _payment(payment: Payment, zone: ZoneInfo) -> PaymentView:
    return PaymentView(
        kind=PaymentKind(payment.kind),
        amount=payment.amount_minor,
        method_id=payment.method_id,
        method_kind=payment.method.kind,
        method=payment.method.label,
        at=payment.at.astimezone(zone),
    )


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None
