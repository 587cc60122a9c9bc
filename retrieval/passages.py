"""What of a product is embedded, and what is matched by words."""

import hashlib
from dataclasses import dataclass

from retrieval.catalogue import Local, Product, in_language
from retrieval.words import tokens

VERSION = "1"
"""Changes whenever `passages` does: then every passage is embedded anew."""

_KIND_WEIGHT, _BRAND_WEIGHT = 3, 2


@dataclass(frozen=True, slots=True)
class Passage:
    """A product in one language: its vector is the mean direction of its `texts`."""

    lang: str
    texts: tuple[str, ...]

    @property
    def hash(self) -> str:
        """SHA-256 of the texts: the same texts have the same vector under the same weights."""
        return hashlib.sha256("\0".join(self.texts).encode()).hexdigest()


def passages(product: Product) -> list[Passage]:
    """One passage for each language that the product has texts in.

    What it is (title, brand, category) is one text, and the same with the description another:
    the mean of both found better than either on the sample shop, where long descriptions drown
    what a short query asks for. Prices, stock and attributes are left out: they change without the
    product becoming another, and then nothing is embedded anew. Attributes are matched by words.
    """
    langs = dict.fromkeys([*product.title, *product.description]) or {"": None}
    return [Passage(lang, _texts(product, lang)) for lang in langs]


def word_list(product: Product) -> list[str]:
    """The words of a product in all its languages, those that say what it is repeated."""
    kinds = [*_all(product.title), *_all(product.category)]
    texts = [*_all(product.description)]
    for attributes in (product.attributes, *(variant.attributes for variant in product.variants)):
        texts += [part for value in attributes.values() for part in _all(value)]
    # Variants repeat each other's options: each counts once.
    weighted = [*kinds * _KIND_WEIGHT, *[product.brand] * _BRAND_WEIGHT, *dict.fromkeys(texts)]
    return [token for text in weighted for token in tokens(text)]


def _texts(product: Product, lang: str) -> tuple[str, ...]:
    names = [in_language(product.title, lang), product.brand, in_language(product.category, lang)]
    short = ". ".join(part for part in names if part)
    description = in_language(product.description, lang)
    return (short, f"{short}. {description}") if description else (short,)


def _all(text: Local) -> list[str]:
    return list(dict.fromkeys(part for part in text.values() if part))
