"""Orders turned into the panels that the screen shows, and into lines for the model."""

from datetime import datetime

from agent.context import TurnContext
from agent.events import Lang, Order, OrderLineCard, ShipmentCard
from agent.orders.models import OrderStatus, PaymentKind
from agent.orders.money import to_text
from agent.orders.views import LineView, OrderView, ShipmentView
from agent.proposal_cards import refusal_text
from agent.wording import say, shorten
from retrieval.catalogue import in_language

_STATUS: dict[OrderStatus, tuple[str, str]] = {
    OrderStatus.PENDING: ("pending, not yet processed", "待处理"),
    OrderStatus.PROCESSED: ("processed, being packed", "已处理，正在打包"),
    OrderStatus.SHIPPED: ("shipped, on its way", "已发货，运输中"),
    OrderStatus.DELIVERED: ("delivered", "已送达"),
    OrderStatus.CANCELLED: ("cancelled", "已取消"),
    OrderStatus.RETURN_REQUESTED: ("return requested", "已申请退货"),
    OrderStatus.EXCHANGE_REQUESTED: ("exchange requested", "已申请换货"),
    OrderStatus.RETURNED: ("returned", "已退货"),
}


def status_text(status: OrderStatus, lang: Lang) -> str:
    """The status in words."""
    return say(lang, *_STATUS[status])


def day(at: datetime | None) -> str:
    """A day in the shop's zone, ISO 8601; "" for none."""
    return at.date().isoformat() if at else ""


def minute(at: datetime) -> str:
    """A moment in the shop's zone, to the minute."""
    return at.strftime("%Y-%m-%d %H:%M")


def order_event(order: OrderView, context: TurnContext) -> Order:
    """The panel of one order, in the shopper's language."""
    lang = context.lang
    pictures = {p.id: p.image_url for p in context.shop.products.get_many(_product_ids(order))}
    return Order(
        id=order.id,
        status=order.status,
        status_text=status_text(order.status, lang),
        placed_at=day(order.placed_at),
        total=to_text(order.total, order.currency),
        currency=order.currency,
        lines=[_line(line, order, lang, pictures) for line in order.lines],
        shipments=[_shipment(shipment, lang) for shipment in order.shipments],
        payments=[
            (
                say(lang, "paid", "付款")
                if p.kind is PaymentKind.PAYMENT
                else say(lang, "refunded", "退款"),
                to_text(p.amount, order.currency),
                p.method,
            )
            for p in order.payments
        ],
        address=", ".join(part for part in order.address.values() if part),
        note=refusal_text(order.refusal, lang) if order.refusal else "",
    )


def _product_ids(order: OrderView) -> list[str]:
    return [line.product_id for line in order.lines]


def _line(line: LineView, order: OrderView, lang: Lang, pictures: dict[str, str]) -> OrderLineCard:
    return OrderLineCard(
        line=line.line,
        product_id=line.product_id,
        title=in_language(line.title, lang),
        options=in_language(line.options, lang),
        unit_price=to_text(line.unit_price, order.currency),
        quantity=line.quantity,
        image_url=pictures.get(line.product_id, ""),
    )


def _shipment(shipment: ShipmentView, lang: Lang) -> ShipmentCard:
    return ShipmentCard(
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        eta=day(shipment.eta),
        delivered_at=day(shipment.delivered_at),
        events=[
            (minute(e.at), in_language(e.place, lang), in_language(e.text, lang))
            for e in shipment.events
        ],
    )


def order_line(order: Order, lang: Lang, *, detail: bool = False) -> str:
    """One order for the model: number, state, day, total, and with `detail` lines and parcels."""
    items = "; ".join(
        f"{c.line}. {c.quantity} x {c.title}" + (f" ({c.options})" if c.options else "")
        for c in order.lines
    )
    placed = say(lang, "placed", "下单于")
    text = (
        f"{order.id}: {order.status_text}, {placed} {order.placed_at}, "
        f"{order.total} {order.currency}"
    )
    if not detail:
        return f"{text}, {shorten(items, 90)}"
    parcels = "\n".join(_parcel(shipment, lang) for shipment in order.shipments)
    money = "; ".join(f"{kind} {amount} {method}" for kind, amount, method in order.payments)
    parts = (text, shorten(items, 300), parcels, money, order.note)
    return "\n".join(part for part in parts if part)


def _parcel(shipment: ShipmentCard, lang: Lang) -> str:
    parts = [f"{shipment.carrier} {shipment.tracking_number}"]
    if shipment.delivered_at:
        parts.append(say(lang, "delivered", "送达于") + f" {shipment.delivered_at}")
    elif shipment.eta:
        parts.append(say(lang, "expected", "预计送达") + f" {shipment.eta}")
    if shipment.events:
        at, place, text = shipment.events[-1]
        parts.append(f"{at} {place}: {text}")
    return ", ".join(parts)
