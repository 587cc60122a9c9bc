"""Catalogues: formats, mappings, and every kind of bad row with its line and field."""

import gzip
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from catalogue_fixtures import small_catalogue
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.catalogue import Catalogue, in_language, product_row, read_catalogue, read_whole
from retrieval.errors import CatalogueError
from retrieval.inputs.mapping import load_mapping
from retrieval.inputs.parsing import parse_product
from retrieval.inputs.plaintext import has_html, strip_html

GOOD = {"id": "a", "title": "Mug", "price": "12.50"}


def read(path: Path | list[Path], mapping: Path | None = None) -> Catalogue:
    return read_whole(read_catalogue(path, load_mapping(mapping) if mapping else None))


def write_lines(path: Path, *rows: object) -> Path:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def test_language_falls_back() -> None:
    assert in_language({"en": "mug", "zh": "杯子"}, "zh") == "杯子"
    assert in_language({"en": "mug"}, "zh") == "mug"
    assert in_language({"": "mug", "en": "cup"}, "zh") == "mug"
    assert in_language({}, "zh") == ""


def test_product_survives_a_round_trip() -> None:
    for product in small_catalogue():
        again, faults = parse_product(json.loads(json.dumps(product_row(product))))
        assert (again, faults) == (product, [])


def test_unknown_fields_and_lists_are_kept() -> None:
    row = GOOD | {"category": ["Home", "Mugs"], "attributes": {"for": ["tea", "soup"], "n": 4.0}}
    product, faults = parse_product(row | {"promoted": True, "score": Decimal("1.5")})
    assert product is not None and faults == []
    assert product.category == {"": "Home > Mugs"}
    assert product.attributes == {"for": {"": "tea, soup"}, "n": {"": "4"}}
    assert product.extra == {"promoted": True, "score": 1.5}


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"id": None}, "id", "is missing"),
        ({"id": " a"}, "id", "' a' has white space around it or control characters in it"),
        ({"id": ["a"]}, "id", "['a'] is neither a text nor a whole number"),
        ({"title": {"en": " ", "zh": ""}}, "title", "is empty"),
        ({"title": 7}, "title", "7 is not a text, nor texts by language"),
        ({"price": None}, "price", "is missing"),
        ({"price": "-1.00"}, "price", "'-1.00' is negative"),
        ({"price": float("nan")}, "price", "nan is not a number"),
        ({"price": Decimal("Infinity")}, "price", "Infinity is not a number"),
        ({"price": "$12"}, "price", "'$12' is no decimal number such as 129.00"),
        ({"price": True}, "price", "True is no decimal number such as 129.00"),
        ({"price": "1e400"}, "price", "'1e400' is no decimal number such as 129.00"),
        ({"stock": 1.5}, "stock", "1.5 is no whole number from 0 up"),
        ({"stock": -1}, "stock", "-1 is no whole number from 0 up"),
        ({"rating": 7}, "rating", "7 is not between 0 and 5"),
        ({"currency": "dollars"}, "currency", "'dollars' is no currency code such as USD"),
        ({"attributes": "red"}, "attributes", "'red' is not an object of names and values"),
        ({"variants": {}}, "variants", "{} is not a list"),
        ({"variants": [{"id": "v", "price": "x"}]}, "variants[0].price", "'x' is no decimal"),
        ({"variants": ["v"]}, "variants[0]", "'v' is not an object"),
        ({"updated_at": "soon"}, "updated_at", "'soon' is no time; use ISO 8601 or '@-6d'"),
    ],
)
def test_each_wrong_field_is_named(change: dict[str, object], field: str, message: str) -> None:
    product, faults = parse_product(GOOD | change)
    assert product is None
    [(name, why, kept)] = faults
    assert (name, kept) == (field, False)
    assert why.startswith(message)


def test_bad_rows_are_reported_with_line_and_field_and_good_ones_kept(tmp_path: Path) -> None:
    file = write_lines(
        tmp_path / "shop.jsonl",
        GOOD,
        b'{"id": "b", "title": ',
        GOOD | {"id": "c", "price": None, "stock": "many"},
        b'{"id": "d", "title": "caf\xe9", "price": "1"}',
        GOOD,
        b"[1, 2]",
        b'{"id": "e", "title": "Cup", "price": NaN}',
        GOOD | {"id": "f", "title": "<b>Tea</b> &amp; cake<script>x()</script>"},
        b"",
        GOOD | {"id": "g", "variants": [{"id": "a"}]},
    )
    catalogue = read(file)
    assert [p.id for p in catalogue.products] == ["a", "f"]
    assert catalogue.products[1].title == {"": "Tea & cake"}
    assert catalogue.dropped == 7
    assert [str(problem) for problem in catalogue.problems] == [
        "shop.jsonl:2: broken JSON: Expecting value at column 21",
        "shop.jsonl:3: price: is missing",
        "shop.jsonl:3: stock: 'many' is no decimal number such as 129.00",
        "shop.jsonl:4: is not UTF-8 (0xe9 at byte 26); save the file as UTF-8",
        "shop.jsonl:5: id: id 'a' was already given at shop.jsonl:1; ids must be unique",
        "shop.jsonl:6: is not a JSON object",
        "shop.jsonl:7: price: nan is not a number",
        "shop.jsonl:8: title: HTML was removed",
        "shop.jsonl:10: id: id 'a' was already given at shop.jsonl:1; ids must be unique",
    ]


def test_ids_are_unique_over_all_files_of_a_folder(tmp_path: Path) -> None:
    write_lines(tmp_path / "1.jsonl", GOOD)
    (tmp_path / "2.jsonl.gz").write_bytes(gzip.compress(json.dumps(GOOD).encode()))
    (tmp_path / "notes.txt").write_text("not a catalogue")
    catalogue = read(tmp_path)
    assert len(catalogue.products) == 1
    assert "2.jsonl.gz:1: id: id 'a' was already given at 1.jsonl:1" in str(catalogue.problems[0])


def test_csv_with_objects_quotes_and_a_wrong_byte(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_bytes(
        "\ufeffid;title;title.zh;price;attributes.colour;variants\n"
        'a;"Big; red\nmug";大红杯;12.50;red;"[{""id"": ""a-1"", ""price"": 13, ""stock"": 2}]"\n'
        "b;Cup;;x;;\n"
        "c;only two\n".encode()
        + b"d;caf\xe9;;1;;\n"
    )
    catalogue = read(file)
    [mug] = catalogue.products
    assert mug.title == {"": "Big; red\nmug", "zh": "大红杯"}
    assert (mug.price, mug.stock, mug.variants[0].price) == (Decimal("12.50"), 2, Decimal(13))
    assert mug.attributes == {"colour": {"": "red"}}
    assert [str(problem) for problem in catalogue.problems] == [
        "shop.csv:4: price: 'x' is no decimal number such as 129.00",
        "shop.csv:5: has 2 cells, the first line names 6 columns",
        "shop.csv:6: title: is not UTF-8 (0xe9); save the file as UTF-8",
    ]


def test_parquet(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "title": {"en": "Mug", "zh": "杯子"}, "price": 46.85, "stock": 3},
        {"id": "b", "title": {"en": "Cup", "zh": None}, "price": None, "stock": None},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "shop.parquet")
    catalogue = read(tmp_path / "shop.parquet")
    [mug] = catalogue.products
    assert (mug.title, mug.price) == ({"en": "Mug", "zh": "杯子"}, Decimal("46.85"))
    assert [str(p) for p in catalogue.problems] == ["shop.parquet:2: price: is missing"]


def test_files_that_cannot_be_read_at_all(tmp_path: Path) -> None:
    (tmp_path / "utf16.jsonl").write_bytes(json.dumps(GOOD).encode("utf-16"))
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(b'{"id": 1}\n' * 999)[:-9])
    (tmp_path / "fake.parquet").write_bytes(b"PAR1 not really")
    (tmp_path / "shop.xlsx").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    for name, message in [
        ("utf16.jsonl", "is UTF-16; save it as UTF-8"),
        ("torn.jsonl.gz", "cannot be read to its end"),
        ("fake.parquet", "is no whole Parquet file"),
        ("shop.xlsx", r"a catalogue is a \.jsonl, \.csv, \.tsv, \.parquet file"),
        ("gone.jsonl", "there is no such file"),
        ("empty", r"no \.jsonl, \.csv, \.tsv, \.parquet file in this folder"),
    ]:
        with pytest.raises(CatalogueError, match=message):
            read(tmp_path / name)


def test_mapping_takes_columns_templates_values_and_defaults(tmp_path: Path) -> None:
    mapping = tmp_path / "map.yaml"
    mapping.write_text(
        "fields:\n"
        "  id: sku\n"
        "  title: {en: name, zh: name_zh}\n"
        "  category: '{dep} > {style}'\n"
        "  price: price\n"
        "  image_url: '/images/{image}'\n"
        "  attributes: {colour: specs.color, for: sex}\n"
        "values: {sex: {F: women}}\n"
        "defaults: {currency: CNY, stock: 5}\n",
        encoding="utf-8",
    )
    row = {"sku": 7, "name": "Mug", "name_zh": "杯子", "dep": "Home", "style": "", "price": 9}
    more = {"specs": {"color": "red"}, "sex": "F", "brand": "theirs, not mapped", "other": [1]}
    [product] = read(write_lines(tmp_path / "x.jsonl", row | more), mapping).products
    assert (product.id, product.title) == ("7", {"en": "Mug", "zh": "杯子"})
    assert product.category == {"": "Home"}
    assert (product.currency, product.stock, product.image_url) == ("CNY", 5, "")
    assert product.attributes == {"colour": {"": "red"}, "for": {"": "women"}}
    assert (product.brand, product.extra) == ("", {"other": [1]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fields: {titel: name}", "'titel' is no field of ours"),
        ("fields: {title: 3}", "title: must be a column's name"),
        ("columns: {}", "a mapping has `fields:`"),
        ("fields: {id: a}\nsurplus: 1", "`surplus:` is unknown"),
        ("fields: [", "no readable mapping"),
    ],
)
def test_wrong_mappings_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(CatalogueError, match=message):
        load_mapping(tmp_path / "map.yaml")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>One</p><ul><li>two<li>three</ul>", "One\ntwo\nthree"),
        ("5 &lt; 6 &amp; caf&eacute;", "5 < 6 & café"),
        ("a<br/>b<style>p{}</style> c", "a\nb c"),
        ("&lt;b&gt;bold&lt;/b&gt; move", "bold move"),
    ],
)
def test_html_becomes_what_a_reader_sees(text: str, plain: str) -> None:
    assert has_html(text)
    assert strip_html(text) == plain


@pytest.mark.parametrize("text", ["under 5 < 6 kg", "R&D; a <- b", "x <3 you", "AT&T"])
def test_signs_are_not_html(text: str) -> None:
    assert not has_html(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from([*product_row(small_catalogue()[0]), "x", "\ud800"]), json_values
    )
)
def test_no_row_breaks_the_parser(row: dict[str, object]) -> None:
    product, faults = parse_product(row)
    assert (product is None) == any(not kept for *_, kept in faults)
    if product is not None:
        json.dumps(product_row(product)).encode()
