"""Quantities in text: numbers with their units, as a dimension and a range in its base unit.

"46 × 15 cm" is one length, its longest side; "2-3 people" a range; "-5 to 10 °C" too. Money and
stars are dimensions like others, a number alone is of the dimension `NUMBER`; "2k" is that and, as
`THOUSAND`, 2000.
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal

from retrieval.numerals import DIGITS, ENGLISH, HAN, HAN_DIGITS, HAN_UNITS, WORDS, read_number
from retrieval.terms import plain

NUMBER, MONEY, STARS, THOUSAND = "number", "money", "stars", "thousand"

COUNTED = frozenset(["people", "pieces", NUMBER, STARS])
"""Dimensions whose values are equal or not; the others are equal within a tolerance."""

_LONGEST_VALUE = 80
"""Characters; a longer attribute value is prose, whose figures are no facts of the product."""

# name of the dimension: factor to the base unit: unit names. Han units may carry (?!…).
_UNITS: dict[str, dict[str, str]] = {
    "mass": {
        "0.001": "mg milligram milligrams 毫克",
        "1": "g gram grams gramme grammes 克",
        "1000": "kg kgs kilo kilos kilogram kilograms 公斤 千克",
        "1000000": "tonne tonnes 吨",
        "453.59237": "lb lbs pound pounds 磅",
        "28.349523125": "oz ounce ounces 盎司",
        "500": "斤 市斤",
        "50": "两(?![个人件张位米斤公种款])",
    },
    "length": {
        "0.001": "mm millimetre millimetres millimeter millimeters 毫米",
        "0.01": "cm centimetre centimetres centimeter centimeters 厘米 公分",
        "0.1": "dm 分米",
        "1": "m metre metres meter meters 米(?![色白饭粉奇其]) 公尺",
        "1000": "km kilometre kilometres kilometer kilometers 公里 千米",
        "0.0254": "in(?=\\s*(?:$|[,;.)×*]|x\\s)) inch inches inchs \" ” ″ '' ′′ 英寸 吋 寸",
        "0.3048": "ft foot feet 英尺 呎",
        "0.33333333333": "尺(?![码寸])",
        "0.9144": "yd yard yards",
        "1609.344": "mile miles 英里",
    },
    "area": {
        "1": "m2 sqm sq\\s?m 平方米 平米",
        "0.0001": "cm2 平方厘米",
        "0.09290304": "ft2 sq\\s?ft 平方英尺",
    },
    "volume": {
        "0.001": "ml millilitre millilitres milliliter milliliters cc 毫升",
        "0.01": "cl",
        "0.1": "dl",
        "1": "l litre litres liter liters 升(?![级降]) 公升",
        "0.0295735295625": "fl\\.?\\s?oz fluid\\sounces? oz ounce ounces 液体?盎司 盎司",
        "0.473176473": "pt pint pints",
        "0.946352946": "qt quart quarts",
        "3.785411784": "gal gallon gallons 加仑",
    },
    "areal density": {"1": "g/m2 gsm g/sqm 克/平方米"},
    "time": {
        "1": "sec secs second seconds 秒",
        "60": "min mins minute minutes 分钟",
        "3600": "h hr hrs hour hours 小时 个小时",
        "86400": "day days 天(?![然幕猫线际])",
        "604800": "week weeks 周(?![岁年边]) 星期",
        "2629800": "month months 个月",
        "31557600": "yr yrs year years 年(?![货糕轻]) 岁 周岁",
    },
    "power": {
        "0.001": "mw",
        "1": "w watt watts 瓦(?!时) 瓦特",
        "1000": "kw kilowatt kilowatts 千瓦",
    },
    "energy": {
        "1": "wh watt-hours? 瓦时",
        "1000": "kwh 千瓦时 度电",
        "1.163": "kcal calories 千卡 大卡",
    },
    "charge": {"1": "mah 毫安时? 毫安", "1000": "ah 安时"},
    "voltage": {"1": "v volt volts 伏特?", "1000": "kv"},
    "current": {"1": "amp amps 安培", "0.001": "milliamps?"},
    "luminous flux": {"1": "lm lumen lumens 流明"},
    "frequency": {"1": "hz 赫兹?", "1000": "khz", "1000000": "mhz", "1000000000": "ghz"},
    "storage": {"0.001": "mb", "1": "gb 吉字节?", "1000": "tb"},
    "pixels": {"1": "mp megapixels? mpx", "0.01": "万像素"},
    "linear density": {"1": "denier 旦"},
    "sound level": {"1": "db decibels? 分贝"},
    "share": {"1": "% percent"},
    "colour temperature": {"1": "k(?!\\d) kelvin"},
    THOUSAND: {"1000": "k(?!\\d)"},
    "people": {"1": "people persons? pers man men 个?人(?![造体气工份鱼化]) 人份 口之家 位(?!置)"},
    "pieces": {"1": "pcs pcs? pieces? 件套? 片装?"},
    STARS: {"1": "stars? 星级? 颗星 分(?![钟米贝类体层])"},
    MONEY: {
        "1": "dollars? bucks? quid us\\sdollars? usd us\\$(?!\\s?\\d) \\$(?!\\s?\\d) eur euros?"
        " yuan rmb cny gbp €(?!\\s?\\d) £(?!\\s?\\d) ¥(?!\\s?\\d) 元 块钱?(?!儿) 圆"
        " 美元 美金 刀(?!具) 人民币 欧元 英镑 日元 港币 港元 円"
    },
}
_CELSIUS = "°\\s?c c° degrees?\\scelsius degrees?\\sc celsius 摄氏度 度(?![假数电])"
_FAHRENHEIT = "°\\s?f degrees?\\sfahrenheit degrees?\\sf fahrenheit 华氏度"
_BEFORE = {MONEY: r"us\$|usd|rmb|cny|eur|gbp|[$¥€£]", "people": r"sleeps?"}
_LOWEST_KELVIN = 1000
# "4k" is a resolution or a thousand.


@dataclass(frozen=True, slots=True)
class Quantity:
    """One reading of `text[start:end]`, from `low` to `high` in the dimension's base unit.

    Base units: gram, metre, m², litre, g/m², second, watt, Wh, mAh, volt, ampere, lumen, Hz, GB,
    megapixel, denier, dB, %, kelvin, °C, and one of what is counted.
    """

    dimension: str
    low: Decimal
    high: Decimal
    start: int
    end: int
    ranged: bool = False
    """Whether it was given by two ends, be they equal."""


_TEN_DIGITS = Context(prec=10)
"""1.1 L and 1100 ml are one value, and so is what goes through feet and back."""


@dataclass(frozen=True, slots=True)
class _Unit:
    dimension: str
    factor: Decimal
    offset: Decimal = Decimal(0)

    def base(self, number: Decimal) -> Decimal:
        return _TEN_DIGITS.create_decimal((number - self.offset) * self.factor)


_ONE = _Unit(NUMBER, Decimal(1))


@dataclass(frozen=True, slots=True)
class _Reading:
    """A number with the units that it may have; none: only a number."""

    numbers: tuple[Decimal, ...]
    units: tuple[_Unit, ...]
    start: int
    end: int
    joined: bool = False


def quantities(text: str) -> list[Quantity]:
    """Every quantity in a text that `plain` gave, in order; "oz" reads as mass and as volume."""
    found: list[_Reading] = []
    for reading in map(_reading, _AMOUNT.finditer(text)):
        if reading is None:
            continue
        joined = found and _joined(found[-1], text[found[-1].end : reading.start], reading)
        if joined:
            found[-1] = joined
        else:
            found.append(reading)
    return [quantity for reading in found for quantity in _quantities(reading)]


def measured(value: str) -> list[Quantity]:
    """The quantities of an attribute's value; `NUMBER` only where it is nothing but a number."""
    if len(value) > _LONGEST_VALUE:
        return []
    text = plain(value)
    if not _ANY_NUMBER.search(text):
        return []
    return [
        q
        for q in quantities(text)
        if q.dimension != THOUSAND
        and (q.dimension != NUMBER or (q.start == 0 and q.end == len(text)))
    ]


def _quantities(reading: _Reading) -> list[Quantity]:
    units = reading.units or (_ONE,)
    found = []
    for unit in units:
        values = sorted(unit.base(number) for number in reading.numbers)
        if unit.dimension == "colour temperature" and values[-1] < _LOWEST_KELVIN:
            unit = _ONE
        if unit.dimension == THOUSAND and values[-1] >= _LOWEST_KELVIN * unit.factor:
            continue
        found.append(
            Quantity(
                unit.dimension, values[0], values[-1], reading.start, reading.end, reading.joined
            )
        )
    return found


def _reading(match: re.Match[str]) -> _Reading | None:
    number = read_number(match["number"] or match["word"])
    if number is None or (match["halved"] and not match["unit"]):
        return None
    if match["half"] or match["and_half"]:
        number += Decimal("0.5")
    if match["sign"]:
        number = -number
    units: tuple[_Unit, ...] = ()
    if match["before"]:
        dimension = next(d for d, p in _BEFORE.items() if re.fullmatch(p, match["before"]))
        units = (_Unit(dimension, Decimal(1)),)
    elif match["unit"]:
        units = _units_named(match["unit"])
    return _Reading((number,), units, match.start(), match.end())


def _joined(first: _Reading, between: str, second: _Reading) -> _Reading | None:
    """Two readings that are one: the ends of a range, or the sides of a thing."""
    sides = _SIDES.fullmatch(between)
    if not sides and (first.joined or not _RANGE.fullmatch(between)):
        return None
    if not sides and (joined := _in_thousands(first, second)):
        return joined
    units = second.units or first.units
    if first.units and second.units and first.units[0].dimension != second.units[0].dimension:
        return None
    if first.units and second.units and first.units != second.units:
        return _converted(first, second) if not sides else None
    numbers = (*first.numbers, *second.numbers)
    numbers = (max(numbers),) if sides else numbers
    return _Reading(numbers, units, first.start, second.end, joined=not sides)


def _in_thousands(first: _Reading, second: _Reading) -> _Reading | None:
    """1-2k is 1000 to 2000, $500-1k is 500 to 1000; None: it is no such range."""
    of_money = not first.units or first.units[0].dimension == MONEY
    number = second.numbers[0]
    if not of_money or second.units != _PLAIN_NAMES["k"] or number >= _LOWEST_KELVIN:
        return None
    scale = 1000 if first.numbers[0] < number else 1
    numbers = (first.numbers[0] * scale, number * 1000)
    return _Reading(numbers, first.units, first.start, second.end, joined=True)


def _converted(first: _Reading, second: _Reading) -> _Reading:
    """500 ml to 1 L: the first in the unit of the second."""
    ours, theirs = first.units[0], second.units[0]
    number = (first.numbers[0] - ours.offset) * ours.factor / theirs.factor + theirs.offset
    return _Reading((number, *second.numbers), second.units, first.start, second.end, joined=True)


def _table() -> list[tuple[str, _Unit]]:
    rows = [
        (name, _Unit(dimension, Decimal(factor)))
        for dimension, factors in _UNITS.items()
        for factor, names in factors.items()
        for name in names.split(" ")
    ]
    fahrenheit = _Unit("temperature", Decimal(5) / Decimal(9), Decimal(32))
    rows += [(name, _Unit("temperature", Decimal(1))) for name in _CELSIUS.split(" ")]
    return rows + [(name, fahrenheit) for name in _FAHRENHEIT.split(" ")]


_TABLE = [(name.split("(?")[0] if "(?" in name else name, unit) for name, unit in _table()]
_PLAIN_NAMES: dict[str, tuple[_Unit, ...]] = {}
_PATTERNS = [(re.compile(name), unit) for name, unit in _TABLE if re.search(r"[\\?.]", name)]
for _name, _unit in _TABLE:
    if not re.search(r"[\\?.]", _name):
        _PLAIN_NAMES[_name] = (*_PLAIN_NAMES.get(_name, ()), _unit)


def _units_named(name: str) -> tuple[_Unit, ...]:
    known = _PLAIN_NAMES.get(name)
    return known or tuple(unit for pattern, unit in _PATTERNS if pattern.fullmatch(name))[:1]


def _alternatives() -> str:
    names = sorted({name for name, _ in _table()}, key=len, reverse=True)
    # What goes on as a word, or as a rate ("g/m²/24h", "L/min"), is another unit.
    ends = r"(?![a-z])(?!\s?/\s?[a-z])(?!/\d+\s?h)"
    return "|".join(f"{name}{ends}" if name[0].isascii() else name for name in names)


_MONEY_NAMES = "|".join(_UNITS[MONEY]["1"].split(" "))
# $1k and 2k dollars; alone it may be 4K, and is a unit of its own. 300来块 is 300 or a bit more.
_THOUSANDS = rf"(?(before)k(?![a-z\d]|-[a-z])|k(?=\s?(?:{_MONEY_NAMES})))"
_OR_SO = rf"[来多](?=\s?(?:{_MONEY_NAMES})|[\s,;。的]|$)"
_AMOUNT = re.compile(
    rf"""(?:(?P<before>{"|".join(_BEFORE.values())})\s?)?
    (?<![a-z\d.])(?:(?<![a-z]-)|(?<=\dk-))(?<!\d[/:])
    (?:(?P<sign>(?<![^\s(:,~至到])[-−](?=\d)|零下)?
       (?P<number>(?>(?:{DIGITS})(?:[百千万]|{_THOUSANDS})?|{HAN}))(?:{_OR_SO})?
     | (?P<word>单(?=人)|双(?=人)|{ENGLISH}|(?P<halved>half(?:\san?)?(?=[\s-]))
       |(?:{"|".join(w for w in WORDS if w.isascii())})(?(before)(?![a-z])|(?=[\s-]\w))))
    (?P<and_half>\sand\sa\shalf(?![a-z]))?
    (?:\+?[\s-]?(?P<unit>{_alternatives()})(?P<half>半|\sand\sa\shalf(?![a-z]))?
     | (?![a-z\d]|[.,/:]\d))""",
    re.VERBOSE,
)
_ANY_NUMBER = re.compile(
    rf"[\d{HAN_DIGITS}{HAN_UNITS}半单双]|half|{'|'.join(filter(str.isascii, WORDS))}|{ENGLISH}",
    re.VERBOSE,
)
_RANGE = re.compile(r"\s*(?:-|–|—|~|to|till|until|through|到|至)\s*")
_SIDES = re.compile(r"\s?[×x*✕]\s?")
