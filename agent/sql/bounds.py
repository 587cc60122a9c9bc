"""How big a query may be, and how many rows it may give. Checked before anything is parsed."""

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeGuard

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from agent.errors import SqlRefused

ROWS = 1000
CHARACTERS = 4000
TOKENS = 1000
DEPTH = 25
SOURCES = 30
LENGTH = 1000
"""Most characters that a padded or repeated text may have."""

_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
_FIRST = {TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN}
_LENGTHS: dict[type[exp.Expr], str] = {
    exp.Repeat: "times",
    exp.Space: "this",
    exp.Pad: "expression",
}
_WIDTH = re.compile(r"%[^a-zA-Z%]*(\*|\d{3,})")


def check_text(sql: str) -> None:
    """Raises SqlRefused for a text that is empty, too long, or holds what nobody can see."""
    if not sql.strip():
        raise SqlRefused("there is no query; write SELECT … FROM orders")
    if len(sql) > CHARACTERS:
        raise SqlRefused(f"the query has {len(sql):,} characters; at most {CHARACTERS:,} are read")
    for character in sql:
        if character not in "\t\r\n" and unicodedata.category(character)[0] in "C":
            raise SqlRefused(f"the query holds an invisible character, U+{ord(character):04X}")


def check_tokens(tokens: Sequence[Token]) -> None:
    """Raises SqlRefused for what is no SELECT, too big or too deep."""
    if not tokens:
        raise SqlRefused("there is no query; write SELECT … FROM orders")
    if tokens[0].token_type not in _FIRST:
        raise SqlRefused(f"only SELECT is run, not {tokens[0].text.upper()[:40]}")
    if len(tokens) > TOKENS:
        raise SqlRefused(f"the query has more than {TOKENS:,} words and signs; ask for less")
    depth = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth > DEPTH:
            raise SqlRefused("this is nested too deeply; use WITH to name its parts")


def check_sizes(tree: exp.Expr) -> None:
    """Raises SqlRefused for texts made long on purpose, and for too many tables at once."""
    if sum(1 for _ in tree.find_all(exp.Table)) > SOURCES:
        raise SqlRefused(f"more than {SOURCES} tables are joined; ask for less")
    for node in tree.find_all(exp.Repeat, exp.Space, exp.Pad, exp.Format, exp.Anonymous):
        _check_length(node)


def _check_length(node: exp.Expr) -> None:
    if isinstance(node, exp.Format) or node.name.lower() in ("printf", "format"):
        pattern = node.this if isinstance(node, exp.Format) else next(iter(node.expressions), None)
        if not _is_text(pattern) or _WIDTH.search(str(pattern.this)):
            raise SqlRefused(
                "a format is a text with widths below 100, as in printf('%.2f', total)"
            )
        return
    length = _LENGTHS.get(type(node))
    if length is None:
        return
    given = node.args.get(length)
    if not (isinstance(given, exp.Literal) and given.is_int and int(given.name) <= LENGTH):
        raise SqlRefused(f"a text is repeated or padded to a number up to {LENGTH:,}")
    if isinstance(node, exp.Repeat) and node.find_ancestor(exp.Repeat):
        raise SqlRefused("a repeated text cannot be repeated")


def _is_text(node: object) -> TypeGuard[exp.Literal]:
    return isinstance(node, exp.Literal) and node.is_string


def limit_rows(tree: exp.Expr, rows: int) -> None:
    """Let the query give at most this many rows; a smaller limit of its own stays."""
    limit = tree.args.get("limit")
    wanted = rows if limit is None else min(rows, _count(limit, rows))
    if offset := tree.args.get("offset"):
        _number(offset.expression, "OFFSET")
    tree.set("limit", exp.Limit(expression=exp.Literal.number(wanted)))


def _count(limit: exp.Expr, rows: int) -> int:
    options = limit.args.get("limit_options")
    if options and (options.args.get("percent") or options.args.get("with_ties")):
        raise SqlRefused("FETCH takes a number of rows here, without PERCENT and WITH TIES")
    if isinstance(limit, exp.Fetch):
        return _number(limit.args.get("count") or exp.Literal.number(1), "FETCH")
    if isinstance(limit.expression, exp.Var) and limit.expression.name.upper() == "ALL":
        return rows
    return _number(limit.expression, "LIMIT")


def _number(node: exp.Expr | None, clause: str) -> int:
    if isinstance(node, exp.Literal) and node.is_int:
        return int(node.name)
    raise SqlRefused(f"{clause} takes a number here")
