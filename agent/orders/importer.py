"""Brings customers, orders, reviews, policies and products into the database.

Everything is validated before anything is written, over all files of one call together; one
transaction writes it. The same files again change nothing. Times relative to the import move
once a day: the same files a day later bring the sample shop up to date.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.errors import ImportFileError
from agent.orders.access.scope import SYSTEM
from agent.orders.batch import Batch, Entry, read_batch
from agent.orders.crosscheck import crosscheck
from agent.orders.database import Database
from agent.orders.forgetting import leave_out_erased, remember_returned
from agent.orders.naming import name_products
from agent.orders.tombstones import Marks
from agent.orders.undelivered import hold_stock
from agent.orders.writing import Sorted, drop_methods, keep_undelivered, sort_entries, write
from agent.products import compare, record_version, stored_products
from agent.products import write as write_products
from retrieval.catalogue import Problem

_KINDS = ("customer", "order", "review", "policy")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records of one kind there were, by what became of them.

    `kept`: they differ, and are left as they are for changes that the shop does not know yet.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or with `dry_run` would do. `notices` did not keep anything out."""

    counts: dict[str, Counts]
    notices: list[str] = field(default_factory=list)
    dry_run: bool = False

    @property
    def changed_anything(self) -> bool:
        """Whether a row was (or would be) written."""
        return any(counts.new or counts.changed for counts in self.counts.values())


def import_files(
    db: Database,
    files: Sequence[Path],
    *,
    clock: Clock,
    mapping: Path | None = None,
    dry_run: bool = False,
    marks: Marks | None = None,
) -> ImportReport:
    """Import files, or the files in folders, whose kinds are told by their content.

    `mapping` is a YAML file that turns a shop's own JSON (or a catalogue's columns) into our
    formats. `marks` are what customers who were erased are known by. Raises ImportFileError with
    every problem of every file, and SettingsError for want of `marks`; then nothing was written.
    """
    batch = read_batch(files, mapping, clock())
    with db.read(SYSTEM) if dry_run else db.write(SYSTEM) as session:
        forgotten = leave_out_erased(session, batch, marks)
        name_products(session, batch)
        problems = [*batch.problems, *crosscheck(session, batch)]
        problems.sort(key=lambda problem: (problem.file, problem.line))
        _refuse(batch, [problem for problem in problems if not problem.kept])
        kinds = {kind: sort_entries(session, kind, batch.of(kind)) for kind in _KINDS}
        keep_undelivered(session, kinds["order"], kinds["customer"], lock=not dry_run)
        counts = {kind: _count(found) for kind, found in kinds.items()}
        if not dry_run:
            _write(session, kinds)
            remember_returned(session, forgotten, marks, batch.now)
        counts["product"] = _import_products(session, batch, dry_run)
    notices = [str(problem) for problem in problems if problem.kept] + forgotten.notices()
    notices += [_kept(kind, entry) for kind, found in kinds.items() for entry in found.kept]
    if counts["product"].new or counts["product"].changed:
        notices.append("searches find the products as they are now after `shopclerk index rebuild`")
    return ImportReport({k: c for k, c in counts.items() if c != Counts()}, notices, dry_run)


def _refuse(batch: Batch, problems: list[Problem]) -> None:
    if problems:
        raise ImportFileError(
            f"nothing was imported; the first of {len(problems)} problems: {problems[0]}",
            [str(problem) for problem in problems],
        )
    if not batch.entries and not batch.products:
        raise ImportFileError("nothing was imported: the files hold no records")


def _write(session: Session, kinds: dict[str, Sorted]) -> None:
    for kind, entries in kinds.items():
        write(session, kind, entries)
    drop_methods(session, kinds["customer"].changed)


def _count(found: Sorted) -> Counts:
    return Counts(len(found.new), len(found.changed), len(found.unchanged), len(found.kept))


def _kept(kind: str, entry: Entry) -> str:
    message = f"{kind} {entry.record.key} is kept as it is: the shop does not know a change yet"
    return str(entry.row.problem("", message, kept=True))


def _import_products(session: Session, batch: Batch, dry_run: bool) -> Counts:
    """Add and update products; what the files do not name stays as it is.

    The catalogue becomes a version that no index has yet, so `index rebuild`, or the next start,
    builds one.
    """
    if not batch.products:
        return Counts()
    if not dry_run:
        hold_stock(session)
    given = {product.id: product for product in batch.products}
    stored = stored_products(session)
    own = {product.id for product in stored} - given.keys()
    kept = [given.pop(product.id, product) for product in stored]
    catalogue = [*kept, *given.values()]
    changes = compare(session, catalogue, batch.now, own=own)
    new, changed = len(changes.added), len(changes.changed)
    if not dry_run and (new or changed):
        version = f"import-{batch.now:%Y%m%dT%H%M%S%f}"
        record_version(session, version, "", len(catalogue), batch.now)
        write_products(session, changes, version)
    return Counts(new, changed, len(batch.products) - new - changed)
