"""Candidates for a query by meaning and by words, their scores together, and which are relevant."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.embedders import Matrix
from retrieval.engine import Scope, Scored, Worded
from retrieval.fusion import Scores, fused

CANDIDATES = 100
LEAST_RELEVANT = 0.8
"""The share of the best score below which a hit is of another kind than what was asked for.

Of 122 judged queries for a kind of the sample shop's goods the cheapest of what was left was of
that kind in 77 % and the kind's own cheapest in 60 %; with 0.5 in 37 % and 27 % (2026-11-27).
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """One product found. Ranks count from 1; None: not among that side's candidates."""

    product_id: str
    score: float
    dense_rank: int | None
    lexical_rank: int | None


class Ranking:
    """The `k` best candidates of each side within a scope, and what they score together.

    `vector`: the query's, shape (d,); None: words alone count. `named`: products whose codes the
    query names, which go before all others.
    """

    def __init__(
        self, scope: Scope, vector: Matrix | None, worded: Worded, named: Sequence[str], k: int
    ) -> None:
        self._scope, self._vector, self._worded, self._k = scope, vector, worded, k
        self._near: Scored = [] if vector is None else scope.near(vector, k)
        ids = list(dict.fromkeys([name for name, _ in [*self._near, *worded.best]]))
        self._cosines = None if vector is None else _cosines(scope, vector, self._near, ids)
        scores = fused(self._cosines, worded.of(ids), worded.most)
        self.score_of = dict.fromkeys(named, 0.0) | dict(zip(ids, scores.tolist(), strict=True))
        for name in named:
            # Above whatever fusion can give.
            self.score_of[name] += 2.0

    def hits(self, k: int) -> list[Hit]:
        """The best `k`, best first."""
        dense_rank, lexical_rank = _ranks(self._near), _ranks(self._worded.best)
        return [
            Hit(name, self.score_of[name], dense_rank.get(name), lexical_rank.get(name))
            for name in self._ordered()[:k]
        ]

    def relevant(self) -> list[str]:
        """All in the scope that scores not much less than the best, best first."""
        least = LEAST_RELEVANT * max(self.score_of.values(), default=0.0)
        found = [name for name in self._ordered() if self.score_of[name] >= least]
        if self._most_elsewhere() < least:
            return found
        # As many as there are: compared at once, by the measure of the candidates.
        ids = self._scope.first(sys.maxsize)
        scores = fused(self._cosines_of(ids), self._worded.of(ids), self._worded.most)
        rows = np.flatnonzero(scores >= least)
        best = rows[np.argsort(-scores[rows], kind="stable")]
        return list(dict.fromkeys([*found, *(ids[row] for row in best.tolist())]))

    def _ordered(self) -> list[str]:
        # The sort is stable: of equal scores the one that was named, or is nearer, is first.
        return sorted(self.score_of, key=self.score_of.__getitem__, reverse=True)

    def _most_elsewhere(self) -> float:
        """What a product that is no candidate could score at most; below 0: there is none."""
        worded, near, cosines = self._worded, self._near, self._cosines
        if len(worded.best if cosines is None else near) < self._k:
            return -1.0
        last = worded.best[-1][1] if len(worded.best) == self._k else 0.0
        if cosines is None:
            return float(fused(None, np.array([last], dtype=np.float32), worded.most)[0])
        dense = np.array([near[-1][1], cosines.min(), cosines.max()], dtype=np.float32)
        lexical = np.array([last, 0, 0], dtype=np.float32)
        return float(fused(dense, lexical, worded.most)[0])

    def _cosines_of(self, ids: Sequence[str]) -> Scores | None:
        """Cosines, of which none is below the candidates', as these give the measure."""
        if self._vector is None or self._cosines is None:
            return None
        least: Scores = np.maximum(self._scope.cosines(self._vector, ids), self._cosines.min())
        return least


def _cosines(scope: Scope, vector: Matrix, near: Scored, ids: Sequence[str]) -> Scores:
    """The cosines of candidates, of which the first are those that are near."""
    known = np.array([cosine for _, cosine in near], dtype=np.float32)
    return np.concatenate([known, scope.cosines(vector, ids[len(near) :])])


def _ranks(scored: Scored) -> dict[str, int]:
    return {name: rank for rank, (name, _) in enumerate(scored, 1)}
