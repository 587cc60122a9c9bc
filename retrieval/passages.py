"""What of a product is embedded, and what is matched by words."""

import hashlib
from dataclasses import dataclass

from retrieval.catalogue import Local, Product, in_language
from retrieval.words import tokens

VERSION = "1"
"""Changes whenever `passages` does: then every passage is embedded anew."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a product in one language, with the hash that its vector is kept under."""

    lang: str
    text: str

    @property
    def hash(self) -> str:
        """SHA-256 of the text: the same text has the same vector under the same weights."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def passages(product: Product) -> list[Passage]:
    """One passage for each language that the product has texts in; most telling parts first.

    Embedders cut a long text at its end, so title, brand and category come before the description.
    Prices, stock and attributes are left out: they change without the product becoming another,
    and then nothing is embedded anew. Attributes are matched by words.
    """
    langs = dict.fromkeys([*product.title, *product.description]) or {"": None}
    return [Passage(lang, _text(product, lang)) for lang in langs]


def word_list(product: Product) -> list[str]:
    """The words of a product in all its languages; those of the title count twice."""
    titles = _all(product.title)
    texts = [*titles, *titles, product.brand, *_all(product.category), *_all(product.description)]
    for attributes in (product.attributes, *(variant.attributes for variant in product.variants)):
        texts += [part for value in attributes.values() for part in _all(value)]
    return [token for text in _distinct_after(len(titles), texts) for token in tokens(text)]


def _text(product: Product, lang: str) -> str:
    parts = [
        in_language(product.title, lang),
        product.brand,
        in_language(product.category, lang),
        in_language(product.description, lang),
    ]
    return ". ".join(part for part in parts if part)


def _all(text: Local) -> list[str]:
    return list(dict.fromkeys(part for part in text.values() if part))


def _distinct_after(keep: int, texts: list[str]) -> list[str]:
    """Variants repeat each other's options: count each once, but the titles as often as given."""
    return [*texts[:keep], *dict.fromkeys(texts[keep:])]
