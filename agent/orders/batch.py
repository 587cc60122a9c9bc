"""All that one import brings: records checked in themselves, products, and every problem."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.orders.fields import Moment
from agent.orders.formats import (
    CustomerRecord,
    Fault,
    OrderRecord,
    PolicyRecord,
    Record,
    ReviewRecord,
)
from agent.orders.reading import (
    Row,
    find_files,
    is_table,
    kind_of,
    read_jsonl,
    read_policy,
    usual_kind,
)
from retrieval.catalogue import LeftOut, Problem, Product, read_catalogue
from retrieval.inputs.parsing import parse_product

if TYPE_CHECKING:
    from retrieval.inputs.mapping import Mapping as ColumnMapping

_MODELS: dict[str, type[Record]] = {
    model.kind: model for model in (CustomerRecord, OrderRecord, ReviewRecord, PolicyRecord)
}
# Pydantic's error types in the words of somebody who edits a file.
_MESSAGES = {
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    "too_short": "must not be empty",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "enum": "{input!r} is none of {expected}",
    "value_error": "{error}",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that is right in itself. `anchored_at`: None where no time in it is relative."""

    record: Record
    row: Row
    source_hash: str
    anchored_at: datetime | None


@dataclass
class Batch:
    """What the files of one import hold."""

    now: datetime
    entries: list[Entry] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Kind and id of records with problems: what refers to them has no problem for that."""

    _product_ids: set[str] = field(default_factory=set)

    def of(self, kind: str) -> list[Entry]:
        """The entries of one kind, in the order of the files."""
        return [entry for entry in self.entries if entry.record.kind == kind]

    def add(self, kind: str, row: Row) -> None:
        """Check one raw record and keep it, or its problems."""
        if kind == "product":
            self._add_product(row)
            return
        moment = Moment(self.now)
        record, faults = _check(_MODELS[kind], row, moment)
        self.problems += [row.problem(*fault) for fault in faults]
        if record is None or faults:
            self.refused.add((kind, str(row.data.get("id"))))
        else:
            anchor = self.now if moment.used else None
            self.entries.append(Entry(record, row, _hash(row.data), anchor))

    def _add_product(self, row: Row) -> None:
        product, problems = parse_product(row.data)
        self.problems += [
            row.problem(where, message, kept=kept) for where, message, kept in problems
        ]
        if product is None:
            return
        ids = Counter(variant.id for variant in product.variants)
        if product.id in self._product_ids:
            self.problems.append(row.problem("id", f"product {product.id!r} was given before"))
        elif repeated := [id_ for id_, count in ids.items() if count > 1]:
            self.problems.append(row.problem("variants", f"{repeated[0]!r} occurs twice"))
        else:
            self._product_ids.add(product.id)
            self.products.append(product)


def read_batch(paths: Sequence[Path], mapping: Path | None, now: datetime) -> Batch:
    """Read and check every file. Raises ImportFileError for what cannot be read at all."""
    batch = Batch(now)
    files = find_files(paths)
    if mapping is not None:
        _read_mapped(batch, files, mapping)
        return batch
    catalogues = []
    for file, named in files:
        if is_table(file):
            catalogues.append(file)
        elif file.name.lower().endswith(".md"):
            _read_policy(batch, file, named)
        elif file.name.lower().endswith(".json"):
            _leave_out(batch, file, named, "is JSON, not JSONL; give a mapping with --map")
        elif not _read_lines(batch, file):
            catalogues.append(file)
    if catalogues:
        _read_catalogues(batch, catalogues)
    return batch


def _read_mapped(batch: Batch, files: list[tuple[Path, bool]], mapping: Path) -> None:
    """A mapping of `sources` is a shop's JSON, one of `fields` a catalogue's columns."""
    from agent.orders.foreign import load_mapping, names_columns, read_foreign

    if names_columns(mapping):
        from retrieval.inputs.mapping import load_mapping as load_columns

        columns = load_columns(mapping, today=batch.now.date())
        _read_catalogues(batch, [file for file, _ in files], columns)
    else:
        _take(batch, read_foreign(files, load_mapping(mapping)))


def _check(model: type[Record], row: Row, moment: Moment) -> tuple[Record | None, list[Fault]]:
    if bad := list(_unstorable(row.data, "")):
        return None, bad
    try:
        record = model.model_validate(row.data, context=moment)
    except ValidationError as error:
        return None, list(_faults(error))
    return record, list(record.faults())


def _take(batch: Batch, items: Iterable[tuple[str, Row] | Problem]) -> None:
    for item in items:
        if isinstance(item, Problem):
            batch.problems.append(item)
        else:
            batch.add(*item)


def _read_lines(batch: Batch, file: Path) -> bool:
    """Read a JSONL file; False, and nothing is read, where it is a catalogue."""
    items = list(read_jsonl(file))
    usual = usual_kind([item for item in items if isinstance(item, Row)])
    if usual == "product":
        return False
    for item in items:
        if isinstance(item, Problem):
            batch.problems.append(item)
        elif kind := kind_of(item.data) or usual:
            batch.add(kind, item)
        else:
            message = "is no customer, order, review or product: no field tells which"
            batch.problems.append(item.problem("", message))
    return True


def _read_policy(batch: Batch, file: Path, named: bool) -> None:
    item = read_policy(file)
    if item is None:
        _leave_out(batch, file, named, "has no front matter, so it is no policy")
    else:
        _take(batch, [item if isinstance(item, Problem) else ("policy", item)])


def _leave_out(batch: Batch, file: Path, named: bool, why: str) -> None:
    """A named file must be usable; one that was merely found in a folder is left out."""
    batch.problems.append(Problem(file.name, 0, "", why, kept=not named))


def _read_catalogues(
    batch: Batch, files: list[Path], columns: "ColumnMapping | None" = None
) -> None:
    for item in read_catalogue(files, columns):
        match item:
            case Product():
                batch.products.append(item)
            case LeftOut(file, line, id_, reason):
                batch.problems.append(
                    Problem(file, line, "", f"{id_} is left out: {reason}", kept=True)
                )
            case Problem():
                batch.problems.append(item)


def _faults(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Pydantic's findings as field and message."""
    for found in error.errors(include_url=False):
        where = ""
        for step in found["loc"]:
            if isinstance(step, int):
                where += f"[{step}]"
            else:
                where += f".{step}" if where else str(step)
        words = _MESSAGES.get(found["type"], found["msg"])
        yield where, words.format_map({"input": found["input"]} | found.get("ctx", {}))


def _unstorable(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Texts that no database holds: half characters (lone surrogates) and NUL."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            yield where, "holds a broken character (a lone surrogate or NUL)"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _unstorable(inner, f"{where}.{key}" if where else str(key))
            yield from _unstorable(str(key), where)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _unstorable(inner, f"{where}[{place}]")


def _hash(data: dict[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    return repr(value)
