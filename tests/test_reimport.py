"""Importing again after changes: nothing that the shop does not know yet is undone."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from catalogue_fixtures import HashEmbedder

from agent.indexing import rebuild, update_index
from agent.orders.answers import Answer
from agent.orders.channels import ChangeFile
from agent.orders.importer import Counts
from agent.orders.outbox import Outbox
from retrieval.catalogue import read_catalogue, read_whole
from retrieval.store import IndexStore
from tests.desk import CUSTOMER, MUG, Desk, order, wishes
from tests.desk import desk as desk

PENDING, DELIVERED = order("P-1", "pending"), order("D-1", "delivered")
LATER = timedelta(days=2)


def deliver(desk: Desk) -> None:
    outbox = Outbox(desk.db, desk.clock)
    while outbox.deliver_next(ChangeFile(desk.folder / "changes.jsonl")):
        pass


def test_what_the_shop_does_not_know_is_kept(desk: Desk) -> None:
    desk.confirm(wishes("P-1", "D-1")["cancellation"])
    after = desk.snapshot("P-1")
    other = PENDING | {"status": "shipped", "payments": []}
    richer = CUSTOMER | {"address": {}, "phone": "555"}
    again = [other, richer, order("P-2", "pending")]
    expected = {"customer": Counts(kept=1), "order": Counts(unchanged=1, kept=1)}
    report = desk.bring(*again, dry_run=True)
    assert (report.counts, report.changed_anything) == (expected, False)
    report = desk.bring(*again)
    assert report.counts == expected
    assert report.notices[-2:] == [
        "records.jsonl:2: customer ana is kept as it is: the shop does not know a change yet",
        "records.jsonl:1: order p-1 is kept as it is: the shop does not know a change yet",
    ]
    assert desk.snapshot("P-1") == after


def test_the_same_record_is_no_news(desk: Desk) -> None:
    desk.confirm(wishes("P-1", "D-1")["cancellation"])
    assert desk.bring(CUSTOMER, PENDING).counts == {
        "customer": Counts(unchanged=1),
        "order": Counts(unchanged=1),
    }


@pytest.mark.parametrize("delivered", [False, True])
def test_a_record_that_merely_aged_undoes_nothing(desk: Desk, delivered: bool) -> None:
    desk.confirm(wishes("P-1", "D-1")["cancellation"])
    after = desk.snapshot("P-1")
    if delivered:
        deliver(desk)
    desk.now += LATER
    report = desk.bring(CUSTOMER, PENDING, DELIVERED)
    kept = Counts(changed=1, unchanged=1) if delivered else Counts(changed=1, kept=1)
    assert report.counts == {"customer": Counts(unchanged=1), "order": kept}
    assert desk.snapshot("P-1") == after


def test_another_record_of_the_shop_counts_once_it_knows(desk: Desk) -> None:
    desk.confirm(wishes("P-1", "D-1")["cancellation"])
    deliver(desk)
    assert desk.bring(PENDING | {"status": "shipped"}).counts == {"order": Counts(changed=1)}
    snapshot = desk.snapshot("P-1")
    assert (snapshot["status"], snapshot["paid"]) == ("shipped", (3750, 0))
    desk.now += LATER
    assert desk.bring(PENDING | {"status": "shipped"}).counts == {"order": Counts(changed=1)}


def test_a_change_that_was_taken_back_protects_nothing(desk: Desk) -> None:
    id_ = desk.confirm(wishes("P-1", "D-1")["cancellation"])
    Outbox(desk.db, desk.clock).answer(id_, Answer(status="refused"))
    desk.now += LATER
    assert desk.bring(PENDING).counts == {"order": Counts(changed=1)}


def test_a_kept_customer_gets_new_methods_alone(desk: Desk) -> None:
    desk.confirm(wishes("P-1", "D-1")["cancellation"])
    methods = [*CUSTOMER["payment_methods"], {"id": "new", "kind": "paypal"}]
    methods[1] = methods[1] | {"balance": "1.00"}
    paid = {"kind": "payment", "amount": "37.50", "method_id": "new"}
    fresh = order("P-9", "pending", payments=[paid])
    report = desk.bring(CUSTOMER | {"payment_methods": methods}, fresh)
    assert report.counts == {"customer": Counts(kept=1), "order": Counts(new=1)}
    assert desk.snapshot("P-9")["balances"] == {"card": None, "gift": 13750, "new": None}


def test_imported_stock_does_not_lose_what_is_reserved(desk: Desk) -> None:
    desk.confirm(wishes("P-1", "D-1")["exchange"])
    assert desk.stock() == {"mug": 13, "red": 5, "blue": 8}
    assert desk.products(MUG).counts == {"product": Counts(unchanged=1)}
    counted = MUG | {"stock": 9, "variants": [{**v, "stock": 1} for v in MUG["variants"]]}
    desk.products(counted)
    assert desk.stock() == {"mug": 7, "red": 1, "blue": 0}
    desk.products(counted | {"title": "Cup"}, MUG | {"id": "cup", "variants": [], "stock": 4})
    assert desk.stock() == {"mug": 7, "red": 1, "blue": 0, "cup": 4}
    # Products that no file names keep their stock as it is.
    desk.products(MUG | {"id": "cup", "variants": [], "stock": 5})
    assert desk.stock() == {"mug": 7, "red": 1, "blue": 0, "cup": 5}
    deliver(desk)
    desk.now += timedelta(seconds=1)
    desk.products(counted)
    assert desk.stock() == {"mug": 9, "red": 1, "blue": 1, "cup": 5}


def test_an_index_update_does_not_lose_what_is_reserved(desk: Desk, tmp_path: Path) -> None:
    store, embedder = IndexStore(tmp_path / "index"), HashEmbedder()

    def update() -> None:
        found = read_whole(read_catalogue([desk.folder / "products.jsonl"]))
        update_index(desk.db, store, embedder, found.products, clock=desk.clock)

    update()
    desk.confirm(wishes("P-1", "D-1")["exchange"])
    reserved = {"mug": 13, "red": 5, "blue": 8}
    update()
    assert desk.stock() == reserved
    rebuild(desk.db, store, embedder, clock=desk.clock)
    assert desk.stock() == reserved
    (desk.folder / "products.jsonl").write_text(
        (desk.folder / "products.jsonl").read_text("utf-8").replace("Mug", "Cup"), "utf-8"
    )
    update()
    assert desk.stock() == reserved
    deliver(desk)
    rebuild(desk.db, store, embedder, clock=desk.clock)
    assert desk.stock() == reserved


def test_what_is_delivered_while_an_update_builds_is_not_lost(desk: Desk, tmp_path: Path) -> None:
    store = IndexStore(tmp_path / "index")
    found = read_whole(read_catalogue([desk.folder / "products.jsonl"]))

    def meanwhile(*_: Any) -> None:
        if not desk.after_sale("D-1"):
            desk.confirm(wishes("P-1", "D-1")["exchange"])
            deliver(desk)

    class Meanwhile(HashEmbedder):
        def encode_passages(self, *args: Any, **named: Any) -> Any:
            meanwhile()
            return super().encode_passages(*args, **named)

    update_index(desk.db, store, Meanwhile(), found.products, clock=desk.clock)
    assert desk.after_sale("D-1") == "requested"
    assert desk.stock() == {"mug": 13, "red": 5, "blue": 8}


def test_imports_and_changes_at_the_same_time(desk: Desk) -> None:
    orders = [order(f"R-{n}", "pending") for n in range(8)]
    desk.bring(CUSTOMER, *orders)
    stop = threading.Event()
    faults: list[BaseException] = []

    def import_again() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            try:
                desk.bring(CUSTOMER | {"phone": str(n)}, *[o | {"note": n} for o in orders])
            except BaseException as error:
                faults.append(error)

    thread = threading.Thread(target=import_again)
    thread.start()
    for n in range(8):
        desk.confirm(wishes(f"R-{n}", "D-1")["cancellation"])
    stop.set()
    thread.join()
    assert faults == []
    assert [desk.snapshot(f"R-{n}")["status"] for n in range(8)] == ["cancelled"] * 8
    assert desk.snapshot("R-0")["balances"]["gift"] == 10000 + 8 * 3750
