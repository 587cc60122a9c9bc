"""Figures in English and Chinese text: digits, number words and numerals, and which are money."""

import re
from decimal import Decimal

_DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?"
_NUMBER = re.compile(rf"(?<![A-Za-z0-9_.])[-+]?{_DIGITS}")

_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|zero|both"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_BELOW_100 = rf"(?:(?:{_TENS})(?:[ -](?:{_UNITS}))?|{_TEENS}|{_UNITS})"
_HUNDREDS = rf"(?:(?:{_BELOW_100}|an?) )?(?:hundred|thousand)(?: (?:and )?{_BELOW_100})?"
_WORD_NUMBER = re.compile(rf"\b(?:{_HUNDREDS}|{_BELOW_100})\b", re.IGNORECASE)
_VALUES = {
    **{word: Decimal(n) for n, word in enumerate(_UNITS.split("|"), 1)},
    **{word: Decimal(n) for n, word in enumerate(_TEENS.split("|")[:10], 10)},
    **{word: Decimal(10 * n) for n, word in enumerate(_TENS.split("|"), 2)},
    **{"zero": Decimal(0), "both": Decimal(2)},
}
_SCALES = {"hundred": 100, "thousand": 1000}

_ZH_NUMERAL = re.compile(
    r"([零一二两三四五六七八九十百千]{1,7})(?=\s*(?:天|日|个|款|件|元|块|美元|美金|年|月|小时|折|公斤|克|升|米"
    r"|以内|以下|之内|左右|以上))"
)
_ZH_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_ZH_UNIT = {"十": 10, "百": 100, "千": 1000}

_CODES = "USD|CNY|RMB|EUR|GBP|JPY|HKD|TWD"
_MONEY = re.compile(
    rf"(?:[$¥￥€£]|\b(?:{_CODES})) ?({_DIGITS})"
    rf"|(?<![A-Za-z0-9_.])({_DIGITS})"
    rf" ?(?:(?:{_CODES}|dollars?|bucks|yuan|euros?)\b|美元|美金|人民币|元|块)",
    re.IGNORECASE,
)
_WITH_CENTS = re.compile(r"(?<![A-Za-z0-9_.])(\d+(?:,\d{3})*\.\d\d)(?!\d)")


def numbers(text: str) -> set[Decimal]:
    """Every figure in `text`: digits, English number words and Chinese numerals."""
    found = {abs(_decimal(m[0])) for m in _NUMBER.finditer(text)}
    found |= {_english(m[0]) for m in _WORD_NUMBER.finditer(text)}
    found |= {_chinese(m[1]) for m in _ZH_NUMERAL.finditer(text)}
    return {n.normalize() for n in found}


def amounts(text: str) -> set[Decimal]:
    """The figures of `text` that stand with a currency."""
    return {_decimal(m[1] or m[2]).normalize() for m in _MONEY.finditer(text)}


def prices(text: str) -> set[Decimal]:
    """The amounts of a tool result, where a variant's price may stand without its currency."""
    return amounts(text) | {_decimal(m[1]).normalize() for m in _WITH_CENTS.finditer(text)}


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def _english(text: str) -> Decimal:
    """The value of number words such as two hundred and fifty."""
    total = Decimal(0)
    for word in re.split(r"[ -]", text.lower()):
        if word in _SCALES:
            total = Decimal(total or 1) * _SCALES[word]
        else:
            total += _VALUES.get(word, 0)  # "a" and "and" are nothing
    return total


def _chinese(text: str) -> Decimal:
    """The value of a numeral such as 三十 or 一百二十."""
    total = current = 0
    for char in text:
        if char in _ZH_UNIT:
            total += (current or 1) * _ZH_UNIT[char]
            current = 0
        else:
            current = _ZH_DIGIT[char]
    return Decimal(total + current)
