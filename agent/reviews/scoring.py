"""Scores reviews: how each feels, and how it feels of what it speaks of; kept with the review.

The stars that a customer gave count beside the text. A score is known by the model that gave it;
whatever has none of the present model, new reviews and changed ones among them, is scored by the
next call.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import bindparam, func, select, update

from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import Review
from agent.reviews.aspects import Mention, mentions, said, settle
from agent.reviews.polarity import (
    MOST_CHARACTERS,
    POLARITIES,
    Floats,
    Polarity,
    load_polarity,
)
from agent.settings import Settings
from retrieval.embedders import Embedder

Advance = Callable[[int], None]

_AT_ONCE = 256
# How much likelier stars make negative, neutral and positive. Assumed, not learnt: a review of five
# stars is negative only where its text leaves hardly a doubt.
_STARS = (
    (1.0, 1.0, 1.0),
    *((0.88, 0.10, 0.02), (0.70, 0.24, 0.06), (0.32, 0.42, 0.26)),
    *((0.05, 0.20, 0.75), (0.02, 0.10, 0.88)),
)


@dataclass(frozen=True)
class Score:
    """How a review feels. `sentiment`: its probability of being positive less that of negative.

    `aspects`: {"size": {"polarity": "negative", "says": "small"}}, `says` only where outright.
    """

    polarity: str
    sentiment: float
    aspects: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Scorer:
    """The model, and the shop's embedding model where there is one. Threads may share it."""

    model: Polarity
    embedder: Embedder | None

    @property
    def mark(self) -> str:
        """What its scores are known by."""
        return self.model.mark(self.embedder)

    @property
    def by_words_alone(self) -> bool:
        """Whether the embedding model is missing, or is not the one of the model's training."""
        return not self.model.reads_meaning(self.embedder)

    def score(
        self,
        texts: Sequence[str],
        stars: Sequence[int] | None = None,
        advance: Advance | None = None,
    ) -> list[Score]:
        """One score a text, in order, with the `stars` that go with it where they are known.

        `advance` is told how many more are done.
        """
        scores: list[Score] = []
        for start in range(0, len(texts), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            scores += self._score(texts[part], stars[part] if stars else [0] * len(texts[part]))
            if advance:
                advance(len(scores) - start)
        return scores

    def _score(self, texts: Sequence[str], stars: Sequence[int]) -> list[Score]:
        found = [mentions(text[:MOST_CHARACTERS]) for text in texts]
        asked = (m.clause for own in found for m in own if not m.says)
        # A clause that is the whole text is asked once.
        both = list(dict.fromkeys([*texts, *asked]))
        felt = dict(zip(both, self.model.probabilities(both, self.embedder), strict=True))

        def polarity(mention: Mention, rated: int) -> str:
            if mention.says:
                return said()[mention.aspect, mention.says].polarity
            return POLARITIES[int(beside_stars(felt[mention.clause], rated).argmax())]

        scores = []
        for text, rated, own in zip(texts, stars, found, strict=True):
            shares = beside_stars(felt[text], rated)
            aspects = settle((mention, polarity(mention, rated)) for mention in own)
            sentiment = round(float(shares[2] - shares[0]), 4)
            scores.append(Score(POLARITIES[int(shares.argmax())], sentiment, aspects))
        return scores


def beside_stars(shares: Floats, stars: int) -> Floats:
    """What a text is taken to feel like, beside the stars that its writer gave; 0: none known.

    Both are evidence, so their odds multiply (naive Bayes).
    """
    both = shares * np.array(_STARS[stars], dtype=np.float32)
    return np.asarray(both / both.sum(), dtype=np.float32)


def score_reviews(db: Database, scorer: Scorer, advance: Advance | None = None) -> int:
    """Score what has no score of this model, and keep it; how many were scored."""
    # What was imported anew meanwhile says something else, and is left for the next call.
    of = Review.__table__.c
    keep = update(Review).where(of.id == bindparam("of"), of.text == bindparam("said"))
    done = 0
    for ids, texts, stars in _unscored(db, scorer.mark):
        rows = [
            {
                "of": id_,
                "said": text,
                "polarity": score.polarity,
                "sentiment": score.sentiment,
                "aspects": score.aspects,
                "scored_by": scorer.mark,
            }
            for id_, text, score in zip(ids, texts, scorer.score(texts, stars), strict=True)
        ]
        with db.write(SYSTEM) as session:
            session.connection().execute(keep, rows)
        done += len(rows)
        if advance:
            advance(len(rows))
    return done


def open_scorer(settings: Settings, embedder: Embedder | None) -> Scorer | None:
    """The scorer of these settings; None where they name no model. Raises WeightsError."""
    if settings.review_model is None:
        return None
    return Scorer(load_polarity(settings.review_model), embedder)


def count_unscored(db: Database, scorer: Scorer) -> int:
    """How many reviews have no score of this model."""
    with db.read() as session:
        waiting = select(func.count()).where(Review.scored_by != scorer.mark)
        return session.scalar(waiting) or 0


def _unscored(db: Database, mark: str) -> Iterator[tuple[list[str], list[str], list[int]]]:
    after = ""
    while True:
        query = (
            select(Review.id, Review.text, Review.rating)
            .where(Review.scored_by != mark, Review.id > after)
            .order_by(Review.id)
            .limit(_AT_ONCE)
        )
        with db.read() as session:
            rows = session.execute(query).all()
        if not rows:
            return
        yield [row.id for row in rows], [row.text for row in rows], [row.rating for row in rows]
        after = rows[-1][0]
