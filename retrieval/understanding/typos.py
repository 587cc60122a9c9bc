"""One wrong letter in a name, put right where only one name is that near.

Names are found by what is left of them without one letter (as in SymSpell, Garbe 2012), so that
a look-up costs as many hashes as the word has letters.
"""

from collections.abc import Iterable

SHORTEST = 5


class Corrections:
    """Words that may be meant; those shorter than `SHORTEST` letters are taken as they are."""

    def __init__(self, words: Iterable[str]) -> None:
        self._near: dict[str, set[str]] = {}
        for word in words:
            if len(word) >= SHORTEST and word.isascii() and word.isalpha():
                for key in _without_one(word):
                    self._near.setdefault(key, set()).add(word)

    def of(self, word: str) -> str:
        """The only word at one insertion, deletion, replacement or swap from it, or ""."""
        if len(word) < SHORTEST or not word.isascii() or not word.isalpha():
            return ""
        near = {w for key in _without_one(word) for w in self._near.get(key, ())}
        # The first letter is seldom wrong, and what has another is another word: light, night.
        near = {w for w in near if w[0] == word[0] and _one_apart(w, word)}
        return near.pop() if len(near) == 1 else ""


def _without_one(word: str) -> list[str]:
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]


def _one_apart(a: str, b: str) -> bool:
    if len(a) < len(b):
        a, b = b, a
    i = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(b))
    if len(a) > len(b):
        return len(a) == len(b) + 1 and a[i + 1 :] == b[i:]
    swapped = a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
    return a != b and (a[i + 1 :] == b[i + 1 :] or swapped)
