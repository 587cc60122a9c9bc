"""An assistant for commands: on the running model server, or on one that ends with the command."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from agent.assistant import Assistant, build_assistant, warm_up
from agent.clock import Clock, system_clock
from agent.errors import DatabaseError, ShopclerkError
from agent.orders import schema
from agent.orders.database import Database
from agent.profiles import chosen_profile, is_prepared
from agent.serving import is_serving
from agent.settings import Settings
from agent.shop import open_shop
from agent.supervisor import ModelServer


@contextmanager
def answering(settings: Settings, clock: Clock = system_clock) -> Iterator[Assistant]:
    """The assistant, its model warm, for as long as the block lasts.

    Without any model to be had it answers all the same, by look-up alone, and a line says why.
    Raises DatabaseError or IndexMissing for a shop that was never opened.
    """
    shop = open_shop(settings, clock)
    with shop.db.read() as session:
        if schema.current(session.connection()) != schema.head():
            raise DatabaseError(
                "the database has not the expected schema; run `shopclerk up` once, or "
                "`shopclerk db migrate`"
            )
    shop.searcher.refresh()
    shop.warm()
    with ExitStack() as stack:
        stack.callback(shop.close)
        _serve(settings, stack)
        yield build_assistant(settings, shop)


@contextmanager
def copied(settings: Settings) -> Iterator[Settings]:
    """Settings whose database is a copy that goes when the block ends; PostgreSQL stays itself.

    Raises DatabaseError where there is no database yet.
    """
    url = Database(settings.database).url
    if url.get_backend_name() != "sqlite":
        yield settings
        return
    source = Path(url.database or "")
    if not source.is_file():
        raise DatabaseError(f"there is no database at {source}; run `shopclerk up` once")
    with TemporaryDirectory(prefix="shopclerk-") as folder:
        copy = Path(folder) / "shop.db"
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(copy)) as scratch:
            live.backup(scratch)
        yield settings.model_copy(update={"database_url": f"sqlite:///{copy}"})


def _serve(settings: Settings, stack: ExitStack) -> None:
    if settings.model_url:
        return
    profile = chosen_profile(settings)
    if not is_prepared(profile, settings):
        click.echo("No model is prepared (`shopclerk model prepare`): look-ups only.", err=True)
        return
    try:
        if not is_serving(profile, settings):
            click.echo(f"Starting {profile.name} for this command …", err=True)
        server = ModelServer(profile, settings, warm_up_with=lambda: warm_up(profile))
        stack.enter_context(server)
        server.wait_ready()
    except ShopclerkError as error:
        click.echo(f"Look-ups only: {error}", err=True)
