"""Going back to the version before: its products, and the stock that there is now."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from catalogue_fixtures import HashEmbedder

from agent.indexing import rollback, update_index
from agent.orders.channels import ChangeFile
from agent.orders.models import Product
from agent.orders.outbox import Outbox
from retrieval.catalogue import read_catalogue, read_whole
from retrieval.store import IndexStore
from tests.desk import MUG, Desk, wishes
from tests.desk import desk as desk
from tests.imports import put

CUP = MUG | {"id": "cup", "title": {"en": "Cup", "zh": "茶杯"}, "variants": [], "stock": 4}
RESERVED = {"mug": 13, "red": 5, "blue": 8}
RESERVED_AT_THE_SHOP: dict[str, Any] = {
    "stock": 13,
    "variants": [{**v, "stock": RESERVED[v["id"]]} for v in MUG["variants"]],
}


class Versions:
    """The versions of a desk's catalogue, a minute apart."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.store = desk, IndexStore(folder / "index")

    def update(self, *products: dict[str, Any]) -> None:
        file = self.desk.folder / "products.jsonl"
        file.unlink(missing_ok=True)
        put(self.desk.folder, file.name, *products)
        found = read_whole(read_catalogue([file])).products
        self.desk.now += timedelta(minutes=1)
        clock = self.desk.clock
        update_index(self.desk.db, self.store, HashEmbedder(), found, clock=clock, force=True)

    def back(self) -> None:
        self.desk.now += timedelta(minutes=1)
        rollback(self.desk.db, self.store, clock=self.desk.clock)

    def exchange(self, *, delivered: bool) -> None:
        self.desk.confirm(wishes("P-1", "D-1")["exchange"])
        if delivered:
            Outbox(self.desk.db, self.desk.clock).deliver_next(
                ChangeFile(self.desk.folder / "changes.jsonl")
            )


@pytest.fixture
def versions(desk: Desk, tmp_path: Path) -> Versions:
    return Versions(desk, tmp_path)


@pytest.mark.parametrize("delivered", [False, True])
def test_stock_that_orders_took_stays_taken(versions: Versions, delivered: bool) -> None:
    versions.update(MUG, CUP)
    versions.exchange(delivered=delivered)
    versions.update(MUG | {"price": "13.00"} | (RESERVED_AT_THE_SHOP if delivered else {}), CUP)
    assert versions.desk.stock() == RESERVED | {"cup": 4}
    versions.back()
    assert versions.desk.stock() == RESERVED | {"cup": 4}


def test_newer_stock_stays_with_older_texts(versions: Versions) -> None:
    versions.update(MUG, CUP)
    versions.update(MUG, CUP | {"title": {"en": "Bowl", "zh": "碗"}, "stock": 9})
    versions.back()
    assert versions.desk.stock()["cup"] == 9
    with versions.desk.db.read() as session:
        assert session.get_one(Product, "cup").title == {"en": "Cup", "zh": "茶杯"}


@pytest.mark.parametrize("delivered", [False, True])
def test_what_comes_back_lacks_what_was_taken_since(versions: Versions, delivered: bool) -> None:
    versions.update(MUG, CUP)
    versions.exchange(delivered=delivered)
    versions.update(CUP)
    assert versions.desk.stock() == {"cup": 4}
    versions.back()
    assert versions.desk.stock() == RESERVED | {"cup": 4}
