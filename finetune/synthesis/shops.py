"""Opens a scratch shop for real: database, index, policies, the tools that serve."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.clock import pinned_clock
from agent.indexing import update_index
from agent.orders.database import Database
from agent.orders.importer import import_files
from agent.settings import Settings
from agent.shop import Shop, open_shop
from finetune.synthesis.models import NOW, Buyer, World
from finetune.synthesis.worlds import policy_files
from retrieval.catalogue import read_catalogue, read_whole
from retrieval.embedders import Embedder
from retrieval.store import IndexStore


@contextmanager
def scratch_shop(world: World, folder: Path, embedder: Embedder | None) -> Iterator[Shop]:
    """The world's shop, imported into `folder`, which is emptied before and after.

    Without an embedder it is searched by words alone.
    """
    shutil.rmtree(folder, ignore_errors=True)
    files = folder / "files"
    files.mkdir(parents=True)
    _write(files / "products.jsonl", [ware.row for ware in world.wares])
    _write(files / "customers.jsonl", [_customer(buyer) for buyer in world.buyers])
    _write(files / "orders.jsonl", [purchase.row for _, purchase in world.purchases()])
    for name, text in policy_files(world):
        (files / name).write_text(text, "utf-8")
    settings = Settings(_env_file=None, home=folder, index_url="", database_url="")
    clock = pinned_clock(NOW)
    db = Database(f"sqlite:///{folder / 'shop.db'}")
    db.migrate()
    records = [path for path in sorted(files.iterdir()) if path.stem != "products"]
    import_files(db, records, clock=clock)
    products = read_whole(read_catalogue([files / "products.jsonl"])).products
    update_index(db, IndexStore(settings.index_dir), embedder, products, clock=clock)
    db.dispose()
    shop = open_shop(settings, clock, embedder)
    try:
        yield shop
    finally:
        shop.close()
        shutil.rmtree(folder, ignore_errors=True)


def _customer(buyer: Buyer) -> dict[str, object]:
    return {
        "id": buyer.id,
        "first_name": f"No. {buyer.id}",
        "email": f"{buyer.id.lower()}@example.com",
        "locale": buyer.locale,
        "address": buyer.address,
        "payment_methods": buyer.methods,
    }


def _write(file: Path, rows: list[dict[str, object]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
