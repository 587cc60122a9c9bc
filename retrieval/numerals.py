"""Numbers as shoppers and catalogues write them: 1,299.50, 20000, 两百五, 1.5万, two hundred."""

import re
from decimal import Decimal

DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
"""A number in digits, as a pattern."""

HAN_DIGITS = "零〇一二两三四五六七八九"
HAN_UNITS = "十百千万"
HAN = rf"(?:[{HAN_DIGITS}{HAN_UNITS}半]+)"
"""A number in Chinese characters, as a pattern."""

_DIGIT = dict(zip(HAN_DIGITS, (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_UNIT = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_WORDS = "one two three four five six seven eight nine ten eleven twelve"
WORDS = {word: value for value, word in enumerate(_WORDS.split(), 1)} | {"单": 1, "双": 2}
"""Number words that count only right before a unit."""

_TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SCALES = {"hundred": 100, "thousand": 1000}
_VALUES = {word: value for value, word in enumerate(f"{_WORDS} {_TEENS}".split(), 1)} | {
    word: value for value, word in zip(range(20, 100, 10), _TENS.split(), strict=True)
}


def _choice(words: str) -> str:
    return "|".join(words.split())


_ROUND = rf"(?:(?:{_choice(_TENS)})(?:[\s-](?:{_choice(_WORDS)}))?|{_choice(_TEENS)})"
_BELOW_HUNDRED = rf"(?:{_ROUND}|{_choice(_WORDS)})"
_SCALE = r"(?:hundred|thousand)"
ENGLISH = rf"""(?:(?:(?:{_BELOW_HUNDRED}|an?)[\s-])?{_SCALE}(?:[\s-]and\s{_BELOW_HUNDRED}
|[\s-](?:{_ROUND}|{_SCALE}|{_BELOW_HUNDRED}(?=[\s-]{_SCALE})))*|{_ROUND})(?![a-z])"""
"""A number above twelve in English words, as a verbose pattern."""

_HALVES = frozenset(["半", "half", "half a", "half an"])


def read_number(text: str) -> Decimal | None:
    """The number that the whole of `text` is, or None. Multipliers follow digits: 2万, 3百, 2k."""
    if text in WORDS:
        return Decimal(WORDS[text])
    if text in _HALVES:
        return Decimal("0.5")
    bare = text.replace(",", "")
    last = {"k": 1000}.get(bare[-1:]) or _UNIT.get(bare[-1:])
    if last and bare[:-1].replace(".", "", 1).isdecimal() and bare[:-1].isascii():
        return Decimal(bare[:-1]) * last
    if bare.isascii():
        return Decimal(bare) if bare.replace(".", "", 1).isdecimal() else _english(bare)
    return _chinese(bare)


def _english(text: str) -> Decimal | None:
    """Twenty-five, a hundred, fifteen hundred, two thousand five hundred and one."""
    words = [word for word in re.split(r"[\s-]", text) if word not in ("a", "an", "and")]
    if not words or any(word not in _VALUES and word not in _SCALES for word in words):
        return None
    total = section = 0
    for word in words:
        if word == "thousand":
            total, section = total + max(section, 1) * _SCALES[word], 0
        elif word in _SCALES:
            section = max(section, 1) * _SCALES[word]
        else:
            section += _VALUES[word]
    return Decimal(total + section)


def _chinese(text: str) -> Decimal | None:
    """一百二十五, 两百五 (250), 一万二 (12000), 二〇二六 (digit by digit), 三半 is none."""
    if not text or any(c not in _DIGIT and c not in _UNIT for c in text):
        return None
    if all(c in _DIGIT for c in text):
        return Decimal("".join(str(_DIGIT[c]) for c in text))
    total = section = 0
    digit: int | None = None
    below = 1
    for char in text:
        if char in _DIGIT:
            digit = _DIGIT[char]
            below = 1 if digit == 0 else below
            continue
        unit = _UNIT[char]
        if unit == 10_000:
            total += (section + (digit or 0)) * unit
            section = 0
        else:
            section += (1 if digit is None else digit) * unit
        digit, below = None, unit // 10
    # 两百五 leaves out the last unit; 两百零五 does not.
    return Decimal(total + section + (digit or 0) * below)
