"""Judges the staff's SQL: one SELECT over the views, written anew from its tree, or a refusal.

What runs is never the text that came in. It is read by sqlglot, every node, function, table and
column of the tree is looked up in lists of what is allowed (`grammar`, `names`), and the text is
made from the tree with a row limit in it. That text is judged once more before it is given out.
"""

from dataclasses import dataclass
from typing import Literal

from sqlglot import Dialect, ErrorLevel, exp

# Loaded here, so that no verdict waits for it.
from sqlglot.dialects import mysql, postgres, sqlite  # noqa: F401
from sqlglot.errors import ParseError, SqlglotError, TokenError, UnsupportedError

from agent.errors import SqlRefused
from agent.sql import bounds, grammar, names
from agent.sql.allowed import QUERIES
from agent.sql.bounds import ROWS
from agent.sql.comments import without_comments

# What sqlglot raises on text that it does not understand; none of it may let a query through.
_FAULTS = (SqlglotError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError)

DialectName = Literal["sqlite", "postgres", "mysql"]
DIALECTS: tuple[DialectName, ...] = ("sqlite", "postgres", "mysql")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a query may run. `sql` is what to run instead of it; `why` one line for a refusal."""

    allowed: bool
    why: str = ""
    sql: str = ""


def judge(sql: str, dialect: DialectName, limit: int = ROWS) -> Verdict:
    """The verdict over a query written for this database; the rewritten one gives `limit` rows."""
    try:
        return Verdict(True, sql=rewritten(sql, dialect, limit))
    except SqlRefused as error:
        return Verdict(False, why=str(error))


def rewritten(sql: str, dialect: DialectName, limit: int = ROWS) -> str:
    """What to run instead of the query. Raises SqlRefused."""
    try:
        tree = _read(sql, dialect)
        bounds.limit_rows(tree, limit)
        written = _write(tree, dialect)
        _read(written, dialect)
    except RecursionError:
        raise SqlRefused("this is nested too deeply; use WITH to name its parts") from None
    return written


def _read(sql: str, dialect: DialectName) -> exp.Expr:
    """The tree of a query that may run."""
    bounds.check_text(sql)
    engine = Dialect.get_or_raise(dialect)
    try:
        plain = without_comments(sql, dialect)
        tokens = engine.tokenize(plain)
        bounds.check_tokens(tokens)
        trees = engine.parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, plain)
    except TokenError:
        raise SqlRefused("a quote is never closed") from None
    except ParseError as error:
        raise SqlRefused(_where(error)) from None
    except _FAULTS:
        raise SqlRefused("this cannot be read as SQL; write SELECT … FROM orders") from None
    tree = _only(trees)
    _plain_texts(tree)
    grammar.check(tree)
    bounds.check_sizes(tree)
    names.check(tree, dialect)
    return tree


def _only(trees: list[exp.Expr | None]) -> exp.Expr:
    found = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(found) != 1:
        raise SqlRefused("send one SELECT at a time, without a semicolon inside")
    tree = found[0]
    while isinstance(tree, exp.Subquery) and set(filter(tree.args.get, tree.args)) == {"this"}:
        tree = tree.this
    if not isinstance(tree, QUERIES):
        raise SqlRefused("only SELECT is run; write SELECT … FROM orders")
    return tree.pop()


def _plain_texts(tree: exp.Expr) -> None:
    """Texts in dollars or with E before them as plain ones; other notations are left to refuse."""
    for node in list(tree.find_all(exp.RawString, exp.ByteString)):
        if "\\" not in node.name:
            node.replace(exp.Literal.string(node.name))


def _write(tree: exp.Expr, dialect: DialectName) -> str:
    for name in tree.find_all(exp.Identifier):
        if not name.name.isascii():
            name.set("quoted", True)
    try:
        return tree.sql(dialect=dialect, comments=False, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise SqlRefused(f"this database cannot do that: {str(error).splitlines()[0]}") from None
    except _FAULTS:
        raise SqlRefused("this cannot be written for this database") from None


def _where(error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    what = str(first.get("description", "")).rstrip(". ") or "unexpected text"
    at = f" at line {first['line']}, column {first['col']}" if first.get("line") else ""
    return f"this cannot be read as SQL: {what.lower()}{at}"
