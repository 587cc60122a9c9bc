"""What a product is, and how a catalogue is read: good rows kept, each bad one reported.

A catalogue is JSONL, CSV or Parquet in the shape of DESIGN section 5, or in a shop's own columns
with a `Mapping`. `read_catalogue` streams; `read_whole` collects, `ReadReport.sift` counts.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

_encode = json.JSONEncoder(ensure_ascii=False).encode

if TYPE_CHECKING:
    from retrieval.inputs.mapping import Mapping
    from retrieval.inputs.rows import Row
    from retrieval.inputs.seen import SeenIds

Local = dict[str, str]
"""A text by language ("en", "zh"); the key "" is a source's one unnamed language."""


def local(value: str | dict[str, str]) -> Local:
    """A plain string as a text of one unnamed language; a dict by language as it is."""
    return {"": value} if isinstance(value, str) else dict(value)


def in_language(text: Local, lang: str) -> str:
    """The text in `lang`, else in the unnamed language, else in whichever there is, else ""."""
    return text.get(lang) or text.get("") or next((part for part in text.values() if part), "")


@dataclass(frozen=True, slots=True)
class Variant:
    """One buyable form of a product; `price` in major units of the product's currency.

    `stock` None: the shop does not count it.
    """

    id: str
    attributes: dict[str, Local]
    price: Decimal
    stock: int | None


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `stock` None: the shop does not count it. `extra`: fields we do not know."""

    id: str
    title: Local
    price: Decimal
    description: Local = field(default_factory=dict)
    category: Local = field(default_factory=dict)
    brand: str = ""
    currency: str = "USD"
    stock: int | None = None
    attributes: dict[str, Local] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    rating: float | None = None
    review_count: int = 0
    image_url: str = ""
    url: str = ""
    updated_at: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    _digest: str = field(default="", init=False, repr=False, compare=False)

    @property
    def digest(self) -> str:
        """SHA-256 of `product_line`, computed once: by it a product is known to be unchanged."""
        if not self._digest:
            object.__setattr__(self, "_digest", hashlib.sha256(product_line(self)).hexdigest())
        return self._digest


FIELDS = frozenset(f.name for f in fields(Product) if f.init) - {"extra"}
"""The names of a product's fields."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one row. `kept`: only a notice, the row was kept."""

    file: str
    line: int
    field: str
    message: str
    kept: bool = False

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return (
            f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"
        )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A product or variant that is no fault but not for sale, as the mapping's `leave_out` says."""

    file: str
    line: int
    id: str
    reason: str


Item = Product | Problem | LeftOut


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A whole catalogue: its good products in order, and everything that was reported."""

    products: list[Product]
    problems: list[Problem]
    left_out: list[LeftOut]

    @property
    def dropped(self) -> int:
        """How many rows were not kept."""
        return len({(p.file, p.line) for p in self.problems if not p.kept})


def read_catalogue(path: Path | Sequence[Path], mapping: "Mapping | None" = None) -> Iterator[Item]:
    """Stream the products of files (a folder stands for all catalogue files in it).

    Ids are unique over all the files: a product or variant whose id came before is a `Problem`.
    Memory stays bounded but for 24 to 48 bytes an id; `ReadReport.sift` makes it a stream of
    products alone. Raises CatalogueError for a file that cannot be read at all.
    """
    from retrieval.inputs.grouping import read_groups
    from retrieval.inputs.rows import rows_of
    from retrieval.inputs.seen import SeenIds
    from retrieval.inputs.sources import catalogue_files

    files = catalogue_files([path] if isinstance(path, Path) else path)
    if mapping is not None and mapping.group is not None:
        yield from read_groups(files, mapping, mapping.group)
        return
    seen = SeenIds()
    for row in rows_of(files, mapping):
        yield from [row] if isinstance(row, Problem) else _read_row(row, mapping, seen)


def read_whole(items: Iterable[Item]) -> Catalogue:
    """Collect what `read_catalogue` yields."""
    catalogue = Catalogue([], [], [])
    for item in items:
        match item:
            case Product():
                catalogue.products.append(item)
            case Problem():
                catalogue.problems.append(item)
            case LeftOut():
                catalogue.left_out.append(item)
    return catalogue


def _read_row(row: "Row", mapping: "Mapping | None", seen: "SeenIds") -> Iterator[Item]:
    from retrieval.inputs.parsing import parse_product

    data = row.data if mapping is None else mapping.apply(row.data)
    if mapping is not None and (reason := mapping.left_out(row.data)):
        yield LeftOut(row.file, row.line, str(data.get("id", "")), reason)
        return
    product, faults = parse_product(data)
    for fault in faults:
        yield row.problem(*fault)
    if product is None:
        return
    if repeated := _repeated(product, seen):
        yield row.problem("id", repeated)
        return
    for name in {product.id, *(variant.id for variant in product.variants)}:
        seen.add(name, row.file, row.line)
    yield product


def _repeated(product: Product, seen: "SeenIds") -> str:
    own = {product.id}
    for variant in product.variants:
        # A one-variant product may share its id with its variant.
        if variant.id in own and (variant.id != product.id or len(product.variants) > 1):
            return f"variant id {variant.id!r} occurs twice in this product"
        own.add(variant.id)
    return next((given for name in sorted(own) if (given := given_before(name, seen))), "")


def given_before(name: str, seen: "SeenIds") -> str:
    """What is wrong with an id that came before; "" for a new one."""
    place = seen.place(name)
    return f"id {name!r} was already given at {place}; ids must be unique" if place else ""


def product_row(product: Product) -> dict[str, Any]:
    """The product as one JSON object of DESIGN section 5; reading it gives an equal product."""
    row = dict(product.extra)
    row |= {"id": product.id, "title": product.title, "price": str(product.price)}
    row |= {"currency": product.currency, "description": product.description}
    row |= {"category": product.category, "brand": product.brand, "stock": product.stock}
    row |= {
        "attributes": product.attributes,
        "variants": [_variant_row(v) for v in product.variants],
    }
    row |= {"rating": product.rating, "review_count": product.review_count}
    row |= {"image_url": product.image_url, "url": product.url, "updated_at": product.updated_at}
    return row


def product_of(row: dict[str, Any]) -> Product:
    """The product whose `product_row` this is, taken on trust: for files that are ours."""
    variants = tuple(Variant(**v | {"price": Decimal(v["price"])}) for v in row["variants"])
    known = {name: row[name] for name in FIELDS}
    known |= {"price": Decimal(row["price"]), "variants": variants}
    return Product(**known, extra={k: v for k, v in row.items() if k not in FIELDS})


def product_line(product: Product) -> bytes:
    """The product's row as a line of JSONL."""
    return _encode(product_row(product)).encode() + b"\n"


def _variant_row(variant: Variant) -> dict[str, Any]:
    return {
        "id": variant.id,
        "attributes": variant.attributes,
        "price": str(variant.price),
        "stock": variant.stock,
    }
