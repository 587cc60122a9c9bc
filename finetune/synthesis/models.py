"""What a scratch shop is made of, as the simulated shopper knows it."""

import re
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
    """One rule of a policy: which questions it answers, and with what.

    `acts` names the banks' questions; a rule that no bank knows has `questions` of its own. The
    `answers` are in a clerk's words, `quoted` is the sentence of the text that says it. `facets`
    are the things that people ask of its subject, as patterns; one rule tells some of them.
    """

    policy: str
    acts: list[str]
    heading: dict[Lang, str]
    text: dict[Lang, str]
    answers: dict[Lang, list[str]]
    quoted: dict[Lang, str]
    questions: dict[Lang, list[str]]
    places: dict[Lang, list[str]]
    methods: dict[Lang, list[str]]
    rules: dict[str, int]
    facets: dict[str, dict[Lang, str]] = field(default_factory=dict)
    tells_all: bool = False

    def facets_of(self, text: str, lang: Lang) -> set[str]:
        """What of its subject a text speaks of; nothing where that is the subject in general."""
        found = self.facets.items()
        return {name for name, words in found if re.search(words[lang], text, re.IGNORECASE)}

    def answering(self, asked: str, lang: Lang) -> list[str]:
        """The answers to what is asked of its subject, if it says so much."""
        wanted = self.facets_of(asked, lang)
        answers = self.answers[lang]
        return [a for a in answers if self.tells_all or wanted <= self.facets_of(a, lang)]


@dataclass
class World:
    """One scratch shop. It has neither the kinds in `absent` nor the rules in `untold`."""

    seed: int
    words: Vocabulary
    currency: str
    wares: list[Ware]
    buyers: list[Buyer]
    rules: list[Rule]
    untold: list[Rule]
    absent: list[Kind]

    def ware(self, product_id: str) -> Ware:
        """The product of that id."""
        return next(ware for ware in self.wares if ware.id == product_id)

    def purchases(self) -> Iterator[tuple[Buyer, Purchase]]:
        """Every order with its buyer."""
        for buyer in self.buyers:
            for purchase in buyer.orders:
                yield buyer, purchase
