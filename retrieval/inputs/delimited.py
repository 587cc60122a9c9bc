"""Records of a delimited text with the line each begins at, and nothing lost behind a bad quote."""

import csv
from collections import deque
from collections.abc import Iterator

_SAYINGS = {
    "field larger than field limit": "a cell of over {limit:,} characters",
    "unexpected end of data": "a quote is opened and never closed",
    "new-line character": "a carriage return that ends no line; save it with ordinary line ends",
    "expected after": "text behind a closing quote; a quote inside a cell is written twice",
}
_BROKEN = "broken CSV: {}"


def read_records(
    lines: Iterator[tuple[int, str]], delimiter: str
) -> Iterator[tuple[int, list[str] | str]]:
    """Each record's first line and its cells, or what is wrong with it.

    A quoted cell may run over several lines. Where it is broken, only its first line is given up:
    reading goes on at the next, so an open quote does not swallow the rows behind it.
    """
    again: deque[tuple[int, str]] = deque()
    taken: list[tuple[int, str]] = []

    def feed() -> Iterator[str]:
        while line := again.popleft() if again else next(lines, None):
            taken.append(line)
            yield line[1]

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield taken[0][0], _BROKEN.format(_said(error))
            again.extendleft(reversed(taken[1:]))
            reader = csv.reader(feed(), delimiter=delimiter, strict=True)
        else:
            yield taken[0][0], cells


def _said(error: csv.Error) -> str:
    text = str(error)
    for part, saying in _SAYINGS.items():
        if part in text:
            return saying.format(limit=csv.field_size_limit())
    return text
