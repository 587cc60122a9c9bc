"""Numbers that say themselves what they are: payment cards, Chinese identity numbers, IPs."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from agent.personal.spans import Span

_CARD = re.compile(r"(?<![A-Za-z0-9\-])\d(?:[ \-]?\d){12,18}(?![\-]?\d)")
# Visa, Mastercard (two ranges), American Express, Diners, Discover, JCB, UnionPay.
_ISSUER = re.compile(r"4|5[1-5]|2[2-7]|3[47]|3[0689]\d{12}$|6(?:011|5)|35|62")
_IDENTITY = re.compile(
    r"(?<![A-Za-z0-9\-])[1-6]\d{5}[ \-]?(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"[ \-]?\d{3}[\dXx](?![A-Za-z0-9])"
)
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9A-Fa-f]*:)[0-9A-Fa-f:]{3,39}"
    r"(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?)(?![\w.]*\w)"
)


def find_cards(text: str) -> Iterator[Span]:
    """Numbers that an issuer begins so and whose check digit is right (ISO/IEC 7812)."""
    for found in _CARD.finditer(text):
        digits = _digits(found[0])
        if _ISSUER.match(digits) and _luhn(digits):
            yield found.span()


def find_identities(text: str) -> Iterator[Span]:
    """Numbers of Chinese identity cards: region, birthday, serial, check character (GB 11643)."""
    for found in _IDENTITY.finditer(text):
        characters = found[0].replace(" ", "").replace("-", "")
        weighted = sum(int(c) * 2 ** (17 - n) % 11 for n, c in enumerate(characters[:17]))
        if "10X98765432"[weighted % 11] == characters[17].upper():
            yield found.span()


def find_ips(text: str) -> Iterator[Span]:
    """Addresses of other machines; this one's own (127.0.0.1, ::1, 0.0.0.0) say nothing."""
    for found in _IP.finditer(text):
        try:
            address = ip_address(found[0])
        except ValueError:
            continue
        if not (address.is_loopback or address.is_unspecified):
            yield found.span()


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _luhn(digits: str) -> bool:
    """Every second digit from the right is doubled, and its own digits are added."""
    values = [int(digit) for digit in digits]
    doubled = [sum(divmod(2 * value, 10)) for value in values[-2::-2]]
    return (sum(doubled) + sum(values[-1::-2])) % 10 == 0
