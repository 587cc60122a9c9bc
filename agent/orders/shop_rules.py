"""The rules that a shop's policies state for code to act on (DESIGN section 5)."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, load_only

from agent.orders.models import Policy

Days = int


class ShopRules(BaseModel):
    """What the policies in force allow; a shop that states nothing has these defaults.

    Windows are whole days, counted from the day of delivery in the shop's zone.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    return_window_days: Days = Field(30, ge=0)
    exchange_window_days: Days = Field(30, ge=0)
    perishable_return_window_days: Days | None = Field(None, ge=0)
    perishable_exchange_window_days: Days | None = Field(None, ge=0)
    perishable_categories: tuple[str, ...] = ()
    returns_or_exchanges_per_order: int = Field(1, ge=0)
    cancel_reasons: tuple[str, ...] = Field(
        ("no longer needed", "ordered by mistake"), min_length=1
    )


REASONS_ZH = {"no longer needed": "不再需要", "ordered by mistake": "下错单"}
"""The reasons of a shop that names none of its own, in Chinese; others are shown as they are."""


def rule_faults(rules: dict[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the rules of one policy: (rule, why), for those that code acts on."""
    try:
        ShopRules.model_validate(rules)
    except ValidationError as error:
        return [(".".join(map(str, e["loc"])), e["msg"]) for e in error.errors()]
    return []


def policies_in_force(session: Session, today: date, *, rules_alone: bool = False) -> list[Policy]:
    """The policies that hold today, one version each of every policy and language."""
    query = (
        select(Policy)
        .where(
            Policy.effective_from <= today,
            or_(Policy.effective_to.is_(None), Policy.effective_to >= today),
        )
        .order_by(Policy.id, Policy.locale, Policy.effective_from)
    )
    if rules_alone:
        # Their texts are long.
        query = query.options(load_only(Policy.rules, Policy.effective_from))
    # Of versions that overlap, the later one holds.
    return list({(row.id, row.locale): row for row in session.scalars(query)}.values())


def rules_in_force(session: Session, today: date) -> ShopRules:
    """The rules of all policies that hold today. Raises ValidationError for one that cannot be."""
    stated: dict[str, Any] = {}
    for policy in policies_in_force(session, today, rules_alone=True):
        for key, value in policy.rules.items():
            stated.setdefault(key, value)
    return ShopRules.model_validate(stated)
