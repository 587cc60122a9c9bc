"""What a model calls a payment method or a variant, resolved to the one that it means.

Small models copy long ids badly: labels, kinds, last digits and options in words do as well. What
fits none or several raises Refused with what there is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from agent.errors import Refused
from agent.orders.rules import methods_text
from agent.orders.state import Choice, Method
from agent.orders.views import LineView

_KINDS = {
    "gift_card": ("gift card", "gift", "voucher", "礼品卡", "礼物卡"),
    "credit_card": ("credit card", "card", "信用卡", "银行卡"),
    "paypal": ("paypal", "贝宝"),
    "alipay": ("alipay", "支付宝"),
    "wechat_pay": ("wechat", "微信"),
}
SIZES = {
    **{"small": "s", "medium": "m", "large": "l", "extra large": "xl"},
    **{"小号": "s", "小码": "s", "中号": "m", "中码": "m", "大号": "l", "大码": "l", "加大": "xl"},
}
_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?|[\u3400-\u9fff]+")
# "colour=blue" names the option as well; in a variant's options only values stand.
_KEY = re.compile(r"[^\s=:：,，;；]+\s*[=:：]")


def method_named(text: str, methods: Sequence[Method]) -> str:
    """The id of the one method that `text` means. Raises Refused."""
    plain = " ".join(text.replace("_", " ").split()).casefold()
    exact = [m for m in methods if text.strip().casefold() == m.id.casefold()]
    labelled = [m for m in methods if m.label.casefold() in plain or _in_label(plain, m)]
    digits = re.findall(r"\d{4,}", plain)
    numbered = [m for m in methods if any(d in m.label or d in m.id for d in digits)]
    kinds = [k for k, words in _KINDS.items() if any(word in plain for word in words)]
    # "gift card" holds "card": the more telling kind counts.
    of_kind = [m for m in methods if kinds and m.kind == kinds[0]]
    for found in (exact, labelled, numbered, of_kind):
        if len(found) == 1:
            return found[0].id
    listed = methods_text(methods)
    raise Refused(
        "own_method",
        f"Which payment method is meant? The shopper has: {listed}.",
        f"请问是哪种付款方式？您的付款方式有：{listed}。",
    )


def method_wanted(said: str, methods: Sequence[Method]) -> str:
    """The id of the one method that a message wants where it names another that it does not want:
    "not by PayPal, from my gift card"; "" where it does not say so.
    """
    clauses = [clause for clause in _CLAUSE.split(said) if clause.strip()]
    against = [clause for clause in clauses if _AGAINST.search(clause)]
    unwanted = {m.id for m in methods if any(_is_said(m, clause) for clause in against)}
    wanted = [
        m.id
        for m in methods
        if m.id not in unwanted and any(_is_said(m, c) for c in clauses if c not in against)
    ]
    return wanted[0] if unwanted and len(wanted) == 1 else ""


def speaks_of_method(text: str, methods: Sequence[Method]) -> bool:
    """Whether a text names a way to pay, the shopper's own or another, or speaks of paying."""
    return _PAYING.search(text) is not None or any(_is_said(method, text) for method in methods)


_PAYING = re.compile(
    r"\b(?:pay\w*|paid|card|visa|mastercard|amex|charge|refund|bank|cash|voucher|credit|debit"
    r"|apple pay|google pay|ending)\b|付|卡|支付|微信|退款|扣款|扣钱|银行|现金|尾号",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,.;!?，。；！？]|\bbut\b|\binstead\b(?! of)|而是|改", re.IGNORECASE)
_AGAINST = re.compile(
    r"\b(?:not|don't|dont|no longer|instead of|rather than|off|stop)\b|别|不要|不用|不想|不从|取消",
    re.IGNORECASE,
)


def _is_said(method: Method, text: str) -> bool:
    plain = text.casefold()
    if method.label.casefold() in plain:
        return True
    for kind, words in _KINDS.items():
        if kind == method.kind:
            return any(word in plain for word in words)
        for word in words:
            # "gift card" holds "card": the more telling kind comes first.
            plain = plain.replace(word, " ")
    return False


def _in_label(plain: str, method: Method) -> bool:
    return len(plain) > 3 and plain in method.label.casefold()


def variant_named(text: str, line: LineView, choices: Sequence[Choice]) -> str:
    """The id of the variant that `text` means: an id, or options in words such as "blue, M".

    What the words leave open stays as it is on the line; of what is new, the least is chosen: the
    single one, not the pack of two. "one size up" is the next of the sizes. "" where nothing or
    several fit.
    """
    for choice in choices:
        if text.strip().casefold() == choice.id.casefold():
            return choice.id
    if step := size_step(text):
        text, choices = _STEP.sub(" ", text), _of_next_size(line, choices, step)
    wanted, kept = _words([_KEY.sub(" ", text)]), _words(line.options.values())
    scored = sorted(
        (
            (
                sum(_said(word, of) for word in wanted),
                len(kept & of),
                -sum(not _said(word, wanted | kept) for word in of),
                choice.id,
            )
            for choice in choices
            for of in [_words(choice.options.values())]
        ),
        reverse=True,
    )
    if scored and (step or scored[0][0]) and (len(scored) == 1 or scored[1][:3] != scored[0][:3]):
        return scored[0][3]
    # Nothing or several fit: the rule says what there is.
    return ""


_UP = re.compile(
    r"\b(?:next|one|a|1) (?:full )?size (?:up|bigger|larger)\b|\bnext (?:bigger|larger) size\b"
    r"|\bsize up\b|\b(?:a|one|the) (?:bigger|larger) (?:one|size)\b"
    r"|[大加][一1个][个]?[码号]|[大加]一个?尺码",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:next|one|a|1) (?:full )?size (?:down|smaller)\b|\bnext smaller size\b"
    r"|\bsize down\b|\b(?:a|one|the) smaller (?:one|size)\b"
    r"|[小减][一1个][个]?[码号]|[小减]一个?尺码",
    re.IGNORECASE,
)
_SCALE = ("xxxs", "xxs", "xs", "s", "m", "l", "xl", "xxl", "2xl", "xxxl", "3xl", "4xl", "5xl")


_STEP = re.compile(f"{_UP.pattern}|{_DOWN.pattern}|[的个款]", re.IGNORECASE)


def size_step(text: str) -> int:
    """1 where words ask for the next larger size, -1 for the next smaller one, else 0."""
    return 1 if _UP.search(text) else -1 if _DOWN.search(text) else 0


def _of_next_size(line: LineView, choices: Sequence[Choice], step: int) -> list[Choice]:
    """The variants of the size beside the line's own, in whatever colour."""
    own = _parts(line.options)
    for place, size in enumerate(own):
        if (here := _rank(size)) is None:
            continue
        further = [
            (step * (there - here), choice)
            for choice in choices
            if len(parts := _parts(choice.options)) == len(own)
            and (there := _rank(parts[place])) is not None
            and step * (there - here) > 0
        ]
        nearest = min((far for far, _ in further), default=None)
        return [choice for far, choice in further if far == nearest]
    return []


def _parts(options: Mapping[str, str]) -> list[str]:
    """Options in one language, one by one."""
    return re.split(r"[,，] *", options.get("en") or next(iter(options.values()), ""))


def _rank(size: str) -> float | None:
    """How large a size is among those of its kind, by its letters or its first number; None for
    what is no size.
    """
    for word in _WORD.findall(size.casefold()):
        if SIZES.get(word, word) in _SCALE:
            return float(_SCALE.index(SIZES.get(word, word)))
    number = re.search(r"\d+(?:\.\d+)?", size)
    return float(number[0]) if number else None


def _words(texts: Iterable[str]) -> set[str]:
    """The words of options in every language, sizes by their letters, colours without 色."""
    words = {w for text in texts for w in _WORD.findall(text.casefold().replace("色", " "))}
    return {SIZES.get(word, word) for word in words}


def _said(word: str, options: set[str]) -> float:
    """How far options have a wanted word: whole, or Chinese in some of its characters."""
    if word in options:
        return 1.0
    if "\u3400" <= word[0] <= "\u9fff":
        return 0.5 * any(set(word) & set(other) for other in options if not other.isascii())
    return 0.0
