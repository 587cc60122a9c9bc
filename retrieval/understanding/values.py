"""Sizes, attributes and the category in a query, as the catalogue has them.

The category is a constraint where the query says so or asks for nothing else; bare attribute words
are only beside it, or where they are common and nothing in the query is left unaccounted for.
"""

import re

from retrieval.filters import AttributeFilter, Filters, MeasureFilter
from retrieval.numerals import WORDS, read_number
from retrieval.synonyms import COLOUR, MATERIAL, SIZE, key_name
from retrieval.terms import Terms, plain, read_terms, terms
from retrieval.understanding.chips import Chip, Kind
from retrieval.understanding.naming import OR, either, is_said
from retrieval.understanding.query import STOP, Query
from retrieval.understanding.vocabulary import LONGEST_NAME, Vocabulary

_SIZE_SAID = re.compile(
    r"(?<![a-z])(?:(?<!eu\s)(?<!us\s)(?<!uk\s)|(?=sizes?\s[a-z]))(?:in\s)?(?:sizes?|sz)(?:\sis)?[\s:]*"
    r"|(?:尺码|码数|鞋码|号码|尺寸)[\s:是为]*"
)
_SIZE_AFTER = re.compile(r"(?<![a-z\d.])(\d{1,3}(?:\.5)?|\d?x{0,4}[sml])\s?[码号](?![头表线电])")
_SIZE_ALONE = re.compile(
    r"(?<![a-z\d-])(?:[2-6]xl|x{1,4}[sl]|(?:eu|us|uk)\s?\d{1,2}(?:\.5)?)(?![a-z\d-])"
)
_SIZE_NAMED = re.compile(
    r"(?<![最扩])(?P<zh>加加大|加大|特大|超大|加小|特小|[大中小])[码号](?![码头表线电召称角手])"
    r"|(?<![a-z-])(?P<en>extra[\s-](?:small|large)|small|medium|large)"
    r"(?=(?:\sor\s(?:small|medium|large))?[\s-]?sized?(?![a-z]))(?:[\s-]?sized?)?"
)
_SIZE_IN = re.compile(
    r"(?<![a-z])(?P<en>eu|us|uk)\ssizes?\s(?P<a>\d{1,2}(?:\.5)?)(?![\d.])"
    r"|(?P<zh>[欧美英])(?:洲|国)?码\s?(?P<b>\d{1,2}(?:\.5)?)(?![\d.])"
    r"|(?<![\d.])(?P<c>\d{1,2}(?:\.5)?)\s?(?P<zh_after>[欧美英])(?:洲|国)?码"
)
_OF_SYSTEM = re.compile(r"(?:(?<![a-z])(?:eu|us|uk)\s|[欧美英](?:洲|国)?)$")
_SYSTEMS = {"欧": "eu", "美": "us", "英": "uk"}
_SIZE_WORDS = {
    "extra small": "xs", "extra large": "xl", "x-large": "xl", "small": "s", "medium": "m",
    "large": "l", "小": "s", "中": "m", "大": "l", "加大": "xl", "特大": "xl", "超大": "xl",
    "加加大": "xxl", "加小": "xs", "特小": "xs",
}  # fmt: skip
_LONGEST_VALUE = 6
_ANSWERS = frozenset(["yes", "no", "none", "是", "否", "无", "有"])
_CATEGORY_SAID = re.compile(r"(?:\b(?:in(?:\sthe)?|category)|分类|类别|品类)[\s:是为]*$")
_CATEGORY_SAID_AFTER = re.compile(
    r"\s?(?:category\b|section\b|department\b|品类|类目|分类|类(?!型|似))"
)
_IS = re.compile(r"\s*(?:[:=]|is\b|are\b|为|是)\s*")
_MADE_OF = re.compile(r"\bmade\s(?:of|from|out\sof)\s")
_FOR = re.compile(r"\b(?:for|fits|seats|holds)\s(?:the\s|us\s)?$")
_NUMBER = re.compile(rf"\d\d?|{'|'.join(filter(str.isascii, WORDS))}")
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
    found += _sizes_named(query, vocabulary)
    chosen: list[tuple[int, int, str]] = []
    for start, end, words in sorted(found, key=lambda place: (place[0], -place[1])):
        if query.free(start, end):
            query.keep(start, end)
            chosen.append((start, end, words))
    return either(query, "size", chosen, SIZE)


def _sizes_named(query: Query, vocabulary: Vocabulary) -> list[tuple[int, int, str]]:
    """Sizes by a word, or by the country that counts so: 大号, medium-sized, 欧码42, UK size 8."""
    found = []
    for match in _SIZE_NAMED.finditer(query.text):
        letter = _SIZE_WORDS[match["zh"] or match["en"].replace("-", " ")]
        words = match[0] if vocabulary.holds(match[0], SIZE) else letter
        if vocabulary.holds(words, SIZE) and _comes_in(query, vocabulary, match, words):
            found.append((*match.span(), words))
    named = any(vocabulary.holds(system, SIZE) for system in _SYSTEMS.values())
    for match in _SIZE_IN.finditer(query.text):
        system = match["en"] or _SYSTEMS[match["zh"] or match["zh_after"]]
        number = match["a"] or match["b"] or match["c"]
        words = f"{system} {number}" if named else number
        if vocabulary.holds(words, SIZE):
            found.append((*match.span(), words))
    return found


def _comes_in(query: Query, vocabulary: Vocabulary, match: re.Match[str], words: str) -> bool:
    """Whether what is asked for has such a size: a large tent is no tent of size L."""
    wanted = AttributeFilter(words, SIZE)
    naming = {
        term.start
        for term in query.rest()
        if not match.start() <= term.start < match.end()
        and (term.term,) not in vocabulary.colours
        and term.term != "色"
    }
    titled: list[tuple[int, int, Terms]] = []
    for i, j in query.phrases(LONGEST_NAME):
        name = query.phrase(i, j)
        if not {query.terms[i].start, query.terms[j - 1].start} <= naming:
            continue
        if name in vocabulary.categories:
            return vocabulary.has_titled(name, wanted)
        if vocabulary.is_titled(name):
            titled.append((j - i, i, name))
    if titled:
        return vocabulary.has_titled(max(titled)[2], wanted)
    return not naming


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
        if key is None or not query.free(start, end) or _of_system(query, start, key):
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


def _of_system(query: Query, start: int, key: str) -> bool:
    """Whether a country stands before the word for size: 美码, UK size are no sizes of others."""
    return key_name(key) == SIZE and _OF_SYSTEM.search(query.text[:start]) is not None


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
    if people := _people(query, vocabulary, start, end, category):
        return people
    if all(not term.isalpha() for term in name) or words in _ANSWERS or words in WORDS:
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
    if words in _SIZE_WORDS and not vocabulary.has_titled(terms(category), wanted):
        # A medium jacket is not of medium roast.
        return None
    return Chip(kind, query.words(start, end), words, Filters(attributes=(wanted,)))


def _people(
    query: Query, vocabulary: Vocabulary, start: int, end: int, category: str
) -> Chip | None:
    """A chip for a bare number of people, where that is said of the category: a tent for two."""
    number = _NUMBER.fullmatch(query.text, start, end)
    if not category or number is None or not _FOR.search(query.text[:start]):
        return None
    count = float(read_number(number[0]) or 0)
    wanted = MeasureFilter("people", count, count, vocabulary.key_for("people"))
    if not vocabulary.has_titled(terms(category), wanted):
        return None
    query.keep(start, end)
    filters = Filters(measures=(wanted,))
    return Chip("measure", query.words(start, end), f"{count:.0f} people", filters)
