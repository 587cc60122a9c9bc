"""What predictions are worth: macro-F1 with intervals, accuracy and calibration, by language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.sentiment.data import Review

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Interval = tuple[float, float]

_DRAWS, _BINS = 1000, 10


@dataclass(frozen=True)
class Figures:
    """What a model reached. Intervals hold 95 % of what came of drawing the groups anew.

    `ece` is the expected calibration error; `above`, macro-F1 less the baseline's.
    """

    reviews: int
    macro_f1: float
    interval: Interval
    accuracy: float
    ece: float
    above: float
    above_interval: Interval


def judge(
    reviews: Sequence[Review], found: Mapping[str, Floats], baseline: str, seed: int
) -> dict[str, dict[str, Figures]]:
    """Figures by language and model, from the probabilities that each gave, shape (n, 3)."""
    langs = np.array([review.lang for review in reviews])
    labels = np.array([review.label for review in reviews])
    groups = np.array([review.group for review in reviews])
    figures: dict[str, dict[str, Figures]] = {}
    for lang in sorted(set(langs.tolist())):
        rows = np.flatnonzero(langs == lang)
        draws = [rows[draw] for draw in _draws(groups[rows], seed)]
        scores = {
            name: np.array([macro_f1(labels[d], p[d].argmax(axis=1)) for d in draws])
            for name, p in found.items()
        }
        base = macro_f1(labels[rows], found[baseline][rows].argmax(axis=1))
        figures[lang] = {
            name: _figures(labels[rows], p[rows], scores[name], base, scores[baseline])
            for name, p in found.items()
        }
    return figures


def macro_f1(labels: Ints, predicted: Ints) -> float:
    """The mean over the labels that occur of the harmonic mean of precision and recall."""
    return float(
        np.mean(
            [
                2
                * ((labels == label) & (predicted == label)).sum()
                / ((labels == label).sum() + (predicted == label).sum())
                for label in np.unique(labels)
            ]
        )
    )


def calibration_error(labels: Ints, probabilities: Floats) -> float:
    """How far confidence and accuracy are apart over ten bins of confidence (Guo et al., 2017)."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    apart = [
        abs(right[bins == b].mean() - sure[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    ]
    return float(sum(apart))


def _figures(
    labels: Ints,
    probabilities: Floats,
    scores: NDArray[np.float64],
    base: float,
    base_scores: NDArray[np.float64],
) -> Figures:
    predicted = probabilities.argmax(axis=1)
    reached = macro_f1(labels, predicted)
    return Figures(
        len(labels),
        round(reached, 4),
        _interval(scores),
        round(float((predicted == labels).mean()), 4),
        round(calibration_error(labels, probabilities), 4),
        round(reached - base, 4),
        _interval(scores - base_scores),
    )


def _interval(drawn: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return round(float(low), 4), round(float(high), 4)


def _draws(groups: NDArray[np.str_], seed: int) -> list[Ints]:
    """Rows of as many groups as there are, drawn with replacement, a thousand times."""
    names, at = np.unique(groups, return_inverse=True)
    rows = np.split(np.argsort(at, kind="stable"), np.cumsum(np.bincount(at))[:-1])
    dice = np.random.default_rng(seed)
    return [
        np.concatenate([rows[n] for n in dice.integers(len(names), size=len(names))])
        for _ in range(_DRAWS)
    ]
