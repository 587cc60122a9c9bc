"""What an index keeps of its products in memory, whichever engine keeps the rest."""

from collections.abc import Sequence

import numpy as np

from retrieval.catalogue import Product
from retrieval.facets import Facets, Mask
from retrieval.filters import Filters, Sort
from retrieval.understanding.vocabulary import Vocabulary
from retrieval.words import has_chinese

_SPOKEN = 0.1
"""The share of titles from which on a catalogue is taken to be in a language too."""


class Contents:
    """Ids, names and filterable facts. Product rows are in catalogue order."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.ids = [product.id for product in products]
        self.row_of = {name: row for row, name in enumerate(self.ids)}
        self.categories = list(dict.fromkeys(c for p in products for c in p.category.values()))
        self.brands = list(dict.fromkeys(p.brand for p in products if p.brand))
        self.facets = Facets(products)
        self.vocabulary = Vocabulary.of(products, self.facets)
        chinese = sum(any(map(has_chinese, p.title.values())) for p in products)
        self.has_chinese = chinese >= _SPOKEN * len(products)

    def mask(self, filters: Filters) -> Mask | None:
        """Which products satisfy `filters`, shape (products,); None: nothing is constrained."""
        return self.facets.mask(filters)

    def first(self, mask: Mask | None, k: int) -> list[str]:
        """The first `k` ids that the mask lets through."""
        if mask is None:
            return self.ids[:k]
        return [self.ids[row] for row in np.flatnonzero(mask)[:k].tolist()]

    def ordered(
        self, mask: Mask | None, product_ids: Sequence[str], sort: Sort, *, valued: bool = False
    ) -> list[str]:
        """Ids by `sort`; equal ones as given, unknown ones and those without a value at the end, or
        left out where all must be `valued`.
        """
        keys = self.facets.sort_keys(sort, mask)
        rows = (self.row_of.get(name) for name in product_ids)
        of_these = [np.inf if row is None else float(keys[row]) for row in rows]
        order = np.argsort(of_these, kind="stable").tolist()
        return [product_ids[at] for at in order if not valued or np.isfinite(of_these[at])]
