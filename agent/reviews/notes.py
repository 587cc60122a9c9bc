"""The short note on a product when enough of its reviews say the same: "runs small (12 of 30)"."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from agent.events import Lang
from agent.orders.database import Database
from agent.orders.models import Review
from agent.reviews.aspects import said
from agent.wording import say

FEWEST = 3
SHARE = 0.2
"""So many reviews of a product, and so many of all of them, must say a thing outright."""

AGREED = 2
"""And so many times as many as say something else of the same aspect."""

_MOST = 2


@dataclass(frozen=True)
class Note:
    """What `count` of a product's `reviews` say outright of an aspect."""

    aspect: str
    says: str
    count: int
    reviews: int

    def text(self, lang: Lang) -> str:
        """As shoppers read it."""
        what = said()[self.aspect, self.says].note[lang]
        return say(
            lang,
            f"{what} ({self.count} of {self.reviews} reviews)",
            f"{what}（{self.reviews}条评价中{self.count}条）",
        )


def read_notes(db: Database, product_ids: Sequence[str], lang: Lang) -> dict[str, str]:
    """What shoppers should know of the reviews, by product; one without a note is left out."""
    query = select(Review.product_id, Review.aspects).where(
        Review.product_id.in_(product_ids), Review.scored_by != ""
    )
    scored: dict[str, list[dict[str, dict[str, str]]]] = {}
    with db.read() as session:
        for product_id, aspects in session.execute(query):
            scored.setdefault(product_id, []).append(aspects or {})
    comma = say(lang, "; ", "；")
    notes = {id_: comma.join(n.text(lang) for n in notes_of(own)) for id_, own in scored.items()}
    return {product_id: text for product_id, text in notes.items() if text}


def notes_of(reviews: Sequence[dict[str, dict[str, str]]]) -> list[Note]:
    """At most two notes from the aspects of a product's reviews, complaints first."""
    found = Counter(
        (aspect, verdict["says"])
        for aspects in reviews
        for aspect, verdict in aspects.items()
        if (aspect, verdict.get("says", "")) in said()
    )
    notes = [
        Note(aspect, says, count, len(reviews))
        for (aspect, says), count in found.items()
        if count >= max(FEWEST, SHARE * len(reviews))
        and all(
            count >= AGREED * others
            for (other, otherwise), others in found.items()
            if other == aspect and otherwise != says
        )
    ]
    notes.sort(key=lambda n: (said()[n.aspect, n.says].polarity, -n.count, n.aspect))
    return notes[:_MOST]
