"""A task's gold action in a shopper's own words."""

import random
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from finetune.evaluation.retail.oracle import Oracle
from finetune.evaluation.retail.tasks import Action

FRAMES = Path(__file__).with_name("frames.yaml")

_ACTS = {
    "cancel_pending_order": "cancel",
    "modify_pending_order_address": "address",
    "modify_pending_order_payment": "payment",
    "modify_pending_order_items": "items",
    "return_delivered_order_items": "return",
    "exchange_delivered_order_items": "exchange",
}
# What a question of the assistant's may be about, and the words that show it.
_QUESTIONS = {
    "order": re.compile(
        r"\b(?:which|what) order\b|order (?:number|id)|which of (?:these|them)", re.I
    ),
    "reason": re.compile(r"\bwhy\b|\breason\b|no longer needed|by mistake", re.I),
    "address": re.compile(r"\baddress\b|where .*\b(?:go|sent|send|ship)", re.I),
    "method": re.compile(
        r"\bpay(?:ment)?\b|\bmethod\b|\bcard\b|\baccount\b|refund(?:ed)? to", re.I
    ),
    "options": re.compile(r"\boptions?\b|\bsize\b|\bcolou?r\b|\binstead\b|\bvariant\b", re.I),
    "items": re.compile(r"\bwhich (?:item|line|product)s?\b|\bwhat item", re.I),
}
_NEEDS_ITS_KEY = re.compile(r"yes|no|none|low|medium|high|large|small|\d+", re.I)


@cache
def _frames() -> dict[str, Any]:
    frames: dict[str, Any] = yaml.safe_load(FRAMES.read_text("utf-8"))
    return frames


@dataclass(frozen=True)
class Spoken:
    """One wish in words: its act and what fills the frames of it."""

    act: str
    slots: dict[str, str]
    rng: random.Random

    def state(self) -> str:
        """The whole wish."""
        return _capital(self.rng.choice(_frames()[self.act]).format(**self.slots))

    def not_this(self) -> str:
        """The wish again, after something else was proposed."""
        return str(self.rng.choice(_frames()["not_this"]).format(wish=self.state()))

    def answer(self, question: str) -> str:
        """What the assistant's words ask for; the whole wish again where they ask for nothing."""
        asked = [
            part
            for part, pattern in _QUESTIONS.items()
            if pattern.search(question) and set(_SLOTS[part]) <= self.slots.keys()
        ]
        if "?" not in question or not asked:
            return str(self.rng.choice(_frames()["again"]).format(wish=self.state()))
        told = [self.rng.choice(_frames()["give"][part]).format(**self.slots) for part in asked]
        return " ".join(_capital(text) for text in told)


_SLOTS = {part: ("swaps",) if part == "options" else (part,) for part in _QUESTIONS}


def spoken(action: Action, oracle: Oracle, rng: random.Random) -> Spoken:
    """The action in words, given how the order stands at that moment."""
    given = action["kwargs"]
    order = oracle.order(given["order_id"])
    act = _ACTS[action["name"]]
    slots = {"order": given["order_id"]}
    if act == "cancel":
        slots["reason"] = rng.choice(_frames()["reasons"][given["reason"]])
    elif act == "address":
        parts = ("address1", "address2", "city", "state", "zip", "country")
        slots["address"] = ", ".join(given[part] for part in parts if given[part])
    if "payment_method_id" in given:
        slots["method"] = method_words(oracle, order["user_id"], given["payment_method_id"], rng)
    if act == "return":
        slots["items"] = _listed([f"the {name}" for name in _names(order, given["item_ids"])])
    elif act in ("items", "exchange"):
        slots["swaps"] = _swaps(oracle, order, given, rng)
    return Spoken(act, slots, rng)


def method_words(oracle: Oracle, user_id: str, method_id: str, rng: random.Random) -> str:
    """A payment method by its kind and its last digits."""
    method = oracle.user(user_id)["payment_methods"][method_id]
    if method["source"] == "paypal":
        return rng.choice(["PayPal", "my PayPal account", "paypal"])
    if method["source"] == "gift_card":
        return rng.choice(["my gift card", "the gift card"])
    digits, brand = method["last_four"], method["brand"]
    return rng.choice(
        [
            f"my {brand} ending in {digits}",
            f"the card ending in {digits}",
            f"my {brand} card ({digits})",
        ]
    )


def _names(order: dict[str, Any], item_ids: list[str]) -> list[str]:
    """Items by their product's name, with their options where the order has several of it."""
    items = {item["item_id"]: item for item in order["items"]}
    of_name = Counter(item["name"] for item in order["items"])
    return [
        name
        if of_name[name := items[item_id]["name"]] == 1
        else f"{name} ({', '.join(items[item_id]['options'].values())})"
        for item_id in item_ids
    ]


def _swaps(oracle: Oracle, order: dict[str, Any], given: dict[str, Any], rng: random.Random) -> str:
    frame = rng.choice(_frames()["swap"])
    items = {item["item_id"]: item for item in order["items"]}
    clauses = []
    pairs = zip(given["item_ids"], given["new_item_ids"], strict=True)
    for name, (old, new) in zip(_names(order, given["item_ids"]), pairs, strict=True):
        words = _options(items[old]["options"], oracle.variants[new]["options"], rng)
        clauses.append(frame.format(item=name, options=words))
    return _listed(clauses)


def _options(before: dict[str, str], after: dict[str, str], rng: random.Random) -> str:
    """What becomes different, by values, or by what each is a value of."""
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    by_key = rng.random() < 0.4
    words = [
        f"{key} {value}" if by_key or _NEEDS_ITS_KEY.fullmatch(value) else value
        for key, value in changed.items()
    ]
    return " and ".join(words) if len(words) < 3 else ", ".join(words)


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
