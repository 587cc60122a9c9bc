"""What a query does not want: not leather, without down, 不要塑料, 羽绒除外, 对羊毛过敏."""

import re

from retrieval.filters import BRAND, CATEGORY, AttributeFilter, Filters
from retrieval.synonyms import BASIC_COLOURS, BASIC_MATERIALS, COLOUR, MATERIAL
from retrieval.terms import terms
from retrieval.understanding.chips import Chip
from retrieval.understanding.naming import brands_in
from retrieval.understanding.query import STOP, Query
from retrieval.understanding.vocabulary import LONGEST_NAME, Vocabulary

_ENGLISH = r"""(?<![\w-])(?:(?:but\s|and\s|with\s)?
    (?:not|no|without|excluding|excludes?|except(?:\sfor)?|other\sthan|(?:any|every)thing\sbut
    |free\sof|avoid|minus|neither|non|nothing(?=\s(?:with|in|made|containing)\s)
    |(?<!not\s)(?<!n['’]t\s)allergic\s(?:to|against)|allerg(?:y|ies)\sto
    |(?:i\s|it\s)?(?:can(?:['’]t|not|\snot)|(?:must|should)(?:n['’]t|\snot))\s(?:have|contain|include)
    |rather\sthan
    |(?:i\s)?(?:do|does|is|are)(?:n['’]t|\snot)(?:\swant|\scontain|\sinclude)?))
    (?:\s|-)(?:(?:any|a|an|the|made|of|from|with|in|contain(?:ing|s)?)\s)*"""
_CHINESE = r"""(?:但|且|并且)?(?:(?<!要)不要|不含有?|不带|不想要|不需要|不包含|(?<!是)不是
    |(?<!能)(?<!可)不(?:能|得|可以?)(?:含有?|包含|有)
    |(?<!有)没有|对(?=[\u3400-\u9fff、]{1,8}(?<![不没])过敏)|除了|除去|除开|排除|去掉|避开
    |别(?:给我)?(?:推荐|推|来|拿|整))(?:任何|有|含|用|带)?"""
_CHINESE_SHORT = r"非|无|除|没"
_MARKER = re.compile(
    rf"(?P<word>{_ENGLISH})|(?P<phrase>{_CHINESE})|(?P<short>{_CHINESE_SHORT})", re.VERBOSE
)
_FREE_OF = re.compile(r"(?<![\w-])(?P<word>[a-z]+)[\s-]free(?![\w-])")
_NEXT = re.compile(
    r"\s*(?:,\s*)?(?:or|nor|/|、|或者|或|和|及|与|(?P<alike>(?:and|&)(?=\s)))\s*(?:any\s|the\s)?"
    # Wool, down and silk.
    r"|(?P<listed>,)\s*(?=[a-z]+(?:,\s*[a-z]+)*,?\s(?:and|or|nor)\s)"
)
_EXCLUDED = re.compile(
    r"[色质制]?的?除外|\sexcluded(?![a-z])|(?P<allergy>\sallerg(?:y|ies)(?![a-z])|过敏)"
)
_JOINED = re.compile(r"(?:[色质制]?\s*(?:、|和|及|与|或者?|&)\s*|\s(?:and|or)\s)$")
_HIDE = re.compile(r"(?<=[要含有是带了非、或和])皮(?=的|$|[\s,;。、或和])")
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
        named: list[AttributeFilter] = []
        end, alike = place, False
        while target := _target(query, vocabulary, place, strict or hyphen):
            place, wanted = target
            if (strict or hyphen) and _is_a_word(query, vocabulary, start, place):
                break
            if alike and _kind(wanted) not in {_kind(named[-1])} - {""}:
                break
            named.append(wanted)
            tail = _TAIL.match(query.text, place)
            end = tail.end() if tail else place
            following = _NEXT.match(query.text, end)
            if following is None:
                break
            place, alike = following.end(), bool(following["alike"] or following["listed"])
        chips += _chips(query, start, end, named)
    for match in _FREE_OF.finditer(query.text):
        word = match["word"]
        held = vocabulary.is_phrase(word, "free")
        if not held and vocabulary.holds(word) and word not in STOP and query.free(*match.span()):
            chips += _chips(query, *match.span(), [AttributeFilter(word, negated=True)])
    for match in _EXCLUDED.finditer(query.text):
        chips += _named_before(query, vocabulary, match)
    return chips


def _named_before(query: Query, vocabulary: Vocabulary, match: re.Match[str]) -> list[Chip]:
    """Chips for what is named before a word that excludes it: 羊毛和羽绒除外, a wool allergy."""
    begin = place = match.start()
    found: list[AttributeFilter] = []
    while j := next((j for j, term in enumerate(query.terms, 1) if term.end == place), 0):
        names = (
            (i, _named(query, vocabulary, i, j))
            for i in range(max(0, j - LONGEST_NAME), j)
            if query.free(query.terms[i].start, place)
        )
        i, wanted = next(((i, wanted) for i, wanted in names if wanted), (j, None))
        if wanted is None or (match["allergy"] and _kind(wanted) != MATERIAL):
            break
        if found and _kind(found[-1]) != _kind(wanted):
            break
        found.append(wanted)
        begin = query.terms[i].start
        joined = _JOINED.search(query.text[:begin])
        place = joined.start() if joined else 0
    return _chips(query, begin, match.end(), found[::-1])


def _kind(wanted: AttributeFilter) -> str:
    """What is excluded: a colour, a material, a brand, a category; empty: some words."""
    return wanted.key or (MATERIAL if terms(wanted.words) in BASIC_MATERIALS else "")


def _chips(query: Query, start: int, end: int, named: list[AttributeFilter]) -> list[Chip]:
    """A chip for each of a list, with the words of the whole list."""
    if named:
        query.remove(start, end)
    text = query.words(start, end)
    return [Chip("not", text, w.words, Filters(attributes=(w,))) for w in named]


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
    if j - i == 1 and _HIDE.match(query.text, query.terms[i].start):
        return AttributeFilter("皮革", negated=True)
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
