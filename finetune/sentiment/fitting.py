"""Fits a multinomial logistic regression on sparse words and dense meaning, by L-BFGS.

A review whose file knows no neutral is a choice between negative and positive: its softmax runs
over these two, so that it teaches nothing of neutral, which is learnt from the files that have it
and carried over by what both languages share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.reviews.meaning import Meaning
from agent.reviews.polarity import POLARITIES, Head, Kernel, Kernels, softmax, unit
from agent.reviews.words import BUCKETS, counts, weighted
from finetune.sentiment.data import NEUTRAL, POSITIVE, Review

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
K = len(POLARITIES)
CENTRES = 1000
"""Of each kernel. On Chinese reviews 2000 were no better."""
_PLACED = 12_000
"""Clauses at most among which centres are looked for."""

_SHUT, _FLAT, _STEPS = -1e9, 1e-4, 200
_LITTLE = 0.1


@dataclass(frozen=True)
class Examples:
    """Reviews as arrays: `words` sparse (n, BUCKETS), `nearness` (n, m), with m 0 for none."""

    words: Any
    nearness: Floats
    labels: NDArray[np.int64]
    open: NDArray[np.bool_]
    """Shape (n, 3): what each may be labelled."""


def examples(reviews: Sequence[Review], worth: Floats, nearness: Floats | None) -> Examples:
    """The arrays of some reviews; `nearness` has one row for each, `worth` is of each bucket."""
    from scipy.sparse import csr_array

    rows = [weighted(review.text, worth) for review in reviews]
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in rows)])
    data = np.concatenate([weights for _, weights in rows])
    words = csr_array((data, np.concatenate([b for b, _ in rows]), ends), (len(rows), BUCKETS))
    return Examples(
        words,
        np.zeros((len(reviews), 0), np.float32) if nearness is None else nearness,
        np.array([review.label for review in reviews]),
        np.array([[review.whole or k != NEUTRAL for k in range(K)] for review in reviews]),
    )


def telling(reviews: Sequence[Review]) -> Floats:
    """How unevenly the n-grams of each bucket stand in good and in bad reviews, shape (BUCKETS,).

    The root of the log ratio of their shares, after the counts that Wang and Manning (Baselines and
    Bigrams, ACL 2012) weight words by; a bucket that tells nothing keeps a little.
    """
    seen = np.ones((2, BUCKETS))
    for review in reviews:
        if review.label != NEUTRAL:
            seen[int(review.label == POSITIVE), counts(review.text)[0]] += 1
    shares = np.log(seen / seen.sum(axis=1, keepdims=True))
    return np.asarray(np.sqrt(np.abs(shares[1] - shares[0]) + _LITTLE), dtype=np.float32)


def make_kernels(meaning: Meaning) -> Kernels:
    """The kernels over so many reviews."""
    parts = meaning.parts
    drawn = np.random.default_rng(0).permutation(len(parts))[:_PLACED]
    return Kernels(_kernel(meaning.whole), _kernel(parts[drawn]))


def _kernel(vectors: Floats) -> Kernel:
    """A kernel whose centres k-means finds among vectors."""
    from sklearn.cluster import KMeans

    mean, spread = vectors.mean(axis=0), vectors.std(axis=0) + np.float32(1e-6)
    places = unit((vectors - mean) / spread)
    count = min(CENTRES, len(places) // 4)
    means = KMeans(count, init="random", n_init=1, max_iter=6, random_state=0).fit(places)
    return Kernel(mean, spread, means.cluster_centers_.astype(np.float32))


def fit(data: Examples, weights: Doubles, strength: float, kernels: Kernels | None = None) -> Head:
    """The head of least weighted cross-entropy; `strength` is scikit-learn's C.

    Nearness is whitened first, so that the penalty is that of the kernels' own spaces (Nyström:
    Williams and Seeger, 2001), and the whitening is folded into the weights.
    """
    from scipy.linalg import block_diag
    from scipy.optimize import minimize

    each = [_whitening(kernel) for kernel in (kernels.whole, kernels.parts)] if kernels else []
    white = block_diag(*each).astype(np.float32) if each else np.zeros((0, 0), np.float32)
    dense = data.nearness @ white
    rows = np.arange(len(data.labels))
    # Weights of empty buckets stay zero: they need no part in it.
    used = np.unique(data.words.indices)
    sparse = data.words[:, used]
    ends = np.cumsum([len(used) * K, dense.shape[1] * K])

    def split(flat: Doubles) -> tuple[Doubles, Doubles, Doubles]:
        words, meaning, bias = np.split(flat, ends)
        return words.reshape(-1, K), meaning.reshape(-1, K), bias

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        words, meaning, bias = split(flat)
        logits = sparse @ words + dense @ meaning.astype(np.float32) + bias
        logits[~data.open] = _SHUT
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        wrong = np.exp(logs)
        wrong[rows, data.labels] -= 1
        wrong *= weights[:, None]
        penalty = ((words**2).sum() + (meaning**2).sum()) / (2 * strength)
        slopes = (
            sparse.T @ wrong + words / strength,
            dense.T @ wrong.astype(np.float32) + meaning / strength,
            wrong.sum(axis=0),
        )
        found = -(weights * logs[rows, data.labels]).sum() + penalty
        return float(found), np.concatenate([np.ravel(part) for part in slopes])

    start = np.zeros(ends[-1] + K)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    words, meaning, bias = (part.astype(np.float32) for part in split(found.x))
    spread = np.zeros((BUCKETS, K), np.float32)
    spread[used] = words
    return Head(spread, white @ meaning, bias)


def _whitening(kernel: Kernel) -> Floats:
    """What turns nearness into coordinates whose inner product is the kernel: K^-1/2."""
    squares = (kernel.centres**2).sum(axis=1)
    apart = squares[:, None] + squares - 2 * kernel.centres @ kernel.centres.T
    values, vectors = np.linalg.eigh(np.exp(-np.maximum(apart, 0)).astype(np.float64))
    kept = values > _FLAT
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]), dtype=np.float32)


def balanced(reviews: Sequence[Review], rate: float = 1.0) -> Doubles:
    """Weights by which every label of every language counts the same; with `rate` 0 all are 1."""
    keys = [(review.lang, review.label) for review in reviews]
    names, at, often = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    langs = [lang for lang, _ in names]
    fair = [
        sum(often[[lang == other for other in langs]]) / (langs.count(lang) * n)
        for lang, n in zip(langs, often, strict=True)
    ]
    return np.asarray(fair)[at] ** rate


def logits_of(head: Head, data: Examples) -> Floats:
    """Shape (n, 3), with what a review cannot be labelled shut."""
    logits = data.words @ head.words + head.bias
    if len(head.meaning):
        logits = logits + data.nearness @ head.meaning
    return np.asarray(np.where(data.open, logits, _SHUT), dtype=np.float32)


def temperature(logits: Floats, labels: NDArray[np.int64]) -> float:
    """What to divide logits by so that their likelihood on a validation part is greatest."""
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(labels))

    def loss(log_t: float) -> float:
        chosen = softmax(logits / np.float32(np.exp(log_t)))[rows, labels]
        return float(-np.log(np.maximum(chosen, 1e-12)).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.5, 2.5), method="bounded").x))


def scaled(head: Head, by: float) -> Head:
    """The head whose logits are divided by a temperature."""
    return Head(*(part / np.float32(by) for part in (head.words, head.meaning, head.bias)))
