"""Where a value of ours comes from in somebody else's record, as a mapping file writes it.

    user.name                    a dotted path; a number is a place in a list, counted from 0
    "{brand} ending in {last4}"  a text with paths in it; nothing where one of them is missing
    {constant: 1}                this value
    {from: status, values: {open: pending}}      values replaced by others; the rest stay
    {first: ["{brand}", kind]}   the first of these that comes to something
    {join: options}              an object as text: "colour: blue, size: M"
    {each: items, fields: {…}}   a list: our fields for each element of a list or an object
    {least: variants.*.price}    the smallest of the values at a path; * is every element
    {places: item_ids, in: items, by: item_id}   at which places of a list, counted from 1, the
                                 ids stand; an id that is asked for twice is looked for twice
    {when: {status: [delivered]}, then: …}       only where a path has one of these values
    {name: …, other: …}          an object of our fields

A path is looked for in the element at hand, then in what is around it. `$key` is the element's
own key (in a list: its place, from 1). Fields that come to nothing are left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PLACE = re.compile(r"\{([^{}]+)\}")
# The word that makes an object an operation, and the words that it takes.
_OPERATIONS = {
    "constant": {"constant"},
    "from": {"from", "values"},
    "first": {"first"},
    "join": {"join"},
    "each": {"each", "fields"},
    "least": {"least"},
    "places": {"places", "in", "by"},
    "when": {"when", "then"},
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The element at hand, and what is around it."""

    record: Mapping[str, Any]
    around: "Scope | None" = None

    def at(self, path: str) -> Any:
        """The value at a dotted path, or None."""
        return next(iter(self.all_at(path)), None)

    def all_at(self, path: str) -> Iterator[Any]:
        """Every value at a path in which * is every element."""
        first, *steps = path.split(".")
        if first not in self.record and first != "*":
            if self.around is not None:
                yield from self.around.all_at(path)
            return
        found: list[Any] = list(self.record.values()) if first == "*" else [self.record[first]]
        for step in steps:
            found = [inner for value in found for inner in _step(value, step)]
        yield from (value for value in found if value is not None)


def take(source: Any, scope: Scope) -> Any:
    """The value that `source` stands for in this scope, or None."""
    if isinstance(source, str):
        return _text(source, scope) if _PLACE.search(source) else scope.at(source)
    operation = _operation(source)
    return _TAKERS[operation](source, scope) if operation else fields(source, scope)


def fields(sources: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """Our fields that come to something."""
    values = {name: take(source, scope) for name, source in sources.items()}
    return {name: value for name, value in values.items() if value is not None}


def faults(source: Any, where: str) -> Iterator[str]:
    """What is wrong with an expression, one line each."""
    if isinstance(source, str) and source.strip():
        return
    if not isinstance(source, dict) or not source:
        yield f"{where}: must be a path, a text with {{paths}}, or an object"
        return
    operation = _operation(source)
    if operation is None:
        for name, inner in source.items():
            yield from faults(inner, f"{where}.{name}")
    elif source.keys() != _OPERATIONS[operation]:
        words = ", ".join(sorted(_OPERATIONS[operation]))
        yield f"{where}: {operation} takes exactly {words}"
    elif operation == "each":
        yield from faults(source["fields"], f"{where}.fields")
    elif operation == "first":
        for place, inner in enumerate(source["first"]):
            yield from faults(inner, f"{where}.first[{place}]")
    elif operation == "when":
        yield from faults(source["then"], f"{where}.then")


def elements(value: Any) -> list[tuple[str | int, dict[str, Any]]]:
    """The objects in a list or an object, each with its key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value or (), start=1)
    return [(key, inner) for key, inner in pairs if isinstance(inner, dict)]


def _operation(source: Mapping[str, Any]) -> str | None:
    return next((word for word in _OPERATIONS if word in source), None)


def _step(value: Any, step: str) -> list[Any]:
    if step == "*":
        return list(value.values() if isinstance(value, dict) else value or ())
    if isinstance(value, list):
        return value[int(step) : int(step) + 1] if step.isdecimal() else []
    return [value[step]] if isinstance(value, dict) and step in value else []


def _text(template: str, scope: Scope) -> str | None:
    parts = [scope.at(path) for path in _PLACE.findall(template)]
    if any(part is None for part in parts):
        return None
    texts = iter(map(str, parts))
    return _PLACE.sub(lambda _: next(texts), template)


def _from(source: dict[str, Any], scope: Scope) -> Any:
    value = scope.at(source["from"])
    return value if isinstance(value, dict | list) else source["values"].get(value, value)


def _first(source: dict[str, Any], scope: Scope) -> Any:
    values = (take(inner, scope) for inner in source["first"])
    return next((value for value in values if value is not None), None)


def _join(source: dict[str, Any], scope: Scope) -> str | None:
    value = scope.at(source["join"])
    if not isinstance(value, dict):
        return None
    return ", ".join(f"{name}: {part}" for name, part in value.items())


def _each(source: dict[str, Any], scope: Scope) -> list[dict[str, Any]]:
    found = elements(scope.at(source["each"]))
    return [fields(source["fields"], Scope(item | {"$key": key}, scope)) for key, item in found]


def _least(source: dict[str, Any], scope: Scope) -> Any:
    return min(scope.all_at(source["least"]), default=None)


def _places(source: dict[str, Any], scope: Scope) -> list[int]:
    ids = [item.get(source["by"]) for _, item in elements(scope.at(source["in"]))]
    free = list(range(len(ids)))
    found = []
    for wanted in scope.at(source["places"]) or ():
        place = next((place for place in free if ids[place] == wanted), None)
        if place is not None:
            free.remove(place)
            found.append(place + 1)
    return sorted(found)


def _when(source: dict[str, Any], scope: Scope) -> Any:
    holds = all(scope.at(path) in values for path, values in source["when"].items())
    return take(source["then"], scope) if holds else None


_TAKERS = {
    "constant": lambda source, _: source["constant"],
    "from": _from,
    "first": _first,
    "join": _join,
    "each": _each,
    "least": _least,
    "places": _places,
    "when": _when,
}
