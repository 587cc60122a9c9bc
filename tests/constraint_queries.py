"""Queries made of constraints, in two languages, and what raw rows allow, read independently.

The oracle shares no code with `retrieval`: it reads a catalogue's own JSON and decides by plain
regular expressions on its texts.
"""

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

Texts = dict[str, list[str]]
"""Attribute texts by key, in all their languages."""


@dataclass
class Row:
    """One product as its source gives it."""

    id: str
    price: Decimal
    stock: int
    levels: list[str]
    brand: str
    rating: float | None
    title: list[str]
    attributes: Texts
    options: list[tuple[Texts, Decimal, int]] = field(default_factory=list)


@dataclass
class Want:
    """One constraint: how it is said in each language, and what it asks of a row or its texts."""

    kind: str
    en: str
    zh: str
    row: Callable[[Row], bool] | None = None
    texts: Callable[[Row, Texts], bool] | None = None
    money: Callable[[Decimal], bool] | None = None
    stocked: bool = False
    denied: Callable[[Texts], bool] | None = None


def allowed(row: Row, wants: list[Want]) -> bool:
    """Whether a row satisfies all; what only options have, one option has together."""
    if not all(want.row(row) for want in wants if want.row):
        return False
    open_ones = [w.texts for w in wants if w.texts and not w.texts(row, row.attributes)]
    offers = [(row.price, row.stock)]
    if open_ones:
        denied = [w.denied for w in wants if w.denied]
        offers = [
            (price, stock)
            for texts, price, stock in row.options
            if all(test(row, texts) for test in open_ones) and not any(no(texts) for no in denied)
        ]
    return any(
        all(want.money(price) for want in wants if want.money)
        and (stock > 0 or not any(want.stocked for want in wants))
        for price, stock in offers
    )


# Three shops.


def sample_shop(folder: Path) -> list[Row]:
    """The bilingual sample shop: data/shop/products."""
    rows = []
    for raw in _lines(*sorted(folder.glob("*.jsonl"))):
        options = [
            (_texts(v["attributes"]), Decimal(v["price"]), int(v["stock"])) for v in raw["variants"]
        ]
        levels = [level for path in raw["category"].values() for level in path.split(" > ")]
        rows.append(
            Row(
                raw["id"],
                Decimal(raw["price"]),
                raw["stock"],
                levels,
                raw["brand"],
                raw["rating"],
                list(raw["title"].values()),
                _texts(raw["attributes"]),
                options,
            )
        )
    return rows


def demo_store(file: Path) -> list[Row]:
    """retail_demo_store: English, without brands and colours."""
    return [
        Row(
            raw["id"],
            Decimal(str(raw["price"])),
            raw["current_stock"],
            [raw["category"], raw["style"]],
            "",
            None,
            [raw["name"]],
            {"style": [raw["style"]]},
        )
        for raw in _lines(file)
    ]


def litemall(file: Path) -> list[Row]:
    """litemall_zh: Chinese, few brands, colours for a third of the products."""
    return [
        Row(
            raw["id"],
            Decimal(str(raw["price"])),
            raw["stock"],
            raw["category"],
            raw["brand"],
            None,
            [raw["title"]],
            _texts(raw["attributes"]),
        )
        for raw in _lines(file)
    ]


def _lines(*files: Path) -> Iterator[dict[str, Any]]:
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            yield json.loads(line)


def _texts(attributes: dict[str, Any]) -> Texts:
    return {k: list(v.values()) if isinstance(v, dict) else [str(v)] for k, v in attributes.items()}


# What can be asked.

COLOURS = {
    "red": ("红色", r"\bred\b|(?<!粉)红"),
    "green": ("绿色", r"\bgreen\b|绿"),
    "blue": ("蓝色", r"\bblue\b|蓝"),
    "black": ("黑色", r"\bblack\b|黑"),
    "grey": ("灰色", r"\bgr[ea]y\b|灰"),
    "brown": ("棕色", r"\bbrown\b|[棕褐咖]"),
    "white": ("白色", r"\bwhite\b|白"),
}
MATERIALS = {
    "leather": ("皮革", r"\bleather\b|皮革|皮质|真皮|牛皮|羊皮"),
    "nylon": ("尼龙", r"\bnylon\b|尼龙|锦纶"),
    "plastic": ("塑料", r"\bplastic\b|塑料"),
    "down": ("羽绒", r"\bdown\b|羽绒|鸭绒|鹅绒"),
    "wool": ("羊毛", r"\bwool\b|羊毛"),
    "titanium": ("钛", r"\btitanium\b|钛"),
}
WEIGHTS = {"kg": 1000.0, "g": 1.0, "公斤": 1000.0, "千克": 1000.0, "克": 1.0}
VOLUMES = {"ml": 0.001, "l": 1.0, "毫升": 0.001, "升": 1.0}
_COLOUR_KEYS = ("colour", "颜色", "配色")
_NAMES = {"weight": ("weight", "重量", "商品重量"), "capacity": ("capacity", "volume", "容量")}
_ENDINGS = {"weight": ("weight", "重量"), "capacity": ("capacity", "volume", "容量")}
_DENIED = r"(?:\b(?:no|not|without)\s+|不含|无|不|非)"


def wants_of(rows: list[Row], draw: random.Random) -> dict[str, Callable[[], Want | None]]:
    """A maker of a random constraint by kind; one gives None where the shop has no such thing."""
    return {
        "price": lambda: _price(rows, draw),
        "category": lambda: _category(rows, draw),
        "brand": lambda: _brand(rows, draw),
        "stock": lambda: _stock(draw),
        "rating": lambda: _rating(rows, draw),
        "colour": lambda: _colour(rows, draw),
        "size": lambda: _size(rows, draw),
        "weight": lambda: _measure(rows, draw, ("weight", "重量"), WEIGHTS),
        "capacity": lambda: _measure(rows, draw, ("capacity", "容量"), VOLUMES),
        "not": lambda: _without(draw),
    }


def _price(rows: list[Row], draw: random.Random) -> Want:
    one, two = sorted(draw.choice(rows).price for _ in range(2))
    if draw.random() < 0.5:
        one, two = Decimal(int(one)), Decimal(int(two) + 1)
    form = draw.choice(["most", "least", "between"])
    a, b = _amount(one), _amount(two)
    if form == "most":
        en = ["under ${}", "under {}", "below {} dollars", "up to ${}", "no more than {}"]
        en += ["{} dollars or less", "<{}", "cheaper than {}", "at most ${}", "max ${}"]
        zh = [
            "{}元以内",
            "{}块以下",
            "不超过{}元",
            "低于{}",
            "预算{}以内",
            "最多{}块钱",
            "{}美元以下",
        ]
        return Want(
            "price", draw.choice(en).format(b), draw.choice(zh).format(b), money=lambda p: p <= two
        )
    if form == "least":
        en = ["over ${}", "at least {}", "more than {} dollars", "${} and up", "above {}", ">{}"]
        zh = ["{}元以上", "至少{}元", "不低于{}", "高于{}块", "超过{}元"]
        return Want(
            "price", draw.choice(en).format(a), draw.choice(zh).format(a), money=lambda p: p >= one
        )
    en = ["between {} and {}", "${}-{}", "from {} to {} dollars", "between ${} and ${}"]
    zh = ["{}到{}元", "{}-{}元之间", "价格在{}到{}之间", "{}元至{}元", "介于{}和{}之间"]
    return Want(
        "price",
        draw.choice(en).format(a, b),
        draw.choice(zh).format(a, b),
        money=lambda p: one <= p <= two,
    )


def _amount(price: Decimal) -> str:
    return f"{price:f}".rstrip("0").rstrip(".") if "." in f"{price:f}" else f"{price:f}"


def _category(rows: list[Row], draw: random.Random) -> Want:
    level = draw.choice(draw.choice(rows).levels)
    same = level.casefold()
    return Want(
        "category", level.lower(), level, row=lambda r: same in [x.casefold() for x in r.levels]
    )


def _brand(rows: list[Row], draw: random.Random) -> Want | None:
    brands = sorted({row.brand for row in rows if row.brand})
    if not brands:
        return None
    brand = draw.choice(brands)
    return Want("brand", brand, brand, row=lambda r: r.brand == brand)


def _stock(draw: random.Random) -> Want:
    en, zh = draw.choice([("in stock", "有货"), ("in-stock", "现货"), ("in stock now", "有现货")])
    return Want("stock", en, zh, stocked=True)


def _rating(rows: list[Row], draw: random.Random) -> Want | None:
    rated = [row.rating for row in rows if row.rating is not None]
    if not rated:
        return None
    least = draw.choice([4, 4.5, draw.choice(rated)])
    en = [
        "rated {} or more",
        "{} stars and up",
        "at least {} stars",
        "rating above {}",
        "{}+ stars",
    ]
    zh = ["{}分以上", "评分{}以上", "好评{}星以上", "评分不低于{}", "{}星及以上"]
    return Want(
        "rating",
        draw.choice(en).format(least),
        draw.choice(zh).format(least),
        row=lambda r: r.rating is not None and r.rating >= least,
    )


def _colour(rows: list[Row], draw: random.Random) -> Want | None:
    values = [
        text
        for row in rows
        for texts in (row.attributes, *(option[0] for option in row.options))
        for key in _COLOUR_KEYS
        for text in texts.get(key, [])
    ]
    english = draw.choice(sorted(COLOURS))
    chinese, pattern = COLOURS[english]
    if not any(re.search(pattern, value) for value in values):
        return None
    return Want("colour", english, chinese, texts=_under(_COLOUR_KEYS, pattern))


def _under(keys: tuple[str, ...], pattern: str) -> Callable[[Row, Texts], bool]:
    return lambda _, texts: any(re.search(pattern, t) for key in keys for t in texts.get(key, []))


def _size(rows: list[Row], draw: random.Random) -> Want | None:
    sizes = {t for row in rows for o in row.options for t in o[0].get("size", [])}
    plain = sorted(s for s in sizes if re.fullmatch(r"[SML]|X+L|EU \d\d / US [\d.]+", s))
    if not plain:
        return None
    size = draw.choice(plain)
    size = size.split()[1] if size.startswith("EU") else size
    en = draw.choice([f"size {size}", f"in size {size}"])
    zh = draw.choice([f"尺码{size}", f"{size}码"])
    pattern = rf"(?<![\w.×x]){size}(?![\w.])(?!\s*[×x])"
    return Want("size", en, zh, texts=_under(("size", "尺码", "尺寸"), pattern))


def _measure(
    rows: list[Row], draw: random.Random, keys: tuple[str, ...], units: dict[str, float]
) -> Want | None:
    every = [
        value
        for row in rows
        for texts in (row.attributes, *(option[0] for option in row.options))
        for value in _values(texts, keys, units)
    ]
    if not every:
        return None
    bound = draw.choice(draw.choice(every))
    if draw.random() < 0.5:
        bound = round(bound * draw.choice([0.9, 1.1]), 4)
    named = draw.random() < 0.5
    unit = draw.choice([u for u in units if u.isascii()])
    unit_zh = draw.choice([u for u in units if not u.isascii()])
    en, zh = (f"{round(bound / units[u], 6):.10g}" for u in (unit, unit_zh))
    if draw.random() < 0.5:
        forms = ["under {} {}", "at most {}{}", "{} {} or less"], ["{}{}以下", "不超过{}{}"]
        test = _within(keys, units, named, -1.0, bound)
    else:
        forms = ["at least {} {}", "over {}{}", "{} {} or more"], ["{}{}以上", "至少{}{}"]
        test = _within(keys, units, named, bound, 1e12)
    en = (f"{keys[0]} " if named else "") + draw.choice(forms[0]).format(en, unit)
    zh = (keys[1] if named else "") + draw.choice(forms[1]).format(zh, unit_zh)
    return Want("measure", en, zh, texts=test)


def _values(
    texts: Texts, keys: tuple[str, ...], units: dict[str, float]
) -> list[tuple[float, float]]:
    """Numbers and ranges with a unit, in the base unit."""
    names = "|".join(sorted(units, key=len, reverse=True))
    number = r"(\d+(?:\.\d+)?)"
    found = []
    for key in keys:
        for text in texts.get(key, []):
            for one, two, unit in re.findall(
                rf"{number}(?:\s*[-–]\s*{number})?\s*({names})(?![a-z]|/[a-z])", text.lower()
            ):
                low, high = (round(float(n) * units[unit], 9) for n in (one, two or one))
                found.append((low, high))
    return found


def _within(
    keys: tuple[str, ...], units: dict[str, float], named: bool, low: float, high: float
) -> Callable[[Row, Texts], bool]:
    low, high = low - 1e-9, high + 1e-9

    def meant(row: Row) -> tuple[str, ...]:
        """The attributes that a measure is of: the one named, or what comes nearest to it."""
        every = {k for texts in (row.attributes, *(o[0] for o in row.options)) for k in texts}
        has = {k for k in every if any(_values(t, (k,), units) for t in _all_texts(row))}
        exact = tuple(k for k in has if k in _NAMES[keys[0]])
        if exact or named:
            return exact
        return tuple(
            k for k in has if k.endswith(_ENDINGS[keys[0]]) or k in ("size", "尺寸", "规格")
        )

    return lambda row, texts: any(
        low <= most and least <= high for least, most in _values(texts, meant(row), units)
    )


def _all_texts(row: Row) -> list[Texts]:
    return [row.attributes, *(option[0] for option in row.options)]


def _without(draw: random.Random) -> Want:
    english = draw.choice(sorted(MATERIALS))
    chinese, pattern = MATERIALS[english]
    denied = rf"{_DENIED}(?:{pattern})|(?:{pattern})[- ]free"

    def held(texts: Texts) -> bool:
        told = [t.lower() for values in texts.values() for t in values]
        return any(re.search(pattern, re.sub(denied, "", text)) for text in told)

    def fine(row: Row) -> bool:
        own = row.attributes | {" title": row.title, " levels": row.levels}
        every = bool(row.options) and all(held(option[0]) for option in row.options)
        return not held(own) and not every

    en = draw.choice(["not {}", "without {}", "no {}"]).format(english)
    zh = draw.choice(["不要{}", "不含{}"]).format(chinese)
    return Want("not", en, zh, row=fine, denied=held)


# How constraints are put together.


def english(wants: list[Want], draw: random.Random) -> str:
    """Colour, brand and category as one says them, the rest behind in any order."""
    said = {want.kind: want.en for want in wants}
    first = [said[kind] for kind in ("colour", "brand", "category") if kind in said]
    rest = [w.en for w in wants if w.kind not in ("colour", "brand", "category")]
    draw.shuffle(rest)
    start = draw.choice(["", "", "show me ", "do you have ", "I'm looking for ", "any "])
    return start + " ".join([*first, *rest])


def chinese(wants: list[Want], draw: random.Random) -> str:
    """The rest before, with 的, or behind after a comma."""
    said = {want.kind: want.zh for want in wants}
    name = ""
    for part in (said[kind] for kind in ("brand", "colour", "category") if kind in said):
        name += " " + part if (name + " ")[-2:][0].isascii() and part[0].isascii() else part
    name = name.strip()
    rest = [w.zh for w in wants if w.kind not in ("colour", "brand", "category")]
    draw.shuffle(rest)
    start = draw.choice(["", "", "我想买", "有没有", "推荐"])
    if not name:
        return start + "，".join(rest)
    if draw.random() < 0.5:
        return start + "，".join([name, *rest])
    return start + "".join(f"{part}的" for part in rest) + name
