"""Which variants of a product the shopper's words name: "the Granite in an EU 44", "还有L码吗"."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.cards import value_text
from agent.context import TurnContext
from agent.events import Lang
from agent.orders.models import Product, Variant
from agent.orders.money import to_text
from agent.product_desk import begins, is_named
from agent.tools.naming import SIZES
from agent.wording import say
from retrieval.catalogue import in_language
from retrieval.measures import NUMBER, quantities
from retrieval.terms import plain as comparable

_WORD = re.compile(r"[a-z]{3,}")
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")
_LETTERS = re.compile(r"(?<![A-Za-z'’])(?:X{0,4}[SL]|M|A{1,3}|[2-5]XL)(?![A-Za-z])")
_RUN = re.compile(r"[\u3400-\u9fff]+")
# A single letter or digit is a size only where it is called one: "size m", "l码", "9号".
_CALLED = re.compile(
    r"\b(?:(?:size|in an?) |(?:us|eu|uk) ?(?=\d))([a-z]{1,3}|\d+(?:\.\d+)?)(?![a-z\d])"
    r"|(?<![a-z\d.])([a-z]{1,3}|\d+(?:\.\d+)?) ?(?:码|号|size\b)"
    r"|(?<![a-z\d.])(\d\d(?:\.5)?)的|\bwaist (\d\d)\b|\b(\d\d)(?:-inch)? waist\b",
    re.IGNORECASE,
)
# Figures that are no sizes: money, shares, times, ages, places.
_NO_SIZE = re.compile(
    r"[$€£¥] ?\d{1,9}(?:\.\d+)?|\bbudget(?: is| of)? \d{1,9}"
    r"|(?<!\d)\d{1,9}(?:\.\d+)? ?(?:dollars?|bucks|usd|美元|美金|块|元|刀|%|折"
    r"|(?:business )?(?:years?|months?|weeks?|days?|hours?|hrs?|minutes?)\b"
    r"|(?:\w+ )?(?:street|st|avenue|ave|road|rd)\b|岁|年|个?月|天|小时|分钟|周|路|号楼)",
    re.IGNORECASE,
)
# Who names an option so does not want it.
_OTHER = re.compile(
    r"\b(?:but|except|besides|other than|instead of|rather than)\b|n't want|\bno more\b"
    r"|不要|不想要|除了|以外|别的|而不是",
    re.IGNORECASE,
)
PRICE_ASKED = re.compile(
    r"\b(?:how much|price|costs?|what'?s it go for|expensive)\b"
    r"|多少钱|几多钱|什么价|啥价|价格|价钱|怎么卖|几钱",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\bhow many\b.{0,40}\b(?:left|have|stock|there|got|pieces|remain\w*)\b"
    r"|\bnumber (?:left|in stock)\b|[剩有](?:多少|几)[件个双条只套把盒]|库存(?:多少|还有)",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"\b(?:available|in stock|got any|have (?:it|any|one|the)|get (?:it|one|the)|buy|left)\b"
    r"|\b(?:going|sold out)\b"
    r"|有货|现货|库存|还有|有吗|能买|买得到|下单|下不了单|能拍|断码|断货|缺货",
    re.IGNORECASE,
)
_WITHOUT = re.compile(r"\b(?:no|without)\b|不含|不带|(?<!有)没有|无", re.IGNORECASE)
_FILLING = re.compile(
    r"[^\w\u3400-\u9fff]+|\b(?:in|size|colou?r|one|the|a|an|eu|us|uk|for|please|version)\b|[的款色码号个]",
    re.IGNORECASE,
)
_SHADE = re.compile(r"(?<=[\u3400-\u9fff])([红橙黄绿蓝紫黑白灰棕粉])色?$")
_COMMON = frozenset(["and", "for", "the", "with", "one", "two", "per", "size", "set"])


@dataclass(frozen=True)
class Named:
    """What the shopper's words name: variants that have it, and its values as text."""

    variants: list[Variant]
    values: str

    @property
    def sold_out(self) -> bool:
        """Whether none of them is in stock."""
        return all(v.stock is not None and v.stock <= 0 for v in self.variants)

    @property
    def stock(self) -> int | None:
        """How many there are; None where the shop does not count them."""
        counts = [v.stock for v in self.variants]
        return None if None in counts else sum(c or 0 for c in counts)


def variants_named(said: str, product: Product, lang: Lang) -> Named | None:
    """The variants whose options `said` names by what tells them apart; None where it names none.

    Of several options, such as a colour and a size, a variant has all that are named.
    """
    if _OTHER.search(said):
        return None
    axes: dict[str, dict[str, Any]] = {}
    for variant in product.variants:
        for key, value in variant.attributes.items():
            axes.setdefault(key, {}).setdefault(_text(value), value)
    words = _said_words(said)
    title = set().union(*(_names(str(text)) for text in product.title.values() if text))
    meant: dict[str, set[str]] = {}
    shown: list[str] = []
    for key, values in axes.items():
        for text in _told(values, words, said, title):
            meant.setdefault(key, set()).add(text)
            shown.append(value_text(values[text], lang))
    fitting = [v for v in product.variants if _fits(v.attributes, meant)]
    return Named(fitting, ", ".join(shown)) if meant and fitting else None


def without_options(query: str, product: Product) -> str:
    """What a query says beside options of the product; "" where it says nothing else."""
    left = query.casefold()
    values = {_text(value) for v in product.variants for value in v.attributes.values()}
    names = {name for text in values for name in [*_names(text), *_runs(text)]}
    for name in sorted(names, key=len, reverse=True):
        left = re.sub(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", " ", left)
    return " ".join(_FILLING.sub(" ", left).split())


def note_option(context: TurnContext, product: Product, called: bool = True) -> Named | None:
    """What the shopper's last message names of the product; noted where it is sold out, and the
    product itself where the message has `called` it by its name.
    """
    said = context.said[-1] if context.said else ""
    named = _narrowed(context, product, variants_named(said, product, context.lang))
    title = in_language(product.title, context.lang)
    prices = {v.price_minor for v in named.variants} if named else set()
    if named and PRICE_ASKED.search(said) and len(prices) == 1 and prices != {product.price_minor}:
        price = to_text(prices.pop(), product.currency)
        context.priced = say(
            context.lang,
            f"{title} in {named.values} costs {price} {product.currency}.",
            f"{title}的{named.values}款，价格{price} {product.currency}。",
        )
    if named and named.stock and _HOW_MANY.search(said):
        count = named.stock
        en, zh = f"{title} in {named.values}: {count} in stock.", f"还有{count}件。"
        context.counted = (count, say(context.lang, en, f"{title}的{named.values}款{zh}"))
    if named and named.sold_out:
        context.sold_out = say(
            context.lang,
            f"{title} in {named.values} is out of stock.",
            f"{title}的{named.values}款目前缺货。",
        )
    elif called and product.stock == 0 and _AVAILABLE.search(said):
        context.sold_out = say(context.lang, f"{title} is out of stock.", f"{title}目前缺货。")
    return named


def note_found(context: TurnContext, products: Sequence[Product]) -> None:
    """Note that the option asked for is sold out of what a search found first, unless another of
    the products has it; of one that the message calls by its name in any case.
    """
    said = context.said[-1] if context.said else ""
    for place, product in enumerate(products):
        called = is_named(product, said) or begins(product, said)
        if place == 0 or called:
            note_option(context, product, called)
        if called:
            return
        named = variants_named(said, product, context.lang)
        if named and not named.sold_out:
            context.sold_out = ""
            return


def _narrowed(context: TurnContext, product: Product, named: Named | None) -> Named | None:
    """What was named before of options that the last message leaves open: "the yellow one" of the
    size that was spoken of. Only where a variant has it all.
    """
    if named is None or len(named.variants) < 2:
        return named
    for earlier in reversed(context.said[-3:-1]):
        before = variants_named(earlier, product, context.lang)
        both = [v for v in named.variants if before and v in before.variants]
        if before and both and len(both) < len(named.variants):
            return Named(both, f"{named.values}, {before.values}")
    return named


def _fits(options: Mapping[str, Any], meant: Mapping[str, set[str]]) -> bool:
    return all(_text(options.get(key, "")) in texts for key, texts in meant.items())


def _told(values: Iterable[str], words: set[str], said: str, title: set[str]) -> Sequence[str]:
    """Those of an axis' values that a message names; none where there is but one to choose."""
    bare = _WITHOUT.search(said) is not None
    names = {
        text: (_names(text) | _shades(text)) - title
        for text in values
        if bare or not _WITHOUT.match(text)
    }
    if len(names) < 2:
        return []
    if whole := _whole(names, said):
        return whole
    found = []
    for text, own in names.items():
        others = set().union(*(some for other, some in names.items() if other != text))
        if (own - others) & words:
            found.append(text)
    return found


def _text(value: Any) -> str:
    return " / ".join(map(str, value.values())) if isinstance(value, dict) else str(value)


def _whole(values: Iterable[str], said: str) -> list[str]:
    """The values that a message says whole: 深蓝色 is not also 蓝色. Of several that are called
    alike ("6 袋装" and "12 袋装"), those whose figures it says.
    """
    plain = said.casefold()
    spans = {text: span for text in values if (span := _span(text, plain))}
    longest = [
        text
        for text, (start, end) in spans.items()
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans.values())
    ]
    if len({spans[text] for text in longest}) == len(longest):
        return longest
    figures = set(_NUMBER.findall(plain))
    exact = [t for t in longest if (own := set(_NUMBER.findall(t))) and own <= figures]
    return exact if len(exact) == 1 else []


def _span(text: str, said: str) -> tuple[int, int] | None:
    """Where a message says a value, or the Chinese in it: the longest such place."""
    ways = [way for way in text.casefold().split(" / ") if not way.isascii() or len(way) > 3]
    places = [
        m.span()
        for way in [*ways, *_runs(text)]
        for m in re.finditer(rf"(?<![a-z0-9]){re.escape(way)}(?![a-z0-9])", said)
    ]
    return max(places, key=lambda place: place[1] - place[0], default=None)


def _runs(text: str) -> list[str]:
    """The Chinese of a value as it is said: 松绿 of 松绿色, 黑色 or 黑的 of 黑色."""
    runs = [run.removesuffix("色") or run for run in _RUN.findall(text)]
    short = [f"{run}{end}" for run in runs if len(run) == 1 for end in "色的"]
    return [run for run in [*runs, *_RUN.findall(text)] if len(run) > 1] + short


def _shades(text: str) -> set[str]:
    """The plain colour that a shade ends in, as it is said: 红色 or 红的 of 花楸红."""
    ends = [shade[1] for run in _RUN.findall(text) if (shade := _SHADE.search(run))]
    return {f"{colour}{end}" for colour in ends for end in "色的"}


def _names(text: str) -> set[str]:
    """What a value may be called by: its words, sizes, figures, measures ("2 liter" is 2 L) and
    pairs of characters.
    """
    plain = text.casefold()
    pairs = {run[i : i + 2] for run in _RUN.findall(text) for i in range(len(run) - 1)}
    words = {w.removesuffix("s") for w in _WORD.findall(plain)} - _COMMON
    words |= {
        f"{q.dimension} {q.low}" for q in quantities(comparable(text)) if q.dimension != NUMBER
    }
    return (
        words | set(_NUMBER.findall(plain)) | {s.casefold() for s in _LETTERS.findall(text)} | pairs
    )


def _said_words(said: str) -> set[str]:
    """The same of a message, but for prices and for letters and digits that are no sizes."""
    plain = _NO_SIZE.sub(" ", said)
    called = {str(m[m.lastindex or 0]).casefold() for m in _CALLED.finditer(plain)}
    folded = plain.casefold()
    called |= {
        letter for word, letter in SIZES.items() if re.search(rf"(?<![a-z]){word}(?![a-z])", folded)
    }
    return (
        {w for w in _names(plain) if len(w) > 1 or "." in w}
        | called
        | {s.casefold() for s in _LETTERS.findall(plain) if s.isupper() and s not in ("A", "AA")}
    )
