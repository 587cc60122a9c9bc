"""Events as lines of a terminal."""

from collections.abc import Iterator

from agent.events import (
    Citation,
    Comparison,
    Done,
    Error,
    Event,
    Filters,
    HandOff,
    Order,
    Products,
    SignIn,
    Table,
    Text,
)
from ui.tables import table_lines


def lines(event: Event) -> Iterator[str]:
    """What a terminal shows of one event; statuses and quick replies are for pages."""
    match event:
        case Text() | SignIn() | Error():
            yield event.text
        case Filters(chips=chips):
            yield "  [" + "] [".join(f"{chip.label}: {chip.value}" for chip in chips) + "]"
        case Products(items=items):
            for card in items:
                stock = "" if card.stock is None else f"  ({card.stock})"
                why = f"  — {card.why}" if card.why else ""
                yield f"  {card.handle:<4}{card.price} {card.currency}  {card.title}{stock}{why}"
        case Comparison(items=items, rows=rows):
            yield "  " + " | ".join(["", *(card.title for card in items)])
            for name, values in rows:
                yield "  " + " | ".join([name, *values])
        case Order():
            yield from _order(event)
        case Citation():
            yield f"  “{event.quote}”"
            yield f"  — {event.title} ({event.version}, {event.effective_from})"
        case Table(columns=columns, rows=cells):
            yield from (f"  {line}" for line in table_lines(columns, cells))
            yield f"  ({event.sql})"
        case HandOff():
            yield f"  → {event.reference}"
        case Done():
            yield f"  ({event.seconds:.1f} s, {event.model_calls} model calls)"


def _order(order: Order) -> Iterator[str]:
    yield f"  {order.id}  {order.status_text}  {order.placed_at}  {order.total} {order.currency}"
    if order.note:
        yield f"    {order.note}"
    for line in order.lines:
        yield f"    {line.quantity} x {line.title} ({line.options})  {line.unit_price}"
    for shipment in order.shipments:
        when = shipment.delivered_at or shipment.eta
        yield f"    {shipment.carrier} {shipment.tracking_number}  {when}"
