"""tau-bench's retail shop, imported into a state folder of its own, and copied for a batch."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.clock import pinned_clock
from agent.indexing import update_index
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.importer import import_files
from agent.products import stored_products
from agent.settings import CHECKOUT, Settings
from agent.shop import Shop, open_shop
from finetune.evaluation.retail.tasks import FILES, MAPPING, Task
from retrieval.store import IndexStore

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
"""When the shop was imported, and when all that happens in it happens."""
DEFAULT = CHECKOUT.parent / "shared" / "data" / "retail_orders"
_MOST_OF_A_VARIANT = 8  # of the ten that each has


def import_shop(source: Path, into: Path) -> Path:
    """The database file of the whole shop, its index beside it; `into` is an empty folder."""
    file = into / "shop.db"
    db = Database(f"sqlite:///{file}")
    db.migrate()
    clock = pinned_clock(NOW)
    import_files(db, [source / name for name in FILES], clock=clock, mapping=MAPPING)
    with db.read(SYSTEM) as session:
        products = list(stored_products(session))
    update_index(db, IndexStore(into / "index"), None, products, clock=clock)
    db.dispose()
    return file


@contextmanager
def copied_shop(imported: Path, home: Path) -> Iterator[Shop]:
    """The shop as it was imported, open in the new folder `home`."""
    home.mkdir()
    shutil.copy(imported, home / "shop.db")
    (home / "index").symlink_to(imported.parent / "index", target_is_directory=True)
    settings = Settings(_env_file=None, home=home, database_url="", index_url="")
    shop = open_shop(settings, pinned_clock(NOW))
    try:
        yield shop
    finally:
        shop.close()
        shutil.rmtree(home, ignore_errors=True)


def batches(sound: Sequence[Task]) -> Iterator[list[Task]]:
    """Tasks that can share a database: no customer twice, and no variant beyond its ten pieces."""
    waiting = list(sound)
    while waiting:
        taken: list[Task] = []
        people: set[str] = set()
        wanted: Counter[str] = Counter()
        for task in waiting:
            items = [i for a in task.actions for i in a["kwargs"].get("new_item_ids", [])]
            if task.customer not in people and all(wanted[i] < _MOST_OF_A_VARIANT for i in items):
                taken.append(task)
                people.add(task.customer)
                wanted.update(items)
        waiting = [task for task in waiting if task not in taken]
        yield taken
