"""Changing orders in the chat: tools, cards, codes and buttons, in both languages."""

from typing import Any

import pytest

from agent.confirming import Confirm, Dismiss, code_in, is_bare_yes
from agent.context import ANONYMOUS, Shopper
from agent.events import Event, Lang
from agent.orders.models import Order
from agent.shop import Shop
from tests.scripted_model import Say, call
from tests.shop_fixtures import Counter, kinds, only, spoken

DANA = Shopper.signed_in("C-2041")
PENDING = "LP-28397"
"""Dana's, pending, 94.85 USD by the card ending in 4821."""
CANCEL = call("propose_cancellation", order_id=PENDING, reason="no longer needed")


def status(shop: Shop, order_id: str = PENDING) -> str:
    with shop.db.read() as session:
        return session.get_one(Order, order_id).status


@pytest.fixture
def dana(counter: Counter) -> Counter:
    counter.shopper = DANA
    return counter


async def proposed(counter: Counter, lang: Lang = "en") -> Any:
    """The proposal to cancel Dana's order."""
    counter.model.enqueue(CANCEL, Say("请核对。" if lang == "zh" else "Please check it."))
    text = f"请取消 {PENDING}，不需要了" if lang == "zh" else f"cancel {PENDING}, not needed"
    return only(await counter.ask(text), "proposal")


async def press(counter: Counter, button: Confirm | Dismiss, **more: Any) -> list[Event]:
    return await counter.ask(button, **more)


async def test_proposed_it_is_not_done(dana: Counter, shop: Shop) -> None:
    dana.model.enqueue(CANCEL, Say("Please check the details and confirm."))
    events = await dana.ask(f"cancel {PENDING}, I don't need it")
    card = only(events, "proposal")
    assert (card.kind, card.order_id) == ("cancellation", PENDING)
    assert card.title == f"Cancel order {PENDING}"
    assert [(m.kind, m.amount, m.method) for m in card.money] == [
        ("refund", "94.85", "Credit card ending in 4821")
    ]
    assert [row.amount for row in card.lines] == ["54.90", "39.95"]
    assert spoken(events) == "Please check the details and confirm."
    assert status(shop) == "pending"


async def test_the_model_never_sees_the_code(dana: Counter, shop: Shop) -> None:
    card = await proposed(dana)
    await dana.ask(f"confirm {card.code}")
    dana.model.enqueue(call("get_order", order_id=PENDING), Say("It is cancelled."))
    await dana.ask(f"and {PENDING} now?")
    seen = "\n".join(str(m.content) for request in dana.model.history for m in request.messages)
    assert card.code not in seen
    assert card.id not in seen
    assert "I confirm." in seen
    turns = shop.sessions.history(dana.session)
    assert card.code not in str(turns)


@pytest.mark.parametrize(
    ("lang", "typed", "done"),
    [
        ("en", "confirm {}", f"Order {PENDING} is cancelled."),
        ("en", "Confirm #{}.", f"Order {PENDING} is cancelled."),
        ("zh", "确认 {}", f"订单 {PENDING} 已取消。"),
        ("zh", "确认{}。", f"订单 {PENDING} 已取消。"),
    ],
)
async def test_its_typed_code_confirms(
    dana: Counter, shop: Shop, lang: Lang, typed: str, done: str
) -> None:
    card = await proposed(dana, lang)
    asked = len(dana.model.history)
    events = await dana.ask(typed.format(card.code))
    assert only(events, "receipt").proposal_id == card.id
    assert spoken(events).startswith(done)
    assert only(events, "done").model_calls == 0
    assert len(dana.model.history) == asked
    assert status(shop) == "cancelled"


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_its_button_confirms(dana: Counter, shop: Shop, lang: Lang) -> None:
    card = await proposed(dana, lang)
    first = only(await press(dana, Confirm(card.id)), "receipt")
    again = await press(dana, Confirm(card.id))
    assert only(again, "receipt") == first
    assert ("already" in spoken(again)) or ("此前" in spoken(again))
    assert status(shop) == "cancelled"


@pytest.mark.parametrize(
    "text", ["yes", "Yes please!", "ok", "go ahead", "confirm", "好的", "是的。", "确认"]
)
async def test_a_bare_yes_shows_it_again(dana: Counter, shop: Shop, text: str) -> None:
    card = await proposed(dana)
    events = await dana.ask(text)
    assert only(events, "proposal").id == card.id
    assert only(events, "done").model_calls == 0
    assert status(shop) == "pending"


@pytest.mark.parametrize(
    "text",
    [
        "You misunderstood",
        "yes but change the address first",
        "yesterday?",
        "不好的",
        "好的，但是先别",
    ],
)
async def test_anything_else_is_for_the_model(dana: Counter, shop: Shop, text: str) -> None:
    await proposed(dana)
    dana.model.enqueue(Say("All right." if text.isascii() else "好的。"))
    asked = len(dana.model.history)
    await dana.ask(text)
    assert len(dana.model.history) > asked
    assert status(shop) == "pending"


def test_what_is_a_confirmation() -> None:
    assert code_in("I confirm code 4821!") == "4821"
    assert code_in("确认码：4821") == "4821"
    for text in ("4821", "confirm LP-4821", "confirm 48213", "don't confirm 4821"):
        assert code_in(text) is None
    assert not is_bare_yes("yes, and also the tent")


async def test_a_wrong_code_does_nothing(dana: Counter, shop: Shop) -> None:
    card = await proposed(dana)
    wrong = "1234" if card.code != "1234" else "4321"
    events = await dana.ask(f"confirm {wrong}")
    assert "no proposal with that code" in spoken(events)
    assert status(shop) == "pending"


async def test_dismissed_by_its_button(dana: Counter, shop: Shop) -> None:
    card = await proposed(dana)
    assert spoken(await press(dana, Dismiss(card.id))) == "All right, nothing was changed."
    error = only(await press(dana, Confirm(card.id)), "error")
    assert error.code == "proposal_decided"
    assert status(shop) == "pending"


async def test_nobody_elses_button(dana: Counter, shop: Shop) -> None:
    card = await proposed(dana)
    for shopper in (ANONYMOUS, Shopper.signed_in("C-3186")):
        events = await press(dana, Confirm(card.id), shopper=shopper, session=f"x-{shopper.rung}")
        assert only(events, "error").code == "not_found"
    assert status(shop) == "pending"


async def test_one_proposal_a_turn(dana: Counter, shop: Shop) -> None:
    address = {"line1": "55 Juniper Road", "city": "Boulder", "postal_code": "80302"}
    dana.model.enqueue(
        CANCEL,
        call("propose_address_change", order_id=PENDING, **address),
        Say("Please check it."),
    )
    events = await dana.ask(f"cancel {PENDING} or send it to 55 Juniper Road, Boulder 80302")
    assert only(events, "proposal").kind == "cancellation"


async def test_claims_of_having_done_it_are_held_back(dana: Counter, shop: Shop) -> None:
    dana.model.enqueue(
        CANCEL, Say("I have cancelled your order."), Say("Your order has been cancelled.")
    )
    events = await dana.ask(f"cancel {PENDING}, not needed")
    assert "cancelled" not in spoken(events)
    assert "nothing is done before that" in spoken(events)
    assert status(shop) == "pending"


@pytest.mark.parametrize(
    ("text", "order_id", "words"),
    [
        ("cancel LP-28170 please", "LP-28170", "can no longer be cancelled"),
        ("请取消 LP-28170", "LP-28170", "不能取消"),
    ],
)
async def test_a_refusal_is_said_with_its_policy(
    counter: Counter, shop: Shop, text: str, order_id: str, words: str
) -> None:
    counter.shopper = Shopper.signed_in("C-3186")
    counter.model.enqueue(
        call("propose_cancellation", order_id=order_id, reason="no longer needed"),
        Say("Please confirm it." if text.isascii() else "请您确认。"),
    )
    events = await counter.ask(text)
    assert words in spoken(events)
    assert "confirm" not in spoken(events)
    assert "请您确认" not in spoken(events)
    assert only(events, "citation").policy_id == "cancellations"
    assert "proposal" not in kinds(events)
    assert status(shop, order_id) == "processed"


async def test_changes_want_a_sign_in(counter: Counter) -> None:
    counter.model.enqueue(CANCEL, Say("Please sign in to see your orders."))
    events = await counter.ask(f"cancel {PENDING}, not needed")
    assert only(events, "sign_in")
    assert "proposal" not in kinds(events)


WORDS = [
    ("C-7352", "LP-28361", "propose_item_change", {"changes": [{"line": 1, "to": "黑色"}]}, "黑"),
    (
        "C-4720",
        "LP-24518",
        "propose_exchange",
        {"changes": [{"line": 1, "to": "size=medium"}]},
        "moss green, M",
    ),
    (
        "C-7352",
        "LP-24387",
        "propose_exchange",
        {"changes": [{"line": 1, "to": "红色 42"}]},
        "砖红, EU 42 / US M8.5 / W10",
    ),
]


@pytest.mark.parametrize(("who", "order_id", "tool", "arguments", "after"), WORDS)
async def test_variants_by_their_words(
    counter: Counter, who: str, order_id: str, tool: str, arguments: dict[str, Any], after: str
) -> None:
    counter.shopper = Shopper.signed_in(who)
    chinese = after[0] > "\u3400"
    counter.model.enqueue(
        call(tool, order_id=order_id, **arguments), Say("请核对。" if chinese else "Please check.")
    )
    events = await counter.ask(f"换 {order_id}" if chinese else f"swap {order_id}")
    assert only(events, "proposal").lines[0].after == after


@pytest.mark.parametrize(
    ("who", "order_id", "said", "taken", "kept"),
    [
        (
            "C-4720",
            "LP-26713",
            "I'd like to return the boots from LP-26713, keep the socks",
            [1, 2],
            [1],
        ),
        (
            "C-4720",
            "LP-26713",
            "I'd like to return the boots from LP-26713, keep the socks",
            [2],
            [1],
        ),
        ("C-4720", "LP-26713", "return the boots of LP-26713, they pinch", [1, 2], [1]),
        ("C-4720", "LP-26713", "return the boots of LP-26713, they pinch", [2], [1]),
        ("C-4720", "LP-26713", "LP-26713 除了袜子都退", [1, 2], [1]),
        ("C-4720", "LP-26713", "LP-26713 除了袜子都退", [2], [1]),
        ("C-4720", "LP-26713", "LP-26713: boots and socks go back", [1, 2], [1, 2]),
        ("C-7352", "LP-26537", "LP-26537 的外套想退掉，帽子留着", [1, 2], [1]),
        ("C-7352", "LP-26537", "LP-26537 的外套想退掉，帽子留着", [2], [1]),
    ],
)
async def test_what_the_shopper_keeps_is_not_sent_back(
    counter: Counter, who: str, order_id: str, said: str, kept: list[int], taken: list[int]
) -> None:
    """A small model takes all lines, or the wrong one; the words name it, or what stays."""
    counter.shopper = Shopper.signed_in(who)
    chinese = any(char > "\u3400" for char in said)
    counter.model.enqueue(
        call("propose_return", order_id=order_id, lines=taken),
        Say("请核对。" if chinese else "Please check."),
    )
    events = await counter.ask(said)
    assert [line.line for line in only(events, "proposal").lines] == kept
    # What is on record is what ran.
    assert only(events, "done").tools == [("propose_return", {"order_id": order_id, "lines": kept})]


@pytest.mark.parametrize(
    "changes",
    [
        [{"line": 1, "to": "红色"}, {"line": 1, "to": "42"}],
        # What is there already: the model lost the colour.
        [{"line": 1, "to": "42"}],
    ],
)
async def test_changes_of_the_wrong_lines_are_those_that_were_said(
    counter: Counter, changes: list[dict[str, Any]]
) -> None:
    counter.shopper = Shopper.signed_in("C-7352")
    counter.model.enqueue(
        call(
            "propose_exchange",
            order_id="LP-24387",
            changes=changes,
        ),
        Say("请核对。"),
    )
    order = counter.assistant.shop.orders.get_order(counter.shopper, "LP-24387")
    events = await counter.ask(f"LP-24387的{order.lines[0].title['zh']}换成红色42码")
    assert only(events, "proposal").lines[0].after == "砖红, EU 42 / US M8.5 / W10"
    ((_, ran),) = only(events, "done").tools
    assert [change["line"] for change in ran["changes"]] == [1]


async def test_a_lost_digit_is_the_shoppers(counter: Counter) -> None:
    counter.shopper = Shopper.signed_in("C-7352")
    counter.model.enqueue(call("get_order", order_id="LP-2437"), Say("看卡片。"))
    events = await counter.ask("LP-24387 到哪了")
    assert only(events, "order").id == "LP-24387"
    assert only(events, "done").tools == [("get_order", {"order_id": "LP-24387"})]
    counter.model.enqueue(
        call("get_order", order_id="LP-99999"), call("list_orders"), Say("看卡片。")
    )
    events = await counter.ask("LP-24387 呢")
    assert ("get_order", {"order_id": "LP-99999"}) in only(events, "done").tools


@pytest.mark.parametrize(
    ("said", "lines", "quantities"),
    [
        ("LP-26310 急救包手滑买了俩，退一个行不", [1], [1]),
        ("LP-26310 急救包两个都退", [1], None),
    ],
)
async def test_one_piece_of_several(
    counter: Counter, said: str, lines: list[int], quantities: list[int] | None
) -> None:
    counter.shopper = Shopper.signed_in("C-5286")
    counter.model.enqueue(call("propose_return", order_id="LP-26310", lines=[1]), Say("请核对。"))
    (_, ran), *_ = only(await counter.ask(said), "done").tools
    assert (ran["lines"], ran.get("quantities")) == (lines, quantities)


@pytest.mark.parametrize(
    ("who", "order_id", "tool", "kind"),
    [
        ("C-7352", "LP-24387", "propose_item_change", "exchange"),
        ("C-7352", "LP-24387", "propose_exchange", "exchange"),
    ],
)
async def test_what_has_arrived_is_exchanged_whatever_the_model_calls_it(
    counter: Counter, who: str, order_id: str, tool: str, kind: str
) -> None:
    counter.shopper = Shopper.signed_in(who)
    counter.model.enqueue(
        call(tool, order_id=order_id, changes=[{"line": 1, "to": "红色 42"}]), Say("请核对。")
    )
    events = await counter.ask(f"换 {order_id}")
    assert only(events, "proposal").kind == kind
    assert [name for name, _ in only(events, "done").tools] == ["propose_exchange"]


@pytest.mark.parametrize("named", ["gift_card", "礼品卡", "4093", "Gift card ending in 4093"])
async def test_payment_methods_by_their_words(counter: Counter, named: str) -> None:
    counter.shopper = Shopper.signed_in("C-7352")
    arguments = {"order_id": "LP-28361", "payment_method_id": named}
    counter.model.enqueue(call("propose_payment_change", **arguments), Say("请核对。"))
    card = only(await counter.ask("LP-28361 改成用我的礼品卡付"), "proposal")
    assert [(m.kind, m.amount) for m in card.money] == [("payment", "72.00"), ("refund", "72.00")]


async def test_without_a_model_a_pending_proposal_can_still_be_confirmed(
    dana: Counter, shop: Shop
) -> None:
    card = await proposed(dana)
    dana.ready.ready = False
    assert only(await dana.ask(f"confirm {card.code}"), "receipt")
    assert status(shop) == "cancelled"
