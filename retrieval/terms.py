"""Text as a sequence of terms, and what it means that a text holds some words.

A term is a stemmed word, a number, a figure such as 46×15, one Chinese character, or a mark that
parts a list; a letter beside a number (3 m, 20D, M8) is none of the sizes S, M, L. So a run of
Chinese is found wherever it stands, and "red" is not found in "infrared".
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from retrieval.words import stems

Terms = tuple[str, ...]

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
MARKS = ",;、。/|()!?:"
"""What parts a list; a line break is read as one of them."""
_TERM = re.compile(
    rf"""(?P<sides>\d+(?:\.\d+)?(?:\s?[×x*✕]\s?\d+(?:\.\d+)?)+)
    | (?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)
    | (?P<whole>粉红|金属|藏青|[{_HAN}])
    | (?P<glued>(?:(?<=\d)|(?<=\d\s))[a-z](?![a-z])|(?<![a-z])[a-z](?=\d))
    | (?P<word>[^\W\d_{_HAN}]+(?:['’](?:s|m|d|t|re|ve|ll)(?![^\W_]))?)
    | (?P<mark>[{re.escape(MARKS)}])""",
    re.VERBOSE,
)
_CROSS = re.compile(r"\s?[x*✕×]\s?")
# 粉红 is pink, not red; 金属 is metal, not gold; 藏青 is navy, not cyan.

NO = frozenset(["no", "not", "without", "non", "无", "不", "非"])
LINK = frozenset(["含", "是", "带", "contain", "a", "ani"])
FREE = "free"
"""Before or after a word, these deny it; a link may stand between."""


class Term(NamedTuple):
    """A term, the word as it was written, and where."""

    term: str
    word: str
    start: int
    end: int


def plain(text: str) -> str:
    """NFKC in lower case without accents, white space collapsed: what is read and compared.

    Length and positions are those of `folded_case`.
    """
    return folded_case(text).lower()


def folded_case(text: str) -> str:
    """As `plain`, with its capitals."""
    if not text.isascii():
        # 43，125克 is no number of thousands.
        text = unicodedata.normalize("NFKC", text.replace("，", ", ")).replace("−", "-")
        text = "".join(_without_accent(char) for char in text)
    return " ".join(text.replace("\n", ";").split())


def read_terms(text: str) -> list[Term]:
    """The terms of a text that `plain` gave, with their places."""
    return [
        Term(_term(match), match[0], match.start(), match.end()) for match in _TERM.finditer(text)
    ]


def terms(text: str) -> Terms:
    """The terms of any text."""
    return tuple(_term(match) for match in _TERM.finditer(plain(text)))


def holds(text: Sequence[str], words: Terms) -> bool:
    """Whether `words` stand side by side in `text`, not denied there ("PVC-free", "无糖")."""
    width = len(words)
    return width > 0 and any(
        tuple(text[i : i + width]) == words and not _denied(text, i, i + width)
        for i in range(len(text) - width + 1)
    )


def _denied(text: Sequence[str], start: int, end: int) -> bool:
    before = text[start - 1] if start else ""
    further = text[start - 2] if start > 1 else ""
    return (
        before in NO
        or (before in LINK and further in NO)
        or (end < len(text) and text[end] == FREE)
    )


def _term(match: re.Match[str]) -> str:
    text = match[0]
    match match.lastgroup:
        case "word":
            return stem(text[:-2] if text[-2:] in ("'s", "’s") else text)
        case "sides":
            return _CROSS.sub("×", text)
        case "glued":
            return f"~{text}"
        case "number":
            return text.replace(",", "")
        case _:
            return text


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The stem of one word."""
    found = stems(word)
    return found[0] if len(found) == 1 else word


def _without_accent(char: str) -> str:
    if char < "\u00c0" or char > "\u1eff":
        return char
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() else char
