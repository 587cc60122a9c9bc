"""An assistant that says what a test tells it to: every kind of event, no model, no database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from agent.asked import Asked, SearchAgain, words_of
from agent.confirming import Confirm, Dismiss
from agent.context import ANONYMOUS, Shopper
from agent.events import (
    ChangeLine,
    Citation,
    Comparison,
    Done,
    Error,
    Event,
    FilterChip,
    Filters,
    HandOff,
    Lang,
    MoneyLine,
    Order,
    OrderLineCard,
    ProductCard,
    Products,
    Proposal,
    QuickReplies,
    Receipt,
    ShipmentCard,
    SignIn,
    Status,
    Text,
    VariantCard,
)

DONE = Done(
    turn_id="t1", lang="en", seconds=0.2, at=datetime(2026, 11, 21, 12, tzinfo=UTC), tools=[]
)
TENT = ProductCard(
    handle="P1",
    id="tent-hollow-2",
    title="Hollow 2 Backpacking Tent",
    brand="Fernhollow",
    category="Outdoor > Tents",
    price="249.00",
    currency="USD",
    stock=12,
    description="Two adults sleep side by side in the Hollow 2 without touching the walls.",
    attributes=[("capacity", "2 people"), ("weight", "1.9 kg"), ("waterproof", "3000 mm")],
    variants=[
        VariantCard(id="tent-hollow-2-green", options="moss green", price="249.00", stock=5),
        VariantCard(id="tent-hollow-2-sand", options="sand", price="259.00", stock=0),
    ],
    rating=4.6,
    review_count=38,
    image_url="/pictures/tent-hollow-2.svg",
    why="The lightest of ours that two adults fit into.",
)
SHELTER = ProductCard(
    handle="P2",
    id="tent-larch-2",
    title="Larch 2 Trekking-Pole Shelter",
    brand="Yunqi",
    price="1189.50",
    currency="USD",
    stock=3,
    attributes=[("weight", "0.9 kg")],
    rating=4.1,
    review_count=9,
)
GONE = ProductCard(
    handle="P3",
    id="tent-dune",
    title="Dune Beach Shade 沙丘天幕",
    price="79.95",
    currency="USD",
    stock=0,
)
ORDER = Order(
    id="W-10021",
    status="shipped",
    status_text="Shipped",
    placed_at="2026-11-16",
    total="298.00",
    currency="USD",
    lines=[
        OrderLineCard(
            line=1,
            product_id="tent-hollow-2",
            title="Hollow 2 Backpacking Tent",
            options="moss green",
            unit_price="249.00",
            quantity=1,
        ),
        OrderLineCard(
            line=2,
            product_id="cup",
            title="Enamel cup",
            options="0.35 L",
            unit_price="24.50",
            quantity=2,
        ),
    ],
    shipments=[
        ShipmentCard(
            carrier="Golden Gate Parcel",
            tracking_number="GG123456789",
            eta="2026-11-23",
            events=[
                ("2026-11-20 08:14", "Sacramento, CA", "Out of the sorting centre"),
                ("2026-11-18 17:40", "Oakland, CA", "Handed to the carrier"),
            ],
        )
    ],
    payments=[("paid", "298.00", "Visa ending in 4242")],
    address="12 Alder Way, Oakland, CA 94607",
)
QUOTE = Citation(
    policy_id="returns",
    title="Returns and refunds",
    version="3",
    effective_from="2026-03-01",
    quote="You may return most items within 30 days of delivery, unused and in their packaging.",
)
_MONEY = [MoneyLine(kind="refund", text="refunded", amount="298.00", method="Visa 4242")]
_LINES = [
    ChangeLine(
        line=1,
        product_id="tent-hollow-2",
        title="Hollow 2 Backpacking Tent",
        quantity=1,
        before="moss green",
        amount="249.00",
    )
]
PROPOSAL = Proposal(
    id="prop-1",
    kind="cancellation",
    order_id="W-10021",
    title="Cancel order W-10021",
    reason="no longer needed",
    lines=_LINES,
    money=_MONEY,
    currency="USD",
    code="4821",
    expires_at=datetime(2026, 11, 21, 12, 15, tzinfo=UTC),
)
RECEIPT = Receipt(
    id="RABCDEFGH",
    proposal_id="prop-1",
    kind="cancellation",
    order_id="W-10021",
    title="Order W-10021 is cancelled",
    lines=_LINES,
    money=_MONEY,
    currency="USD",
    at=datetime(2026, 11, 21, 12, 5, tzinfo=UTC),
)
REPLIES = QuickReplies(options=["Compare the first two", "Is the green one in stock?"])

SCRIPTS: dict[str, Sequence[Event]] = {
    "tent": [
        Status(stage="searching", text="Looking through the catalogue…"),
        Filters(
            query="tents under $300",
            chips=[
                FilterChip(label="Category", value="Tents"),
                FilterChip(label="Price", value="≤300", key="price:≤300"),
            ],
        ),
        Text(text="Three tents match."),
        Text(text="The Hollow 2 is the lightest of them that is in stock."),
        Products(items=[TENT, SHELTER, GONE]),
        REPLIES,
        DONE,
    ],
    "one": [Text(text="Here it is."), Products(items=[TENT]), DONE],
    "compare": [
        Text(text="Here they are side by side."),
        Comparison(
            items=[TENT, SHELTER],
            rows=[("weight", ["1.9 kg", "0.9 kg"]), ("capacity", ["2 people", "2 people"])],
        ),
        DONE,
    ],
    "return": [Text(text="You have 30 days from delivery."), QUOTE, DONE],
    "orders": [
        Text(text="You have three orders."),
        ORDER,
        ORDER.model_copy(update={"id": "W-10007", "status": "delivered"}),
        ORDER.model_copy(update={"id": "W-09912", "status": "cancelled"}),
        DONE,
    ],
    "order": [Text(text="Your parcel left Sacramento."), ORDER, DONE],
    "cancel": [Text(text="Cancel W-10021?"), PROPOSAL, DONE],
    "I confirm.": [RECEIPT, Text(text="Order W-10021 is cancelled."), DONE],
    "person": [
        HandOff(reference="H-7F3K", text="Somebody will answer within one working day."),
        DONE,
    ],
    "fail": [Error(code="model_unavailable", text="I cannot answer that just now; search works.")],
}


class ScriptedAssistant:
    """Answers with the script whose key the message contains; orders want a sign-in.

    `pause` is how many seconds lie before each event. `asked` holds every turn's arguments,
    `closed` counts turns that ended, `ready` is what the model says of itself.
    """

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause
        self.ready = True
        self.closed = 0
        self.searched_again: list[SearchAgain] = []
        self.decided: list[Confirm | Dismiss] = []
        self.asked: list[tuple[str, Shopper, str, Lang | None]] = []

    products = None

    async def model_ready(self) -> bool:
        """What the test said."""
        return self.ready

    def decide(
        self, session_id: str, shopper: Shopper, button: Confirm | Dismiss, lang: Lang
    ) -> tuple[list[Event], bool]:
        """The receipt, whoever confirms."""
        self.decided.append(button)
        return [RECEIPT, Text(text="Done.")], len(self.decided) > 1

    async def turn(
        self, session_id: str, shopper: Shopper, asked: Asked, lang: Lang | None = None
    ) -> AsyncIterator[Event]:
        """The script's events; of a search that is repeated those of its query."""
        text = words_of(asked, "en")
        self.decided += [asked] if isinstance(asked, Confirm | Dismiss) else []
        self.searched_again += [asked] if isinstance(asked, SearchAgain) else []
        self.asked.append((session_id, shopper, text, lang))
        try:
            for event in self._script(shopper, text):
                await asyncio.sleep(self.pause)
                yield event
        finally:
            self.closed += 1

    def _script(self, shopper: Shopper, text: str) -> Sequence[Event]:
        if text == "crash":
            raise RuntimeError("a bug")
        if "order" in text and shopper is ANONYMOUS:
            return [SignIn(text="Orders are shown to their owner; please sign in."), DONE]
        for key, script in SCRIPTS.items():
            if key in text:
                return script
        return [Text(text=f"You said: {text}"), DONE]
