"""Takes comments out of a query before it is read.

sqlglot reads ORDER BY as one word, which a comment inside would break. A comment that is taken for
one by mistake does no harm: what runs is made from what is left, and that is judged.
"""

import re

from agent.errors import SqlRefused

_STRING = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\""
_ESCAPED = r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\"\"|\\.)*\""
_COMMON = r"`[^`]*`|--[^\n]*|/\*"
_PATTERNS = {
    "sqlite": re.compile(rf"{_STRING}|\[[^\]]*\]|{_COMMON}", re.S),
    "postgres": re.compile(rf"{_STRING}|\$(\w*)\$.*?\$\1\$|{_COMMON}", re.S),
    "mysql": re.compile(rf"{_ESCAPED}|#[^\n]*|{_COMMON}", re.S),
}
_MARK = re.compile(r"/\*|\*/")


def without_comments(sql: str, dialect: str) -> str:
    """The query with a space for each comment.

    Raises SqlRefused for one that is never closed, or that MySQL and MariaDB would run.
    """
    kept, at = [], 0
    while found := _PATTERNS[dialect].search(sql, at):
        text, end = found[0], found.end()
        kept.append(sql[at : found.start()])
        if text == "/*":
            end = _end(sql, found.start(), nested=dialect == "postgres")
            kept.append(" ")
        else:
            kept.append(" " if text.startswith(("--", "#")) else text)
        at = end
    return "".join([*kept, sql[at:]])


def _end(sql: str, start: int, *, nested: bool) -> int:
    """Where the block comment that begins at `start` is over; PostgreSQL's may hold others."""
    if sql.startswith(("/*!", "/*+", "/*M!"), start):
        raise SqlRefused("a comment that a server would run cannot be used; leave it away")
    depth = 0
    for mark in _MARK.finditer(sql, start):
        if mark[0] == "*/":
            depth -= 1
        elif nested or depth == 0:
            depth += 1
        if depth == 0:
            return mark.end()
    raise SqlRefused("a comment is never closed")
