"""WooCommerce's product exports through the mapping that comes with Shopclerk."""

from decimal import Decimal
from pathlib import Path

from retrieval.catalogue import Catalogue, Product, Variant, read_catalogue, read_whole
from retrieval.inputs.mapping import load_mapping
from tests.product_exports import MAPPINGS, bad, options, read, text


def left_out(catalogue: Catalogue) -> list[tuple[int, str, str]]:
    return [(item.line, item.id, item.reason) for item in catalogue.left_out]


WOO_HEAD = (
    'ID,Type,SKU,"GTIN, UPC, EAN, or ISBN",Name,Published,Visibility in catalog,'
    "Short description,Description,Date sale price starts,Date sale price ends,In stock?,Stock,"
    "Backorders allowed?,Weight (kg),Sale price,Regular price,Categories,Tags,Images,Parent,"
    "External URL,Brands,Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,"
    "Attribute 2 name,Attribute 2 value(s)\n"
)
WOO = (
    "30,variation,HOOD-R,,Hoodie - Red,1,visible,,,,,1,3,0,0.5,,,,,https://shop.example/r.jpg,"
    "HOOD,,,Color,Red,,,\n"
    "31,simple,CAP,,Cap,1,visible,,,,,1,,0,0.1,15,18,Hats,,https://shop.example/c.jpg,,,,,,,,\n"
    '11,variable,HOOD,,Hoodie,1,visible,<p>Warm.</p>,"<p>Fleece.\\nHooded.</p>",,,1,,0,,,45.00,'
    '"Clothing, Clothing > Hoodies > Wool\\, thick","soft, red\\, blue",'
    '"https://shop.example/1.jpg, https://shop.example/2.jpg",,,"Northfold",'
    'Color,"Red, Blue, Green",1,Fabric,Wool\n'
    "32,simple,,,茶壶,1,visible,紫砂。,,,,1,-2,notify,,,88,茶具 > 茶壶,,,,,,,,,,\n"
    "33,variation,,,Hoodie - Blue,1,visible,,,,,0,,0,0.55,40,44,,,,id:11,,,Color,Blue,,,\n"
    "34,variation,HOOD-G,,Hoodie - Green,0,visible,,,,,1,9,0,,,,,,,HOOD,,,Color,Green,,,\n"
    '35,"simple, downloadable, virtual",BOOK,,Book,1,visible,,,2026-11-28 00:00:00,,1,,0,,5,9,'
    ",,,,,,,,,,\n"
    "36,simple,SALE,,On sale,1,visible,,,2026-11-20,2026-11-27,1,0,0,,5,9,,,,,,,,,,,\n"
    "37,external,EXT,,Elsewhere,1,visible,,,,,1,,0,,,7,,,,,https://else.example/x,,,,,,\n"
    "40,simple,D,,Draft,-1,visible,,,,,1,,0,,,7,,,,,,,,,,,\n"
    "41,simple,P,,Private,0,visible,,,,,1,,0,,,7,,,,,,,,,,,\n"
    "42,simple,H,,Hidden,1,hidden,,,,,1,,0,,,7,,,,,,,,,,,\n"
    "43,grouped,G,,Set,1,visible,,,,,1,,0,,,,,,,,,,,,,,\n"
    "44,variable,V,,Off,1,visible,,,,,1,,0,,,,,,,,,,Size,S,1,,\n"
    "45,variation,V-S,,Off - S,0,visible,,,,,1,,0,,,7,,,,V,,,Size,S,,,\n"
)
HOODIE = Product(
    id="HOOD",
    title=text("Hoodie"),
    price=Decimal(40),
    description=text("Warm.\nFleece.\nHooded."),
    category=text("Clothing > Hoodies > Wool, thick"),
    brand="Northfold",
    stock=3,
    attributes=options(Fabric="Wool", tags="soft, red, blue"),
    variants=(
        Variant("HOOD-R", options(Color="Red", weight="0.5 kg"), Decimal("45.00"), 3),
        Variant("33", options(Color="Blue", weight="0.55 kg"), Decimal(40), 0),
    ),
    image_url="https://shop.example/1.jpg",
    extra={"Attribute 1 visible": "1"},
)
CAP = Product(
    id="CAP",
    title=text("Cap"),
    price=Decimal(15),
    category=text("Hats"),
    attributes=options(weight="0.1 kg"),
    image_url="https://shop.example/c.jpg",
)
WOO_PRODUCTS = [
    CAP,
    HOODIE,
    Product(
        id="32",
        title=text("茶壶"),
        price=Decimal(88),
        description=text("紫砂。"),
        category=text("茶具 > 茶壶"),
    ),
    Product(id="BOOK", title=text("Book"), price=Decimal(9)),
    Product(id="SALE", title=text("On sale"), price=Decimal(5), stock=0),
    Product(id="EXT", title=text("Elsewhere"), price=Decimal(7), url="https://else.example/x"),
]


def test_woocommerce_whole(tmp_path: Path) -> None:
    catalogue = read(tmp_path, "woocommerce", WOO_HEAD + WOO)
    assert catalogue.products == WOO_PRODUCTS
    assert bad(catalogue) == []
    assert left_out(catalogue) == [
        (7, "HOOD-G", "private or switched off"),
        (11, "D", "draft"),
        (12, "P", "private or switched off"),
        (13, "H", "hidden"),
        (14, "G", "grouped, its parts are products"),
        (15, "V", "private or switched off"),
        (16, "V-S", "private or switched off"),
    ]


def test_woocommerce_variations_may_stand_in_another_file(tmp_path: Path) -> None:
    lines = WOO.splitlines(keepends=True)
    own = [line for line in lines if ",variation," in line]
    rest = [line for line in lines if ",variation," not in line]
    assert (
        read(tmp_path, "woocommerce", WOO_HEAD + "".join(own), WOO_HEAD + "".join(rest)).products
        == WOO_PRODUCTS
    )


def test_bad_woocommerce_rows(tmp_path: Path) -> None:
    head = "ID,Type,SKU,Name,Published,Regular price,Stock,Parent,Attribute 1 name,"
    head += "Attribute 1 value(s)\n"
    rows = (
        "1,variable,A,Apron,1,,,,,\n"
        "2,variation,A-S,Apron - S,1,12.00,x,A,Size,S\n"
        "3,variation,A-M,Apron - M,1,,2,A,Size,M\n"
        "4,variation,A-L,Apron - L,1,13.00,parent,id:1,Size,L\n"
        "5,variation,B-S,Belt - S,1,12.00,1,B,Size,S\n"
        "6,variation,C-S,Cape - S,1,12.00,1,,Size,S\n"
        "7,simple,D,,1,12.00,1,,,\n"
        "8,simple,A-L,Again,1,12.00,1,,,\n"
        "9,simple,E,Eye,1,,1,,,\n"
    )
    catalogue = read(tmp_path, "woocommerce", head + rows)
    assert catalogue.products == [
        Product(
            id="A",
            title=text("Apron"),
            price=Decimal("13.00"),
            attributes=options(Size="L", SKU="A-L"),
        )
    ]
    assert bad(catalogue) == [
        "1.csv:3: variants.stock: 'x' is no decimal number such as 129.00",
        "1.csv:4: variants.price: is missing",
        "1.csv:8: title: is missing",
        "1.csv:9: id: id 'A-L' was already given at 1.csv:5; ids must be unique",
        "1.csv:10: price: is missing",
        "1.csv:6: Parent: there is no product 'B' that this is a variant of",
    ]


def test_prices_with_a_comma(tmp_path: Path) -> None:
    mapping = (MAPPINGS / "woocommerce.yaml").read_text("utf-8") + 'decimal: ","\n'
    (tmp_path / "map.yaml").write_text(mapping, "utf-8")
    (tmp_path / "shop.csv").write_text(
        'ID,Name,Regular price,Weight (kg)\n1,"Mug, 1,5 l","12,50","0,30"\n2,Cup,9,\n', "utf-8"
    )
    products = read_whole(
        read_catalogue(tmp_path / "shop.csv", load_mapping(tmp_path / "map.yaml"))
    ).products
    assert products == [
        Product(
            id="1",
            title=text("Mug, 1,5 l"),
            price=Decimal("12.50"),
            attributes=options(weight="0.3 kg"),
        ),
        Product(id="2", title=text("Cup"), price=Decimal(9)),
    ]
