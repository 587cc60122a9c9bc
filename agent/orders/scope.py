"""Paths into somebody else's record, and the conditions that a mapping states on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


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
        if path.startswith("^"):
            if self.around is not None:
                yield from self.around.all_at(path[1:])
            return
        first, *steps = path.split(".")
        if first not in self.record and first != "*":
            if self.around is not None:
                yield from self.around.all_at(path)
            return
        found: list[Any] = list(self.record.values()) if first == "*" else [self.record[first]]
        for step in steps:
            found = [inner for value in found for inner in _step(value, step)]
        yield from (value for value in found if value is not None)

    def is_so(self, conditions: Mapping[str, Any], *, every: bool = True) -> bool:
        """Whether the paths have the values that they should: all of them, or any."""
        held = (self._has(path, values) for path, values in conditions.items())
        return all(held) if every else any(held)

    def _has(self, path: str, wanted: Any) -> bool:
        values = list(self.all_at(path))
        if "*" in path.split("."):
            whole = path.rpartition(".*")[0] or path
            values += [None] * (len(list(self.all_at(f"{whole}.*"))) - len(values))
        if wanted == "*":
            return bool(values) and all(value not in (None, "") for value in values)
        return bool(values) and all(value in wanted for value in values)


def _step(value: Any, step: str) -> list[Any]:
    if step == "*":
        return list(value.values() if isinstance(value, dict) else value or ())
    if isinstance(value, list):
        return value[int(step) : int(step) + 1] if step.isdecimal() else []
    return [value[step]] if isinstance(value, dict) and step in value else []
