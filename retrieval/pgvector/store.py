"""The index in PostgreSQL: whole versions side by side, and one row that says which serves.

A version's tables are made and filled in the transaction that records it, so it appears only whole,
and never changes. Switching is one UPDATE, seen by every process. A reader holds a shared advisory
lock on what it has open, the writer one of its own. PostgreSQL's checksums guard the pages; ours
are compared by `verify`, and the counts of rows whenever a version is opened.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from retrieval.build import TEXTS, Progress, content_hash, no_progress
from retrieval.catalogue import Product
from retrieval.embedders import Embedder
from retrieval.errors import IndexDamaged, IndexMissing, IndexStoreError
from retrieval.filters import Filters
from retrieval.manifest import Manifest
from retrieval.passages import passages
from retrieval.pgvector.building import Known, draft, write_version
from retrieval.pgvector.index import (
    EXACT_UP_TO,
    PostgresIndex,
    damaged,
    number_of,
    read_manifest,
    read_products,
)
from retrieval.pgvector.server import Server
from retrieval.pgvector.tables import Tables, current, versions, words_digest
from retrieval.probe import probe

FRESH = 1.0
"""For so many seconds a process trusts what it last saw of the pointer."""

_WRITER = 0  # the number of the writer's lock


class PostgresStore:
    """A `Store` in the database at `url`, postgresql://USER@HOST/NAME.

    `keep`: versions that `prune` leaves. `dictionary`: what builds translate queries with.
    Raises IndexStoreError for a URL that cannot be.
    """

    def __init__(
        self,
        url: str,
        *,
        keep: int = 3,
        dictionary: Path | None = None,
        fresh: float = FRESH,
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        self.dictionary = dictionary
        self._server = Server(url)
        self._keep, self._fresh, self._exact_up_to = keep, fresh, exact_up_to
        self._seen: tuple[float, tuple[int, int] | None] | None = None

    # -- reading

    def stamp(self) -> tuple[int, int] | None:
        """Changes with every switch; None: there is no index. One query a second."""
        now = time.monotonic()
        if self._seen is None or now - self._seen[0] >= self._fresh:
            pointer = self._pointer()
            stamp = (number_of(pointer[0]), pointer[2]) if pointer else None
            self._seen = now, stamp
            return stamp
        return self._seen[1]

    def current(self) -> str:
        """The version that serves. Raises IndexMissing."""
        return self._serving()[0]

    def open(self) -> PostgresIndex:
        """Open the current version. Raises IndexMissing, IndexDamaged."""
        name, seal = self._serving()
        return self._open(name, seal)

    def open_last_good(self) -> PostgresIndex:
        """Open the newest version that is whole. Raises IndexDamaged where none is."""
        for name in reversed(self.versions()):
            try:
                return self._open(name)
            except IndexDamaged:
                continue
        raise IndexDamaged(
            f"no version of the index in {self._server} is whole; run `shopclerk index rebuild`"
        )

    def versions(self) -> list[str]:
        """Names of all versions, oldest first."""
        try:
            with self._server.reading() as connection:
                return list(connection.scalars(select(versions.c.name).order_by(versions.c.name)))
        except IndexDamaged:  # there is no such table: nothing was ever written here
            return []

    def manifest(self, name: str) -> Manifest:
        """A version's manifest, its tables not compared. Raises IndexMissing, IndexDamaged."""
        self._require(name)
        with self._server.reading(name) as connection:
            return read_manifest(connection, name)

    def products(self, name: str) -> Iterator[Product]:
        """The products of a version, after it was verified. Raises IndexDamaged."""
        self._check(name)
        return self._read(name)

    def verify(self) -> dict[str, str]:
        """Each version, and the pointer as "current", with what is wrong ("": nothing)."""
        return {name: self.fault(name) for name in self.versions()} | {"current": self.fault()}

    def fault(self, name: str | None = None) -> str:
        """What is wrong with a version, by default with the pointer and the current one."""
        try:
            self._check(*((name, None) if name is not None else self._serving()))
        except IndexStoreError as error:
            return str(error)
        return ""

    # -- writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer. Raises IndexStoreError while another process or thread is."""
        lock = self._server.lock(_WRITER, shared=False)
        if lock is None:
            raise IndexStoreError(
                f"another update of the index in {self._server} is running; wait for it to end"
            )
        try:
            self._server.prepare()
            yield
        finally:
            lock.release()

    def build(
        self,
        products: Sequence[Product],
        embedder: Embedder | None,
        *,
        built_at: str,
        progress: Progress = no_progress,
        reuse: bool = True,
    ) -> Manifest:
        """Write and verify a new version beside the others; nothing is switched.

        With `reuse`, the vectors that the current version has of equal passages under equal weights
        are taken over. Words are cut anew: nothing of a build is kept outside the database. A large
        graph is soon made only where the server's maintenance_work_mem holds it.
        """
        names = self.versions()
        number = number_of(names[-1]) + 1 if names else 1
        name = f"{number:06d}-{self.content_hash(products, embedder)[:12]}"
        known = self._known(embedder) if reuse else Known()
        made = draft(products, embedder, known, self.dictionary, progress)
        with self._server.transaction(name) as connection:
            manifest = write_version(
                connection,
                made,
                embedder,
                known,
                version=name,
                built_at=built_at,
                graph=embedder is not None and len(made.passages) > self._exact_up_to,
            )
        built = self._open(name, manifest.seal, products)
        probe(built.within(Filters()), products, embedder)
        return manifest

    def content_hash(self, products: Sequence[Product], embedder: Embedder | None) -> str:
        """Equal for what `build` would make the same version of."""
        return content_hash(products, embedder, self.dictionary)

    def count_unknown(self, products: Sequence[Product], embedder: Embedder | None) -> int:
        """How many passages a build would have to embed."""
        known = self._known(embedder).hashes
        hashes = {passage.hash for product in products for passage in passages(product)}
        return len(hashes.difference(known)) if embedder else 0

    def switch(self, name: str) -> None:
        """Let the whole version `name` serve from now on. Raises IndexDamaged where it is not."""
        seal = self._check(name).seal
        row = insert(current).values(one=True, name=name, seal=seal, switches=1)
        switched = row.on_conflict_do_update(
            index_elements=[current.c.one],
            set_={"name": name, "seal": seal, "switches": current.c.switches + 1},
        )
        with self._server.transaction() as connection:
            connection.execute(switched)
        self._seen = None

    def before(self, name: str) -> str:
        """The newest whole version older than `name`. Raises IndexMissing where there is none."""
        for older in reversed([other for other in self.versions() if other < name]):
            if not self.fault(older):
                return older
        raise IndexMissing(f"there is no whole version before {name} to roll back to")

    def prune(self) -> list[str]:
        """Remove what is older than the newest few, unless it serves or is open; the names."""
        try:
            serving = self.current()
        except IndexStoreError:
            return []
        candidates = [name for name in self.versions() if name != serving]
        spare = max(self._keep - 1, 0)
        old = candidates[: len(candidates) - spare]
        return [name for name in old if self._remove_unused(name)]

    # -- inside

    def _open(
        self, name: str, seal: str | None = None, products: Sequence[Product] = ()
    ) -> PostgresIndex:
        return PostgresIndex(self._server, name, seal, products, exact_up_to=self._exact_up_to)

    def _read(self, name: str) -> Iterator[Product]:
        with self._server.transaction(name) as connection:
            yield from read_products(connection, Tables.of(name, 0), name)

    def _pointer(self) -> tuple[str, str, int] | None:
        try:
            with self._server.reading() as connection:
                query = select(current.c.name, current.c.seal, current.c.switches)
                row = connection.execute(query).one_or_none()
        except IndexDamaged:  # there is no such table: nothing was ever written here
            return None
        return None if row is None else (row.name, row.seal, row.switches)

    def _serving(self) -> tuple[str, str]:
        pointer = self._pointer()
        if pointer is None:
            raise IndexMissing(
                f"no catalogue is indexed in {self._server}; run `shopclerk index update FILE`"
            )
        return pointer[:2]

    def _require(self, name: str) -> None:
        if name not in self.versions():
            raise IndexMissing(f"there is no index version {name!r} in {self._server}")

    def _check(self, name: str, seal: str | None = None) -> Manifest:
        """A version's manifest, after every table was compared with it."""
        self._require(name)
        with self._server.reading(name) as connection:
            manifest = read_manifest(connection, name, seal)
            digests = Tables.of(name, manifest.dimension).digests(connection)
            query = select(versions.c.lexicon, versions.c.step).where(versions.c.name == name)
            digests["lexicon"] = words_digest(*connection.execute(query).one())
        changed = [table for table, digest in manifest.files.items() if digests[table] != digest]
        if changed:
            raise damaged(name, [f"{table} is changed or truncated" for table in changed])
        return manifest

    def _known(self, embedder: Embedder | None) -> Known:
        """What of the current version can be taken over; nothing where it is damaged."""
        try:
            name, seal = self._serving()
            manifest = self._check(name, seal)
        except IndexStoreError:
            return Known()
        made_by = (manifest.weights_hash, manifest.texts)
        if embedder is None or made_by != (embedder.weights_hash, TEXTS):
            return Known()
        old = Tables.of(name, manifest.dimension).passages
        with self._server.reading(name) as connection:
            return Known(frozenset(connection.scalars(select(old.c.hash))), old)

    def _remove_unused(self, name: str) -> bool:
        """Whether no reader has it open, so that it is gone now, whole and at once."""
        with self._server.transaction(name) as connection:
            if not self._server.lock_here(connection, number_of(name)):
                return False
            connection.execute(delete(versions).where(versions.c.name == name))
            Tables.of(name, 0).metadata.drop_all(connection)
        return True
