"""What the simulated shopper knows in the middle of a conversation, and how they put it."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from agent.events import Lang, Order, ProductCard
from finetune.synthesis.buyers import address_of
from finetune.synthesis.models import Buyer, Purchase, Rule, Ware, World
from finetune.synthesis.vocabulary import (
    Kind,
    load_clauses,
    load_frames,
    load_reasons,
    load_replies,
)

_ORDINALS: dict[Lang, list[list[str]]] = {
    "en": [
        ["the first one", "the first", "number 1", "#1", "the one at the top"],
        ["the second one", "the second", "number 2", "the 2nd one"],
        ["the third one", "number three", "the 3rd"],
        ["the fourth one", "number 4"],
    ],
    "zh": [
        ["第一个", "第一款", "1号", "最上面那个", "头一个"],
        ["第二个", "第二款", "2号那个", "第二件"],
        ["第三个", "第三款", "3号"],
        ["第四个", "第四款"],
    ],
}
_LAST: dict[Lang, list[str]] = {
    "en": ["the last one", "the last of them"],
    "zh": ["最后一个", "最后那款"],
}
_IT: dict[Lang, list[str]] = {
    "en": ["it", "this one", "that one"],
    "zh": ["它", "这个", "这款", "刚才那个"],
}
_PRICES: dict[Lang, dict[str, list[str]]] = {
    "en": {
        "": ["{}"],
        "USD": ["${}", "{} dollars", "{} bucks", "{} USD"],
        "CAD": ["${}", "{} dollars", "{} bucks", "{} CAD"],
        "HKD": ["${}", "{} dollars", "{} HKD"],
        "EUR": ["€{}", "{} euros", "{} EUR"],
        "GBP": ["£{}", "{} quid", "{} pounds"],
        "CNY": ["¥{}", "{} yuan", "{} RMB"],
    },
    "zh": {
        "": ["{}", "{}块", "{}块钱"],
        "USD": ["{}美元", "{}刀", "${}"],
        "CAD": ["{}加元", "{}刀"],
        "HKD": ["{}港币", "{}港元"],
        "EUR": ["{}欧元", "{}欧"],
        "GBP": ["{}英镑", "£{}"],
        "CNY": ["{}元", "¥{}", "{}元钱"],
    },
}
"""How a price is typed in a shop's currency; "" in any shop."""
_PEOPLE: dict[Lang, list[str]] = {
    "en": [
        "my dad",
        "my mum",
        "a friend",
        "my daughter",
        "my boss",
        "my wife",
        "a colleague",
        "my grandson",
        "my neighbour",
        "my boyfriend",
        "a teacher",
        "my in-laws",
    ],
    "zh": [
        "我爸",
        "妈妈",
        "朋友",
        "女儿",
        "领导",
        "老婆",
        "同事",
        "男朋友",
        "老师",
        "公婆",
        "小侄子",
        "闺蜜",
    ],
}
_METHODS: dict[str, dict[Lang, list[tuple[str, str]]]] = {
    "credit_card": {
        "en": [
            ("my card", "card"),
            ("my credit card", "credit card"),
            ("{label}", "{label}"),
            ("the card ending in {digits}", "{digits}"),
            ("my {brand}", "{brand}"),
        ],
        "zh": [("我的信用卡", "信用卡"), ("尾号{digits}的卡", "{digits}"), ("信用卡", "信用卡")],
    },
    "paypal": {
        "en": [("PayPal", "PayPal"), ("my PayPal", "PayPal"), ("paypal", "paypal")],
        "zh": [("PayPal", "PayPal"), ("我的PayPal", "PayPal"), ("贝宝", "贝宝")],
    },
    "gift_card": {
        "en": [
            ("my gift card", "gift card"),
            ("the gift card", "gift card"),
            ("gift card {digits}", "gift card {digits}"),
        ],
        "zh": [
            ("礼品卡", "礼品卡"),
            ("我的礼品卡", "礼品卡"),
            ("尾号{digits}的礼品卡", "{digits}"),
        ],
    },
    "alipay": {
        "en": [("Alipay", "Alipay"), ("my Alipay", "Alipay")],
        "zh": [("支付宝", "支付宝"), ("我的支付宝", "支付宝")],
    },
    "wechat_pay": {
        "en": [("WeChat Pay", "WeChat Pay"), ("wechat", "wechat")],
        "zh": [("微信", "微信"), ("微信支付", "微信支付")],
    },
}


class Unsayable(Exception):
    """The conversation cannot go this way: begin another one."""


@dataclass
class Talk:
    """One conversation under way, as the shopper sees it."""

    world: World
    rng: random.Random
    lang: Lang
    buyer: Buyer | None
    held_out: bool
    bank: str = ""
    shown: list[ProductCard] = field(default_factory=list)
    opened: ProductCard | None = None
    wanted: dict[str, Any] = field(default_factory=dict)
    sought: str = ""
    kind: Kind | None = None
    orders: dict[str, Order] = field(default_factory=dict)
    order: str = ""
    order_act: str = ""
    method_asked: str = ""
    rule: Rule | None = None
    acts: list[str] = field(default_factory=list)

    def say(self, act: str, **slots: str) -> str:
        """The shopper's words for an act."""
        return self.say_if(lambda frame: True, act, **slots)

    def say_if(self, fits: Callable[[str], bool], act: str, /, **slots: str) -> str:
        """The shopper's words for an act, of those that fit. Raises Unsayable where none does."""
        frames = [frame for frame in self._frames()[act] if fits(frame)]
        if not frames:
            raise Unsayable
        self.acts.append(act)
        return self.rng.choice(frames).format(**slots)

    def reason(self, text: str, **slots: str) -> str:
        """Why something goes back, in the words of the message; "" where it says no reason."""
        reasons = (reason.format(**slots) for reason in load_reasons(self.lang))
        return next((reason for reason in reasons if reason in text), "")

    def clause(self, name: str, **slots: str) -> str:
        """What stands beside a frame, or in its place."""
        clauses = load_clauses(held_out=self.held_out)[name][self.lang]
        return self.rng.choice(clauses).format(**slots)

    def _frames(self) -> dict[str, list[str]]:
        return load_frames(self.lang, held_out=self.held_out, first=self.bank)

    def ask(self, act: str, questions: list[str]) -> str:
        """One of the questions that belong to a rule, noted as an act."""
        self.acts.append(act)
        return self.rng.choice(questions)

    def knows(self, act: str) -> bool:
        """Whether the banks have an act."""
        return act in self._frames()

    def reply(self, act: str, **slots: str) -> str:
        """The clerk's words for an act."""
        return _sentence(self.rng.choice(load_replies(self.lang)[act]).format(**slots))

    def ware(self) -> Ware:
        """Any product of the shop."""
        return self.rng.choice(self.world.wares)

    def card_named(self) -> tuple[ProductCard, str]:
        """One of the products shown, and how the shopper points at it. Raises Unsayable."""
        if not self.shown:
            raise Unsayable
        card = self.rng.choice(self.shown)
        return card, self.called(card)

    def called(self, card: ProductCard) -> str:
        """How the shopper points at one of the products shown."""
        place = self.shown.index(card)
        ways = [self.short(self.world.ware(card.id)), card.title]
        if place < 4 and len(self.shown) > 1:
            ways += self.rng.sample(_ORDINALS[self.lang][place], 2)
        if place == len(self.shown) - 1 and place > 1:
            ways += _LAST[self.lang]
        if card == self.opened:
            ways += _IT[self.lang]
        return self.rng.choice(ways)

    def short(self, ware: Ware) -> str:
        """A product as one calls it after having read its title."""
        name, kind = ware.short[self.lang], ware.kind.name[self.lang]
        return self.rng.choice(
            [name, ware.title[self.lang]]
            + ([f"the {name}", f"the {kind}"] if self.lang == "en" else [f"{name}那个"])
        )

    def value(self, value: str) -> str:
        """A fact's value in words."""
        return self.world.words.value(value)[self.lang]

    def prices(self, *amounts: Decimal | int) -> list[str]:
        """Amounts as people type them in one message, in the shop's currency."""
        units = _PRICES[self.lang]
        way = self.rng.choice([*units[""], *units[self.world.currency]])
        return [way.format(amount) for amount in amounts]

    def person(self) -> str:
        """Whom a present is for."""
        return self.rng.choice(_PEOPLE[self.lang])

    def method(self, method: dict[str, Any]) -> tuple[str, str]:
        """A payment method in the shopper's words, and what of them names it."""
        label = str(method["label"])
        digits = (re.findall(r"\d{4}", label) or [""])[0]
        slots = {"label": label, "digits": digits, "brand": label.split(" ending")[0]}
        said, named = self.rng.choice(_METHODS[str(method["kind"])][self.lang])
        return said.format(**slots), named.format(**slots)

    def address(self) -> tuple[dict[str, str], str]:
        """A new address, and how it is typed."""
        parts = address_of(self.lang, self.rng)
        if self.rng.random() < 0.4:
            parts["country"] = ""
        if "号" in parts["line1"]:
            text = "".join(parts[k] for k in ("country", "region", "city", "line1", "line2"))
            glue = self.rng.choice(("，", " ", "，邮编", " 邮编"))
            return parts, f"{text}{glue}{parts['postal_code']}"
        line = ", ".join(filter(None, (parts["line1"], parts["line2"], parts["city"])))
        state = " ".join(filter(None, (parts["region"], parts["postal_code"])))
        return parts, ", ".join(filter(None, (line, state, parts["country"])))

    def item(self, ware: Ware) -> str:
        """Goods of an order, called by what they are."""
        return self.rng.choice([*ware.kind.items[self.lang], ware.short[self.lang]])

    def number(self, purchase: Purchase) -> str:
        """An order's number as it is typed."""
        return purchase.id

    def purchase(self, *statuses: str) -> Purchase:
        """One of the shopper's own orders, in one of these states if any. Raises Unsayable."""
        if self.buyer is None:
            # Nobody signed in: some order that they claim.
            return self.rng.choice([p for _, p in self.world.purchases()])
        own = [p for p in self.buyer.orders if not statuses or p.status in statuses]
        if not own:
            raise Unsayable
        return self.rng.choice(own)


def _sentence(text: str) -> str:
    """With a capital letter, and no two marks at its end."""
    text = re.sub(r"([.。])\.+$", r"\1", text)
    return text[:1].upper() + text[1:]
