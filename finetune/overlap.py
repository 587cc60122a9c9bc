"""Whether texts share a run of eight words: what trains a model must not be what measures it."""

import re
from collections.abc import Iterable, Iterator

LENGTH = 8
_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?|[\u3400-\u9fff]", re.IGNORECASE)


def shingles(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of eight words; a Chinese character counts as a word."""
    words = [word.casefold() for word in _WORD.findall(text)]
    for start in range(len(words) - LENGTH + 1):
        yield tuple(words[start : start + LENGTH])


def shared(texts: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """Runs that both sides have, each with the text of the others in which it stands."""
    known = {gram for text in texts for gram in shingles(text)}
    return {" ".join(gram): text for text in others for gram in shingles(text) if gram in known}
