"""What a scratch shop is made of, as the simulated shopper knows it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from agent.events import Lang
from finetune.synthesis.vocabulary import Kind, Vocabulary

LANGS: tuple[Lang, Lang] = ("en", "zh")


NOW = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Variant:
    """One buyable form: its options by axis, in English words."""

    id: str
    options: dict[str, str]
    price: Decimal
    stock: int


@dataclass(frozen=True)
class Ware:
    """One product as the simulated shopper knows it."""

    id: str
    kind: Kind
    title: dict[Lang, str]
    short: dict[Lang, str]
    brand: dict[str, str | None]
    price: Decimal
    facts: dict[str, str]
    variants: list[Variant]
    stock: int
    row: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One line of an order."""

    number: int
    ware: Ware
    variant: Variant | None
    quantity: int


@dataclass
class Purchase:
    """One order as it was imported."""

    id: str
    customer: str
    status: str
    lines: list[Line]
    row: dict[str, Any]


@dataclass
class Buyer:
    """One customer."""

    id: str
    locale: Lang
    address: dict[str, str]
    methods: list[dict[str, Any]]
    orders: list[Purchase] = field(default_factory=list)


@dataclass(frozen=True)
class Rule:
    """One section of a policy: which questions it answers, and with what."""

    policy: str
    acts: list[str]
    heading: dict[Lang, str]
    query: dict[Lang, str]
    text: dict[Lang, str]
    answers: dict[Lang, list[str]]
    places: dict[Lang, list[str]]
    methods: dict[Lang, list[str]]
    rules: dict[str, int]


@dataclass
class World:
    """One scratch shop."""

    seed: int
    words: Vocabulary
    currency: str
    wares: list[Ware]
    buyers: list[Buyer]
    rules: list[Rule]
    absent: list[Kind]

    def ware(self, product_id: str) -> Ware:
        """The product of that id."""
        return next(ware for ware in self.wares if ware.id == product_id)

    def purchases(self) -> Iterator[tuple[Buyer, Purchase]]:
        """Every order with its buyer."""
        for buyer in self.buyers:
            for purchase in buyer.orders:
                yield buyer, purchase
