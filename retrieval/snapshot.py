"""One version of the index, verified and opened for reading; it never changes."""

import fcntl
import json
import os
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Product
from retrieval.errors import IndexDamaged
from retrieval.facets import Facets, Mask
from retrieval.lexical import WordIndex
from retrieval.lexicon import Lexicon, QueryWords
from retrieval.manifest import Manifest, damage, read_manifest
from retrieval.parsing import parse_product
from retrieval.vectors import VectorIndex
from retrieval.words import code

PRODUCTS, PASSAGES, VECTORS = "products.jsonl", "passages.jsonl", "vectors.faiss"
WORDS, LEXICON = "words", "lexicon.json"
IN_USE = ".in-use"

_CODE_KEYS = "sku mpn ean gtin upc isbn model modelnumber modelcode partnumber oemcode 型号 货号"


class Snapshot:
    """Facets, words and vectors of one version. Product rows are in catalogue order.

    Holds a shared lock on the version's folder while it lives, so that no update prunes it.
    `products`: what the version was built from, where that is at hand.
    """

    def __init__(
        self, folder: Path, seal: str | None = None, products: Sequence[Product] = ()
    ) -> None:
        self._hold(folder)
        self.manifest = checked_manifest(folder, seal)
        products = products or list(read_products(folder))
        self.ids = [product.id for product in products]
        self.row_of = {name: row for row, name in enumerate(self.ids)}
        self.categories = list(dict.fromkeys(c for p in products for c in p.category.values()))
        self.brands = list(dict.fromkeys(p.brand for p in products if p.brand))
        self.facets = Facets(products)
        self.codes = _codes(products)
        self.words = WordIndex.load(folder / WORDS)
        self.query_words = QueryWords(self.words, Lexicon.load(folder / LEXICON))
        self.owners, self.hashes = read_passages(folder)
        self.most_passages = int(np.bincount(self.owners).max()) if len(self.owners) else 0
        self.vectors = VectorIndex.load(folder / VECTORS) if self.manifest.embedder else None

    @property
    def version(self) -> str:
        """The catalogue version."""
        return self.manifest.version

    def passage_mask(self, mask: Mask | None) -> Mask | None:
        """A mask over products as one over passages."""
        return None if mask is None else mask[self.owners]

    def passages_of(self, row: int) -> range:
        """The passages of one product; they lie together, in the order of products."""
        first, end = np.searchsorted(self.owners, [row, row + 1])
        return range(int(first), int(end))

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


def checked_manifest(folder: Path, seal: str | None = None) -> Manifest:
    """The manifest, after every file was compared with it. Raises IndexDamaged."""
    manifest = read_manifest(folder)
    faults = damage(folder, manifest)
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
            product, problems = parse_product(json.loads(line))
            if product is None:
                raise IndexDamaged(f"index version {folder.name}: {PRODUCTS}: {problems[0]}")
            yield product


def read_passages(folder: Path) -> tuple[NDArray[np.int32], list[str]]:
    """Of every passage the row of its product, shape (passages,), and the hash of its texts."""
    rows = [json.loads(line) for line in (folder / PASSAGES).open(encoding="utf-8")]
    return np.array([row["product"] for row in rows], dtype=np.int32), [r["hash"] for r in rows]


def _codes(products: Sequence[Product]) -> dict[str, list[int]]:
    """Ids, variant ids and model codes, folded, with the rows that carry them."""
    codes: dict[str, list[int]] = {}
    code_keys = frozenset(_CODE_KEYS.split())
    for row, product in enumerate(products):
        names = [product.id, *(variant.id for variant in product.variants)]
        for attributes in (product.attributes, *(v.attributes for v in product.variants)):
            for key, value in attributes.items():
                if code(key) in code_keys:
                    names += value.values()
        for name in dict.fromkeys(folded for name in names if (folded := code(name))):
            codes.setdefault(name, []).append(row)
    return codes
