"""What a search was narrowed by, in the shopper's words: one chip for each constraint, and the
search once more without one.
"""

from collections.abc import Collection
from dataclasses import replace

from agent.events import FilterChip, Given, Lang
from agent.product_desk import Found, ProductDesk, sort_name
from agent.wording import say
from retrieval.filters import Filters, Sort, brand_words, category_path, within
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
    ("time", True): ("longest lasting", "续航最长"),
}
_FIELDS = ("category", "brand", "min_price", "max_price", "in_stock", "min_rating")
"""What may be given beside a query, under one name in `Given`, `Filters` and a search."""
# Units without a symbol; the index writes them in English.
_COUNTED = {"people": "人", "pieces": "件"}


def chips_of(found: Found, lang: Lang) -> list[FilterChip]:
    """The chips of a search: what came beside the query, and what the query said."""
    return [*_given(_beside(found), lang), *(_chip(chip, lang) for chip in found.understood.chips)]


def given_of(found: Found, message: str) -> Given:
    """What a search kept to beside its query, `message` being what the shopper typed in whole."""
    given, sort = _beside(found), None if found.sort == found.understood.sort else found.sort
    kept = {field: getattr(given, field) for field in _FIELDS}
    return Given(**kept, sort=sort_name(sort) or "relevance", message=message)


def searched(
    desk: ProductDesk, query: str, given: Given, without: Collection[str] = (), k: int = 6
) -> Found:
    """A search that keeps to what was given beside its query, but for the chips `without`."""
    kept = {field: getattr(given, field) for field in (*_FIELDS, "sort")}
    message = _message(desk, given.message, without)
    return desk.search(query, **kept, k=k, without=without, message=message)


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


def _given(filters: Filters, lang: Lang) -> list[FilterChip]:
    low, high = filters.min_price, filters.max_price
    stock = say(lang, "in stock", "有货") if filters.in_stock else ""
    rating = f"≥{filters.min_rating}" if filters.min_rating else ""
    rows = [
        ("category", say(lang, "category", "类别"), filters.category),
        ("brand", say(lang, "brand", "品牌"), filters.brand),
        ("min_price", say(lang, "from", "最低价"), "" if low is None else f"{low:f}"),
        ("max_price", say(lang, "up to", "最高价"), "" if high is None else f"{high:f}"),
        ("in_stock", say(lang, "stock", "库存"), stock),
        ("min_rating", say(lang, "rating", "评分"), rating),
    ]
    return [
        FilterChip(label=name, value=value, field=field) for field, name, value in rows if value
    ]


def _beside(found: Found) -> Filters:
    """What was given that the query does not say too: taken away, that must not stay by itself."""
    given = found.given
    for said in (chip.filters for chip in found.understood.chips):
        given = replace(
            given,
            category="" if _same_category(given, said) else given.category,
            brand="" if _same_brand(given, said) else given.brand,
            min_price=None if given.min_price == said.min_price else given.min_price,
            max_price=None if given.max_price == said.max_price else given.max_price,
            in_stock=given.in_stock and not said.in_stock,
            min_rating=None if given.min_rating == said.min_rating else given.min_rating,
        )
    return given


def _same_category(given: Filters, said: Filters) -> bool:
    return category_path(given.category) == category_path(said.category)


def _same_brand(given: Filters, said: Filters) -> bool:
    return within(brand_words(given.brand), brand_words(said.brand))


def _message(desk: ProductDesk, message: str, without: Collection[str]) -> str:
    """What a message still means without these chips: an order that is taken away is asked for in
    it too, and what it does not want stands by itself.
    """
    chips = desk.read(message).chips if without else ()
    if not any(chip.sort and chip.key in without for chip in chips):
        return message
    return ", ".join(chip.text for chip in chips if chip.kind == "not")
