"""One version of the index, verified and opened for reading; it never changes."""

import fcntl
import json
import os
import weakref
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Product, product_of
from retrieval.codes import holds_codes
from retrieval.contents import Contents
from retrieval.embedders import Matrix
from retrieval.engine import Scored, Worded
from retrieval.errors import IndexDamaged
from retrieval.facets import Mask
from retrieval.filters import Filters, Sort
from retrieval.lexical import Group, Scores, WordIndex, top_rows
from retrieval.lexicon import Lexicon, QueryWords
from retrieval.manifest import Manifest, damage, read_manifest
from retrieval.understanding.vocabulary import Vocabulary
from retrieval.vectors import VectorIndex
from retrieval.words import code

PRODUCTS, PASSAGES, VECTORS = "products.jsonl", "passages.jsonl", "vectors.faiss"
WORDS, LEXICON = "words", "lexicon.json"
IN_USE = ".in-use"

SPARED = frozenset([VECTORS, PASSAGES])
"""Files without which a version still finds by words."""
_NO_OWNERS = np.zeros(0, dtype=np.int32)


class Files:
    """The words and vectors of one version, every file verified. Rows are in catalogue order.

    Holds a shared lock on the version's folder while it lives, so that no update prunes it.
    `ids`: those of its products, of which the files here have only the rows. `by_words`: as an
    index of words alone, whatever has become of the files for vectors.
    """

    def __init__(
        self,
        folder: Path,
        seal: str | None = None,
        ids: Sequence[str] = (),
        *,
        by_words: bool = False,
    ) -> None:
        self._hold(folder)
        manifest = checked_manifest(folder, seal, SPARED if by_words else frozenset())
        self.manifest = replace(manifest, embedder="", weights_hash="") if by_words else manifest
        self.ids = ids
        self.row_of = {name: row for row, name in enumerate(ids)}
        self.words = WordIndex.load(folder / WORDS)
        self.query_words = QueryWords(self.words, Lexicon.load(folder / LEXICON))
        owners, self.hashes = (_NO_OWNERS, []) if by_words else read_passages(folder)
        # Every search indexes by them, and numpy indexes by nothing else without converting it.
        self.owners = owners.astype(np.intp)
        self._firsts = np.searchsorted(self.owners, np.arange(self.manifest.products + 1))
        self.most_passages = int(np.bincount(self.owners).max()) if len(self.owners) else 0
        self.vectors = VectorIndex.load(folder / VECTORS) if self.manifest.embedder else None
        if self.vectors is not None:
            self.vectors.prepare()

    def passages_of(self, row: int) -> range:
        """The passages of one product; they lie together, in the order of products."""
        return range(int(self._firsts[row]), int(self._firsts[row + 1]))

    def passage_mask(self, mask: Mask | None) -> Mask | None:
        """A mask over products as one over passages."""
        one_each = self.most_passages == 1 and len(self.owners) == self.manifest.products
        return mask if mask is None or one_each else mask.take(self.owners)

    def passages_of_all(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The passages of several products, and for each the place of its product in `rows`."""
        firsts, counts = self._firsts[rows], self._firsts[rows + 1] - self._firsts[rows]
        places = np.repeat(np.arange(len(rows)), counts)
        before = np.cumsum(counts) - counts
        return np.arange(len(places)) + (firsts - before)[places], places

    def _hold(self, folder: Path) -> None:
        try:
            descriptor = os.open(folder / IN_USE, os.O_RDONLY)
        except OSError as error:
            raise IndexDamaged(
                f"index version {folder.name} is not there ({error.strerror}); "
                "run `shopclerk index rollback` or `shopclerk index rebuild`"
            ) from error
        weakref.finalize(self, os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_SH)


class Snapshot(Files):
    """A version with the facts and the names of its products: all that a search asks of it."""

    def __init__(self, folder: Path, seal: str | None = None, *, by_words: bool = False) -> None:
        super().__init__(folder, seal, by_words=by_words)
        products = list(read_products(folder))
        self.contents = Contents(products)
        self.ids, self.row_of = self.contents.ids, self.contents.row_of
        self.codes = product_codes(products)

    @property
    def version(self) -> str:
        """The catalogue version."""
        return self.manifest.version

    @property
    def embedder(self) -> str:
        """The name of the model of its vectors; "" where it has words alone."""
        return self.manifest.embedder

    @property
    def weights_hash(self) -> str:
        """SHA-256 of that model's weights; "" where it has words alone."""
        return self.manifest.weights_hash

    def within(self, filters: Filters) -> "Masked":
        """What satisfies `filters`."""
        return Masked(self, self.contents.mask(filters))

    @property
    def categories(self) -> list[str]:
        """Every category path, in all languages of the catalogue."""
        return self.contents.categories

    @property
    def brands(self) -> list[str]:
        """Every brand."""
        return self.contents.brands

    @property
    def vocabulary(self) -> Vocabulary:
        """What a query's words may mean here."""
        return self.contents.vocabulary

    def groups(self, query: str) -> list[Group]:
        """The words of a query with all their ways to be said in this catalogue."""
        return self.query_words.groups(query)

    def translated(self, query: str) -> str:
        """The query in a language of the catalogue, for embedding; "" where it is in one."""
        return "" if self.contents.has_chinese else self.query_words.translated(query)

    def vectors_of(self, product_id: str) -> Matrix:
        """The vectors of a product's passages, shape (passages, d); none of an unknown one."""
        row = self.row_of.get(product_id)
        if row is None or self.vectors is None:
            return np.zeros((0, self.manifest.dimension), dtype=np.float32)
        return np.stack([self.vectors.vector(passage) for passage in self.passages_of(row)])


class Ranked:
    """The products that a mask lets through, by nearness and by words; None lets all."""

    def __init__(self, snapshot: Files, mask: Mask | None = None) -> None:
        self._snapshot = snapshot
        self._mask = mask

    def near(self, vector: Matrix, k: int) -> Scored:
        """The `k` nearest to `vector`, shape (d,), each by its nearest passage, with cosines."""
        snapshot = self._snapshot
        if snapshot.vectors is None or k <= 0:
            return []
        mask = snapshot.passage_mask(self._mask)
        found = snapshot.vectors.search(vector, k * snapshot.most_passages, mask)
        owners = snapshot.owners[[passage for passage, _ in found]].tolist()
        best: dict[int, float] = {}
        for row, (_, cosine) in zip(owners, found, strict=True):
            best.setdefault(row, cosine)
        return [(snapshot.ids[row], cosine) for row, cosine in list(best.items())[:k]]

    def cosines(self, vector: Matrix, product_ids: Sequence[str]) -> Scores:
        """The cosine of each product's nearest passage, shape (len(product_ids),)."""
        snapshot = self._snapshot
        best = np.full(len(product_ids), -1.0, dtype=np.float32)
        if snapshot.vectors is None or not product_ids:
            return best
        rows = np.array([snapshot.row_of[name] for name in product_ids])
        passages, of = snapshot.passages_of_all(rows)
        np.maximum.at(best, of, snapshot.vectors.scores(vector, passages))
        return best

    def worded(self, groups: Sequence[Group], k: int) -> Worded:
        """The `k` best that share words with the query."""
        snapshot = self._snapshot
        scores, most = snapshot.words.score(groups)
        if self._mask is not None:
            scores *= self._mask
        best = [(snapshot.ids[row], score) for row, score in top_rows(scores, k)]

        def of(product_ids: Sequence[str]) -> Scores:
            return scores[[snapshot.row_of[name] for name in product_ids]]

        return Worded(best, most, of)


class Masked(Ranked):
    """A `Scope`: the products of a snapshot that a mask lets through; None lets all."""

    _snapshot: Snapshot

    def coded(self, codes: Sequence[str]) -> list[str]:
        """Those that have one of these folded ids or model codes, by the order of `codes`."""
        snapshot, mask = self._snapshot, self._mask
        rows = (row for name in codes for row in snapshot.codes.get(name, ()))
        return [snapshot.ids[r] for r in dict.fromkeys(rows) if mask is None or mask[r]]

    def first(self, k: int) -> list[str]:
        """The first `k` in catalogue order."""
        return self._snapshot.contents.first(self._mask, k)

    def ordered(self, product_ids: Sequence[str], sort: Sort, *, valued: bool = False) -> list[str]:
        """These by `sort`; equal ones as given, those without such a value at the end, or left out
        where all must be `valued`.
        """
        return self._snapshot.contents.ordered(self._mask, product_ids, sort, valued=valued)


def checked_manifest(
    folder: Path, seal: str | None = None, spared: Collection[str] = ()
) -> Manifest:
    """The manifest, after every file but the `spared` was compared with it. Raises IndexDamaged."""
    manifest = read_manifest(folder)
    compared = {name: digest for name, digest in manifest.files.items() if name not in spared}
    faults = damage(folder, replace(manifest, files=compared))
    if seal is not None and seal != manifest.seal:
        faults.append("the pointer names another build of it")
    if faults:
        raise IndexDamaged(
            f"index version {folder.name} is damaged: {'; '.join(faults)}; "
            "run `shopclerk index rollback` or `shopclerk index rebuild`"
        )
    return manifest


def read_products(folder: Path) -> Iterator[Product]:
    """The products that a version was built from, in catalogue order."""
    with (folder / PRODUCTS).open(encoding="utf-8") as lines:
        for line in lines:
            yield product_of(json.loads(line))


def read_passages(folder: Path) -> tuple[NDArray[np.int32], list[str]]:
    """Of every passage the row of its product, shape (passages,), and the hash of its texts."""
    rows = [json.loads(line) for line in (folder / PASSAGES).open(encoding="utf-8")]
    return np.array([row["product"] for row in rows], dtype=np.int32), [r["hash"] for r in rows]


def product_codes(products: Sequence[Product]) -> dict[str, list[int]]:
    """Ids, variant ids and model codes, folded, with the rows that carry them."""
    codes: dict[str, list[int]] = {}
    has_codes = cache(holds_codes)
    for row, product in enumerate(products):
        names = [product.id, *(variant.id for variant in product.variants)]
        for attributes in (product.attributes, *(v.attributes for v in product.variants)):
            for key, value in attributes.items():
                if has_codes(key):
                    names += value.values()
        for name in dict.fromkeys(folded for name in names if (folded := code(name))):
            codes.setdefault(name, []).append(row)
    return codes
