"""`shopclerk up` opens everything on embedded defaults; `shopclerk serve` the web server alone."""

import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.settings import Settings

STOP_WITHIN = 5.0  # seconds that left-over children get before they are killed


@click.command()
def up() -> None:
    """Open the shop: sample shop, index, model and web page, all on embedded defaults.

    The page opens at once; what is still missing is prepared behind it. Ctrl-C ends everything.

    \b
    Examples:
      shopclerk up
      SHOPCLERK_PORT=8080 shopclerk up
    """
    settings = _settings()
    listener = listen(settings)
    leave_on_signals()
    from ui.api import create_app
    from ui.deliverer import delivering
    from ui.opening import Opening
    from ui.preparation import Preparation

    opening = Opening()
    preparation = Preparation(settings, opening, _say)
    app = create_app(settings, opening, warming=preparation.is_warming)
    preparation.start()
    try:
        with delivering(settings):
            run(app, listener, settings)
    finally:
        preparation.stop()
        end_children()
        if preparation.is_running():
            # Native code at work in its thread would abort while the interpreter is torn down.
            os._exit(0)


@click.command()
def serve() -> None:
    """Run the web server alone, for real deployments: database and index must be there.

    \b
    Examples:
      shopclerk serve
      SHOPCLERK_HOST=0.0.0.0 SHOPCLERK_DATABASE_URL=postgresql://shop@db/shop shopclerk serve
    """
    settings = _settings()
    check_ready(settings)
    listener = listen(settings)
    if line := make_first_staff(settings):
        _say(line)
    leave_on_signals()
    import threading

    from agent.assistant import build_assistant
    from ui.api import create_app
    from ui.deliverer import delivering

    assistant = build_assistant(settings)
    threading.Thread(target=assistant.shop.warm, name="warm", daemon=True).start()
    app = create_app(settings, assistant, origins=settings.allowed_origins)
    with delivering(settings):
        run(app, listener, settings)


def check_ready(settings: "Settings") -> None:
    """Raises DatabaseError or IndexStoreError, each with the command that mends it."""
    from agent.errors import DatabaseError
    from agent.masking import mask_password
    from agent.orders import schema
    from agent.orders.database import open_database
    from agent.shop import open_store
    from retrieval.errors import IndexMissing

    db = open_database(settings)
    with db.read() as session:
        revision = schema.current(session.connection())
    db.dispose()
    if revision != schema.head():
        raise DatabaseError("the database has not the expected schema; run `shopclerk db migrate`")
    if not open_store(settings).stamp():
        where = mask_password(settings.index_url) or settings.index_dir
        raise IndexMissing(f"there is no index in {where}; run `shopclerk index update FILE`")


def make_first_staff(settings: "Settings") -> str:
    """The line about the first staff account, where there was none yet; else ""."""
    from agent.orders.database import open_database
    from ui.preparation import first_staff

    db = open_database(settings)
    try:
        return first_staff(db)
    finally:
        db.dispose()


def listen(settings: "Settings") -> socket.socket:
    """The listening socket, taken before anything slow. Raises SettingsError if it is not free."""
    from agent.errors import SettingsError

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=512)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise SettingsError(
            f"port {settings.port} on {settings.host} cannot be used ({why}); stop the program "
            f"that has it, or choose another, as in SHOPCLERK_PORT={settings.port + 1}"
        ) from None


def run(app: "FastAPI", listener: socket.socket, settings: "Settings") -> None:
    """Serve until a signal comes; prints the address first."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"Shopclerk is open at http://{shown}:{settings.port}/  (Ctrl-C closes it)")
    uvicorn.Server(config).run(sockets=[listener])


def leave_on_signals() -> None:
    """Make Ctrl-C and SIGTERM an orderly exit, before the web server handles them and after."""

    def leave(_number: int, _frame: object) -> None:
        sys.exit(0)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)


def end_children() -> None:
    """End what this process started and still runs, a download that was under way included."""
    from agent.leash import descendants

    deadline = time.monotonic() + STOP_WITHIN
    number = signal.SIGTERM
    while left := descendants(os.getpid()):
        for pid in left:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            number = signal.SIGKILL
        time.sleep(0.1)


def _settings() -> "Settings":
    # Read by the libraries when they are imported, which is after this.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from agent.settings import Settings

    return Settings()


def _say(line: str) -> None:
    click.echo(f"shopclerk: {line}", err=True)
