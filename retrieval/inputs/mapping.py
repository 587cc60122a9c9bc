"""A shop's own column names onto ours.

A mapping file is YAML:

    columns:                             # other spellings of a column, where a file has those
      Handle: [URL handle]
    fields:                              # ours: theirs
      id: sku
      title: {en: name, zh: name_zh}     # a field by language, or an object of attributes
      category: "{department} > {style}" # text with columns in it
      price: [sale_price, list_price]    # the first of these that is not empty
      attributes:
        colour: specs.color              # a dotted path goes into an object
        "{Option # name}": "Option # value" # name and value in columns of their own, # = 1, 2, …
    values:                              # their value: the word to use instead, null for nothing
      gender: {F: women, M: men}
    defaults: {currency: USD}            # where the row has nothing
    decimal: ","                         # for amounts such as 12,50
    ignore: [cost]                       # columns to drop; others that are not used are kept
    leave_out:                           # rows that are no fault but not for sale: why: condition
      draft: {status: [draft, archived]} # "*" is any value, "" is none; case does not count
    variants:                            # rows that are variants: a variant's fields, as above
      id: variant_sku
    group: {by: Handle}                  # rows with the same value here, together, are a product

Where a value is more than a column's name, `from` names it and steps follow:

    {from: qty, when: {tracked: "*"}, unless: {policy: continue}}  # else nothing
    {from: sale_price, during: [sale_starts, sale_ends]}           # inclusive days, open if empty
    {from: [handle, size], join: "/"}                              # those that are not empty
    {from: categories, split: ",", take: deepest}                  # or first; else the whole list
    {from: text, replace: {old: new}}
    {from: qty, least: 0}                                          # a smaller number becomes this
    {from: grams, unit: g}                                         # 500.0 as "500 g", 0 as nothing
    {constant: 0, when: {in_stock: "0"}}

Rows of a group: the first that fills a column says what the product's is, and each row that fills
a column of `variants` is a variant. With `group: {by: Parent, names: [SKU, "id:{ID}"]}` a row with
a value in `by` is a variant of the product that has this value among its names, wherever it
stands; the others are products.
"""

from collections.abc import Callable
from collections.abc import Mapping as Columns
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from retrieval.catalogue import FIELDS
from retrieval.errors import CatalogueError
from retrieval.inputs.expressions import Reader, Source
from retrieval.inputs.steps import Faulty

_PARTS = frozenset(
    [
        "columns",
        "fields",
        "values",
        "defaults",
        "decimal",
        "ignore",
        "leave_out",
        "variants",
        "group",
    ]
)
_VARIANT_FIELDS = frozenset(["id", "price", "stock", "attributes"])
_GROUP_KEYS = frozenset(["by", "names"])
_REQUIRED = ("id", "title", "price")
_NAMED_COLUMNS = 4
Condition = Callable[[Columns[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Grouping:
    """How rows make one product. Without `names` they stand together."""

    by: Source
    names: tuple[Source, ...] = ()

    def key(self, row: Columns[str, Any]) -> str:
        """What the row says of its product; "" for nothing."""
        return _text(self.by.take(row))

    def names_of(self, row: Columns[str, Any]) -> list[str]:
        """What the variants of this row call it."""
        names = (_text(name.take(row)) for name in self.names)
        return list(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True)
class Mapping:
    """What `load_mapping` read."""

    fields: dict[str, Source]
    defaults: dict[str, Any] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    """Other spelling: the column's name in the mapping."""
    leave_out: dict[str, Condition] = field(default_factory=dict)
    variants: dict[str, Source] = field(default_factory=dict)
    group: Grouping | None = None
    used: frozenset[str] = frozenset()
    telling: tuple[str, ...] = ()
    """Columns that only rows of variants fill."""

    @property
    def scattered(self) -> bool:
        """Whether variants may stand anywhere in the files."""
        return self.group is not None and bool(self.group.names)

    def apply(self, row: Columns[str, Any]) -> dict[str, Any]:
        """A product's row under our names."""
        # A column of ours that the mapping does not speak of must not slip in under our name.
        rest = {
            name: value
            for name, value in row.items()
            if name not in self.used and name not in FIELDS
        }
        return rest | self.defaults | _filled(self.fields, row)

    def variant(self, row: Columns[str, Any], product: Columns[str, Any]) -> dict[str, Any]:
        """A variant's row under our names; only the product's row may name the attributes."""
        named = self.variants["attributes"].named if "attributes" in self.variants else ()
        return _filled(self.variants, {name: product.get(name) for name in named} | dict(row))

    def is_variant(self, row: Columns[str, Any]) -> bool:
        """Whether the row of a group fills a column that is a variant's alone."""
        return any(row.get(column) not in (None, "") for column in self.telling)

    def left_out(self, row: Columns[str, Any]) -> str:
        """Why the row is not for sale; "" where it is."""
        return next((why for why, holds in self.leave_out.items() if holds(row)), "")

    def rename(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with other spellings of columns under the mapping's own."""
        for other, ours in self.spellings.items():
            if other in row and row.get(ours) in (None, ""):
                row[ours] = row.pop(other)
        return row

    def lacking(self, columns: frozenset[str]) -> dict[str, str]:
        """Our fields that no column of a file gives, each with the columns looked for."""
        known = columns | {ours for other, ours in self.spellings.items() if other in columns}
        sources = self._sources()
        return {
            name: " or ".join(map(repr, self._spelled(source)))
            for name, source in sources.items()
            if not source.found_in(known) and name not in self.defaults
        }

    def requires(self, name: str) -> bool:
        """Whether there is no product without this field, as `lacking` names it."""
        if self.group is None or self.scattered:
            return name in _REQUIRED
        return name in ("id", "title", "variants.id", "variants.price", "group")

    def _sources(self) -> dict[str, Source]:
        sources = {name: source for name, source in self.fields.items() if source.columns}
        sources |= {f"variants.{name}": source for name, source in self.variants.items()}
        return sources | ({"group": self.group.by} if self.group else {})

    def _spelled(self, source: Source) -> list[str]:
        wanted = list(dict.fromkeys(source.columns))[:_NAMED_COLUMNS]
        return [*wanted, *(other for other, ours in self.spellings.items() if ours in wanted)]


def load_mapping(file: Path, *, today: date | None = None) -> Mapping:
    """Read and check a mapping file. Raises CatalogueError with what is wrong in it.

    `today` decides which sale prices hold; default the day in UTC.
    """
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
    try:
        return _compile(content, today or datetime.now(UTC).date())
    except Faulty as error:
        raise CatalogueError(f"{file}: {error}") from error


def _compile(content: dict[str, Any], today: date) -> Mapping:
    defaults = _table(content, "defaults", FIELDS)
    reader = Reader(_values(content), str(content.get("decimal") or "."), today)
    fields = _sources(reader, content, "fields", FIELDS)
    variants = _sources(reader, content, "variants", _VARIANT_FIELDS)
    group = _group(reader, content)
    if bool(variants) != bool(group) or (variants and "id" not in variants):
        raise Faulty("variants: needs an `id`, and `group:` beside it")
    for name in _REQUIRED if not variants else _REQUIRED[:2]:
        if name not in fields and name not in defaults:
            raise Faulty(f"fields: {name} is missing")
    conditions: dict[str, Condition] = {}
    used = [name for source in (*fields.values(), *variants.values()) for name in source.used]
    for why, wanted in _table(content, "leave_out").items():
        conditions[str(why)], columns = reader.condition(f"leave_out.{why}", wanted)
        used += columns
    if group:
        used += [name for source in (group.by, *group.names) for name in source.used]
    used += map(str, _list(content, "ignore"))
    of_group = group.by.columns if group else ()
    told = dict.fromkeys(column for source in variants.values() for column in source.columns)
    return Mapping(
        fields,
        defaults,
        _spellings(content),
        conditions,
        variants,
        group,
        frozenset(used),
        tuple(column for column in told if column not in of_group),
    )


def _sources(
    reader: Reader, content: dict[str, Any], part: str, known: frozenset[str]
) -> dict[str, Source]:
    table = _table(content, part, known)
    return {name: reader.source(f"{part}: {name}", theirs) for name, theirs in table.items()}


def _group(reader: Reader, content: dict[str, Any]) -> Grouping | None:
    table = _table(content, "group", _GROUP_KEYS)
    if not table:
        return None
    by = reader.source("group: by", table.get("by"))
    names = [reader.source("group: names", name) for name in _list(table, "names")]
    return Grouping(by, tuple(names))


def _spellings(content: dict[str, Any]) -> dict[str, str]:
    columns = _table(content, "columns")
    return {str(other): str(ours) for ours in columns for other in _list(columns, ours)}


def _values(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    tables = _table(content, "values")
    return {
        str(name): {str(old): new for old, new in _table(tables, name).items()} for name in tables
    }


def _table(
    content: dict[str, Any], part: str, known: frozenset[str] | None = None
) -> dict[str, Any]:
    table = content.get(part) or {}
    if not isinstance(table, dict):
        raise Faulty(f"{part}: must be a table")
    unknown = [name for name in table if known is not None and name not in known]
    if known is not None and unknown:
        raise Faulty(f"{part}: {unknown[0]!r} is no field of ours; use {', '.join(sorted(known))}")
    return table


def _list(content: dict[str, Any], part: str) -> list[Any]:
    items = content.get(part) or []
    if not isinstance(items, list):
        raise Faulty(f"{part}: must be a list")
    return items


def _filled(sources: dict[str, Source], row: Columns[str, Any]) -> dict[str, Any]:
    values = ((name, source.take(row)) for name, source in sources.items())
    return {name: value for name, value in values if value not in (None, "", {}, [])}


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
