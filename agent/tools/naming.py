"""What a model calls a payment method or a variant, resolved to the one that it means.

Small models copy long ids badly: labels, kinds, last digits and options in words do as well. What
fits none or several raises Refused with what there is.
"""

import re
from collections.abc import Mapping, Sequence

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


def _in_label(plain: str, method: Method) -> bool:
    return len(plain) > 3 and plain in method.label.casefold()


def variant_named(text: str, line: LineView, choices: Sequence[Choice]) -> str:
    """The id of the variant that `text` means: an id, or options in words such as "blue, M".

    What the words leave open stays as it is on the line. Raises Refused.
    """
    for choice in choices:
        if text.strip().casefold() == choice.id.casefold():
            return choice.id
    wanted = set(_WORD.findall(_KEY.sub(" ", text.casefold())))
    kept = _words(line.options)
    scored = sorted(
        ((len(wanted & _words(c.options)), len(kept & _words(c.options)), c.id) for c in choices),
        reverse=True,
    )
    best = scored[0] if scored else (0, 0, "")
    if best[0] and (len(scored) == 1 or scored[1][:2] != best[:2]):
        return best[2]
    from agent.orders.rules import another_variant

    # Nothing or several fit: say what there is.
    another_variant(line, "", choices, choices[0].currency if choices else "")
    raise AssertionError("another_variant refuses what names no variant")


def _words(options: Mapping[str, str]) -> set[str]:
    """The words of the options in every language; Chinese in all its pieces of two and more."""
    found: set[str] = set()
    for text in options.values():
        for word in _WORD.findall(text.casefold()):
            found.add(word)
            if "\u3400" <= word[0] <= "\u9fff":
                found |= {word[a:b] for a in range(len(word)) for b in range(a + 1, len(word) + 1)}
    return found
