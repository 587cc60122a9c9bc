"""What `shopclerk doctor` looks at. Each finding says what was found and how to mend it."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.clock import system_clock
from agent.errors import ShopclerkError
from agent.identity.staff import Staff
from agent.masking import mask_password
from agent.orders.access import role
from agent.orders.database import open_database
from agent.orders.tombstones import open_marks, read_erased
from agent.policies import KNOWN_RULES
from agent.profiles import chosen_profile, is_prepared
from agent.serving import is_serving, port_is_taken
from agent.settings import Settings
from agent.shop import embedder_folder, open_store
from agent.signing import key_of

GIB = 1024**3
DISK_GIB = 8
"""Both environments, downloads and prepared weights: measured 6.8 GB on 2026-11-21."""
MEMORY_GIB = 7
"""The app (1.2 GB) beside the model server of the CPU default (5.1 GB), measured 2026-11-22."""

LATE = 600.0
"""Seconds after which an undelivered change is worth a look."""
SHORTEST_KEY = 24
"""Bytes: the least that the Standard Webhooks specification asks of a secret."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. A fault keeps something from working; a note does not."""

    what: str
    verdict: Literal["ok", "note", "fault"]
    found: str
    cure: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Everything there is to say about this installation, machine first."""
    looks: list[Callable[[Settings], Iterator[Finding]]] = [
        _machine,
        _port,
        _database,
        _role,
        _policies,
        _staff,
        _erasure,
        _index,
        _embedder,
        _model,
        _changes,
    ]
    return [finding for look in looks for finding in _guarded(look, settings)]


def _guarded(
    look: Callable[[Settings], Iterator[Finding]], settings: Settings
) -> Iterator[Finding]:
    try:
        yield from look(settings)
    except ShopclerkError as error:
        yield Finding(look.__name__.strip("_"), "fault", str(error))


def _machine(settings: Settings) -> Iterator[Finding]:
    version = platform.python_version()
    new = sys.version_info >= (3, 11)
    yield Finding(
        "Python", "ok" if new else "fault", version, "" if new else "install 3.11 or newer"
    )
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    linux = platform.system() == "Linux" and platform.machine() in ("x86_64", "aarch64")
    cure = "vLLM runs on Linux x86-64 and aarch64; set SHOPCLERK_MODEL_URL to a server elsewhere"
    yield Finding("system", "ok" if linux else "note", system, "" if linux else cure)
    free = shutil.disk_usage(_existing(settings.home)).free / GIB
    enough = free >= DISK_GIB or is_prepared(chosen_profile(settings), settings)
    cure = f"a fresh installation takes {DISK_GIB} GB; free some, or set SHOPCLERK_HOME elsewhere"
    yield Finding(
        "disk", "ok" if enough else "fault", f"{free:.0f} GB free", "" if enough else cure
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    enough = memory >= MEMORY_GIB
    cure = f"app and model need {MEMORY_GIB} GB; set SHOPCLERK_MODEL_URL to a server elsewhere"
    yield Finding("memory", "ok" if enough else "fault", f"{memory:.0f} GB", "" if enough else cure)


def _existing(path: Path) -> Path:
    return next(folder for folder in [path.absolute(), *path.absolute().parents] if folder.exists())


def _port(settings: Settings) -> Iterator[Finding]:
    if port_is_taken(settings.port):
        found = f"{settings.port} is in use (fine, if that is the open shop)"
        yield Finding("web port", "note", found, "else set SHOPCLERK_PORT to a free one")
    else:
        yield Finding("web port", "ok", f"{settings.port} is free")


def _database(settings: Settings) -> Iterator[Finding]:
    db = open_database(settings)
    try:
        problems = db.check()
    finally:
        db.dispose()
    if problems:
        yield Finding("database", "fault", "; ".join(problems), "run `shopclerk db migrate`")
    else:
        yield Finding("database", "ok", db.url.render_as_string(hide_password=True))


def _role(settings: Settings) -> Iterator[Finding]:
    """Whether PostgreSQL would stop us where our own code did not."""
    db = open_database(settings)
    try:
        if db.dialect == "sqlite":
            return
        with db.looking() as connection:
            faults = role.faults(connection)
    finally:
        db.dispose()
    verdict: Literal["note", "fault"] = "note" if settings.env == "development" else "fault"
    for found, cure in faults:
        yield Finding("database role", verdict, found, cure)
    if not faults:
        yield Finding("database role", "ok", "is bound by grants and row-level security")


def _policies(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy import select

    from agent.orders.models import Policy

    db = open_database(settings)
    try:
        with db.read() as session:
            rows = session.execute(select(Policy.id, Policy.rules)).all()
    finally:
        db.dispose()
    keys = {f"{row.id}.{key}" for row in rows for key in row.rules if key not in KNOWN_RULES}
    unknown = sorted(keys)
    if unknown:
        cure = "these rules are quoted but decide nothing in code; check their spelling"
        yield Finding("policy rules", "note", ", ".join(unknown), cure)
    elif rows:
        yield Finding("policies", "ok", f"{len({row.id for row in rows})} policies")
    else:
        cure = "run `shopclerk import` with the shop's policies"
        yield Finding("policies", "note", "there are none", cure)


def _staff(settings: Settings) -> Iterator[Finding]:
    """Whether staff can sign in, and by no password that an old terminal or log shows."""
    db = open_database(settings)
    try:
        members = Staff(db, system_clock).members()
    finally:
        db.dispose()
    names = ", ".join(member.name for member in members)
    if not members:
        cure = "run `shopclerk staff add NAME`; the next start of `serve` or `up` makes one too"
        yield Finding("staff", "note", "there is no account", cure)
    elif printed := [member.name for member in members if member.made_at_start]:
        found = f"{printed[0]} still has the password that the first start printed"
        cure = "it may stand in a log: run `shopclerk staff add NAME` with a name of your own, "
        cure += f"then `shopclerk staff remove {printed[0]}`"
        yield Finding("staff", "note", found, cure)
    else:
        yield Finding("staff", "ok", names)


def _erasure(settings: Settings) -> Iterator[Finding]:
    """Raises SettingsError where the key is missing by which erased customers are known."""
    db = open_database(settings)
    try:
        with db.read() as session:
            erased = read_erased(session, open_marks(settings))
    finally:
        db.dispose()
    if erased is not None:
        yield Finding("erased customers", "ok", f"{len(erased.ids)}, known by their key")


def _index(settings: Settings) -> Iterator[Finding]:
    store = open_store(settings)
    if fault := store.fault():
        yield Finding("index", "fault", fault, "run `shopclerk index rebuild`")
    else:
        manifest = store.manifest(store.current())
        yield Finding("index", "ok", f"{store.current()}, {manifest.products} products")


def _embedder(settings: Settings) -> Iterator[Finding]:
    if embedder_folder(settings).is_dir():
        yield Finding("embedding model", "ok", str(embedder_folder(settings)))
    else:
        cure = "run `shopclerk index rebuild`, which prepares it; until then search goes by words"
        yield Finding("embedding model", "note", "is not prepared", cure)


def _model(settings: Settings) -> Iterator[Finding]:
    if settings.model_url:
        yield Finding("model", "ok", f"answers come from {mask_password(settings.model_url)}")
        return
    profile = chosen_profile(settings)
    there = settings.vllm_python.exists()
    cure = "run `make setup`, or set SHOPCLERK_MODEL_URL to another model server"
    yield Finding(
        "vLLM", "ok" if there else "note", str(settings.vllm_python), "" if there else cure
    )
    prepared = is_prepared(profile, settings)
    found = f"{profile.name} is {'prepared' if prepared else 'not prepared'}"
    cure = "" if prepared else "run `shopclerk model prepare`"
    yield Finding("model", "ok" if prepared else "note", found, cure)
    if is_serving(profile, settings):
        yield Finding("model server", "ok", f"{profile.name} on port {settings.model_port}")
    elif port_is_taken(settings.model_port):
        cure = "stop that program, or set SHOPCLERK_MODEL_PORT to a free port"
        found = f"port {settings.model_port} is taken by another program"
        yield Finding("model server", "fault", found, cure)
    else:
        yield Finding("model server", "note", "is not running; `shopclerk up` starts it")


def _changes(settings: Settings) -> Iterator[Finding]:
    """Whether what shoppers confirmed reaches the shop's own system."""
    from agent.orders.channels import open_channel
    from agent.orders.outbox import Outbox

    open_channel(settings).close()
    db = open_database(settings)
    try:
        figures = Outbox(db, system_clock).figures()
    finally:
        db.dispose()
    to = mask_password(settings.webhook_url) or str(settings.changes_file)
    age = (system_clock() - figures.oldest).total_seconds() if figures.oldest else 0.0
    undelivered = f"{figures.waiting} waiting and {figures.failed} failed, the oldest for "
    undelivered += f"{age / 60:.0f} minutes; they go to {to}"
    if figures.failed:
        cure = "`shopclerk outbox list --status failed` says why; then `shopclerk outbox retry`"
        yield Finding("changes", "fault", undelivered, cure)
    elif age > LATE:
        cure = "`shopclerk outbox list --status waiting` says why; `serve` and `up` deliver them"
        yield Finding("changes", "note", undelivered, cure)
    else:
        yield Finding("changes", "ok", f"{figures.waiting} waiting; they go to {to}")
    if figures.for_staff:
        found = f"{figures.for_staff} that the shop refused could not be taken back"
        cure = "`shopclerk outbox list --status refused` names them; mend those orders by hand, "
        cure += "then run `shopclerk outbox done ID`"
        yield Finding("refused changes", "note", found, cure)
    secret = settings.webhook_secret.get_secret_value()
    if secret and len(key_of(secret)) < SHORTEST_KEY:
        cure = "take whsec_ and the output of `openssl rand -base64 32`"
        yield Finding("webhook secret", "note", f"is below {SHORTEST_KEY} bytes", cure)
