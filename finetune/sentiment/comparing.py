"""Holds the model against its baselines, on reviews that none of them has seen.

Folds are by group, so that no review and no near-duplicate is on both sides. Of each fold's
training part a tenth is kept back for the choice of a strength and for the temperature.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.errors import TrainingError
from agent.reviews.meaning import Meaning
from agent.reviews.polarity import Head, Kernels, softmax
from agent.reviews.words import rarity
from finetune.bases import Say
from finetune.sentiment.baselines import Learn, in_layers, of_meaning, predict_best, tfidf
from finetune.sentiment.data import Review
from finetune.sentiment.fitting import (
    Examples,
    Floats,
    balanced,
    examples,
    fit,
    logits_of,
    make_kernels,
    scaled,
    telling,
    temperature,
)
from finetune.sentiment.judging import Figures, judge

BASELINE = "TF-IDF + logistic regression"
CHOSEN = {"words": "hashed TF-IDF, both languages", "meaning": "hashed TF-IDF + e5"}
STRENGTH = {"words": 3.0, "meaning": 1.5}
"""C of each head. From 1 to 2 the second one's figures move by 0.001."""

EVEN = 0.5
"""How far rare labels are raised to the weight of common ones: 0 not at all, 1 wholly."""

FOLDS, SEED = 5, 7
_FEWEST = 50


@dataclass(frozen=True)
class Heads:
    """Both heads, made calibrated, and what they read with: worth of words, kernels of meaning."""

    worth: Floats
    kernels: Kernels | None
    heads: dict[str, Head]


def compare(
    reviews: Sequence[Review], meaning: Meaning | None, say: Say
) -> dict[str, dict[str, Figures]]:
    """Figures by language and model. Raises TrainingError where there are too few reviews."""
    from sklearn.model_selection import GroupKFold

    groups = [review.group for review in reviews]
    if len(reviews) < _FEWEST or len(set(groups)) < 2 * FOLDS:
        raise TrainingError(f"{len(reviews)} labelled reviews are too few to learn from")
    found: dict[str, Floats] = {}
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(reviews, groups=groups)
    for number, (known, unseen) in enumerate(folds, 1):
        for name, part in _fold(reviews, meaning, known.tolist(), unseen.tolist()).items():
            found.setdefault(name, np.zeros((len(reviews), part.shape[1]), np.float32))
            found[name][unseen] = part
        say(f"fold {number} of {FOLDS}")
    return judge(reviews, found, BASELINE, SEED)


def teach(reviews: Sequence[Review], meaning: Meaning | None, rows: Sequence[int]) -> Heads:
    """Fit the heads on these rows; without `meaning` the one that reads words alone."""
    taught, kept = kept_back(reviews, rows)
    known = [reviews[row] for row in taught]
    worth = rarity(review.text for review in known) * telling(known)
    kernels = None if meaning is None else make_kernels(meaning.of(taught))
    weights = balanced(known, EVEN)
    heads = {}
    for name in CHOSEN if kernels else ("words",):
        reads = kernels if name == "meaning" else None
        head = fit(
            _examples(reviews, worth, meaning, reads, taught), weights, STRENGTH[name], reads
        )
        checked = _examples(reviews, worth, meaning, reads, kept)
        heads[name] = scaled(head, temperature(logits_of(head, checked), checked.labels))
    return Heads(worth, kernels, heads)


def kept_back(reviews: Sequence[Review], rows: Sequence[int]) -> tuple[list[int], list[int]]:
    """Nine tenths of the groups to learn from, and the rest to check by."""
    names = sorted({reviews[row].group for row in rows})
    drawn = np.random.default_rng(SEED).permutation(len(names))[: max(1, len(names) // 10)]
    kept = {names[at] for at in drawn}
    return (
        [row for row in rows if reviews[row].group not in kept],
        [row for row in rows if reviews[row].group in kept],
    )


def _fold(
    reviews: Sequence[Review], meaning: Meaning | None, known: list[int], unseen: list[int]
) -> dict[str, Floats]:
    learnt: dict[str, Learn] = {BASELINE: tfidf}
    if meaning is not None:
        learnt["e5 + logistic regression"] = of_meaning(meaning.whole)
        learnt["e5 + perceptron of 64"] = in_layers(meaning.whole)
    found = {name: np.zeros((len(unseen), 3), np.float32) for name in learnt}
    for lang in sorted({reviews[row].lang for row in unseen}):
        taught, kept = kept_back(reviews, [row for row in known if reviews[row].lang == lang])
        at = [n for n, row in enumerate(unseen) if reviews[row].lang == lang]
        for name, learn in learnt.items():
            found[name][at] = predict_best(reviews, learn, taught, kept, [unseen[n] for n in at])
    ours = teach(reviews, meaning, known)
    for name, head in ours.heads.items():
        reads = ours.kernels if name == "meaning" else None
        tests = _examples(reviews, ours.worth, meaning, reads, unseen)
        found[CHOSEN[name]] = softmax(logits_of(head, tests))
    return found


def _examples(
    reviews: Sequence[Review],
    worth: Floats,
    meaning: Meaning | None,
    kernels: Kernels | None,
    rows: Sequence[int],
) -> Examples:
    near = kernels.near(meaning.of(rows)) if kernels and meaning is not None else None
    return examples([reviews[row] for row in rows], worth, near)
