"""What went wrong with the database, in one line for a person: what, where, what would work."""

from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError

RETRIED = frozenset({"40001", "40P01"})
"""Serialization failure, deadlock (PostgreSQL, appendix A): the same transaction may work again."""

_POSTGRESQL = {
    "42501": "the database at {where} refuses this: {said}; ask `shopclerk doctor`",
    "53100": "the disk of the database at {where} is full ({said})",
    "55P03": "the database is busy: another transaction holds what this one needs; try again",
    "57014": "the database took too long and was stopped ({said}); try again, or raise "
    "SHOPCLERK_DATABASE_STATEMENT_TIMEOUT",
}


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's five characters for what went wrong; "" from SQLite."""
    return getattr(error.orig, "sqlstate", None) or ""


def explain(error: DBAPIError, url: URL) -> str:
    """One line for a person, or "" for an error that is about the statement, not the database."""
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else ""
    if url.get_backend_name() == "sqlite":
        return _explain_sqlite(said, Path(url.database or ""))
    where = url.render_as_string(hide_password=True)
    if sqlstate(error) in RETRIED:
        return ""
    if line := _POSTGRESQL.get(sqlstate(error)):
        return line.format(where=where, said=said)
    if "does not exist" in said and "relation" in said:
        return f"the database has no schema yet ({said}); run `shopclerk db migrate`"
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return f"the database at {where} cannot be used: {said}"
    return ""


def _explain_sqlite(said: str, file: Path) -> str:
    if "locked" in said or "busy" in said:
        return f"{file} is locked by another program; stop it, or try again"
    if "unable to open" in said and not file.parent.is_dir():
        return f"the folder {file.parent} does not exist; make it, or set SHOPCLERK_DATABASE_URL"
    if "unable to open" in said:
        return f"{file} cannot be opened; check its permissions, and those of its folder"
    if "readonly" in said:
        return f"{file} cannot be written; check its permissions, and those of its folder"
    if "no such table" in said or "no such column" in said:
        return f"{file} has not the expected schema ({said}); run `shopclerk db migrate`"
    if "disk I/O error" in said:
        return f"{file} cannot be read or written ({said}); check its disk"
    if "full" in said:
        return f"the disk of {file} is full"
    if "not a database" in said or "malformed" in said:
        return f"{file} is no intact SQLite database ({said}); restore it from a copy"
    return ""
