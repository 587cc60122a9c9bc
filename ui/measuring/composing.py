"""Catalogues of any size out of real products: their parts are recombined within a kind.

Titles, descriptions and attributes of a composed product come from two products of one kind, so
that its words and its meaning are those of goods on sale, and no two products read alike. The n-th
composed product is the same whatever the size: vectors that were kept serve every size.
"""

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from retrieval.catalogue import Local, Product
from retrieval.errors import CatalogueError
from retrieval.passages import passages

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_FEWEST = 3
_TRIES = 30
_SOLD_OUT = 0.2

Kind = tuple[str, ...]


def real_sources(shared: Path, mappings: Path, shop: Path) -> list[tuple[Path, Path | None]]:
    """Catalogues and their mappings: those of the workplace, or where it has none the sample's."""
    known = [
        (shared / "search/icecat/products.jsonl.gz", None),
        (shared / "catalogues/retail_demo_store/products.jsonl", "retail_demo_store.yaml"),
        (shared / "catalogues/litemall_zh/products.jsonl", "litemall_zh.yaml"),
    ]
    found = [(file, mappings / name if name else None) for file, name in known if file.is_file()]
    return found or [(shop / "products", None)]


def compose(real: Sequence[Product], count: int, seed: int = 7) -> list[Product]:
    """`count` products: the real ones, or so many of them, and then composed ones; mixed.

    Raises CatalogueError where there are too few to be recombined.
    """
    mixing = random.Random(f"{seed}")
    products = [replace(product, id=f"{n}-{product.id}") for n, product in enumerate(real)]
    mixing.shuffle(products)
    products = products[:count]
    if count > len(products):
        products += _composed(real, count - len(products), seed)
    mixing.shuffle(products)
    return products


def rewritten(product: Product, donor: Product) -> Product:
    """The product with other texts, half of them the donor's, as after an editor's change."""
    rng = random.Random(f"{product.id} {donor.id}")
    return replace(
        product,
        title=_joined(product.title, donor.title, rng),
        description=_joined(product.description, donor.description, rng),
    )


def _composed(real: Sequence[Product], count: int, seed: int) -> list[Product]:
    kinds = [kind for kind in _kinds(real) if len(kind) >= _FEWEST]
    if not kinds:
        raise CatalogueError(f"{len(real)} products are too few to compose {count} more of them")
    weights = [len(kind) for kind in kinds]
    seen = {passage.text for product in real for passage in passages(product)}
    made: list[Product] = []
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        for _ in range(_TRIES):
            [kind] = rng.choices(kinds, weights)
            product = _compose(f"c{number:06d}", kind, rng)
            texts = {passage.text for passage in passages(product)}
            if not texts & seen:
                break
        else:
            raise CatalogueError(
                f"{len(real)} products are too few to compose {count} different ones of them"
            )
        seen |= texts
        made.append(product)
    return made


def _kinds(real: Sequence[Product]) -> list[list[Product]]:
    """Products by category, or where that is not stated by the first of their attributes."""
    kinds: defaultdict[Kind, list[Product]] = defaultdict(list)
    for product in real:
        stated = tuple(product.category.values()) or tuple(list(product.attributes)[:2])
        kinds[(*product.title, product.currency, *stated)].append(product)
    return list(kinds.values())


def _compose(name: str, kind: Sequence[Product], rng: random.Random) -> Product:
    first, second = rng.sample(kind, 2)
    attributes = {
        key: second.attributes[key] if key in second.attributes and rng.random() < 0.5 else value
        for key, value in first.attributes.items()
    }
    price = second.price * Decimal(rng.randrange(70, 141)) / 100
    return replace(
        first,
        id=name,
        title=_joined(first.title, second.title, rng),
        description=_joined(first.description, second.description, rng),
        attributes=attributes,
        variants=(),
        price=max(price, Decimal("0.01")).quantize(Decimal("0.01")),
        stock=0 if rng.random() < _SOLD_OUT else rng.randrange(1, 200),
        url="",
        extra={},
    )


def _joined(first: Local, second: Local, rng: random.Random) -> Local:
    """In each language the beginning of one text and the end of the other."""
    return {lang: _spliced(text, second.get(lang, ""), rng) for lang, text in first.items()}


def _spliced(first: str, second: str, rng: random.Random) -> str:
    """Cut between sentences where both have some, else between words, else between characters."""
    sentences = [_SENTENCE.split(text) for text in (first, second)]
    words = [text.split() for text in (first, second)]
    cuts: tuple[tuple[list[str], list[str], str], ...] = (
        (sentences[0], sentences[1], " "),
        (words[0], words[1], " "),
        (list(first), list(second), ""),
    )
    start, end, glue = next((c for c in cuts if min(len(c[0]), len(c[1])) > 1), cuts[-1])
    head = start[: max(1, round(len(start) * rng.uniform(0.3, 0.7)))]
    tail = end[round(len(end) * rng.uniform(0.3, 0.7)) :]
    return glue.join([*head, *tail])
