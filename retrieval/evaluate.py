"""How good a search is, measured on judged queries.

A folder of judgements holds `queries.tsv` (qid, text), `qrels.tsv` (qid, 0, product id, grade 0-3)
and, where it is not the shop's own catalogue, `products.jsonl[.gz]`. A query without any grade of
2 or more has no right answer to find: it is left out, and counted.

nDCG with the grade as gain (Järvelin and Kekäläinen, TOIS 2002); relevant, for recall and MRR, is
a grade of 2 or more. Unjudged products count as grade 0, or, in the figures over rated products
only, are passed over.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import JudgementError

RELEVANT = 2
_DEPTH, _DEEP = 10, 100
_RESAMPLES = 10_000

Grades = Mapping[str, int]
"""Product id -> grade, of one query."""
Ranked = Sequence[str]
"""Product ids, best first."""
Figures = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judgements:
    """Judged queries: texts and grades by query id, and the ids that were left out."""

    queries: dict[str, str]
    grades: dict[str, dict[str, int]]
    left_out: tuple[str, ...]


def read_judgements(folder: Path, queries: Path | None = None) -> Judgements:
    """Read `queries.tsv` (or the file `queries`) and `qrels.tsv` of `folder`.

    Raises JudgementError with file and line for what cannot be read.
    """
    grades: dict[str, dict[str, int]] = {}
    for where, fields in _rows(folder / "qrels.tsv", 4):
        qid, _, product_id, grade = fields
        if grade not in ("0", "1", "2", "3"):
            raise JudgementError(f"{where}: the grade must be 0, 1, 2 or 3, not {grade!r}")
        grades.setdefault(qid, {})[product_id] = int(grade)
    texts: dict[str, str] = {}
    for where, (qid, text) in _rows(queries or folder / "queries.tsv", 2):
        if qid in texts:
            raise JudgementError(f"{where}: query {qid} occurs twice")
        texts[qid] = text
    judged = {qid for qid in texts if max(grades.get(qid, {}).values(), default=0) >= RELEVANT}
    return Judgements(
        {qid: text for qid, text in texts.items() if qid in judged},
        {qid: grades[qid] for qid in texts if qid in judged},
        tuple(qid for qid in texts if qid not in judged),
    )


def _rows(file: Path, width: int) -> list[tuple[str, list[str]]]:
    """(place, fields) of every line that is not blank."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise JudgementError(f"{file}: cannot be read: {error}") from error
    rows = [(f"{file}:{n}", line.split("\t")) for n, line in enumerate(lines, 1) if line.strip()]
    for where, fields in rows:
        if len(fields) != width:
            raise JudgementError(f"{where}: has {len(fields)} fields between tabs, needs {width}")
    return rows


def ndcg(ranked: Ranked, grades: Grades, k: int = _DEPTH) -> float:
    """Normalised discounted cumulative gain of the first `k`; 0 where nothing is graded above 0."""
    found = _gain([grades.get(product_id, 0) for product_id in ranked[:k]])
    ideal = _gain(sorted(grades.values(), reverse=True)[:k])
    return found / ideal if ideal else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def recall(ranked: Ranked, grades: Grades, k: int) -> float:
    """The share of the relevant products among the first `k`."""
    relevant = {product_id for product_id, grade in grades.items() if grade >= RELEVANT}
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Ranked, grades: Grades, k: int = _DEPTH) -> float:
    """1 / rank of the first relevant product among the first `k`; 0 where there is none."""
    ranks = (n for n, p in enumerate(ranked[:k], 1) if grades.get(p, 0) >= RELEVANT)
    return 1 / next(ranks, math.inf)


def measure(judgements: Judgements, search: Callable[[str, int], Ranked]) -> dict[str, Figures]:
    """Every measure for every query, in the order of `judgements.queries`.

    `search(text, k)` gives the ids of the best k products.
    """
    figures: dict[str, list[float]] = {}
    for qid, text in judgements.queries.items():
        ranked, grades = search(text, _DEEP), judgements.grades[qid]
        rated = [product_id for product_id in ranked if product_id in grades]
        of_query = {
            "ndcg@10": ndcg(ranked, grades),
            "ndcg@10_rated": ndcg(rated, grades),
            "judged@10": sum(p in grades for p in ranked[:_DEPTH]) / _DEPTH,
            "recall@10": recall(ranked, grades, _DEPTH),
            "recall@100": recall(ranked, grades, _DEEP),
            "mrr@10": reciprocal_rank(ranked, grades),
        }
        for name, value in of_query.items():
            figures.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in figures.items()}


def interval(values: Figures, seed: int = 7) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean over queries (Efron, 1979).

    Of paired differences it is the interval of the mean difference.
    """
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(values), size=(_RESAMPLES, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
