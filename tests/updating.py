"""Updates a shop's catalogue over and over, to be killed: python tests/updating.py FOLDER SEED.

Every catalogue has 40 products whose titles name it ("Edition 3 mug …"), so that a mixture shows.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from catalogue_fixtures import HashEmbedder, make_product

from agent.clock import pinned_clock
from agent.indexing import reconcile, update_index
from agent.orders.database import Database
from retrieval.catalogue import Product
from retrieval.store import IndexStore

CLOCK = pinned_clock(datetime(2026, 11, 21, tzinfo=UTC))


def edition(number: int) -> list[Product]:
    """The catalogue of one edition."""
    return [
        make_product(n, title={"en": f"Edition {number} mug {n}", "zh": f"第{number}版杯子 {n}"})
        for n in range(40)
    ]


def main(folder: Path, first: int) -> None:
    """Update for ever, one edition after another."""
    db, store, embedder = open_shop(folder)
    reconcile(db, store, embedder, clock=CLOCK)
    for number in range(first, first + 1000):
        update_index(db, store, embedder, edition(number), clock=CLOCK)
        print(number, flush=True)


def open_shop(folder: Path) -> tuple[Database, IndexStore, HashEmbedder]:
    """The database, the index and the embedder in a folder."""
    db = Database(f"sqlite:///{folder / 'shop.db'}")
    db.migrate()
    return db, IndexStore(folder / "index"), HashEmbedder()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
