"""What the model is held against: TF-IDF or meaning alone, a model for each language.

Each is fitted at several strengths; the best on rows that were kept back is taken, and calibrated
on them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from agent.reviews.polarity import POLARITIES, softmax
from finetune.sentiment.data import Review
from finetune.sentiment.fitting import Floats, temperature
from finetune.sentiment.judging import macro_f1

Rows = Sequence[int]
Features = Callable[[Rows], Any]
Candidates = Iterator[tuple[Any, Features]]
Learn = Callable[[Sequence[Review], Rows], Candidates]

_SHUT = 1e-12
_TOKENS = re.compile(r"\w[\w']*|[!?]")


def tfidf(reviews: Sequence[Review], taught: Rows) -> Candidates:
    """Words and pairs of words in English, runs of one to three characters in Chinese."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    chinese = reviews[taught[0]].lang == "zh"
    words = TfidfVectorizer(
        analyzer="char" if chinese else "word",
        ngram_range=(1, 3) if chinese else (1, 2),
        tokenizer=None if chinese else _TOKENS.findall,
        token_pattern=None,
        sublinear_tf=True,
    ).fit([reviews[row].text for row in taught])

    def features(rows: Rows) -> Any:
        return words.transform([reviews[row].text for row in rows])

    yield from _logistic(features, reviews, taught, (1, 3, 10, 30))


def of_meaning(meaning: Floats) -> Learn:
    """Logistic regression over standardised vectors."""

    def learn(reviews: Sequence[Review], taught: Rows) -> Candidates:
        features = _standardised(meaning, taught)
        yield from _logistic(features, reviews, taught, (0.003, 0.01, 0.03, 0.1))

    return learn


def in_layers(meaning: Floats) -> Learn:
    """A perceptron with one hidden layer over standardised vectors."""

    def learn(reviews: Sequence[Review], taught: Rows) -> Candidates:
        from sklearn.neural_network import MLPClassifier

        features = _standardised(meaning, taught)
        model = MLPClassifier((64,), alpha=1.0, early_stopping=True, random_state=0)
        yield model.fit(features(taught), [reviews[row].label for row in taught]), features

    return learn


def predict_best(
    reviews: Sequence[Review], learn: Learn, taught: Rows, kept: Rows, unseen: Rows
) -> Floats:
    """Probabilities for `unseen`, shape (n, 3), by the candidate that is best on `kept`."""
    labels = np.array([reviews[row].label for row in kept])

    def logits(model: Any, features: Features, rows: Rows) -> Floats:
        found = np.full((len(rows), len(POLARITIES)), _SHUT, np.float32)
        found[:, model.classes_] = np.maximum(model.predict_proba(features(rows)), _SHUT)
        return np.log(found)

    def good(candidate: tuple[Any, Features]) -> float:
        return macro_f1(labels, logits(*candidate, kept).argmax(axis=1))

    best = max(learn(reviews, taught), key=good)
    by = temperature(logits(*best, kept), labels)
    return softmax(logits(*best, unseen) / np.float32(by))


def _logistic(
    features: Features, reviews: Sequence[Review], taught: Rows, strengths: Sequence[float]
) -> Candidates:
    from sklearn.linear_model import LogisticRegression

    labels, given = [reviews[row].label for row in taught], features(taught)
    for strength in strengths:
        model = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000)
        yield model.fit(given, labels), features


def _standardised(meaning: Floats, taught: Rows) -> Features:
    known = meaning[list(taught)]
    centre, spread = known.mean(axis=0), known.std(axis=0) + np.float32(1e-6)
    return lambda rows: (meaning[list(rows)] - centre) / spread
