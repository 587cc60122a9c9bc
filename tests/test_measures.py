"""Numbers and quantities in both languages, in queries and in attribute values."""

from decimal import Decimal

import pytest

from retrieval.measures import measured, quantities
from retrieval.numerals import read_number
from retrieval.terms import holds, plain, terms


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,299.50", "1299.50"),
        ("20000", "20000"),
        ("2万", "20000"),
        ("1.5万", "15000"),
        ("3百", "300"),
        ("2k", "2000"),
        ("半", "0.5"),
        ("两百", "200"),
        ("两百五", "250"),
        ("两百零五", "205"),
        ("一百二十五", "125"),
        ("十五", "15"),
        ("三千", "3000"),
        ("一万二", "12000"),
        ("十二万三千", "123000"),
        ("二〇二六", "2026"),
        ("two", "2"),
        ("双", "2"),
        ("两半", None),
        ("x", None),
    ],
)
def test_numbers(text: str, number: str | None) -> None:
    assert read_number(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.9 kg", [("mass", 1900, 1900)]),
        ("1900克", [("mass", 1900, 1900)]),
        ("两斤半", [("mass", 1250, 1250)]),
        ("半斤", [("mass", 250, 250)]),
        ("3000 mm", [("length", 3, 3)]),
        ("46 × 15 cm", [("length", 0.46, 0.46)]),
        ("36cm*30cm", [("length", 0.36, 0.36)]),
        ("200*230cm/220*240cm", [("length", 2.3, 2.3), ("length", 2.4, 2.4)]),
        ('15.6"', [("length", 0.39624, 0.39624)]),
        ("4 m (13 ft)", [("length", 4, 4), ("length", 3.9624, 3.9624)]),
        ("S/M 41–48 cm, M/L 46–54 cm", [("length", 0.41, 0.48), ("length", 0.46, 0.54)]),
        ("2 people", [("people", 2, 2)]),
        ("2-3 人", [("people", 2, 3)]),
        ("双人", [("people", 2, 2)]),
        ("-5 °C", [("temperature", -5, -5)]),
        ("-5 to 10 °C", [("temperature", -5, 10)]),
        ("32°F to 50°F", [("temperature", 0, 10)]),
        ("零下10度", [("temperature", -10, -10)]),
        ("20,000 mAh", [("charge", 20000, 20000)]),
        ("2万毫安", [("charge", 20000, 20000)]),
        ("1.1 L", [("volume", 1.1, 1.1)]),
        ("1100 毫升", [("volume", 1.1, 1.1)]),
        ("500 ml to 1 L", [("volume", 0.5, 1)]),
        ("34 fl oz", [("volume", 1.005500005, 1.005500005)]),
        ("8 oz", [("mass", 226.796185, 226.796185), ("volume", 0.2365882365, 0.2365882365)]),
        ("2 × 3200 W", [("power", 3200, 3200)]),
        ("100-240 V", [("voltage", 100, 240)]),
        ("180 g/m²", [("areal density", 180, 180)]),
        ("2.8 m²", [("area", 2.8, 2.8)]),
        ("2700 K", [("colour temperature", 2700, 2700)]),
        ("3+ years", [("time", 94672800, 94672800)]),
        ("4.2", [("number", 4.2, 4.2)]),
        # A rate is none of its parts, a code no number, prose no fact.
        ("15000 g/m²/24h", []),
        ("1.2 L/min", []),
        ("IPX6", []),
        ("WH-1000XM4", []),
        ("EU 42 / US 8.5", []),
        ("米色", []),
        ("a long text " * 8 + "2 kg", []),
    ],
)
def test_values(value: str, expected: list[tuple[str, float, float]]) -> None:
    found = [(q.dimension, float(q.low), float(q.high)) for q in measured(value)]
    assert found == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("$50-80", [("money", "$50-80", 50, 80)]),
        ("20到40美元", [("money", "20到40美元", 20, 40)]),
        ("五百块以下", [("money", "五百块", 500, 500)]),
        ("￥１２９９", [("money", "¥1299", 1299, 1299)]),
        ("¥1,299", [("money", "¥1,299", 1299, 1299)]),
        ("4.5 $129", [("number", "4.5", 4.5, 4.5), ("money", "$129", 129, 129)]),
        ("4.5分以上", [("stars", "4.5分", 4.5, 4.5)]),
        ("5分钟", [("time", "5分钟", 300, 300)]),
        ("two-person tent", [("people", "two-person", 2, 2)]),
        ("13-inch laptop", [("length", "13-inch", 0.3302, 0.3302)]),
        ("size 42 in black", [("number", "42", 42, 42)]),
        ("5-in-1", [("number", "5", 5, 5)]),
        ("尺码43，125克", [("number", "43", 43, 43), ("mass", "125克", 125, 125)]),
        ("ps4 mx500 24/7 rtx2060", []),
    ],
)
def test_queries(query: str, expected: list[tuple[str, str, float, float]]) -> None:
    text = plain(query)
    found = [
        (q.dimension, text[q.start : q.end], float(q.low), float(q.high)) for q in quantities(text)
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "words", "held"),
    [
        ("rowan red", "red", True),
        ("infrared", "red", False),
        ("花楸红", "红", True),
        ("粉红", "红", False),
        ("Leather straps", "leather strap", True),
        ("leather, strap", "leather strap", False),
        ("PVC-free", "PVC", False),
        ("gluten-free", "gluten-free", True),
        ("not waterproof", "waterproof", False),
        ("不含羽绒", "羽绒", False),
        ("无糖", "糖", False),
        ("EU 42 / US 8.5", "8.5", True),
        ("EU 42 / US 8.5", "8", False),
        ("11 × 6 cm", "11", False),
        ("220*240cm", "220×240", True),
        ("3 m", "M", False),
        ("S/M", "M", True),
        ("Café", "cafe", True),
        ("1,000 pieces", "1000", True),
    ],
)
def test_what_a_text_holds(text: str, words: str, held: bool) -> None:
    assert holds(terms(text), terms(words)) is held
