"""What the clerk does about a change that is asked for: look up what it lacks, ask, propose."""

from collections.abc import Callable
from typing import Any

from agent.events import Order, Proposal
from finetune.synthesis.gold import Calls, Plan, Say, Seen
from finetune.synthesis.models import Purchase
from finetune.synthesis.talk import Talk, Unsayable
from finetune.synthesis.wishes import money

Move = tuple[str, Plan]
"""What the shopper says, and what the clerk does about it."""


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


def propose(talk: Talk, name: str, arguments: dict[str, Any]) -> Plan:
    """Propose it, and say so."""
    seen = yield Calls(((name, arguments),))
    yield Say(_proposed(talk, seen[0], str(arguments.get("order_id", ""))))


def ask(text: str) -> Plan:
    """Ask for what is missing."""
    yield Say(text)


def listed(talk: Talk, status: str, ask: str) -> Plan:
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


def opened(talk: Talk, number: str, then: Callable[[], Plan]) -> Plan:
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


def found_among(
    talk: Talk, status: str, number: str, then: Callable[[], Plan], goods: str = ""
) -> Plan:
    """Look for the order that holds the goods among those in a state; open it where its lines
    must be known, or where the list names the `goods` no more.
    """
    seen = yield Calls((("list_orders", {"status": status}),))
    panels = [event for event in seen[0].events if isinstance(event, Order)]
    if number not in {panel.id for panel in panels}:
        raise Unsayable
    if not goods or goods not in seen[0].text:
        seen = yield Calls((("get_order", {"order_id": number}),))
        _remember(talk, seen[0])
    yield from then()


def unmarked(text: str) -> str:
    """Without the mark at the end, so that a clause can follow."""
    return text.rstrip(" .。!！?？~")


def target(talk: Talk, right: tuple[str, ...], wrong: tuple[str, ...]) -> Purchase:
    """An order that fits, or one time in four one that the rules refuse."""
    return talk.purchase(*(wrong if talk.rng.random() < 0.25 else right))
