"""The staff's views by name, and of each what it shows and which columns it reads of which table.

The same lists rule what the guard lets through, what SQLite's authorizer allows and what
PostgreSQL grants, so a column that is not here cannot be read on any way.
"""

VIEWS: dict[str, tuple[str, ...]] = {
    "products": ("id", "name", "brand", "category", "price", "stock"),
    "orders": ("id", "status", "placed_at", "total"),
    "order_items": ("order_id", "product_id", "qty", "unit_price"),
    "reviews": ("product_id", "stars", "created_at"),
    "returns": ("order_id", "reason", "status"),
}

READS: dict[str, frozenset[str]] = {
    "product": frozenset({"id", "title", "brand", "category", "price_minor", "currency", "stock"}),
    "order": frozenset({"id", "status", "placed_at", "currency"}),
    "order_line": frozenset({"order_id", "product_id", "quantity", "unit_price_minor"}),
    "after_sale": frozenset({"order_id", "reason"}),
    "review": frozenset({"product_id", "rating", "at"}),
}
"""The tables' columns that the views read: the whole of what the role may read."""


def in_words() -> str:
    """The views with their columns, as they are told to staff and to the model."""
    return ", ".join(f"{name}({', '.join(columns)})" for name, columns in VIEWS.items())
