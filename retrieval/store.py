"""The index on disk: whole versions side by side, and a pointer that is switched atomically.

    INDEX/current            "NAME SEAL": the version that serves, and its manifest's checksum
    INDEX/versions/NAME/     manifest.json, products.jsonl, passages.jsonl, vectors.faiss, words/
    INDEX/writer.lock        held by whoever builds

A version appears under `versions` only whole (built in a hidden folder, synced, renamed) and never
changes. A reader holds a shared lock on what it has open.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from retrieval.build import CUT, TEXTS, Progress, content_hash, no_progress, write_version
from retrieval.catalogue import Product
from retrieval.earlier import EarlierProducts, Known, passages_by_product
from retrieval.embedders import Embedder
from retrieval.errors import IndexDamaged, IndexMissing, IndexStoreError
from retrieval.manifest import Manifest, read_manifest
from retrieval.passages import passages
from retrieval.probe import probe
from retrieval.snapshot import (
    IN_USE,
    PASSAGES,
    PRODUCTS,
    VECTORS,
    WORDS,
    Files,
    Ranked,
    Snapshot,
    checked_manifest,
    read_products,
)
from retrieval.vectors import VectorIndex

_NAME = re.compile(r"\d{6}-[0-9a-f]{12}")
_POINTER = re.compile(rf"({_NAME.pattern}) ([0-9a-f]{{64}})\n")


class IndexStore:
    """All versions of one index. Safe for many readers and one writer, in many processes.

    `keep`: versions that `prune` leaves. `dictionary`: what builds translate queries with.
    """

    def __init__(self, folder: Path, *, keep: int = 3, dictionary: Path | None = None) -> None:
        self.folder = folder
        self.dictionary = dictionary
        self._versions = folder / "versions"
        self._pointer = folder / "current"
        self._keep = keep

    # -- reading

    def stamp(self) -> tuple[int, int] | None:
        """Changes whenever the pointer does; None: there is no index. Costs one `stat`."""
        try:
            status = self._pointer.stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def current(self) -> str:
        """The version that the pointer names. Raises IndexMissing, IndexDamaged."""
        return self._read_pointer()[0]

    def open(self) -> Snapshot:
        """Verify and open the current version. Raises IndexMissing, IndexDamaged."""
        name, seal = self._read_pointer()
        return Snapshot(self._versions / name, seal)

    def open_last_good(self) -> Snapshot:
        """Open the newest version that is whole, whatever the pointer says.

        For serving on when the current one is damaged. Where none is whole, the newest of which
        only the vectors are damaged opens as one of words alone. Raises IndexDamaged where there
        is none of that either.
        """
        for by_words in (False, True):
            for name in reversed(self.versions()):
                try:
                    return Snapshot(self._versions / name, by_words=by_words)
                except IndexDamaged:
                    continue
        raise IndexDamaged(
            f"no version of the index in {self.folder} is whole; run `shopclerk index rebuild`"
        )

    def versions(self) -> list[str]:
        """Names of all versions on disk, oldest first."""
        if not self._versions.is_dir():
            return []
        return sorted(p.name for p in self._versions.iterdir() if _NAME.fullmatch(p.name))

    def manifest(self, name: str) -> Manifest:
        """A version's manifest, its files not compared. Raises IndexDamaged."""
        return read_manifest(self._folder(name))

    def products(self, name: str) -> Iterator[Product]:
        """The products of a version, after it was verified. Raises IndexDamaged."""
        checked_manifest(self._folder(name))
        return read_products(self._folder(name))

    def verify(self) -> dict[str, str]:
        """Each version on disk, and the pointer as "current", with what is wrong ("": nothing)."""
        return {name: self.fault(name) for name in self.versions()} | {"current": self.fault()}

    def fault(self, name: str | None = None) -> str:
        """What is wrong with a version, by default with the pointer and the current one."""
        try:
            current, seal = self._read_pointer() if name is None else (name, None)
            checked_manifest(self._folder(current), seal)
        except IndexStoreError as error:
            return str(error)
        return ""

    # -- writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer. Raises IndexStoreError while another process or thread is."""
        self._versions.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise IndexStoreError(
                f"another update of the index in {self.folder} is running; wait for it to end"
            ) from None
        try:
            yield
        finally:
            os.close(descriptor)

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

        With `reuse`, what the current version has of equal texts under equal weights is taken
        over: vectors of passages and words of products.
        Raises IndexStoreError where it cannot be written.
        """
        name = f"{self._next_number():06d}-{self.content_hash(products, embedder)[:12]}"
        building = self._versions / f".building-{name}"
        try:
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir(parents=True)
            manifest = write_version(
                building,
                products,
                embedder,
                version=name,
                built_at=built_at,
                known=self._known(embedder) if reuse else Known(),
                dictionary=self.dictionary,
                progress=progress,
            )
            _sync_tree(building)
            building.rename(self._versions / name)
            _sync(self._versions)
        except OSError as error:
            shutil.rmtree(building, ignore_errors=True)
            raise IndexStoreError(f"cannot write the index in {self.folder}: {error}") from error
        ids = [product.id for product in products]
        built = Files(self._versions / name, manifest.seal, ids)
        probe(Ranked(built), products, embedder)
        return manifest

    def content_hash(self, products: Sequence[Product], embedder: Embedder | None) -> str:
        """Equal for what `build` would make the same version of."""
        return content_hash(products, embedder, self.dictionary)

    def count_unknown(self, products: Sequence[Product], embedder: Embedder | None) -> int:
        """How many passages a build would have to embed."""
        known = self._known(embedder).vectors
        hashes = {passage.hash for product in products for passage in passages(product)}
        return len(hashes.difference(known)) if embedder else 0

    def switch(self, name: str) -> None:
        """Let the whole version `name` serve from now on. Raises IndexDamaged where it is not."""
        manifest = checked_manifest(self._folder(name))
        draft = self._pointer.with_suffix(".new")
        draft.write_text(f"{name} {manifest.seal}\n")
        _sync(draft)
        draft.replace(self._pointer)
        _sync(self.folder)

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
        for leftover in self._versions.glob(".building-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        candidates = [name for name in self.versions() if name != serving]
        spare = max(self._keep - 1, 0)
        old = candidates[: len(candidates) - spare]
        return [name for name in old if self._remove_unused(name)]

    # -- inside

    def _folder(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or not (self._versions / name).is_dir():
            raise IndexMissing(f"there is no index version {name!r} in {self.folder}")
        return self._versions / name

    def _read_pointer(self) -> tuple[str, str]:
        try:
            raw = self._pointer.read_bytes()
        except FileNotFoundError:
            raise IndexMissing(
                f"no catalogue is indexed in {self.folder}; run `shopclerk index update FILE`"
            ) from None
        if match := _POINTER.fullmatch(raw.decode("ascii", "replace")):
            return match[1], match[2]
        raise IndexDamaged(
            f"the index pointer {self._pointer} is damaged; run `shopclerk index rollback` or "
            "`shopclerk index rebuild`"
        )

    def _next_number(self) -> int:
        names = self.versions()
        return int(names[-1][:6]) + 1 if names else 1

    def _known(self, embedder: Embedder | None) -> Known:
        """What of the current version can be taken over; nothing where it is damaged."""
        try:
            name, seal = self._read_pointer()
            folder = self._folder(name)
            manifest = checked_manifest(folder, seal)
        except IndexStoreError:
            return Known()
        products = EarlierProducts(folder / PRODUCTS)
        cut = folder / WORDS if manifest.cut == CUT else None
        made_by = (manifest.weights_hash, manifest.texts)
        if embedder is None or made_by != (embedder.weights_hash, TEXTS):
            return Known(products, cut)
        index = VectorIndex.load(folder / VECTORS)
        texts = passages_by_product(folder / PASSAGES, manifest.products)
        hashes = [name for of in texts for _, name in of]
        return Known(products, cut, texts, dict(zip(hashes, index.matrix, strict=True)), index)

    def _remove_unused(self, name: str) -> bool:
        """Rename first, so that no reader finds half a version, unless a reader has it open."""
        folder = self._versions / name
        try:
            descriptor = os.open(folder / IN_USE, os.O_RDONLY)
        except FileNotFoundError:
            descriptor = -1
        try:
            if descriptor >= 0:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            going = folder.with_name(f".building-{name}")
            folder.rename(going)
            shutil.rmtree(going, ignore_errors=True)
        except BlockingIOError:
            return False
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_tree(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        _sync(path)
