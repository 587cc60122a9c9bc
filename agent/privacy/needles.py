"""The strings by which a person is looked for where no column says whose a text is."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from agent.personal.known import full_names, phone_forms
from agent.privacy.holdings import Holdings, Row

ERASED = "[erased]"
_HAN = re.compile(r"[\u3400-\u9fff]")
_EMAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.\w+")
_SHORTEST = 6
"""Letters of a string that means one person in anybody's text; Chinese: half as many."""


def needles(held: Holdings) -> list[str]:
    """E-mails, phones, whole names, street lines, parcels and the id, the longest first.

    What others may share and what is an ordinary word is left out: towns, first names, flats.
    """
    found = {string.strip() for string in _strings(held)}
    return sorted(filter(_means_somebody, found), key=lambda string: (-len(string), string))


def pattern(strings: Iterable[str]) -> re.Pattern[str] | None:
    """Matches any of the strings, whatever its case, plain or as JSON may escape it."""
    forms = [bounded(form) for string in strings for form in forms_of(string)]
    return re.compile("|".join(forms), re.IGNORECASE) if forms else None


def bounded(form: str) -> str:
    """A pattern for the form that is no part of a longer number: 350 River Road, not 1350."""
    before = r"(?<!\d)" if form[:1].isdigit() else ""
    after = r"(?!\d)" if form[-1:].isdigit() else ""
    return f"{before}{re.escape(form)}{after}"


def forms_of(string: str) -> list[str]:
    """The string, and how JSON without Chinese letters writes it."""
    escaped = string.encode("unicode_escape").decode()
    return [string] if escaped == string else [string, escaped]


def blot(value: Any, person: re.Pattern[str] | None) -> Any:
    """A JSON-like value with "[erased]" wherever the person is named."""
    if isinstance(value, str):
        return person.sub(ERASED, value) if person else value
    if isinstance(value, dict):
        return {key: blot(inner, person) for key, inner in value.items()}
    if isinstance(value, list):
        return [blot(inner, person) for inner in value]
    return value


def _strings(held: Holdings) -> Iterator[str]:
    for row in held["customer"]:
        yield row["id"]
        yield row["email"]
        yield from phone_forms(row["phone"])
        yield from full_names(row["first_name"], row["last_name"])
    for row in (*held["customer"], *held["order"]):
        yield from _of_address(row["address"])
    for row in (*held["proposal"], *held["receipt"]):
        for key in ("address_before", "address_after"):
            yield from _of_address(row["terms"].get(key) or {})
    for row in held["payment_method"]:
        yield from _EMAIL.findall(row["label"])
    for row in held["shipment"]:
        yield row["tracking_number"]


def _of_address(address: Row) -> Iterator[str]:
    known = {"line2", "city", "region", "postal_code", "country"}
    yield from (v for key, v in address.items() if key not in known and isinstance(v, str))


def _means_somebody(string: str) -> bool:
    return len(string) >= (_SHORTEST // 2 if _HAN.search(string) else _SHORTEST)
