"""Brands and colours in a query, as the catalogue has them.

Conservative: a word becomes a constraint only where the catalogue uses it as such a name, and not
where titles use it, with the word after it, as the name of something else (green tea).
"""

import re
from collections.abc import Iterator

from retrieval.filters import BRAND, AttributeFilter, Filters
from retrieval.synonyms import BASIC_COLOURS, BASIC_MATERIALS, COLOUR
from retrieval.terms import Terms
from retrieval.understanding.chips import Chip, Kind
from retrieval.understanding.query import STOP, Query
from retrieval.understanding.vocabulary import LONGEST_NAME, Vocabulary
from retrieval.words import tokens

OR = re.compile(r"\s*(?:or|/|或者|或|、)\s*")
"""Between names of which any will do."""
_BRAND_SAID = re.compile(r"(?:\b(?:brand|by|from)|品牌|牌子)[\s:是为]*$")
_BRAND_SAID_AFTER = re.compile(r"\s?(?:brand\b|品牌|牌(?!子?照))")
_COLOUR_SAID = re.compile(r"(?:\b(?:in|colou?rs?)|颜色|配色)[\s:是为]*$")
_COLOUR_SAID_AFTER = re.compile(r"[\s-]?(?:colou?r(?:ed|s)?\b|色)")
# A headlamp with a red mode may have any colour.
_OF_A_PART = re.compile(
    r"\b(?:with|that\s(?:has|have)|which\s(?:has|have)|having)\s(?:(?:an?|the|some)\s)?$"
)


def read_brands(query: Query, vocabulary: Vocabulary) -> list[Chip]:
    """The brands that a query names; of several, any will do."""
    named = list(brands_in(query, vocabulary))
    if not named:
        return []
    for start, end, _ in named:
        keep_said(query, start, end, _BRAND_SAID, _BRAND_SAID_AFTER)
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
    if is_said(query, start, end, _BRAND_SAID, _BRAND_SAID_AFTER):
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


def is_said(
    query: Query, start: int, end: int, before: re.Pattern[str], after: re.Pattern[str]
) -> bool:
    """Whether a word right before or after a place says what stands there: brand X, X category."""
    return bool(
        before.search(query.text[max(0, start - 20) : start]) or after.match(query.text, end)
    )


def keep_said(
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
        keep_said(query, start, end, _COLOUR_SAID, _COLOUR_SAID_AFTER)
        found.append((start, end, words))
    return either(query, "colour", sorted(found), COLOUR)


def _is_colour(query: Query, vocabulary: Vocabulary, i: int, j: int, words: str) -> bool:
    start, end = query.terms[i].start, query.terms[j - 1].end
    name = query.phrase(i, j)
    if start > 1 and query.text[start - 1] == "-" and query.text[start - 2].isalpha():
        # off-white, infra-red
        return False
    if is_said(query, start, end, _COLOUR_SAID, _COLOUR_SAID_AFTER):
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


def either(query: Query, kind: Kind, found: list[tuple[int, int, str]], key: str) -> list[Chip]:
    """A chip for each name, one for those with "or" between them."""
    groups: list[list[tuple[int, int, str]]] = []
    for name in found:
        if groups and OR.fullmatch(query.text, groups[-1][-1][1], name[0]):
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
