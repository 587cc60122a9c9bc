"""The words that scratch shops are made of (`finetune/worlds`) and what shoppers say (`banks`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from agent.errors import TrainingError
from agent.events import Lang

_HERE = Path(__file__).resolve().parent.parent
WORLDS = _HERE / "worlds"
BANKS = _HERE / "banks"
HELD_OUT = "held-out"


@dataclass(frozen=True)
class Kind:
    """A kind of goods: what it is called, what is known of it, how it varies."""

    name: dict[Lang, str]
    plural: str
    items: dict[Lang, list[str]]
    category: dict[Lang, str]
    price: tuple[int, int]
    facts: dict[str, list[str]]
    options: dict[str, list[str]]
    queries: dict[Lang, list[str]]
    about: dict[Lang, list[str]]
    held_out: bool


@dataclass(frozen=True)
class Vocabulary:
    """All that is in `finetune/worlds`."""

    kinds: list[Kind]
    brands: list[dict[str, str | None]]
    series: list[dict[Lang, str]]
    attributes: dict[str, dict[str, Any]]
    values: dict[str, str]
    topics: list[dict[str, Any]]
    sections: list[dict[str, Any]]

    def value(self, value: str) -> dict[Lang, str]:
        """A fact's or option's value in both languages; figures read the same in both."""
        return {"en": value, "zh": self.values.get(value, value)}


@cache
def load_vocabulary(folder: Path = WORLDS) -> Vocabulary:
    """The vocabulary. Raises TrainingError naming the file that cannot be read."""
    kinds, glossary, names, policies = (
        _yaml(folder / f"{name}.yaml") for name in ("kinds", "glossary", "names", "policies")
    )
    return Vocabulary(
        kinds=[_kind(row) for row in kinds],
        brands=names["brands"],
        series=names["series"],
        attributes=glossary["attributes"],
        values={str(en): str(zh) for en, zh in glossary["values"].items()},
        topics=policies["topics"],
        sections=[
            section
            for file in sorted(folder.glob("rules-*.yaml"))
            for section in _yaml(file)["sections"]
        ],
    )


def _kind(row: dict[str, Any]) -> Kind:
    def words(values: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
        return {key: [str(value) for value in each] for key, each in values.items()}

    return Kind(
        name=row["kind"],
        plural=row["plural"],
        items=row["item"],
        category=row["category"],
        price=(row["price"][0], row["price"][1]),
        facts=words(row["facts"]),
        options=words(row.get("options") or {}),
        queries=row["queries"],
        about=row["about"],
        held_out=bool(row.get("held_out")),
    )


@cache
def load_frames(lang: Lang, *, held_out: bool, first: str = "") -> dict[str, list[str]]:
    """What shoppers say in a language, by act, from the banks to train on or those to measure with.

    Of an act that the bank `first` holds, such as "everyday", only what it says. Raises
    TrainingError where there is no such bank.
    """
    files = [
        file
        for file in sorted(BANKS.glob(f"{lang}-*.yaml"))
        if file.stem.endswith(HELD_OUT) == held_out
    ]
    if not files:
        raise TrainingError(f"there is no bank of {lang} in {BANKS}")
    frames: dict[str, list[str]] = {}
    for file in files:
        for act, said in _yaml(file).items():
            frames.setdefault(act, []).extend(said)
    if first:
        file = BANKS / f"{lang}-{first}.yaml"
        if file not in files:
            raise TrainingError(f"there is no bank {file.name} to draw from in {BANKS}")
        frames |= _yaml(file)
    return {act: list(dict.fromkeys(said)) for act, said in frames.items()}


@cache
def load_replies(lang: Lang) -> dict[str, list[str]]:
    """What a good clerk answers, by act."""
    replies: dict[str, list[str]] = _yaml(BANKS / f"replies.{lang}.yaml")
    return replies


@cache
def load_reasons(lang: Lang) -> list[str]:
    """Why goods go back, in the words of the banks; the longest first."""
    reasons: list[str] = _yaml(BANKS / "reasons.yaml")[lang]
    return sorted(reasons, key=len, reverse=True)


@cache
def load_clauses(*, held_out: bool) -> dict[str, dict[Lang, list[str]]]:
    """What stands beside a shopper's frame or in its place, by what it says and language."""
    name = f"clauses-{HELD_OUT}" if held_out else "clauses"
    clauses: dict[str, dict[Lang, list[str]]] = _yaml(BANKS / f"{name}.yaml")
    return clauses


def _yaml(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise TrainingError(f"{file}: cannot be read: {' '.join(str(error).split())}") from None
