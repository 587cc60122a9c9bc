"""One row of a catalogue to a `Product`, or to everything that is wrong with it."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from retrieval.catalogue import FIELDS, Local, Product, Variant
from retrieval.inputs.plaintext import clean, has_html, strip_html

Fault = tuple[str, str, bool]
"""Field, message, and whether the row is kept all the same."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RELATIVE = re.compile(r"@[+-]\d+(\.\d+)?[dhm]")
_LONGEST_ID = 128
_LARGEST_PRICE = Decimal(10**12)
_NO_VARIANT = Variant("", {}, Decimal(0), None)


class _Wrong(ValueError):
    """Why a value cannot be used; the field is known where it is caught."""


def parse_product(row: Mapping[str, Any]) -> tuple[Product | None, list[Fault]]:
    """A row in the shape of DESIGN section 5 to a product, or None and every fault in it.

    HTML in texts is removed, with a fault that says so but keeps the row. Fields that are not
    known go to `extra`.
    """
    return _Row(row).product()


def parse_variant(row: Mapping[str, Any], price: Any) -> tuple[Variant | None, list[Fault]]:
    """A variant alone, as `parse_product` does it. `price` is taken where it states none."""
    inner = _Row(dict(row) | {"price": price} if row.get("price") in (None, "") else row)
    variant = inner.variant()
    faults = [*inner.faults, *inner.notices()]
    return (None if inner.faults else variant), faults


def total_stock(variants: Sequence[Variant]) -> int | None:
    """The pieces of all variants; None where one of them is not counted."""
    counts = [variant.stock for variant in variants]
    return sum(n for n in counts if n is not None) if counts and None not in counts else None


class _Row:
    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = row
        self.faults: list[Fault] = []
        self._html: list[str] = []

    def product(self) -> tuple[Product | None, list[Fault]]:
        price = self._read("price", _price)
        variants = self._variants()
        product = Product(
            id=self._read("id", _id) or "",
            title=self._read("title", self._required_text) or {},
            price=price if price is not None else Decimal(0),
            description=self._read("description", self._text) or {},
            category=self._read("category", self._category) or {},
            brand=self._read("brand", self._name) or "",
            currency=self._read("currency", _currency) or "USD",
            stock=self._stock(variants),
            attributes=self._read("attributes", self._attributes) or {},
            variants=variants,
            rating=self._read("rating", _rating),
            review_count=self._read("review_count", _count) or 0,
            image_url=self._read("image_url", _line) or "",
            url=self._read("url", _line) or "",
            updated_at=self._read("updated_at", _time) or "",
            extra=_plain({k: v for k, v in self._row.items() if k not in FIELDS}),
        )
        return (None if self.faults else product), [*self.faults, *self.notices()]

    def variant(self) -> Variant:
        return Variant(
            id=self._read("id", _required_id) or "",
            attributes=self._read("attributes", self._attributes) or {},
            price=self._read("price", _price) or Decimal(0),
            stock=self._read("stock", _count),
        )

    def notices(self) -> list[Fault]:
        return [(name, "HTML was removed", True) for name in dict.fromkeys(self._html)]

    def _read(self, name: str, parse: Callable[[Any], Any]) -> Any:
        """The parsed field; None where an optional one is absent or any is wrong."""
        value = self._row.get(name)
        required = name in ("id", "title", "price")
        if not required and (value is None or value == ""):
            return None
        self._field = name
        try:
            return parse(value)
        except _Wrong as error:
            self.faults.append((name, str(error), False))
            return None

    def _stock(self, variants: tuple[Variant, ...]) -> int | None:
        stock: int | None = self._read("stock", _count)
        return total_stock(variants) if stock is None else stock

    def _variants(self) -> tuple[Variant, ...]:
        value = self._row.get("variants")
        if value is None or value == "" or value == []:
            return ()
        if not isinstance(value, list):
            self.faults.append(("variants", f"{_shown(value)} is not a list", False))
            return ()
        return tuple(self._variant(i, item) for i, item in enumerate(value))

    def _variant(self, i: int, item: object) -> Variant:
        where = f"variants[{i}]"
        if not isinstance(item, dict):
            self.faults.append((where, f"{_shown(item)} is not an object", False))
            return _NO_VARIANT
        variant, faults = parse_variant(item, self._row.get("price"))
        self.faults += [(f"{where}.{name}", why, kept) for name, why, kept in faults if not kept]
        self._html += [f"{where}.{name}" for name, _, kept in faults if kept]
        return variant or _NO_VARIANT

    # -- texts; these note where HTML was removed

    def _required_text(self, value: Any) -> Local:
        if value is None:
            raise _Wrong("is missing")
        text = self._text(value)
        if not any(text.values()):
            raise _Wrong("is empty")
        return text

    def _text(self, value: Any) -> Local:
        if isinstance(value, str):
            return {"": text} if (text := self._plain_text(value)) else {}
        if isinstance(value, dict):
            return self._texts(value)
        raise _Wrong(f"{_shown(value)} is not a text, nor texts by language")

    def _texts(self, value: dict[Any, Any]) -> Local:
        texts: Local = {}
        for lang, part in value.items():
            if part is not None and not isinstance(part, str):
                raise _Wrong(f"its {_shown(lang)} is {_shown(part)}, not a text")
            if part and (text := self._plain_text(part)):
                texts[clean(str(lang))] = text
        return texts

    def _plain_text(self, value: str) -> str:
        if has_html(value):
            self._html.append(self._field)
            return strip_html(value)
        return clean(value)

    def _name(self, value: Any) -> str:
        if not isinstance(value, str):
            raise _Wrong(f"{_shown(value)} is not a text")
        return self._plain_text(value)

    def _category(self, value: Any) -> Local:
        if isinstance(value, list) and all(isinstance(level, str) for level in value):
            value = " > ".join(value)
        levels = {
            lang: [level.strip() for level in text.split(">") if level.strip()]
            for lang, text in self._text(value).items()
        }
        return {lang: " > ".join(parts) for lang, parts in levels.items() if parts}

    def _attributes(self, value: Any) -> dict[str, Local]:
        if not isinstance(value, dict):
            raise _Wrong(f"{_shown(value)} is not an object of names and values")
        values = {clean(str(name)): self._attribute(name, item) for name, item in value.items()}
        return {name: text for name, text in values.items() if name and text}

    def _attribute(self, name: object, value: Any) -> Local:
        if value is None:
            return {}
        if isinstance(value, str | dict):
            return self._text(value)
        if isinstance(value, list) and not any(isinstance(v, list | dict) for v in value):
            value = ", ".join(_scalar(item) for item in value)
        if isinstance(value, bool | int | float | Decimal):
            value = _scalar(value)
        if not isinstance(value, str):
            raise _Wrong(f"{_shown(name)} is {_shown(value)}, not a text, number or list of them")
        return self._text(value)


def _required_id(value: Any) -> str:
    return _id(value)


def _id(value: Any) -> str:
    if value is None or value == "":
        raise _Wrong("is missing")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _Wrong(f"{_shown(value)} is neither a text nor a whole number")
    text = str(value)
    if text != clean(text) or "\n" in text:
        raise _Wrong(f"{_shown(value)} has white space around it or control characters in it")
    if len(text) > _LONGEST_ID:
        raise _Wrong(f"is longer than {_LONGEST_ID} characters")
    return text


def _price(value: Any) -> Decimal:
    if value is None or value == "":
        raise _Wrong("is missing")
    price = _decimal(value)
    if price < 0:
        raise _Wrong(f"{_shown(value)} is negative")
    if price >= _LARGEST_PRICE:
        raise _Wrong(f"{_shown(value)} is too large for a price")
    if price != round(price, 3):
        raise _Wrong(f"{_shown(value)} has more digits after the point than any currency")
    return price


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _Wrong(f"{_shown(value)} is no decimal number such as 129.00")
    if not math.isfinite(value):
        raise _Wrong(f"{value} is not a number")
    # A float is read by its shortest form: 46.85 means 46.85.
    return Decimal(str(value))


def _count(value: Any) -> int:
    number = _decimal(value)
    if number != int(number) or number < 0 or number >= 2**31:
        raise _Wrong(f"{_shown(value)} is no whole number from 0 up")
    return int(number)


def _rating(value: Any) -> float:
    number = _decimal(value)
    if not 0 <= number <= 5:
        raise _Wrong(f"{_shown(value)} is not between 0 and 5")
    return float(number)


def _currency(value: Any) -> str:
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise _Wrong(f"{_shown(value)} is no currency code such as USD")
    return value


def _line(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong(f"{_shown(value)} is not a text")
    return " ".join(clean(value).split())


def _time(value: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else value
    if not isinstance(text, str):
        raise _Wrong(f"{_shown(value)} is not a time")
    text = text.strip()
    if not _RELATIVE.fullmatch(text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise _Wrong(f"{_shown(value)} is no time; use ISO 8601 or '@-6d'") from None
    return text


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        if not math.isfinite(value):
            raise _Wrong(f"{value} is not a number")
        return f"{Decimal(str(value)):f}".rstrip("0").rstrip(".") if value % 1 == 0 else str(value)
    return str(value)


def _plain(value: Any) -> Any:
    """A value of an unknown field as JSON can hold it."""
    if isinstance(value, dict):
        return {clean(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else str(value)
    return str(value)


def _shown(value: object) -> str:
    text = repr(str(value) if isinstance(value, Decimal) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
