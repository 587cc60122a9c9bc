"""Hides personal data in what is kept of a conversation, and in what is logged.

Works on English and Chinese text alike, whose words stand against the number without a space,
and on full-width forms. Order, product and tracking numbers are left readable. What cannot be
told from its form, such as a name, is hidden where the caller says it: the `known` strings of
the customer who is signed in. `tests/masking_examples.py` measures what is found and what is not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.personal.contacts import find_emails, find_phones, find_said_phones
from agent.personal.numbers import find_cards, find_identities, find_ips
from agent.personal.places import find_addresses
from agent.personal.spans import Finder, Span, half_width

# Every finder needs one of these.
_MAYBE = re.compile(r"[@＠\d\uff10-\uff19一二三四五六七八九十]|\bat[)\]]")
_FINDERS: tuple[tuple[str, Finder], ...] = (
    ("[e-mail]", find_emails),
    ("[id]", find_identities),
    ("[card]", find_cards),
    ("[address]", find_addresses),
    ("[phone]", find_phones),
    ("[phone]", find_said_phones),
)
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/]*@")
_TAKEN = "\0"


def mask(text: str, known: Sequence[str] = ()) -> str:
    """The text with "[e-mail]", "[card]", "[phone]", "[address]" and "[id]" in place of such.

    Each of the `known` strings becomes "[customer]", whatever its case.
    """
    finders: list[tuple[str, Finder]] = [("[customer]", _finder_of(known))] if known else []
    if _MAYBE.search(text):
        finders += _FINDERS
    return _replaced(text, finders) if finders else text


def mask_log(text: str) -> str:
    """The text of a log record: masked, and "[ip]" in place of other machines' addresses."""
    return _replaced(mask(text), [("[ip]", find_ips)])


def mask_cards(text: str) -> str:
    """The text with "[card]" in place of payment card numbers, which are never stored."""
    return _replaced(text, [("[card]", find_cards)])


def mask_password(url: str) -> str:
    """The URL with "***" in place of the password that it may hold."""
    return _PASSWORD.sub(r"\1***@", url)


def mask_all(value: Any, known: Sequence[str] = ()) -> Any:
    """Every text in a JSON-like value masked; keys, numbers and structure stay."""
    if isinstance(value, str):
        return mask(value, known)
    if isinstance(value, Mapping):
        return {key: mask_all(inner, known) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mask_all(inner, known) for inner in value]
    return value


def _replaced(text: str, finders: Sequence[tuple[str, Finder]]) -> str:
    """What an earlier finder has found is no longer there for a later one."""
    shadow = half_width(text)
    found: dict[Span, str] = {}
    for label, find in finders:
        for start, end in list(find(shadow)):
            if _TAKEN not in shadow[start:end]:
                found[start, end] = label
                shadow = shadow[:start] + _TAKEN * (end - start) + shadow[end:]
    for (start, end), label in sorted(found.items(), reverse=True):
        text = text[:start] + label + text[end:]
    return text


def _finder_of(known: Sequence[str]) -> Finder:
    """Finds exact strings, the longest first; a Latin one only as a whole word."""

    def find(text: str) -> Iterator[Span]:
        for string in sorted(set(known), key=len, reverse=True):
            plain = re.escape(half_width(string))
            edges = rf"(?<![A-Za-z0-9]){plain}(?![A-Za-z0-9])"
            for match in re.finditer(edges, text, re.IGNORECASE):
                yield match.span()

    return find
