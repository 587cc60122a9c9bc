"""Wishes to know something of the shopper's own orders."""

from agent.events import Order
from finetune.synthesis.gold import Seen
from finetune.synthesis.models import Purchase
from finetune.synthesis.talk import Talk, Unsayable
from finetune.synthesis.wishes import Wish, money

_STATUS_ACTS = {
    "orders_pending": "pending",
    "orders_shipped": "shipped",
    "orders_delivered": "delivered",
    "orders_cancelled": "cancelled",
}


def order(talk: Talk) -> Wish:
    """A question about one order by its number: the shopper's own, a stranger's, or none."""
    rng = talk.rng
    strange = talk.buyer is not None and rng.random() < 0.15
    if strange:
        others = [p for b, p in talk.world.purchases() if b is not talk.buyer]
        purchase, act = rng.choice(others), "order_friend"
        if rng.random() < 0.4:
            act = rng.choice(["order", "order_where", "order_items"])
    else:
        purchase = talk.purchase()
        fitting = {
            "shipped": ["order_where", "order_eta", "order_late", "order"],
            "delivered": ["order", "order_items", "order_paid", "order_eta"],
            "cancelled": ["order_refund", "order"],
            "returned": ["order_refund", "order"],
        }
        usual = ["order", "order_items", "order_paid", "order_where", "order_eta", "order_refund"]
        act = rng.choice(fitting.get(purchase.status, usual))
    number = talk.number(purchase)
    return Wish(
        talk.say(act, order=number),
        ("get_order", {"order_id": number}),
        lambda seen: of_order(talk, seen, act, number),
    )


def of_order(talk: Talk, seen: Seen, act: str, number: str) -> str:
    """What to say of one order."""
    if seen.of("sign_in"):
        return talk.reply("sign_in")
    panel: Order | None = seen.of("order")
    if panel is None:
        return talk.reply("no_order", order=number)
    talk.orders[panel.id] = panel
    return _of_panel(talk, panel, act)


def _of_panel(talk: Talk, panel: Order, act: str) -> str:
    slots = {"order": panel.id, "status": panel.status_text}
    paid = [p for p in panel.payments if p[0] in ("paid", "付款")]
    back = [p for p in panel.payments if p[0] in ("refunded", "退款")]
    match act:
        case "order_items":
            glue = ", " if talk.lang == "en" else "、"
            items = glue.join(line.title for line in panel.lines[:3])
            return talk.reply("items", items=items, **slots)
        case "order_paid" if paid:
            price = money(paid[0][1], panel.currency)
            return talk.reply("paid", price=price, method=paid[0][2], **slots)
        case "order_refund" if back:
            price = money(back[0][1], panel.currency)
            return talk.reply("refunded", price=price, method=back[0][2], **slots)
        case "order_refund":
            return talk.reply("not_refunded", **slots)
    if not panel.shipments:
        return talk.reply("status" if act == "order" else "no_date", **slots)
    parcel = panel.shipments[0]
    if parcel.delivered_at:
        return talk.reply("arrived", date=parcel.delivered_at, **slots)
    place = parcel.events[-1][1] if parcel.events else ""
    more = {"carrier": parcel.carrier, "tracking": parcel.tracking_number, "place": place}
    if act == "order_late" and place:
        return talk.reply("late", date=parcel.eta, place=place, order=panel.id)
    if act in ("order_eta", "order") and parcel.eta:
        return talk.reply("eta", date=parcel.eta, **slots)
    return talk.reply("where" if place else "where_plain", **more, **slots)


def orders(talk: Talk) -> Wish:
    """The shopper's orders, all of them or those in one state."""
    act = talk.rng.choice(["orders", "orders", *_STATUS_ACTS])
    arguments = {"status": _STATUS_ACTS[act]} if act in _STATUS_ACTS else {}
    return Wish(talk.say(act), ("list_orders", dict(arguments)), lambda seen: of_orders(talk, seen))


def of_orders(talk: Talk, seen: Seen) -> str:
    """What to say of several orders."""
    if seen.of("sign_in"):
        return talk.reply("sign_in")
    panels = [event for event in seen.events if isinstance(event, Order)]
    if not panels:
        return talk.reply("orders_none")
    slots = {"order": panels[0].id, "status": panels[0].status_text, "count": str(len(panels))}
    return talk.reply("orders" if len(panels) > 1 else "orders_one", **slots)


def parcel(talk: Talk) -> Wish:
    """Where something is that has no number: what is on its way, or what holds those goods."""
    if talk.buyer is None or talk.rng.random() < 0.5:
        return Wish(
            talk.say("parcel"),
            ("list_orders", {"status": "shipped"}),
            lambda seen: _first_parcel(talk, seen, None),
        )
    purchase = talk.purchase("shipped", "processed", "pending", "delivered")
    ware = talk.rng.choice(purchase.lines).ware
    holding = [p for p in talk.buyer.orders if any(line.ware is ware for line in p.lines)]
    if len(holding) > 1:
        raise Unsayable
    return Wish(
        talk.say("parcel_item", item=talk.item(ware)),
        ("list_orders", {}),
        lambda seen: _first_parcel(talk, seen, purchase),
    )


def _first_parcel(talk: Talk, seen: Seen, purchase: Purchase | None) -> str:
    if seen.of("sign_in"):
        return talk.reply("sign_in")
    panels = [event for event in seen.events if isinstance(event, Order)]
    if purchase is not None:
        panels = [panel for panel in panels if panel.id == purchase.id]
    if not panels:
        return talk.reply("orders_none")
    # A list tells the model the state alone: where the parcel is stands on the card.
    slots = {"order": panels[0].id, "status": panels[0].status_text}
    return talk.reply("status", **slots)
