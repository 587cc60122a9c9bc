"""What works right now: the database, the index and the model, each with its state."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel

from agent.clock import system_clock
from agent.errors import DatabaseError
from agent.orders import proposals, schema
from agent.orders.database import Database
from agent.orders.outbox import Figures, Outbox
from agent.settings import Settings
from agent.shop import open_store
from retrieval.errors import IndexStoreError
from ui.turns import Answers

ModelState = Literal["warming", "ready", "down"]

log = logging.getLogger(__name__)

FRESH = 0.5  # seconds


class Readiness(BaseModel):
    """`ready` says whether the shop can serve; it can without its model.

    `changes_waiting` and `changes_failed` are confirmed changes that are not delivered yet.
    """

    ready: bool
    database: Literal["ready", "not migrated", "down"]
    index: Literal["ready", "missing"]
    model: ModelState
    changes_waiting: int = 0
    changes_failed: int = 0

    @property
    def banner(self) -> Literal["opening", "warming", "ready", "down"]:
        """What the page says about it: the shop itself comes before its model."""
        return self.model if self.ready else "opening"


@dataclass(frozen=True, slots=True)
class Standing:
    """Figures of the shop; None or empty where they cannot be looked up."""

    outbox: Figures | None = None
    outbox_age: float = 0.0
    proposals: dict[str, float] | None = None
    index_version: str = ""
    products: int = 0


class Health:
    """Looks at the parts. `warming` tells whether somebody is preparing or starting the model."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        assistant: Answers,
        warming: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = open_store(settings)
        self._db = db
        self._outbox = Outbox(db, system_clock)
        self._assistant = assistant
        self._warming = warming
        self._seen: tuple[float, Readiness] | None = None

    async def model(self) -> ModelState:
        """Ready as soon as it answers; warming while it is being started; else down."""
        if await self._assistant.model_ready():
            return "ready"
        return "warming" if self._warming() else "down"

    async def readiness(self) -> Readiness:
        """All three at once, looked at anew at most every `FRESH` seconds: every open page asks.

        A database or an index that hangs does not hold the event loop.
        """
        now = time.monotonic()
        if self._seen is None or now - self._seen[0] >= FRESH:
            self._seen = now, await self._look()
        return self._seen[1]

    async def _look(self) -> Readiness:
        database = await asyncio.to_thread(self.database)
        index, model = await asyncio.to_thread(self.index), await self.model()
        waiting, failed = await asyncio.to_thread(self.changes) if database == "ready" else (0, 0)
        return Readiness(
            ready=database == "ready" and index == "ready",
            database=database,
            index=index,
            model=model,
            changes_waiting=waiting,
            changes_failed=failed,
        )

    def standing(self) -> Standing:
        """How outbox, proposals and index stand; it blocks."""
        standing = Standing()
        try:
            outbox, now = self._outbox.figures(), system_clock()
            age = (now - outbox.oldest).total_seconds() if outbox.oldest else 0.0
            standing = Standing(outbox, age, proposals.figures(self._db, now))
        except DatabaseError as error:
            log.warning("the metrics lack what is in the database: %s", error)
        try:
            version = self._store.current()
            products = self._store.manifest(version).products
        except IndexStoreError:
            return standing
        return replace(standing, index_version=version, products=products)

    def database(self) -> Literal["ready", "not migrated", "down"]:
        """Whether the database answers and has the schema that this code expects."""
        try:
            with self._db.read() as session:
                revision = schema.current(session.connection())
        except DatabaseError:
            return "down"
        return "ready" if revision == schema.head() else "not migrated"

    def changes(self) -> tuple[int, int]:
        """How many confirmed changes wait to be delivered, and how many were given up."""
        try:
            figures = self._outbox.figures()
        except DatabaseError:
            return 0, 0
        return figures.waiting, figures.failed

    def index(self) -> Literal["ready", "missing"]:
        """Whether any version of the index can be served."""
        try:
            return "ready" if self._store.stamp() else "missing"
        except IndexStoreError:
            return "missing"
