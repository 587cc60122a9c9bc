"""An assistant for commands: on the running model server, or on one that ends with the command."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from agent.assistant import Assistant, build_assistant, warm_up
from agent.clock import Clock, system_clock
from agent.errors import DatabaseError, ShopclerkError
from agent.orders import schema
from agent.orders.database import Database
from agent.profiles import ModelProfile, chosen_profile, is_prepared
from agent.serving import WarmUp, is_serving
from agent.settings import Settings
from agent.shop import Shop, open_shop
from agent.supervisor import ModelServer


@contextmanager
def answering(settings: Settings, clock: Clock = system_clock) -> Iterator[Assistant]:
    """The assistant, its model warm, for as long as the block lasts.

    Without any model to be had it answers all the same, by look-up alone, and a line says why.
    Raises DatabaseError or IndexMissing for a shop that was never opened.
    """
    shop = opened(settings, clock)
    shop.searcher.refresh()
    shop.warm()
    with closing(shop), serving(chosen_profile(settings), settings, warm_up) as why:
        if why:
            click.echo(f"Look-ups only: {why}", err=True)
        yield build_assistant(settings, shop)


def opened(settings: Settings, clock: Clock = system_clock) -> Shop:
    """The shop, whose database has the schema of this version. Raises DatabaseError."""
    shop = open_shop(settings, clock)
    with shop.db.read() as session:
        if schema.current(session.connection()) != schema.head():
            raise DatabaseError(
                "the database has not the expected schema; run `shopclerk up` once, or "
                "`shopclerk db migrate`"
            )
    return shop


@contextmanager
def serving(
    profile: ModelProfile, settings: Settings, warm_up_with: Callable[[ModelProfile], WarmUp]
) -> Iterator[str]:
    """A model server for as long as the block lasts; gives why there is none, "" where there is."""
    with ExitStack() as stack:
        yield "" if settings.model_url else _serve(profile, settings, warm_up_with, stack)


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


def _serve(
    profile: ModelProfile,
    settings: Settings,
    warm_up_with: Callable[[ModelProfile], WarmUp],
    stack: ExitStack,
) -> str:
    """Have the model served until the stack unwinds; gives why it is not."""
    if not is_prepared(profile, settings):
        return "no model is prepared (`shopclerk model prepare`)"
    try:
        if not is_serving(profile, settings):
            click.echo(f"Starting {profile.name} for this command …", err=True)
        server = ModelServer(profile, settings, warm_up_with=lambda: warm_up_with(profile))
        stack.enter_context(server)
        server.wait_ready()
    except ShopclerkError as error:
        return str(error)
    return ""
