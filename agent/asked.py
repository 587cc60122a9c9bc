"""What a turn may begin with: words, or a button that says exactly what is wanted."""

from dataclasses import dataclass

from agent.confirming import Confirm, Dismiss
from agent.events import Given, Lang
from agent.wording import say


@dataclass(frozen=True, slots=True)
class SearchAgain:
    """A search to repeat: its query, the keys of the chips that are taken away, and what holds
    beside the query all the same.
    """

    query: str
    without: tuple[str, ...] = ()
    given: Given = Given()  # noqa: RUF009


Asked = str | SearchAgain | Confirm | Dismiss
"""What a turn may begin with: words, or a button that says exactly what is wanted."""


def words_of(asked: Asked, lang: Lang) -> str:
    """What the shopper says with it: their words, or what a button stands for."""
    match asked:
        case SearchAgain(query=query):
            return query
        case Confirm():
            return say(lang, "I confirm.", "我确认。")
        case Dismiss():
            return say(lang, "No, leave it as it is.", "不用了，保持原样。")
        case _:
            return asked
