"""A warning: who, why, by which figures, in both languages."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Rule(StrEnum):
    """What a warning is about."""

    RETURNS = "returns"
    SHARED_ADDRESS = "shared_address"
    SHARED_METHOD = "shared_method"
    GIFT_CARDS_EMPTIED = "gift_cards_emptied"
    REFUNDS_TO_GIFT_CARDS = "refunds_to_gift_cards"
    LOCK_OUTS = "lock_outs"
    CANCELLATIONS = "cancellations"
    CHANGES = "changes"


@dataclass(frozen=True)
class FraudWarning:
    """Something to look at. `weak`: the evidence alone would not do, the text says why."""

    rule: Rule
    customers: tuple[str, ...]
    en: str
    zh: str
    figures: dict[str, Any] = field(default_factory=dict)
    weak: bool = False


def percent(share: float) -> str:
    """A share of one as whole percent."""
    return f"{100 * share:.0f} %"
