"""The one clock. Code that needs the time is given a clock, so tests and `--at` can pin it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_RELATIVE = re.compile(r"@([+-]\d+(?:\.\d+)?)([dhm])")
_OFFSET = re.compile(r"\s+([+-]\d{2}:?\d{2})$")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def system_clock() -> datetime:
    """Now, timezone-aware, in UTC."""
    return datetime.now(UTC)


def pinned_clock(at: datetime) -> Clock:
    """A clock that always shows `at`."""
    return lambda: at


def parse_time(text: str, now: datetime) -> datetime:
    """An ISO 8601 time, or one relative to `now` such as ``@-6d``, ``@+2d``, ``@-3h``, in UTC.

    A time without an offset is taken as UTC. Raises ValueError with what would work.
    """
    if match := _RELATIVE.fullmatch(text.strip()):
        return now + timedelta(**{_UNITS[match[2]]: float(match[1])})
    try:
        # Exports write a space before the offset: "2026-11-02 09:30:00 -0800".
        at = datetime.fromisoformat(_OFFSET.sub(r"\1", text.strip()))
    except ValueError:
        raise ValueError(f"{text!r} is no time; use ISO 8601 or '@-6d', '@+2d', '@-3h'") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
