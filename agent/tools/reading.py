"""What the shopper's own words say of an order: which lines, how many pieces, what they become.

Small models mix up the lines of an order: where the words tell, the words count.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from agent.orders.state import Choice
from agent.orders.views import LineView, OrderView
from agent.tools.naming import variant_named
from retrieval.words import has_chinese, tokens


def lines_meant(said: Sequence[str], given: Sequence[int], lines: Sequence[LineView]) -> list[int]:
    """Those of the order's lines in `given` that the shopper's words leave: not what is kept, and
    where one thing alone is named, that one. The last message that tells counts.
    """
    distinct = _distinct_words(lines)
    for message in reversed(said):
        clauses = [c for c in _CLAUSE.split(message) if c.strip()]
        kept = _named([c for c in clauses if _KEPT.search(c)], distinct)
        named = _named([c for c in clauses if not _KEPT.search(c)], distinct) - kept
        if kept or named:
            left = [n for n in given if n not in kept]
            if not left:
                # The model took just what stays.
                left = sorted(named) or [x.line for x in lines if x.line not in kept]
            one_of_many = len(named) == 1 and any(x.line in named and x.quantity > 1 for x in lines)
            is_open = _OPEN.search(message) is not None
            if one_of_many or not (is_open or _SEVERAL.search(message)):
                left = [n for n in left if n in named] or left
            called = line_places(message, lines).keys() - kept
            if (called or named) and not is_open and set(left) - called - named:
                # Something is to go back that the shopper does not speak of.
                left = sorted(called | (named & set(left))) or sorted(named)
            return left or list(given)
    return list(given)


def orders_holding(said: str, orders: Sequence[OrderView]) -> list[OrderView]:
    """Those orders whose goods a message names by most words; none where it names no goods."""
    words = {word for word in tokens(said) if not word.isdigit()} - _IN_MANY
    shared = [
        max((len(words & set(tokens(t))) for x in order.lines for t in x.title.values()), default=0)
        for order in orders
    ]
    most = max(shared, default=0)
    return [order for order, count in zip(orders, shared, strict=True) if most and count == most]


# Words that titles have and that name nothing: "a set", "one pack".
_IN_MANY = frozenset(
    [
        *("set", "pack", "pair", "size", "kit", "one", "two", "three", "all", "new", "first"),
        *("last", "latest", "day", "week", "home", "gift", "order", "一个", "两个", "订单", "最近"),
    ]
)


def is_for_one(message: str) -> bool:
    """Whether of several pieces of a thing only one is meant: "return one of them", "退一个"."""
    return _ONE.search(message) is not None and _BOTH.search(message) is None


_ONE = re.compile(
    r"\b(?:(?:just|only) (?:the )?one|(?:return|send back) one of (?:them|these|those|the)"
    r"|(?:return|send)(?:ing)? (?:just |only )?one)\b(?! order|\?)"
    r"|(?:只|就|想|要)?退(?:掉|回|其中)?(?:一|1)[个件双只条把盒包袋瓶套](?!订单|单)|退其中一[个件双只条把盒包袋瓶套]",
    re.IGNORECASE,
)
# Where one clause ends; what is kept although the rest goes back; what speaks of several things.
_CLAUSE = re.compile(r"[,.;!?，。；！？]|\bbut\b|\band\b|但是?|不过|而", re.IGNORECASE)
_KEPT = re.compile(
    r"(?<!to )\b(?:keep|keeping|except|hold on to|hang on to)\b"
    r"|留着|留下|保留|我留|要留|[不别]退|不用退|除了|除外",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\b(?:and|both|all|every\w*|them)\b|[和跟与、都全]|以及|还有", re.IGNORECASE)


# What may mean lines that are not named.
_OPEN = re.compile(
    r"\b(?:both|all|every\w*|whole|them|others?|rest|remaining|lines? \d)\b"
    r"|[都全另]|其[他余它]|第.行|剩下|还有",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\b(?:both|all|every\w*)\b|[都全]", re.IGNORECASE)


def cancels_part(said: str, lines: Sequence[LineView]) -> bool:
    """Whether a message wants some things of an order cancelled and the rest sent all the same."""
    clauses = [clause for clause in _CLAUSE.split(said) if clause.strip()]
    off = [clause for clause in clauses if _CALLED_OFF.search(clause)]
    distinct = _distinct_words(lines)
    sent = _named([c for c in clauses if c not in off and _SENT.search(c)], distinct)
    named = _named(off, distinct) - sent
    part = bool(named) and len(named) < len(lines)
    return part and bool(sent or _REST.search(said) or any(_ONLY.search(c) for c in off))


def reason_to_cancel(said: str) -> str:
    """Why a message wants a whole order cancelled, in the words of the shop's two reasons; "" where
    it does not want that, gives neither, or asks about it.
    """
    if not _CANCELS.search(said) or _ASKS.search(said):
        return ""
    if _BY_MISTAKE.search(said):
        return "ordered by mistake"
    return "no longer needed" if _NEEDLESS.search(said) else ""


_CANCELS = re.compile(r"\b(?:cancel|call off|scrap|kill)\b|取消|撤[单销掉了]|退单", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:can i still|how (?:do|can) i|is it (?:too late|possible)|did (?:it|you)|was it|already"
    r"|(?:do not|don't|not) cancel)\b|[别不]要?取消|(?:已经?|被|为什么).{0,4}取消|取消了[吗没么]"
    r"|怎么取消|能取消|还能",
    re.IGNORECASE,
)
_BY_MISTAKE = re.compile(
    r"\bmistak\w*|\b(?:by )?accident\w*|\bwrong (?:one|item|thing|order)\b|\bmisclick\w*"
    r"|\bdidn'?t mean to\b|[下拍点买订]错|误[拍下点]|手滑|手抖|不小心",
    re.IGNORECASE,
)
_NEEDLESS = re.compile(
    r"\b(?:don'?t|do not|dont|no longer|not) (?:\w+ )?(?:need|want)"
    r"|\bno (?:longer )?(?:need|use) for\b|\bchanged my mind\b"
    r"|不再?需要|不用了|用不[上着到]|不想?要了|没用了|不需",
    re.IGNORECASE,
)
_CALLED_OFF = re.compile(
    r"\b(?:cancel|don't|dont|not|drop|remove)\b|取消|不要|退|不想", re.IGNORECASE
)
_ONLY = re.compile(
    r"\b(?:only|just) cancel|\bcancel (?:only|just)\b|[只就单]取消|单独取消", re.IGNORECASE
)
_SENT = re.compile(
    r"\bkeep\b|\bstill (?:want|send|ship|need)\b|照发|照常|照寄|照送|还要", re.IGNORECASE
)
_REST = re.compile(
    r"\b(?:keep|send|ship|leave|want) (?:all )?the (?:rest|others?)\b"
    r"|\bthe rest (?:is|can|should|stays)\b"
    r"|(?:其[他余它]|别|剩下)的?.{0,4}(?:照|还要|都要|正常)",
    re.IGNORECASE,
)


def only_returns(said: str) -> bool:
    """Whether a message wants things sent back and nothing in their place."""
    return _RETURNS.search(said) is not None and _SWAPS.search(said) is None


_RETURNS = re.compile(
    r"\b(?:return|refund|send (?:\w+ ){0,3}back|money back)\w*\b|退", re.IGNORECASE
)
_SWAPS = re.compile(
    r"\b(?:exchange|swap|chang|replac|instead|another|different|size|larger|smaller|bigger)\w*\b|换|改成|大一?码|小一?码",
    re.IGNORECASE,
)


def line_places(said: str, lines: Sequence[LineView]) -> dict[int, tuple[int, int]]:
    """By line where a message calls it by its title, or by the end of its title: "the bottle" of a
    "Water Bottle"; only what no other line is called by.
    """
    folded = said.casefold()
    heads = {line.line: [h for t in line.title.values() for h in _heads(t)] for line in lines}
    found: dict[int, tuple[int, int]] = {}
    for line, own in heads.items():
        others = {head for other, some in heads.items() if other != line for head in some}
        for head in sorted(set(own) - others, key=len, reverse=True):
            ends = r"\b" if head.isascii() else ""
            if match := re.search(rf"{ends}{re.escape(head)}(?:e?s)?{ends}", folded):
                found[line] = match.span()
                break
    return found


def _heads(title: str) -> list[str]:
    """A title and its ends, down to the last English word or two Chinese characters."""
    plain = _ASIDE.sub("", title).casefold().strip()
    if not has_chinese(plain):
        words = plain.split()
        return [" ".join(words[start:]) for start in range(len(words)) if len(words[-1]) > 2]
    return [plain[at:] for at in range(len(plain) - 1) if has_chinese(plain[at : at + 2])]


def swaps_said(
    said: str, lines: Sequence[LineView], choices_of: Callable[[str], Sequence[Choice]]
) -> dict[int, str]:
    """By line the variant that a message wants in its place: of each line that it names, what is
    said up to the next one; nothing at all where that leaves any of them open.
    """
    plain = _ASIDE.sub(lambda aside: " " * len(aside[0]), said)
    places = sorted(line_places(plain, lines).items(), key=lambda item: item[1])
    by_number = {line.line: line for line in lines}
    wanted: dict[int, str] = {}
    for place, (number, (_, end)) in enumerate(places):
        until = places[place + 1][1][0] if place + 1 < len(places) else len(plain)
        words = _STOP.split(plain[end:until])[0]
        line = by_number[number]
        if _NEGATED.search(plain[:until]):
            return {}
        variant = variant_named(words, line, choices_of(line.product_id))
        if not variant or variant == line.variant_id:
            return {}
        wanted[number] = variant
    return wanted


_NEGATED = re.compile(r"\b(?:not|never|leave|keep|without)\b|n't|别|不[要换动]|留", re.IGNORECASE)
# What is said in brackets tells what is there; a sentence ends, which the point of 5.8 does not.
_ASIDE = re.compile(r"[(（][^)）]*[)）]")
_STOP = re.compile(r"[.!?;](?:\s|$)|[。！？；]")


def _distinct_words(lines: Sequence[LineView]) -> dict[int, set[str]]:
    """By line the words of its title in every language that no other line's title has."""
    words = {
        line.line: {w for text in line.title.values() for w in _title_words(text)} for line in lines
    }
    return {
        number: own - {w for other, some in words.items() if other != number for w in some}
        for number, own in words.items()
    }


def _title_words(text: str) -> set[str]:
    """English stems, and Chinese by the character: 帽子 is said of a 羊毛帽."""
    return {w for w in tokens(text) if w.isascii() and len(w) > 2} | {
        c for c in text if c > "\u33ff"
    }


def _named(clauses: Iterable[str], words: dict[int, set[str]]) -> set[int]:
    said = {w for clause in clauses for w in _title_words(_KEPT.sub(" ", clause))}
    return {number for number, own in words.items() if own & said}
