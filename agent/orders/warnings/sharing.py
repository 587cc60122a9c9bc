"""Accounts that share what ordinary accounts do not: one door, one way to pay."""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from agent.orders.models import Customer, Order, PaymentMethod
from agent.orders.warnings.address_keys import address_key
from agent.orders.warnings.finding import FraudWarning, Rule
from agent.orders.warnings.limits import Limits

_SHOWN = ("line1", "line2", "city", "postal_code")
_ENOUGH_DIGITS = 8
"""With so many digits, or an e-mail address, a label names one method and no other."""
_FEWEST_DIGITS = 3
_TRAITS = {"address": "地址", "phone": "电话"}

Accounts = defaultdict[str, set[str]]


def shared_addresses(session: Session, now: datetime, limits: Limits) -> Iterator[FraudWarning]:
    """Doors at which many accounts live or have things delivered."""
    by_text: Accounts = defaultdict(set)
    for customer, written in _addresses(session, now, limits):
        by_text[written].add(customer)
    accounts: Accounts = defaultdict(set)
    shown: dict[str, str] = {}
    for written, found in by_text.items():
        key = address_key(json.loads(written))
        accounts[key] |= found
        shown.setdefault(key, written)
    for key, found in accounts.items():
        if key and len(found) >= limits.accounts_at_address:
            yield _of_address(json.loads(shown[key]), sorted(found))


def shared_methods(session: Session, _now: datetime, limits: Limits) -> Iterator[FraudWarning]:
    """Ways to pay that many accounts have; last digits count only where more agrees."""
    many = limits.accounts_on_method
    for (kind, label), owners in _owners(session).items():
        digits = sum(character.isdigit() for character in label)
        if len(owners) < many:
            continue
        if "@" in label or digits >= _ENOUGH_DIGITS:
            yield _of_method(kind, label, sorted(o.customer for o in owners), ())
        elif digits >= _FEWEST_DIGITS:
            for agreeing, traits in _agreeing(owners, many).items():
                yield _of_method(kind, label, agreeing, traits)


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who has a method, and what else may agree."""

    customer: str
    phone: str
    address: str


def _addresses(session: Session, now: datetime, limits: Limits) -> list[tuple[str, str]]:
    """Each address of each customer once, as the JSON text that is stored."""
    recent = Order.placed_at.between(now - limits.address_within, now)
    of_orders = select(Order.customer_id, cast(Order.address, Text)).where(recent).distinct()
    of_customers = select(Customer.id, cast(Customer.address, Text))
    return [
        (customer, written)
        for query in (of_orders, of_customers)
        for customer, written in session.execute(query)
    ]


def _owners(session: Session) -> dict[tuple[str, str], list[_Owner]]:
    """Who has a method of this kind and label."""
    columns = (PaymentMethod.kind, PaymentMethod.label, Customer.id, Customer.phone)
    query = (
        select(*columns, cast(Customer.address, Text))
        .join(Customer, Customer.id == PaymentMethod.customer_id)
        .where(PaymentMethod.label != "")
    )
    found: defaultdict[tuple[str, str], dict[str, _Owner]] = defaultdict(dict)
    for kind, label, customer, phone, address in session.execute(query):
        found[kind, _plain(label)][customer] = _Owner(customer, phone, address)
    return {key: list(owners.values()) for key, owners in found.items()}


def _agreeing(owners: Iterable[_Owner], many: int) -> dict[tuple[str, ...], list[str]]:
    """Those of the owners who also share an address or a phone, and which of the two."""
    by: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for owner in owners:
        by["address", address_key(json.loads(owner.address))].add(owner.customer)
        by["phone", re.sub(r"\D", "", owner.phone)].add(owner.customer)
    found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for (trait, value), who in by.items():
        if value and len(who) >= many:
            found[tuple(sorted(who))].append(trait)
    return found


def _plain(label: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", label).casefold().split())


def _of_address(address: dict[str, str], customers: list[str]) -> FraudWarning:
    count, shown = len(customers), ", ".join(address[k] for k in _SHOWN if address.get(k))
    return FraudWarning(
        Rule.SHARED_ADDRESS,
        tuple(customers),
        en=f"{count} accounts use one address: {shown}. An office or a parcel shop is one too.",
        zh=f"{count} 个账号使用同一地址：{shown}。写字楼或代收点也会如此。",
        figures={"accounts": count, "address": shown},
    )


def _of_method(
    kind: str, label: str, customers: Iterable[str], traits: Sequence[str]
) -> FraudWarning:
    who = tuple(customers)
    en = f"{len(who)} accounts have the same {kind.replace('_', ' ')}: {label}."
    zh = f"{len(who)} 个账号的付款方式相同：{label}。"
    if traits:
        en += (
            " Last digits alone prove little, one card in 10,000 has the same; but these accounts "
            f"also share {' and '.join(traits)}."
        )
        shared = "和".join(_TRAITS[trait] for trait in traits)
        zh += f"仅凭尾号说明不了什么，每一万张卡就有一张相同；但这些账号的{shared}也相同。"
    figures = {"accounts": len(who), "kind": kind, "label": label, "also_shared": list(traits)}
    return FraudWarning(Rule.SHARED_METHOD, who, en, zh, figures, weak=bool(traits))
