"""Products that several rows make: rows that stand together, or variants anywhere in the files.

Of a product's variants the good ones are kept, each bad one is reported; the product stays where
one good variant remains.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from retrieval.catalogue import Item, LeftOut, Local, Problem, Product, Variant, given_before
from retrieval.inputs.mapping import Grouping, Mapping
from retrieval.inputs.parsing import parse_product, parse_variant, total_stock
from retrieval.inputs.rows import Row, rows_of
from retrieval.inputs.scratch import Scratch
from retrieval.inputs.seen import SeenIds

MOST_ROWS = 10_000
"""Of one product; what is beyond them is no product that anybody sells, and fills the memory."""


def read_groups(files: Sequence[Path], mapping: Mapping, group: Grouping) -> Iterator[Item]:
    """The products of files whose rows `group` brings together."""
    seen = SeenIds()
    if group.names:
        yield from _read_scattered(files, mapping, group, seen)
    else:
        yield from _read_together(files, mapping, group, seen)


def _read_together(
    files: Sequence[Path], mapping: Mapping, group: Grouping, seen: SeenIds
) -> Iterator[Item]:
    key, rows = "", list[Row]()
    for row in rows_of(files, mapping):
        if isinstance(row, Problem):
            yield row
            continue
        name = group.key(row.data)
        if name and name == key:
            if len(rows) < MOST_ROWS:
                rows.append(row)
            else:
                yield row.problem("", _too_many(f"{rows[0].file}:{rows[0].line}"))
            continue
        yield from _merge(rows, mapping, seen)
        key, rows = name, [row] if name else []
        if not name:
            yield row.problem(" or ".join(group.by.columns), "is missing")
    yield from _merge(rows, mapping, seen)


def _merge(rows: list[Row], mapping: Mapping, seen: SeenIds) -> Iterator[Item]:
    if not rows:
        return
    data: dict[str, Any] = {}
    for row in rows:
        for column, value in row.data.items():
            if value not in (None, "") and column not in data:
                data[column] = value
    variants = [row for row in rows if mapping.is_variant(row.data)]
    yield from _assemble(Row(rows[0].file, rows[0].line, data), variants, mapping, seen)


def _read_scattered(
    files: Sequence[Path], mapping: Mapping, group: Grouping, seen: SeenIds
) -> Iterator[Item]:
    """Twice over the files: first the variants go to disk, then each product fetches its own."""
    with closing(Scratch()) as scratch:
        scratch.fill(_variants(files, mapping, group))
        for row in rows_of(files, mapping):
            if isinstance(row, Problem):
                yield row
            elif not group.key(row.data):
                variants = scratch.take(group.names_of(row.data))
                yield from _assemble(row, variants, mapping, seen)
        for name, row in scratch.rest():
            where = " or ".join(group.by.columns)
            yield row.problem(where, f"there is no product {name!r} that this is a variant of")


def _variants(
    files: Sequence[Path], mapping: Mapping, group: Grouping
) -> Iterator[tuple[str, Row]]:
    for row in rows_of(files, mapping):
        if isinstance(row, Row) and (name := group.key(row.data)):
            yield name, row


def _assemble(row: Row, rows: Iterable[Row], mapping: Mapping, seen: SeenIds) -> Iterator[Item]:
    """One product of its row and those of its variants, with all that is to be said of them."""
    family = _Family(row, mapping)
    for number, other in enumerate(rows):
        if number < MOST_ROWS:
            family.add(other)
        else:
            yield other.problem("", _too_many(f"{row.file}:{row.line}"))
    yield from family.items(seen)


class _Family:
    def __init__(self, row: Row, mapping: Mapping) -> None:
        self._row, self._mapping = row, mapping
        self._own = mapping.apply(row.data)
        self._reason = mapping.left_out(row.data)
        self._stated = 0
        self._good: list[tuple[Row, Variant]] = []
        self._reports: list[Problem | LeftOut] = []

    def add(self, row: Row) -> None:
        """Take a variant's row."""
        self._stated += 1
        if self._reason:
            return
        ours = self._mapping.variant(row.data, self._row.data)
        if reason := self._mapping.left_out(row.data):
            self._reports.append(LeftOut(row.file, row.line, str(ours.get("id", "")), reason))
            return
        variant, faults = parse_variant(ours, self._own.get("price"))
        self._reports += [row.problem(f"variants.{name}", why, kept) for name, why, kept in faults]
        if variant is not None:
            self._good.append((row, variant))

    def items(self, seen: SeenIds) -> Iterator[Item]:
        """The product, where there is one, behind everything that is reported, row by row."""
        id_ = str(self._own.get("id", ""))
        if self._reason:
            yield LeftOut(self._row.file, self._row.line, id_, self._reason)
            return
        if repeated := given_before(id_, seen):
            together = "" if self._mapping.scattered else "; the rows of a product stand together"
            yield self._row.problem("id", repeated + together)
            return
        product = self._product(seen)
        yield from sorted(self._reports, key=lambda report: (report.file, report.line))
        if product is not None:
            yield product

    def _product(self, seen: SeenIds) -> Product | None:
        price = self._own.get("price", min((v.price for _, v in self._good), default=Decimal(0)))
        priced = self._own if not self._stated else self._own | {"price": price}
        product, faults = parse_product(priced)
        self._reports += [self._row.problem(*fault) for fault in faults]
        if product is None:
            return None
        seen.add(product.id, self._row.file, self._row.line)
        variants = self._distinct(product.id, seen)
        if variants or not self._stated:
            return _whole(product, variants)
        out = [report for report in self._reports if isinstance(report, LeftOut)]
        if len(out) == self._stated:
            place = self._row
            self._reports.append(LeftOut(place.file, place.line, product.id, out[0].reason))
        else:
            why = "no variant of it can be used"
            self._reports.append(self._row.problem("variants", why))
        return None

    def _distinct(self, product_id: str, seen: SeenIds) -> list[Variant]:
        """The variants whose ids are new; one alone may be called like its product."""
        variants = []
        for row, variant in self._good:
            if variant.id != product_id or len(self._good) > 1:
                if repeated := given_before(variant.id, seen):
                    self._reports.append(row.problem("variants.id", repeated))
                    continue
                seen.add(variant.id, row.file, row.line)
            variants.append(variant)
        return variants


def _whole(product: Product, variants: list[Variant]) -> Product:
    """The product with its variants, which share their price, stock and common attributes.

    It costs what the cheapest costs. What all variants state alike is the product's; one variant
    of which nothing else is left is the product itself, and its id is the product's SKU.
    """
    if not variants:
        return product
    alike = {
        name: text
        for name, text in variants[0].attributes.items()
        if all(variant.attributes.get(name) == text for variant in variants)
    }
    own = [_without(variant.attributes, alike) for variant in variants]
    told_apart = set.intersection(*(set(attributes) for attributes in own))
    attributes = _without(product.attributes, told_apart) | alike
    counted = total_stock(variants)
    alone = len(variants) == 1 and not own[0]
    if alone and variants[0].id != product.id:
        attributes["SKU"] = {"": variants[0].id}
    return replace(
        product,
        price=min(variant.price for variant in variants),
        stock=product.stock if counted is None else counted,
        attributes=attributes,
        variants=()
        if alone
        else tuple(replace(v, attributes=a) for v, a in zip(variants, own, strict=True)),
    )


def _without(attributes: dict[str, Local], names: Container[str]) -> dict[str, Local]:
    return {name: text for name, text in attributes.items() if name not in names}


def _too_many(place: str) -> str:
    return f"the product at {place} has over {MOST_ROWS:,} rows; this one is left out"
