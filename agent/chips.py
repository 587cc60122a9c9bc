"""What a search was narrowed by, in the shopper's words: one chip for each constraint."""

from agent.events import FilterChip, Lang
from agent.product_desk import Found
from agent.wording import say
from retrieval.filters import Filters, Sort
from retrieval.understanding.chips import Chip

_LABELS = {
    "price": ("price", "价格"),
    "rating": ("rating", "评分"),
    "stock": ("stock", "库存"),
    "category": ("category", "类别"),
    "brand": ("brand", "品牌"),
    "colour": ("colour", "颜色"),
    "size": ("size", "尺码"),
    "attribute": ("with", "特征"),
    "measure": ("measure", "规格"),
    "not": ("without", "不要"),
    "sort": ("sorted", "排序"),
}
_ORDERS = {
    ("price", False): ("cheapest", "最便宜"),
    ("price", True): ("most expensive", "最贵"),
    ("rating", True): ("best rated", "评分最高"),
    ("newest", True): ("newest", "最新"),
    ("mass", False): ("lightest", "最轻"),
    ("mass", True): ("heaviest", "最重"),
    ("length", False): ("shortest", "最短"),
    ("length", True): ("longest", "最长"),
    ("size", False): ("smallest", "最小"),
    ("size", True): ("largest", "最大"),
    ("volume", False): ("smallest", "容量最小"),
    ("volume", True): ("largest", "容量最大"),
    ("luminous flux", True): ("brightest", "最亮"),
    ("power", True): ("most powerful", "功率最大"),
}
# Units without a symbol; the index writes them in English.
_COUNTED = {"people": "人", "pieces": "件"}


def chips_of(found: Found, lang: Lang) -> list[FilterChip]:
    """The chips of a search: what the query said can be taken away, what came beside it cannot."""
    given = [FilterChip(label=label, value=value) for label, value in _given(found.given, lang)]
    said = [_chip(chip, lang) for chip in found.understood.chips]
    return [*given, *said]


def sort_words(sort: Sort) -> tuple[str, str]:
    """What the first product in an order is, in English and Chinese."""
    known = _ORDERS.get((sort.dimension or sort.by, sort.descending))
    return known or (("highest", "最高") if sort.descending else ("lowest", "最低"))


def _chip(chip: Chip, lang: Lang) -> FilterChip:
    value = chip.value
    if chip.sort:
        value = say(lang, *sort_words(chip.sort))
    elif chip.kind == "stock":
        value = say(lang, "in stock", "有货")
    elif chip.kind == "measure" and lang == "zh":
        value = " ".join(_COUNTED.get(word, word) for word in value.split(" "))
    return FilterChip(label=say(lang, *_LABELS[chip.kind]), value=value, key=chip.key)


def _given(filters: Filters, lang: Lang) -> list[tuple[str, str]]:
    low, high = filters.min_price, filters.max_price
    rows = [
        (say(lang, "category", "类别"), filters.category),
        (say(lang, "brand", "品牌"), filters.brand),
        (say(lang, "from", "最低价"), "" if low is None else f"{low:f}"),
        (say(lang, "up to", "最高价"), "" if high is None else f"{high:f}"),
        (say(lang, "stock", "库存"), say(lang, "in stock", "有货") if filters.in_stock else ""),
        (say(lang, "rating", "评分"), f"≥{filters.min_rating}" if filters.min_rating else ""),
    ]
    return [(name, value) for name, value in rows if value]
