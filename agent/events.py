"""What a turn emits. The API streams these as SSE, the pages draw them, the reports judge them.

Prose is in `Text`; everything with a figure in it is a card that the server fills from the
database. Each event serialises to one JSON object whose `type` names it.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

MAX_CHARACTERS = 4000
"""Of one message of a shopper's."""
Lang = Literal["en", "zh"]


class _Event(BaseModel):
    model_config = {"frozen": True}


class Status(_Event):
    """What is being done right now, fit to be shown while the shopper waits."""

    type: Literal["status"] = "status"
    stage: Literal["thinking", "searching", "orders", "policies", "figures", "writing", "no_model"]
    text: str


class Text(_Event):
    """One or more whole sentences of prose, already checked."""

    type: Literal["text"] = "text"
    text: str


class FilterChip(BaseModel):
    """One constraint of a search, which can be taken away.

    Search without its `key`, or, where it came beside the query, with `given` but for its `field`.
    """

    label: str
    value: str
    key: str = ""
    field: str = ""


class Given(BaseModel):
    """What a search keeps to beside its query: the fields of POST /v1/search that say so."""

    model_config = {"frozen": True}
    category: str = Field("", max_length=200, description="Any level, in either language.")
    brand: str = Field("", max_length=200)
    min_price: Decimal | None = Field(None, ge=0, description="In the shop's currency, inclusive.")
    max_price: Decimal | None = Field(None, ge=0, description="In the shop's currency, inclusive.")
    in_stock: bool = False
    min_rating: float | None = Field(None, ge=0, le=5)
    sort: Literal["relevance", "price_asc", "price_desc", "rating", "newest"] = "relevance"
    message: str = Field(
        "",
        max_length=MAX_CHARACTERS,
        description="What the shopper typed in whole: it ranks too, and what it does not want "
        "(“nothing with down”) is left out.",
    )


class Filters(_Event):
    """What of the request `query` was taken as a constraint; `without`: what was taken away.

    POST /v1/search with `query`, `without` and the fields of `given` repeats the search.
    """

    type: Literal["filters"] = "filters"
    query: str
    chips: list[FilterChip]
    without: list[str] = []
    given: Given = Given()


class VariantCard(BaseModel):
    """One buyable form of a product. `price` is major units as a decimal string."""

    id: str
    options: str
    price: str
    stock: int | None = None


class ProductCard(BaseModel):
    """A product as the database holds it now, in the shopper's language.

    `review_note`: what enough of its reviews say, as in "runs small (12 of 30 reviews)".
    """

    handle: str
    id: str
    title: str
    brand: str = ""
    category: str = ""
    price: str
    currency: str
    stock: int | None = None
    description: str = ""
    attributes: list[tuple[str, str]] = []
    variants: list[VariantCard] = []
    rating: float | None = None
    review_count: int = 0
    review_note: str = ""
    image_url: str = ""
    url: str = ""
    why: str = ""


class Products(_Event):
    """Cards of products found, recommended or opened.

    Not `carried`: the shop has nothing of the kind, and these merely come closest. Not `in_range`:
    the one item is the cheapest of its kind, and none lies in the price range asked for.
    """

    type: Literal["products"] = "products"
    items: list[ProductCard]
    carried: bool = True
    in_range: bool = True


class Comparison(_Event):
    """Products side by side: each row is a label and one value for every product."""

    type: Literal["comparison"] = "comparison"
    items: list[ProductCard]
    rows: list[tuple[str, list[str]]]


class OrderLineCard(BaseModel):
    """One line of an order. Amounts are decimal strings."""

    line: int
    product_id: str
    title: str
    options: str
    unit_price: str
    quantity: int
    image_url: str = ""


class ShipmentCard(BaseModel):
    """One parcel and where it is; times are local to the shop, already formatted."""

    carrier: str
    tracking_number: str
    eta: str = ""
    delivered_at: str = ""
    events: list[tuple[str, str, str]] = []


class Order(_Event):
    """One of the shopper's own orders. `note`: what the shop could not do of what was asked."""

    type: Literal["order"] = "order"
    id: str
    status: str
    status_text: str
    placed_at: str
    total: str
    currency: str
    lines: list[OrderLineCard]
    shipments: list[ShipmentCard] = []
    payments: list[tuple[str, str, str]] = []
    address: str = ""
    note: str = ""


class ChangeLine(BaseModel):
    """One line of an order and what becomes of it. `amount` is what this line is worth."""

    line: int
    product_id: str
    title: str
    quantity: int
    before: str = ""
    after: str = ""
    amount: str = ""


class MoneyLine(BaseModel):
    """Money that goes in ("payment") or out ("refund"), by which method, and when if not now."""

    kind: Literal["payment", "refund"]
    text: str
    amount: str
    method: str
    when: str = ""


class Proposal(_Event):
    """What will be done if the shopper confirms it; until then nothing has happened.

    Confirmed by the button that its `id` belongs to, or by typing `code`. Times are ISO 8601.
    """

    type: Literal["proposal"] = "proposal"
    id: str
    kind: str
    order_id: str | None = None
    title: str
    reason: str = ""
    lines: list[ChangeLine] = []
    money: list[MoneyLine] = []
    currency: str = ""
    address_before: str = ""
    address_after: str = ""
    notes: list[str] = []
    code: str
    expires_at: datetime


class Receipt(_Event):
    """That a proposal took effect; confirmed again it is the same receipt. `id` can be quoted."""

    type: Literal["receipt"] = "receipt"
    id: str
    proposal_id: str
    kind: str
    order_id: str | None = None
    title: str
    lines: list[ChangeLine] = []
    money: list[MoneyLine] = []
    currency: str = ""
    address_after: str = ""
    notes: list[str] = []
    at: datetime


class Citation(_Event):
    """A passage of a policy that the answer rests on, quoted word for word.

    `lead` is the part of it from the sentence on that answers best.
    """

    type: Literal["citation"] = "citation"
    policy_id: str
    title: str
    version: str
    effective_from: str
    quote: str
    lead: str = ""


class Table(_Event):
    """What a query of the staff's gave; `sql` is what ran, `truncated`: there are more rows."""

    type: Literal["table"] = "table"
    columns: list[str]
    rows: list[list[str | int | float | bool | None]]
    sql: str
    truncated: bool = False


class QuickReplies(_Event):
    """What the shopper may want to say next."""

    type: Literal["quick_replies"] = "quick_replies"
    options: list[str]


class SignIn(_Event):
    """The shopper must sign in to go on."""

    type: Literal["sign_in"] = "sign_in"
    text: str


class HandOff(_Event):
    """The conversation waits for a person now; `reference` is what the shopper can quote."""

    type: Literal["hand_off"] = "hand_off"
    reference: str
    text: str


class Error(_Event):
    """The turn failed; `text` is for the shopper and says what works instead."""

    type: Literal["error"] = "error"
    code: str
    text: str


class Done(_Event):
    """The turn is over and stored. Times are in seconds.

    `tools` ran with these arguments: the model's, but for those that code read in the shopper's
    words. `forbidden` are the shop's rules that forbade a change.
    """

    type: Literal["done"] = "done"
    turn_id: str
    lang: Lang
    seconds: float
    model_seconds: float = 0.0
    model_calls: int = 0
    tools: list[tuple[str, dict[str, object]]] = []
    forbidden: list[str] = []
    at: datetime


Event = Annotated[
    Status
    | Text
    | Filters
    | Products
    | Comparison
    | Order
    | Proposal
    | Receipt
    | Citation
    | Table
    | QuickReplies
    | SignIn
    | HandOff
    | Error
    | Done,
    Field(discriminator="type"),
]
