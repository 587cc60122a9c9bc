"""Which of the products on the screen the shopper points at: "the second one", "第四款", "it".

Small models take the place in a list for the number of a handle, so that code counts.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from agent.cards import short_title
from agent.context import TurnContext
from agent.events import Lang
from agent.product_desk import is_named
from retrieval.words import tokens

_HANDLES = re.compile(r"^(P\d{1,4}) ", re.MULTILINE)
_PLACES = [
    ("first|1st", "one"),
    ("second|2nd", "two"),
    ("third|3rd", "three"),
    ("fourth|4th", "four"),
    ("fifth|5th", "five"),
]
_END = r"(?=\s*(?:[?.!,]|$))"
_OF_THEM = rf"(?: (?:ones?|options?|products?|items?|of (?:them|these|those))\b|{_END})"
_COUNTED = "个款件双只条把种顶张台支盏"
# "第二件半价", "第一个月", "最后一个问题" count something else.
_OF_ELSE = r"(?!问题|月|星期|半价|优惠|订单|单|事|人|折|免费)"
_ORDINALS: dict[Lang, list[re.Pattern[str]]] = {
    "en": [
        re.compile(
            rf"\b(?:the|your|that) (?:{names}){_OF_THEM}"
            rf"|(?:#|\b(?:number|option|item) ?)(?:{place}|{count})"
            rf"(?:{_END}| (?:is|in|looks?|would|has|does|and|but|please)\b)",
            re.IGNORECASE,
        )
        for place, (names, count) in enumerate(_PLACES, 1)
    ],
    "zh": [
        re.compile(rf"第[{han}{place}][{_COUNTED}]{_OF_ELSE}|(?<![\d月]){place}号(?:款|商品)")
        for place, han in enumerate("一二三四五", 1)
    ],
}
_LAST: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(rf"(?<!is this )(?<!it is )(?<!it's )\bthe last{_OF_THEM}", re.IGNORECASE),
    "zh": re.compile(rf"(?<!是)最后(?:一|那)?[{_COUNTED}]{_OF_ELSE}"),
}
_IT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:it|its|it's|this one|that one)\b", re.IGNORECASE),
    "zh": re.compile(rf"它|[这那][{_COUNTED}]"),
}

_CALLED: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\bthe ((?:[\w'-]+ ){1,3})one\b", re.IGNORECASE),
    "zh": re.compile(rf"([\u3400-\u9fffA-Za-z0-9]{{1,8}}?)的?那[{_COUNTED}]"),
}


def handle_meant(context: TurnContext, text: str) -> str:
    """The handle that the shopper's last message points at, in place of the handle `text`.

    A place in the list that was shown last, or "it" for the one product that the last answer names.
    What is no handle, a product that the message itself names, and a message that points at nothing
    leave `text` as it is.
    """
    said = context.said[-1] if context.said else ""
    if not context.handles.is_handle(text) or text.casefold() in said.casefold():
        return text
    taken = context.shop.products.get_many([context.handles.resolve(text) or ""])
    if any(is_named(product, said) for product in taken):
        return text
    return pointed_at(context) or text


def pointed_at(context: TurnContext) -> str:
    """The handle that the shopper's last message points at; "" where it points at nothing."""
    said = context.said[-1] if context.said else ""
    shown = shown_last(context.known)
    if place := _place(said, context.lang, len(shown)):
        return shown[place - 1]
    if described := _described(context, said, shown) or _called_in_part(context, said, shown):
        return described
    return named_last(context) if _IT[context.lang].search(said) else ""


def shown_last(known: Sequence[str]) -> list[str]:
    """The handles of the last result that lists several products, in their order."""
    lists = (_HANDLES.findall(text) for text in reversed(known))
    return next((list(dict.fromkeys(found)) for found in lists if len(found) > 1), [])


def _place(said: str, lang: Lang, count: int) -> int:
    """The place in a list of `count` that a message names; 0 for none and for several."""
    places = [n for n, pattern in enumerate(_ORDINALS[lang], 1) if pattern.search(said)]
    if _LAST[lang].search(said):
        places.append(count)
    return places[0] if len(places) == 1 and places[0] <= count else 0


def _described(context: TurnContext, said: str, shown: Sequence[str]) -> str:
    """The handle of the one product shown whose title has what a message calls it by: "the squeeze
    one", "钛的那个".
    """
    called = {w for match in _CALLED[context.lang].finditer(said) for w in tokens(match[1])}
    products = context.shop.products.get_many([context.handles.resolve(h) or "" for h in shown])
    words = {p.id: {w for t in p.title.values() if t for w in tokens(str(t))} for p in products}
    having = [id_ for id_, own in words.items() if called & own]
    return context.handles.of(having[0]) if len(having) == 1 else ""


def _called_in_part(context: TurnContext, said: str, shown: Sequence[str]) -> str:
    """The handle of the one product shown of whose title a message has two words side by side, or
    three characters: "the wool crew", 折叠椅.
    """
    spoken = _pieces(said)
    products = context.shop.products.get_many([context.handles.resolve(h) or "" for h in shown])
    having = [p.id for p in products if any(_pieces(str(t)) & spoken for t in p.title.values())]
    return context.handles.of(having[0]) if len(having) == 1 else ""


def _pieces(text: str) -> set[str]:
    """Every two English words and every three Chinese characters that stand side by side."""
    words = _WORDS.findall(text.casefold())
    return {" ".join(pair) for pair in pairwise(words)} | {
        run[at : at + 3] for run in _HAN.findall(text) for at in range(len(run) - 2)
    }


_WORDS = re.compile(r"[a-z][a-z'-]{2,}|[a-z]*\d[a-z\d.]*")
_HAN = re.compile(r"[\u3400-\u9fff]+")


def named_last(context: TurnContext) -> str:
    """The handle of the one product that the last answer names, in whichever language it was; ""
    for none or several.
    """
    shown: Mapping[str, str] = context.handles.shown
    handle_of = {product_id: handle for handle, product_id in shown.items()}
    products = context.shop.products.get_many(list(handle_of))
    named = [
        product
        for product in products
        if any(short_title(str(t)) in context.answered for t in product.title.values() if t)
    ]
    return handle_of[named[0].id] if len(named) == 1 else ""
