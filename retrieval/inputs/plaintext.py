"""Plain text out of what shops put into text fields."""

import re
from html.parser import HTMLParser

_HTML = re.compile(
    r"<(?:[A-Za-z/!?][^<>]*)>|&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BLOCKS = (
    "address article blockquote br dd div dl dt figcaption h1 h2 h3 h4 h5 h6 hr li ol p pre "
    "section table td th tr ul"
)
_HIDDEN = frozenset(["script", "style", "template", "noscript", "iframe", "svg", "head"])


def clean(text: str) -> str:
    """The text without control characters and lone surrogates, stripped."""
    if text.isprintable():
        return text.strip()
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()


def has_html(text: str) -> bool:
    """Whether the text holds a tag or an entity; "< 5 kg" and "R&D" are neither."""
    return ("<" in text or "&" in text) and _HTML.search(text) is not None


def strip_html(text: str) -> str:
    """What a reader would see of the HTML: no tags, scripts or styles, entities resolved."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    # Escaped markup ("&lt;b&gt;") has become tags: these go too.
    text = _HTML.sub(" ", "".join(reader.parts))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return clean("\n".join(line for line in lines if line))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS.split():
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if tag in _BLOCKS.split():
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
