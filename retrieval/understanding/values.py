"""Sizes, attributes and the category in a query, as the catalogue has them.

The category is a constraint where the query says so or asks for nothing else; bare attribute words
are only beside it, or where they are common and nothing in the query is left unaccounted for.
"""

import re

from retrieval.filters import AttributeFilter, Filters
from retrieval.synonyms import COLOUR, MATERIAL, SIZE
from retrieval.terms import plain, read_terms, terms
from retrieval.understanding.chips import Chip, Kind
from retrieval.understanding.naming import OR, either, is_said
from retrieval.understanding.query import STOP, Query
from retrieval.understanding.vocabulary import LONGEST_NAME, Vocabulary

_SIZE_SAID = re.compile(
    r"(?<![a-z])(?:in\s)?(?:sizes?|sz)(?:\sis)?[\s:]*|(?:尺码|码数|鞋码|号码|尺寸)[\s:是为]*"
)
_SIZE_AFTER = re.compile(r"(?<![a-z\d.])(\d{1,3}(?:\.5)?|\d?x{0,4}[sml])\s?[码号](?![头表线电])")
_SIZE_ALONE = re.compile(
    r"(?<![a-z\d-])(?:[2-6]xl|x{1,4}[sl]|(?:eu|us|uk)\s?\d{1,2}(?:\.5)?)(?![a-z\d-])"
)
_SIZE_WORDS = {
    "extra small": "xs", "extra large": "xl", "x-large": "xl", "small": "s", "medium": "m",
    "large": "l", "小": "s", "中": "m", "大": "l", "加大": "xl",
}  # fmt: skip
_LONGEST_VALUE = 6
_ANSWERS = frozenset(["yes", "no", "none", "是", "否", "无", "有"])
_CATEGORY_SAID = re.compile(r"(?:\b(?:in(?:\sthe)?|category)|分类|类别|品类)[\s:是为]*$")
_CATEGORY_SAID_AFTER = re.compile(
    r"\s?(?:category\b|section\b|department\b|品类|类目|分类|类(?!型|似))"
)
_IS = re.compile(r"\s*(?:[:=]|is\b|are\b|为|是)\s*")
_MADE_OF = re.compile(r"\bmade\s(?:of|from|out\sof)\s")
_OF_MATERIAL = re.compile(r"材质|面料|材料|质地|做的|制成")


def read_sizes(query: Query, vocabulary: Vocabulary) -> list[Chip]:
    """Sizes that some product has under an attribute for sizes: size 42, XL, 尺码M, 42码."""
    if not vocabulary.has_sizes:
        return []
    found: list[tuple[int, int, str]] = []
    for match in _SIZE_SAID.finditer(query.text):
        place = _value_at(query, vocabulary, match.end(), SIZE)
        start = match.start()
        while place:
            found.append((start, place[0], place[1]))
            gap = OR.match(query.text, place[0])
            start = gap.end() if gap else 0
            place = _value_at(query, vocabulary, start, SIZE) if gap else None
    for match in (*_SIZE_AFTER.finditer(query.text), *_SIZE_ALONE.finditer(query.text)):
        words = match[1] if match.re is _SIZE_AFTER else match[0]
        if vocabulary.holds(words, SIZE) and not any(
            a < match.end() > b for a, b, _ in found if a <= match.start() < b
        ):
            found.append((match.start(), match.end(), words))
    chosen: list[tuple[int, int, str]] = []
    for start, end, words in sorted(found, key=lambda place: (place[0], -place[1])):
        if query.free(start, end):
            query.keep(start, end)
            chosen.append((start, end, words))
    return either(query, "size", chosen, SIZE)


def _value_at(query: Query, vocabulary: Vocabulary, start: int, key: str) -> tuple[int, str] | None:
    """The longest words from a place on that a value under the key holds, and where they end."""
    i = next((i for i, term in enumerate(query.terms) if term.start == start), None)
    if i is None:
        return None
    for j in range(min(len(query.terms), i + _LONGEST_VALUE), i, -1):
        first, last = query.terms[i], query.terms[j - 1]
        if not last.term[0].isalnum() or not query.free(first.start, last.end):
            continue
        words = query.text[first.start : last.end]
        if all(term.word in STOP for term in query.terms[i:j]):
            continue
        if vocabulary.holds(words, key):
            return last.end, words
        if key == SIZE and (letter := _SIZE_WORDS.get(words)) and vocabulary.holds(letter, key):
            return last.end, letter
    return None


def read_attributes(query: Query, vocabulary: Vocabulary) -> list[Chip]:
    """Attributes that are named with their value: material: leather, 材质为纯棉, made of wool."""
    chips = []
    for i, j in list(query.phrases(LONGEST_NAME)):
        key = vocabulary.keys.get(query.phrase(i, j))
        start, end = query.terms[i].start, query.terms[j - 1].end
        if key is None or not query.free(start, end):
            continue
        said = _IS.match(query.text, end)
        place = _value_at(query, vocabulary, said.end() if said else _next(query, end), key)
        loose = said is not None or not query.text[end - 1].isascii()
        if place and (loose or vocabulary.is_item(terms(place[1]), key)):
            chips.append(_attribute(query, start, place[0], place[1], key))
        elif before := _item_before(query, vocabulary, i, key):
            chips.append(_attribute(query, before[0], end, before[1], key))
    for match in _MADE_OF.finditer(query.text):
        if place := _value_at(query, vocabulary, match.end(), MATERIAL):
            chips.append(_attribute(query, match.start(), place[0], place[1], MATERIAL))
    for match in _OF_MATERIAL.finditer(query.text):
        if place := _value_before(query, vocabulary, match.start(), MATERIAL):
            chips.append(_attribute(query, place[0], match.end(), place[1], MATERIAL))
    return chips


def _next(query: Query, place: int) -> int:
    """Where the next term starts, if only a space is in between."""
    return place + 1 if query.text[place : place + 1] == " " else place


def _item_before(query: Query, vocabulary: Vocabulary, j: int, key: str) -> tuple[int, str] | None:
    """The value that stands right before the name of its attribute: women's fit."""
    for i in range(max(0, j - _LONGEST_VALUE), j):
        start, end = query.terms[i].start, query.terms[j - 1].end
        if query.free(start, end) and vocabulary.is_item(query.phrase(i, j), key):
            return start, query.text[start:end]
    return None


def _attribute(query: Query, start: int, end: int, words: str, key: str) -> Chip:
    query.keep(start, end)
    filters = Filters(attributes=(AttributeFilter(words, key),))
    return Chip("attribute", query.words(start, end), words, filters)


def _value_before(
    query: Query, vocabulary: Vocabulary, end: int, key: str
) -> tuple[int, str] | None:
    j = next((j for j, term in enumerate(query.terms, 1) if term.end == end), None)
    if j is None:
        return None
    for i in range(max(0, j - _LONGEST_VALUE), j):
        start = query.terms[i].start
        words = query.text[start:end]
        if (
            query.free(start, end)
            and query.terms[i].term[0].isalnum()
            and vocabulary.holds(words, key)
        ):
            return start, words
    return None


def read_category(query: Query, vocabulary: Vocabulary) -> list[Chip]:
    """The category that a query says, or that is all it asks for, with attributes beside it.

    Bare attribute words ("nylon tents", "women's jackets") are constraints only when nothing in
    the query is left unaccounted for.
    """
    for i, j in query.phrases(LONGEST_NAME):
        level = vocabulary.categories.get(query.phrase(i, j))
        start, end = query.terms[i].start, query.terms[j - 1].end
        if level and is_said(query, start, end, _CATEGORY_SAID, _CATEGORY_SAID_AFTER):
            return [_category(query, i, j, level)]
    rest = query.rest()
    if not rest:
        return []
    places = [query.terms.index(term) for term in rest]
    for width in range(len(rest), 0, -1):
        for a in range(len(rest) - width, -1, -1):
            level = vocabulary.categories.get(tuple(term.term for term in rest[a : a + width]))
            if level is None or not _is_name(level, [term.word for term in rest[a : a + width]]):
                continue
            beside = [places[:a], places[a + width :]]
            parts = [_values(query, vocabulary, part, level) for part in beside]
            if all(part is not None for part in parts):
                chip = _category(query, places[a], places[a + width - 1] + 1, level)
                return [chip, *(c for part in parts for c in part or [])]
    # Without a category "hiking boots" is what is looked for, whatever attribute says it too.
    return []


def _is_name(level: str, words: list[str]) -> bool:
    """Whether words name a level but for singular and plural: backpacking is no backpack.

    Words that say nothing, such as the "and" of "soup and salad", count on neither side.
    """
    names = [term.word for term in read_terms(plain(level)) if term.word not in STOP]
    return len(names) == len(words) and all(map(_same_noun, names, words))


def _same_noun(a: str, b: str) -> bool:
    short, long = sorted([a, b], key=len)
    return long in (short, f"{short}s", f"{short}es", f"{short.removesuffix('y')}ies")


def _category(query: Query, i: int, j: int, level: str) -> Chip:
    start, end = query.terms[i].start, query.terms[j - 1].end
    query.keep(start, end)
    return Chip("category", query.words(start, end), level, Filters(category=level))


def _values(
    query: Query, vocabulary: Vocabulary, places: list[int], category: str = ""
) -> list[Chip] | None:
    """Chips that account for all the terms as values of attributes; None: they do not."""
    chips: list[Chip] = []
    while places:
        for width in range(min(_LONGEST_VALUE, len(places)), 0, -1):
            i, j = places[0], places[width - 1] + 1
            if places[:width] == list(range(i, j)) and (
                chip := _value(query, vocabulary, i, j, category)
            ):
                chips.append(chip)
                places = places[width:]
                break
        else:
            return None
    return chips


def _value(query: Query, vocabulary: Vocabulary, i: int, j: int, category: str) -> Chip | None:
    """A chip for bare words, unless titles of that category have them without the attribute."""
    name = query.phrase(i, j)
    start, end = query.terms[i].start, query.terms[j - 1].end
    words = query.text[start:end]
    if all(not term.isalpha() for term in name) or words in _ANSWERS:
        return None
    if name in vocabulary.colours:
        kind: Kind = "colour"
        wanted = AttributeFilter(words, COLOUR)
    elif vocabulary.is_item(name):
        kind, wanted = "attribute", AttributeFilter(words)
    elif vocabulary.holds(words, MATERIAL) and (len(words) > 1):
        kind, wanted = "attribute", AttributeFilter(words, MATERIAL)
    else:
        return None
    if not category and not vocabulary.is_common(wanted):
        return None
    if vocabulary.titled_without(name, wanted, category):
        return None
    return Chip(kind, query.words(start, end), words, Filters(attributes=(wanted,)))
