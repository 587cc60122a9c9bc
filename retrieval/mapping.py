"""A shop's own column names onto ours.

A mapping file is YAML:

    fields:                              # ours: theirs
      id: sku
      title: {en: name, zh: name_zh}     # a field by language, or an object of attributes
      category: "{department} > {style}" # text with columns in it
      attributes: {colour: specs.color}  # a dotted path goes into an object
    values:                              # their value: the word to use instead
      gender: {F: women, M: men}
    defaults: {currency: USD}            # where the row has nothing

Columns that the mapping does not use are kept as unknown fields.
"""

import re
from collections.abc import Mapping as Columns
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import CatalogueError
from retrieval.parsing import FIELDS

_PLACE = re.compile(r"\{([^{}]+)\}")
_PARTS = frozenset(["fields", "values", "defaults"])


@dataclass(frozen=True, slots=True)
class Mapping:
    """What `load_mapping` read."""

    fields: dict[str, Any]
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)

    def apply(self, row: Columns[str, Any]) -> dict[str, Any]:
        """The row under our names."""
        used: set[str] = set()
        mapped = {ours: self._take(theirs, row, used) for ours, theirs in self.fields.items()}
        rest = {name: value for name, value in row.items() if name not in used}
        given = {name: value for name, value in mapped.items() if value not in (None, "", {})}
        # A column of ours that the mapping does not speak of must not slip in under our name.
        kept = {name: value for name, value in rest.items() if name not in FIELDS}
        return kept | self.defaults | given

    def _take(self, theirs: Any, row: Columns[str, Any], used: set[str]) -> Any:
        if isinstance(theirs, dict):
            parts = {name: self._take(inner, row, used) for name, inner in theirs.items()}
            return {name: value for name, value in parts.items() if value not in (None, "")}
        if not _PLACE.search(theirs):
            return self._column(theirs, row, used)
        found = [self._column(name, row, used) for name in _PLACE.findall(theirs)]
        if all(value in (None, "") for value in found):
            return None
        texts = iter("" if value is None else str(value) for value in found)
        return _PLACE.sub(lambda _: next(texts), theirs)

    def _column(self, path: str, row: Columns[str, Any], used: set[str]) -> Any:
        first, *rest = path.split(".")
        used.add(path if path in row else first)
        value: Any = row.get(path) if path in row else row.get(first)
        for part in [] if path in row else rest:
            value = value.get(part) if isinstance(value, dict) else None
        replacements = self.values.get(path, {})
        return replacements.get(str(value), value) if replacements else value


def load_mapping(file: Path) -> Mapping:
    """Read and check a mapping file. Raises CatalogueError with what is wrong in it."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogueError(
            f"{file}: no readable mapping: {' '.join(str(error).split())}"
        ) from error
    if not isinstance(content, dict) or not isinstance(content.get("fields"), dict):
        raise CatalogueError(f"{file}: a mapping has `fields:`, our name to the column's name")
    for name in content:
        if name not in _PARTS:
            raise CatalogueError(f"{file}: `{name}:` is unknown; use {', '.join(sorted(_PARTS))}")
    _check_names(file, content)
    for ours, theirs in content["fields"].items():
        _check_source(file, ours, theirs)
    return Mapping(content["fields"], content.get("values") or {}, content.get("defaults") or {})


def _check_names(file: Path, content: dict[str, Any]) -> None:
    for part in ("fields", "defaults"):
        for name in content.get(part) or {}:
            if name not in FIELDS:
                known = ", ".join(sorted(FIELDS))
                raise CatalogueError(f"{file}: {part}: {name!r} is no field of ours; use {known}")
    for name, table in (content.get("values") or {}).items():
        if not isinstance(table, dict):
            raise CatalogueError(f"{file}: values: {name}: must be a table of old: new")


def _check_source(file: Path, ours: str, theirs: Any) -> None:
    if isinstance(theirs, dict):
        for name, inner in theirs.items():
            _check_source(file, f"{ours}.{name}", inner)
    elif not isinstance(theirs, str) or not theirs.strip():
        raise CatalogueError(f"{file}: fields: {ours}: must be a column's name or a text of them")
