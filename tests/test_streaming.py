"""Catalogues far larger than memory should be: bounded growth, bounded reports, exact counts."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from large_catalogues import write_jsonl, write_parquet, write_shopify, write_woocommerce

from agent.settings import CHECKOUT
from retrieval.catalogue import Item, LeftOut, Problem, Product, read_catalogue
from retrieval.inputs.report import MOST_PROBLEMS, ReadReport
from retrieval.inputs.rows import Row
from retrieval.inputs.scratch import Scratch
from retrieval.inputs.seen import SeenIds

MIB = 2**20
FORMATS = {
    "shop.jsonl": (write_jsonl, ""),
    "shop.jsonl.gz": (write_jsonl, ""),
    "shop.parquet": (write_parquet, ""),
    "shopify.csv": (write_shopify, "shopify"),
    "woocommerce.csv": (write_woocommerce, "woocommerce"),
}
READ = """
import sys
from pathlib import Path
import pyarrow.parquet
from retrieval.catalogue import read_catalogue
from retrieval.inputs.mapping import load_mapping
from retrieval.inputs.report import ReadReport

def peak():
    # Not getrusage: its peak counts the parent's memory from before exec.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])

file, mapping, keep = sys.argv[1:]
mapping = load_mapping(Path(mapping)) if mapping else None
report, before = ReadReport(), peak()
products = report.sift(read_catalogue(Path(file), mapping))
kept = list(products) if keep else [None for product in products if not product.id]
print(report.products, report.bad_rows, peak() - before)
"""


def growth(file: Path, mapping: str, *, keep: bool = False) -> tuple[int, int, float]:
    """Products, bad rows, and by how many MiB a fresh process grew while reading."""
    path = str(CHECKOUT / "data" / "mappings" / f"{mapping}.yaml") if mapping else ""
    # Many threads would each keep an arena of their own, and the growth would vary.
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT), "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(file), path, "keep" if keep else ""],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    products, bad_rows, kib = map(int, done.stdout.split())
    return products, bad_rows, kib / 1024


@pytest.mark.integration
@pytest.mark.parametrize("name", FORMATS)
def test_sixty_megabytes_are_read_in_little_memory(tmp_path: Path, name: str) -> None:
    write, mapping = FORMATS[name]
    count = write(tmp_path / name, 60_000_000)
    products, bad_rows, grown = growth(tmp_path / name, mapping)
    assert (products, bad_rows) == (count, 0)
    assert grown < (60 if name.endswith("parquet") else 25)


def test_that_bound_would_notice_a_list(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "shop.jsonl", 60_000_000)
    *_, grown = growth(tmp_path / "shop.jsonl", "", keep=True)
    assert grown > 60


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FORMATS)
def test_two_gigabytes_are_read_in_little_memory(tmp_path: Path, name: str) -> None:
    """Beside the buffers only the table of ids grows, here to 5.4 million of them at most."""
    if shutil.disk_usage(tmp_path).free < 6 * 2**30:
        pytest.skip("needs 6 GB of disk")
    write, mapping = FORMATS[name]
    file = tmp_path / name
    count = write(file, 2 * 2**30)
    products, bad_rows, grown = growth(file, mapping)
    file.unlink()
    assert (products, bad_rows) == (count, 0)
    assert grown < 300


def test_a_report_counts_all_and_lists_the_first() -> None:
    def items() -> Iterator[Item]:
        for line in range(5000):
            yield Problem("shop.csv", line, "description", "HTML was removed", kept=True)
            yield Problem("shop.csv", line, "price", "is missing")
            yield Problem("shop.csv", line, "title", "is missing")
            yield LeftOut("shop.csv", line, "x", "draft" if line % 2 else "hidden")
        yield Product("a", {"": "Mug"}, Decimal(1))

    report = ReadReport()
    assert [product.id for product in report.sift(items())] == ["a"]
    assert (report.products, report.bad_rows, report.notices) == (1, 5000, 5000)
    assert report.left_out == {"draft": 2500, "hidden": 2500}
    assert len(report.bad) == MOST_PROBLEMS
    assert len(report.problems) == 2 * MOST_PROBLEMS
    assert report.unlisted == 15_000 - 2 * MOST_PROBLEMS
    assert report.bad[-1] == Problem("shop.csv", 499, "title", "is missing")
    assert json.dumps(report.as_dict())


def test_a_report_is_complete_when_the_products_are_exhausted(tmp_path: Path) -> None:
    file = tmp_path / "shop.jsonl"
    file.write_text('{"id": "a", "title": "Mug", "price": "1"}\n{"id": "b"}\n')
    report = ReadReport()
    products = report.sift(read_catalogue(file))
    assert (next(products).id, report.products, report.bad_rows) == ("a", 1, 0)
    assert next(products, None) is None
    assert (report.products, report.bad_rows) == (1, 1)


@settings(deadline=None)
@given(st.lists(st.text(max_size=3), max_size=3000))
def test_seen_ids_are_a_dict(names: list[str]) -> None:
    seen, known = SeenIds(), dict[str, str]()
    for line, name in enumerate(names):
        file = f"{line % 3}.csv"
        assert seen.place(name) == known.get(name, "")
        if name not in known:
            known[name] = f"{file}:{line}"
            seen.add(name, file, line)
    assert {name: seen.place(name) for name in known} == known


def test_seen_ids_take_less_than_fifty_bytes_each() -> None:
    seen = SeenIds()
    for n in range(200_000):
        seen.add(f"id-{n}", "a.csv", n)
    size = sum(len(column) * column.itemsize for column in (seen._codes, seen._places))
    assert size <= 200_000 * 48
    assert [seen.place(f"id-{n}") for n in (0, 199_999, 200_000)] == ["a.csv:0", "a.csv:199999", ""]


def test_scratch_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    scratch = Scratch()
    rows = ((f"p{n % 7}", _row(n)) for n in range(20_000))
    scratch.fill(rows)
    assert [row.line for row in scratch.take(["p3", "none"])] == list(range(3, 20_000, 7))
    assert list(scratch.take(["p3"])) == []
    assert {name for name, _ in scratch.rest()} == {"p0", "p1", "p2", "p4", "p5", "p6"}
    assert list(tmp_path.iterdir()) == []
    scratch.close()


def _row(n: int) -> Row:
    return Row("shop.csv", n, {"text": "杯" * 500})
