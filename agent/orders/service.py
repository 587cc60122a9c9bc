"""The order desk: what a shopper may see of their own orders.

The owner is part of the one query, so an order of somebody else and one that does not exist are
the same case with the same answer. Nothing is cached: every read is the database's present state.
"""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from agent.clock import Clock
from agent.context import Shopper
from agent.errors import InvalidInput, NotFound
from agent.orders.database import Database
from agent.orders.formats import order_number
from agent.orders.models import Order, OrderLine, OrderStatus, Payment, PaymentKind, Shipment

_NEWEST_FIRST = (Order.placed_at.desc(), Order.id)


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
    """One of the shopper's own orders. Amounts are minor units, times are in the shop's zone."""

    id: str
    status: OrderStatus
    placed_at: datetime
    currency: str
    address: dict[str, str]
    lines: tuple[LineView, ...]
    shipments: tuple[ShipmentView, ...] = ()
    payments: tuple[PaymentView, ...] = ()
    extra: dict[str, object] = field(default_factory=dict)

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


class OrderDesk:
    """Reads orders for the shopper who owns them. Threads may share it."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone

    def list_orders(self, shopper: Shopper, status: str | None = None) -> list[OrderView]:
        """The shopper's orders, newest first; an anonymous shopper has none.

        Raises InvalidInput for a status that no order can have.
        """
        query = _own(shopper).order_by(*_NEWEST_FIRST)
        if status is not None:
            query = query.where(Order.status == _known(status))
        with self._db.read() as session:
            return [_view(order, self._zone) for order in session.scalars(query)]

    def get_order(self, shopper: Shopper, order_id: str) -> OrderView:
        """One of the shopper's orders, its id matched without '#', spaces and case.

        Raises NotFound, worded alike for a missing order and for somebody else's.
        """
        query = _own(shopper).where(Order.number == order_number(order_id))
        with self._db.read() as session:
            order = session.scalar(query)
            if order is None:
                raise NotFound("There is no order of yours with that number.")
            return _view(order, self._zone)


def _own(shopper: Shopper) -> Select[Order]:
    """The shopper's orders and nobody else's; a NULL owner equals no customer."""
    return (
        select(Order)
        .where(Order.customer_id == (shopper.customer_id or ""))
        .options(
            selectinload(Order.lines),
            selectinload(Order.shipments).selectinload(Shipment.lines),
            selectinload(Order.shipments).selectinload(Shipment.events),
            selectinload(Order.payments).joinedload(Payment.method),
        )
    )


def _known(status: str) -> OrderStatus:
    try:
        return OrderStatus(status)
    except ValueError:
        known = ", ".join(OrderStatus)
        raise InvalidInput(f"{status!r} is no order status; use one of {known}") from None


def _view(order: Order, zone: ZoneInfo) -> OrderView:
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
