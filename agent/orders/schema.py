"""The schema's history: Alembic, driven from code, with its scripts inside this package."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from agent.errors import DatabaseError

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(connection: Connection, revision: str) -> None:
    """Run the migrations between the present revision and `revision` on this connection.

    Raises DatabaseError where the database was made by a newer Shopclerk, or there is no such
    revision.
    """
    from alembic import command
    from alembic.util import CommandError

    config = _config(connection)
    try:
        if revision == "head" or _is_ahead(connection, revision):
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)
    except CommandError as error:
        raise DatabaseError(f"the database cannot be migrated to {revision}: {error}") from error


def current(connection: Connection) -> str | None:
    """The revision that the database is at, or None before the first migration."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The newest revision that this code knows."""
    return str(_scripts().get_current_head())


def differences(connection: Connection) -> list[str]:
    """Where the database's tables differ from what the code expects, one line each."""
    revision = current(connection)
    if revision is None:
        return ["the database has no schema yet; run `shopclerk db migrate`"]
    if revision != head():
        return [
            f"the schema is at revision {revision}, this Shopclerk expects {head()}; "
            "run `shopclerk db migrate`"
        ]
    return _compared(connection)


def _compared(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from agent.orders.models import Base
    from agent.sql import views

    context = MigrationContext.configure(connection)
    changes = [_describe(change) for change in compare_metadata(context, Base.metadata)]
    return changes + [f"add view: {name}" for name in views.missing(connection)]


def _describe(change: Any) -> str:
    """One change of Alembic's comparison in words: what a migration would have to do."""
    if isinstance(change, list):
        kind, _, table, column, *_ = change[0]
        return f"{kind.replace('_', ' ')}: {table}.{column}"
    kind, *rest = change
    named = [item if isinstance(item, str) else getattr(item, "name", "") for item in rest]
    return f"{kind.replace('_', ' ')}: {'.'.join(name for name in named if name)}"


def _is_ahead(connection: Connection, revision: str) -> bool:
    """Whether `revision` is newer than what the database is at."""
    now = current(connection)
    if now is None:
        return revision != "base"
    newer = [script.revision for script in _scripts().iterate_revisions("head", now)]
    return revision in newer


def _config(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> Any:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(_SCRIPTS))
