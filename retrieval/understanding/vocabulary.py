"""The names that a catalogue gives its things: brands, categories, attributes, colours, values.

Everything is looked up by hash or in the postings of `Facets`; nothing is scanned for a query.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from retrieval.catalogue import Product
from retrieval.facets import Facets
from retrieval.filters import ANY, CATEGORY, AttributeFilter, MeasureFilter
from retrieval.synonyms import BASIC_COLOURS, COLOUR, KEY_FORMS, SIZE, key_name
from retrieval.terms import Terms, plain, read_terms, terms
from retrieval.understanding.query import STOP
from retrieval.understanding.typos import Corrections

LONGEST_NAME = 8
"""Terms of the longest name that is looked for in a query."""

SHORTEST_PART = 2
COMMON = 3
"""Products that have a value which is a constraint without a category beside it."""

NOT_A_NAME = frozenset(["", "generic", "unbranded", "other", "none", "n/a", "其他", "其它", "无"])


class Vocabulary:
    """What a query's words may mean in one catalogue."""

    def __init__(self, products: Sequence[Product], facets: Facets) -> None:
        self.facts = facets.facts
        self.currency = _most_common(p.currency for p in products)
        self.brands = _brands(p.brand for p in products)
        self.categories = _categories(products)
        self.keys = _keys(self.facts.keys)
        self.keys_beginning: dict[str, list[str]] = {}
        for name, key in self.keys.items():
            self.keys_beginning.setdefault(name[0], []).append(key)
        self.colours = self._colours()
        self.has_colours = bool(self.colours)
        self.has_sizes = any(key_name(key) == SIZE for key in self.facts.keys)
        words = {w for name in self.brands for w in name if len(w) > 4 and w.isascii()}
        names = {plain(level) for level in self.categories.values()}
        words |= {t.word for name in names for t in read_terms(name)}
        words |= {w for colour in self.colours for w in self.colours[colour].split()}
        self.corrections = Corrections(words)

    @staticmethod
    def of(products: Sequence[Product], facets: Facets | None = None) -> "Vocabulary":
        """The vocabulary of a catalogue; `facets` of the same products spare building them."""
        return Vocabulary(products, facets or Facets(products))

    def holds(self, words: str, key: str = "") -> bool:
        """Whether some value (under the attribute) holds the words."""
        return len(self.facts.holding(AttributeFilter(words, key))) > 0

    def knows(self, term: str) -> bool:
        """Whether any title, category, brand or attribute has the term."""
        return term in self.facts.postings

    def names_kind(self, phrase: Terms, following: Terms, wanted: AttributeFilter) -> bool:
        """Whether the phrase is rather the name of a kind of thing here than what is `wanted`.

        It is when more titles of other products have it, with the word after it, than there are
        wanted products with that word: green tea, against green mugs.
        """
        titled = self.facts.titled((*phrase, *following))
        if not titled.any():
            return False
        meant = self.facts.with_variants(wanted)
        others = int((titled & ~meant).sum())
        if following:
            meant = meant & self.facts.titled(following)
        return others > int(meant.sum())

    def titled_without(self, phrase: Terms, wanted: AttributeFilter, category: str = "") -> bool:
        """Whether some title (in the category) has the phrase and its product is not `wanted`."""
        titled = self.facts.titled(phrase)
        if category and titled.any():
            titled = titled & self.facts.having(AttributeFilter(category, CATEGORY))[0]
        return bool(titled.any()) and bool((titled & ~self.facts.with_variants(wanted)).any())

    def has_titled(self, phrase: Terms, wanted: AttributeFilter | MeasureFilter) -> bool:
        """Whether some product whose title or category has the phrase is `wanted`."""
        return bool((self.facts.titled(phrase) & self.facts.with_variants(wanted)).any())

    def is_common(self, wanted: AttributeFilter) -> bool:
        """Whether enough products have the attribute for its words to mean it alone."""
        return int(self.facts.with_variants(wanted).sum()) >= COMMON

    def is_phrase(self, *words: str) -> bool:
        """Whether some title or value has the terms side by side."""
        return len(self.facts.postings.holding(words)) > 0

    def is_titled(self, words: Terms) -> bool:
        """Whether some title or category has them side by side."""
        return bool(self.facts.titled(words).any())

    def has_dimension(self, dimension: str) -> bool:
        """Whether some attribute is measured in it."""
        return dimension in self.facts.dimensions

    def is_item(self, words: Terms, key: str = "") -> bool:
        """Whether the words are a whole attribute value, or one of those that it lists."""
        return self.facts.has_item(words, key)

    def has(self, wanted: MeasureFilter) -> bool:
        """Whether some product or variant has the measure."""
        return bool(self.facts.with_variants(wanted).any())

    def key_for(self, dimension: str) -> str:
        """The key of a measure that names none: its principal one, if any product has such."""
        return "" if self.facts.has_principal(dimension) else ANY

    def key_measures(self, key: str, dimension: str) -> bool:
        """Whether the attribute is measured in the dimension."""
        return self.facts.key_measures(key, dimension)

    def _colours(self) -> dict[Terms, str]:
        """Names of colours that some product has: its own, and the basic ones they hold."""
        found: dict[Terms, str] = {}
        for value in self.facts.values_under(COLOUR):
            for text in value:
                for item in _items(text):
                    name = terms(item)
                    if name and len(name) <= LONGEST_NAME and not item.isdecimal():
                        found[name] = item
        for form in BASIC_COLOURS:
            word = " ".join(form) if form[0].isascii() else "".join(form)
            if form not in found and self.holds(word, COLOUR):
                found[form] = word
        return found


def _brands(names: Iterable[str]) -> dict[Terms, tuple[str, ...]]:
    """Brands by their words, and by their English or Chinese part alone."""
    found: dict[Terms, dict[str, str]] = {}
    for brand in dict.fromkeys(names):
        name = plain(brand)
        words = [term.word for term in read_terms(name) if term.word[0].isalnum()]
        latin = tuple(word for word in words if word.isascii())
        chinese = tuple(word for word in words if not word.isascii())
        parts = [latin, chinese] if latin and chinese else []
        for form in (tuple(words), *(p for p in parts if len("".join(p)) >= SHORTEST_PART)):
            letters = "".join(form)
            if len(letters) > 1 and not letters.isdigit() and name not in NOT_A_NAME:
                found.setdefault(form, {}).setdefault(name, brand)
    return {form: tuple(brands.values()) for form, brands in found.items()}


def _items(text: str) -> list[str]:
    for mark in ",;、/|\n":
        text = text.replace(mark, "\0")
    return [item.strip() for item in plain(text).split("\0") if item.strip()]


def _most_common(names: Iterable[str]) -> str:
    return next((name for name, _ in Counter(names).most_common(1)), "")


def _categories(products: Sequence[Product]) -> dict[Terms, str]:
    """Each level's name in each language, by its terms and by those that name something."""
    paths = dict.fromkeys(path for p in products for path in p.category.values())
    found: dict[Terms, str] = {}
    for level in dict.fromkeys(level.strip() for path in paths for level in path.split(">")):
        read = read_terms(plain(level))
        naming = tuple(t.term for t in read if t.word not in STOP and t.term[0].isalnum())
        found[tuple(term.term for term in read)] = level
        found.setdefault(naming, level)
    found.pop((), None)
    return found


def _keys(keys: Iterable[str]) -> dict[Terms, str]:
    """Each attribute by its name, and by that name's synonyms in both languages."""
    found: dict[Terms, str] = {}
    for key in keys:
        if not key.startswith(" "):
            for form in KEY_FORMS.get(key_name(key), ()):
                found.setdefault(form, key)
            found[terms(key)] = key
    found.pop((), None)
    return found
