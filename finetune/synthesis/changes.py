"""Changes of orders and accounts: the request, what the clerk needs for it, the proposal."""

from collections.abc import Callable, Iterator
from typing import Any

from finetune.synthesis.forms import options_said, other_form
from finetune.synthesis.gold import Plan
from finetune.synthesis.models import Line, Purchase
from finetune.synthesis.proposing import (
    Move,
    ask,
    found_among,
    listed,
    opened,
    propose,
    target,
    unmarked,
)
from finetune.synthesis.returns import send_back
from finetune.synthesis.talk import Talk, Unsayable

_PENDING = ("pending",)
_TOO_LATE = ("processed", "shipped", "delivered")


def change(talk: Talk) -> Iterator[Move]:
    """One change from the request to the proposal; more turns where something is missing."""
    kinds: list[Callable[[Talk], Iterator[Move]]] = [
        *(_cancel, _cancel, _cancel, _cancel, _readdress, _readdress, _readdress),
        *(_repay, _repay, _repay, _reoption, _reoption, _reoption, send_back, send_back, send_back),
        *(_exchange, _exchange, _exchange, _exchange, _move, _move),
    ]
    return talk.rng.choice(kinds)(talk)


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
        yield talk.say("cancel_unnamed"), listed(talk, "pending", "ask_order_reason")
        if talk.buyer is None:
            return
        number = talk.number(purchase)
        glue = ", " if talk.lang == "en" else "，"
        text = glue.join((talk.say("give_order", order=number), talk.say(f"give_{why}")))
    else:
        purchase = target(talk, _PENDING, _TOO_LATE)
        number = talk.number(purchase)
        if rng.random() < 0.3:
            yield talk.say("cancel", order=number), ask(talk.reply("ask_reason"))
            text = talk.say(f"give_{why}")
        else:
            text = talk.say(f"cancel_{why}", order=number)
    arguments = {"order_id": number, "reason": reason}
    yield text, propose(talk, "propose_cancellation", arguments)


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

    def then() -> Plan:
        yield from propose(talk, tool, {"order_id": purchase.id} | arguments)

    # What becomes of a line needs its number, which the opened order alone tells.
    goods = "" if "changes" in arguments else line.ware.title[talk.lang]
    return text, found_among(talk, "pending", purchase.id, then, goods)


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
    return text, propose(talk, "propose_address_change", {"order_id": number, "line2": unit})


def _readdress(talk: Talk) -> Iterator[Move]:
    rng = talk.rng
    parts, address = talk.address()
    purchase = target(talk, _PENDING, _TOO_LATE)
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
            listed(talk, "pending", "ask_order"),
        )
        if talk.buyer is None:
            return
        text = talk.say("give_order", order=number)
    elif way < 0.5:
        yield _flat(talk, number)
        return
    elif way < 0.6:
        yield talk.say("readdress_where", order=number), ask(talk.reply("ask_address"))
        text = talk.say("give_address", address=address)
    else:
        text = talk.say("readdress", order=number, address=address)
    arguments = {"order_id": number} | _address_arguments(parts)
    yield text, propose(talk, "propose_address_change", arguments)
    if purchase.status == "pending" and talk.buyer and rng.random() < 0.2:
        parts, address = talk.address()
        arguments = {"order_id": number} | _address_arguments(parts)
        text = talk.say("correct_address", address=address)
        yield text, propose(talk, "propose_address_change", arguments)


def _move(talk: Talk) -> Iterator[Move]:
    parts, address = talk.address()
    if talk.rng.random() < 0.3:
        yield talk.say("move_where"), ask(talk.reply("ask_address"))
        text = talk.say("give_address", address=address)
    else:
        text = talk.say("move", address=address)
    yield text, propose(talk, "propose_profile_change", _address_arguments(parts))


def _repay(talk: Talk) -> Iterator[Move]:
    if talk.buyer is None:
        raise Unsayable
    rng = talk.rng
    purchase = target(talk, _PENDING, _TOO_LATE)
    number = talk.number(purchase)
    paid_by = purchase.row["payments"][0]["method_id"]
    others = [method for method in talk.buyer.methods if method["id"] != paid_by]
    some = others if others and rng.random() < 0.9 else talk.buyer.methods
    chosen = rng.choice(some)
    said, named = talk.method(chosen)
    if rng.random() < 0.3:
        to = {"payment_method_id": named}
        yield _of_goods(talk, "repay", "propose_payment_change", to, method=said)
        return
    if rng.random() < 0.3:
        yield talk.say("repay_how", order=number), ask(talk.reply("ask_method"))
        text = talk.say("give_method", method=said)
    else:
        text = talk.say("repay", order=number, method=said)
    arguments = {"order_id": number, "payment_method_id": named}
    yield text, propose(talk, "propose_payment_change", arguments)
    rest = [method for method in others if method is not chosen]
    if purchase.status == "pending" and rest and rng.random() < 0.3:
        said, named = talk.method(rng.choice(rest))
        again = arguments | {"payment_method_id": named}
        yield (
            talk.say("correct_method", method=said),
            propose(talk, "propose_payment_change", again),
        )


def _lines(talk: Talk, purchase: Purchase) -> Line:
    lines = [line for line in purchase.lines if len(line.ware.variants) > 1]
    if not lines:
        raise Unsayable
    return talk.rng.choice(lines)


def _reoption(talk: Talk) -> Iterator[Move]:
    yield from _swap(talk, target(talk, _PENDING, _TOO_LATE), "reoption")


def _exchange(talk: Talk) -> Iterator[Move]:
    yield from _swap(talk, target(talk, ("delivered",), ("shipped", "pending")), "exchange")


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

    def then() -> Plan:
        yield from propose(talk, tool, arguments)

    way = rng.random()
    if way < 0.2:
        yield (
            talk.say(f"{act}_which", order=number, item=item),
            opened(talk, number, lambda: ask(talk.reply("ask_options"))),
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
        yield text, found_among(talk, status, number, then)
        return
    else:
        text = talk.say(act, order=number, item=item, options=said)
        others = [x for x in purchase.lines if x is not line and len(x.ware.variants) > 1]
        if others and rng.random() < 0.5:
            other = rng.choice(others)
            said2, named2 = options_said(talk, other, other_form(talk, other))
            item2 = talk.item(other.ware)
            text = talk.clause("one_more", text=unmarked(text), item=item2, options=said2)
            changes.append({"line": other.number, "to": named2})
        if talk.buyer and rng.random() < 0.35:
            method, method_id = talk.method(rng.choice(talk.buyer.methods))
            text = talk.clause("by_method", text=unmarked(text), method=method)
            arguments["payment_method_id"] = method_id
    yield text, opened(talk, number, then)
    if purchase.status == status and talk.buyer and rng.random() < 0.2:
        said, named = options_said(talk, line, other_form(talk, line, but=to))
        again = arguments | {"changes": [{"line": line.number, "to": named}, *changes[1:]]}
        if len(changes) == 1:
            yield talk.say("correct_options", options=said), propose(talk, tool, again)
