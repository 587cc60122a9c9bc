"""Constraints over a catalogue: what each means, and that arrays and plain rules say the same."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.catalogue import Local, Product, Variant
from retrieval.constraints import satisfies
from retrieval.facets import AttributeFilter, Facets, Filters, MeasureFilter, Sort


def variant(number: int, price: str, stock: int, **attributes: "str | Local") -> Variant:
    return Variant(f"v{number}", _locals(attributes), Decimal(price), stock)


def _locals(attributes: "dict[str, str | Local]") -> dict[str, Local]:
    return {k: {"": v} if isinstance(v, str) else v for k, v in attributes.items()}


RED = {"en": "rowan red", "zh": "花楸红"}
PRODUCTS = [
    Product(
        "tent",
        {"en": "Hollow 2 Tent", "zh": "双人帐篷"},
        Decimal("249.00"),
        category={"en": "Outdoor > Tents", "zh": "户外 > 帐篷"},
        brand="Fernhollow",
        stock=12,
        attributes=_locals(
            {"weight": "1.9 kg", "capacity": "2 people", "waterproof_rating": "3000 mm"}
        ),
        variants=(
            variant(1, "249.00", 5, colour={"en": "moss green", "zh": "苔藓绿"}),
            variant(2, "259.00", 0, colour=RED),
        ),
        rating=4.6,
        updated_at="@-20d",
    ),
    Product(
        "boot",
        {"en": "Leather Boot"},
        Decimal("120.00"),
        category={"en": "Footwear > Boots"},
        brand="Marlstone",
        stock=None,
        attributes=_locals(
            {"material": "nubuck leather", "sole": "rubber, PVC-free", "lining": "no fleece"}
        ),
        variants=(
            variant(3, "120.00", 1, size="EU 42 / US 8.5", colour="black", weight="1080 g"),
            variant(4, "99.00", 0, size="EU 43 / US 9", colour="粉红", weight="1.2 kg"),
        ),
        updated_at="2026-11-20T08:00:00Z",
    ),
    Product(
        "mug",
        {"zh": "玻璃杯"},
        Decimal("20.00"),
        category={"zh": "家居 > 杯壶"},
        brand="Café Yunqi",
        stock=0,
        attributes=_locals({"颜色": "酒红", "容量": "350毫升", "材质": "玻璃"}),
        rating=3.9,
        updated_at="@-2d",
    ),
]
COLOUR, SIZE = "colour", "size"
FACETS = Facets(PRODUCTS)


def found(filters: Filters) -> list[str]:
    mask = FACETS.mask(filters)
    chosen = [p.id for p in PRODUCTS if satisfies(p, filters)]
    if mask is not None:
        assert [p.id for p, fits in zip(PRODUCTS, mask, strict=True) if fits] == chosen
    return chosen


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(), ["tent", "boot", "mug"]),
        (Filters(category="tent"), ["tent"]),
        (Filters(category="帐篷"), ["tent"]),
        (Filters(category="Footwear > Boots"), ["boot"]),
        (Filters(brand="cafe yunqi"), ["mug"]),
        (Filters(brand="marl"), []),
        (Filters(max_price=Decimal("120")), ["boot", "mug"]),
        (Filters(min_price=Decimal("120.01")), ["tent"]),
        (Filters(in_stock=True), ["tent", "boot"]),
        (Filters(min_rating=3.9), ["tent", "mug"]),
        (Filters(min_rating=4), ["tent"]),
        # Words hold in either language, by stems, side by side.
        (Filters(attributes=(AttributeFilter("red", COLOUR),)), ["tent", "mug"]),
        (Filters(attributes=(AttributeFilter("红色", "颜色"),)), ["tent", "mug"]),
        (Filters(attributes=(AttributeFilter("pink", COLOUR),)), ["boot"]),
        (Filters(attributes=(AttributeFilter("rowan red", COLOUR),)), ["tent"]),
        (Filters(attributes=(AttributeFilter("red", COLOUR, others=("pink",)),)), [*"tbm"]),
        (Filters(attributes=(AttributeFilter("glass"),)), ["mug"]),
        (Filters(attributes=(AttributeFilter("8.5", SIZE),)), ["boot"]),
        (Filters(attributes=(AttributeFilter("8", SIZE),)), []),
        (Filters(attributes=(AttributeFilter("pvc"),)), []),
        (Filters(attributes=(AttributeFilter("fleece"),)), []),
        # A field of the product is a key too.
        (Filters(attributes=(AttributeFilter("Fernhollow", "brand"),)), ["tent"]),
        # One variant satisfies all jointly.
        (Filters(max_price=Decimal(250), attributes=(AttributeFilter("red", COLOUR),)), ["mug"]),
        (Filters(in_stock=True, attributes=(AttributeFilter("red", COLOUR),)), []),
        (Filters(in_stock=True, attributes=(AttributeFilter("green", COLOUR),)), ["tent"]),
        (
            Filters(attributes=(AttributeFilter("42", SIZE), AttributeFilter("pink", COLOUR))),
            [],
        ),
        (Filters(max_price=Decimal(100), attributes=(AttributeFilter("43", SIZE),)), ["boot"]),
        # Negations: the product's own facts, or all of its variants.
        (Filters(attributes=(AttributeFilter("leather", negated=True),)), ["tent", "mug"]),
        (Filters(attributes=(AttributeFilter("皮革", negated=True),)), ["tent", "mug"]),
        (Filters(attributes=(AttributeFilter("boots", negated=True),)), ["tent", "mug"]),
        (Filters(attributes=(AttributeFilter("pvc", negated=True),)), ["tent", "boot", "mug"]),
        (Filters(attributes=(AttributeFilter("red", COLOUR, True),)), ["tent", "boot"]),
        (Filters(attributes=(AttributeFilter("marlstone", "brand", True),)), ["tent", "mug"]),
        (
            Filters(
                attributes=(AttributeFilter("US", SIZE), AttributeFilter("black", COLOUR, True))
            ),
            ["boot"],
        ),
        (
            Filters(
                in_stock=True,
                attributes=(AttributeFilter("US", SIZE), AttributeFilter("black", COLOUR, True)),
            ),
            [],
        ),
        # Measures: the principal one unless named.
        (Filters(measures=(MeasureFilter("mass", None, 1100),)), ["boot"]),
        (Filters(measures=(MeasureFilter("mass", 1150, 2000),)), ["tent", "boot"]),
        (
            Filters(
                max_price=Decimal(100),
                measures=(MeasureFilter("mass", None, 1100),),
            ),
            [],
        ),
        (Filters(measures=(MeasureFilter("volume", 0.3, 0.4),)), ["mug"]),
        (Filters(measures=(MeasureFilter("length", 1, None),)), []),
        (Filters(measures=(MeasureFilter("length", 3, None, "waterproof rating"),)), ["tent"]),
        (Filters(measures=(MeasureFilter("mass", None, 2000, "重量"),)), ["tent", "boot"]),
        (Filters(measures=(MeasureFilter("people", 2, 2),)), ["tent"]),
        (Filters(measures=(MeasureFilter("voltage", 2, 2),)), []),
    ],
)
def test_each_constraint(filters: Filters, ids: list[str]) -> None:
    ids = ["tent", "boot", "mug"] if ids == [*"tbm"] else ids
    assert found(filters) == ids


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort("price"), ["mug", "boot", "tent"]),
        (Sort("price", descending=True), ["tent", "boot", "mug"]),
        (Sort("rating", descending=True), ["tent", "mug", "boot"]),
        (Sort("measure", dimension="mass"), ["boot", "tent", "mug"]),
        (Sort("measure", True, "mass"), ["tent", "boot", "mug"]),
        (Sort("measure", dimension="volume"), ["mug", "tent", "boot"]),
        (Sort("size", descending=True), ["mug", "tent", "boot"]),
    ],
)
def test_sorting(sort: Sort, order: list[str]) -> None:
    keys = FACETS.sort_keys(sort)
    assert [PRODUCTS[row].id for row in np.argsort(keys, kind="stable")] == order


def test_size_is_what_most_of_the_products_have() -> None:
    mask = np.array([True, False, False])
    assert FACETS.sort_keys(Sort("size", descending=True), mask)[0] == -2.0


def test_newest_first_counts_relative_times_from_now() -> None:
    products = [
        Product("old", {"": "a"}, Decimal(1), updated_at="@-30d"),
        Product("new", {"": "b"}, Decimal(1), updated_at="@-3h"),
        Product("older", {"": "c"}, Decimal(1), updated_at="2020-01-01"),
        Product("unknown", {"": "d"}, Decimal(1)),
    ]
    keys = Facets(products).sort_keys(Sort("newest", descending=True))
    order = [products[row].id for row in np.argsort(keys, kind="stable")]
    assert order == ["new", "old", "older", "unknown"]


def test_an_empty_catalogue() -> None:
    assert found(Filters()) == ["tent", "boot", "mug"]
    empty = Facets([]).mask(Filters(attributes=(AttributeFilter("red"),), in_stock=True))
    assert empty is not None
    assert empty.shape == (0,)


# The arrays and the plain rules agree whatever the catalogue.

_VALUES = st.sampled_from(
    [
        *[
            "red",
            "rowan red",
            "红",
            "粉红",
            "green",
            "绿色",
            "leather",
            "no leather",
            "leather-free",
        ],
        *["不含羽绒", "羽绒", "down fill, duck", "S/M", "M", "42", "EU 42 / US 8", "1 kg", "900 g"],
        *["2-3 people", "2 people", "1 m", "5 cm", "40 × 30 cm", "500 ml", "1 L", "3", "", "12 h"],
    ]
)
_KEYS = st.sampled_from(
    ["colour", "颜色", "size", "weight", "net weight", "material", "length", "caffeine"]
)
_ATTRIBUTES = st.dictionaries(
    _KEYS, st.dictionaries(st.sampled_from(["en", "zh"]), _VALUES, min_size=1), max_size=3
)
_PRICES = st.sampled_from([Decimal(p) for p in ("5", "9.99", "10", "10.001", "20")])
_WORDS = st.sampled_from(
    ["red", "红色", "rowan red", "leather", "羽绒", "M", "42", "Oakfen", "mug", "ware", "", "pink"]
)


@st.composite
def _products(draw: st.DrawFn) -> Product:
    variants = draw(st.lists(st.tuples(_ATTRIBUTES, _PRICES, st.integers(0, 1)), max_size=3))
    return Product(
        id="p",
        title={"en": draw(st.sampled_from(["Red Mug", "Leather boot", "红色杯子"]))},
        price=draw(_PRICES),
        category=draw(st.sampled_from([{}, {"en": "Ware > Mugs", "zh": "器皿 > 杯子"}])),
        brand=draw(st.sampled_from(["", "Oakfen", "Oakfen Red"])),
        stock=draw(st.sampled_from([None, 0, 2])),
        attributes=draw(_ATTRIBUTES),
        variants=tuple(Variant(f"v{i}", a, p, s) for i, (a, p, s) in enumerate(variants)),
        rating=draw(st.sampled_from([None, 3.0, 4.5])),
    )


_FILTERS = st.builds(
    Filters,
    category=st.sampled_from([*[""] * 8, "mug", "Ware > Mugs", "器皿"]),
    brand=st.sampled_from([*[""] * 8, "oakfen", "red"]),
    min_price=st.sampled_from([None, None, None, Decimal("9.99"), Decimal("10.0001")]),
    max_price=st.sampled_from([None, None, None, Decimal("9.99"), Decimal("10.0001")]),
    in_stock=st.sampled_from([False, False, True]),
    min_rating=st.sampled_from([None, None, None, None, 4.0]),
    attributes=st.lists(
        st.builds(
            AttributeFilter,
            _WORDS,
            st.sampled_from(["", "", "colour", "size", "brand", "title", "category", "material"]),
            st.booleans(),
            st.sampled_from([(), (), (), ("red",), ("M",)]),
        ),
        max_size=2,
    ).map(tuple),
    measures=st.lists(
        st.builds(
            MeasureFilter,
            st.sampled_from(["mass", "people", "length", "volume", "number", "time"]),
            st.sampled_from([None, 0.3, 2, 950]),
            st.sampled_from([None, 0.6, 2, 1000]),
            st.sampled_from(["", "", "*", "weight", "重量", "size"]),
        ),
        max_size=1,
    ).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_products(), min_size=1, max_size=8), st.lists(_FILTERS, min_size=4, max_size=12))
def test_the_mask_is_what_satisfies_says(products: list[Product], asked: list[Filters]) -> None:
    facets = Facets(products)
    for filters in asked:
        mask = facets.mask(filters)
        chosen = [True] * len(products) if mask is None else mask.tolist()
        assert chosen == [satisfies(product, filters) for product in products]
