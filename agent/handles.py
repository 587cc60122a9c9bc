"""Short names for products within one session: P1, P2, … Small models copy long ids badly."""

import re

_HANDLE = re.compile(r"\s*#?p\s*(\d{1,4})\s*", re.IGNORECASE)


class Handles:
    """Product ids in the order in which this session has shown them."""

    def __init__(self, product_ids: list[str] | None = None) -> None:
        self.product_ids: list[str] = list(product_ids or [])

    def of(self, product_id: str) -> str:
        """The handle of a product, new where it has none yet."""
        if product_id not in self.product_ids:
            self.product_ids.append(product_id)
        return f"P{self.product_ids.index(product_id) + 1}"

    def resolve(self, text: str) -> str | None:
        """The product id behind a handle ("P2", "p 2") or an id already shown; else None."""
        if (match := _HANDLE.fullmatch(text)) and 0 < int(match[1]) <= len(self.product_ids):
            return self.product_ids[int(match[1]) - 1]
        return text.strip() if text.strip() in self.product_ids else None
