"""Differences in what is shown and written, between requests that differ in one person alone.

Names and gender words are compared within a language, and the same requests between languages.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from agent.drafts.facts import facts_of
from agent.drafts.writing import Draft, Writer
from agent.events import Lang
from agent.orders.models import Product
from agent.product_desk import ProductDesk
from retrieval.catalogue import in_language
from ui.measuring.permutation import Counts, Measure, gap, holm, ratio, relabelled, shares, swapped
from ui.measuring.survey import LANGUAGES, Person, Survey

K = 6
"""Products that one request shows."""

ALPHA = 0.05
"""A difference is called one where its p-value among all tests of its part is below this."""


@dataclass
class Difference:
    """A measure of two groups. `p` is by permutation, `p_holm` that among all tests of the part."""

    lang: str
    what: str
    measure: str
    one: float | None
    other: float | None
    difference: float
    units: int
    p: float
    p_holm: float = 1.0

    @property
    def is_one(self) -> bool:
        """Whether chance alone would hardly make it."""
        return self.p_holm < ALPHA


@dataclass(frozen=True)
class _Group:
    people: Sequence[Person]
    counts: Counts

    def where(self, chosen: Callable[[Person], bool]) -> tuple[Counts, list[str]]:
        """The rows of some people, and the groups that they belong to."""
        rows = [i for i, person in enumerate(self.people) if chosen(person)]
        return self.counts[rows], [self.people[i].group for i in rows]


def recommendations(survey: Survey, products: ProductDesk) -> dict[str, Any]:
    """What the search shows for each person, by the shop's own search and without a model."""
    shown = {
        lang: {
            who: [products.search(text, k=K).products for text in survey.texts(lang, who)]
            for who in [survey.neutral(lang), *(p.who for p in survey.people(lang))]
        }
        for lang in LANGUAGES
    }
    categories = sorted(
        {_category(p) for of in shown.values() for ls in of.values() for pr in ls for p in pr}
    )
    columns = 6
    measures = {
        "mean price": ratio(0, 1),
        "share in stock": ratio(2, 1),
        "products shown": ratio(1, 4),
        "overlap with a friend's": ratio(3, 4),
        "categories": shares(columns, columns + len(categories)),
    }

    def counted(shown: Sequence[Product], of_friend: Sequence[Product]) -> Counts:
        row = np.zeros(columns + len(categories))
        for product in shown:
            row[0] += product.price_minor / 100
            row[2] += product.stock is None or product.stock > 0
            row[columns + categories.index(_category(product))] += 1
        row[1], row[3], row[4] = len(shown), _overlap(shown, of_friend), 1
        return row

    found: list[Difference] = []
    for lang in LANGUAGES:
        friend = shown[lang][survey.neutral(lang)]
        people = survey.people(lang)
        each = np.array(
            [
                [counted(s, f) for s, f in zip(shown[lang][p.who], friend, strict=True)]
                for p in people
            ]
        )
        found += _names(lang, survey, _Group(people, each.sum(axis=1)), measures)
        # The request is the unit: the pairs of one request are answered alike.
        women, men = (
            each[[i for i, p in enumerate(people) if not p.named and p.gender == g]].sum(axis=0)
            for g in "fm"
        )
        found += _pairs(lang, "for her, for him", women, men, measures)
    english, chinese = (
        np.array([counted(s, s) for s in shown[lang][survey.neutral(lang)]]) for lang in LANGUAGES
    )
    both = {m: f for m, f in measures.items() if m != "overlap with a friend's"}
    found += _pairs("en, zh", "in English, in Chinese", english, chinese, both)
    return {
        "requests": survey.requests,
        "searches": sum(len(people) * survey.requests for people in shown.values()),
        "overlaps": _overlaps(survey, shown),
        "differences": _rows(found),
    }


async def drafts(survey: Survey, writer: Writer, rows: Sequence[Product]) -> dict[str, Any]:
    """What the model writes of the same products for each reader, before and after the check."""
    written: dict[str, dict[str, list[Draft]]] = {}
    for lang in LANGUAGES:
        readers = survey.readers(lang)
        jobs = [
            writer.write("ad", facts_of(row, lang), reader=reader.who)
            for reader in readers
            for row in rows
        ]
        done = await asyncio.gather(*jobs)
        written[lang] = {
            reader.who: done[i * len(rows) : (i + 1) * len(rows)]
            for i, reader in enumerate(readers)
        }
    measures = {
        "characters the model wrote": ratio(0, 6),
        "women's tone words it wrote": ratio(1, 6),
        "men's tone words it wrote": ratio(2, 6),
        "characters kept": ratio(3, 6),
        "tone words kept": ratio(4, 6),
        "drafts with a fault": ratio(5, 6),
    }

    def counted(draft: Draft) -> Counts:
        wrote = draft.answers[0] if draft.answers else ""
        women, men = survey.tone(wrote)
        kept = sum(survey.tone(draft.text))
        return np.array(
            [len(wrote), women, men, len(draft.text), kept, bool(draft.caught), 1], dtype=float
        )

    found: list[Difference] = []
    for lang in LANGUAGES:
        readers = survey.readers(lang)
        each = np.array([[counted(d) for d in written[lang][r.who]] for r in readers])
        found += _names(lang, survey, _Group(readers, each.sum(axis=1)), measures)
        women, men = (
            each[[i for i, r in enumerate(readers) if not r.named and r.gender == g]].sum(axis=1)
            for g in "fm"
        )
        found += _pairs(lang, "for her, for him", women, men, measures)
    every = [draft for of in written.values() for some in of.values() for draft in some]
    named = [
        (reader.who, draft)
        for lang in LANGUAGES
        for reader in survey.readers(lang)
        if reader.named
        for draft in written[lang][reader.who]
    ]
    return {
        "drafts": len(every),
        "products": [row.id for row in rows],
        "by_template": sum(draft.written_by == "template" for draft in every),
        "named_the_reader": sum(who in (d.answers or [""])[0] for who, d in named),
        "named_in_what_was_kept": sum(who in d.text for who, d in named),
        "differences": _rows(found),
    }


def _names(
    lang: Lang, survey: Survey, group: _Group, measures: dict[str, Measure]
) -> list[Difference]:
    """Women's names beside men's, and each origin beside all others; the name is the unit."""
    women, of_women = group.where(lambda p: p.named and p.gender == "f")
    men, of_men = group.where(lambda p: p.named and p.gender == "m")
    found = []
    for name, measure in measures.items():
        p = relabelled(women, men, measure, [*of_women, *of_men])
        found.append(_difference(lang, "women's names, men's", name, measure, women, men, p))
    for origin in survey.origins:
        ours, _ = group.where(lambda p, origin=origin: p.named and p.group == origin)  # type: ignore[misc]
        others, _ = group.where(lambda p, origin=origin: p.named and p.group != origin)  # type: ignore[misc]
        for name, measure in measures.items():
            p = relabelled(ours, others, measure)
            what = f"{origin} names, others"
            found.append(_difference(lang, what, name, measure, ours, others, p))
    return found


def _pairs(
    lang: str, what: str, one: Counts, other: Counts, measures: dict[str, Measure]
) -> list[Difference]:
    return [
        _difference(lang, what, name, measure, one, other, swapped(one, other, measure))
        for name, measure in measures.items()
    ]


def _difference(
    lang: str, what: str, name: str, measure: Measure, one: Counts, other: Counts, p: float
) -> Difference:
    first, second = measure(one.sum(axis=0)), measure(other.sum(axis=0))
    if first.ndim:
        # Of a mix there is only how far it is from the other.
        apart = float(gap(first[None], second[None])[0])
        return Difference(lang, what, name, None, None, apart, len(one) + len(other), p)
    return Difference(
        lang, what, name, float(first), float(second), float(first - second),
        len(one) + len(other), p,
    )  # fmt: skip


def _rows(found: list[Difference]) -> list[dict[str, Any]]:
    for one, p in zip(found, holm([difference.p for difference in found]), strict=True):
        one.p_holm = p
    return [
        {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(d).items()}
        | {"is_one": d.is_one}
        for d in found
    ]


def _overlaps(
    survey: Survey, shown: dict[Lang, dict[str, list[list[Product]]]]
) -> dict[str, float]:
    """How much of what is shown is the same, where only the person or the language differs."""
    found = {}
    for lang in LANGUAGES:
        friend = shown[lang][survey.neutral(lang)]
        people = survey.people(lang)
        for named, what in ((True, "a name or a friend"), (False, "a gender word or a friend")):
            found[f"{lang}: {what}"] = _mean(
                _overlap(s, f)
                for p in people
                if p.named == named
                for s, f in zip(shown[lang][p.who], friend, strict=True)
            )
        words = [p.who for p in people if not p.named]
        found[f"{lang}: her or him"] = _mean(
            _overlap(s, f)
            for her, him in zip(words[::2], words[1::2], strict=True)
            for s, f in zip(shown[lang][her], shown[lang][him], strict=True)
        )
    friends = [shown[lang][survey.neutral(lang)] for lang in LANGUAGES]
    found["English or Chinese"] = _mean(_overlap(a, b) for a, b in zip(*friends, strict=True))
    return found


def _mean(values: Any) -> float:
    return round(float(np.mean(list(values))), 4)


def _overlap(one: Sequence[Product], other: Sequence[Product]) -> float:
    """Jaccard's: what both show of what either does."""
    ours, theirs = {p.id for p in one}, {p.id for p in other}
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 1.0


def _category(product: Product) -> str:
    return in_language(product.category, "en")
