"""What `index update` takes: from nothing, and after a hundredth of the catalogue has changed.

The path of the command is measured whole: reading the file, comparing with SQL, building, writing
SQL, switching.
"""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent.clock import system_clock
from agent.indexing import update_index
from agent.orders.database import Database
from retrieval.build import Progress, no_progress
from retrieval.catalogue import Product, product_row
from retrieval.embedders import Embedder
from retrieval.passages import passages
from retrieval.store import IndexStore
from ui.collecting import seldom_collecting
from ui.measuring.composing import rewritten
from ui.measuring.opening import read_products
from ui.measuring.vectors import KeptVectors
from ui.progress import stage_bars

Say = Callable[[str], None]

_EVERY = 100
_SAMPLE = 512


@dataclass(frozen=True, slots=True)
class Measured:
    """One update: seconds to read the file and in all; products changed, passages embedded."""

    read_s: float
    total_s: float
    changed: int
    embedded: int

    def as_dict(self) -> dict[str, Any]:
        """Rounded, for a report."""
        return {
            "read_s": round(self.read_s, 2),
            "total_s": round(self.total_s, 2),
            "changed": self.changed,
            "embedded": self.embedded,
        }


def updates(
    products: Sequence[Product],
    folder: Path,
    kept: KeptVectors,
    model: Embedder,
    dictionary: Path | None,
    say: Say,
) -> dict[str, Any]:
    """A full build and two updates in a scratch folder under `folder`, and their ratios.

    The full build takes vectors from `kept`; the updates embed by `model` alone, as the command
    does. What embedding the whole catalogue by `model` would take is estimated from a sample.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="update-") as name:
        scratch = Path(name)
        db = Database(f"sqlite:///{scratch / 'shop.db'}")
        db.migrate()
        store = IndexStore(scratch / "index", dictionary=dictionary)

        def update(goods: Sequence[Product], embedder: Embedder) -> Measured:
            file = scratch / "products.jsonl"
            _write(file, goods)
            with stage_bars() as progress:
                return _update(db, store, file, embedder, progress)

        say("building the whole")
        different = {p.text: None for product in products for p in passages(product)}
        kept.encode_passages(list(different))
        full = update(products, kept)
        rate = _rate(list(different), model)
        say("changing 1 % of the texts")
        rewritten_goods = _with_other_texts(products)
        texts = update(rewritten_goods, model)
        say("changing 1 % of the prices")
        prices = update(_with_other_prices(rewritten_goods), model)
        sizes = _sizes(store, scratch)
        db.dispose()
    embedding = len(different) / rate
    whole = full.total_s + embedding
    return {
        "different_passages": len(different),
        "full": full.as_dict() | {"without_embedding": True},
        "texts_per_second_on_one_core": round(rate, 1),
        "embedding_all_estimated_s": round(embedding, 1),
        "full_with_embedding_s": round(whole, 1),
        "one_percent_of_texts": texts.as_dict() | _shares(texts, full, whole),
        "one_percent_of_prices": prices.as_dict() | _shares(prices, full, whole),
        "bytes_on_disk": sizes,
    }


def _update(
    db: Database,
    store: IndexStore,
    file: Path,
    embedder: Embedder,
    progress: Progress = no_progress,
) -> Measured:
    started = time.perf_counter()
    with seldom_collecting():
        products = read_products(file, None)
        read = time.perf_counter() - started
        report = update_index(db, store, embedder, products, clock=system_clock, progress=progress)
    total = time.perf_counter() - started
    return Measured(read, total, report.added + report.changed, report.embedded)


def _with_other_texts(products: Sequence[Product]) -> list[Product]:
    """Every hundredth with a title and description that are half the next one's."""
    goods = list(products)
    for number in range(0, len(goods), _EVERY):
        goods[number] = rewritten(goods[number], goods[(number + 1) % len(goods)])
    return goods


def _with_other_prices(products: Sequence[Product]) -> list[Product]:
    """Every hundredth costs one cent more."""
    goods = list(products)
    for number in range(_EVERY // 2, len(goods), _EVERY):
        goods[number] = replace(goods[number], price=goods[number].price + Decimal("0.01"))
    return goods


def _rate(texts: Sequence[str], model: Embedder) -> float:
    """Texts a second that `model` embeds."""
    sample = random.Random(7).sample(texts, min(_SAMPLE, len(texts)))
    model.encode_passages(sample[:1])
    started = time.perf_counter()
    model.encode_passages(sample)
    return len(sample) / (time.perf_counter() - started)


def _shares(update: Measured, full: Measured, whole: float) -> dict[str, float]:
    return {
        "of_full": round(update.total_s / whole, 4),
        "of_full_without_embedding": round(update.total_s / full.total_s, 4),
    }


def _sizes(store: IndexStore, scratch: Path) -> dict[str, int]:
    """Bytes of one version, of its largest parts, and of the database."""
    version = store.folder / "versions" / store.current()
    files = {path.name: path.stat().st_size for path in version.rglob("*") if path.is_file()}
    return {
        "version": sum(files.values()),
        **{name: size for name, size in sorted(files.items(), key=lambda i: -i[1]) if size > 4096},
        "database": (scratch / "shop.db").stat().st_size,
    }


def _write(file: Path, products: Sequence[Product]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for product in products:
            stream.write(json.dumps(product_row(product), ensure_ascii=False) + "\n")
