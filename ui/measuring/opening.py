"""Opens what is measured: a catalogue, the embedding model on every core, an index of its own."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from agent.clock import system_clock
from agent.settings import Settings
from retrieval.catalogue import Product
from retrieval.embedders import Embedder
from retrieval.errors import CatalogueError, IndexStoreError
from retrieval.inputs.report import ReadReport
from retrieval.inputs.sources import catalogue_files
from retrieval.store import IndexStore
from ui import materials
from ui.measuring.vectors import KeptVectors
from ui.progress import stage_bars


def catalogue_in(folder: Path) -> Path | None:
    """The `products` file or folder in a folder of judgements; None where there is none.

    Raises CatalogueError where there are several.
    """
    found = sorted(
        path for path in folder.glob("products*") if path.stem.split(".")[0] == "products"
    )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise CatalogueError(f"{folder}: {names}: name the one that was judged with --products")
    return found[0] if found else None


def read_products(source: Path, map_: Path | None) -> list[Product]:
    """The usable products of a file or folder. Raises CatalogueError where there is none."""
    report = ReadReport()
    products = list(report.sift(materials.read_files([source], map_)))
    if not products:
        first = "".join(f"; first: {problem}" for problem in report.bad[:1])
        raise CatalogueError(f"{source}: no usable product{first}")
    return products


def kept_vectors(settings: Settings) -> KeptVectors:
    """The embedding model, once for each core; its vectors are kept under the state folder."""
    first = materials.fetched_embedder(settings)
    more = [materials.fetched_embedder(settings) for _ in range(len(os.sched_getaffinity(0)) - 1)]
    return KeptVectors(settings.home / "bench" / "vectors", [first, *more])


def open_index(
    settings: Settings, folder: Path, products: Sequence[Product], embedder: Embedder
) -> IndexStore:
    """The index of these products in `folder`, built where it is not yet."""
    store = IndexStore(folder, keep=1, dictionary=materials.fetched_dictionary(settings))
    with store.writing(), stage_bars() as progress:
        if not _is_current(store, products, embedder):
            built = store.build(
                products, embedder, built_at=system_clock().isoformat(), progress=progress
            )
            store.switch(built.version)
            store.prune()
    return store


def _is_current(store: IndexStore, products: Sequence[Product], embedder: Embedder) -> bool:
    try:
        return store.current().endswith(store.content_hash(products, embedder)[:12])
    except IndexStoreError:
        return False


def folder_for(settings: Settings, source: Path) -> Path:
    """Where the index of a judged catalogue is kept: by the bytes of its files."""
    digest = hashlib.sha256()
    for file in catalogue_files([source]):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return settings.home / "eval" / digest.hexdigest()[:16]
