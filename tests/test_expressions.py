"""Every form in which a mapping says where a value comes from, and every wrong one."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from retrieval.errors import CatalogueError
from retrieval.inputs.expressions import Reader
from retrieval.inputs.mapping import load_mapping
from retrieval.inputs.steps import Faulty

ROW: dict[str, Any] = {
    "sku": "A-1",
    "qty": "-3",
    "tracked": "shopify",
    "policy": "Deny",
    "sale": "5",
    "list": "9",
    "from": "2026-11-20 00:00:00",
    "until": "2026-11-27",
    "kinds": "Clothing, Clothing > Hoodies > Wool\\, thick, Sale",
    "grams": "500.0",
    "zero": "0.0",
    "n": 4,
    "live": True,
    "specs": {"color": "red"},
    "flat.name": "x",
    "Option 1 name": "Colour",
    "Option 1 value": "Red",
    "Option 3 name": "Size",
    "Option 3 value": "M",
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("sku", "A-1"),
        ("specs.color", "red"),
        ("flat.name", "x"),
        ("none", None),
        ("'{sku}/{none}'", "A-1/"),
        ("'{none}/{none}'", None),
        ("[none, list, sale]", "9"),
        ("{en: sku, zh: none}", {"en": "A-1"}),
        ("{'{Option # name}': 'Option # value'}", {"Colour": "Red", "Size": "M"}),
        ("{'{none}': sku, 'has {sku}': list}", {"has A-1": "9"}),
        ("{from: qty}", "-3"),
        ("{from: qty, least: 0}", 0),
        ("{from: list, least: 0}", "9"),
        ("{from: sku, least: 0}", "A-1"),
        ("{from: sku, when: {tracked: '*', policy: [deny, none]}}", "A-1"),
        ("{from: sku, when: {tracked: ''}}", None),
        ("{from: sku, when: {none: ''}}", "A-1"),
        ("{from: sku, unless: {policy: deny}}", None),
        ("{from: sku, when: {n: 4, live: true}}", "A-1"),
        ("{from: sku, when: {kinds: sale}}", "A-1"),
        ("{constant: 0, when: {n: 4}}", 0),
        ("{constant: 0, when: {n: 5}}", None),
        ("{from: sale, during: [from, until]}", "5"),
        ("{from: sale, during: [until, none]}", "5"),
        ("{from: sale, during: [none, from]}", None),
        ("{from: sale, during: [sku, until]}", None),
        ("{from: [sku, none, list], join: /}", "A-1/9"),
        ("{from: kinds, split: ','}", ["Clothing", "Clothing > Hoodies > Wool, thick", "Sale"]),
        ("{from: kinds, split: ',', take: first}", "Clothing"),
        ("{from: kinds, split: ',', take: deepest}", "Clothing > Hoodies > Wool, thick"),
        ("{from: kinds, replace: {Clothing: Wear, Wear: W}, split: ',', take: first}", "W"),
        ("{from: grams, unit: g}", "500 g"),
        ("{from: zero, unit: g}", None),
        ("{from: sku, unit: g}", "A-1 g"),
        ("gone", None),
        ("word", "women"),
    ],
)
def test_each_form_takes_its_value(expression: str, value: object) -> None:
    reader = Reader({"gone": {"x": None}, "word": {"F": "women"}}, ".", date(2026, 11, 27))
    row = ROW | {"gone": "x", "word": "F"}
    assert reader.source("x", yaml.safe_load(expression)).take(row) == value


def test_amounts_with_a_comma() -> None:
    reader = Reader({}, ",", date(2026, 11, 27))
    row = {"price": "12,50", "text": "1,5 l", "number": Decimal("1.5")}
    taken = [reader.source("x", name).take(row) for name in row]
    assert taken == ["12.50", "1,5 l", Decimal("1.5")]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("3", "x: must be a column's name"),
        ("[]", "x: must be a column's name"),
        ("{en: 3}", "x.en: must be a column's name"),
        ("[a, {from: 3}]", r"x\[1\]: must be a column's name"),
        ("{from: a, what: b}", "x: 'what' is unknown beside `from`"),
        ("{from: a, join: b}", "x: `join` needs a list"),
        ("{from: a, when: b}", "x.when: must be a table of column: value"),
        ("{from: a, during: [b]}", r"x.during: must be \[column of the first day"),
        ("{from: a, split: ',', take: last}", "x: split by a mark, and take all, first, deepest"),
        ("{from: a, take: first}", "x: `take` needs `split`"),
        ("{from: a, least: many}", "x.least: must be a whole number"),
        ("{from: a, replace: b}", "x.replace: must be a table"),
    ],
)
def test_each_wrong_form_is_named(expression: str, message: str) -> None:
    with pytest.raises(Faulty, match=message):
        Reader({}, ".", date.min).source("x", yaml.safe_load(expression))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fields: {id: a, title: b}", "fields: price is missing"),
        ("fields: {id: a, title: b, price: c}\ncolumns: {a: b}", "a: must be a list"),
        ("fields: {id: a, title: b, price: c}\ndefaults: [a]", "defaults: must be a table"),
        ("fields: {id: a, title: b, price: c}\nvalues: {a: b}", "a: must be a table"),
        ("fields: {id: a, title: b, price: c}\nleave_out: {x: y}", "leave_out.x: must be a table"),
        ("fields: {id: a, title: b}\nvariants: {id: c}", "variants: needs an `id`, and `group:`"),
        ("fields: {id: a, title: b}\nvariants: {size: c}", "variants: 'size' is no field of ours"),
        ("fields: {id: a, title: b, price: c}\ngroup: {by: a}", "variants: needs an `id`"),
        ("fields: {id: a, title: b}\nvariants: {id: c}\ngroup: {of: a}", "group: 'of' is no"),
        ("fields: {id: a, title: b}\nvariants: {id: c}\ngroup: {names: [a]}", "group: by: must be"),
    ],
)
def test_wrong_mappings_say_where(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(CatalogueError, match=f"map.yaml: {message}"):
        load_mapping(tmp_path / "map.yaml")
