"""What the order desk takes on one database: reading an order, proposing and confirming a change,
and many confirmations at once."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

from agent.clock import pinned_clock
from agent.context import Shopper
from agent.orders.database import Database
from agent.orders.proposals import Proposals, ReceiptView
from agent.orders.service import OrderDesk
from agent.orders.wishes import (
    Address,
    AddressChange,
    Cancellation,
    Exchange,
    ItemChange,
    OrderWish,
    Part,
    PaymentChange,
    Return,
    Swap,
)
from ui.measuring.desk_scene import NOW, compose, numbers_of, order_id, owner_of

AT_ONCE = 32
ZONE = ZoneInfo("UTC")


def desk_figures(
    db: Database, settle: Callable[[], None], orders: int, reads: int, changes: int
) -> dict[str, Any]:
    """Compose `orders` in a migrated, empty database and measure; times in milliseconds.

    `settle` brings the database to rest after so many rows at once.
    """
    started = time.perf_counter()
    compose(db, orders)
    settle()
    composed = time.perf_counter() - started
    wishes = _wishes(orders)
    return {
        "compose_s": round(composed, 1),
        "read": _spread(_read(db, orders, reads)),
        **_changes(db, wishes, changes),
        "at_once": _at_once(db, wishes),
    }


def _read(db: Database, orders: int, count: int) -> list[float]:
    desk, chance = OrderDesk(db, pinned_clock(NOW), ZONE), random.Random(11)
    return [
        _timed(desk.get_order, Shopper.signed_in(owner_of(n)), order_id(n))[0]
        for n in (chance.randrange(orders) for _ in range(count + _WARM))
    ][_WARM:]


_WARM = 20


def _changes(
    db: Database, wishes: Iterator[tuple[int, OrderWish]], count: int
) -> dict[str, dict[str, float]]:
    proposals = Proposals(db, pinned_clock(NOW), ZONE)
    proposing, confirming = [], []
    for _ in range(count + _WARM):
        number, wish = next(wishes)
        who, session = Shopper.signed_in(owner_of(number)), f"bench-{number}"
        seconds, proposal = _timed(proposals.propose, who, session, wish)
        proposing.append(seconds)
        confirming.append(_timed(proposals.confirm, who, session, proposal.id)[0])
    both = [a + b for a, b in zip(proposing, confirming, strict=True)]
    figures = {"propose": proposing, "confirm": confirming, "propose_and_confirm": both}
    return {name: _spread(seconds[_WARM:]) for name, seconds in figures.items()}


def _at_once(db: Database, wishes: Iterator[tuple[int, OrderWish]]) -> dict[str, Any]:
    """Different orders, confirmed by as many threads at one moment."""
    proposals, gate = Proposals(db, pinned_clock(NOW), ZONE), Barrier(AT_ONCE + 1)
    made = []
    for number, wish in (next(wishes) for _ in range(AT_ONCE)):
        who, session = Shopper.signed_in(owner_of(number)), f"bench-{number}"
        made.append((who, session, proposals.propose(who, session, wish).id))

    def confirm(one: tuple[Shopper, str, str]) -> tuple[float, ReceiptView]:
        gate.wait()
        return _timed(proposals.confirm, *one)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(confirm, one) for one in made]
        gate.wait()
        started = time.perf_counter()
        done = [future.result() for future in waiting]
        whole = time.perf_counter() - started
    receipts = {receipt.number for _, receipt in done if not receipt.again}
    spread = _spread([seconds for seconds, _ in done])
    return {"confirmations": AT_ONCE, "receipts": len(receipts), "all_s": round(whole, 2)} | spread


def _wishes(orders: int) -> Iterator[tuple[int, OrderWish]]:
    """A wish for each pending and each delivered order, of every kind in turn."""
    chance = random.Random(13)
    pending = chance.sample(range(orders), orders)
    open_, arrived = set(numbers_of("pending", orders)), set(numbers_of("delivered", orders))
    kind = 0
    for number in pending:
        if number in open_ or number in arrived:
            yield number, _wish(order_id(number), kind, delivered=number in arrived)
            kind += 1


def _wish(order: str, kind: int, *, delivered: bool) -> OrderWish:
    if delivered:
        swaps = (Swap(line=1, to="v2"),)
        goes_back = Return(order_id=order, parts=(Part(line=1),), reason="too small")
        return goes_back if kind % 2 else Exchange(order_id=order, swaps=swaps)
    moved = Address(line1="2 Side St", city="Reno", postal_code="89502", country="USA")
    wishes: list[OrderWish] = [
        Cancellation(order_id=order, reason="no longer needed"),
        AddressChange(order_id=order, address=moved),
        PaymentChange(order_id=order, method_id="gift"),
        ItemChange(order_id=order, swaps=(Swap(line=1, to="v1"),)),
    ]
    return wishes[kind % len(wishes)]


def _timed(work: Any, *arguments: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work(*arguments)
    return time.perf_counter() - started, result


def _spread(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=20) if len(seconds) > 1 else seconds * 19
    p50, p95 = 1000 * median(seconds), 1000 * cuts[18]
    return {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2)}
