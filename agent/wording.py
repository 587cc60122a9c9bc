"""Two equal languages: choosing between texts, and cutting one short."""

from agent.events import Lang


def say(lang: Lang, en: str, zh: str) -> str:
    """The one of two equal texts that is in the shopper's language."""
    return zh if lang == "zh" else en


def shorten(text: str, limit: int) -> str:
    """`text` cut at a word or character so that it has at most `limit` characters."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    return head.rsplit(" ", 1)[0] + "…" if " " in head[limit // 2 :] else head + "…"
