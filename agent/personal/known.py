"""The exact strings that name one customer, for masking and for looking through what is kept."""

import re
from collections.abc import Iterator

from agent.orders.models import Customer

_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST = 3
"""Letters; shorter names are ordinary words too often. A Chinese name may have two characters."""


def known_strings(customer: Customer) -> list[str]:
    """Names, e-mail, phone and address lines of a customer, as they may stand in a text."""
    found = [*full_names(customer.first_name, customer.last_name)]
    found += [customer.first_name, customer.last_name, customer.email]
    found += [*phone_forms(customer.phone)]
    found += [customer.address.get("line1", ""), customer.address.get("line2", "")]
    return [string for string in dict.fromkeys(found) if is_telling(string)]


def is_telling(string: str) -> bool:
    """Whether a string is long enough to mean its owner."""
    return len(string) >= (2 if _HAN.search(string) else _SHORTEST)


def full_names(first: str, last: str) -> Iterator[str]:
    """A whole name in both orders; a Chinese one is written without a space too."""
    if first and last:
        yield from (f"{first} {last}", f"{last} {first}", f"{last}, {first}")
        if _HAN.search(first + last):
            yield from (f"{last}{first}", f"{first}{last}")


def phone_forms(phone: str) -> Iterator[str]:
    """A phone number as stored, as digits alone, and without its country code."""
    digits = "".join(character for character in phone if character.isdigit())
    yield phone
    yield digits
    if phone.startswith("+"):
        yield _without_country(phone)
        yield _without_country(digits)


def _without_country(phone: str) -> str:
    return re.sub(r"^\+?(?:86|1)[ \-]?", "", phone)
