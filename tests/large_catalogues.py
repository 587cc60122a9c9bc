"""Catalogues of any size written row by row, in every format that is read."""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_TEXT = "A mug that holds 0.3 l of tea and keeps it warm. 一只保温的杯子，容量三百毫升。 " * 14
_WOO = ["ID", "Type", "SKU", "Name", "Published", "Description", "In stock?", "Stock"]
_WOO += ["Regular price", "Parent", "Attribute 1 name", "Attribute 1 value(s)"]


def write_jsonl(path: Path, size: int) -> int:
    """Write about `size` bytes (before compression, where the name ends in .gz); the products."""
    count = 0
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as file:
        while size > 0:
            line = json.dumps(_product(count), ensure_ascii=False).encode() + b"\n"
            file.write(line)
            size, count = size - len(line), count + 1
    return count


def write_parquet(path: Path, size: int) -> int:
    """One row group, the hardest kind to stream."""
    schema = pa.schema([(name, pa.string()) for name in _product(0)])
    count = size // len(_product(0)["description"].encode())
    writer = pq.ParquetWriter(path, schema, compression="none", use_dictionary=False)
    with writer:
        rows = (_product(n) for n in range(count))
        while chunk := list(islice(rows, 1000)):
            writer.write_table(pa.Table.from_pylist(chunk, schema), row_group_size=count)
    return count


def write_shopify(path: Path, size: int) -> int:
    """Three variants and a picture a product."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*next(_shopify_rows(0)), "Image Src"])
        writer.writeheader()
        while count % 100 or file.tell() < size:
            writer.writerows(_shopify_rows(count))
            count += 1
    return count


def write_woocommerce(path: Path, size: int) -> int:
    """All products first, then a variation of each: as far apart as can be."""
    count = size // 1460
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_WOO)
        for n in range(count):
            writer.writerow(
                [n, "variable", f"P{n}", f"Mug {n}", 1, _html(n), 1, "", "", "", "", ""]
            )
        for n in range(count):
            more = [f"P{n}-R", "", 1, "", 1, 3, "9.50", f"P{n}", "Color", "Red"]
            writer.writerow([n + count, "variation", *more])
    return count


def _shopify_rows(n: int) -> Iterator[dict[str, Any]]:
    first = {"Title": f"Mug {n}", "Body (HTML)": _html(n), "Vendor": "Coppervale", "Tags": "tea"}
    first |= {"Published": "true", "Status": "active", "Option1 Name": "Size"}
    for size in "SML":
        more: dict[str, Any] = {"Option1 Value": size, "Variant SKU": f"M{n}-{size}"}
        more |= {"Variant Grams": 350, "Variant Inventory Tracker": "shopify"}
        more |= {"Variant Inventory Qty": n % 9, "Variant Price": "12.50"}
        yield {"Handle": f"mug-{n}"} | more | first
        first = {}
    yield {"Handle": f"mug-{n}", "Image Src": f"https://shop.example/{n}.jpg"}


def _html(n: int) -> str:
    return f"<p>Number {n}. {_TEXT}</p>"


def _product(n: int) -> dict[str, Any]:
    return {
        "id": f"mug-{n}",
        "title": f"Mug {n} 杯子",
        "price": "12.50",
        "description": f"Number {n}. {_TEXT}",
    }


def exhaust(items: Iterable[object]) -> int:
    """How many there are; none is kept."""
    return sum(1 for _ in items)
