"""The catalogue's rows in SQL: written whole as one version, compared, and read back."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from agent.clock import parse_time
from agent.orders.models import CatalogueVersion, Product, Variant
from agent.orders.money import to_decimal, to_minor
from agent.orders.undelivered import Moves, stock_moves
from retrieval import catalogue
from retrieval.errors import CatalogueError

Row = dict[str, Any]

_COLUMNS = [column.name for column in Product.__table__.columns if column.name != "position"]
_VARIANT_COLUMNS = ["id", "attributes", "price_minor", "stock"]
_CHUNK = 500
# A time relative to the import ("@-20d") moves with each import: that alone is no change.
_AGE = timedelta(days=1)


@dataclass(slots=True)
class Changes:
    """Rows of a new catalogue by what writing them does.

    `moved`: only their order differs, or how the source wrote them.
    """

    added: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    moved: list[Row] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    before: int = 0
    after: int = 0

    @property
    def unchanged(self) -> int:
        """Products that stay as they are."""
        return self.after - len(self.added) - len(self.changed)


def compare(
    session: Session,
    products: Sequence[catalogue.Product],
    now: datetime,
    *,
    as_of: datetime | None = None,
    own: Collection[str] = (),
) -> Changes:
    """What must be written to make `products` the catalogue. Raises CatalogueError.

    A product whose source is the one that its row was written from is not compared further, but
    for its prices and stocks, which are what others may write.

    Their stock is the shop's own count, stated at `as_of` (default `now`): what changes of orders
    have reserved or given back and the shop did not know then comes on top. The products in `own`
    were read from SQL themselves, and their stock stays as it is there.
    """
    marks = _marks(session)
    moves = stock_moves(session, as_of or now)
    moving = {product_id for product_id, _ in moves}
    changes = Changes(before=len(marks), after=len(products))
    doubtful: list[Row] = []
    for position, product in enumerate(products):
        mark = marks.pop(product.id, None)
        if mark is None:
            row = _row(product, now, position)
            _move_stock(row, moves)
            changes.added.append(row)
        elif product.id in moving or not mark.is_of(product):
            doubtful.append(_row(product, now, position))
        elif mark.position != position:
            changes.moved.append(_place(product.id, position, product.digest))
    for rows in _chunks(doubtful):
        stored = _stored(session, [row["id"] for row in rows])
        for row in rows:
            before = stored[row["id"]]
            if row["id"] in own:
                _keep_stock(row, before)
            else:
                _move_stock(row, moves)
            if _differs(before, row):
                changes.changed.append(row)
            else:
                changes.moved.append(_place(row["id"], row["position"], row["source_hash"]))
    changes.removed = list(marks)
    return changes


def write(session: Session, changes: Changes, version: str) -> None:
    """Write the changes; afterwards every product belongs to `version`, which is recorded."""
    for ids in _chunks(changes.removed):
        session.execute(delete(Variant).where(Variant.product_id.in_(ids)))
        session.execute(delete(Product).where(Product.id.in_(ids)))
    for ids in _chunks([row["id"] for row in changes.changed]):
        session.execute(delete(Variant).where(Variant.product_id.in_(ids)))
    for rows in _chunks(changes.added):
        session.execute(insert(Product), [_without_variants(row) for row in rows])
    for rows in _chunks(changes.changed):
        session.execute(update(Product), [_without_variants(row) for row in rows])
    for rows in _chunks(changes.moved):
        session.execute(update(Product), rows)
    for rows in _chunks([*changes.added, *changes.changed]):
        if variants := [variant for row in rows for variant in _variant_rows(row)]:
            session.execute(insert(Variant), variants)
    session.execute(update(Product).values(catalogue_version=version))


def record_version(
    session: Session, version: str, content_hash: str, count: int, now: datetime
) -> None:
    """Note that a catalogue version exists; again is the same as once."""
    if session.get(CatalogueVersion, version) is None:
        session.add(
            CatalogueVersion(
                id=version, created_at=now, product_count=count, content_hash=content_hash
            )
        )
        session.flush()


def recorded_version(session: Session) -> CatalogueVersion | None:
    """The version that the products in SQL are; None while there are none."""
    name = session.scalar(select(Product.catalogue_version).limit(1))
    return session.get(CatalogueVersion, name) if name else None


def stored_products(session: Session) -> list[catalogue.Product]:
    """The products in SQL, in catalogue order."""
    return [_product(row) for row in _stored(session).values()]


def as_catalogue(row: Product) -> catalogue.Product:
    """A row, its variants loaded, as the catalogue's product: what filters are held against."""
    columns = {name: getattr(row, name) for name in _COLUMNS}
    variants = [{name: getattr(v, name) for name in _VARIANT_COLUMNS} for v in row.variants]
    return _product(columns | {"variants": variants})


@dataclass(slots=True)
class _Mark:
    """By what a row is known to be a product's: what it was written from, and what it is sold at.

    `offers`: price in minor units and stock, of the product and of each variant in order.
    """

    position: int
    source_hash: str
    offers: list[tuple[int, int | None]]

    def is_of(self, product: catalogue.Product) -> bool:
        """Whether the row is as this product would be written. A relative time moves with now."""
        return (
            self.source_hash == product.digest
            and not product.updated_at.startswith("@")
            and self.offers == _offers(product)
        )


def _marks(session: Session) -> dict[str, _Mark]:
    own = select(
        Product.id, Product.position, Product.source_hash, Product.price_minor, Product.stock
    )
    marks = {
        name: _Mark(position, source, [(price, stock)])
        for name, position, source, price, stock in session.execute(own)
    }
    variants = select(Variant.product_id, Variant.price_minor, Variant.stock)
    for name, price, stock in session.execute(
        variants.order_by(Variant.product_id, Variant.position)
    ):
        marks[name].offers.append((price, stock))
    return marks


def _offers(product: catalogue.Product) -> list[tuple[int, int | None]]:
    sold: list[catalogue.Product | catalogue.Variant] = [product, *product.variants]
    return [(to_minor(offer.price, product.currency), offer.stock) for offer in sold]


def _stored(session: Session, ids: Sequence[str] | None = None) -> dict[str, Row]:
    """The rows of these products, by default of all, in catalogue order, with their variants."""
    columns = [*_COLUMNS, "position"]
    products = select(*(getattr(Product, name) for name in columns)).order_by(Product.position)
    variants = select(Variant.product_id, *(getattr(Variant, name) for name in _VARIANT_COLUMNS))
    if ids is not None:
        products = products.where(Product.id.in_(ids))
        variants = variants.where(Variant.product_id.in_(ids))
    rows = {row.id: dict(row._mapping) | {"variants": []} for row in session.execute(products)}
    for variant in session.execute(variants.order_by(Variant.product_id, Variant.position)):
        row = dict(variant._mapping)
        rows[row.pop("product_id")]["variants"].append(row)
    return rows


def _place(name: str, position: int, source: str) -> Row:
    return {"id": name, "position": position, "source_hash": source}


def _row(product: catalogue.Product, now: datetime, position: int) -> Row:
    try:
        (price, _), *offers = _offers(product)
    except ValueError as error:
        raise CatalogueError(
            f"product {product.id}: price in {product.currency}: {error}"
        ) from None
    return {
        "id": product.id,
        "title": product.title,
        "description": product.description,
        "category": product.category,
        "brand": product.brand,
        "price_minor": price,
        "currency": product.currency,
        "stock": product.stock,
        "attributes": product.attributes,
        "rating": product.rating,
        "review_count": product.review_count,
        "image_url": product.image_url,
        "url": product.url,
        "updated_at": parse_time(product.updated_at, now) if product.updated_at else None,
        "extra": product.extra,
        "position": position,
        "source_hash": product.digest,
        "variants": [
            {"id": v.id, "attributes": v.attributes, "price_minor": minor, "stock": stock}
            for v, (minor, stock) in zip(product.variants, offers, strict=True)
        ],
    }


def _product(row: Row) -> catalogue.Product:
    currency = row["currency"]
    variants = tuple(
        catalogue.Variant(
            id=variant["id"],
            attributes=variant["attributes"],
            price=to_decimal(variant["price_minor"], currency),
            stock=variant["stock"],
        )
        for variant in row["variants"]
    )
    same = {
        name: row[name]
        for name in _COLUMNS
        if name not in ("price_minor", "updated_at", "catalogue_version", "source_hash")
    }
    return catalogue.Product(
        **same,
        price=to_decimal(row["price_minor"], currency),
        variants=variants,
        updated_at=row["updated_at"].isoformat() if row["updated_at"] else "",
    )


def _differs(before: Row, after: Row) -> bool:
    for name, value in after.items():
        if name in ("position", "source_hash", "updated_at"):
            continue
        if before[name] != value:
            return True
    old, new = before["updated_at"], after["updated_at"]
    if old is None or new is None:
        return old is not new
    return bool(abs(old - new) >= _AGE)


def _move_stock(row: Row, moves: Moves) -> None:
    """What the shop does not know on top of its count, for each variant and for all together."""
    of_product = [move for move in moves.items() if move[0][0] == row["id"]]
    counted = {variant["id"]: variant for variant in row["variants"]}
    for (_, variant_id), change in of_product:
        for item in (row, counted.get(variant_id)):
            if item is not None and item["stock"] is not None:
                item["stock"] = max(item["stock"] + change, 0)


def _keep_stock(row: Row, before: Row) -> None:
    row["stock"] = before["stock"]
    counted = {variant["id"]: variant["stock"] for variant in before["variants"]}
    for variant in row["variants"]:
        variant["stock"] = counted.get(variant["id"], variant["stock"])


def _without_variants(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "variants"}


def _variant_rows(row: Row) -> Iterator[Row]:
    for position, variant in enumerate(row["variants"]):
        yield variant | {"product_id": row["id"], "position": position}


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Few enough at a time for the databases' limit on bound parameters."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
