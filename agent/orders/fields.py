"""The kinds of value in DESIGN section 5's formats: ids, amounts, moments, localised texts.

Each is parsed once, here, and refuses with words that name what would work. Relative times are
resolved against the `Moment` that the caller passes as pydantic's validation context.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from agent.clock import parse_time

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LANGUAGES = {"", "en", "zh"}


@dataclass
class Moment:
    """The time of an import, and whether anything was stated relative to it."""

    now: datetime
    used: bool = False


def _id(value: Any) -> Any:
    """Ids are text; a whole number in a source is taken as its digits."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _time(value: Any, info: ValidationInfo) -> datetime:
    """A moment in UTC. A bare date is noon UTC: the same day in every inhabited time zone."""
    if not isinstance(value, str):
        raise ValueError("must be a time in quotes, like '2026-11-02T09:30:00Z' or '@-6d'")
    text = value.strip()
    if _DATE.fullmatch(text):
        text += "T12:00:00+00:00"
    try:
        return parse_time(text, _moment(info, text))
    except OverflowError:
        raise ValueError(f"{value!r} is beyond every calendar") from None


def _date(value: Any, info: ValidationInfo) -> date:
    """A calendar day; a relative one is counted in UTC."""
    return _time(value, info).date()


def _moment(info: ValidationInfo, text: str) -> datetime:
    moment = info.context
    if not isinstance(moment, Moment):
        raise TypeError("records are validated with context=Moment(now)")
    moment.used |= text.startswith("@")
    return moment.now


def _amount(value: Any) -> Decimal:
    """A decimal string; a JSON number is exact too, since it is read as its own digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("must be an amount like '129.00'")
    try:
        amount = Decimal(value.strip() if isinstance(value, str) else value)
    except ArithmeticError:
        raise ValueError(f"{value!r} is no amount; write it like '129.00'") from None
    if amount < 0:
        raise ValueError(f"{value!s} is negative")
    return amount


def _local(value: Any) -> dict[str, str]:
    """A text, or one for each language; a plain text has the language ""."""
    if isinstance(value, str):
        return {"": value}
    if isinstance(value, dict) and value.keys() <= _LANGUAGES:
        if all(isinstance(text, str) for text in value.values()):
            return value
        raise ValueError("each language must hold a text")
    raise ValueError('must be a text, or {"en": "…", "zh": "…"}')


def _language(value: str) -> str:
    """ "en-US" and "zh_CN" are the languages en and zh."""
    language = re.split("[-_]", value.strip().lower())[0]
    if language not in ("en", "zh"):
        raise ValueError(f"{value!r} is no language that the shop speaks: en or zh")
    return language


def _options(value: Any) -> Any:
    """Options of a line as one localised text; {"size": "M", "colour": …} is read as well.

    A value may be localised itself, as a variant's attributes are.
    """
    if not isinstance(value, dict) or not value or set(value) <= {"en", "zh", ""}:
        return _local(value)
    if not all(isinstance(part, str | int | float | dict) for part in value.values()):
        return _local(value)
    texts = {
        lang: ", ".join(
            part.get(lang) or next(iter(part.values()), "") if isinstance(part, dict) else f"{part}"
            for part in value.values()
        )
        for lang in ("en", "zh")
    }
    return _local(texts if texts["en"] != texts["zh"] else {"": texts["en"]})


def _currency(value: str) -> str:
    if not re.fullmatch("[A-Z]{3}", value):
        raise ValueError(f"{value!r} is no currency code like 'USD'")
    return value


def _email(value: str) -> str:
    """In lower case, as addresses are compared; an empty one is none."""
    value = value.strip().lower()
    if value and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise ValueError(f"{value!r} is no e-mail address")
    return value


Id = Annotated[
    str,
    BeforeValidator(_id),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
]
OptionalId = Annotated[
    str, BeforeValidator(_id), StringConstraints(strip_whitespace=True, max_length=200)
]
Time = Annotated[datetime, BeforeValidator(_time)]
Day = Annotated[date, BeforeValidator(_date)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
Options = Annotated[dict[str, str], BeforeValidator(_options)]
Local = Annotated[dict[str, str], BeforeValidator(_local)]
Currency = Annotated[str, AfterValidator(_currency)]
Email = Annotated[str, AfterValidator(_email)]
Language = Annotated[str, AfterValidator(_language)]
Small = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
