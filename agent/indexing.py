"""Keeps the products in SQL and the index on disk one catalogue version.

An update builds and verifies the new index beside the old, then writes products and version in one
SQL transaction, then switches the index's pointer. Killed before the transaction, nothing has
changed but an unused folder. Killed after it, SQL names a version that lies whole on disk, and
`reconcile` only has to switch to it. So SQL leads: what it records is what was meant.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from agent.clock import Clock
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.undelivered import hold_stock
from agent.products import (
    Changes,
    compare,
    record_version,
    recorded_version,
    stored_products,
    write,
)
from retrieval.build import Progress, no_progress
from retrieval.catalogue import Product
from retrieval.embedders import Embedder
from retrieval.engine import Store
from retrieval.errors import CatalogueError, IndexMissing
from retrieval.manifest import Manifest

MOST_LOST = 0.30
"""The share of its products that a catalogue may lose in one update without `force`."""


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What was done, or with `dry_run` would be. `embedded`: passages that had to be embedded."""

    version: str
    products: int
    added: int
    changed: int
    removed: int
    unchanged: int
    embedded: int
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def update_index(
    db: Database,
    store: Store,
    embedder: Embedder | None,
    products: Sequence[Product],
    *,
    clock: Clock,
    force: bool = False,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> UpdateReport:
    """Make `products` the whole catalogue, in SQL and in the index, as one version.

    Only passages that changed are embedded. The same catalogue again makes no new version, but
    SQL is brought back to it. Raises CatalogueError where the catalogue is empty, has an
    impossible price, or lost too many products and `force` is not set; IndexStoreError where the
    index cannot be written or another update is running.
    """
    if not products:
        raise CatalogueError("the catalogue holds no usable product; nothing was changed")
    with store.writing():
        stated_at = clock()
        with db.read(SYSTEM) as session:
            changes = compare(session, products, clock())
            recorded = recorded_version(session)
        if not force:
            _refuse_loss(changes)
        digest = store.content_hash(products, embedder)
        same = recorded is not None and recorded.content_hash == digest
        current = recorded.id if recorded and same and _serves(store, recorded.id) else ""
        if dry_run:
            fresh = 0 if current else store.count_unknown(products, embedder)
            return _report(changes, current, fresh, dry_run=True)
        if current:
            _write(db, products, clock, current, digest, as_of=stated_at)
            return _report(changes, current, 0)
        built = store.build(products, embedder, built_at=clock().isoformat(), progress=progress)
        changes = _write(db, products, clock, built.version, digest, as_of=stated_at)
        store.switch(built.version)
        store.prune()
        return _report(changes, built.version, built.embedded)


def rebuild(
    db: Database,
    store: Store,
    embedder: Embedder | None,
    *,
    clock: Clock,
    progress: Progress = no_progress,
) -> Manifest:
    """Build the index anew from the products in SQL, taking nothing over from earlier versions.

    Raises IndexMissing where SQL holds no products.
    """
    with store.writing():
        return _rebuild(db, store, embedder, clock, progress)


def rollback(db: Database, store: Store, *, clock: Clock) -> UpdateReport:
    """Go back to the newest whole version before the current one, in SQL and in the index.

    Stock stays as SQL has it; that of products which come back is as of their version. Raises
    IndexMissing where there is none.
    """
    with store.writing():
        name = store.before(_recorded(db) or store.current())
        products = list(store.products(name))
        digest, own = store.content_hash(products, None), {product.id for product in products}
        stated_at = datetime.fromisoformat(store.manifest(name).built_at)
        changes = _write(db, products, clock, name, digest, as_of=stated_at, own=own)
        store.switch(name)
        return _report(changes, name, 0)


def reconcile(
    db: Database,
    store: Store,
    embedder: Embedder | None,
    *,
    clock: Clock,
    progress: Progress = no_progress,
) -> str:
    """Bring the index to the version that SQL records, as after a kill; what was done, or "".

    Switches to that version where it lies whole on disk, else rebuilds it. To be called at start.
    """
    recorded = _recorded(db)
    if not recorded or _serves(store, recorded):
        return ""
    with store.writing():
        if recorded in store.versions() and not store.fault(recorded):
            store.switch(recorded)
            return f"the index was switched to {recorded}, which the database had recorded"
        built = _rebuild(db, store, embedder, clock, progress)
        return f"the index of {recorded} was missing or damaged; it was rebuilt as {built.version}"


def _rebuild(
    db: Database,
    store: Store,
    embedder: Embedder | None,
    clock: Clock,
    progress: Progress,
) -> Manifest:
    with db.read(SYSTEM) as session:
        products = stored_products(session)
    if not products:
        raise IndexMissing("the database holds no products; run `shopclerk index update FILE`")
    built = store.build(
        products, embedder, built_at=clock().isoformat(), progress=progress, reuse=False
    )
    digest, own = store.content_hash(products, embedder), {product.id for product in products}
    _write(db, products, clock, built.version, digest, own=own)
    store.switch(built.version)
    store.prune()
    return built


def _recorded(db: Database) -> str:
    with db.read(SYSTEM) as session:
        version = recorded_version(session)
    return version.id if version else ""


def _serves(store: Store, version: str) -> bool:
    return not store.fault() and store.current() == version


def _write(
    db: Database,
    products: Sequence[Product],
    clock: Clock,
    version: str,
    digest: str,
    *,
    as_of: datetime | None = None,
    own: Collection[str] = (),
) -> Changes:
    """The one transaction. Compared again inside it: orders may have taken stock meanwhile."""
    with db.write(SYSTEM) as session:
        hold_stock(session)
        changes = compare(session, products, clock(), as_of=as_of, own=own)
        record_version(session, version, digest, len(products), clock())
        write(session, changes, version)
    return changes


def _refuse_loss(changes: Changes) -> None:
    lost = len(changes.removed)
    if changes.before and lost / changes.before > MOST_LOST:
        raise CatalogueError(
            f"this catalogue lacks {lost} of the {changes.before} products "
            f"({lost / changes.before:.0%}) that the shop has now; nothing was changed; "
            "use --force if that is meant"
        )


def _report(
    changes: Changes, version: str, embedded: int, *, dry_run: bool = False
) -> UpdateReport:
    return UpdateReport(
        version=version,
        products=changes.after,
        added=len(changes.added),
        changed=len(changes.changed),
        removed=len(changes.removed),
        unchanged=changes.unchanged,
        embedded=embedded,
        dry_run=dry_run,
    )
