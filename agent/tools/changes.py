"""Tools that propose a change of the shopper's own order or account. None of them changes it."""

from collections.abc import Callable, Sequence

from agent.context import TurnContext
from agent.errors import NotFound, Refused
from agent.events import Text
from agent.orders.state import OrderState
from agent.orders.wishes import (
    Address,
    AddressChange,
    Cancellation,
    Exchange,
    ItemChange,
    OrderWish,
    Part,
    PaymentChange,
    ProfileChange,
    Return,
    Swap,
)
from agent.proposal_cards import proposal_event, told
from agent.tools.change_arguments import (
    AddressChangeArguments,
    CancellationArguments,
    Change,
    ItemChangeArguments,
    PaymentChangeArguments,
    ProfileChangeArguments,
    ReturnArguments,
)
from agent.tools.citing import policy_citation
from agent.tools.kit import Result, Runtime, make_tool, refuse, result_text
from agent.tools.naming import method_named, method_wanted, speaks_of_method, variant_named
from agent.tools.orders import needs_sign_in, numbers_in, order_typed, was_said
from agent.tools.reading import (
    cancels_part,
    is_for_one,
    lines_meant,
    only_returns,
    reason_to_cancel,
    swaps_said,
)
from agent.wording import say
from retrieval.words import simplified


def cancelling(context: TurnContext) -> dict[str, str]:
    """What the last message asks to cancel and why, as `propose_cancellation` takes it, where it
    says so in so many words: one order's number and a reason; {} where it does not.
    """
    said = context.said[-1] if context.said else ""
    numbers = numbers_in(said)
    why = reason_to_cancel(said)
    return {"order_id": numbers[0], "reason": why} if why and len(numbers) == 1 else {}


def propose_cancellation(runtime: Runtime, order_id: str, reason: str) -> Result:
    """cancel a pending order"""
    context = runtime.context

    def wish(state: OrderState) -> OrderWish:
        if cancels_part(context.said[-1] if context.said else "", state.order.lines):
            raise Refused(
                "whole_order",
                "An order can only be cancelled whole, not item by item. Once it has arrived, "
                "single items can be returned.",
                "订单只能整单取消，不能单独取消其中的商品。送达后可以单独退货。",
            )
        return Cancellation(order_id=state.order.id, reason=reason)

    return _propose(context, order_id, wish)


def propose_address_change(
    runtime: Runtime,
    order_id: str,
    line1: str = "",
    city: str = "",
    postal_code: str = "",
    line2: str = "",
    region: str = "",
    country: str = "",
) -> Result:
    """send a pending order to another address"""
    context = runtime.context
    fields = (line1, line2, city, region, postal_code, country)

    def wish(state: OrderState) -> OrderWish:
        address = _address(context, fields, state.order.address)
        return AddressChange(order_id=state.order.id, address=address)

    return _propose(context, order_id, wish)


def propose_payment_change(runtime: Runtime, order_id: str, payment_method_id: str) -> Result:
    """pay a pending order by another of the shopper's methods"""
    context = runtime.context

    def wish(state: OrderState) -> OrderWish:
        said = context.said[-1] if context.said else ""
        wanted = method_wanted(said, state.methods)
        if wanted and method_named(payment_method_id, state.methods) != wanted:
            # "Not by PayPal, take the gift card" names both.
            context.ran_as("propose_payment_change", {"payment_method_id": wanted})
        named = wanted or method_named(payment_method_id, state.methods)
        return PaymentChange(order_id=state.order.id, method_id=named)

    return _propose(context, order_id, wish)


def propose_item_change(
    runtime: Runtime, order_id: str, changes: list[Change], payment_method_id: str = ""
) -> Result:
    """change size, colour or option of items in a pending order"""
    return _swap(runtime.context, ItemChange, order_id, changes, payment_method_id)


def propose_return(
    runtime: Runtime,
    order_id: str,
    lines: list[int],
    reason: str = "",
    refund_method_id: str = "",
    quantities: Sequence[int] = (),
) -> Result:
    """send items of a delivered order back for a refund"""
    context = runtime.context
    if quantities and len(quantities) != len(lines):
        raise refuse(
            context,
            "Give one quantity for each line, or none at all.",
            "请为每一行各给一个数量，或者都不给。",
        )
    counts: list[int | None] = [*quantities] if quantities else [None] * len(lines)
    parts = [Part(line=n, quantity=q) for n, q in zip(lines, counts, strict=True) if n > 0]

    def wish(state: OrderState) -> OrderWish:
        return Return(
            order_id=state.order.id,
            parts=_parts_meant(context, parts, state),
            reason=reason,
            method_id=_method(context, refund_method_id, state),
        )

    return _propose(context, order_id, wish)


def _parts_meant(
    context: TurnContext, parts: Sequence[Part], state: OrderState
) -> tuple[Part, ...]:
    """What of the order goes back, by the shopper's words where they say it."""
    lines = [part.line for part in parts]
    meant = lines_meant(context.said[-3:], lines, state.order.lines)
    if meant != lines:
        context.ran_as("propose_return", {"lines": meant})
    given = {part.line: part for part in parts}
    kept = tuple(given.get(number, Part(line=number, quantity=None)) for number in meant)
    pieces = {line.line: line.quantity for line in state.order.lines}
    if len(kept) != 1 or kept[0].quantity or pieces.get(kept[0].line, 1) < 2:
        return kept
    if not any(is_for_one(message) for message in context.said[-1:]):
        return kept
    context.ran_as("propose_return", {"quantities": [1]})
    return (Part(line=kept[0].line, quantity=1),)


def propose_exchange(
    runtime: Runtime, order_id: str, changes: list[Change], payment_method_id: str = ""
) -> Result:
    """exchange items of a delivered order for another size, colour or option"""
    context = runtime.context
    if only_returns(context.said[-1] if context.said else ""):
        lines = [change.line for change in changes]
        of_swap = {"changes": None, "payment_method_id": None}
        context.ran_as("propose_exchange", {"lines": lines, **of_swap}, "propose_return")
        return propose_return(runtime, order_id, lines)
    return _swap(runtime.context, Exchange, order_id, changes, payment_method_id)


def propose_profile_change(
    runtime: Runtime,
    line1: str,
    city: str,
    postal_code: str,
    line2: str = "",
    region: str = "",
    country: str = "",
) -> Result:
    """change the address of the shopper's account"""
    context = runtime.context
    if sign_in := needs_sign_in(context):
        return sign_in
    before = context.shop.proposals.address(context.shopper)
    fields = (line1, line2, city, region, postal_code, country)
    return _made(context, lambda: ProfileChange(address=_address(context, fields, before)))


def _propose(
    context: TurnContext, order_id: str, wish: Callable[[OrderState], OrderWish]
) -> Result:
    order_id = order_typed(context, order_id)
    if not was_said(order_id, context.dialogue):
        raise refuse(
            context,
            f"Nobody mentioned order {order_id}. Use list_orders; for a question about the rules "
            "use search_policies.",
            f"没有人提到订单 {order_id}。请使用 list_orders；"
            "关于规定的问题请使用 search_policies。",
        )
    if sign_in := needs_sign_in(context):
        return sign_in
    try:
        state = context.shop.proposals.state(context.shopper, order_id)
    except NotFound:
        number = order_id.strip().lstrip("#")
        return say(
            context.lang,
            f"There is no order {number} in this account.",
            f"您的账户下没有订单 {number}。",
        ), []
    return _made(context, lambda: wish(state))


def _made(context: TurnContext, wish: Callable[[], OrderWish | ProfileChange]) -> Result:
    """The proposal for the screen, or why a rule forbids it, with the policy that says so."""
    if context.proposed:
        raise refuse(
            context,
            "One proposal a turn: the shopper must decide on that one first.",
            "每次只能提出一项操作：请顾客先决定上一项。",
        )
    try:
        made = context.shop.proposals.propose(context.shopper, context.session_id, wish())
    except Refused as error:
        # Said by code: whatever the model makes of it, the shopper learns why not.
        why = say(context.lang, error.en, error.zh)
        context.forbidden.append(error.rule)
        return result_text(context, [why]), [Text(text=why), *policy_citation(context, why)]
    context.proposed = True
    event = proposal_event(made, context.lang)
    return result_text(context, [told(event, context.lang)]), [event]


_SWAPS: dict[type[ItemChange] | type[Exchange], str] = {
    ItemChange: "propose_item_change",
    Exchange: "propose_exchange",
}


def _swap(
    context: TurnContext,
    asked: type[ItemChange] | type[Exchange],
    order_id: str,
    changes: Sequence[Change],
    payment_method_id: str,
) -> Result:
    """Other options for items of an order: where it has arrived an exchange, before a change."""

    def wish(state: OrderState) -> OrderWish:
        fits: dict[str, type[ItemChange] | type[Exchange]] = {
            "pending": ItemChange,
            "delivered": Exchange,
        }
        kind = fits.get(state.order.status, asked)
        context.ran_as(_SWAPS[asked], {}, _SWAPS[kind])
        return kind(
            order_id=state.order.id,
            swaps=_swaps_meant(context, _SWAPS[kind], _swaps(changes, state), state),
            method_id=_method(context, payment_method_id, state),
        )

    return _propose(context, order_id, wish)


def _swaps_meant(
    context: TurnContext, tool: str, asked: tuple[Swap, ...], state: OrderState
) -> tuple[Swap, ...]:
    """The model's changes; where one of them fits no variant or changes nothing, or a line stands
    twice, what the shopper's last message says of each line that it names.
    """
    lines = [swap.line for swap in asked]
    now = {line.line: line.variant_id for line in state.order.lines}
    if len(set(lines)) == len(lines) and all(s.to and s.to != now.get(s.line) for s in asked):
        return asked
    said = swaps_said(context.said[-1] if context.said else "", state.order.lines, state.choices_of)
    if not said:
        return asked
    context.ran_as(tool, {"changes": [{"line": n, "to": to} for n, to in said.items()]})
    pieces = {swap.line: swap.quantity for swap in reversed(asked)}
    return tuple(Swap(line=n, quantity=pieces.get(n), to=to) for n, to in said.items())


def _method(context: TurnContext, text: str, state: OrderState) -> str | None:
    """The id of the method that is meant; None where the model took for one what names none, and
    the shopper speaks of no method either.
    """
    if not text.strip():
        return None
    try:
        return method_named(text, state.methods)
    except Refused:
        if speaks_of_method(f"{text} {context.said[-1] if context.said else ''}", state.methods):
            raise
        return None


def _swaps(changes: Sequence[Change], state: OrderState) -> tuple[Swap, ...]:
    """The changes with their options resolved; an unknown line is left to the rules."""
    lines = {line.line: line for line in state.order.lines}
    return tuple(
        Swap(
            line=change.line,
            quantity=change.quantity,
            to=variant_named(change.to, line, state.choices_of(line.product_id))
            if (line := lines.get(change.line))
            else change.to,
        )
        for change in changes
    )


def _address(context: TurnContext, fields: Sequence[str], before: dict[str, str]) -> Address:
    """The address as the shopper said it; the country may go without saying, and all that is right
    already where a flat or floor is added to it.
    """
    line1, line2, city, region, postal_code, country = (
        _as_typed(context, " ".join(field.split())) for field in fields
    )
    told = "\n".join([*context.typed, context.dialogue])
    if line2 and was_said(line2, told) and not any((line1, city, postal_code)):
        line1, city, postal_code = (before.get(k, "") for k in ("line1", "city", "postal_code"))
        if all((line1, city, postal_code)):
            kept = {k: before.get(k, "") for k in ("region", "country")}
            return Address(line1=line1, line2=line2, city=city, postal_code=postal_code, **kept)
    invented = [f for f in (line1, postal_code) if f and not was_said(f, told)]
    if invented or not all((line1, city, postal_code)):
        nobody = f"Nobody said {invented[0]!r}: ask" if invented else "Ask"
        unsaid = f"没有人说过“{invented[0]}”：" if invented else ""
        raise refuse(
            context,
            f"{nobody} the shopper for the whole address.",
            f"{unsaid}请向顾客询问完整地址。",
        )
    return Address(
        line1=line1,
        line2=line2,
        city=city,
        region=region,
        postal_code=postal_code,
        country=country or before.get("country", ""),
    )


def _as_typed(context: TurnContext, text: str) -> str:
    """A part of an address in the characters that the shopper typed, traditional ones too."""
    for typed in reversed(context.typed):
        if text and (at := simplified(typed).find(text)) >= 0:
            return typed[at : at + len(text)]
    return text


TOOLS = [
    make_tool(propose_cancellation, CancellationArguments),
    make_tool(propose_address_change, AddressChangeArguments),
    make_tool(propose_payment_change, PaymentChangeArguments),
    make_tool(propose_item_change, ItemChangeArguments),
    make_tool(propose_return, ReturnArguments),
    make_tool(propose_exchange, ItemChangeArguments),
    make_tool(propose_profile_change, ProfileChangeArguments),
]
