"""Escaping and the small pieces of HTML that every card is made of. Nothing else emits text."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from html import escape
from urllib.parse import quote

from agent.events import Lang

# Controls that HTML forbids, lone surrogates (they cannot be sent), and the bidirectional
# overrides that would let a title reorder the text around it (Unicode TR 36, 3.1).
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
# Gradio reads templates in what a page is given; braces reach the browser as references.
_TEMPLATE = str.maketrans({"{": "&#123;", "}": "&#125;", "`": "&#96;"})
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥", "HKD": "HK$", "CAD": "CA$"}
_PICTURE = re.compile(r"/(?!/)[\w./%-]+", re.ASCII)
_REMOTE = re.compile(r"https://[\w.-]+(:\d+)?/[^\s\"'<>\\]*")


def esc(text: object) -> str:
    """Any value as text that is safe between tags and inside a double-quoted attribute."""
    return escape(_UNPRINTABLE.sub("", str(text)), quote=True).translate(_TEMPLATE)


def tag(name: str, inner: str, css: str = "", **attributes: str) -> str:
    """One element around `inner`, which is HTML already. Attribute values are escaped here.

    A trailing underscore and inner ones of a keyword are read as HTML spells it: ``aria_label``.
    """
    given = ({"class": css} if css else {}) | attributes
    pairs = "".join(f' {key.rstrip("_").replace("_", "-")}="{esc(v)}"' for key, v in given.items())
    return f"<{name}{pairs}>{inner}</{name}>"


def lines(text: str) -> str:
    """Plain text as paragraphs; single line ends stay line ends."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return "".join(tag("p", esc(part).replace("\n", "<br>")) for part in paragraphs)


def money(amount: str, currency: str) -> str:
    """A decimal string as shoppers write it: ``$1,249.00``. Text that is no number stays itself."""
    try:
        figure = f"{Decimal(amount):,}"
    except InvalidOperation:
        figure = amount
    symbol = _SYMBOLS.get(currency.upper())
    return f"{symbol}{figure}" if symbol else f"{figure} {currency}".strip()


def day(text: str, lang: Lang) -> str:
    """An ISO date as the language writes it; any other text stays itself."""
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return text
    return (
        f"{on.year} 年 {on.month} 月 {on.day} 日"
        if lang == "zh"
        else f"{on:%B} {on.day}, {on.year}"
    )


def moment(text: str, lang: Lang) -> str:
    """An ISO date and time as a parcel's history shows it; any other text stays itself."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    clock = f"{at:%H:%M}"
    return f"{at.month} 月 {at.day} 日 {clock}" if lang == "zh" else f"{at:%b} {at.day}, {clock}"


def picture(image_url: str, product_id: str, alt: str) -> str:
    """An image from the shop or over https; anything else becomes the shop's own placeholder."""
    local = _PICTURE.fullmatch(image_url) and image_url.startswith("/pictures/")
    source = image_url if local or _REMOTE.fullmatch(image_url) else placeholder_url(product_id)
    return (
        f'<img src="{esc(source)}" alt="{esc(alt)}" loading="lazy" decoding="async" '
        'width="320" height="240">'
    )


def placeholder_url(product_id: str) -> str:
    """Where the server keeps a picture for `product_id`, or draws one."""
    return f"/pictures/{quote(product_id, safe='', errors='replace')}.svg"
