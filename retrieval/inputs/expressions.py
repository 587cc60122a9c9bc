"""How a mapping says where a value comes from; `retrieval.inputs.mapping` lists the forms."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from retrieval.inputs.steps import STEPS, Faulty, compiled

Columns = Mapping[str, Any]
Take = Callable[[Columns], Any]

_PLACE = re.compile(r"\{([^{}]+)\}")
_MOST_NUMBERED = 30
_EMPTY: tuple[Any, ...] = (None, "", {}, [])
_SHAPES = frozenset(["from", "constant"])
_TESTS = frozenset(["when", "unless", "during", "join"])


@dataclass(frozen=True, slots=True)
class Source:
    """Takes a value from a row. `columns`: those the value is made of; `used`: all it looks at."""

    take: Take
    columns: tuple[str, ...]
    used: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    """Columns that hold names of attributes."""

    def found_in(self, columns: frozenset[str]) -> bool:
        """Whether a file with these columns could give the value."""
        heads = (column.split(".")[0] for column in self.columns)
        return not self.columns or not columns.isdisjoint([*self.columns, *heads])


@dataclass(frozen=True, slots=True)
class Reader:
    """What every expression of one mapping shares: replaced values, decimal sign, today."""

    values: Mapping[str, Mapping[str, Any]]
    decimal: str
    today: date

    def source(self, where: str, theirs: Any) -> Source:
        """Compile an expression. Raises Faulty."""
        if isinstance(theirs, str) and theirs.strip():
            return self._template(theirs) if _PLACE.search(theirs) else self._column(theirs)
        if isinstance(theirs, list) and theirs:
            return self._first(where, theirs)
        if isinstance(theirs, dict) and _SHAPES & theirs.keys():
            return self._refined(where, theirs)
        if isinstance(theirs, dict) and theirs:
            return self._object(where, theirs)
        raise Faulty(f"{where}: must be a column's name or a text of them")

    def condition(self, where: str, wanted: Any) -> tuple[Callable[[Columns], bool], list[str]]:
        """Compile column: value(s) pairs, of which all must hold. Raises Faulty."""
        if not isinstance(wanted, dict) or not wanted:
            raise Faulty(f"{where}: must be a table of column: value, or of column: [values]")
        tests = [
            (self._column(str(name)), _wanted(value if isinstance(value, list) else [value]))
            for name, value in wanted.items()
        ]

        def holds(row: Columns) -> bool:
            return all(not wanted.isdisjoint(_words(cell.take(row))) for cell, wanted in tests)

        return holds, [column for cell, _ in tests for column in cell.columns]

    def _column(self, path: str) -> Source:
        first, *rest = path.split(".")
        replaced = self.values.get(path, {})
        decimal = "" if self.decimal == "." else self.decimal
        amount = re.compile(rf"[+-]?\d+{re.escape(decimal)}\d+")

        def take(row: Columns) -> Any:
            value: Any = row.get(path)
            if rest and path not in row:
                value = row.get(first)
                for part in rest:
                    value = value.get(part) if isinstance(value, dict) else None
            if decimal and isinstance(value, str) and amount.fullmatch(value):
                value = value.replace(decimal, ".")
            return replaced.get(str(value), value) if replaced else value

        return Source(take, (path,), tuple(dict.fromkeys([path, first])))

    def _template(self, text: str) -> Source:
        parts = [self._column(name) for name in _PLACE.findall(text)]

        def take(row: Columns) -> Any:
            found = [part.take(row) for part in parts]
            if all(value in _EMPTY for value in found):
                return None
            texts = iter("" if value is None else str(value) for value in found)
            return _PLACE.sub(lambda _: next(texts), text)

        return _of(take, parts)

    def _first(self, where: str, theirs: list[Any]) -> Source:
        parts = [self.source(f"{where}[{i}]", item) for i, item in enumerate(theirs)]

        def take(row: Columns) -> Any:
            return next((v for part in parts if (v := part.take(row)) not in _EMPTY), None)

        return _of(take, parts)

    def _object(self, where: str, theirs: dict[Any, Any]) -> Source:
        pairs = [
            (self._name(str(name)), self.source(f"{where}.{name}", item))
            for name, item in _numbered(theirs)
        ]

        def take(row: Columns) -> Any:
            return {
                str(name): value
                for named, source in pairs
                if (name := named.take(row)) not in _EMPTY
                and (value := source.take(row)) not in (None, "")
            }

        whole = _of(take, [source for _, source in pairs])
        names = [column for name, _ in pairs for column in name.columns]
        return Source(take, whole.columns, (*whole.used, *names), (*whole.named, *names))

    def _name(self, text: str) -> Source:
        if whole := _PLACE.fullmatch(text):
            return self._column(whole[1])
        return self._template(text) if _PLACE.search(text) else Source(lambda _: text, ())

    def _refined(self, where: str, theirs: dict[Any, Any]) -> Source:
        if unknown := [key for key in theirs if key not in _SHAPES | _TESTS | STEPS]:
            raise Faulty(f"{where}: {unknown[0]!r} is unknown beside `from`")
        if "constant" in theirs:
            constant = theirs["constant"]
            source = Source(lambda _: constant, ())
        elif "join" in theirs:
            source = self._joined(where, theirs["from"], str(theirs["join"]))
        else:
            source = self.source(where, theirs["from"])
        tests: list[Callable[[Columns], bool]] = []
        looked: list[str] = []
        for key in ("when", "unless", "during"):
            if key in theirs:
                test, columns = self._test(f"{where}.{key}", key, theirs[key])
                tests.append(test)
                looked += columns
        steps = [*compiled(where, theirs)]

        def take(row: Columns) -> Any:
            value = source.take(row) if all(test(row) for test in tests) else None
            for step in steps:
                value = value if value in _EMPTY else step(value)
            return value

        return Source(take, source.columns, (*source.used, *looked), source.named)

    def _joined(self, where: str, theirs: Any, between: str) -> Source:
        if not isinstance(theirs, list) or not theirs:
            raise Faulty(f"{where}: `join` needs a list in `from`")
        parts = [self.source(f"{where}[{i}]", item) for i, item in enumerate(theirs)]

        def take(row: Columns) -> Any:
            return between.join(str(v) for part in parts if (v := part.take(row)) not in _EMPTY)

        return _of(take, parts)

    def _test(
        self, where: str, key: str, wanted: Any
    ) -> tuple[Callable[[Columns], bool], list[str]]:
        if key == "during":
            return self._during(where, wanted)
        holds, columns = self.condition(where, wanted)
        return (holds if key == "when" else lambda row: not holds(row)), columns

    def _during(self, where: str, wanted: Any) -> tuple[Callable[[Columns], bool], list[str]]:
        if not isinstance(wanted, list) or len(wanted) != 2:
            raise Faulty(f"{where}: must be [column of the first day, column of the last day]")
        first, last = (self._column(str(name)) for name in wanted)

        def holds(row: Columns) -> bool:
            begin, end = _day(first.take(row), date.min), _day(last.take(row), date.max)
            return begin is not None and end is not None and begin <= self.today <= end

        return holds, [*first.columns, *last.columns]


def _of(take: Take, parts: list[Source]) -> Source:
    return Source(
        take,
        tuple(column for part in parts for column in part.columns),
        tuple(column for part in parts for column in part.used),
        tuple(column for part in parts for column in part.named),
    )


def _numbered(theirs: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """The pairs, those with "{… # …}" in the name once for each number."""
    for name, item in theirs.items():
        if any("#" in place for place in _PLACE.findall(str(name))):
            for n in range(1, _MOST_NUMBERED + 1):
                yield str(name).replace("#", str(n)), _with_number(item, str(n))
        else:
            yield name, item


def _with_number(item: Any, number: str) -> Any:
    if isinstance(item, dict):
        return {key: _with_number(value, number) for key, value in item.items()}
    if isinstance(item, list):
        return [_with_number(value, number) for value in item]
    return item.replace("#", number) if isinstance(item, str) else item


def _day(value: Any, default: date) -> date | None:
    """The day of an ISO date or time; `default` where there is none, None where it is no date."""
    if value in _EMPTY:
        return default
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None


def _wanted(values: list[Any]) -> frozenset[str]:
    return frozenset(map(_word, values))


def _words(value: Any) -> set[str]:
    """What a condition may match: the cell, each part of its list, "*" if it holds anything."""
    if value in _EMPTY or _word(value) == "":
        return {""}
    word = _word(value)
    return {"*", word, *(part.strip() for part in word.split(","))}


def _word(value: Any) -> str:
    if value is None:
        return ""
    return str(value).strip().casefold()
