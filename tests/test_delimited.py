"""Damaged tables: what is wrong is said with its line, the rows around it are kept."""

import gzip
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.settings import CHECKOUT
from retrieval.catalogue import Catalogue, Product, read_catalogue, read_whole
from retrieval.errors import CatalogueError
from retrieval.inputs.delimited import read_records
from retrieval.inputs.mapping import load_mapping

MAPPINGS = CHECKOUT / "data" / "mappings"
OPEN_QUOTE = "broken CSV: a quote is opened and never closed"
TEXT_BEHIND = "broken CSV: text behind a closing quote; a quote inside a cell is written twice"


def records(text: str) -> list[tuple[int, list[str] | str]]:
    lines = enumerate(text.splitlines(keepends=True), 1)
    return list(read_records(iter(lines), ","))


def read(file: Path, content: bytes) -> Catalogue:
    file.write_bytes(content)
    return read_whole(read_catalogue(file))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a,"b\nc"\nd,e\n', [(1, ["a", "b\nc"]), (3, ["d", "e"])]),
        ('a,"b\nc,d\ne,f', [(1, OPEN_QUOTE), (2, ["c", "d"]), (3, ["e", "f"])]),
        ('a,"b" c\nd,e\n', [(1, TEXT_BEHIND), (2, ["d", "e"])]),
        ('a,"b\nc,"d"\ne,f\n', [(1, TEXT_BEHIND), (2, ["c", "d"]), (3, ["e", "f"])]),
        ('a,5" pipe\n', [(1, ["a", '5" pipe'])]),
    ],
)
def test_a_bad_quote_costs_its_own_line(
    text: str, expected: list[tuple[int, list[str] | str]]
) -> None:
    assert records(text) == expected


def test_a_carriage_return_inside_a_line_costs_that_line() -> None:
    (_, fault), good = read_records(iter([(1, "a\rb,c\n"), (2, "d,e\n")]), ",")
    assert str(fault).startswith("broken CSV: a carriage return that ends no line")
    assert good == (2, ["d", "e"])


def test_an_open_quote_does_not_swallow_a_long_file() -> None:
    rows = "".join(f"{n},{'x' * 90}\n" for n in range(3000))
    found = records('lost,"here\n' + rows)
    assert found[0] == (1, "broken CSV: a cell of over 131,072 characters")
    assert found[1:] == [(n + 2, [str(n), "x" * 90]) for n in range(3000)]


def test_every_damage_of_a_table(tmp_path: Path) -> None:
    catalogue = read(
        tmp_path / "shop.csv",
        b"\xef\xbb\xbfid,title,price\r\n"
        b"a,Mug,1.00\r\n"
        b"b,Cup\r\n"
        b"c,Jug,2.00,3\r\n"
        b'd,"Open,4.00\r\n'
        b"e,caf\xe9,5.00\r\n"
        b"f,\xb1\xad\xd7\xd3,6.00\r\n"
        b"\r\n"
        b"g,\xe6\x9d\xaf\xe5\xad\x90,7.00\r\n",
    )
    assert catalogue.products == [
        Product(id="a", title={"": "Mug"}, price=Decimal("1.00")),
        Product(id="g", title={"": "杯子"}, price=Decimal("7.00")),
    ]
    assert [str(problem) for problem in catalogue.problems] == [
        "shop.csv:3: has 2 cells, the first line names 3 columns",
        "shop.csv:4: has 4 cells, the first line names 3 columns",
        f"shop.csv:5: {OPEN_QUOTE}",
        "shop.csv:6: title: is not UTF-8 (0xe9); save the file as UTF-8",
        "shop.csv:7: title: is not UTF-8 (0xb1); save the file as UTF-8",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n", "the first line has no column names"),
        (b"id,title,\xb0\xb1\n", r"the first line is not UTF-8 \(0xb0\)"),
        (b'id,"title,price\n', "the first line is broken CSV: a quote is opened and never closed"),
        (b"id,title,price\ra,Mug,1\r", "the first line is broken CSV: a carriage return"),
        (
            b"sku,name,price,name.zh\n1,2,3,4\n",
            "no column for id: looked for 'id'; no column for title: looked for 'title'; the file "
            r"has 'name', 'name\.zh', 'price', 'sku'; a mapping \(--map\) says which",
        ),
    ],
)
def test_tables_that_cannot_be_read_at_all(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        read(tmp_path / "shop.csv", content)


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", b"id,title,price\n"), ("a.jsonl", b""), ("b.jsonl", b"\n\n")]
)
def test_a_file_without_rows_is_noted(tmp_path: Path, name: str, content: bytes) -> None:
    catalogue = read(tmp_path / name, content)
    assert [(str(p), p.kept) for p in catalogue.problems] == [(f"{name}: holds no rows", True)]


def test_a_damaged_archive_is_no_traceback(tmp_path: Path) -> None:
    rows = "".join(f"{n},Mug {n * n * 7919},1.00\n" for n in range(9999))
    whole = gzip.compress(f"id,title,price\n{rows}".encode())
    half = len(whole) // 2
    damaged = whole[:half] + bytes(20) + whole[half + 20 :]
    with pytest.raises(CatalogueError, match="cannot be read to its end"):
        read(tmp_path / "shop.csv.gz", damaged)


HEADS = {
    "": "id,title,price,variants,attributes.colour",
    "shopify": "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Status",
    "woocommerce": "ID,Type,SKU,Name,Published,Stock,Sale price,Regular price,Parent,Categories",
}
PLAIN = ["", "a", "b", "1", "-1", "9.50", "variation", "simple", "id:1", "杯", "a > b, c"]
ODD = ['"', '"x\ny"', "'", "NaN", "[1]", '"{""a"": 1}"', "\\,", "\x00", "\r", "1e999", "{", ";"]
cells = st.sampled_from([*PLAIN, *ODD, "Infinity", "\ud800"])
lines = st.lists(cells, min_size=1, max_size=11).map(",".join)


@pytest.mark.parametrize("name", HEADS)
@settings(deadline=None)
@given(st.lists(lines, max_size=8), st.binary(max_size=20))
def test_no_table_breaks_the_reader(name: str, rows: list[str], tail: bytes) -> None:
    text = "\n".join([HEADS[name], *rows])
    _read_garbage(name, text.encode("utf-8", "replace") + tail)


@settings(deadline=None)
@given(st.sampled_from([*HEADS]), st.binary(max_size=200))
def test_no_bytes_break_the_reader(name: str, content: bytes) -> None:
    _read_garbage(name, content)


def _read_garbage(name: str, content: bytes) -> None:
    mapping = load_mapping(MAPPINGS / f"{name}.yaml") if name else None
    with TemporaryDirectory() as folder:
        for suffix in ("csv", "jsonl", "csv.gz", "parquet"):
            file = Path(folder) / f"shop.{suffix}"
            file.write_bytes(content)
            try:
                catalogue = read_whole(read_catalogue(file, mapping))
            except CatalogueError:
                continue
            ids = [product.id for product in catalogue.products]
            assert len(ids) == len(set(ids))
