"""What a mapping may do to a value once it is taken: replace, split, bound, give it its unit."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

STEPS = frozenset(["replace", "split", "take", "least", "unit"])


class Faulty(ValueError):
    """What is wrong with an expression, as "where: what"."""


def compiled(where: str, theirs: Mapping[Any, Any]) -> Iterator[Callable[[Any], Any]]:
    """The steps that an expression asks for, in the order in which they are done."""
    if "replace" in theirs:
        table = theirs["replace"]
        if not isinstance(table, dict):
            raise Faulty(f"{where}.replace: must be a table of old: new")
        yield lambda value: _replaced(str(value), table)
    if "split" in theirs:
        mark, take = str(theirs["split"]), theirs.get("take", "all")
        if not mark or take not in _TAKES:
            raise Faulty(f"{where}: split by a mark, and take {', '.join(_TAKES)}")
        yield lambda value: _TAKES[take](_split(str(value), mark))
    elif "take" in theirs:
        raise Faulty(f"{where}: `take` needs `split`")
    if "least" in theirs:
        least = theirs["least"]
        if isinstance(least, bool) or not isinstance(least, int):
            raise Faulty(f"{where}.least: must be a whole number")
        yield lambda value: least if (n := _number(value)) is not None and n < least else value
    if "unit" in theirs:
        unit = str(theirs["unit"])
        yield lambda value: _measure(value, unit)


def _split(text: str, mark: str) -> list[str]:
    """The parts between marks; a mark behind a backslash belongs to its part."""
    parts = re.split(rf"(?<!\\){re.escape(mark)}", text)
    return [part.replace(f"\\{mark}", mark).strip() for part in parts if part.strip()]


def _deepest(paths: list[str]) -> str:
    return max(paths, key=lambda path: path.count(">"), default="")


_TAKES: dict[str, Callable[[list[str]], Any]] = {
    "all": list,
    "first": lambda parts: parts[0] if parts else "",
    "deepest": _deepest,
}


def _replaced(text: str, table: Mapping[Any, Any]) -> str:
    for old, new in table.items():
        text = text.replace(str(old), str(new))
    return text


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _measure(value: Any, unit: str) -> str | None:
    """A number with its unit, "500.0" as "500 g"; None for 0, which is what shops leave there."""
    number = _number(value)
    if number is None or abs(number) >= 10**12:
        return f"{value} {unit}"
    if number == 0:
        return None
    text = f"{number:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit}"
