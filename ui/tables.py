"""What a query of the staff's gave: as HTML with its SQL and a download, as CSV, as lines."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from types import NoneType
from urllib.parse import quote

from agent.events import Lang, Table
from ui.markup import esc, tag
from ui.texts import say

SHOWN = 200
"""Rows that the page shows; the download has all."""

# A spreadsheet would run a cell that begins so (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# A terminal would obey these.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_WIDEST = 60

Rows = Sequence[Sequence[object]]


def table_panel(table: Table, lang: Lang) -> str:
    """The table, the SQL that ran folded away below it, and the whole of it as CSV."""
    count = len(table.rows)
    key = "table_cut" if table.truncated else "table_rows"
    shown = "" if count <= SHOWN else " " + say(lang, "table_shown", count=SHOWN)
    caption = tag("caption", esc(say(lang, key, count=count) + shown))
    head = "".join(
        tag("th", esc(name), "sc-figure" if _is_figures(table.rows, n) else "", scope="col")
        for n, name in enumerate(table.columns)
    )
    body = "".join(tag("tr", _cells(row)) for row in table.rows[:SHOWN])
    inner = tag("table", caption + tag("thead", tag("tr", head)) + tag("tbody", body))
    sql = tag("summary", esc(say(lang, "table_sql"))) + tag("pre", tag("code", esc(table.sql)))
    return tag(
        "section",
        tag("div", inner, "sc-compare", role="region", tabindex="0",
            aria_label=say(lang, "table"))
        + tag("details", sql)
        + _download(table, lang),
        "sc-table",
    )  # fmt: skip


def csv_text(columns: Sequence[str], rows: Rows) -> str:
    """RFC 4180 with a header. A text that a spreadsheet would take for a formula gets a `'`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_harmless(name) for name in columns])
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return out.getvalue()


def table_lines(columns: Sequence[str], rows: Rows) -> Iterator[str]:
    """The table for a terminal: columns side by side, Chinese counted as wide, long cells cut."""
    texts = [[_line(value) for value in row] for row in [columns, *rows]]
    widths = [max(map(_width, column), default=0) for column in zip(*texts, strict=True)]
    for number, row in enumerate(texts):
        cells = (
            text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def _cells(row: Sequence[object]) -> str:
    return "".join(
        tag("td", esc(_text(value)), "sc-figure" if isinstance(value, (int, float)) else "")
        for value in row
    )


def _is_figures(rows: Rows, column: int) -> bool:
    return bool(rows) and all(isinstance(row[column], (int, float, NoneType)) for row in rows)


def _download(table: Table, lang: Lang) -> str:
    # The mark at the start makes spreadsheets read it as UTF-8.
    text = "\ufeff" + csv_text(table.columns, table.rows)
    href = "data:text/csv;charset=utf-8," + quote(text, errors="replace")
    return tag("a", esc(say(lang, "table_csv")), "sc-download", href=href, download="table.csv")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _harmless(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _line(value: object) -> str:
    text = _CONTROLS.sub(" ", _text(value))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
