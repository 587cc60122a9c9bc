"""What the model may give the tools that change orders and accounts."""

from pydantic import Field

from agent.tools.kit import Arguments

_Text = Field(max_length=200)
_OrderId = Field(min_length=1, max_length=40)


class _OfOrder(Arguments):
    order_id: str = _OrderId


class _AddressFields(Arguments):
    line1: str = Field(max_length=200, description="street and number")
    line2: str = Field("", max_length=200)
    city: str = _Text
    region: str = Field("", max_length=200, description="state or province")
    postal_code: str = _Text
    country: str = Field("", max_length=200)


class CancellationArguments(_OfOrder):
    """Which order, and why."""

    reason: str = Field(max_length=200, description="no longer needed, or ordered by mistake")


class AddressChangeArguments(_AddressFields, _OfOrder):
    """Which order, and where it shall go: a whole address, or `line2` alone."""

    line1: str = Field("", max_length=200, description="street and number")
    city: str = Field("", max_length=200)
    postal_code: str = Field("", max_length=200)


class PaymentChangeArguments(_OfOrder):
    """Which order, and by what it shall be paid."""

    payment_method_id: str = Field(max_length=100, description="id, kind or last digits")


class Change(Arguments):
    """One line, and what it shall become."""

    line: int = Field(ge=1, description="line number of the order")
    to: str = Field(max_length=100, description="variant id, or options such as blue, M")
    quantity: int | None = Field(None, ge=1, description="if not the whole line")


class ItemChangeArguments(_OfOrder):
    """Which lines become what, and by what a difference is settled."""

    changes: list[Change] = Field(min_length=1, max_length=20)
    payment_method_id: str = Field("", max_length=100)


class ReturnArguments(_OfOrder):
    """Which lines go back, why, and where the money goes."""

    lines: list[int] = Field(min_length=1, max_length=50, description="line numbers")
    reason: str = Field("", max_length=200)
    refund_method_id: str = Field("", max_length=100)
    quantities: list[int] = Field([], max_length=50, description="if not whole lines")


class ProfileChangeArguments(_AddressFields):
    """Where the shopper lives now."""
