"""What a proposal restates and, once confirmed, does: exact lines, amounts, stock and addresses."""

import hashlib
import json
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.orders.models import OrderStatus, ProposalKind
from agent.orders.wishes import OrderWish, ProfileChange


class _Term(BaseModel):
    model_config = ConfigDict(frozen=True)


class LineTerm(_Term):
    """A line, or `quantity` of it. Prices are a unit's, in minor units; texts are localised."""

    line: int
    quantity: int
    whole: bool = True
    product_id: str
    title: dict[str, str]
    before_variant: str | None
    before: dict[str, str]
    before_price: int
    after_variant: str | None = None
    after: dict[str, str] = {}
    after_price: int | None = None


class MoneyTerm(_Term):
    """Money in or out, in minor units. What is not `settled` waits for the goods to come back."""

    kind: Literal["payment", "refund"]
    amount: int
    method_id: str
    method_kind: str
    method: str
    settled: bool = True


class StockTerm(_Term):
    """How many pieces of a variant are reserved (negative) or given back."""

    product_id: str
    variant_id: str
    change: int


class Terms(_Term):
    """Everything that one proposal does, and nothing else."""

    kind: ProposalKind
    order_id: str | None = None
    currency: str = ""
    status_before: OrderStatus | None = None
    status_after: OrderStatus | None = None
    reason: str = ""
    lines: tuple[LineTerm, ...] = ()
    money: tuple[MoneyTerm, ...] = ()
    stock: tuple[StockTerm, ...] = ()
    address_before: dict[str, str] = {}
    address_after: dict[str, str] = {}

    def total(self, kind: Literal["payment", "refund"]) -> int:
        """The sum of the money that goes in, or out."""
        return sum(money.amount for money in self.money if money.kind == kind)


def fingerprint(wish: OrderWish | ProfileChange, terms: Terms, customer_id: str) -> str:
    """SHA-256 over everything that was restated: what is confirmed is this and nothing else."""
    bound = [customer_id, wish.model_dump(mode="json"), terms.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(bound, sort_keys=True).encode()).hexdigest()


def same_address(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two addresses say the same, whatever their case and spaces."""
    keys = ("line1", "line2", "city", "region", "postal_code", "country")
    plain = [
        [" ".join(address.get(key, "").split()).casefold() for key in keys]
        for address in (one, other)
    ]
    return plain[0] == plain[1]
