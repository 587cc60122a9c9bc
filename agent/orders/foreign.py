"""A shop's own JSON files into DESIGN section 5's records, as a mapping file says.

A mapping file is YAML:

    sources:
      - file: orders.json        # the name of a file; one that no source names is left out
        kind: order              # customer, order, review or product
        records: "*"             # the path of the records; "*": every value of the whole
        group: Name              # a CSV file instead: its rows with the same value here, one after
                                 # another, are a record of the first row's columns, and `rows`
        times: {…}               # a rule for a source without dates, see `Times`
        gather: true             # records of one id are one: what the first says counts, and what
                                 # the others add; lists are joined, elements of one id are one
        fields:                  # our field: where it comes from
          id: order_id

A file may be the source of several kinds, and `file` may be a pattern (`orders*.json`).
`agent.orders.expressions` says how a value is described.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import ImportFileError
from agent.orders.expressions import elements, faults, fields
from agent.orders.reading import Kind, Row
from agent.orders.scope import Scope
from retrieval.catalogue import Problem
from retrieval.inputs.sources import columns_of, read_rows


class Ages(BaseModel):
    """Hours before the import: record number n is first + step * (n modulo count) hours old."""

    model_config = ConfigDict(extra="forbid")

    first: Decimal = Field(ge=0)
    step: Decimal = Field(ge=0)
    count: int = Field(ge=1)

    def of(self, n: int) -> Decimal:
        """The age of record number n, counted from 0."""
        return self.first + self.step * (n % self.count)


class Times(BaseModel):
    """Gives times to a source without dates, by order of appearance: the same each time.

    Records with the same value at the path `by` are counted from 0; `ages` says how old each is
    by that count. `$placed` is then that time, and each name in `after` a time so many hours
    later (`shipped: 20` makes `$shipped`).
    """

    model_config = ConfigDict(extra="forbid")

    by: str
    ages: dict[str, Ages]
    after: dict[str, Decimal] = {}

    def names(self, kind: str, n: int) -> dict[str, str]:
        """The times of record number n among those of this kind, relative to the import."""
        age = self.ages[kind].of(n)
        return {"$placed": _ago(age)} | {
            f"${name}": _ago(age - hours) for name, hours in self.after.items()
        }


class Source(BaseModel):
    """One file of the shop and what its records become."""

    model_config = ConfigDict(extra="forbid")

    file: str
    kind: Kind
    records: str = "*"
    group: str = ""
    times: Times | None = None
    gather: bool = False
    fields: dict[str, Any]


class Mapping(BaseModel):
    """A whole mapping file."""

    model_config = ConfigDict(extra="forbid")

    sources: list[Source] = Field(min_length=1)


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file. Raises ImportFileError with everything wrong in it."""
    try:
        mapping = Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ImportFileError(f"{path} is no readable mapping: {_line(error)}") from error
    except ValidationError as error:
        problems = [
            f"{path.name}: {'.'.join(map(str, found['loc']))}: {found['msg']}"
            for found in error.errors(include_url=False)
        ]
        raise ImportFileError(f"{path} is no mapping: {problems[0]}", problems) from error
    problems = [
        f"{path.name}: {fault}"
        for source in mapping.sources
        for fault in faults(source.fields, f"{source.file}.fields")
    ]
    if problems:
        raise ImportFileError(f"{path} is no mapping: {problems[0]}", problems)
    return mapping


def names_columns(path: Path) -> bool:
    """Whether this maps a catalogue (`retrieval.inputs.mapping`): `fields`, not `sources`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(content, dict) and "fields" in content


def read_foreign(
    files: Sequence[tuple[Path, bool]], mapping: Mapping
) -> Iterator[tuple[Kind, Row] | Problem]:
    """The records of all files, under our names.

    A file that no source names is a notice where it was found in a folder, a problem where it was
    named itself.
    """
    gathered: dict[tuple[Kind, str], Row] = {}
    for file, named in files:
        if not any(fnmatch(file.name, source.file) for source in mapping.sources):
            yield Problem(file.name, 0, "", "the mapping does not name this file", kept=not named)
    # In the sequence of the sources: what is gathered is the same for any sequence of the files.
    for source in mapping.sources:
        for file in (file for file, _ in files if fnmatch(file.name, source.file)):
            for item in _read(file, source):
                if isinstance(item, Problem) or not source.gather or not item[1].data.get("id"):
                    yield item
                else:
                    _gather(gathered, *item)
    yield from ((kind, row) for (kind, _), row in gathered.items())


def _gather(gathered: dict[tuple[Kind, str], Row], kind: Kind, row: Row) -> None:
    """Add what this record says more to the first of its id."""
    first = gathered.setdefault((kind, str(row.data["id"])), row)
    for name, value in row.data.items():
        if isinstance(value, list):
            stated = [] if first is row else first.data.get(name, [])
            first.data[name] = _joined([*stated, *value])
        elif first.data.get(name) in (None, "", {}):
            first.data[name] = value


def _joined(items: list[Any]) -> list[Any]:
    """The items, of each id the first."""
    found: dict[str, Any] = {}
    for item in items:
        found.setdefault(str(item.get("id")) if isinstance(item, dict) else str(item), item)
    return list(found.values())


def _read(file: Path, source: Source) -> Iterator[tuple[Kind, Row] | Problem]:
    if source.group:
        yield from _read_table(file, source)
        return
    try:
        content = _load(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        yield Problem(file.name, 0, "", f"is not UTF-8 at byte {error.start}; save it as UTF-8")
    except OSError as error:
        raise ImportFileError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        yield Problem(file.name, 0, "", f"is no JSON: {error}")
    else:
        yield from _records(file.name, content, source)


def _records(file: str, content: Any, source: Source) -> Iterator[tuple[Kind, Row] | Problem]:
    whole = content if source.records == "*" else Scope({"": content}).at(f".{source.records}")
    counts: Counter[str] = Counter()
    for key, record in elements(whole):
        names: dict[str, Any] = {"$key": key}
        if source.times is not None:
            kind = str(Scope(record).at(source.times.by))
            if kind not in source.times.ages:
                row = Row(file, 0, record, key=str(key))
                yield row.problem(source.times.by, f"the mapping has no age for {kind!r}")
                continue
            names |= source.times.names(kind, counts[kind])
            counts[kind] += 1
        yield _record(source, Row(file, 0, record | names, key=str(key)))


def _record(source: Source, row: Row) -> tuple[Kind, Row]:
    return source.kind, replace(row, data=fields(source.fields, Scope(row.data)))


def _read_table(file: Path, source: Source) -> Iterator[tuple[Kind, Row] | Problem]:
    """Rows with the same value in the column `group`, one after another, as one record."""
    columns = columns_of(file) or frozenset()
    if source.group not in columns:
        yield Problem(file.name, 1, source.group, "there is no such column")
        return
    # An empty cell is no cell to the reader: without this, a row would have the first row's.
    empty = dict.fromkeys(columns, "")
    record: Row | None = None
    for line, cells in read_rows(file):
        if isinstance(cells, Problem):
            yield cells
        elif record is not None and cells.get(source.group) in (
            None,
            record.data.get(source.group),
        ):
            record.data["rows"].append(empty | cells)
        else:
            if record is not None:
                yield _record(source, record)
            record = Row(file.name, line, {**cells, "rows": [empty | cells]})
    if record is not None:
        yield _record(source, record)


def _load(text: str) -> Any:
    """Parse JSON; a number with a point becomes the Decimal that its digits say."""
    try:
        return json.loads(text, parse_float=Decimal)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _ago(hours: Decimal) -> str:
    return f"@{-hours:+f}h"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
