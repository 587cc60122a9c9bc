"""Wishes that set two products of one kind side by side."""

import itertools

from agent.events import Comparison, ProductCard
from finetune.synthesis.gold import Seen
from finetune.synthesis.models import Ware
from finetune.synthesis.talk import Talk, Unsayable
from finetune.synthesis.wishes import Wish, money


def compare(talk: Talk) -> Wish:
    """Two products side by side: of those shown, or named from nowhere. Raises Unsayable."""
    text, named = _shown(talk) if talk.shown and talk.rng.random() < 0.75 else _from_nowhere(talk)

    def answer(seen: Seen) -> str:
        shown: Comparison | None = seen.of("comparison")
        if shown is None:
            raise Unsayable
        return _of_table(talk, shown, seen.text)

    return Wish(text, ("compare_products", {"product_ids": named}), answer)


def _shown(talk: Talk) -> tuple[str, list[str]]:
    first = talk.shown[:2]
    if len(first) == 2 and _alike(talk, *first) and talk.rng.random() < 0.4:
        return talk.say("compare_shown"), [card.handle for card in first]
    pairs = [pair for pair in itertools.permutations(talk.shown, 2) if _alike(talk, *pair)]
    if not pairs:
        return _from_nowhere(talk)
    one, two = talk.rng.choice(pairs)
    text = talk.say("compare", product=talk.called(one), product2=talk.called(two))
    return text, [one.handle, two.handle]


def _alike(talk: Talk, one: ProductCard, two: ProductCard) -> bool:
    return talk.world.ware(one.id).kind is talk.world.ware(two.id).kind


def _from_nowhere(talk: Talk) -> tuple[str, list[str]]:
    kinds: dict[str, list[Ware]] = {}
    for ware in talk.world.wares:
        kinds.setdefault(ware.kind.name["en"], []).append(ware)
    several = [wares for wares in kinds.values() if len(wares) > 1]
    if not several:
        raise Unsayable
    two = talk.rng.sample(talk.rng.choice(several), 2)
    named = [talk.rng.choice([ware.short[talk.lang], ware.title[talk.lang]]) for ware in two]
    return talk.say("compare", product=named[0], product2=named[1]), named


def _of_table(talk: Talk, shown: Comparison, text: str) -> str:
    """The prices, and something in which the two differ."""
    one, two = shown.items[:2]
    slots = {
        "title": one.title,
        "title2": two.title,
        "price": money(one.price, one.currency),
        "price2": money(two.price, two.currency),
    }
    if any(card.id not in {c.id for c in talk.shown} for card in (one, two)):
        talk.shown = list(shown.items)
    rows = [
        (label, values)
        for label, values in shown.rows
        if "—" not in values[:2]
        and values[0] != values[1]
        and f"{label}: {' | '.join(values)}" in text
    ]
    if not rows:
        return talk.reply("compared", **slots)
    label, values = talk.rng.choice(rows)
    slots |= {"attribute": label, "value": values[0], "value2": values[1]}
    return talk.reply("compared_fact", **slots)
