"""Where a value of ours comes from in somebody else's record, as a mapping file writes it.

    user.name                    a dotted path; a number is a place in a list, counted from 0
    "{brand} ending in {last4}"  a text with paths in it; nothing where one of them is missing
    {constant: 1}                this value
    {from: status, values: {open: pending}}      values replaced by others; the rest stay, or
                                 become what `otherwise` says
    {first: ["{brand}", kind]}   the first of these that comes to something: no empty text or list
    {all: [{each: …}, {when: …}]}   lists joined to one; what is no list is one element
    {join: options}              an object as text: "colour: blue, size: M"; of a list of objects
                                 what `name` and `value` say of each, hidden names (_…) left out
    {each: items, fields: {…}}   a list: our fields for each element of a list or an object, or
                                 for those that `when` and `unless` leave; an element that is no
                                 object is `$value`. `refunds.*.items` is every refund's items
    {least: variants.*.price}    the smallest of the values at a path; * is every element
    {places: item_ids, in: items, by: item_id}   at which places of a list, counted from 1, the
                                 ids stand; an id that is asked for twice is looked for twice
    {whole: quantity}            a number written as text
    {sum: [price, {…}], less: [discounts.*.amount]}   amounts added, then others taken off
    {share: {sum: …}, by: quantity, currency: currency}   an amount divided, rounded down to the
                                 currency's smallest unit
    {positive: total}            an amount without its sign
    {when: {status: [delivered]}, then: …}       only where a path has one of these values; "*":
                                 any but an empty one. Of a path with *, every value must be one
    {unless: {status: [open]}, then: …}          only where none of its paths is so
    {name: …, other: …}          an object of our fields

A path is looked for in the element at hand, then in what is around it; behind `^` only there.
`$key` is the element's own key (in a list: its place, from 1). Fields that come to nothing are left
out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from agent.orders.money import exponent
from agent.orders.scope import Scope

_PLACE = re.compile(r"\{([^{}]+)\}")
# The word that makes an object an operation, the words that it takes, and those that it may take.
_OPERATIONS: dict[str, tuple[set[str], set[str]]] = {
    "constant": ({"constant"}, set()),
    "from": ({"from", "values"}, {"otherwise"}),
    "first": ({"first"}, set()),
    "all": ({"all"}, set()),
    "join": ({"join"}, {"name", "value"}),
    "each": ({"each", "fields"}, {"when", "unless"}),
    "least": ({"least"}, set()),
    "places": ({"places", "in", "by"}, set()),
    "whole": ({"whole"}, set()),
    "sum": ({"sum"}, {"less"}),
    "share": ({"share", "by", "currency"}, set()),
    "positive": ({"positive"}, set()),
    "when": ({"when", "then"}, {"unless"}),
    "unless": ({"unless", "then"}, set()),
}


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
    elif (
        not (needed := _OPERATIONS[operation][0])
        <= source.keys()
        <= (needed | _OPERATIONS[operation][1])
    ):
        words = ", ".join(sorted(needed))
        may = "".join(f", and may take {word}" for word in sorted(_OPERATIONS[operation][1]))
        yield f"{where}: {operation} takes exactly {words}{may}"
    elif operation == "each":
        yield from faults(source["fields"], f"{where}.fields")
    elif operation in ("first", "all", "sum"):
        for word in (operation, "less"):
            for place, inner in enumerate(source.get(word, ())):
                yield from faults(inner, f"{where}.{word}[{place}]")
    elif operation == "share":
        yield from faults(source["share"], f"{where}.share")
    elif operation in ("when", "unless"):
        yield from faults(source["then"], f"{where}.then")


def elements(value: Any) -> list[tuple[str | int, dict[str, Any]]]:
    """The objects in a list or an object, each with its key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value or (), start=1)
    return [(key, inner) for key, inner in pairs if isinstance(inner, dict)]


def _operation(source: Mapping[str, Any]) -> str | None:
    return next((word for word in _OPERATIONS if word in source), None)


def _text(template: str, scope: Scope) -> str | None:
    parts = [scope.at(path) for path in _PLACE.findall(template)]
    if any(part in (None, "") for part in parts):
        return None
    texts = iter(map(str, parts))
    return _PLACE.sub(lambda _: next(texts), template)


def _from(source: dict[str, Any], scope: Scope) -> Any:
    value = scope.at(source["from"])
    if value is None or isinstance(value, dict | list):
        return value
    return source["values"].get(value, source.get("otherwise", value))


def _first(source: dict[str, Any], scope: Scope) -> Any:
    values = (take(inner, scope) for inner in source["first"])
    return next((value for value in values if value not in (None, "", [], {})), None)


def _all(source: dict[str, Any], scope: Scope) -> list[Any]:
    found: list[Any] = []
    for inner in source["all"]:
        value = take(inner, scope)
        found += value if isinstance(value, list) else [] if value is None else [value]
    return found


def _join(source: dict[str, Any], scope: Scope) -> str | None:
    value = scope.at(source["join"])
    if isinstance(value, list) and "name" in source:
        pairs = [(item.get(source["name"]), item.get(source["value"])) for item in value]
        value = {name: part for name, part in pairs if name and not name.startswith("_")}
    if not isinstance(value, dict):
        return None
    return ", ".join(f"{name}: {part}" for name, part in value.items())


def _each(source: dict[str, Any], scope: Scope) -> list[dict[str, Any]] | None:
    path = source["each"]
    values = list(scope.all_at(path)) if "*" in path else [scope.at(path)]
    if values == [None]:
        return None
    found = []
    for value in values:
        for key, item in _items(value):
            inner = Scope(item | {"$key": key}, scope)
            if inner.is_so(source.get("when", {})) and not inner.is_so(
                source.get("unless", {}), every=False
            ):
                found.append(fields(source["fields"], inner))
    return found


def _items(value: Any) -> list[tuple[str | int, dict[str, Any]]]:
    """As `elements`; what is no object becomes one with a `$value`."""
    if not isinstance(value, list):
        return elements(value)
    items = [item if isinstance(item, dict) else {"$value": item} for item in value]
    return elements(items)


def _least(source: dict[str, Any], scope: Scope) -> Any:
    return min(scope.all_at(source["least"]), default=None)


def _places(source: dict[str, Any], scope: Scope) -> list[int]:
    ids = [item.get(source["by"]) for _, item in elements(scope.at(source["in"]))]
    free = list(range(len(ids)))
    found = []
    path = source["places"]
    for wanted in scope.all_at(path) if "*" in path else scope.at(path) or ():
        place = next((place for place in free if ids[place] == wanted), None)
        if place is not None:
            free.remove(place)
            found.append(place + 1)
    return sorted(found)


def _whole(source: dict[str, Any], scope: Scope) -> Any:
    value = scope.at(source["whole"])
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


class _NoAmount(Exception):
    """What should be an amount is none. It is handed on as it is: whoever checks the record says
    in which field."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _amount(value: Any) -> Decimal:
    if value in (None, ""):
        return Decimal(0)
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        raise _NoAmount(value) from None
    if not amount.is_finite():
        raise _NoAmount(value)
    return amount


def _total(sources: Sequence[Any], scope: Scope) -> Decimal:
    total = Decimal(0)
    for source in sources:
        values = scope.all_at(source) if isinstance(source, str) else [take(source, scope)]
        total += sum(map(_amount, values), Decimal(0))
    return total


def _sum(source: dict[str, Any], scope: Scope) -> Any:
    try:
        return f"{_total(source['sum'], scope) - _total(source.get('less', ()), scope):f}"
    except _NoAmount as found:
        return found.value


def _share(source: dict[str, Any], scope: Scope) -> Any:
    try:
        amount, count = _total([source["share"]], scope), _amount(scope.at(source["by"]))
    except _NoAmount as found:
        return found.value
    if count <= 0:
        return None
    unit = Decimal(1).scaleb(-exponent(str(scope.at(source["currency"]))))
    return f"{(amount / count).quantize(unit, ROUND_FLOOR):f}"


def _positive(source: dict[str, Any], scope: Scope) -> str | None:
    value = scope.at(source["positive"])
    return None if value is None else str(value).strip().removeprefix("-")


def _when(source: dict[str, Any], scope: Scope) -> Any:
    holds = scope.is_so(source.get("when", {}))
    fails = scope.is_so(source.get("unless", {}), every=False)
    return take(source["then"], scope) if holds and not fails else None


_TAKERS = {
    "constant": lambda source, _: source["constant"],
    "from": _from,
    "first": _first,
    "all": _all,
    "join": _join,
    "each": _each,
    "least": _least,
    "places": _places,
    "whole": _whole,
    "sum": _sum,
    "share": _share,
    "positive": _positive,
    "when": _when,
    "unless": _when,
}
