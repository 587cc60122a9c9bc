"""Figures with their intervals: ratios of sums over dialogues, resampled whole (Efron, 1979)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from finetune.evaluation.judging import Sums
from finetune.evaluation.wording import bleu_of


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval; `n` is how many steps or sentences it is of."""

    value: float
    low: float
    high: float
    n: int

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


@dataclass(frozen=True)
class Resampling:
    """How intervals are made: so many resamples of whole dialogues, by a seed."""

    resamples: int = 1000
    seed: int = 7

    def weights(self, dialogues: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
        """How often each dialogue is drawn, shape (resamples, dialogues)."""
        rng = np.random.default_rng(self.seed)
        even = np.full(dialogues, 1 / dialogues)
        return rng.multinomial(dialogues, even, self.resamples).astype(float)


def ratios(
    rows: Iterable[tuple[str, Sums]],
    how: Resampling,
    shape: Callable[[float], float] = lambda ratio: ratio,
) -> dict[str, Figure]:
    """Every measure's figure: the ratio of its sums, through `shape`. `rows`: dialogue and sums."""
    by_measure: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for dialogue, sums in rows:
        for measure, (above, below) in sums.items():
            held = by_measure[measure][dialogue]
            held[0] += above
            held[1] += below
    return {
        measure: figure
        for measure, dialogues in by_measure.items()
        if (figure := _ratio(list(dialogues.values()), how, shape))
    }


def _ratio(
    pairs: Sequence[Sequence[float]], how: Resampling, shape: Callable[[float], float]
) -> Figure | None:
    table = np.array(pairs, dtype=float)
    above, below = (float(total) for total in table.sum(axis=0))
    if not below:
        return None
    drawn = how.weights(len(table)) @ table
    drawn = drawn[drawn[:, 1] > 0]
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], [2.5, 97.5])
    return Figure(shape(above / below), shape(float(low)), shape(float(high)), round(below))


def bleu(rows: Iterable[tuple[str, tuple[int, ...]]], how: Resampling) -> Figure | None:
    """Corpus BLEU of the steps that have counts. `rows`: dialogue and `bleu_counts`."""
    by_dialogue: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for dialogue, counts in rows:
        if counts:
            by_dialogue[dialogue].append(counts)
    if not by_dialogue:
        return None
    table = np.array([np.sum(counts, axis=0) for counts in by_dialogue.values()], dtype=float)
    drawn = [bleu_of(counts) for counts in how.weights(len(table)) @ table]
    low, high = np.percentile(drawn, [2.5, 97.5])
    n = sum(len(counts) for counts in by_dialogue.values())
    return Figure(bleu_of(table.sum(axis=0)), float(low), float(high), n)
