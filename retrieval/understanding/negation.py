"""What a query does not want: not leather, without down, no plastic, 不要塑料, 对羊毛过敏."""

import re

from retrieval.filters import BRAND, CATEGORY, AttributeFilter, Filters
from retrieval.synonyms import BASIC_COLOURS, BASIC_MATERIALS, COLOUR
from retrieval.understanding.chips import Chip
from retrieval.understanding.naming import brands_in
from retrieval.understanding.query import STOP, Query
from retrieval.understanding.vocabulary import LONGEST_NAME, Vocabulary

_ENGLISH = r"""(?<![\w-])(?:(?:but\s|and\s|with\s)?
    (?:not|no|without|excluding|excludes?|except(?:\sfor)?|other\sthan|(?:any|every)thing\sbut
    |free\sof|avoid|minus|neither|non|nothing(?=\s(?:with|in|made|containing)\s)
    |allergic\s(?:to|against)
    |(?:i\s)?(?:do|does|is|are)(?:n['’]t|\snot)(?:\swant|\scontain|\sinclude)?))
    (?:\s|-)(?:(?:any|a|an|the|made|of|from|with|in|contain(?:ing|s)?)\s)*"""
_CHINESE = r"""(?:但|且|并且)?(?:(?<!要)不要|不含有?|不带|不想要|不需要|不包含|(?<!是)不是
    |(?<!有)没有|对(?=[\u3400-\u9fff、]{1,8}过敏)|除了|除去|除开|排除|去掉|避开
    |别(?:给我)?(?:推荐|推|来|拿|整))(?:任何|有|含|用|带)?"""
_CHINESE_SHORT = r"非|无|除|没"
_MARKER = re.compile(
    rf"(?P<word>{_ENGLISH})|(?P<phrase>{_CHINESE})|(?P<short>{_CHINESE_SHORT})", re.VERBOSE
)
_FREE_OF = re.compile(r"(?<![\w-])(?P<word>[a-z]+)[\s-]free(?![\w-])")
_NEXT = re.compile(r"\s*(?:,\s*)?(?:or|nor|/|、|或者|或|和|及|与)\s*(?:any\s|the\s)?")
_TAIL = re.compile(r"(?:[色质制])?(?:过敏)?(?:之外|以外|外)?(?:的)?(?:都可以|都行)?")
_DEGREES = frozenset(["too", "very", "so", "that", "only", "just", "sure", "much", "really", "bad"])
_LONGEST = 4


def read_negations(query: Query, vocabulary: Vocabulary) -> list[Chip]:
    """A chip for each thing that is not wanted; its words are taken out of the query."""
    chips: list[Chip] = []
    markers = list(_MARKER.finditer(query.text))
    brands = [(start, end) for start, end, _ in brands_in(query, vocabulary)] if markers else []
    for match in markers:
        start, place = match.span()
        if any(a <= start < b for a, b in brands) or not query.free(start, place):
            continue
        strict = bool(match["short"])
        hyphen = query.text[place - 1] == "-"
        while target := _target(query, vocabulary, place, strict or hyphen):
            end, wanted = target
            if (strict or hyphen) and _is_a_word(query, vocabulary, match.start(), end):
                break
            tail = _TAIL.match(query.text, end)
            end = tail.end() if tail else end
            chips.append(_chip(query, start, end, wanted))
            following = _NEXT.match(query.text, end)
            if following is None:
                break
            start, place = end, following.end()
    for match in _FREE_OF.finditer(query.text):
        word = match["word"]
        held = vocabulary.is_phrase(word, "free")
        if not held and vocabulary.holds(word) and word not in STOP and query.free(*match.span()):
            chips.append(_chip(query, *match.span(), AttributeFilter(word, negated=True)))
    return chips


def _chip(query: Query, start: int, end: int, wanted: AttributeFilter) -> Chip:
    query.remove(start, end)
    filters = Filters(attributes=(wanted,))
    return Chip("not", query.words(start, end), wanted.words, filters)


def _target(
    query: Query, vocabulary: Vocabulary, place: int, strict: bool
) -> tuple[int, AttributeFilter] | None:
    """What stands at a place that can be excluded, and where it ends."""
    i = next((i for i, term in enumerate(query.terms) if term.start == place), None)
    if i is None or query.terms[i].word in _DEGREES:
        return None
    most = min(len(query.terms), i + LONGEST_NAME)
    places = [j for j in range(most, i, -1) if query.free(place, query.terms[j - 1].end)]
    for j in places:
        end = query.terms[j - 1].end
        if wanted := _named(query, vocabulary, i, j):
            return end, wanted
    for j in places:
        words = query.text[place : query.terms[j - 1].end]
        if j - i <= _LONGEST and _known(query, vocabulary, i, j, strict):
            return query.terms[j - 1].end, AttributeFilter(words, negated=True)
    return None


def _named(query: Query, vocabulary: Vocabulary, i: int, j: int) -> AttributeFilter | None:
    """A brand, a colour, a material or a category."""
    name = query.phrase(i, j)
    words = query.text[query.terms[i].start : query.terms[j - 1].end]
    if name in vocabulary.colours or (name in BASIC_COLOURS and vocabulary.has_colours):
        return AttributeFilter(words, COLOUR, negated=True)
    if name in BASIC_MATERIALS:
        return AttributeFilter(words, negated=True)
    if brands := vocabulary.brands.get(tuple(term.word for term in query.terms[i:j])):
        return AttributeFilter(brands[0], BRAND, negated=True, others=brands[1:])
    if level := vocabulary.categories.get(name):
        return AttributeFilter(level, CATEGORY, negated=True)
    return None


def _known(query: Query, vocabulary: Vocabulary, i: int, j: int, strict: bool) -> bool:
    """Whether values or titles have the words; a lone character or stop word is not enough."""
    name = query.phrase(i, j)
    if any(not term.isalpha() for term in name):
        return False
    if name[0].isascii():
        single = not strict and j - i == 1 and query.terms[i].word not in STOP
        return vocabulary.is_item(name) or (single and vocabulary.knows(name[0]))
    if strict or len(name) < 2:
        return len(name) > 1 and vocabulary.is_item(name)
    return vocabulary.is_phrase(*name)


def _is_a_word(query: Query, vocabulary: Vocabulary, start: int, end: int) -> bool:
    """Whether the catalogue itself uses the words together: non-stick, 无线, 无印良品."""
    name = tuple(t.term for t in query.terms if start <= t.start and t.end <= end)
    return vocabulary.is_phrase(*name)
