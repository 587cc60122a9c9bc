"""Hides personal data in what is kept of a conversation, and in what is logged.

Works on English and Chinese text alike, whose words stand against the number without a space,
and on full-width forms. Order, product and tracking numbers are left readable. What cannot be
told from its form, such as a name, is hidden where the caller says it: the `known` strings of
the customer who is signed in. `tests/masking_examples.py` measures what is found and what is not.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.personal.contacts import find_emails, find_phones, find_said_phones
from agent.personal.numbers import find_cards, find_identities, find_ips
from agent.personal.places import find_addresses
from agent.personal.spans import Finder, Span, half_width, matches

# What a text must have before a finder is worth its time; most have none of it.
_AT = re.compile(r"[@＠]|\bat[)\]]", re.IGNORECASE)
_MANY_DIGITS = re.compile(r"\d(?:\D{0,3}\d){6}")
_NUMBER = re.compile(r"\d|[一二三四五六七八九十]号")
_FINDERS: tuple[tuple[str, Finder, re.Pattern[str]], ...] = (
    ("[e-mail]", find_emails, _AT),
    ("[id]", find_identities, _MANY_DIGITS),
    ("[card]", find_cards, _MANY_DIGITS),
    ("[address]", find_addresses, _NUMBER),
    ("[phone]", find_phones, _MANY_DIGITS),
    ("[phone]", find_said_phones, _MANY_DIGITS),
)
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/]*@")
_TAKEN = "\0"


def mask(text: str, known: Sequence[str] = ()) -> str:
    """The text with "[e-mail]", "[card]", "[phone]", "[address]" and "[id]" in place of such.

    Each of the `known` strings becomes "[customer]", whatever its case.
    """
    return _mask(text, _finder_of(known))


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
    return _mask_all(value, _finder_of(known))


def _mask_all(value: Any, known: Finder | None) -> Any:
    if isinstance(value, str):
        return _mask(value, known)
    if isinstance(value, Mapping):
        return {key: _mask_all(inner, known) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mask_all(inner, known) for inner in value]
    return value


def _mask(text: str, known: Finder | None) -> str:
    finders = [("[customer]", known)] if known else []
    finders += [(label, find) for label, find, needed in _FINDERS if needed.search(text)]
    return _replaced(text, finders) if finders else text


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


def _finder_of(known: Sequence[str]) -> Finder | None:
    """Finds exact strings, the longest first; a Latin one only as a whole word."""
    strings = sorted(set(known), key=len, reverse=True)
    either = "|".join(re.escape(half_width(string)) for string in strings)
    edges = rf"(?<![A-Za-z0-9])(?:{either})(?![A-Za-z0-9])"
    return matches(re.compile(edges, re.IGNORECASE)) if strings else None
