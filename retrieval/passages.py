"""What of a product is embedded, and what is matched by words."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.catalogue import Local, Product, in_language

VERSION = "3"
"""Changes whenever `passages` does, or where they are cut: then every passage is embedded anew."""

FIELDS_VERSION = "1"
"""Changes whenever `field_texts` does: then the words of every product are cut anew."""

_PURPOSE = re.compile(
    r"\b(?:for|with|without|including|incl|replaces?|compatible)\b|\bw/|[(（]", re.IGNORECASE
)
_NUMBER = re.compile(r"[\d.,]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A product in one language, as it is embedded."""

    lang: str
    text: str

    @property
    def hash(self) -> str:
        """SHA-256 of the text: the same text has the same vector under the same weights."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def passages(product: Product) -> list[Passage]:
    """One passage for each language that the product has texts in.

    Prices, stock and attributes are left out: they change without the product becoming another,
    and then nothing is embedded anew. Attributes are matched by words.
    """
    langs = dict.fromkeys([*product.title, *product.description]) or {"": None}
    return [Passage(lang, _text(product, lang)) for lang in langs]


def field_texts(product: Product) -> tuple[str, ...]:
    """What of a product goes into each of `lexical.FIELDS`, in all its languages.

    What follows "for" or "with" in a title is what the product serves or comes with. Bare numbers
    among the attributes are nobody's words.
    """
    titles = [_split(title) for title in _all(product.title)]
    values = []
    for attributes in (product.attributes, *(variant.attributes for variant in product.variants)):
        values += [part for value in attributes.values() for part in _all(value)]
    fields = (
        [title for title, _ in titles],
        [purpose for _, purpose in titles],
        [product.brand],
        _all(product.category),
        _all(product.description),
        # Variants repeat each other's options: each counts once.
        [value for value in dict.fromkeys(values) if not _NUMBER.fullmatch(value)],
    )
    return tuple("\n".join(texts) for texts in fields)


def words_digest(fields: Sequence[str]) -> int:
    """64 bits of a hash of `field_texts`: equal texts have equal words."""
    return int.from_bytes(hashlib.sha256("\0".join(fields).encode()).digest()[:8], "little")


def _split(title: str) -> tuple[str, str]:
    found = _PURPOSE.search(title, 4)
    return (title[: found.start()], title[found.start() :]) if found else (title, "")


def _text(product: Product, lang: str) -> str:
    parts = [product.title, {"": product.brand}, product.category, product.description]
    return ". ".join(part for text in parts if (part := in_language(text, lang)))


def _all(text: Local) -> list[str]:
    return list(dict.fromkeys(part for part in text.values() if part))
