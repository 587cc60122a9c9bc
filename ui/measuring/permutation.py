"""Two groups compared by permutation tests, and what many tests at once are worth.

A unit (a name, a request) is a row of counts, so that a measure of a group is a ratio of sums or a
mix of shares. Fisher (1935), "The Design of Experiments"; Phipson and Smyth (2010), "Permutation
P-values should never be zero".
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
Measure = Callable[[Counts], Counts]
"""From sums of counts (…, columns) to a figure (…) or to shares (…, shares)."""

ROUNDS = 5000


def ratio(above: int, below: int) -> Measure:
    """One column over another; 0 where there is nothing below."""

    def measure(sums: Counts) -> Counts:
        least = np.maximum(sums[..., below], 1e-12)
        return np.asarray(np.where(sums[..., below] > 0, sums[..., above] / least, 0.0))

    return measure


def shares(first: int, last: int) -> Measure:
    """The columns from `first` up to `last` as shares of their sum."""

    def measure(sums: Counts) -> Counts:
        part = sums[..., first:last]
        return np.asarray(part / np.maximum(part.sum(axis=-1, keepdims=True), 1e-12))

    return measure


def relabelled(
    one: Counts, other: Counts, measure: Measure, strata: Sequence[str] = (), seed: int = 0
) -> float:
    """The p-value of a difference between two groups of units, had their labels been drawn.

    With `strata`, one for each unit of both groups in order, labels are drawn within each.
    """
    units = np.concatenate([one, other])
    label = np.arange(len(units)) < len(one)
    places = [np.flatnonzero(np.array(strata) == name) for name in dict.fromkeys(strata)]
    random = np.random.default_rng(seed)
    drawn = np.tile(label, (ROUNDS, 1))
    for place in places or [np.arange(len(units))]:
        drawn[:, place] = random.permuted(drawn[:, place], axis=1)
    return _p_value(_apart(label[None], units, measure), _apart(drawn, units, measure))


def swapped(one: Counts, other: Counts, measure: Measure, seed: int = 0) -> float:
    """The p-value of a difference between paired units, had each pair been swapped by a coin."""
    random = np.random.default_rng(seed)
    swap = random.random((ROUNDS, len(one))) < 0.5
    keep = np.zeros((1, len(one)), dtype=bool)

    def apart(swaps: NDArray[np.bool_]) -> Counts:
        first = (~swaps).astype(float) @ one + swaps.astype(float) @ other
        second = swaps.astype(float) @ one + (~swaps).astype(float) @ other
        return gap(measure(first), measure(second))

    return _p_value(apart(keep), apart(swap))


def gap(one: Counts, other: Counts) -> Counts:
    """How far apart the measures of each round are: mixes by total variation."""
    apart = np.abs(one - other)
    return np.asarray(apart if apart.ndim == 1 else apart.sum(axis=-1) / 2)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values as they stand among so many tests (Holm, 1979)."""
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        reached = max(reached, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = reached
    return adjusted


def _apart(labels: NDArray[np.bool_], units: Counts, measure: Measure) -> Counts:
    first = labels.astype(float) @ units
    return gap(measure(first), measure(units.sum(axis=0) - first))


def _p_value(seen: Counts, drawn: Counts) -> float:
    # Rounding must not make an equal difference a smaller one.
    return float((np.sum(drawn >= seen[0] - 1e-9) + 1) / (len(drawn) + 1))
