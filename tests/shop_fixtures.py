"""The whole sample shop, imported once a session and copied for each test that opens it."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.asked import Asked
from agent.assistant import Assistant
from agent.clock import pinned_clock
from agent.context import ANONYMOUS, Shopper, TurnContext
from agent.events import Event, Lang
from agent.handles import Handles
from agent.indexing import update_index
from agent.orders.database import Database
from agent.orders.importer import import_files
from agent.profiles import load_profile
from agent.settings import CHECKOUT, Settings
from agent.shop import Shop, embedder_folder, open_shop
from retrieval.catalogue import read_catalogue, read_whole
from retrieval.checkpoints import faults
from retrieval.embedders import Embedder, load_embedder
from retrieval.store import IndexStore
from tests.missing import missing
from tests.scripted_model import Say, ScriptedModel, call

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
"""When the sample shop was imported, and when every turn of a test takes place."""
OWNER = Shopper.signed_in("C-5931")
OWN_ORDER = "LP-28074"
"""Shipped 1.89 days ago, due in 2.25 days."""
STRANGER = Shopper.signed_in("C-3584")
SEARCH = call("search_products", query="tent", max_price=250)
PROSE = Say("The Hollow 2 is our closest match.")
"""A look-up in the sample shop, and an answer that what it finds bears out."""

_RECORDS = ("customers.jsonl", "orders.jsonl", "reviews", "policies")


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Path:
    """A state folder with the sample shop in database and index, by words alone. Only read it."""
    home = tmp_path_factory.mktemp("sample")
    shutil.copy(migrated_sqlite, home / "shop.db")
    db, clock = Database(f"sqlite:///{home / 'shop.db'}"), pinned_clock(NOW)
    folder = CHECKOUT / "data" / "shop"
    import_files(db, [folder / name for name in _RECORDS], clock=clock)
    products = read_whole(read_catalogue([folder / "products"])).products
    update_index(db, IndexStore(home / "index"), None, products, clock=clock)
    db.dispose()
    return home


@pytest.fixture
def sample_settings(sample_home: Path, tmp_path: Path) -> Settings:
    """Settings of a copy of the sample shop that the test may change; its index is shared."""
    shutil.copy(sample_home / "shop.db", tmp_path / "shop.db")
    (tmp_path / "index").symlink_to(sample_home / "index", target_is_directory=True)
    return Settings(_env_file=None, home=tmp_path)


@pytest.fixture
def shop(sample_settings: Settings) -> Iterator[Shop]:
    """A copy of the sample shop, open."""
    opened = open_shop(sample_settings, pinned_clock(NOW))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def e5() -> Embedder:
    """The real embedding model, as `make setup` prepared it in this checkout."""
    folder = embedder_folder(Settings(_env_file=None, home=CHECKOUT / "data" / "build"))
    if faults(folder):
        missing(f"{folder.name} is not prepared; `make setup` prepares it")
    return load_embedder(folder)


class Ready:
    """Says of the model what the test set; counts doubts."""

    def __init__(self) -> None:
        self.ready = True
        self.doubts = 0

    async def __call__(self) -> bool:
        return self.ready

    def doubt(self) -> None:
        self.doubts += 1


@dataclass
class Counter:
    """The shop's counter in a test: an assistant over the sample shop, and the model behind it."""

    assistant: Assistant
    model: ScriptedModel
    ready: Ready
    shopper: Shopper = ANONYMOUS
    session: str = "session-1"

    async def ask(self, text: Asked, **more: Any) -> list[Event]:
        """All events of one turn."""
        return [event async for event in self.stream(text, **more)]

    def stream(
        self,
        text: Asked,
        *,
        shopper: Shopper | None = None,
        session: str | None = None,
        lang: Lang | None = None,
    ) -> AsyncIterator[Event]:
        """The events of one turn as they come."""
        return self.assistant.turn(session or self.session, shopper or self.shopper, text, lang)


def open_counter(shop: Shop, deadline: float = 45.0, **profile: Any) -> Counter:
    """An assistant with a scripted model; `profile` changes the model's profile."""
    model, ready = ScriptedModel(), Ready()
    plain = {"examples": None, "first_call_requires_tool": False}
    made = load_profile("qwen2.5-coder-0.5b").model_copy(update=plain | profile)
    return Counter(Assistant(shop, model, made, ready, deadline=deadline), model, ready)


@pytest.fixture
def counter(shop: Shop) -> Counter:
    """An assistant over the sample shop; the shopper is anonymous unless the test says so."""
    return open_counter(shop)


ContextOf = Callable[..., TurnContext]


@pytest.fixture
def context_of(shop: Shop) -> ContextOf:
    """Makes the context of one turn; the session exists."""

    def make(
        *said: str, shopper: Shopper = ANONYMOUS, lang: Lang = "en", shop: Shop = shop
    ) -> TurnContext:
        shop.sessions.resume("context", shopper, lang)
        return TurnContext(shop, shopper, "context", lang, NOW, Handles(), said=list(said))

    return make


def kinds(events: list[Event]) -> list[str]:
    """The types of events in order, a status with its stage."""
    return [f"status:{e.stage}" if e.type == "status" else e.type for e in events]


def only(events: list[Event], kind: str) -> Any:
    """The one event of this type."""
    found = [event for event in events if event.type == kind]
    assert len(found) == 1, f"{len(found)} events of type {kind} in {kinds(events)}"
    return found[0]


def spoken(events: list[Event]) -> str:
    """The prose of the turn."""
    return " ".join(event.text for event in events if event.type == "text")
