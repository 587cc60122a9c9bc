"""What shoppers want to know of their own orders."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from agent.events import Order
from finetune.synthesis.gold import Calls, Plan, Say, Seen
from finetune.synthesis.models import NOW
from finetune.synthesis.talk import Talk, Unsayable
from finetune.synthesis.wishes import Wish, money

Move = tuple[str, Plan]
"""What the shopper says, and what the clerk does about it."""

_STATUS_ACTS = {
    "orders_pending": "pending",
    "orders_shipped": "shipped",
    "orders_delivered": "delivered",
    "orders_cancelled": "cancelled",
}
_NONE_SUCH = ("There is no such order", "您没有这样的订单")
"""How a list begins that holds other orders than those asked for."""
_GOES_BACK = ("cancelled", "returned", "return_requested")


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
            "delivered": ["order", "order_items", "order_paid", "order_paid_part", "order_eta"],
            "cancelled": ["order_refund", "order"],
            "returned": ["order_refund", "order"],
        }
        usual = ["order", "order_items", "order_paid", "order_where", "order_eta", "order_refund"]
        act = rng.choice(fitting.get(purchase.status, usual))
    number = talk.number(purchase)
    talk.order_act = act
    slots = {"order": number}
    if act == "order_paid_part":
        if talk.buyer is None:
            raise Unsayable
        method = talk.rng.choice(talk.buyer.methods)
        talk.method_asked = str(method["label"])
        slots["method"] = talk.method(method)[0]
    return Wish(
        talk.say(act, **slots),
        ("get_order", {"order_id": number}),
        lambda seen: of_order(talk, seen, act, number),
    )


_FOLLOWING = {
    "follow_where": "order_where",
    "follow_eta": "order_eta",
    "follow_items": "order_items",
    "follow_paid": "order_paid",
}


def more_of_order(talk: Talk) -> Wish:
    """One more question about the order just talked about, or the same about the one that was
    meant. Raises Unsayable.
    """
    if not talk.order:
        raise Unsayable
    if talk.order_act and talk.rng.random() < 0.25:
        return _corrected(talk, talk.order_act)
    number, act = talk.order, talk.rng.choice(list(_FOLLOWING))
    return Wish(
        talk.say(act),
        ("get_order", {"order_id": number}),
        lambda seen: of_order(talk, seen, _FOLLOWING[act], number),
    )


def _corrected(talk: Talk, act: str) -> Wish:
    """The number was of another order than the one meant."""
    others = [p.id for p in talk.buyer.orders if p.id != talk.order] if talk.buyer else []
    if not others:
        raise Unsayable
    number = talk.rng.choice(others)
    return Wish(
        talk.say("correct_order", order=number),
        ("get_order", {"order_id": number}),
        lambda seen: of_order(talk, seen, act, number),
    )


def insisting(talk: Talk) -> Iterator[Move]:
    """A stranger's order, and a second attempt to see it. Raises Unsayable."""
    if talk.buyer is None:
        raise Unsayable
    number = talk.rng.choice([p for b, p in talk.world.purchases() if b is not talk.buyer]).id
    act = talk.rng.choice(["order_friend", "order", "order_items"])
    asked = Wish(
        talk.say(act, order=number),
        ("get_order", {"order_id": number}),
        lambda seen: of_order(talk, seen, act, number),
    )
    yield asked.text, asked.plan()
    yield talk.say("friend_insists"), _just(talk.reply("not_yours"))


def of_order(talk: Talk, seen: Seen, act: str, number: str) -> str:
    """What to say of one order."""
    if seen.of("sign_in"):
        return talk.reply("sign_in")
    panel: Order | None = seen.of("order")
    if panel is None:
        return talk.reply("no_order", order=number)
    talk.orders[panel.id] = panel
    talk.order = panel.id
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
        case "order_paid_part":
            part = [p for p in paid if p[2] == talk.method_asked]
            act = "paid_part" if part else "paid_none"
            return talk.reply(act, **_summed(talk, part or paid, panel), **slots)
        case "order_paid" if paid:
            return talk.reply("paid", **_summed(talk, paid, panel), **slots)
        case "order_refund" if back:
            return talk.reply("refunded", **_summed(talk, back, panel), **slots)
        case "order_refund":
            owed = panel.status in _GOES_BACK
            return talk.reply("not_refunded" if owed else "no_refund", **slots)
    if not panel.shipments:
        return talk.reply("status" if act == "order" else "no_date", **slots)
    parcel = panel.shipments[0]
    if parcel.delivered_at:
        return talk.reply("arrived", date=parcel.delivered_at, **slots)
    place = parcel.events[-1][1] if parcel.events else ""
    more = {"carrier": parcel.carrier, "tracking": parcel.tracking_number, "place": place}
    asks_when = act in ("order_eta", "order", "order_late")
    if asks_when and place and parcel.eta and parcel.eta < NOW.date().isoformat():
        return talk.reply("late", date=parcel.eta, place=place, order=panel.id)
    if asks_when and parcel.eta:
        return talk.reply("eta", date=parcel.eta, **slots)
    return talk.reply("where" if place else "where_plain", **more, **slots)


def _summed(talk: Talk, payments: Sequence[tuple[str, str, str]], panel: Order) -> dict[str, str]:
    """What several payments come to, and by which methods."""
    glue = " and " if talk.lang == "en" else "和"
    whole = sum(Decimal(amount) for _, amount, _ in payments)
    methods = dict.fromkeys(method for _, _, method in payments)
    return {"price": money(str(whole), panel.currency), "method": glue.join(methods)}


def orders(talk: Talk) -> Wish:
    """The shopper's orders, all of them or those in one state."""
    act = talk.rng.choice(["orders", "orders", *_STATUS_ACTS])
    status = _STATUS_ACTS.get(act, "")
    arguments = {"status": status} if status else {}
    return Wish(
        talk.say(act), ("list_orders", dict(arguments)), lambda seen: of_orders(talk, seen, status)
    )


def of_orders(talk: Talk, seen: Seen, status: str) -> str:
    """What to say of several orders, of those in a state if any was asked for."""
    if seen.of("sign_in"):
        return talk.reply("sign_in")
    panels = [event for event in seen.events if isinstance(event, Order)]
    if not panels:
        return talk.reply("orders_none")
    slots = {"order": panels[0].id, "status": panels[0].status_text, "count": str(len(panels))}
    if status and seen.text.startswith(_NONE_SUCH):
        return talk.reply(f"none_{status}", **slots)
    return talk.reply("orders" if len(panels) > 1 else "orders_one", **slots)


def parcel(talk: Talk) -> Iterator[Move]:
    """Where something is that has no number: what is on its way, or what holds those goods."""
    rng = talk.rng
    act = rng.choice(["parcel", "eta_unnamed", "parcel_item", "parcel_item", "refund_item"])
    if act in ("parcel", "eta_unnamed"):
        told = "order_where" if act == "parcel" else "order_eta"
        yield talk.say(act), _looked_up(talk, {"status": "shipped"}, told, "")
        return
    back = act == "refund_item"
    statuses = ("returned", "return_requested") if back else ("shipped", "processed", "pending")
    purchase = talk.purchase(*statuses, *(() if back or rng.random() < 0.7 else ("delivered",)))
    ware = rng.choice(purchase.lines).ware
    text = talk.say(act, item=talk.item(ware))
    if talk.buyer is not None:
        holding = [p for p in talk.buyer.orders if any(line.ware is ware for line in p.lines)]
        if len(holding) > 1:
            raise Unsayable
    yield text, _looked_up(talk, {}, "order_refund" if back else "order_where", purchase.id)


def _looked_up(talk: Talk, arguments: dict[str, str], act: str, number: str) -> Plan:
    """List the orders, then open the one that is meant; of several that it may be, ask which."""
    status = arguments.get("status", "")
    seen = yield Calls((("list_orders", arguments),))
    panels = [event for event in seen[0].events if isinstance(event, Order)]
    other = bool(status) and seen[0].text.startswith(_NONE_SUCH)
    if seen[0].of("sign_in") or not panels or (other and len(panels) > 1):
        yield Say(of_orders(talk, seen[0], status))
        return
    meant = [panel for panel in panels if panel.id == number or (not number and len(panels) == 1)]
    if not meant:
        if number:
            raise Unsayable
        glue = ", " if talk.lang == "en" else "、"
        numbers = glue.join(panel.id for panel in panels)
        yield Say(talk.reply("which_order", count=str(len(panels)), orders=numbers))
        return
    seen = yield Calls((("get_order", {"order_id": meant[0].id}),))
    yield Say(of_order(talk, seen[0], act, meant[0].id))


def _just(text: str) -> Plan:
    yield Say(text)
