"""The sample shop's product pictures: drawn again they are the same bytes, and safe to embed."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import pytest

SHOP = Path(__file__).resolve().parent.parent / "data" / "shop"
PICTURES = sorted((SHOP / "pictures").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "title", "g", "path", "rect", "circle", "ellipse"}


@cache
def titles() -> dict[str, str]:
    """Product id -> what its picture's title must say."""
    rows = [
        json.loads(line)
        for file in sorted((SHOP / "products").glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return {row["id"]: f"{row['title']['en']} · {row['title']['zh']}" for row in rows}


def test_drawing_again_writes_the_same_bytes(tmp_path: Path) -> None:
    stale = tmp_path / "tent-gone.svg"
    stale.write_text("<svg/>")
    command = [sys.executable, "-B", SHOP / "generate_pictures.py", "--into", tmp_path]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    again = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert again == {file.name: file.read_bytes() for file in PICTURES}


def test_every_product_has_its_picture_and_no_picture_is_orphaned() -> None:
    assert {file.stem for file in PICTURES} == set(titles())


def test_the_products_point_at_their_pictures() -> None:
    for file in sorted((SHOP / "products").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            assert row["image_url"] == f"/pictures/{row['id']}.svg"


def test_no_two_products_look_the_same() -> None:
    drawings = [file.read_text(encoding="utf-8").partition("</title>")[2] for file in PICTURES]
    assert len(set(drawings)) == len(drawings)


@pytest.mark.parametrize("file", PICTURES, ids=lambda file: file.stem)
def test_a_picture_is_a_small_plain_drawing_with_a_title(file: Path) -> None:
    root = ET.parse(file).getroot()
    assert root.attrib["viewBox"] == "0 0 400 400"
    assert root.findtext(f"{SVG}title") == titles()[file.stem]
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= DRAWN
    names = {name.lower() for element in root.iter() for name in element.attrib}
    assert not {name for name in names if "href" in name or name.startswith("on")}
    assert "url(" not in file.read_text(encoding="utf-8")
    assert 1000 < file.stat().st_size < 6 * 1024
