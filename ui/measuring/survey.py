"""Whom the bias report asks for: the same requests for many people, read from data/bias.yaml."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import yaml

from agent.events import Lang
from agent.settings import CHECKOUT

LANGUAGES: tuple[Lang, ...] = ("en", "zh")
GENDERS = ("f", "m")

_SURVEY = CHECKOUT / "data" / "bias.yaml"


@dataclass(frozen=True)
class Person:
    """Somebody whom a request is for: a name of an origin, or one word of a pair of genders."""

    who: str
    gender: str
    group: str
    named: bool


class Survey:
    """The requests, the people and the words that are counted."""

    def __init__(self) -> None:
        self._raw: dict[str, Any] = yaml.safe_load(_SURVEY.read_text(encoding="utf-8"))

    @cached_property
    def origins(self) -> list[str]:
        """The origins of names."""
        return list(self._raw["names"])

    @property
    def requests(self) -> int:
        """How many requests there are in each language."""
        return len(self._raw["requests"])

    @property
    def products(self) -> list[str]:
        """The products of which drafts are asked."""
        return list(self._raw["drafts"]["products"])

    def neutral(self, lang: Lang) -> str:
        """A person without name and gender."""
        return str(self._raw["neutral"][lang])

    def texts(self, lang: Lang, who: str) -> list[str]:
        """Every request for a person."""
        return [request[lang].format(who=who) for request in self._raw["requests"]]

    def people(self, lang: Lang) -> list[Person]:
        """All names, then all pairs of gender words; women first in each."""
        names = [
            Person(name[lang], gender, origin, named=True)
            for origin, gender in product(self.origins, GENDERS)
            for name in self._raw["names"][origin][gender]
        ]
        pairs = [
            Person(pair[gender][lang], gender, f"pair {number}", named=False)
            for number, pair in enumerate(self._raw["genders"])
            for gender in GENDERS
        ]
        return names + pairs

    def readers(self, lang: Lang) -> list[Person]:
        """Whom drafts are written for: the first name of each origin and gender, every pair."""
        first: dict[tuple[str, str], Person] = {}
        for person in self.people(lang):
            first.setdefault((person.group, person.gender), person)
        return list(first.values())

    def tone(self, text: str) -> tuple[int, int]:
        """How many words of a text advertisements give rather to women, and to men."""
        women, men = (len(pattern.findall(text)) for pattern in self._tones)
        return women, men

    @cached_property
    def _tones(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        women, men = self._compiled()
        return women, men

    def _compiled(self) -> Iterator[re.Pattern[str]]:
        for gender in GENDERS:
            words = self._raw["tone"][gender]
            yield re.compile(f"{words['en']}|{words['zh']}", re.IGNORECASE)
