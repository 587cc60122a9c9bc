"""What the shop's policies say today, found section by section and quoted word for word."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from threading import Lock
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from agent.clock import Clock
from agent.events import Lang
from agent.grounding import split_sentences
from agent.orders.database import Database
from agent.orders.models import Policy
from agent.orders.shop_rules import policies_in_force
from retrieval.embedders import Embedder
from retrieval.lexical import WordIndex, plain_groups
from retrieval.words import tokens

Vector = NDArray[np.float32]

WORDS = 0.03
"""What a section that has all words of a question is nearer by than one that has none (cosine)."""

SHARED_WORDS = 0.06
"""What a sentence that has all words of a question is nearer by than one that has none, in cosine.

From 0.03 to 0.1 the same sentences lead; much more, and they are the wrong ones.
"""

LEAST_NEAR = 0.65
"""The cosine from which on a section is about a question at all.

Of 600 questions about rules 10 are further off, of 600 that no shop answers 233 (2026-11-27).
"""

SURELY_NEAR = 0.76
"""The cosine from which on a question is after a rule, whatever a model makes of it: 63 of 100 in
English and 41 in Chinese, and 1 and 3 of 100 that no shop answers (2026-11-27).
"""

KNOWN_RULES = frozenset(
    {
        "return_window_days",
        "exchange_window_days",
        "perishable_return_window_days",
        "perishable_exchange_window_days",
        "perishable_categories",
        "same_product_only",
        "returns_or_exchanges_per_order",
        "cancel_reasons",
        "free_shipping_from",
        "warranty_months",
    }
)
"""Rules that code may act on (DESIGN section 5); others are only quoted."""

_HEADING = re.compile(r"^#{1,6}\s+(.*\S)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Passage:
    """One section of one policy version, as it is quoted.

    Of a passage that was found, `lead` is the part from the sentence on that answers best.
    """

    policy_id: str
    locale: str
    title: str
    version: str
    effective_from: date
    heading: str
    text: str
    lead: str = ""


class PolicyBook:
    """The policies in force. Threads may share it; it follows the database and the calendar."""

    def __init__(
        self, db: Database, clock: Clock, zone: ZoneInfo, embedder: Embedder | None
    ) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone
        self._embedder = embedder
        self._lock = Lock()
        self._shelf: _Shelf | None = None

    def search(self, queries: Sequence[str], lang: Lang, k: int = 2) -> list[Passage]:
        """The `k` sections that answer best, in `lang` where the policy exists in it.

        Several wordings of one question, such as the model's and the shopper's own, count alike.
        """
        shelf = self._current()
        rows = shelf.rows_in(lang)
        if not rows:
            return []
        meant = self._meant(shelf, queries)
        if meant and not any(_is_about(shelf, rows, vector) for vector in meant):
            return []
        asked = _Asked([word for query in queries for word in tokens(query)], _mean(meant))
        scores = shelf.score(asked, rows)
        best = [rows[place] for place in np.argsort(-scores, kind="stable") if scores[place] > 0]
        return [replace(shelf.passages[row], lead=_lead(shelf, row, asked)) for row in best[:k]]

    def _meant(self, shelf: "_Shelf", queries: Sequence[str]) -> list[Vector]:
        """The vector of each query; none where there is no embedding model."""
        if self._embedder is None or shelf.vectors is None:
            return []
        return [self._embedder.encode_query(query) for query in queries]

    def surely_asked(self, said: str, lang: Lang) -> bool:
        """Whether a message is so near to a section that it must be after a rule."""
        shelf = self._current()
        rows = shelf.rows_in(lang)
        if self._embedder is None or shelf.vectors is None or not rows:
            return False
        return float((shelf.vectors[rows] @ self._embedder.encode_query(said)).max()) >= SURELY_NEAR

    def in_force(self, lang: Lang) -> list[Passage]:
        """Every section that holds today, in `lang` where it exists in it."""
        shelf = self._current()
        return [shelf.passages[row] for row in shelf.rows_in(lang)]

    @property
    def version(self) -> str:
        """A hash over what holds today; another one when an import or the day changes it."""
        said = [f"{p.policy_id} {p.locale} {p.heading} {p.text}" for p in self._current().passages]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

    def _current(self) -> "_Shelf":
        today = self._clock().astimezone(self._zone).date()
        with self._lock:
            stamp = (today, self._stamp())
            if self._shelf is None or self._shelf.stamp != stamp:
                self._shelf = _Shelf(stamp, self._read(today), self._embedder)
            return self._shelf

    def _stamp(self) -> str:
        """Changes whenever an import changes a policy."""
        with self._db.read() as session:
            hashes = session.scalars(select(Policy.source_hash).order_by(Policy.source_hash))
            return "".join(hashes)

    def _read(self, today: date) -> list[Passage]:
        with self._db.read() as session:
            policies = policies_in_force(session, today)
        return [passage for policy in policies for passage in sections(policy)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question: its words, and what it means where there is an embedding model."""

    words: list[str]
    vector: Vector | None


def _mean(vectors: Sequence[Vector]) -> Vector | None:
    if not vectors:
        return None
    mean: Vector = np.mean(vectors, axis=0)
    return mean / np.linalg.norm(mean)


def _is_about(shelf: "_Shelf", rows: list[int], vector: Vector) -> bool:
    """Whether any of the sections is about a question; words alone cannot tell."""
    return shelf.vectors is None or float((shelf.vectors[rows] @ vector).max()) >= LEAST_NEAR


def _lead(shelf: "_Shelf", row: int, asked: _Asked) -> str:
    """A section from the sentence on that is nearest to the question.

    On 33 questions about the sample shop's policies one of the two sentences that lead held the
    answer 26 times; of the 16 that are canned 12 times, the section's first sentence 8 times
    (2026-11-27).
    """
    sentences = shelf.sentences[row]
    words = set(asked.words)
    near = np.array([len(words.intersection(tokens(s))) / max(len(words), 1) for s in sentences])
    if asked.vector is not None and shelf.sentence_vectors is not None:
        near = shelf.sentence_vectors[row] @ asked.vector + SHARED_WORDS * near
    text = shelf.passages[row].text
    return text[text.index(sentences[int(near.argmax())]) :]


class _Shelf:
    """The sections of one day, searchable."""

    def __init__(
        self, stamp: tuple[object, ...], passages: list[Passage], embedder: Embedder | None
    ) -> None:
        self.stamp = stamp
        self.passages = passages
        headings = [f"{p.title}: {p.heading}" for p in passages]
        texts = [f"{p.title}. {p.heading}. {p.text}" for p in passages]
        self._documents = [f"{h} {t}" for h, t in zip(headings, texts, strict=True)]
        self.sentences = [split_sentences(p.text, final=True)[0] for p in passages]
        self.vectors: NDArray[np.float32] | None = None
        self.sentence_vectors: list[NDArray[np.float32]] | None = None
        if embedder is not None and texts:
            # A question is nearer to a heading than to the sentences that answer it.
            both = embedder.encode_passages(headings) + embedder.encode_passages(texts)
            self.vectors = both / np.linalg.norm(both, axis=1, keepdims=True)
            # A sentence alone seldom says what it is about.
            told = [
                f"{h}. {s}" for h, each in zip(headings, self.sentences, strict=True) for s in each
            ]
            ends = np.cumsum([len(each) for each in self.sentences])[:-1]
            self.sentence_vectors = np.split(embedder.encode_passages(told), ends)

    @cached_property
    def words(self) -> WordIndex:
        """The word index, for a shop without an embedding model; it cannot be empty."""
        return WordIndex.of([tokens(document) for document in self._documents])

    def score(self, asked: _Asked, rows: list[int]) -> NDArray[np.float32]:
        """How well each of `rows` answers, shape (rows,): by the meaning of the whole section and
        of its nearest sentence, and by words; 0 where, without an embedding model, no word fits.

        Of 51 questions about the sample shop's policies the right policy came first 41 times, by
        the section's meaning alone 36 times (2026-11-27).
        """
        worded, most = self.words.score(plain_groups(asked.words))
        share = worded[rows] / max(most, 1e-9)
        if asked.vector is None or self.vectors is None or self.sentence_vectors is None:
            return share
        whole = self.vectors[rows] @ asked.vector
        nearest = [float((self.sentence_vectors[row] @ asked.vector).max()) for row in rows]
        scores: NDArray[np.float32] = (whole + nearest) / 2 + WORDS * share
        return scores

    def rows_in(self, lang: Lang) -> list[int]:
        """Rows in `lang`, and of policies that lack it those in another language."""
        have = {p.policy_id for p in self.passages if p.locale == lang}
        return [
            row
            for row, p in enumerate(self.passages)
            if p.locale == lang or p.policy_id not in have
        ]


def sections(policy: Policy) -> list[Passage]:
    """The policy cut at its headings; a heading without a text of its own is left out."""
    marks = [(m.start(), m.end(), m[1]) for m in _HEADING.finditer(policy.text)]
    starts = [(0, 0, ""), *marks]
    ends = [mark[0] for mark in marks] + [len(policy.text)]
    return [
        Passage(
            policy_id=policy.id,
            locale=policy.locale,
            title=policy.title,
            version=policy.version,
            effective_from=policy.effective_from,
            heading="" if heading == policy.title else heading,
            text=" ".join(policy.text[after:end].split()),
        )
        for (_, after, heading), end in zip(starts, ends, strict=True)
        if policy.text[after:end].strip()
    ]
