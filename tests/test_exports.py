"""Shopify's product exports through the mapping that comes with Shopclerk; any export's faults."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from catalogue_fixtures import HashEmbedder
from click.testing import CliRunner

from agent.orders.database import open_database
from agent.products import stored_products
from agent.settings import Settings
from retrieval.catalogue import LeftOut, Product, Variant
from retrieval.errors import CatalogueError
from tests.product_exports import MAPPINGS, bad, options, read, text
from ui.commands.index import index as index_command

SHOPIFY = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
Option1 Linked To,Option2 Name,Option2 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,\
Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,Image Src,\
Image Position,Cost per item,Status
trail-tee,Trail Tee,"<p>Soft &amp; <b>light</b>.</p>
<ul><li>wool</li></ul>",Northfold,Apparel > Shirts,Tee,"summer, 新品",true,Color,Red,,Size,S,\
TT-RS,150,shopify,3,deny,19.00,25.00,https://cdn.example/1.jpg,1,4.20,active
trail-tee,,,,,,,,,Red,,,M,TT-RM,160.5,shopify,-2,deny,19.00,,https://cdn.example/2.jpg,2,,
trail-tee,,,,,,,,,Blue,,,M,,160.5,shopify,4,deny,21.00,,,,,
trail-tee,,,,,,,,,,,,,,,,,,,,https://cdn.example/3.jpg,3,,
mug,搪瓷杯,<p>两层搪瓷，容量 300 毫升。</p>,铜谷,,杯子,,TRUE,Title,Default Title,,,,MUG-1,350.0,\
shopify,7,deny,12.5,,,,,active
mug,,,,,,,,,,,,,,,,,,,,https://cdn.example/mug.jpg,1,,
card,Gift Card,,,Gift Cards,,,true,Title,Default Title,,,,,0.0,,0,deny,50,,,,,active
clip,Clip,,Northfold,,,,true,Finish,Black,,,,CL-B,9,shopify,0,continue,3.00,,,,,active
clip,,,,,,,,,Red,,,,CL-R,9,shopify,0,deny,3.00,,,,,
lamp,Lamp,,,,,,false,Title,Default Title,,,,L-1,80,shopify,2,deny,30,,,,,active
kite,Kite,,,,,,true,Title,Default Title,,,,K-1,80,shopify,2,deny,30,,,,,draft
kite,,,,,,,,,,,,,,,,,,,,https://cdn.example/kite.jpg,1,,
sled,Sled,,,,,,true,Title,Default Title,,,,S-1,80,shopify,2,deny,30,,,,,archived
"""
"""As exported, with one product for each thing that a shop may have."""

NEW_NAMES = {
    "Handle": "URL handle",
    "Body (HTML)": "Description",
    "Product Category": "Product category",
    "Published": "Published on online store",
    "Option1 Name": "Option1 name",
    "Option1 Value": "Option1 value",
    "Option2 Name": "Option2 name",
    "Option2 Value": "Option2 value",
    "Variant SKU": "SKU",
    "Variant Grams": "Weight value (grams)",
    "Variant Inventory Tracker": "Inventory tracker",
    "Variant Inventory Qty": "Inventory quantity",
    "Variant Inventory Policy": "Continue selling when out of stock",
    "Variant Price": "Price",
    "Image Src": "Product image URL",
}


TEE = Product(
    id="trail-tee",
    title=text("Trail Tee"),
    price=Decimal("19.00"),
    description=text("Soft & light.\nwool"),
    category=text("Apparel > Shirts"),
    brand="Northfold",
    stock=7,
    attributes=options(type="Tee", tags="summer, 新品"),
    variants=(
        Variant("TT-RS", options(Color="Red", Size="S", weight="150 g"), Decimal("19.00"), 3),
        Variant("TT-RM", options(Color="Red", Size="M", weight="160.5 g"), Decimal("19.00"), 0),
        Variant(
            "trail-tee/Blue/M",
            options(Color="Blue", Size="M", weight="160.5 g"),
            Decimal("21.00"),
            4,
        ),
    ),
    image_url="https://cdn.example/1.jpg",
    extra={"Variant Compare At Price": "25.00", "Image Position": "1"},
)
MUG = Product(
    id="mug",
    title=text("搪瓷杯"),
    price=Decimal("12.5"),
    description=text("两层搪瓷，容量 300 毫升。"),
    category=text("杯子"),
    brand="铜谷",
    stock=7,
    attributes=options(type="杯子", weight="350 g", SKU="MUG-1"),
    image_url="https://cdn.example/mug.jpg",
    extra={"Image Position": "1"},
)
CARD = Product(id="card", title=text("Gift Card"), price=Decimal(50), category=text("Gift Cards"))
CLIP = Product(
    id="clip",
    title=text("Clip"),
    price=Decimal("3.00"),
    brand="Northfold",
    attributes=options(weight="9 g"),
    variants=(
        Variant("CL-B", options(Finish="Black"), Decimal("3.00"), None),
        Variant("CL-R", options(Finish="Red"), Decimal("3.00"), 0),
    ),
)


@pytest.mark.parametrize("renamed", [{}, NEW_NAMES])
def test_shopify_whole(tmp_path: Path, renamed: dict[str, str]) -> None:
    head, _, rows = SHOPIFY.partition("\n")
    names = ",".join(renamed.get(name, name) for name in head.split(","))
    catalogue = read(tmp_path, "shopify", f"{names}\n{rows}")
    assert catalogue.products == [TEE, MUG, CARD, CLIP]
    assert bad(catalogue) == []
    assert catalogue.left_out == [
        LeftOut("1.csv", 12, "lamp", "not published"),
        LeftOut("1.csv", 13, "kite", "draft"),
        LeftOut("1.csv", 15, "sled", "archived"),
    ]


def test_shopify_with_a_bom_semicolons_and_windows_lines(tmp_path: Path) -> None:
    lines = ["Handle;Title;Option1 Name;Option1 Value;Variant Price", "a;Mug;Size;S;2.00"]
    catalogue = read(tmp_path, "shopify", "\ufeff" + "\r\n".join(lines))
    assert catalogue.products == [
        Product(
            id="a",
            title=text("Mug"),
            price=Decimal("2.00"),
            attributes=options(Size="S", SKU="a/S"),
        )
    ]
    [note] = catalogue.problems
    assert note.kept
    assert "stock ('Variant Inventory Qty' or 'Inventory quantity')" in note.message


def test_bad_variants_are_reported_and_left_out(tmp_path: Path) -> None:
    head = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Status\n"
    rows = (
        "tee,Tee,Size,S,T-S,9.00,,active\n"
        "tee,,,M,T-M,nine,,\n"
        "tee,,,L,T-S,9.00,,\n"
        "tee,,,XL,T-XL,9.00\n"
        "tee,,,XXL,T-XXL,8.00,,\n"
        "cap,,Title,Default Title,C-1,5.00,,active\n"
        "hat,Hat,Size,S,H-S,,,active\n"
        "hat,,,M,H-M,-1,,\n"
        ",Nobody,Title,Default Title,N-1,5.00,,active\n"
        "tee,,,3XL,T-3,9.00,,\n"
        "bag,Bag,Title,Default Title,T-XXL,5.00,,active\n"
    )
    catalogue = read(tmp_path, "shopify", head + rows)
    assert catalogue.products == [
        Product(
            id="tee",
            title=text("Tee"),
            price=Decimal("8.00"),
            variants=(
                Variant("T-S", options(Size="S"), Decimal("9.00"), None),
                Variant("T-XXL", options(Size="XXL"), Decimal("8.00"), None),
            ),
        )
    ]
    assert bad(catalogue) == [
        "1.csv:5: has 6 cells, the first line names 8 columns",
        "1.csv:3: variants.price: 'nine' is no decimal number such as 129.00",
        "1.csv:4: variants.id: id 'T-S' was already given at 1.csv:2; ids must be unique",
        "1.csv:7: title: is missing",
        "1.csv:8: variants.price: is missing",
        "1.csv:8: variants: no variant of it can be used",
        "1.csv:9: variants.price: '-1' is negative",
        "1.csv:10: Handle: is missing",
        "1.csv:11: id: id 'tee' was already given at 1.csv:2; ids must be unique; "
        "the rows of a product stand together",
        "1.csv:12: variants.id: id 'T-XXL' was already given at 1.csv:6; ids must be unique",
        "1.csv:12: variants: no variant of it can be used",
    ]
    assert catalogue.dropped == 9


@pytest.mark.parametrize(
    ("mapping", "head", "message"),
    [
        (
            "shopify",
            "name,cost",
            "no column for id: looked for 'Handle' or 'URL handle'; no column for title: looked "
            "for 'Title'; .*the file has 'cost', 'name'$",
        ),
        ("woocommerce", "ID,Name,SKU", "no column for price: looked for .*'Regular price'"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, mapping: str, head: str, message: str
) -> None:
    with pytest.raises(CatalogueError, match=message):
        read(tmp_path, mapping, f"{head}\n1,2\n")


@pytest.mark.parametrize("mapping", ["shopify", "woocommerce"])
def test_a_product_of_endless_rows_fills_no_memory(
    tmp_path: Path, mapping: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.inputs.grouping.MOST_ROWS", 3)
    sizes = [f"V{n}" for n in range(5)]
    if mapping == "shopify":
        head = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\n"
        rows = [f"a,Mug,Size,{size},{size},2\n" for size in sizes]
    else:
        head = "ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n"
        rows = ["1,variable,a,Mug,,,,\n"]
        rows += [f"2,variation,{size},,2,a,Size,{size}\n" for size in sizes]
    catalogue = read(tmp_path, mapping, head + "".join(rows))
    [mug] = catalogue.products
    assert [variant.id for variant in mug.variants] == ["V0", "V1", "V2"]
    first = len(rows) - 1
    assert bad(catalogue) == [
        f"1.csv:{line}: the product at 1.csv:2 has over 3 rows; this one is left out"
        for line in (first + 1, first + 2)
    ]


def test_a_broken_quote_costs_one_row(tmp_path: Path) -> None:
    broken = SHOPIFY.replace("\nmug,搪瓷杯", '\nbroken,"a quote,,\nmug,搪瓷杯')
    catalogue = read(tmp_path, "shopify", broken)
    assert catalogue.products == [TEE, MUG, CARD, CLIP]
    [problem] = bad(catalogue)
    assert problem.startswith("1.csv:7: broken CSV: ")


@pytest.mark.integration
def test_an_export_becomes_the_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("ui.materials.fetched_embedder", lambda _: HashEmbedder())
    file = tmp_path / "products_export.csv"
    file.write_text(
        SHOPIFY + "mop,Mop,,,,,,true,Title,Default Title,,,,,,,,,x,,,,,active\n", "utf-8"
    )
    arguments = ["update", str(file), "--map", str(MAPPINGS / "shopify.yaml")]
    dry = CliRunner().invoke(index_command, [*arguments, "--dry-run", "--json"])
    report = json.loads(dry.stdout)
    assert (report["products"], report["added"], report["bad_rows"]) == (4, 4, 1)
    assert report["left_out"] == {"not published": 1, "draft": 1, "archived": 1}
    assert report["problems_not_listed"] == 0
    done = CliRunner().invoke(index_command, arguments)
    assert "4 products: 4 were added" in done.stdout, done.output
    assert "bad row: products_export.csv:16: variants.price: 'x' is no" in done.stderr
    assert "not for sale, left out: 1 (draft)" in done.stderr
    database = open_database(Settings())
    with database.read() as session:
        assert stored_products(session) == [TEE, MUG, replace(CARD, price=Decimal("50.00")), CLIP]
    database.dispose()


def test_an_export_of_drafts_alone_says_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path / "home"))
    file = tmp_path / "products_export.csv"
    file.write_text(SHOPIFY.partition("\n")[0] + "\nk,Kite,,,,,,true,A,B,,,,K,,,,,3,,,,,draft\n")
    arguments = ["update", str(file), "--map", str(MAPPINGS / "shopify.yaml")]
    done = CliRunner().invoke(index_command, arguments)
    assert isinstance(done.exception, CatalogueError)
    assert str(done.exception).startswith(f"no usable product in {file}")
    assert "not for sale, left out: 1 (draft)" in done.stderr
