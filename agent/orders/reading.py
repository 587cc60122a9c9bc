"""From files to raw records: which files, which kind, which line; nothing is judged here yet.

JSONL and policies (Markdown with front matter) are read here, a shop's own JSON through
`agent.orders.foreign`, catalogues through `retrieval.catalogue`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from agent.errors import ImportFileError
from retrieval.catalogue import Problem
from retrieval.inputs.sources import read_rows

Kind = Literal["customer", "order", "review", "policy", "product"]

_JSONL = (".jsonl", ".jsonl.gz")
_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
_READABLE = (*_JSONL, *_TABLES, ".md", ".json")

# A record is of the first kind of which it has a telling field.
_TELLING: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("order", frozenset({"lines", "placed_at", "shipments", "payments"})),
    ("customer", frozenset({"payment_methods", "email", "first_name", "last_name"})),
    ("product", frozenset({"title", "price", "variants"})),
    ("review", frozenset({"rating", "text"})),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One raw record and where it stands: its line, or its key in a file without lines.

    `field_lines` are the lines of single fields, where they are known.
    """

    file: str
    line: int
    data: dict[str, Any]
    field_lines: dict[str, int] = field(default_factory=dict)
    key: str = ""

    @property
    def place(self) -> str:
        """The file, and the key of a record without a line."""
        return f"{self.file} {self.key}".rstrip()

    def problem(self, where: str, message: str, *, kept: bool = False) -> Problem:
        """A problem at a field of this record."""
        top = where.partition("[")[0].partition(".")[0]
        return Problem(self.place, self.field_lines.get(top, self.line), where, message, kept)


def find_files(paths: Sequence[Path]) -> list[tuple[Path, bool]]:
    """The files to read, each with whether it was named itself; a folder stands for its files.

    Raises ImportFileError for a path that is not there, or a named file of no known kind.
    """
    found: dict[Path, bool] = {}
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file() and file.name.lower().endswith(_READABLE):
                    found.setdefault(file, False)
        elif not path.exists():
            raise ImportFileError(f"there is no file {path}")
        elif not path.name.lower().endswith(_READABLE):
            raise ImportFileError(f"{path} is none of {', '.join(_READABLE)}")
        else:
            found[path] = True
    return list(found.items())


def is_table(path: Path) -> bool:
    """Whether the file can only be a catalogue."""
    return path.name.lower().endswith(_TABLES)


def read_jsonl(path: Path) -> Iterator[Row | Problem]:
    """The objects of a JSONL file; numbers with a point become exact Decimals."""
    for number, data in read_rows(path):
        yield data if isinstance(data, Problem) else Row(path.name, number, data)


def kind_of(data: dict[str, Any]) -> Kind | None:
    """What kind of record this is, by its fields."""
    for kind, telling in _TELLING:
        if telling & data.keys():
            return kind
    return None


def usual_kind(rows: Sequence[Row]) -> Kind | None:
    """What most records of a file are; a record with too few fields to tell is one of those."""
    counts = Counter(kind for row in rows if (kind := kind_of(row.data)))
    return counts.most_common(1)[0][0] if counts else None


def read_policy(path: Path) -> Row | Problem | None:
    """A Markdown file with front matter as one record; None where it has no front matter."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        byte = error.object[error.start]
        return Problem(path.name, line, "", f"is not UTF-8 ({byte:#04x}); save the file as UTF-8")
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read: {error.strerror}") from error
    if not text.startswith("---\n"):
        return None
    head, fence, body = text[4:].partition("\n---\n")
    if not fence:
        return Problem(path.name, 1, "", "the front matter does not end; close it with a line ---")
    try:
        return _policy_row(path.name, head, body.strip())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        hint = "; write times like '@-30d' in quotes" if "'@'" in str(error.problem) else ""
        return Problem(path.name, line, "", f"the front matter is no YAML: {error.problem}{hint}")


def _policy_row(file: str, head: str, body: str) -> Row | Problem:
    fields = yaml.safe_load(head)
    node = yaml.compose(head, Loader=yaml.SafeLoader)
    if not isinstance(fields, dict) or not isinstance(node, yaml.MappingNode):
        return Problem(file, 1, "", "the front matter has no fields")
    # As written: YAML would make version 1.10 the number 1.1, and a day a date.
    written = {
        key.value: value.value for key, value in node.value if isinstance(value, yaml.ScalarNode)
    }
    lines = {key.value: key.start_mark.line + 2 for key, _ in node.value}
    return Row(file, 1, {**fields, **written, "text": body}, lines)
