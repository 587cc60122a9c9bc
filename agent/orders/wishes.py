"""What a shopper may ask to have changed: one frozen value for each kind of proposal."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

_SHORT = 200


class Wish(BaseModel):
    """Base of all wishes; it says what is wanted and nothing of who wants it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(Wish):
    """Where something goes."""

    line1: str = Field(max_length=_SHORT)
    line2: str = Field("", max_length=_SHORT)
    city: str = Field(max_length=_SHORT)
    region: str = Field("", max_length=_SHORT)
    postal_code: str = Field(max_length=_SHORT)
    country: str = Field(max_length=_SHORT)


class Part(Wish):
    """A line of an order, whole or by a stated quantity."""

    line: int = Field(ge=1)
    quantity: int | None = Field(None, ge=1)


class Swap(Part):
    """A line, whole or in part, for another variant `to` of the same product."""

    to: str


class Cancellation(Wish):
    """A whole order is not wanted."""

    kind: Literal["cancellation"] = "cancellation"
    order_id: str
    reason: str


class AddressChange(Wish):
    """An order goes elsewhere."""

    kind: Literal["address_change"] = "address_change"
    order_id: str
    address: Address


class PaymentChange(Wish):
    """An order is paid by another method."""

    kind: Literal["payment_change"] = "payment_change"
    order_id: str
    method_id: str


class ItemChange(Wish):
    """Lines of an order that is not packed yet become other variants."""

    kind: Literal["item_change"] = "item_change"
    order_id: str
    swaps: tuple[Swap, ...] = Field(min_length=1)
    method_id: str | None = None


class Return(Wish):
    """Lines of a delivered order go back for money."""

    kind: Literal["return"] = "return"
    order_id: str
    parts: tuple[Part, ...] = Field(min_length=1)
    reason: str = Field("", max_length=500)
    method_id: str | None = None


class Exchange(Wish):
    """Lines of a delivered order go back for other variants."""

    kind: Literal["exchange"] = "exchange"
    order_id: str
    swaps: tuple[Swap, ...] = Field(min_length=1)
    method_id: str | None = None


class ProfileChange(Wish):
    """The customer lives elsewhere now."""

    kind: Literal["profile_change"] = "profile_change"
    address: Address


OrderWish = Cancellation | AddressChange | PaymentChange | ItemChange | Return | Exchange
AnyWish = Annotated[OrderWish | ProfileChange, Field(discriminator="kind")]

ANY_WISH: TypeAdapter[OrderWish | ProfileChange] = TypeAdapter(AnyWish)
