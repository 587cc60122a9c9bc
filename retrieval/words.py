"""How text becomes words to match: English stems, model codes, Chinese words and bigrams.

Latin words are stemmed by Snowball's English stemmer. A code such as "WH-1000XM4" gives its joined
form and its parts. A run of Chinese gives jieba's search cut (whole words and the words inside
them) and all bigrams, so that a word which jieba does not know is still found.
"""

import re
import unicodedata
import warnings
from functools import cache, lru_cache
from threading import Lock, local
from typing import Any

VERSION = "2"
"""Changes whenever `tokens` does: an index of other words must be rebuilt."""

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[-./'’][^\W_{_HAN}]+)*")
_PARTS = re.compile(r"[^\W_]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
_STOP = """
a an and are as at be by do does for from have i in is it me my of on or our s some t that the these
this to was we what which with you your
的 了 吗 呢 吧 啊 我 你 您 们 我们 你们 是 和 与 或 在 有 想 要 想要 请 把 给 个
"""
_STOP_WORDS = frozenset(_STOP.split())

_per_thread = local()
_jieba_lock = Lock()


def fold(text: str) -> str:
    """NFKC without case, in simplified Chinese, white space collapsed: how names are compared."""
    return " ".join(simplified(unicodedata.normalize("NFKC", text).casefold()).split())


def simplified(text: str) -> str:
    """A text with traditional Chinese characters as simplified ones, each in its place (OpenCC)."""
    if not has_chinese(text):
        return text
    found: str = _converter().convert(text)
    return found if len(found) == len(text) else text


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def tokens(text: str) -> list[str]:
    """The words of a text in order, with repetitions."""
    found: list[str] = []
    for run in runs(text):
        found += _chinese(run) if is_chinese(run) else _latin(run)
    return found


def runs(text: str) -> list[str]:
    """The stretches of a text that are words of one script, folded, in order."""
    return [match[0] for match in _TOKEN.finditer(fold(text))]


def is_chinese(run: str) -> bool:
    """Whether a run begins with a Chinese character."""
    return bool(_IS_HAN.match(run))


def has_chinese(text: str) -> bool:
    """Whether there is any Chinese character in a text."""
    return bool(_IS_HAN.search(text))


def stems(text: str) -> tuple[str, ...]:
    """The words of a short name for comparing it with another: stems, Chinese runs uncut."""
    words = (part for match in _TOKEN.finditer(fold(text)) for part in _PARTS.findall(match[0]))
    return tuple(_stem(word) for word in words)


def code(text: str) -> str:
    """An id or model code without case, spaces and punctuation: "WH-1000 XM4" -> "wh1000xm4"."""
    return "".join(_PARTS.findall(fold(text)))


@lru_cache(maxsize=1 << 16)
def _latin(run: str) -> tuple[str, ...]:
    parts = _PARTS.findall(run.removesuffix("'s").removesuffix("’s"))
    whole = ("".join(parts),) if len(parts) > 1 else ()
    return (*whole, *(_stem(part) for part in parts if part not in _STOP_WORDS))


def _chinese(run: str) -> list[str]:
    pairs = {run[i : i + 2] for i in range(len(run) - 1)}
    # "的" and its like beside a character make no word.
    bigrams = {pair for pair in pairs if not _STOP_WORDS.intersection(pair)}
    words = [word for word in _cut(run) if word not in _STOP_WORDS]
    # The cut gives most bigrams already: each counts once, whichever way it was found.
    return words + sorted(bigrams.difference(words))


def _stem(word: str) -> str:
    # A Snowball stemmer is not thread-safe.
    stemmer = getattr(_per_thread, "stemmer", None)
    if stemmer is None:
        import Stemmer

        stemmer = _per_thread.stemmer = Stemmer.Stemmer("english")
    return str(stemmer.stemWord(word))


def _cut(run: str) -> list[str]:
    return list(_jieba().cut_for_search(run))


@lru_cache(maxsize=1)
def _load_jieba() -> Any:
    with warnings.catch_warnings():
        # Its source has escapes that newer Pythons warn of.
        warnings.simplefilter("ignore")
        import jieba

    # Filled here because jieba's own start-up leaves a marshalled cache in the shared temporary
    # folder and trusts whatever lies there.
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def _jieba() -> Any:
    with _jieba_lock:
        return _load_jieba()
