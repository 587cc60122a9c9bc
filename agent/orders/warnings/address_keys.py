"""One key for the many ways in which one address is written."""

import re
import unicodedata
from collections.abc import Mapping

# The words of United States Postal Service Publication 28, as far as they are common.
_SHORT = {
    "street": "st",
    "avenue": "ave",
    "av": "ave",
    "road": "rd",
    "boulevard": "blvd",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "place": "pl",
    "terrace": "ter",
    "circle": "cir",
    "highway": "hwy",
    "parkway": "pkwy",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "apartment": "",
    "apt": "",
    "unit": "",
    "suite": "",
    "ste": "",
    "room": "",
    "rm": "",
    "no": "",
}
_WORDS = re.compile(r"[a-z]+|\d+|[^\W\d_a-z]+")
# "3幢502室" and "3-502" are one door.
_COUNTERS = re.compile(r"(?<=\d)[ ]?(?:号楼|栋|幢|座|单元|室|号|弄|樓|號)")


def address_key(address: Mapping[str, str]) -> str:
    """What two ways to write one address have in common; "" without a street.

    Case, punctuation, spaces, full width, the words for street and flat, and whether the flat
    stands in a line of its own make no difference.
    """
    if not address.get("line1", "").strip():
        return ""
    door = _plain(f"{address['line1']} {address.get('line2', '')}")
    postcode = re.sub(r"[^a-z0-9]", "", _folded(address.get("postal_code", "")))
    # ZIP+4 names a side of the street; not everybody writes it.
    where = postcode[:5] if postcode.isdigit() and len(postcode) == 9 else postcode
    return f"{door}|{where or _plain(address.get('city', ''))}"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _plain(text: str) -> str:
    folded = _COUNTERS.sub(" ", _folded(text))
    words = (_SHORT.get(word, word) for word in _WORDS.findall(folded))
    return " ".join(word for word in words if word)
