"""What a shopper typed, made safe to store, to show and to put before a model."""

import re
import unicodedata

from agent.errors import InvalidInput
from agent.events import MAX_CHARACTERS, Lang

# What chat templates mark turns and calls with; a shopper's text must never hold one whole.
_TEMPLATE_TOKEN = re.compile(
    r"<\|[^<>|\n]{1,40}\|>|</?(?:tool_call|tool_response|tools|think|s|bos|eos)>|\[/?INST\]|<</?SYS>>",
    re.IGNORECASE,
)
_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def neutralise(text: str) -> str:
    """Break every chat-template token in `text`, so that it reads as words and steers nothing."""
    # Again while any is left: breaking an inner token may close an outer one.
    while _TEMPLATE_TOKEN.search(text):
        text = _TEMPLATE_TOKEN.sub(lambda m: re.sub(r"[<>|\[\]]", " ", m[0]).strip(), text)
    return text


def clean(text: str) -> str:
    """NFC, without control characters, lone surrogates and other code points that are no text."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    kept = (
        c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Cn", "Co"}
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def normalise(text: str) -> str:
    """A shopper's message, ready for the turn.

    Raises InvalidInput for an empty message and for one above 4,000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(
            f"The message has {len(text):,} characters; at most {MAX_CHARACTERS:,} can be read. "
            f"消息有 {len(text):,} 个字符，最多 {MAX_CHARACTERS:,} 个。"
        )
    cleaned = neutralise(clean(text)).strip()
    if not cleaned:
        raise InvalidInput(
            "The message is empty; please type a question. 消息是空的，请输入您的问题。"
        )
    return cleaned


def language_of(text: str, default: Lang = "en") -> Lang:
    """English or Chinese, by what the text is written in; `default` where it says neither.

    A Chinese sentence may hold English product names, so one Chinese character in eight decides.
    """
    chinese = len(_CJK.findall(text))
    words = len(_LATIN_WORD.findall(text))
    if not chinese and not words:
        return default
    return "zh" if chinese and chinese * 2 >= words else "en"
