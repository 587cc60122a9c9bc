"""Files to rows: JSONL, CSV and Parquet, by suffix, streamed, with the line of each row.

A row that cannot be read is a `Problem` and the rest goes on. Text is UTF-8, and a line that is
not says so.
"""

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, cast

from retrieval.catalogue import Problem
from retrieval.errors import CatalogueError
from retrieval.inputs.delimited import read_records

Row = tuple[int, dict[str, Any] | Problem]

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_ESCAPED = re.compile(r"[\udc80-\udcff]")
_DOTTED = re.compile(r"[\w-]+(\.[\w-]+)+")
_LONGEST_LINE = 16 * 2**20
_UNREADABLE = (OSError, EOFError, zlib.error)
_DELIMITERS = ",;\t|"
_BUFFER, _BATCH = 2**20, 256


def catalogue_files(paths: Sequence[Path]) -> list[Path]:
    """The files that `paths` stand for, in order: a folder is all catalogue files in it.

    Raises CatalogueError for a path that is not there or holds no catalogue.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(file for file in path.iterdir() if _kind(file))
            if not found:
                raise CatalogueError(f"{path}: no {', '.join(_READERS)} file in this folder")
            files += found
        elif not path.is_file():
            raise CatalogueError(f"{path}: there is no such file")
        elif not _kind(path):
            raise CatalogueError(f"{path}: a catalogue is a {', '.join(_READERS)} file")
        else:
            files.append(path)
    return files


def read_rows(file: Path) -> Iterator[Row]:
    """Each row with its line (in Parquet: its number), counted from 1.

    Raises CatalogueError where the file as a whole cannot be read.
    """
    kind = _kind(file)
    if kind is None:
        raise CatalogueError(f"{file}: a catalogue is a {', '.join(_READERS)} file")
    try:
        yield from _READERS[kind](file)
    except _UNREADABLE as error:
        raise CatalogueError(f"{file}: cannot be read to its end: {error}") from error


def columns_of(file: Path) -> frozenset[str] | None:
    """The names of a file's columns; None for JSONL, whose rows name their own.

    Raises CatalogueError as `read_rows` does.
    """
    try:
        match _kind(file):
            case ".csv" | ".tsv":
                return frozenset(_csv_head(file)[0])
            case ".parquet":
                return _parquet_columns(file)
            case _:
                return None
    except _UNREADABLE as error:
        raise CatalogueError(f"{file}: cannot be read to its end: {error}") from error


def _kind(file: Path) -> str | None:
    name = file.name.lower().removesuffix(".gz")
    return next((suffix for suffix in _READERS if name.endswith(suffix)), None)


def _open(file: Path) -> IO[bytes]:
    if file.suffix.lower() == ".gz":
        return cast(IO[bytes], gzip.open(file))
    return file.open("rb")


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Lines with their ends; the byte order mark of UTF-8 is dropped."""
    with _open(file) as stream:
        number = 0
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            if number == 1:
                if line.startswith(_UTF16):
                    raise CatalogueError(f"{file}: is UTF-16; save it as UTF-8")
                line = line.removeprefix(_BOM)
            if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
                raise CatalogueError(f"{file}:{number}: a line of over 16 MiB is no product")
            yield number, line


def _read_jsonl(file: Path) -> Iterator[Row]:
    for number, line in _lines(file):
        if line.strip():
            yield number, _json_row(file, number, line)


def _json_row(file: Path, number: int, line: bytes) -> dict[str, Any] | Problem:
    try:
        row = json.loads(line.rstrip().decode("utf-8"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        return Problem(file.name, number, "", _not_utf8(line[error.start], error.start))
    except json.JSONDecodeError as error:
        return Problem(file.name, number, "", f"broken JSON: {error.msg} at column {error.colno}")
    except (ValueError, RecursionError) as error:
        return Problem(file.name, number, "", f"broken JSON: {error}")
    if not isinstance(row, dict):
        return Problem(file.name, number, "", "is not a JSON object")
    return row


def _not_utf8(byte: int, position: int | None = None) -> str:
    at = "" if position is None else f" at byte {position + 1}"
    return f"is not UTF-8 (0x{byte:02x}{at}); save the file as UTF-8"


def _read_csv(file: Path) -> Iterator[Row]:
    """Dotted columns ("title.zh") make objects; a cell that holds a JSON list or object is one."""
    names, delimiter = _csv_head(file)
    paths = [name.split(".") if _DOTTED.fullmatch(name) else [name] for name in names]
    lines = _texts(file)
    next(lines, None)
    for number, cells in read_records(lines, delimiter):
        if isinstance(cells, str):
            yield number, Problem(file.name, number, "", cells)
        elif any(cells):
            yield number, _csv_row(file, number, paths, cells)


def _texts(file: Path) -> Iterator[tuple[int, str]]:
    # Undecodable bytes survive as lone surrogates, so that the field they are in can be named.
    return ((number, line.decode("utf-8", "surrogateescape")) for number, line in _lines(file))


def _csv_head(file: Path) -> tuple[list[str], str]:
    """The columns' names and the delimiter."""
    _, head = next(_texts(file), (1, ""))
    if not head:
        raise CatalogueError(f"{file}: is empty")
    if match := _ESCAPED.search(head):
        raise CatalogueError(f"{file}: the first line {_not_utf8(ord(match[0]) - 0xDC00)}")
    delimiter = max(_DELIMITERS, key=head.count)
    _, names = next(read_records(iter([(1, head)]), delimiter), (1, []))
    if isinstance(names, str):
        raise CatalogueError(f"{file}: the first line is {names}")
    names = [name.strip() for name in names]
    if not any(names):
        raise CatalogueError(f"{file}: the first line has no column names")
    return names, delimiter


def _csv_row(
    file: Path, number: int, paths: list[list[str]], cells: list[str]
) -> dict[str, Any] | Problem:
    if len(cells) != len(paths):
        why = f"has {len(cells)} cells, the first line names {len(paths)} columns"
        return Problem(file.name, number, "", why)
    row: dict[str, Any] = {}
    for path, cell in zip(paths, cells, strict=True):
        if not cell or cell.isspace():
            continue
        if not cell.isascii() and (match := _ESCAPED.search(cell)):
            return Problem(file.name, number, ".".join(path), _not_utf8(ord(match[0]) - 0xDC00))
        if path[0]:
            _put(row, path, _cell(cell))
    return row


def _cell(cell: str) -> Any:
    if cell.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(cell, parse_float=Decimal)
        except (ValueError, RecursionError):
            return cell
    return cell


def _put(row: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = row.setdefault(part, {})
        if not isinstance(inner, dict):
            # "title" beside "title.zh": the plain column is the unnamed language.
            inner = row[part] = {"": inner}
        row = inner
    if isinstance(row.get(path[-1]), dict) and not isinstance(value, dict):
        row[path[-1]][""] = value
    else:
        row[path[-1]] = value


def _read_parquet(file: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        number = 0
        # Buffered: else every column of a row group is read whole, and a file may be one group.
        table = pq.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
        for batch in table.iter_batches(batch_size=_BATCH, use_threads=False):
            for row in batch.to_pylist(maps_as_pydicts="lossy"):
                number += 1
                yield number, row
    except pa.ArrowException as error:
        raise CatalogueError(f"{file}: is no whole Parquet file: {error}") from error


def _parquet_columns(file: Path) -> frozenset[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return frozenset(pq.read_schema(file).names)
    except pa.ArrowException as error:
        raise CatalogueError(f"{file}: is no whole Parquet file: {error}") from error


_READERS: dict[str, Callable[[Path], Iterable[Row]]] = {
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
}
