"""Signing in as a customer of the sample shop: who may be chosen, and where it is possible."""

import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from agent.identity.records import full_name
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import Customer
from agent.settings import CHECKOUT, Settings
from ui.shield import is_loopback

SAMPLE_SHOP = CHECKOUT / "data" / "shop"
SHOWN = 8  # customers in the page's list


@dataclass(frozen=True, slots=True)
class SampleCustomer:
    """A customer of the sample shop, as the sign-in list shows one."""

    id: str
    name: str
    locale: str


class SampleShop:
    """The sample customers that are in the database. Real customers are never among them.

    A database is not trusted to hold the sample shop alone: only ids that the project's own
    files name, with the same e-mail address, can be signed in as.
    """

    def __init__(self, db: Database, folder: Path = SAMPLE_SHOP) -> None:
        self._db = db
        self._emails = dict(_identities(folder))

    def customers(self) -> list[SampleCustomer]:
        """All of them, in the order of their ids."""
        with self._db.read(SYSTEM) as session:
            rows = session.scalars(select(Customer).order_by(Customer.id)).all()
        return [_shown(row) for row in rows if self._is_sample(row)]

    def customer(self, customer_id: str) -> SampleCustomer | None:
        """One of them, or None."""
        with self._db.read(SYSTEM) as session:
            row = session.get(Customer, customer_id)
        return _shown(row) if row is not None and self._is_sample(row) else None

    def _is_sample(self, row: Customer) -> bool:
        return self._emails.get(row.id, "") == row.email.lower() != ""


def sample_shop(settings: Settings, db: Database) -> SampleShop | None:
    """The sample shop's sign-in, where it exists: the sample shop, bound to loopback."""
    if settings.shop.resolve() != SAMPLE_SHOP.resolve() or not is_loopback(settings.host):
        return None
    return SampleShop(db)


def few(customers: list[SampleCustomer], count: int = SHOWN) -> list[SampleCustomer]:
    """Some of them, both languages represented where both exist."""
    chinese = [c for c in customers if c.locale.startswith("zh")][: count // 2]
    others = [c for c in customers if not c.locale.startswith("zh")][: count - len(chinese)]
    return sorted(others + chinese, key=lambda c: c.id)


def _identities(folder: Path) -> list[tuple[str, str]]:
    """(id, e-mail in lower case) of every customer that the shop's own files name."""
    found = []
    for file in sorted(folder.rglob("customers*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                row = json.loads(line)
                found.append((str(row["id"]), str(row.get("email", "")).lower()))
    return found


def _shown(row: Customer) -> SampleCustomer:
    return SampleCustomer(row.id, full_name(row), row.locale)
