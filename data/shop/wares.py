"""What the sample shop's customers can buy, and sums of it in cents."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parcels import both

# Variant attributes that follow from another option and are left out of an order line.
DERIVED = {"weight", "caffeine", "field_of_view", "linear_size", "dimensions"}
DERIVED |= {"power_draw", "brightness"}


@dataclass(frozen=True)
class Variant:
    """One buyable form, with the line's texts. `price` is cents."""

    id: str
    product_id: str
    title: dict[str, str]
    options: dict[str, str]
    price: int
    stock: int
    ground_only: bool


def counted(key: str, value: Any) -> Any:
    """A bare number of pieces with its word; any other value as it is."""
    if key in ("pieces", "pack_size") and str(value).isdigit():
        return {"en": f"{value} pieces", "zh": f"{value} 件"}
    return value


def cents(amount: str) -> int:
    """ "12.50" -> 1250, without a float on the way."""
    whole, _, fraction = amount.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


def amount(minor: int) -> str:
    """1250 -> "12.50"."""
    return f"{minor // 100}.{minor % 100:02d}"


def read_variants(folder: Path) -> list[Variant]:
    """Every variant of every product, in the order of the files."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.jsonl"))]
    lines = [line for text in texts for line in text.splitlines()]
    return [variant for line in lines for variant in variants_of(json.loads(line))]


def variants_of(product: dict[str, Any]) -> Iterable[Variant]:
    """The variants of one product record."""
    attributes = product["attributes"]
    for variant in product["variants"]:
        yield Variant(
            variant["id"],
            product["id"],
            product["title"],
            options_of(variant["attributes"]),
            cents(variant["price"]),
            variant["stock"],
            "ground" in str(attributes.get("shipping")) or attributes.get("air_travel") is not None,
        )


def options_of(attributes: dict[str, Any]) -> dict[str, str]:
    """What the shopper chose, on one line for each language."""
    chosen = [counted(key, value) for key, value in attributes.items() if key not in DERIVED]
    words = [value if isinstance(value, dict) else both((value, value)) for value in chosen]
    return {"en": ", ".join(w["en"] for w in words), "zh": "，".join(w["zh"] for w in words)}


def total_of(lines: list[dict[str, Any]]) -> int:
    """The sum of the lines in cents."""
    return sum(cents(line["unit_price"]) * int(line["quantity"]) for line in lines)
