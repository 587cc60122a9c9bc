"""Hides e-mail addresses, phone and card numbers in what is kept of a conversation.

Works on English and Chinese text alike, whose words stand against the number without a space,
and on full-width digits. Order, product and tracking numbers are left readable: a long run of
digits counts as a card only if an issuer begins so and its check digit is right (ISO/IEC 7812),
and as a phone only if it is written as one, or the word before it says so.
"""

import re
import unicodedata
from typing import Any

# Every pattern below needs one of these; most texts hold neither.
_MAYBE = re.compile(r"[@＠]|\d(?:\D*\d){6}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+\s?[@＠]\s?(?:[A-Za-z0-9\-]+[.．])+[A-Za-z]{2,}")
_CARD = re.compile(r"(?<![A-Za-z0-9\-])\d(?:[ \-]?\d){12,18}(?![\-]?\d)")
# Visa, Mastercard (two ranges), American Express, Discover, JCB, UnionPay.
_ISSUER = re.compile(r"4|5[1-5]|2[2-7]|3[47]|6(?:011|5)|35|62")
_EDGE = r"(?<![A-Za-z0-9#＃\-])"
_PHONE = re.compile(
    rf"""{_EDGE}(?:
      [+＋]\d{{1,3}}[ \-.]?(?:\(\d{{1,4}}\)[ \-.]?)?\d(?:[ \-.]?\d){{5,12}}  # +1 510 555 0142
    | \(\d{{3}}\)[ ]?\d{{3}}[ \-.]\d{{4}}                                    # (510) 555-0142
    | \d{{3}}[\-.]\d{{3}}[\-.]\d{{4}} | \d{{3}}[ ]\d{{3}}[ ]\d{{4}}           # 510-555-0142
    | [1１][3-9３-９]\d(?:[ \-]?\d{{4}}){{2}}                                     # 138 0013 8000
    | 0\d{{2,3}}[ \-]\d{{7,8}}                                               # 010-62345678
    )(?![A-Za-z0-9])""",
    re.VERBOSE,
)
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/]*@")
_SAID_TO_BE_PHONE = re.compile(
    r"((?:phone|mobile|cell|tel|call me|reach me|手机|电话|联系方式|号码)[^\d\n]{0,20}?)"
    r"(?<!#)(\d(?:[ \-.]?\d){6,14})(?![A-Za-z0-9])",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text with "[e-mail]", "[card]" and "[phone]" in place of what they name."""
    if not _MAYBE.search(text):
        return text
    text = mask_cards(_EMAIL.sub("[e-mail]", text))
    return _SAID_TO_BE_PHONE.sub(r"\1[phone]", _PHONE.sub("[phone]", text))


def mask_cards(text: str) -> str:
    """The text with "[card]" in place of payment card numbers, which are never stored."""
    return _CARD.sub(lambda found: "[card]" if _is_card(found[0]) else found[0], text)


def mask_password(url: str) -> str:
    """The URL with "***" in place of the password that it may hold."""
    return _PASSWORD.sub(r"\1***@", url)


def mask_all(value: Any) -> Any:
    """Every text in a JSON-like value masked; keys, numbers and structure stay."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: mask_all(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mask_all(inner) for inner in value]
    return value


def _is_card(text: str) -> bool:
    digits = [unicodedata.digit(character) for character in text if character.isdigit()]
    if not _ISSUER.match("".join(map(str, digits))):
        return False
    # Luhn: every second digit from the right is doubled, and its own digits are added.
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
