"""Write customers.jsonl and orders.jsonl of the sample shop: `python data/shop/generate_orders.py`.

The people and the told stories come from people.toml, what they buy from products/*.jsonl; the
rest is drawn from one seed, so that the same inputs give the same bytes. Standard library only.
Money is counted in cents and time in hundredths of a day before the import.
"""

import argparse
import itertools
import json
import random
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parcels import DAY, PACKING, Carriers, Journey, moment
from wares import Variant, amount, cents, read_variants, total_of

HERE = Path(__file__).parent
SEED = 20_261_121
ORDERS = 300

# How many of the 300 orders end in each status.
STATUSES = {
    "pending": 36,
    "processed": 27,
    "shipped": 36,
    "delivered": 138,
    "cancelled": 24,
    "return_requested": 13,
    "exchange_requested": 10,
    "returned": 16,
}
# Days since delivery, clear of the policies' limits of 7, 30 and 45 days by two days at least, so
# that an order stays inside or outside of its window for a while after the import.
DELIVERED_AGES = [*range(1, 5), *range(10, 28), *range(10, 28), *range(33, 43), *range(48, 330, 6)]
# Order numbers fall with age through these points: (hundredths of a day, number).
NUMBERS = [(0, 28_460), (530, 27_546), (1890, 26_351), (4310, 24_387), (6000, 23_684)]
NUMBERS += [(12_400, 21_945), (14_500, 21_378), (40_000, 15_000)]
# Weight of each kind of payment method, by the customer's language.
KINDS = {
    "en": ["credit_card"] * 5 + ["paypal"] * 3,
    "zh": ["credit_card"] * 3 + ["alipay"] * 3 + ["wechat_pay"] * 3 + ["paypal"],
}


@dataclass
class Customer:
    """A customer row of people.toml, its city, and the JSON record that is written."""

    record: dict[str, Any]
    city: list[str]
    told: list[dict[str, Any]] = field(default_factory=list)
    orders: int = 0

    @property
    def methods(self) -> list[dict[str, str]]:
        """How this customer can pay."""
        return self.record["payment_methods"]  # type: ignore[no-any-return]


class Writer:
    """Draws customers and orders from one random stream."""

    def __init__(self, people: dict[str, Any], variants: list[Variant], seed: int = SEED) -> None:
        self.draw = random.Random(seed)
        self.zones = people["zones"]
        self.carriers = Carriers(self.draw, self.zones)
        self.variants = variants
        self.by_id = {variant.id: variant for variant in variants}
        told = {persona["customer"]: persona for persona in people["personas"]}
        self.customers = [
            self.customer(row, people["cities"][row[4]], told.get(row[0]))
            for row in people["people"]["rows"]
        ]
        self.used = {int(o["id"][3:]) for c in self.customers for o in c.told}

    # Customers

    def customer(self, row: list[str], city: list[str], persona: Any) -> Customer:
        """One customer; a persona's methods and orders are given, another's are drawn."""
        id, first, last, locale, _, line1, line2, mail = row
        address = {"line1": line1, "line2": line2, "city": city[0], "region": city[2]}
        address |= {"postal_code": city[3], "country": city[4]}
        methods = self.methods(id, locale)
        if persona:
            methods = [self.given(*method) for method in persona["methods"]]
        record = {
            "id": id,
            "first_name": first,
            "last_name": last,
            "email": f"{mail}@example.com",
            "phone": f"+1 {self.area(city)} 555 01{id[-2:]}",
            "locale": locale,
            "address": address,
            "payment_methods": methods,
        }
        return Customer(record, city, persona["orders"] if persona else [])

    def area(self, city: list[str]) -> str:
        """A telephone area code of the city's side of the country."""
        return {"west": "510", "inland": "303", "east": "718"}.get(city[5], "415")

    def given(self, id: str, kind: str, label: str, balance: str = "") -> dict[str, str]:
        """One method as people.toml states it."""
        return {"id": id, "kind": kind, "label": label} | ({"balance": balance} if balance else {})

    def methods(self, customer: str, locale: str) -> list[dict[str, str]]:
        """One to three ways to pay, and a gift card for every third customer."""
        kinds = [self.draw.choice(KINDS[locale]) for _ in range(self.draw.choice([1, 2, 2, 3]))]
        methods = [self.method(kind, customer) for kind in dict.fromkeys(kinds)]
        if self.draw.random() < 0.35:
            balance = self.draw.choice([0, 1250, 2000, 3575, 5000, 8240, 12_000, 20_000])
            methods.append(self.method("gift_card", customer) | {"balance": amount(balance)})
        return methods

    def method(self, kind: str, customer: str) -> dict[str, str]:
        """A drawn method of one kind, with its label."""
        digits = f"{self.draw.randrange(1000, 9999)}"
        labels = {
            "credit_card": f"Credit card ending in {digits}",
            "gift_card": f"Gift card ending in {digits}",
            "paypal": "PayPal",
            "alipay": "Alipay 支付宝",
            "wechat_pay": "WeChat Pay 微信支付",
        }
        number = digits if kind.endswith("card") else customer[2:]
        return self.given(f"{kind}_{number}", kind, labels[kind])

    # Orders

    def orders(self) -> list[dict[str, Any]]:
        """The told orders and the drawn ones, newest first."""
        told = [(c, spec) for c in self.customers for spec in c.told]
        left = dict(STATUSES)
        for _, spec in told:
            left[spec["status"]] -= 1
        orders = [self.told(customer, spec) for customer, spec in told]
        owners = self.owners(ORDERS - len(told))
        statuses = [status for status, count in left.items() for _ in range(count)]
        self.draw.shuffle(statuses)
        orders += [self.drawn(c, status) for c, status in zip(owners, statuses, strict=True)]
        orders.sort(key=lambda order: order[0])
        self.number([order for _, order in orders])
        return [order for _, order in orders]

    def owners(self, count: int) -> list[Customer]:
        """Who placed the drawn orders: everyone at least one, nobody more than twelve."""
        plain = [customer for customer in self.customers if not customer.told]
        owners = list(plain)
        for customer in plain:
            customer.orders = 1
        while len(owners) < count:
            customer = self.draw.choice(plain)
            if customer.orders < 12:
                customer.orders += 1
                owners.append(customer)
        return owners

    def told(self, customer: Customer, spec: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """An order whose facts people.toml gives."""
        lines = [self.line(n, self.by_id[id], q) for n, (id, q) in enumerate(spec["lines"], 1)]
        total = total_of(lines)
        fixed = sum(cents(part) for _, part in spec["pay"] if part)
        pay = [(method, cents(part) if part else total - fixed) for method, part in spec["pay"]]
        transit = hundredths(spec.get("transit", "0"))
        placed = hundredths(spec["placed"]) if "placed" in spec else None
        if placed is None:
            placed = hundredths(spec["arrived"]) + transit + PACKING
        way = Journey(
            placed,
            transit,
            spec.get("parcels", 1),
            under_way=spec["status"] == "shipped",
            late=spec.get("late", False),
        )
        order = self.order(customer, spec["status"], lines, pay, way)
        return placed, {"id": spec["id"]} | order

    def drawn(self, customer: Customer, status: str) -> tuple[int, dict[str, Any]]:
        """An order of one status, everything else drawn."""
        zone = self.zones[customer.city[5]]
        transit = self.draw.randrange(zone["days"][0] * DAY, zone["days"][1] * DAY)
        placed = self.placed(status, transit)
        lines = self.lines(customer, recent=placed < 10 * DAY)
        parcels = 2 if len(lines) > 1 and self.draw.random() < 0.25 else 1
        if placed < PACKING + DAY:
            parcels = 1
        pay = self.pay(customer, total_of(lines))
        late = status == "shipped" and self.draw.random() < 0.15
        way = Journey(
            placed + (12 * DAY if late else 0),
            transit,
            parcels,
            under_way=status == "shipped",
            late=late,
        )
        return way.placed, {"id": ""} | self.order(customer, status, lines, pay, way)

    def placed(self, status: str, transit: int) -> int:
        """How long ago an order of this status was placed."""
        minutes = self.draw.randrange(DAY)
        if status in ("delivered", "returned"):
            ages = [a for a in DELIVERED_AGES if status == "delivered" or 14 < a < 200]
            days: int = self.draw.choice(ages)
            return days * DAY + minutes + transit + PACKING
        if status in ("return_requested", "exchange_requested"):
            return self.draw.randrange(3, 24) * DAY + minutes + transit + PACKING
        if status == "shipped":
            percent: int = self.draw.randrange(10, 96)
            return PACKING + transit * percent // 100
        if status == "cancelled":
            return self.draw.randrange(2, 210) * DAY + minutes
        return minutes + (15 if status == "pending" else 110)

    def lines(self, customer: Customer, recent: bool) -> list[dict[str, Any]]:
        """One to four lines whose total ships free, so that a payment is the sum of its lines."""
        abroad = customer.city[5] in ("abroad", "islands")
        choice = [
            v
            for v in self.variants
            if (v.stock > 2 or not recent) and not (abroad and v.ground_only)
        ]
        floor = 20_000 if customer.city[5] == "abroad" else 4_900
        wanted = self.draw.choice([1, 1, 1, 2, 2, 3, 4])
        lines: list[dict[str, Any]] = []
        while len(lines) < wanted or total_of(lines) < floor:
            variant = self.draw.choice(choice)
            if all(line["product_id"] != variant.product_id for line in lines):
                quantity = self.draw.choice([1, 1, 1, 1, 2, 3]) if variant.price < 6000 else 1
                lines.append(self.line(len(lines) + 1, variant, quantity))
        return lines

    def line(self, number: int, variant: Variant, quantity: int) -> dict[str, Any]:
        """One order line at the variant's price."""
        return {
            "line": number,
            "product_id": variant.product_id,
            "variant_id": variant.id,
            "title": variant.title,
            "options": variant.options,
            "unit_price": amount(variant.price),
            "quantity": quantity,
        }

    def pay(self, customer: Customer, total: int) -> list[tuple[str, int]]:
        """One method for all of it, or a gift card first and another method for the rest."""
        others = [m["id"] for m in customer.methods if m["kind"] != "gift_card"]
        cards = [m["id"] for m in customer.methods if m["kind"] == "gift_card"]
        if cards and self.draw.random() < 0.4:
            part = self.draw.choice([1000, 1500, 2500, 4000, total])
            if part < total:
                return [(cards[0], part), (self.draw.choice(others), total - part)]
            return [(cards[0], total)]
        return [(self.draw.choice(others), total)]

    def order(
        self,
        customer: Customer,
        status: str,
        lines: list[dict[str, Any]],
        pay: list[tuple[str, int]],
        way: Journey,
    ) -> dict[str, Any]:
        """The record without its number."""
        shipments = []
        if status not in ("pending", "processed", "cancelled"):
            numbers = [line["line"] for line in lines]
            shipments = self.carriers.parcels(customer.city, numbers, way)
        payments = [money("payment", method, part, way.placed) for method, part in pay]
        payments += self.refunds(status, pay, way)
        return {
            "customer_id": customer.record["id"],
            "placed_at": moment(way.placed),
            "status": status,
            "currency": "USD",
            "address": customer.record["address"],
            "lines": lines,
            "payments": payments,
            "shipments": shipments,
        }

    def refunds(
        self, status: str, pay: list[tuple[str, int]], way: Journey
    ) -> list[dict[str, str]]:
        """Everything back for what was cancelled or returned; now and then something for a dent."""
        if status == "cancelled":
            at = way.placed - self.draw.randrange(4, 90)
            return [money("refund", method, part, at) for method, part in pay]
        if status == "returned":
            at = way.arrived - self.draw.randrange(900, 1300)
            return [money("refund", method, part, at) for method, part in pay]
        if status == "delivered" and way.arrived > 10 * DAY and self.draw.random() < 0.04:
            method, part = pay[-1]
            return [money("refund", method, min(part, 1500), way.arrived - 2 * DAY)]
        return []

    def number(self, orders: list[dict[str, Any]]) -> None:
        """Give the drawn orders their numbers: older is lower, five different digits, no two
        neighbours."""
        taken, last = set(self.used), NUMBERS[0][1]
        for order in orders:
            if order["id"]:
                continue
            number = min(numbered(hundredths(order["placed_at"][2:-1])), last - 2)
            while len(set(str(number))) < 5 or taken & {number - 1, number, number + 1}:
                number -= 1
            taken.add(number)
            last = number
            order["id"] = f"LP-{number}"


def hundredths(days: str) -> int:
    """ "5.3" days -> 530."""
    return cents(days)


def numbered(age: int) -> int:
    """The number that an order of this age would have on the line through NUMBERS."""
    for (young, high), (old, low) in itertools.pairwise(NUMBERS):
        if age <= old:
            return high - (high - low) * (age - young) // (old - young)
    return NUMBERS[-1][1]


def money(kind: str, method: str, part: int, at: int) -> dict[str, str]:
    """One payment or refund."""
    return {"kind": kind, "amount": amount(part), "method_id": method, "at": moment(at)}


def write(folder: Path, products: Path) -> None:
    """Write both files into `folder`."""
    people = tomllib.loads((HERE / "people.toml").read_text(encoding="utf-8"))
    writer = Writer(people, read_variants(products))
    orders = writer.orders()
    records = {
        "customers.jsonl": [customer.record for customer in writer.customers],
        "orders.jsonl": orders,
    }
    for name, rows in records.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=HERE, help="where to write (default: here)")
    parser.add_argument("--products", type=Path, default=HERE / "products")
    arguments = parser.parse_args()
    write(arguments.into, arguments.products)
