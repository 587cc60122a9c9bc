"""A query understood by code: which of its words are constraints, and which are left to rank by.

Numbers, prices, stock and order are read by rules of the two languages; names only as the catalogue
uses them. What is not understood stays in the words that are searched for.
"""

import re

from retrieval.filters import Filters
from retrieval.understanding.chips import Chip, Understood
from retrieval.understanding.figures import read_figures
from retrieval.understanding.naming import read_brands, read_colours
from retrieval.understanding.negation import read_negations
from retrieval.understanding.query import STOP, Query
from retrieval.understanding.superlatives import superlatives
from retrieval.understanding.values import read_attributes, read_category, read_sizes
from retrieval.understanding.vocabulary import Vocabulary
from retrieval.words import simplified

__all__ = ["Chip", "Understood", "understand"]

LONGEST_QUERY = 500
"""Characters; what is longer is no search, and is ranked by its words alone."""

_STOCK = re.compile(
    r"(?<!not )(?<![a-z])(?:currently\s|only\s|that\s(?:is|are)\s)?in[\s-]stock(?![a-z])"
    r"(?:\s(?:now|only))?|available\snow|currently\savailable|ready\sto\sship"
    r"|有没有(?:现货|货)|(?:要|需要|得|必须|只看|只要)?(?:(?<!没)有(?:现)?货|(?<!没有)(?<!没)现货|有库存|库存充足)"
)


def understand(query: str, vocabulary: Vocabulary) -> Understood:
    """Read a query in either language, or a mix, against one catalogue's vocabulary."""
    if len(query) > LONGEST_QUERY:
        return Understood(query)
    read = _corrected(Query(simplified(query)), vocabulary)
    chips = read_sizes(read, vocabulary)
    chips += _stock(read)
    chips += read_figures(read, vocabulary)
    chips += _order(read, vocabulary)
    chips += read_negations(read, vocabulary)
    chips += read_brands(read, vocabulary)
    chips += read_colours(read, vocabulary)
    chips += read_attributes(read, vocabulary)
    chips += read_category(read, vocabulary)
    return Understood(read.left(), tuple(dict.fromkeys(chips)))


def _corrected(query: Query, vocabulary: Vocabulary) -> Query:
    for term in reversed(query.terms):
        if term.word in STOP or vocabulary.knows(term.term):
            continue
        if word := vocabulary.corrections.of(term.word):
            query = query.correct(term, word)
    return query


def _stock(query: Query) -> list[Chip]:
    found = [m for m in _STOCK.finditer(query.text) if query.free(*m.span())]
    chips = [
        Chip("stock", query.words(*m.span()), "in stock", Filters(in_stock=True)) for m in found
    ]
    for match in found:
        end = match.end() + (query.text[match.end() : match.end() + 1] == "的")
        query.remove(match.start(), end)
    return chips[:1]


def _order(query: Query, vocabulary: Vocabulary) -> list[Chip]:
    chips = []
    for sort, start, end in superlatives(query.text):
        known = not sort.key or vocabulary.key_measures(sort.key, sort.dimension)
        if known and query.free(start, end):
            name = " ".join(filter(None, [sort.by, sort.dimension]))
            value = f"{name} {'descending' if sort.descending else 'ascending'}"
            chips.append(Chip("sort", query.words(start, end), value, sort=sort))
            query.remove(start, end)
    return chips[:1]
