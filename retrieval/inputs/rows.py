"""Rows of a catalogue's files with their places, under the column names that a mapping uses."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from retrieval.catalogue import Problem
from retrieval.errors import CatalogueError
from retrieval.inputs.sources import columns_of, read_rows

if TYPE_CHECKING:
    from retrieval.inputs.mapping import Mapping

_REQUIRED = ("id", "title", "price")
_NAMED_COLUMNS = 40


class Row(NamedTuple):
    """One row and where it stands."""

    file: str
    line: int
    data: dict[str, Any]

    def problem(self, field: str, message: str, kept: bool = False) -> Problem:
        """A problem at a field of this row."""
        return Problem(self.file, self.line, field, message, kept)


def rows_of(files: Sequence[Path], mapping: "Mapping | None") -> Iterator[Row | Problem]:
    """The rows of all files, or what is wrong with them.

    Raises CatalogueError where a file lacks a column without which it has no products.
    """
    for file in files:
        columns = columns_of(file)
        if columns is not None:
            yield from _check(file, columns, mapping)
        empty = True
        for line, row in read_rows(file):
            empty = False
            if isinstance(row, Problem):
                yield row
            else:
                yield Row(file.name, line, row if mapping is None else mapping.rename(row))
        if empty:
            yield Problem(file.name, 0, "", "holds no rows", kept=True)


def _check(file: Path, columns: frozenset[str], mapping: "Mapping | None") -> Iterator[Problem]:
    """Say once what no column of the file gives."""
    if mapping is None:
        names = {column.split(".")[0] for column in columns}
        lacking = {name: f"{name!r}" for name in _REQUIRED if name not in names}
    else:
        lacking = mapping.lacking(columns)
    required = [name for name in lacking if mapping is None or mapping.requires(name)]
    if required:
        wanted = "; ".join(f"no column for {name}: looked for {lacking[name]}" for name in required)
        raise CatalogueError(f"{file}: {wanted}; the file has {_listed(columns)}{_hint(mapping)}")
    if lacking:
        missed = "; ".join(f"{name} ({wanted})" for name, wanted in lacking.items())
        yield Problem(file.name, 1, "", f"no column for {missed}: left empty", kept=True)


def _hint(mapping: "Mapping | None") -> str:
    return "" if mapping else "; a mapping (--map) says which of them is which"


def _listed(columns: frozenset[str]) -> str:
    shown = [repr(column[:60]) for column in sorted(columns)[:_NAMED_COLUMNS]]
    more = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
