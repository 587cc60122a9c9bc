"""Random customers with addresses and payment methods, and what they have ordered."""

import random
from decimal import Decimal
from typing import Any

from agent.events import Lang
from finetune.synthesis.models import LANGS, Buyer, Line, Purchase, Variant, Ware
from finetune.synthesis.vocabulary import Vocabulary

_CARRIERS = (
    ("Swiftlark", "迅羽快递"),
    ("Northline Parcel", "北线速运"),
    ("Harbour Post", "港湾邮政"),
    ("BlueVan", "蓝厢物流"),
    ("Quickstep Express", "快步速递"),
)


_PLACES = (
    ("Reno, NV", "里诺"),
    ("Kansas City, MO", "堪萨斯城"),
    ("Leeds", "利兹"),
    ("Hangzhou", "杭州"),
    ("Rotterdam", "鹿特丹"),
    ("Columbus, OH", "哥伦布"),
    ("Shenzhen", "深圳"),
    ("Calgary, AB", "卡尔加里"),
)


_EVENTS = (
    ("Left the sorting centre", "已离开分拣中心"),
    ("Arrived at the depot", "到达网点"),
    ("Handed to the carrier", "快递已揽收"),
    ("Out for delivery", "派送中"),
)


_METHODS = ("credit_card", "paypal", "gift_card", "alipay", "wechat_pay")


def make_buyer(number: int, currency: str, rng: random.Random) -> Buyer:
    locale = LANGS[number % 2]
    kinds = rng.sample(_METHODS, rng.choice((1, 2, 2, 3, 3, 4)))
    methods = [_method(kind, number, currency, rng) for kind in kinds]
    return Buyer(f"C{1000 + number}", locale, address_of(locale, rng), methods)


def _method(kind: str, number: int, currency: str, rng: random.Random) -> dict[str, Any]:
    digits = f"{rng.randrange(1000, 9999)}"
    card = rng.choice(("Visa", "Mastercard", "Credit card"))
    label = {
        "credit_card": f"{card} ending in {digits}",
        "paypal": "PayPal",
        "gift_card": f"Gift card ending in {digits}",
        "alipay": rng.choice(("Alipay", "支付宝")),
        "wechat_pay": rng.choice(("WeChat Pay", "微信支付")),
    }[kind]
    method: dict[str, Any] = {"id": f"{kind}_{number}{digits}", "kind": kind, "label": label}
    if kind == "gift_card":
        method |= {"balance": str(rng.choice((5, 20, 60, 250, 900))), "currency": currency}
    return method


_STREETS = ("Maple", "Quarry", "Station", "Orchard", "Mill", "Chapel", "Larch", "Harbour", "Kiln")


_ENDS = ("Street", "Road", "Lane", "Ave", "Court", "Drive")


_CITIES = (
    ("Austin", "TX", "78701", "US"),
    ("Madison", "WI", "53703", "US"),
    ("Boise", "ID", "83702", "US"),
    ("Tucson", "AZ", "85701", "US"),
    ("Portland", "ME", "04101", "US"),
    ("Albany", "NY", "12207", "US"),
    ("Leeds", "", "LS1 4DY", "UK"),
    ("Bristol", "", "BS1 5TR", "UK"),
    ("Cork", "", "T12 W8KP", "Ireland"),
    ("Halifax", "NS", "B3J 1S9", "Canada"),
    ("Perth", "WA", "6000", "Australia"),
)


_CITIES_ZH = (
    ("杭州市", "浙江省", "310012", "西湖区文三路"),
    ("成都市", "四川省", "610041", "武侯区人民南路"),
    ("上海市", "", "200031", "徐汇区衡山路"),
    ("北京市", "", "100083", "海淀区学院路"),
    ("广州市", "广东省", "510620", "天河区体育东路"),
    ("武汉市", "湖北省", "430070", "洪山区珞喻路"),
    ("厦门市", "福建省", "361004", "思明区湖滨南路"),
)


def address_of(lang: Lang, rng: random.Random) -> dict[str, str]:
    """An invented address in a real town."""
    if lang == "zh" and rng.random() < 0.7:
        city, region, code, street = rng.choice(_CITIES_ZH)
        line1 = f"{street}{rng.randrange(2, 400)}号"
        line2 = rng.choice(("", "", f"{rng.randrange(1, 20)}栋{rng.randrange(101, 2900)}室"))
        country = "中国"
    else:
        city, region, code, country = rng.choice(_CITIES)
        line1 = f"{rng.randrange(2, 9000)} {rng.choice(_STREETS)} {rng.choice(_ENDS)}"
        line2 = rng.choice(("", "", f"Apt {rng.randrange(1, 40)}", f"Unit {rng.choice('ABCD')}"))
    return {
        "line1": line1,
        "line2": line2,
        "city": city,
        "region": region,
        "postal_code": code,
        "country": country,
    }


_STATUS = (
    ("pending", 8),
    ("processed", 2),
    ("shipped", 5),
    ("delivered", 8),
    ("cancelled", 1),
    ("return_requested", 1),
    ("returned", 1),
)


def make_purchase(
    words: Vocabulary, order_id: str, buyer: Buyer, wares: list[Ware], rng: random.Random
) -> Purchase:
    status = rng.choices([s for s, _ in _STATUS], [w for _, w in _STATUS])[0]
    lines = [
        _line(number, ware, rng)
        for number, ware in enumerate(rng.sample(wares, rng.choice((1, 1, 2, 2, 3, 4))), 1)
    ]
    prices = [(line.variant.price if line.variant else line.ware.price) for line in lines]
    total = sum((p * line.quantity for p, line in zip(prices, lines, strict=True)), Decimal(0))
    method = next((m for m in buyer.methods if "balance" not in m), buyer.methods[0])
    # Most of what has arrived can still go back.
    ago = rng.uniform(5, 17) if rng.random() < 0.75 else rng.uniform(17, 60)
    age = {"pending": 0.5, "processed": 1.5, "shipped": 4.0}.get(status, ago)
    payments = [{"kind": "payment", "amount": str(total), "method_id": method["id"]}]
    if status in ("cancelled", "returned"):
        payments.append({"kind": "refund", "amount": str(total), "method_id": method["id"]})
    for payment in payments:
        payment["at"] = f"@-{age:.1f}d"
    row = {
        "id": order_id,
        "customer_id": buyer.id,
        "placed_at": f"@-{age:.1f}d",
        "status": status,
        "currency": wares[0].row["currency"],
        "address": buyer.address,
        "lines": [
            {
                "line": line.number,
                "product_id": line.ware.id,
                **({"variant_id": line.variant.id} if line.variant else {}),
                "title": line.ware.title,
                "options": options_text(words, line.variant),
                "unit_price": str(price),
                "quantity": line.quantity,
            }
            for line, price in zip(lines, prices, strict=True)
        ],
        "payments": payments,
        "shipments": _shipments(status, age, len(lines), rng),
    }
    return Purchase(order_id, buyer.id, status, lines, row)


def options_text(words: Vocabulary, variant: Variant | None) -> dict[Lang, str]:
    """A variant's options as a shop writes them on an order."""
    values = [words.value(value) for value in (variant.options if variant else {}).values()]
    glue: dict[Lang, str] = {"en": ", ", "zh": "，"}
    return {lang: glue[lang].join(value[lang] for value in values) for lang in LANGS}


def _line(number: int, ware: Ware, rng: random.Random) -> Line:
    variant = rng.choice(ware.variants) if ware.variants else None
    return Line(number, ware, variant, rng.choice((1, 1, 1, 1, 2, 3)))


def _shipments(status: str, age: float, lines: int, rng: random.Random) -> list[dict[str, Any]]:
    if status not in ("shipped", "delivered", "return_requested", "returned"):
        return []
    carrier = rng.choice(_CARRIERS)[0]
    where = rng.sample(_PLACES, 2)
    events = [
        {
            "at": f"@-{age - step - 0.5:.1f}d",
            "place": dict(zip(LANGS, place, strict=True)),
            "text": dict(zip(LANGS, text, strict=True)),
        }
        for step, (place, text) in enumerate(zip(where, rng.sample(_EVENTS, 2), strict=True), 1)
    ]
    shipment: dict[str, Any] = {
        "carrier": carrier,
        "tracking_number": f"{carrier[:2].upper()}{rng.randrange(10**8, 10**9)}",
        "lines": list(range(1, lines + 1)),
        "events": events,
    }
    if status == "shipped":
        shipment["eta"] = rng.choice(("@+1d", "@+3d", "@-2d"))
    else:
        shipment |= {"eta": f"@-{age - 4:.1f}d", "delivered_at": f"@-{age - 4:.1f}d"}
    return [shipment]
