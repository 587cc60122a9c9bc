"""Everything that a turn may ask, opened once at the edge and passed inward."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.clock import Clock, system_clock
from agent.orders.database import Database, open_database
from agent.orders.proposals import Proposals
from agent.orders.service import OrderDesk
from agent.policies import PolicyBook
from agent.product_desk import ProductDesk
from agent.sessions import Sessions
from agent.settings import Settings
from retrieval import dictionary as dictionaries
from retrieval.checkpoints import NAME, prepare_embedder
from retrieval.embedders import Embedder, SentenceEmbedder, load_embedder
from retrieval.engine import Store
from retrieval.errors import IndexStoreError, WeightsError
from retrieval.search import Searcher
from retrieval.store import IndexStore


def embedder_folder(settings: Settings) -> Path:
    """Where the embedding model's checkpoint is, or will be prepared."""
    adapter = settings.embedder_adapter
    return settings.embedder_dir or settings.models_dir / (adapter.name if adapter else NAME)


def fetched_embedder_folder(settings: Settings) -> Path:
    """Where the embedding model's checkpoint is, fetched if need be. Raises WeightsError."""
    return prepare_embedder(
        embedder_folder(settings),
        source=settings.embedder_dir,
        hub_timeout=settings.hub_timeout,
        adapter=settings.embedder_adapter,
    )


def open_store(settings: Settings) -> Store:
    """The index of these settings; it translates with the dictionary where that is prepared.

    Raises IndexStoreError for a URL that cannot be, or where what it needs is not installed.
    """
    file = settings.models_dir / dictionaries.NAME / dictionaries.FILE
    dictionary = file if file.is_file() else None
    if not settings.index_url:
        return IndexStore(settings.index_dir, dictionary=dictionary)
    try:
        from retrieval.pgvector import PostgresStore

        return PostgresStore(settings.index_url, dictionary=dictionary)
    except ModuleNotFoundError as error:
        raise IndexStoreError(
            f"SHOPCLERK_INDEX_URL needs the package {error.name}; run `make setup`, or install "
            "the extra `postgres`"
        ) from error


@dataclass(frozen=True)
class Shop:
    """The services of one shop. Threads may share it."""

    db: Database
    searcher: Searcher
    products: ProductDesk
    orders: OrderDesk
    proposals: Proposals
    policies: PolicyBook
    sessions: Sessions
    clock: Clock
    zone: ZoneInfo
    embedder: Embedder | None

    @cached_property
    def version(self) -> str:
        """The catalogue version that the index answered with when it was first asked."""
        return self.searcher.version

    def warm(self) -> None:
        """Load what the first question would otherwise wait for; an empty shop has nothing."""
        if isinstance(self.embedder, SentenceEmbedder):
            self.embedder.warm()
        self.policies.in_force("en")
        with suppress(IndexStoreError):
            self.searcher.refresh()

    def close(self) -> None:
        """Give the database's connections back."""
        self.db.dispose()


def open_embedder(settings: Settings) -> Embedder | None:
    """The embedding model, or None where it is not prepared: the search goes by words then."""
    try:
        return load_embedder(embedder_folder(settings))
    except WeightsError:
        return None


def open_shop(
    settings: Settings, clock: Clock = system_clock, embedder: Embedder | None = None
) -> Shop:
    """Open the shop of these settings, with `embedder` where one is loaded already.

    Nothing is read from disk before the first question. Raises DatabaseError for a database that
    cannot work.
    """
    db = open_database(settings)
    embedder = embedder or open_embedder(settings)
    searcher = Searcher(open_store(settings), embedder)
    return Shop(
        db=db,
        searcher=searcher,
        products=ProductDesk(db, searcher),
        orders=OrderDesk(db, clock, settings.zone),
        proposals=Proposals(db, clock, settings.zone),
        policies=PolicyBook(db, clock, settings.zone, embedder),
        sessions=Sessions(db, clock),
        clock=clock,
        zone=settings.zone,
        embedder=embedder,
    )
