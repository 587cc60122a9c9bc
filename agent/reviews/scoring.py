"""Scores reviews: how each feels, and how it feels of what it speaks of; kept with the review.

A score is known by the model that gave it. Whatever has no score of the present model, new reviews
and changed ones among them, is scored by the next call.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, update

from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import Review
from agent.reviews.aspects import Mention, mentions, said, settle
from agent.reviews.polarity import POLARITIES, Polarity, load_polarity
from agent.settings import Settings
from retrieval.embedders import Embedder

Advance = Callable[[int], None]

_AT_ONCE = 256


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

    def score(self, texts: Sequence[str], advance: Advance | None = None) -> list[Score]:
        """One score a text, in order; `advance` is told how many more are done."""
        scores: list[Score] = []
        for start in range(0, len(texts), _AT_ONCE):
            scores += self._score(texts[start : start + _AT_ONCE])
            if advance:
                advance(len(scores) - start)
        return scores

    def _score(self, texts: Sequence[str]) -> list[Score]:
        found = [mentions(text) for text in texts]
        asked = {m.clause: None for own in found for m in own if not m.says}
        # A clause that is the whole text is asked once.
        both = list(dict.fromkeys([*texts, *asked]))
        given = self.model.probabilities(both, self.embedder)
        feels = dict(zip(both, given, strict=True))

        def polarity(mention: Mention) -> str:
            if mention.says:
                return said()[mention.aspect, mention.says].polarity
            return POLARITIES[int(feels[mention.clause].argmax())]

        return [
            Score(
                POLARITIES[int(feels[text].argmax())],
                round(float(feels[text][2] - feels[text][0]), 4),
                settle((mention, polarity(mention)) for mention in own),
            )
            for text, own in zip(texts, found, strict=True)
        ]


def score_reviews(db: Database, scorer: Scorer, advance: Advance | None = None) -> int:
    """Score what has no score of this model, and keep it; how many were scored."""
    # What was imported anew meanwhile says something else, and is left for the next call.
    of = Review.__table__.c
    keep = update(Review).where(of.id == bindparam("of"), of.text == bindparam("said"))
    done = 0
    for ids, texts in _unscored(db, scorer.mark):
        rows = [
            {
                "of": id_,
                "said": text,
                "polarity": score.polarity,
                "sentiment": score.sentiment,
                "aspects": score.aspects,
                "scored_by": scorer.mark,
            }
            for id_, text, score in zip(ids, texts, scorer.score(texts), strict=True)
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


def _unscored(db: Database, mark: str) -> Iterator[tuple[list[str], list[str]]]:
    after = ""
    while True:
        query = (
            select(Review.id, Review.text)
            .where(Review.scored_by != mark, Review.id > after)
            .order_by(Review.id)
            .limit(_AT_ONCE)
        )
        with db.read() as session:
            rows = session.execute(query).all()
        if not rows:
            return
        yield [id_ for id_, _ in rows], [text for _, text in rows]
        after = rows[-1][0]
