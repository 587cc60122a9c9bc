"""An order as HTML: how far it is, what is in it, where its parcels are and what was paid."""

from agent.events import Lang, Order, OrderLineCard, ShipmentCard
from ui.markup import day, esc, moment, money, picture, tag
from ui.product_cards import hidden
from ui.texts import TEXTS, say

STEPS = ("placed", "processed", "shipped", "delivered")
# status -> how many of STEPS are behind the order; what is not here shows no progress line
_REACHED = {
    "pending": 1,
    "processed": 2,
    "shipped": 3,
    "delivered": 4,
    "return_requested": 4,
    "exchange_requested": 4,
    "returned": 4,
}


def order_panel(order: Order, lang: Lang, *, unfolded: bool = True) -> str:
    """The whole panel; folded to its heading when several orders stand under one another."""
    inner = "".join(
        [
            tag("p", esc(order.note), "sc-order-note", role="note") if order.note else "",
            _progress(order.status, lang),
            _lines(order, lang),
            "".join(_shipment(parcel, lang) for parcel in order.shipments),
            _facts(order, lang),
        ]
    )
    folding = {"open": ""} if unfolded else {}
    panel = tag("summary", _heading(order, lang)) + tag("div", inner, "sc-order-body")
    return tag("details", panel, "sc-order", data_order=order.id, **folding)


def status_text(order: Order, lang: Lang) -> str:
    """The status in the interface's language, or the event's own words for an unusual one."""
    key = f"status_{order.status}"
    return say(lang, key) if key in TEXTS[lang] else order.status_text or order.status


def _heading(order: Order, lang: Lang) -> str:
    placed = say(lang, "ordered_on", date=day(order.placed_at, lang))
    name = tag("span", esc(say(lang, "order", id=order.id)), "sc-order-id")
    when = tag("span", esc(placed), "sc-order-when")
    kind = order.status if order.status in _REACHED or order.status == "cancelled" else "other"
    pill = tag("span", esc(status_text(order, lang)), f"sc-pill sc-pill-{kind}")
    total = tag("span", esc(money(order.total, order.currency)), "sc-order-total")
    return tag("span", name + when, "sc-order-name") + tag("span", pill + total, "sc-order-side")


def _progress(status: str, lang: Lang) -> str:
    if status not in _REACHED:
        return ""
    reached = _REACHED[status]
    steps = "".join(_step(step, at, reached, lang) for at, step in enumerate(STEPS, start=1))
    return tag("ol", steps, "sc-progress", aria_label=say(lang, "progress"))


def _step(step: str, at: int, reached: int, lang: Lang) -> str:
    spoken = hidden(f" ({say(lang, 'step_done' if at <= reached else 'step_open')})")
    current = {"aria_current": "step"} if at == reached else {}
    css = "sc-step sc-done" if at <= reached else "sc-step"
    return tag("li", tag("span", esc(say(lang, f"step_{step}"))) + spoken, css, **current)


def _lines(order: Order, lang: Lang) -> str:
    items = "".join(_line(line, order.currency, lang) for line in order.lines)
    return tag("ul", items, "sc-lines", aria_label=say(lang, "items")) if items else ""


def _line(line: OrderLineCard, currency: str, lang: Lang) -> str:
    options = " · ".join(filter(None, [line.options, say(lang, "quantity", count=line.quantity)]))
    words = tag("b", esc(line.title)) + tag("span", esc(options))
    price = tag("span", esc(money(line.unit_price, currency)), "sc-line-price")
    image = picture(line.image_url, line.product_id, "")
    return tag("li", image + tag("div", words) + price, data_line=str(line.line))


def _shipment(parcel: ShipmentCard, lang: Lang) -> str:
    facts = [say(lang, "tracking", number=parcel.tracking_number)] if parcel.tracking_number else []
    if parcel.delivered_at:
        facts.append(say(lang, "delivered_on", date=day(parcel.delivered_at, lang)))
    elif parcel.eta:
        facts.append(say(lang, "eta", date=day(parcel.eta, lang)))
    events = "".join(_event(*event, lang) for event in parcel.events)
    return tag(
        "section",
        tag("h4", esc(say(lang, "shipment", carrier=parcel.carrier)))
        + tag("p", esc(" · ".join(facts)), "sc-parcel-facts")
        + (tag("ol", events, "sc-timeline") if events else ""),
        "sc-parcel",
    )


def _event(at: str, place: str, text: str, lang: Lang) -> str:
    where = tag("span", esc(" · ".join(filter(None, [moment(at, lang), place]))), "sc-when")
    return tag("li", tag("b", esc(text)) + where)


def _facts(order: Order, lang: Lang) -> str:
    rows = [
        (_payment_kind(kind, lang), " · ".join([money(amount, order.currency), method]))
        for kind, amount, method in order.payments
    ]
    if order.address:
        rows.append((say(lang, "ship_to"), order.address))
    rows.append((say(lang, "total"), money(order.total, order.currency)))
    return tag("dl", "".join(tag("dt", esc(k)) + tag("dd", esc(v)) for k, v in rows), "sc-facts")


def _payment_kind(kind: str, lang: Lang) -> str:
    return say(lang, kind) if kind in ("payment", "refund") else kind
