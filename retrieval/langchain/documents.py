"""A product as a LangChain document, and a document as a product.

A document that was added comes back word for word: the product that it became keeps it whole, as
JSON, under `RECORD` in its `extra`. What of its metadata a product has a field for also fills that
field, so that filters and the shop's cards see it.
"""

import hashlib
import json
from typing import Any

from langchain_core.documents import Document

from retrieval.catalogue import FIELDS, Product, in_language
from retrieval.errors import CatalogueError
from retrieval.inputs.parsing import parse_product

RECORD = "langchain_document"

_FROM_METADATA = FIELDS - {"id", "title", "description", "variants"}


def to_document(product: Product, lang: str) -> Document:
    """The document that was added under this id, else the product in `lang`.

    The text of a product is its title, and its description below.
    """
    if RECORD in product.extra:
        return Document(id=product.id, **json.loads(product.extra[RECORD]))
    title = in_language(product.title, lang)
    description = in_language(product.description, lang)
    return Document(
        id=product.id,
        page_content=f"{title}\n{description}" if description else title,
        metadata={
            "id": product.id,
            "title": title,
            "brand": product.brand,
            "category": in_language(product.category, lang),
            "price": str(product.price),
            "currency": product.currency,
            "stock": product.stock,
            "rating": product.rating,
            "attributes": {
                name: in_language(text, lang) for name, text in product.attributes.items()
            },
        },
    )


def to_product(document: Document, name: str | None = None) -> Product:
    """The product that a document becomes, under the id `name`, else its own, else a generated one.

    A generated id follows from text and metadata: the same document again is the same product.
    Metadata that cannot be read as the field of its name does not fill it. Raises CatalogueError
    for an id that no product can have, or for metadata that is not JSON.
    """
    record = _record(document)
    row = {key: document.metadata[key] for key in _FROM_METADATA & document.metadata.keys()}
    row |= _texts(document)
    row |= {"id": name or document.id or _generated(record), RECORD: record}
    return _parse(row)


def _texts(document: Document) -> dict[str, str]:
    text, title = document.page_content, document.metadata.get("title")
    if isinstance(title, str) and title and text.startswith(f"{title}\n"):
        return {"title": title, "description": text.removeprefix(f"{title}\n")}
    # Another title names the file that the text was cut from, not the text.
    return {"title": text}


def _parse(row: dict[str, Any]) -> Product:
    product, faults = parse_product({"title": row["id"], "price": "0"} | row)
    if product is not None:
        return product
    wrong = {field: message for field, message, kept in faults if not kept}
    usable = {key: value for key, value in row.items() if key not in wrong}
    if "id" in wrong or len(usable) == len(row):
        raise CatalogueError(f"document {row['id']!r} cannot be added: {wrong}")
    return _parse(usable)


def _record(document: Document) -> str:
    content = {"page_content": document.page_content, "metadata": document.metadata}
    try:
        # ASCII without control characters, which cleaning would take out of a text.
        record = json.dumps(content).replace("\x7f", "\\u007f")
        why = "" if json.loads(record) == content else "it would come back as something else"
    except (TypeError, ValueError) as error:
        why = str(error)
    if why:
        raise CatalogueError(
            f"document {document.id or document.page_content[:40]!r} cannot be added: its metadata "
            f"is not JSON ({why}); use texts, numbers, true, false, null, lists and text keys"
        )
    return record


def _generated(record: str) -> str:
    canonical = json.dumps(json.loads(record), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
