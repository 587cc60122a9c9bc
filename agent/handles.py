"""Short names for products within one session: P1, P2, … Small models copy long ids badly."""

import re

_HANDLE = re.compile(r"#?p\s*(\d{1,4})", re.IGNORECASE)


class Handles:
    """Handle -> product id, in the order in which this session has shown the products."""

    def __init__(self, shown: dict[str, str] | None = None) -> None:
        self.shown: dict[str, str] = dict(shown or {})
        self._handle_of = {product_id: handle for handle, product_id in self.shown.items()}

    def of(self, product_id: str) -> str:
        """The handle of a product, new where it has none yet."""
        if product_id not in self._handle_of:
            handle = f"P{len(self.shown) + 1}"
            self.shown[handle] = product_id
            self._handle_of[product_id] = handle
        return self._handle_of[product_id]

    @staticmethod
    def is_handle(text: str) -> bool:
        """Whether a text has the form of a handle, shown or not."""
        return _HANDLE.fullmatch(text.strip()) is not None

    def resolve(self, text: str) -> str | None:
        """The product id behind a handle ("P2", "p 2") or an id already shown; else None."""
        text = text.strip()
        if match := _HANDLE.fullmatch(text):
            return self.shown.get(f"P{int(match[1])}")
        return text if text in self._handle_of else None
