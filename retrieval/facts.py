"""Attributes of products and variants, interned: who has a value that holds words or measures."""

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Local, Product
from retrieval.filters import (
    ANY,
    BRAND,
    CATEGORY,
    RANKS,
    TITLE,
    AttributeFilter,
    MeasureFilter,
    key_fits,
    rank,
)
from retrieval.measures import measured
from retrieval.postings import Groups, Ints, Postings
from retrieval.synonyms import key_name
from retrieval.terms import Terms

Mask = NDArray[np.bool_]

_FIELDS = tuple(f" {name}" for name in (TITLE, CATEGORY, BRAND))
_NOTHING = np.empty(0, dtype=np.int64)


class Facts:
    """A fact is a key with a value; a product or a variant has many, many have the same one."""

    def __init__(self, products: Sequence[Product], owner: Ints) -> None:
        self._count = len(products)
        self._owner = owner
        values: dict[tuple[str, ...], int] = {}
        keys: dict[str, int] = {name: code for code, name in enumerate(_FIELDS)}
        facts: dict[tuple[str, ...], int] = {}
        key_of, value_of = array("q"), array("q")
        own, of_variant = (array("q"), array("q")), (array("q"), array("q"))

        def note(into: "tuple[array[int], array[int]]", who: int, key: str, text: Local) -> None:
            fact = facts.setdefault((key, *text.values()), len(facts))
            if fact == len(key_of):
                key_of.append(keys.setdefault(key, len(keys)))
                value_of.append(values.setdefault(tuple(text.values()), len(values)))
            into[0].append(fact)
            into[1].append(who)

        variant = 0
        for row, product in enumerate(products):
            fields = (product.title, product.category, {"": product.brand} if product.brand else {})
            for name, text in zip(_FIELDS, fields, strict=True):
                if text:
                    note(own, row, name, text)
            for key, text in product.attributes.items():
                note(own, row, key, text)
            for part in product.variants:
                for key, text in part.attributes.items():
                    note(of_variant, variant, key, text)
                variant += 1
        self.keys = list(keys)
        self.values_by_code = list(values)
        self._attribute_keys = np.array([key_fits(key, "") for key in keys], dtype=bool)
        names: dict[str, int] = {}
        named = [names.setdefault(key_name(key), len(names)) for key in keys]
        self._names, self._name_of_key = names, np.array(named, dtype=np.int64)
        self.key_of = np.array(key_of, dtype=np.int64)
        self.value_of = np.array(value_of, dtype=np.int64)
        self._facts_of_value = Groups(self.value_of, np.arange(len(facts)), len(values))
        self._products = _grouped(own, len(facts))
        self._variants = _grouped(of_variant, len(facts))
        self.postings = Postings(values)
        self._measures = self._measure()
        self._measured_keys = {
            d: np.unique(self.key_of[facts]) for d, (_, _, facts) in self._measures.items()
        }
        self._rank_of = {d: self._ranks(d) for d in self._measures}
        self._best = {d: self._best_ranks(d) for d in self._measures}

    @property
    def dimensions(self) -> list[str]:
        """The dimensions that some attribute is measured in."""
        return list(self._measures)

    def having(self, wanted: AttributeFilter | MeasureFilter) -> tuple[Mask, Mask]:
        """The products that have it themselves, and the variants that do: two masks.

        Negation is the caller's: these are the ones that do hold the words.
        """
        if isinstance(wanted, AttributeFilter):
            facts = self.holding(wanted)
            return self._who_have(facts)
        return self._measuring(wanted)

    def holding(self, wanted: AttributeFilter) -> Ints:
        """The facts whose value holds the words."""
        codes = [self.postings.holding(needle) for needle in wanted.needles]
        facts = self._facts_of_value.of(np.concatenate([*codes, _NOTHING]))
        if wanted.negated and not wanted.key:
            return facts
        return facts[self._keys_that_fit(wanted.key)[self.key_of[facts]]]

    def values(self, dimension: str, key: str, largest: bool) -> NDArray[np.float64]:
        """Each product's smallest or largest value of a dimension; NaN where it has none."""
        found = np.full(self._count, -np.inf if largest else np.inf)
        if dimension not in self._measures:
            return np.full(self._count, np.nan)
        low, high, facts = self._measures[dimension]
        chosen = high if largest else low
        for members, owner in ((self._products, None), (self._variants, self._owner)):
            places, rows = members.pairs(facts)
            rows = rows if owner is None else owner[rows]
            meant = self._meant(facts[places], rows, dimension, key)
            keep = np.maximum if largest else np.minimum
            keep.at(found, rows[meant], chosen[places[meant]])
        return np.where(np.isinf(found), np.nan, found)

    def has_principal(self, dimension: str) -> bool:
        """Whether some product has a measure of the dimension that is its own."""
        return dimension in self._best and bool((self._best[dimension] < RANKS).any())

    def key_measures(self, key: str, dimension: str) -> bool:
        """Whether some value under the key is of the dimension."""
        if dimension not in self._measures:
            return False
        return bool(self._keys_that_fit(key)[self._measured_keys[dimension]].any())

    def values_under(self, key: str) -> list[tuple[str, ...]]:
        """The distinct values under a key, each in its languages."""
        codes = np.unique(self.value_of[self._keys_that_fit(key)[self.key_of]])
        return [self.values_by_code[code] for code in codes.tolist()]

    def titled(self, words: Terms) -> Mask:
        """The products whose title or category holds the words."""
        facts = self._facts_of_value.of(self.postings.holding(words))
        facts = facts[self.key_of[facts] < _FIELDS.index(f" {BRAND}")]
        return _mask(self._products.of(facts), self._count)

    def with_variants(self, wanted: AttributeFilter | MeasureFilter) -> Mask:
        """The products that have it themselves or in a variant."""
        products, variants = self.having(wanted)
        return products | _mask(self._owner[variants], self._count)

    def has_item(self, words: Terms, key: str = "") -> bool:
        """Whether a value under the key (any where empty) is the words, or lists them."""
        facts = self._facts_of_value.of(self.postings.holding(words, whole=True))
        return bool(self._keys_that_fit(key)[self.key_of[facts]].any())

    def _measuring(self, wanted: MeasureFilter) -> tuple[Mask, Mask]:
        if wanted.dimension not in self._measures:
            return np.zeros(self._count, dtype=bool), np.zeros(len(self._owner), dtype=bool)
        low, high, facts = self._measures[wanted.dimension]
        fits = np.ones(len(facts), dtype=bool)
        if wanted.high is not None:
            fits &= low <= wanted.high
        if wanted.low is not None:
            fits &= high >= wanted.low
        facts = np.unique(facts[fits])
        if wanted.key:
            return self._who_have(facts[self._keys_that_fit(wanted.key)[self.key_of[facts]]])
        products = np.zeros(self._count, dtype=bool)
        variants = np.zeros(len(self._owner), dtype=bool)
        ranks = self._rank_of[wanted.dimension][self.key_of[facts]]
        for nearness in range(RANKS):
            best = self._best[wanted.dimension] == nearness
            some_products, some_variants = self._who_have(facts[ranks == nearness])
            products |= some_products & best
            variants |= some_variants & best[self._owner]
        return products, variants

    def _meant(self, facts: Ints, rows: Ints, dimension: str, key: str) -> Mask:
        """Whether each fact of each product is what the measure is of."""
        if key:
            return self._keys_that_fit(key)[self.key_of[facts]]
        best = self._best[dimension][rows]
        return np.asarray(self._rank_of[dimension][self.key_of[facts]] == best, dtype=bool)

    def _ranks(self, dimension: str) -> NDArray[np.int8]:
        """The rank of each key for the dimension; `RANKS` + 1: it is never meant."""
        ranks = [rank(key, dimension) for key in self.keys]
        return np.array([RANKS + 1 if r is None else r for r in ranks], dtype=np.int8)

    def _best_ranks(self, dimension: str) -> NDArray[np.int8]:
        """The best rank of each product, its variants included; `RANKS`: it has none."""
        best = np.full(self._count, RANKS, dtype=np.int8)
        facts = np.unique(self._measures[dimension][2])
        ranks = self._rank_of[dimension][self.key_of[facts]]
        for nearness in reversed(range(RANKS)):
            products, variants = self._who_have(facts[ranks == nearness])
            best[products | _mask(self._owner[variants], self._count)] = nearness
        return best

    def _measure(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64], Ints]]:
        """By dimension: lower ends, upper ends and facts of all measured values."""
        found: dict[str, tuple[list[float], list[float], list[int]]] = {}
        attributes = np.flatnonzero(self.key_of >= len(_FIELDS))
        by_value: dict[int, list[int]] = {}
        for fact in attributes.tolist():
            by_value.setdefault(int(self.value_of[fact]), []).append(fact)
        for value, facts in by_value.items():
            for text in self.values_by_code[value]:
                for quantity in measured(text):
                    lows, highs, of = found.setdefault(quantity.dimension, ([], [], []))
                    for fact in facts:
                        lows.append(float(quantity.low))
                        highs.append(float(quantity.high))
                        of.append(fact)
        return {
            dimension: (np.array(lows), np.array(highs), np.array(of, dtype=np.int64))
            for dimension, (lows, highs, of) in found.items()
        }

    def _keys_that_fit(self, wanted: str) -> Mask:
        """Which keys a filter's key means."""
        if wanted in ("", ANY):
            return self._attribute_keys
        return np.asarray(self._name_of_key == self._names.get(key_name(wanted), -1), dtype=bool)

    def _who_have(self, facts: Ints) -> tuple[Mask, Mask]:
        products = _mask(self._products.of(facts), self._count)
        return products, _mask(self._variants.of(facts), len(self._owner))


def _grouped(pairs: "tuple[array[int], array[int]]", count: int) -> Groups:
    facts, members = (np.array(part, dtype=np.int64) for part in pairs)
    return Groups(facts, members, count)


def _mask(members: Ints, count: int) -> Mask:
    mask = np.zeros(count, dtype=bool)
    mask[members] = True
    return mask
