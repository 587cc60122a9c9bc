"""A shop's own JSON files into DESIGN section 5's records, as a mapping file says.

A mapping file is YAML:

    sources:
      - file: orders.json        # the name of a file; one that no source names is left out
        kind: order              # customer, order, review or product
        records: "*"             # the path of the records; "*": every value of the whole
        times: {…}               # a rule for a source without dates, see `Times`
        fields:                  # our field: where it comes from
          id: order_id

`agent.orders.expressions` says how a value is described.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import ImportFileError
from agent.orders.expressions import Scope, elements, faults, fields
from agent.orders.reading import Kind, Row
from retrieval.catalogue import Problem


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
    times: Times | None = None
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
    sources = {source.file: source for source in mapping.sources}
    for file, named in files:
        source = sources.get(file.name)
        if source is None:
            yield Problem(file.name, 0, "", "the mapping does not name this file", kept=not named)
        else:
            yield from _read(file, source)


def _read(file: Path, source: Source) -> Iterator[tuple[Kind, Row] | Problem]:
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
        data = fields(source.fields, Scope(record | names))
        yield source.kind, Row(file, 0, data, key=str(key))


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
