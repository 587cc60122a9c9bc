"""Gives lines the product of the catalogue that has their variant, where they name none of it.

Other shops' orders know a line's SKU, which here is a variant's id, and a product id of their own.
"""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.orders.batch import Batch
from agent.orders.crosscheck import chunks, existing
from agent.orders.formats import LineRecord, OrderRecord
from agent.orders.models import Product, Variant


def name_products(session: Session, batch: Batch) -> None:
    """Change the product ids of lines whose product is unknown and whose variant is one product's.

    To be called before the records are written; what was imported once stays as it is.
    """
    ids = {line.product_id for line in _lines(batch)}
    known = existing(session, Product.id, ids) | {product.id for product in batch.products}
    lost = [line for line in _lines(batch) if line.variant_id and line.product_id not in known]
    owners = _owners(session, batch, {str(line.variant_id) for line in lost})
    for line in lost:
        if len(found := owners[str(line.variant_id)]) == 1:
            (line.product_id,) = found


def _lines(batch: Batch) -> Iterator[LineRecord]:
    for entry in batch.entries:
        if isinstance(entry.record, OrderRecord):
            yield from entry.record.lines


def _owners(session: Session, batch: Batch, variant_ids: set[str]) -> defaultdict[str, set[str]]:
    """The products that have each of these variants."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for chunk in chunks(variant_ids):
        query = select(Variant.id, Variant.product_id).where(Variant.id.in_(chunk))
        for variant_id, product_id in session.execute(query):
            found[variant_id].add(product_id)
    for product in batch.products:
        for variant in product.variants:
            if variant.id in variant_ids:
                found[variant.id].add(product.id)
    return found
