"""Looks every part of a query up in the lists of what is allowed, and says what was refused."""

from sqlglot import exp

from agent.errors import SqlRefused
from agent.sql.allowed import ALLOWED, ARGUMENTS, NAMED, TYPES, UNITS

_CLAUSES = {
    "locks": "FOR UPDATE and other locks",
    "into": "INTO",
    "recursive": "WITH RECURSIVE",
    "sample": "TABLESAMPLE",
    "only": "ONLY",
    "db": "names with a schema before them",
    "catalog": "names with a database before them",
    "operation_modifiers": "SQL_CALC_FOUND_ROWS and other switches of the server",
    "hint": "hints to the server",
    "hints": "hints to the server",
}


def check(tree: exp.Expr) -> None:
    """Raises SqlRefused for the first thing in the tree that is not on the lists."""
    for node in tree.walk():
        if isinstance(node, exp.Anonymous):
            _check_name(node)
        elif type(node) not in ALLOWED:
            raise SqlRefused(_name_of(node))
        elif isinstance(node, exp.Var):
            _check_word(node)
        _check_arguments(node)


def _check_name(node: exp.Anonymous) -> None:
    name = node.this if isinstance(node.this, str) else ""
    if name.lower() not in NAMED or not name.isascii():
        raise SqlRefused(_function(node.name))


def _check_word(node: exp.Var) -> None:
    word = node.name.lower()
    units = {word, word.removesuffix("s"), word.replace("centuries", "century")}
    if isinstance(node.parent, exp.Collate):
        known = word.isascii() and word.replace("_", "").isalnum()
    elif isinstance(node.parent, (exp.Limit, exp.WindowSpec)):
        known = word in ("all", "ties", "group", "no others", "current row")
    else:
        known = not UNITS.isdisjoint(units)
    if not known:
        raise SqlRefused(f"{node.name[:40]!r} is no unit of time; day, week and month are")


def _check_arguments(node: exp.Expr) -> None:
    allowed = ARGUMENTS.get(type(node))
    if allowed is None:
        return
    for key, value in node.args.items():
        if key not in allowed and value:
            raise SqlRefused(f"{_CLAUSES.get(key, key.strip('_').upper())} cannot be used here")
    if isinstance(node, exp.DataType) and node.this.name.lower() not in TYPES:
        raise SqlRefused(f"the type {node.this.name} cannot be used; numbers, texts and times can")
    if isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
        raise SqlRefused(f"{_function_words(node.this)} cannot stand where a table stands")
    if isinstance(node, exp.Lateral) and not isinstance(node.this, exp.Subquery):
        raise SqlRefused("LATERAL takes a SELECT in brackets here")


def _name_of(node: exp.Expr) -> str:
    """What the staff wrote, in words, for a node that is not allowed."""
    for kind, words in _KINDS:
        if isinstance(node, kind):
            return words
    if isinstance(node, exp.Func):
        return _function(node.sql_name())
    return f"{node.key.upper()} cannot be used here; write one SELECT over the views"


_KINDS: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.Parameter, "variables and parameters cannot be used; write the value itself"),
    (exp.SessionParameter, "settings of the server cannot be read"),
    (exp.Placeholder, "variables and parameters cannot be used; write the value itself"),
    (exp.ObjectIdentifier, "names of the database's own objects cannot be looked up"),
    (exp.Lock, "FOR UPDATE and other locks cannot be used; nothing is written here"),
    (exp.Into, "SELECT … INTO writes; leave INTO away"),
    (exp.Hint, "hints to the server cannot be used; leave them away"),
    (exp.Bracket, "subscripts cannot be used; split_part() or substr() cut a text"),
    (exp.TableSample, "TABLESAMPLE cannot be used; ORDER BY random() LIMIT 100 takes a sample"),
)  # fmt: skip


def _function(name: str) -> str:
    return (
        f"the function {name.lower()[:40]} cannot be used; aggregates, window functions, dates, "
        "texts and numbers can"
    )


def _function_words(node: object) -> str:
    if isinstance(node, exp.Anonymous):
        return f"the function {node.name.lower()[:40]}"
    return f"the function {node.sql_name().lower()[:40]}" if isinstance(node, exp.Func) else "this"
