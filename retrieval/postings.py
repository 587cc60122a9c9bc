"""Where terms stand in many short texts, and many groups of numbers, as flat arrays."""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.terms import FREE, LINK, MARKS, NO, Terms, terms

Ints = NDArray[np.signedinteger[Any]]

_MANY = 200
_NOBODY = np.empty(0, dtype=np.int64)


class Groups:
    """Members by group: `of(groups)` are the members of several, in no order, with repetitions."""

    def __init__(self, group_of: Ints, members: Ints, count: int) -> None:
        order = np.argsort(group_of, kind="stable")
        self._members = members[order].astype(np.int32)
        self._starts = np.zeros(count + 1, dtype=np.int64)
        np.cumsum(np.bincount(group_of, minlength=count), out=self._starts[1:])

    def of(self, groups: Ints) -> Ints:
        """Members of all the given groups."""
        if len(groups) > _MANY:
            return self.pairs(groups)[1]
        starts, ends = self._starts[groups].tolist(), self._starts[groups + 1].tolist()
        parts = [self._members[a:b] for a, b in zip(starts, ends, strict=True)]
        return np.concatenate(parts) if parts else _NOBODY

    def pairs(self, groups: Ints) -> tuple[Ints, Ints]:
        """Each member of the given groups, after the place of its group in `groups`."""
        starts = self._starts[groups]
        lengths = self._starts[groups + 1] - starts
        ends = np.cumsum(lengths)
        places = np.repeat(np.arange(len(groups)), lengths)
        at = np.arange(len(places)) + (starts - ends + lengths)[places]
        return places, self._members[at]


class Postings:
    """The texts that hold some terms side by side, as `terms.holds` says, for many texts.

    A text may be given in several languages: it holds what one of them holds.
    """

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        self._ids: dict[str, int] = {}
        # Two gaps before each text, one after: what stands beside a term can always be looked at.
        flat, owner = array("i", [-1, -1]), array("i", [0, 0])
        for number, languages in enumerate(texts):
            for text in languages:
                ids = [self._ids.setdefault(term, len(self._ids)) for term in terms(text)]
                flat.extend([*ids, -1, -1])
                owner.extend([number] * (len(ids) + 2))
        self._flat = np.array(flat, dtype=np.int32)
        self._owner = np.array(owner, dtype=np.int32)
        known = np.flatnonzero(self._flat >= 0)
        self._places = Groups(self._flat[known].astype(np.int64), known, len(self._ids))
        self._counts = np.bincount(self._flat[known], minlength=len(self._ids))
        self._no, self._link = self._among(NO), self._among(LINK)
        self._free, self._marks = self._among([FREE]), self._among(MARKS)
        # A gap, -1, parts texts as a mark does.
        self._marks[-1] = True
        self._alone = self._of_single_terms(known)

    def _among(self, names: Iterable[str]) -> NDArray[np.bool_]:
        """Whether each term, by its id, is among the names."""
        chosen = np.zeros(len(self._ids) + 1, dtype=bool)
        chosen[[self._ids[name] for name in names if name in self._ids]] = True
        return chosen

    def _of_single_terms(self, places: Ints) -> Groups:
        """The texts that hold each term, each once, in order."""
        places = places[~self._denied(places, 1)]
        pairs = self._flat[places].astype(np.int64) * (len(self._owner) + 1) + self._owner[places]
        numbers, owners = np.divmod(np.unique(pairs), len(self._owner) + 1)
        return Groups(numbers, owners, len(self._ids))

    def __contains__(self, term: object) -> bool:
        return term in self._ids

    def holding(self, words: Terms, whole: bool = False) -> Ints:
        """Numbers of the texts that hold `words`, each once; `whole`: as all between two marks."""
        ids = [self._ids.get(term, -2) for term in words]
        if not ids or -2 in ids:
            return _NOBODY
        if len(ids) == 1 and not whole:
            return self._alone.of(np.array(ids))
        rarest = min(range(len(ids)), key=lambda i: self._counts[ids[i]])
        starts = self._places.of(np.array([ids[rarest]])) - rarest
        if whole:
            # First, as it leaves the fewest.
            starts = starts[self._marks[self._flat[starts - 1]]]
            starts = starts[self._marks[self._flat[starts + len(ids)]]]
        for i, term in enumerate(ids):
            if i != rarest:
                starts = starts[self._flat[starts + i] == term]
        starts = starts[~self._denied(starts, len(ids))]
        owners = self._owner[starts]
        # They ascend, as places of a term and owners of places do.
        return owners[np.diff(owners, prepend=-1) > 0]

    def _denied(self, starts: Ints, width: int) -> NDArray[np.bool_]:
        before, further = self._flat[starts - 1], self._flat[starts - 2]
        after = self._flat[starts + width]
        denied = self._no[before] | (self._link[before] & self._no[further]) | self._free[after]
        return np.asarray(denied, dtype=bool)
