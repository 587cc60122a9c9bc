"""Changes of orders and accounts: the request, what the clerk needs for it, the proposal."""

from collections.abc import Callable, Iterator
from typing import Any

from agent.events import Order, Proposal
from finetune.synthesis.forms import options_said, other_form
from finetune.synthesis.gold import Calls, Plan, Say, Seen
from finetune.synthesis.models import Line, Purchase
from finetune.synthesis.talk import Talk, Unsayable
from finetune.synthesis.wishes import money

Move = tuple[str, Plan]
"""What the shopper says, and what the clerk does about it."""

_PENDING = ("pending",)
_TOO_LATE = ("processed", "shipped", "delivered")


def change(talk: Talk) -> Iterator[Move]:
    """One change from the request to the proposal; more turns where something is missing."""
    kinds: list[Callable[[Talk], Iterator[Move]]] = [
        *(_cancel, _cancel, _cancel, _cancel, _readdress, _readdress, _readdress),
        *(_repay, _repay, _repay, _reoption, _reoption, _reoption, _return, _return, _return),
        *(_exchange, _exchange, _exchange, _exchange, _move, _move),
    ]
    return talk.rng.choice(kinds)(talk)


def _proposed(talk: Talk, seen: Seen, number: str = "") -> str:
    """What to say below a proposal, or where there is none."""
    if seen.of("sign_in"):
        return talk.reply("sign_in")
    made: Proposal | None = seen.of("proposal")
    if made is None:
        if seen.refused:
            raise Unsayable
        return talk.reply("refused") if seen.events else talk.reply("no_order", order=number)
    if made.money and talk.rng.random() < 0.6:
        part = made.money[0]
        act = "proposed_refund" if part.kind == "refund" else "proposed_charge"
        return talk.reply(act, price=money(part.amount, made.currency), method=part.method)
    return talk.reply("proposed")


def _propose(talk: Talk, name: str, arguments: dict[str, Any]) -> Plan:
    seen = yield Calls(((name, arguments),))
    yield Say(_proposed(talk, seen[0], str(arguments.get("order_id", ""))))


def _ask(text: str) -> Plan:
    yield Say(text)


def _listed(talk: Talk, status: str, ask: str) -> Plan:
    """Which order? The clerk shows those that it can be."""
    seen = yield Calls((("list_orders", {"status": status}),))
    if seen[0].of("sign_in"):
        yield Say(talk.reply("sign_in"))
    elif seen[0].of("order") is None:
        yield Say(talk.reply("orders_none"))
    else:
        _remember(talk, seen[0])
        yield Say(talk.reply(ask))


def _remember(talk: Talk, seen: Seen) -> None:
    talk.orders |= {event.id: event for event in seen.events if isinstance(event, Order)}


def _target(talk: Talk, right: tuple[str, ...], wrong: tuple[str, ...]) -> Purchase:
    """An order that fits, or one time in four one that the rules refuse."""
    return talk.purchase(*(wrong if talk.rng.random() < 0.25 else right))


def _cancel(talk: Talk) -> Iterator[Move]:
    rng = talk.rng
    why = rng.choice(["needless", "mistake"])
    reason = {"needless": "no longer needed", "mistake": "ordered by mistake"}[why]
    way = rng.random()
    if way < 0.3:
        yield _of_goods(talk, f"cancel_{why}", "propose_cancellation", {"reason": reason})
        return
    if way < 0.45:
        purchase = talk.purchase(*_PENDING)
        yield talk.say("cancel_unnamed"), _listed(talk, "pending", "ask_order_reason")
        if talk.buyer is None:
            return
        number = talk.number(purchase)
        glue = ", " if talk.lang == "en" else "，"
        text = glue.join((talk.say("give_order", order=number), talk.say(f"give_{why}")))
    else:
        purchase = _target(talk, _PENDING, _TOO_LATE)
        number = talk.number(purchase)
        if rng.random() < 0.3:
            yield talk.say("cancel", order=number), _ask(talk.reply("ask_reason"))
            text = talk.say(f"give_{why}")
        else:
            text = talk.say(f"cancel_{why}", order=number)
    arguments = {"order_id": number, "reason": reason}
    yield text, _propose(talk, "propose_cancellation", arguments)


def _of_goods(
    talk: Talk,
    act: str,
    tool: str,
    arguments: dict[str, Any],
    line: Line | None = None,
    **slots: str,
) -> Move:
    """A change of the one pending order that holds the goods named. Raises Unsayable."""
    if talk.buyer is None:
        raise Unsayable
    meant = [
        (p, x)
        for p in talk.buyer.orders
        if p.status in _PENDING
        for x in p.lines
        if line in (None, x)
    ]
    if not meant:
        raise Unsayable
    purchase, line = talk.rng.choice(meant)
    item = talk.item(line.ware)
    if any(
        item in (*x.ware.kind.items[talk.lang], x.ware.short[talk.lang])
        for p in talk.buyer.orders
        if p is not purchase
        for x in p.lines
    ):
        raise Unsayable
    text = talk.clause(f"{act}_goods", item=item, **slots)
    talk.acts.append(f"{act}_goods")

    def propose() -> Plan:
        yield from _propose(talk, tool, {"order_id": purchase.id} | arguments)

    return text, _found(talk, "pending", purchase.id, propose, opened="changes" in arguments)


def _address_arguments(parts: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in parts.items() if value}


def _flat(talk: Talk, number: str) -> Move:
    """What the address of an order lacks, and nothing else."""
    rng, house = talk.rng, talk.rng.randrange(1, 90)
    ways = {
        "en": (f"Apt {house}", f"Unit {house}", f"Flat {house}", f"apt {house}B", f"floor {house}"),
        "zh": (f"{house}室", f"{house}栋{house + 100}室", f"{house}号楼2单元301", f"{house}层"),
    }
    unit = rng.choice(ways[talk.lang])
    talk.acts.append("readdress_flat")
    text = talk.clause("readdress_flat", order=number, unit=unit)
    return text, _propose(talk, "propose_address_change", {"order_id": number, "line2": unit})


def _readdress(talk: Talk) -> Iterator[Move]:
    rng = talk.rng
    parts, address = talk.address()
    purchase = _target(talk, _PENDING, _TOO_LATE)
    number = talk.number(purchase)
    way = rng.random()
    if way < 0.25:
        new = _address_arguments(parts)
        yield _of_goods(talk, "readdress", "propose_address_change", new, address=address)
        return
    if way < 0.4:
        purchase = talk.purchase(*_PENDING)
        number = talk.number(purchase)
        yield (
            talk.say("readdress_unnamed", address=address),
            _listed(talk, "pending", "ask_order"),
        )
        if talk.buyer is None:
            return
        text = talk.say("give_order", order=number)
    elif way < 0.5:
        yield _flat(talk, number)
        return
    elif way < 0.6:
        yield talk.say("readdress_where", order=number), _ask(talk.reply("ask_address"))
        text = talk.say("give_address", address=address)
    else:
        text = talk.say("readdress", order=number, address=address)
    arguments = {"order_id": number} | _address_arguments(parts)
    yield text, _propose(talk, "propose_address_change", arguments)
    if purchase.status == "pending" and talk.buyer and rng.random() < 0.2:
        parts, address = talk.address()
        arguments = {"order_id": number} | _address_arguments(parts)
        text = talk.say("correct_address", address=address)
        yield text, _propose(talk, "propose_address_change", arguments)


def _move(talk: Talk) -> Iterator[Move]:
    parts, address = talk.address()
    if talk.rng.random() < 0.3:
        yield talk.say("move_where"), _ask(talk.reply("ask_address"))
        text = talk.say("give_address", address=address)
    else:
        text = talk.say("move", address=address)
    yield text, _propose(talk, "propose_profile_change", _address_arguments(parts))


def _repay(talk: Talk) -> Iterator[Move]:
    if talk.buyer is None:
        raise Unsayable
    rng = talk.rng
    purchase = _target(talk, _PENDING, _TOO_LATE)
    number = talk.number(purchase)
    paid_by = purchase.row["payments"][0]["method_id"]
    others = [method for method in talk.buyer.methods if method["id"] != paid_by]
    some = others if others and rng.random() < 0.9 else talk.buyer.methods
    said, named = talk.method(rng.choice(some))
    if rng.random() < 0.3:
        to = {"payment_method_id": named}
        yield _of_goods(talk, "repay", "propose_payment_change", to, method=said)
        return
    if rng.random() < 0.3:
        yield talk.say("repay_how", order=number), _ask(talk.reply("ask_method"))
        text = talk.say("give_method", method=said)
    else:
        text = talk.say("repay", order=number, method=said)
    arguments = {"order_id": number, "payment_method_id": named}
    yield text, _propose(talk, "propose_payment_change", arguments)


def _lines(talk: Talk, purchase: Purchase) -> Line:
    lines = [line for line in purchase.lines if len(line.ware.variants) > 1]
    if not lines:
        raise Unsayable
    return talk.rng.choice(lines)


def _opened(talk: Talk, number: str, then: Callable[[], Plan]) -> Plan:
    """Look into the order first, where its lines are not known yet."""
    if number not in talk.orders:
        seen = yield Calls((("get_order", {"order_id": number}),))
        if seen[0].of("sign_in"):
            yield Say(talk.reply("sign_in"))
            return
        if seen[0].of("order") is None:
            yield Say(talk.reply("no_order", order=number))
            return
        _remember(talk, seen[0])
    yield from then()


def _reoption(talk: Talk) -> Iterator[Move]:
    yield from _swap(talk, _target(talk, _PENDING, _TOO_LATE), "reoption")


def _exchange(talk: Talk) -> Iterator[Move]:
    yield from _swap(talk, _target(talk, ("delivered",), ("shipped", "pending")), "exchange")


def _swap(talk: Talk, purchase: Purchase, act: str) -> Iterator[Move]:
    """Whatever the shopper calls it: a pending order is changed, a delivered one exchanged."""
    rng = talk.rng
    as_called = "delivered" if act == "exchange" else "pending"
    status = purchase.status if purchase.status in ("pending", "delivered") else as_called
    tool = "propose_exchange" if status == "delivered" else "propose_item_change"
    line = _lines(talk, purchase)
    to = other_form(talk, line)
    said, named = options_said(talk, line, to)
    number, item = talk.number(purchase), talk.item(line.ware)
    changes = [{"line": line.number, "to": named}]
    arguments: dict[str, Any] = {"order_id": number, "changes": changes}

    def propose() -> Plan:
        yield from _propose(talk, tool, arguments)

    way = rng.random()
    if way < 0.2:
        yield (
            talk.say(f"{act}_which", order=number, item=item),
            _opened(talk, number, lambda: _ask(talk.reply("ask_options"))),
        )
        if talk.buyer is None:
            return
        text = talk.say("give_options", options=said)
    elif way < 0.35 and act == "reoption" and talk.buyer and purchase.status == "pending":
        yield _of_goods(talk, act, tool, {"changes": changes}, line, options=said)
        return
    elif way < 0.4 and act == "exchange" and talk.buyer:
        if purchase.status != status or status != "delivered":
            raise Unsayable
        holding = [p for p in talk.buyer.orders if any(x.ware is line.ware for x in p.lines)]
        if len(holding) > 1:
            raise Unsayable
        text = talk.say("exchange_unnamed", item=item, options=said)
        yield text, _found(talk, status, number, propose)
        return
    else:
        text = talk.say(act, order=number, item=item, options=said)
        others = [x for x in purchase.lines if x is not line and len(x.ware.variants) > 1]
        if others and rng.random() < 0.5:
            other = rng.choice(others)
            said2, named2 = options_said(talk, other, other_form(talk, other))
            item2 = talk.item(other.ware)
            text = talk.clause("one_more", text=_open(text), item=item2, options=said2)
            changes.append({"line": other.number, "to": named2})
        if talk.buyer and rng.random() < 0.35:
            method, method_id = talk.method(rng.choice(talk.buyer.methods))
            text = talk.clause("by_method", text=_open(text), method=method)
            arguments["payment_method_id"] = method_id
    yield text, _opened(talk, number, propose)
    if purchase.status == status and talk.buyer and rng.random() < 0.2:
        said, named = options_said(talk, line, other_form(talk, line))
        again = arguments | {"changes": [{"line": line.number, "to": named}, *changes[1:]]}
        if len(changes) == 1:
            yield talk.say("correct_options", options=said), _propose(talk, tool, again)


def _open(text: str) -> str:
    """Without the mark at the end, so that a clause can follow."""
    return text.rstrip(" .。!！?？~")


def _found(
    talk: Talk, status: str, number: str, then: Callable[[], Plan], *, opened: bool = True
) -> Plan:
    """Look for the order that holds the goods among those in a state; open it where its lines
    must be known.
    """
    seen = yield Calls((("list_orders", {"status": status}),))
    panels = [event for event in seen[0].events if isinstance(event, Order)]
    if number not in {panel.id for panel in panels}:
        raise Unsayable
    if opened:
        seen = yield Calls((("get_order", {"order_id": number}),))
        _remember(talk, seen[0])
    yield from then()


def _return(talk: Talk) -> Iterator[Move]:
    rng = talk.rng
    purchase = _target(talk, ("delivered",), ("shipped", "pending", "processed"))
    number = talk.number(purchase)
    line = rng.choice(purchase.lines)
    item = talk.item(line.ware)
    numbers = [line.number]
    arguments: dict[str, Any] = {"order_id": number, "lines": numbers}

    def propose() -> Plan:
        yield from _propose(talk, "propose_return", arguments)

    act = rng.choice(["return_item", "return_reason", "return_all", "return_to", "return_unnamed"])
    if act == "return_unnamed":
        if talk.buyer is None or purchase.status != "delivered":
            raise Unsayable
        holding = [p for p in talk.buyer.orders if any(x.ware is line.ware for x in p.lines)]
        if len(holding) > 1:
            raise Unsayable
        yield talk.say(act, item=item), _found(talk, "delivered", number, propose)
        return
    slots = {"order": number, "item": item}
    if act == "return_all":
        slots.pop("item")
        arguments["lines"] = [x.number for x in purchase.lines]
    if act == "return_to":
        if talk.buyer is None:
            raise Unsayable
        slots["method"], arguments["refund_method_id"] = talk.method(rng.choice(talk.buyer.methods))
    text = talk.say(act, **slots)
    others = [x for x in purchase.lines if x is not line]
    if others and act in ("return_item", "return_reason") and rng.random() < 0.4:
        other = rng.choice(others)
        text = talk.clause("also_back", text=_open(text), item=talk.item(other.ware))
        arguments["lines"] = sorted([line.number, other.number])
    elif others and act in ("return_item", "return_reason") and rng.random() < 0.4:
        kept = talk.item(rng.choice(others).ware)
        text = talk.clause("keeping", text=_open(text), item=kept)
    yield text, _opened(talk, number, propose)
    if purchase.status == "delivered" and talk.buyer and rng.random() < 0.3:
        yield _swapped_instead(talk, number, line, item)


def _swapped_instead(talk: Talk, number: str, line: Line, item: str) -> Move:
    """What was to go back, or could not, is exchanged after all."""
    said, named = options_said(talk, line, other_form(talk, line))
    arguments = {"order_id": number, "changes": [{"line": line.number, "to": named}]}
    talk.acts.append("exchange_instead")
    text = talk.clause("exchange_instead", item=item, options=said)
    return text, _propose(talk, "propose_exchange", arguments)
