"""A small shop full of traps for whoever reads queries: brands that are words, teas of a colour."""

from decimal import Decimal

from retrieval.catalogue import Local, Product, Variant

_ROWS: list[tuple[str, str, str, str, str, dict[str, str], list[dict[str, str]]]] = [
    ("iphone", "iPhone 11 128GB", "Phones", "Apple", "599", {"storage": "128 GB"}, []),
    ("cider", "Apple Cider Vinegar", "Groceries", "Braggs", "6", {"volume": "946 ml"}, []),
    ("cider2", "Organic Apple Cider", "Groceries", "Holm", "7", {"volume": "1 L"}, []),
    ("greentea", "Green Tea Sencha", "Groceries", "Holm", "12", {"net weight": "100 g"}, []),
    ("greentea2", "Green Tea with Jasmine", "Groceries", "Holm", "14", {"net weight": "50 g"}, []),
    ("redtea", "正山小种红茶", "Groceries", "云栖", "30", {"净重": "250克"}, []),
    ("mug", "Stoneware Mug", "Mugs", "Holm", "9", {"colour": "green", "capacity": "350 ml"}, []),
    ("mug2", "白色马克杯", "Mugs", "云栖", "8", {"颜色": "白色", "容量": "400毫升"}, []),
    ("glass", "Red Wine Glasses", "Glasses", "Holm", "25", {"material": "glass", "set": "4"}, []),
    ("pan", "Non-stick Frying Pan", "Pans", "Émile Noir", "45", {"diameter": "28 cm"}, []),
    ("shirt", "Training Shirt", "Shirts", "Under Armour", "35", {"material": "polyester"}, [
        {"size": "S", "color": "off-white"}, {"size": "XL", "color": "navy blue"}]),
    ("shirt2", "Oxford Shirt", "Shirts", "Holm", "60", {"material": "100% cotton"}, [
        {"size": "M", "color": "light blue"}, {"size": "L", "color": "burgundy red"}]),
    ("tee", "无印短袖衬衫", "Shirts", "云栖", "40", {"材质": "纯棉"}, [
        {"尺码": "L", "颜色": "红色"}, {"尺码": "M", "颜色": "粉红"}]),
    ("earbuds", "无线耳机", "Headphones", "Sony", "80", {"battery life": "24 h"}, []),
    ("cable", "USB-C Cable", "Cables", "Anker", "15", {"length": "4 m", "power": "100 W"}, []),
    ("cable2", "Charging Cable", "Cables", "Anker", "10", {"length": "1 m", "power": "60 W"}, []),
    ("tv", "4K TV 55 inch", "Televisions", "Sony", "700", {"screen": "55 inch"}, []),
    ("light", "Desk Light", "Lamps", "Switch", "30", {"brightness": "500 lm"}, []),
]  # fmt: skip


def bazaar() -> list[Product]:
    """The products, all in stock; options cost what the product does."""
    return [
        Product(
            id=name,
            title=_local(title),
            price=Decimal(price),
            category={"": category},
            brand=brand,
            currency="GBP",
            stock=3,
            attributes={key: _local(value) for key, value in attributes.items()},
            variants=tuple(
                Variant(f"{name}-{i}", {k: _local(v) for k, v in o.items()}, Decimal(price), 1)
                for i, o in enumerate(options)
            ),
            rating=4.0,
        )
        for name, title, category, brand, price, attributes, options in _ROWS
    ]


def _local(text: str) -> Local:
    return {"": text}
