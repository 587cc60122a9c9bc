"""Names in a query that the catalogue knows: brands, colours, sizes, categories, attributes.

Conservative: a word becomes a constraint only where the catalogue uses it as such a name, and not
where titles use it, with the word after it, as the name of something else (green tea).
"""

import re
from collections.abc import Iterator

from retrieval.chips import Chip, Kind
from retrieval.filters import BRAND, AttributeFilter, Filters
from retrieval.query import STOP, Query
from retrieval.synonyms import BASIC_COLOURS, BASIC_MATERIALS, COLOUR, MATERIAL, SIZE
from retrieval.terms import Terms, plain, read_terms, terms
from retrieval.vocabulary import LONGEST_NAME, Vocabulary
from retrieval.words import tokens

_OR = re.compile(r"\s*(?:or|/|或者|或|、)\s*")
_BRAND_SAID = re.compile(r"(?:\b(?:brand|by|from)|品牌|牌子)[\s:是为]*$")
_BRAND_SAID_AFTER = re.compile(r"\s?(?:brand\b|品牌|牌(?!子?照))")
_COLOUR_SAID = re.compile(r"(?:\b(?:in|colou?rs?)|颜色|配色)[\s:是为]*$")
_COLOUR_SAID_AFTER = re.compile(r"[\s-]?(?:colou?r(?:ed|s)?\b|色)")
# A headlamp with a red mode may have any colour.
_OF_A_PART = re.compile(
    r"\b(?:with|that\s(?:has|have)|which\s(?:has|have)|having)\s(?:(?:an?|the|some)\s)?$"
)
_SIZE_SAID = re.compile(
    r"(?<![a-z])(?:in\s)?(?:sizes?|sz)(?:\sis)?[\s:]*|(?:尺码|码数|鞋码|号码|尺寸)[\s:是为]*"
)
_SIZE_AFTER = re.compile(r"(?<![a-z\d.])(\d{1,3}(?:\.5)?|\d?x{0,4}[sml])\s?[码号](?![头表线])")
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


def read_brands(query: Query, vocabulary: Vocabulary) -> list[Chip]:
    """The brands that a query names; of several, any will do."""
    named = list(brands_in(query, vocabulary))
    if not named:
        return []
    for start, end, _ in named:
        _keep_said(query, start, end, _BRAND_SAID, _BRAND_SAID_AFTER)
    text = " / ".join(query.words(start, end) for start, end, _ in named)
    brands = list(dict.fromkeys(brand for _, _, brands in named for brand in brands))
    value = " / ".join(brands)
    if len(brands) == 1:
        return [Chip("brand", text, value, Filters(brand=brands[0]))]
    wanted = AttributeFilter(brands[0], BRAND, others=tuple(brands[1:]))
    return [Chip("brand", text, value, Filters(attributes=(wanted,)))]


def brands_in(query: Query, vocabulary: Vocabulary) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where whole brands stand that are nothing else here, longest first."""
    taken: set[int] = set()
    for i, j in query.phrases(LONGEST_NAME):
        words = tuple(term.word for term in query.terms[i:j])
        brands = vocabulary.brands.get(words) or vocabulary.brands.get(_unpossessed(words))
        if brands is None or taken.intersection(range(i, j)):
            continue
        start, end = query.terms[i].start, query.terms[j - 1].end
        if _is_brand(query, vocabulary, i, j, brands):
            taken.update(range(i, j))
            yield start, end, brands


def _unpossessed(words: tuple[str, ...]) -> tuple[str, ...]:
    return (*words[:-1], re.sub(r"['’]s$", "", words[-1]))


def _is_brand(
    query: Query, vocabulary: Vocabulary, i: int, j: int, brands: tuple[str, ...]
) -> bool:
    start, end = query.terms[i].start, query.terms[j - 1].end
    if _said(query, start, end, _BRAND_SAID, _BRAND_SAID_AFTER):
        return True
    name = query.phrase(i, j)
    if all(term.word in STOP for term in query.terms[i:j]):
        return False
    if name in vocabulary.categories or name in BASIC_COLOURS or name in BASIC_MATERIALS:
        return False
    if vocabulary.is_item(name):
        return False
    wanted = AttributeFilter(brands[0], BRAND, others=brands[1:])
    return not _names_a_kind(query, vocabulary, i, j, wanted)


def _names_a_kind(
    query: Query, vocabulary: Vocabulary, i: int, j: int, wanted: AttributeFilter
) -> bool:
    """Whether titles use the words, with the next one, for other things than are `wanted`.

    Alone they do when more titles of other products have them than products are `wanted`.
    """
    following: Terms = ()
    if j < len(query.terms) and query.terms[j].word not in STOP:
        gap = query.text[query.terms[j - 1].end : query.terms[j].start]
        if not gap.strip(" -") and query.terms[j].term[0].isalnum():
            following = (query.terms[j].term,)
    return vocabulary.names_kind(query.phrase(i, j), following, wanted)


def _said(
    query: Query, start: int, end: int, before: re.Pattern[str], after: re.Pattern[str]
) -> bool:
    return bool(
        before.search(query.text[max(0, start - 20) : start]) or after.match(query.text, end)
    )


def _keep_said(
    query: Query, start: int, end: int, before: re.Pattern[str], after: re.Pattern[str]
) -> None:
    """Understood with the word beside it that says what it is: colour black, 品牌."""
    said, said_after = before.search(query.text[:start]), after.match(query.text, end)
    query.keep(said.start() if said else start, said_after.end() if said_after else end)


def read_colours(query: Query, vocabulary: Vocabulary) -> list[Chip]:
    """Colours that some product has under an attribute for colours."""
    found: list[tuple[int, int, str]] = []
    for i, j in list(query.phrases(LONGEST_NAME)):
        name = query.phrase(i, j)
        words = vocabulary.colours.get(name)
        start, end = query.terms[i].start, query.terms[j - 1].end
        if words is None or not query.free(start, end):
            continue
        if not _is_colour(query, vocabulary, i, j, words):
            continue
        if query.text[end : end + 1] == "色":
            end += 1
        _keep_said(query, start, end, _COLOUR_SAID, _COLOUR_SAID_AFTER)
        found.append((start, end, words))
    return _either(query, "colour", sorted(found), COLOUR)


def _is_colour(query: Query, vocabulary: Vocabulary, i: int, j: int, words: str) -> bool:
    start, end = query.terms[i].start, query.terms[j - 1].end
    name = query.phrase(i, j)
    if start > 1 and query.text[start - 1] == "-" and query.text[start - 2].isalpha():
        # off-white, infra-red
        return False
    if _said(query, start, end, _COLOUR_SAID, _COLOUR_SAID_AFTER):
        return True
    if _OF_A_PART.search(query.text[:start]):
        return False
    if not any(name[a : a + 1] in BASIC_COLOURS for a in range(len(name))) and name[-1] != "色":
        return False
    if len(name) == 1 and not name[0].isascii() and _in_a_word(query, vocabulary, i):
        return False
    return not _names_a_kind(query, vocabulary, i, j, AttributeFilter(words, COLOUR))


def _in_a_word(query: Query, vocabulary: Vocabulary, i: int) -> bool:
    """Whether a Chinese character is the first of a longer word, as in 红酒, 银行."""
    run = re.match(r"[^\x00-\xff]+", query.text[query.terms[i].start :])
    if run is None or len(run[0]) == 1:
        return False
    cut = tokens(run[0])
    if not cut or len(cut[0]) == 1 or not cut[0].startswith(run[0][0]):
        return False
    following = tuple(run[0][1:3])
    return not (len(following) == 2 and vocabulary.is_titled(following))


def _either(query: Query, kind: Kind, found: list[tuple[int, int, str]], key: str) -> list[Chip]:
    """A chip for each name, one for those with "or" between them."""
    groups: list[list[tuple[int, int, str]]] = []
    for name in found:
        if groups and _OR.fullmatch(query.text, groups[-1][-1][1], name[0]):
            groups[-1].append(name)
        else:
            groups.append([name])
    chips = []
    for group in groups:
        words = [words for _, _, words in group]
        wanted = AttributeFilter(words[0], key, others=tuple(words[1:]))
        text = query.words(group[0][0], group[-1][1])
        chips.append(Chip(kind, text, " / ".join(words), Filters(attributes=(wanted,))))
    return chips


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
            gap = _OR.match(query.text, place[0])
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
    return _either(query, "size", chosen, SIZE)


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
        if level and _said(query, start, end, _CATEGORY_SAID, _CATEGORY_SAID_AFTER):
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
    return []


def _is_name(level: str, words: list[str]) -> bool:
    """Whether words name a level but for singular and plural: backpacking is no backpack."""
    names = [term.word for term in read_terms(plain(level))]
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
