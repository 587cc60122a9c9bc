"""Which names a query may use: the views, their columns, and what the query names itself."""

import string

from sqlglot import exp

from agent.errors import SqlRefused
from agent.sql.columns import VIEWS

Columns = frozenset[str]

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
# Bare, these are no columns to PostgreSQL, even where the query has an alias of that name.
_NILADIC = "user current_user session_user system_user current_role current_catalog current_schema"
_CALLS = frozenset(_NILADIC.split())


def check(tree: exp.Expr, dialect: str) -> None:
    """Resolve every table and column. Raises SqlRefused for the first that is not the staff's.

    On SQLite a text in double quotes, which that database takes for text, becomes one.
    """
    sources: dict[str, Columns | None] = {}
    for table in tree.find_all(exp.Table):
        _add(sources, _key(_alias(table) or table.this, dialect), _columns(table, dialect))
    for derived in tree.find_all(exp.Subquery, exp.Lateral, exp.Values):
        if alias := _alias(derived):
            _add(sources, _key(alias, dialect), None)
    known = _own_names(tree, dialect).union(*VIEWS.values())
    for column in list(tree.find_all(exp.Column)):
        _check_column(column, sources, known, dialect)


def _add(sources: dict[str, Columns | None], name: str, columns: Columns | None) -> None:
    """Two sources of one name in different parts of a query: what either has is there."""
    before = sources.get(name, frozenset())
    sources[name] = None if columns is None or before is None else before | columns


def _columns(table: exp.Table, dialect: str) -> Columns | None:
    """The columns of a view; None for a CTE or a view whose columns the query renames."""
    name = _key(table.this, dialect)
    if _is_cte(table, name, dialect):
        return None
    if name not in VIEWS:
        raise SqlRefused(f"there is no view {table.name[:60]!r}; read from {', '.join(VIEWS)}")
    alias = table.args.get("alias")
    return None if alias and alias.columns else frozenset(VIEWS[name])


def _is_cte(table: exp.Table, name: str, dialect: str) -> bool:
    """Whether the name is one of a WITH that holds where the table stands.

    A CTE sees those before it and not itself: there the name is the database's own table.
    SQLite reads it as the CTE all the same, which recurses without the word RECURSIVE.
    """
    below: exp.Expr = table
    while (node := below.parent) is not None:
        if isinstance(node, exp.With):
            before, rest = _split(node, below)
            if name in {_key(cte.args["alias"].this, dialect) for cte in before}:
                return True
            if name in {_key(cte.args["alias"].this, dialect) for cte in rest}:
                _refuse_self_reference(table.name, name, dialect)
            # The query that has this WITH was asked just now.
            below = node.parent or node
            continue
        with_ = node.args.get("with_")
        if with_ and name in {_key(cte.args["alias"].this, dialect) for cte in with_.expressions}:
            return True
        below = node
    return False


def _split(with_: exp.With, cte: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr]]:
    at = next(at for at, other in enumerate(with_.expressions) if other is cte)
    return with_.expressions[:at], with_.expressions[at:]


def _refuse_self_reference(shown: str, name: str, dialect: str) -> None:
    if name not in VIEWS or dialect == "sqlite":
        raise SqlRefused(
            f"WITH {shown[:60]} reads itself or one that comes later; give it a name of its own"
        )


def _check_column(
    column: exp.Column,
    sources: dict[str, Columns | None],
    known: Columns,
    dialect: str,
) -> None:
    if isinstance(column.parent, exp.Collate) and column.arg_key == "expression":
        return
    name, source = _key(column.this, dialect), column.args.get("table")
    if source is not None:
        _check_qualified(column, _key(source, dialect), name, sources, known)
    elif isinstance(column.this, exp.Star) or (name in known and name not in _CALLS):
        return
    elif dialect == "sqlite" and column.this.args.get("quoted"):
        column.replace(exp.Literal.string(column.name))
    else:
        raise SqlRefused(f"there is no column {column.name[:60]!r}; {_listed(sources)}")


def _check_qualified(
    column: exp.Column,
    source: str,
    name: str,
    sources: dict[str, Columns | None],
    known: Columns,
) -> None:
    if source not in sources:
        raise SqlRefused(f"nothing in this query is called {column.table[:60]!r}")
    columns = sources[source]
    if isinstance(column.this, exp.Star) or name in (known if columns is None else columns):
        return
    has = "" if columns is None else f"; it has {', '.join(_ordered(columns))}"
    raise SqlRefused(f"{column.table[:60]} has no column {column.name[:60]!r}{has}")


def _own_names(tree: exp.Expr, dialect: str) -> Columns:
    """Names that the query gives to columns, and those that databases give to unnamed ones."""
    names = {_key(alias.args["alias"], dialect) for alias in tree.find_all(exp.Alias)}
    for alias in tree.find_all(exp.TableAlias):
        names |= {_key(column, dialect) for column in alias.columns}
    for query in tree.find_all(exp.Select):
        names |= {_unnamed(column) for column in query.expressions}
    for values in tree.find_all(exp.Values):
        width = max((len(row.expressions) for row in values.expressions), default=0)
        names |= {f"column{number}" for number in range(1, width + 1)}
    return frozenset(names - {""})


def _unnamed(column: exp.Expr) -> str:
    if isinstance(column, (exp.Window, exp.Filter, exp.WithinGroup)):
        return _unnamed(column.this)
    if isinstance(column, exp.Anonymous):
        return column.name.lower()
    return column.sql_name().lower() if isinstance(column, exp.Func) else ""


def _alias(node: exp.Expr) -> exp.Expr | None:
    alias = node.args.get("alias")
    return alias.this if alias is not None else None


def _key(identifier: exp.Expr, dialect: str) -> str:
    """The name as the database compares it. Only ASCII letters have a case: no look-alike folds."""
    if dialect == "postgres" and identifier.args.get("quoted"):
        return identifier.name
    return identifier.name.translate(_LOWER)


def _listed(sources: dict[str, Columns | None]) -> str:
    views = [name for name in VIEWS if name in sources] or list(VIEWS)
    return "; ".join(f"{name} has {', '.join(VIEWS[name])}" for name in views)


def _ordered(columns: Columns) -> list[str]:
    shown = [column for view in VIEWS.values() for column in view if column in columns]
    return list(dict.fromkeys(shown))
