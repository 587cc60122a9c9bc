"""Goods that go back: all of an order or some, with a reason or none, or swapped after all."""

from collections.abc import Iterator
from typing import Any

from finetune.synthesis.forms import options_said, other_form
from finetune.synthesis.gold import Plan
from finetune.synthesis.models import Line
from finetune.synthesis.proposing import Move, found_among, opened, propose, target, unmarked
from finetune.synthesis.talk import Talk, Unsayable


def send_back(talk: Talk) -> Iterator[Move]:
    """A return from the request to the proposal."""
    rng = talk.rng
    purchase = target(talk, ("delivered",), ("shipped", "pending", "processed"))
    number = talk.number(purchase)
    line = rng.choice(purchase.lines)
    item = talk.item(line.ware)
    numbers = [line.number]
    arguments: dict[str, Any] = {"order_id": number, "lines": numbers}

    def then() -> Plan:
        yield from propose(talk, "propose_return", arguments)

    act = rng.choice(["return_item", "return_reason", "return_all", "return_to", "return_unnamed"])
    if act == "return_unnamed":
        if talk.buyer is None or purchase.status != "delivered":
            raise Unsayable
        holding = [p for p in talk.buyer.orders if any(x.ware is line.ware for x in p.lines)]
        if len(holding) > 1:
            raise Unsayable
        yield talk.say(act, item=item), found_among(talk, "delivered", number, then)
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
    if act == "return_reason":
        arguments["reason"] = talk.reason(text, **slots)
    others = [x for x in purchase.lines if x is not line]
    if others and act in ("return_item", "return_reason") and rng.random() < 0.4:
        other = rng.choice(others)
        text = talk.clause("also_back", text=unmarked(text), item=talk.item(other.ware))
        arguments["lines"] = sorted([line.number, other.number])
    elif others and act in ("return_item", "return_reason") and rng.random() < 0.4:
        kept = talk.item(rng.choice(others).ware)
        text = talk.clause("keeping", text=unmarked(text), item=kept)
    yield text, opened(talk, number, then)
    if purchase.status == "delivered" and talk.buyer and rng.random() < 0.3:
        yield _swapped_instead(talk, number, line, item)


def _swapped_instead(talk: Talk, number: str, line: Line, item: str) -> Move:
    """What was to go back, or could not, is exchanged after all."""
    said, named = options_said(talk, line, other_form(talk, line))
    arguments = {"order_id": number, "changes": [{"line": line.number, "to": named}]}
    talk.acts.append("exchange_instead")
    text = talk.clause("exchange_instead", item=item, options=said)
    return text, propose(talk, "propose_exchange", arguments)
