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
    r"([零一二两三四五六七八九十百千]{1,7})(?=\s*(?:天|日|个|款|件|元|块(?!儿)|美元|美金|年|月|小时|折|公斤|克|升|米"
    r"|以内|以下|之内|左右|以上))"
)
_ZH_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_ZH_UNIT = {"十": 10, "百": 100, "千": 1000}

_CODES = "USD|CNY|RMB|EUR|GBP|JPY|HKD|TWD"
_MONEY = re.compile(
    rf"(?:[$¥￥€£]|\b(?:{_CODES})) ?({_DIGITS})"
    rf"|(?<![A-Za-z0-9_.])({_DIGITS})"
    rf" ?(?:(?:{_CODES}|dollars?|bucks|yuan|euros?)\b|美元|美金|人民币|元|块(?!儿))",
    re.IGNORECASE,
)
_GOES_ON = (
    "or|and|to|max|maximum|min|minimum|tops?|at|for|is|it|but|not|if|please|pls|budget|in|on|off|"
    "total|each|per|the|with|would|will|ish|limit|plus|upwards?|up|down|less|more|only|cash|then|"
    "from|no|can|could|as|i|we|my|our|us|so|any|anything|what|which|that|this|do|does|a|an|k|"
    "around|about|roughly|quid|pounds?|gbp|usd|eur|euros?|aud|cad|sgd|nzd|hkd|jpy|chf|kr|dollars?|"
    "bucks|yuan|rmb|cny|price|and up|until|till|through|enough|thx|lah"
)
_COUNT = re.compile(
    rf"(?<![A-Za-z0-9_.$€£¥￥])({_DIGITS})(?: ?(?!(?:{_GOES_ON})\b)[A-Za-z]{{2,}}"
    r"|\s*(?:个人|把|条|双|只|张|台|瓶|盒|袋|包|支|根|套|顶|码|号|升|毫升|克|公斤|斤|厘米|毫米|米|寸"
    r"|天|日|月|岁|周|小时|分钟|秒|流明|毫安|瓦))",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"(?:\b(?:under|below|within|up to|(?:less|more) than|max|around|about|budget(?: is| of)?"
    r"|between|and|to|over|above)|[$€£¥￥-])\s*$",
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


def counts(text: str) -> set[Decimal]:
    """The figures of `text` that count what follows them, and so are no prices: 1000 lumens, 30把.

    Not those of "under 25 candles".
    """
    found = _COUNT.finditer(text)
    return {_decimal(m[1]).normalize() for m in found if not _BELOW.search(text[: m.start()])}


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
