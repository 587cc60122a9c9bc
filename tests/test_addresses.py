"""Another address for an order in the chat: whole, a flat added, half, invented."""

import pytest

from agent.orders.models import Order
from agent.shop import Shop
from tests.scripted_model import Say, call
from tests.shop_fixtures import Counter, kinds, only
from tests.test_changes import CANCEL, DANA, PENDING


@pytest.fixture
def dana(counter: Counter) -> Counter:
    counter.shopper = DANA
    return counter


async def test_an_invented_order_or_address_is_refused(dana: Counter, shop: Shop) -> None:
    dana.model.enqueue(
        CANCEL,
        call(
            "propose_address_change",
            order_id=PENDING,
            line1="1 Made Up Street",
            city="Boulder",
            postal_code="80302",
        ),
    )
    events = await dana.ask("please cancel my order")
    assert "proposal" not in kinds(events)


@pytest.mark.parametrize(
    ("said", "line2"),
    [
        (f"I left the flat off {PENDING}, add Apt 3B, the rest is right", "Apt 3B"),
        (f"{PENDING} 地址漏了门牌，加上 3栋502室", "3栋502室"),
    ],
)
async def test_a_flat_is_added_to_what_is_right_already(
    dana: Counter, shop: Shop, said: str, line2: str
) -> None:
    with shop.db.read() as session:
        before = session.get_one(Order, PENDING).address
    dana.model.enqueue(
        call("propose_address_change", order_id=PENDING, line2=line2),
        Say("Please check it." if line2.isascii() else "请核对。"),
    )
    card = str(only(await dana.ask(said), "proposal").model_dump())
    assert line2 in card
    assert all(before[part] in card for part in ("line1", "city", "postal_code"))


@pytest.mark.parametrize(
    "address",
    [{"line2": "Apt 9"}, {"line1": "12 Elm Street"}, {"city": "Boulder", "line2": "Apt 3B"}, {}],
)
async def test_half_an_address_is_asked_for_whole(dana: Counter, address: dict[str, str]) -> None:
    dana.model.enqueue(
        call("propose_address_change", order_id=PENDING, **address), Say("What is the address?")
    )
    events = await dana.ask(f"{PENDING} goes to 12 Elm Street, Apt 3B, Boulder")
    assert "proposal" not in kinds(events)
