"""What `shopclerk up` does behind the open page: the sample shop, its index, the model."""

import hashlib
import json
import multiprocessing
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from agent.clock import system_clock
from agent.errors import ShopclerkError
from agent.orders.database import Database, open_database
from agent.settings import Settings
from ui.opening import Opening

if TYPE_CHECKING:
    from agent.supervisor import ModelServer
    from retrieval.embedders import Embedder
    from retrieval.engine import Store

Say = Callable[[str], None]
P = ParamSpec("P")
T = TypeVar("T")

_IMPORTED = ("customers.jsonl", "orders.jsonl", "reviews", "policies")
_NEEDS = (
    "the shop is open without its model: {why}; search, orders and policies work, and "
    "SHOPCLERK_MODEL_URL names any other OpenAI-compatible server"
)


class Preparation:
    """Runs once: the shop in one thread, its model in another, neither waiting for the other.

    What fails is said in one line, and the rest goes on.
    """

    def __init__(self, settings: Settings, opening: Opening, say: Say) -> None:
        self._settings = settings
        self._opening = opening
        self._tell = say
        self._server: ModelServer | None = None
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._attempt, args=(step,), name=name, daemon=True)
            for name, step in (("open-shop", self._open_shop), ("start-model", self._start_model))
        ]

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the model server, if it was started here."""
        self._stopping.set()
        if self._server is not None:
            self._server.stop()

    def is_running(self) -> bool:
        """Whether something is still being prepared."""
        return any(thread.is_alive() for thread in self._threads)

    def is_warming(self) -> bool:
        """Whether the model may still come: something is being prepared, or it is starting."""
        if self.is_running():
            return True
        return self._server is not None and self._server.state in (
            "starting",
            "warming",
            "restarting",
        )

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (ShopclerkError, OSError) as error:
            self._say(str(error))

    def _say(self, line: str) -> None:
        """Tell it, unless all is being ended: what fails then fails because of that."""
        if not self._stopping.is_set():
            self._tell(line)

    def _open_shop(self) -> None:
        """Schema, sample shop, index; the page answers as soon as there is anything to answer."""
        from agent.shop import open_store

        settings = self._settings
        db, store = open_database(settings), open_store(settings)
        db.migrate()
        if line := first_staff(db):
            self._say(line)
        if store.stamp():
            self._open()
        if sample_leads(settings, db):
            self._bring_sample_in(db, store)
        else:
            self._catch_up(db, store)
        embedder = self._open()
        self._score_reviews(db, embedder)
        db.dispose()

    def _bring_sample_in(self, db: Database, store: "Store") -> None:
        settings, before = self._settings, read_mark(self._settings)
        mark = sample_mark(settings)
        if before.get("records") != mark["records"]:
            self._say("importing the sample shop")
            import_sample(settings, db)
        if not store.stamp():
            # By words alone at first, so that the shop opens before the embedding model is there.
            index_sample(settings, db, store, None)
            self._open()
        embedder = self._embedder()
        store.dictionary = self._dictionary()
        stale = before.get("products") != mark["products"]
        if stale or is_outdated(store, embedder):
            self._say("indexing the sample shop")
            index_sample(settings, db, store, embedder)
        write_mark(settings, mark)

    def _catch_up(self, db: Database, store: "Store") -> None:
        from agent.indexing import reconcile

        embedder = self._embedder()
        store.dictionary = self._dictionary()
        if done := reconcile(db, store, embedder, clock=system_clock):
            self._say(done)

    def _score_reviews(self, db: Database, embedder: "Embedder | None") -> None:
        """Reviews without a score of the present model; the shop is open meanwhile."""
        from agent.reviews.scoring import open_scorer, score_reviews

        scorer = open_scorer(self._settings, embedder)
        if scorer and (done := score_reviews(db, scorer)):
            self._say(f"scored {done} reviews")

    def _open(self) -> "Embedder | None":
        from agent.assistant import build_assistant

        assistant = build_assistant(self._settings)
        self._opening.open_with(assistant)
        assistant.shop.warm()
        return assistant.shop.embedder

    def _embedder(self) -> "Embedder | None":
        """The embedding model, fetched if need be; None, and a line, where it cannot be had."""
        from agent.shop import embedder_folder, fetched_embedder_folder
        from retrieval.embedders import compile_ahead, load_embedder
        from retrieval.errors import WeightsError

        if not embedder_folder(self._settings).is_dir():
            self._say("preparing the embedding model")
        try:
            ready = fetched_embedder_folder(self._settings)
            embedder = load_embedder(ready)
            if embedder.wants_compiling:
                apart(compile_ahead, ready)
            return embedder
        except WeightsError as error:
            self._say(f"the search goes by words alone: {error}")
            return None

    def _dictionary(self) -> Path | None:
        """The dictionary, fetched if need be; None, and a line, where it cannot be had."""
        from retrieval.dictionary import NAME, prepare_dictionary
        from retrieval.errors import WeightsError

        try:
            return prepare_dictionary(self._settings.models_dir / NAME)
        except WeightsError as error:
            self._say(f"the search does not translate between languages: {error}")
            return None

    def _start_model(self) -> None:
        settings = self._settings
        if settings.model_url:
            self._say(f"answers come from the model server at {settings.model_url}")
            return
        if why := no_vllm(settings):
            self._say(_NEEDS.format(why=why))
            return
        try:
            self._serve_model()
        except ShopclerkError as error:
            self._say(_NEEDS.format(why=error))

    def _serve_model(self) -> None:
        from agent.assistant import warm_up
        from agent.profiles import chosen_profile, is_prepared
        from agent.supervisor import ModelServer
        from finetune.weights import prepare

        profile = chosen_profile(self._settings)
        if not is_prepared(profile, self._settings):
            apart(prepare, profile, self._settings, self._tell)
        if self._stopping.is_set():
            return
        self._server = ModelServer(profile, self._settings, warm_up_with=lambda: warm_up(profile))
        self._server.start()
        self._say(f"starting {profile.name}; its log is {self._server.log}")
        self._server.wait_ready()
        self._say(f"{profile.name} is warm")


def apart(task: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Run `task` in a process of its own: what torch takes of memory goes when it ends.

    Raises what the task raises, and WeightsError where the process was killed.
    """
    from retrieval.errors import WeightsError

    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, initializer=_leave_ctrl_c_to_the_parent) as pool:
        try:
            return pool.submit(task, *args, **named).result()
        except BrokenProcessPool:
            raise WeightsError(
                "the process that prepares the weights was killed, maybe for want of memory; "
                "start again, or run `shopclerk model prepare`"
            ) from None


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def first_staff(db: Database) -> str:
    """Where there is no staff account, one is made: the line that tells its password, this once."""
    from agent.identity.staff import Staff

    made = Staff(db, system_clock).first()
    if made is None:
        return ""
    name, password = made
    return f"staff sign in on the page as {name} with {password}  (this is not shown again)"


def no_vllm(settings: Settings) -> str:
    """Why no model can be served from here, or ""."""
    if settings.vllm_python.exists():
        return ""
    return f"there is no vLLM environment at {settings.vllm_python} (`make` installs it on Linux)"


def sample_leads(settings: Settings, db: Database) -> bool:
    """Whether the database is empty, or was filled with the sample shop by `up` before."""
    from sqlalchemy import func, select

    from agent.orders.models import Customer, Product

    if read_mark(settings):
        return True
    with db.read() as session:
        rows = (session.scalar(select(func.count()).select_from(t)) for t in (Customer, Product))
        return not any(rows)


def import_sample(settings: Settings, db: Database) -> None:
    """The sample shop's customers, orders, reviews and policies into the database."""
    from agent.orders.importer import import_files
    from agent.orders.tombstones import open_marks

    files = [file for name in _IMPORTED if (file := settings.shop / name).exists()]
    import_files(db, files, clock=system_clock, marks=open_marks(settings))


def is_outdated(store: "Store", embedder: "Embedder | None") -> bool:
    """Whether the index must be made anew: damaged, of an older form, or of other vectors."""
    if store.fault():
        return True
    built_with = store.manifest(store.current()).weights_hash
    return embedder is not None and built_with != embedder.weights_hash


def index_sample(
    settings: Settings, db: Database, store: "Store", embedder: "Embedder | None"
) -> None:
    """The sample shop's products into the database and the index."""
    from agent.indexing import update_index
    from retrieval.catalogue import read_catalogue, read_whole

    catalogue = read_whole(read_catalogue([settings.shop / "products"]))
    update_index(db, store, embedder, catalogue.products, clock=system_clock)


def sample_mark(settings: Settings) -> dict[str, str]:
    """What the sample shop's files hold. Records age with the day: their times are relative."""
    today = system_clock().astimezone(settings.zone).date().isoformat()
    records = [settings.shop / name for name in _IMPORTED]
    return {
        "records": f"{today} {_digest(records)}",
        "products": _digest([settings.shop / "products"]),
    }


def read_mark(settings: Settings) -> dict[str, str]:
    """What `up` brought in the last time; empty if it never did."""
    try:
        mark: dict[str, str] = json.loads(_mark_file(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return mark


def write_mark(settings: Settings, mark: dict[str, str]) -> None:
    """Remember what was brought in."""
    _mark_file(settings).write_text(json.dumps(mark), encoding="utf-8")


def _mark_file(settings: Settings) -> Path:
    return settings.home / "sample-shop.json"


def _digest(paths: list[Path]) -> str:
    """SHA-256 over the names and contents of files and of the files in folders."""
    seen = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                seen.update(f"{file.name}\0".encode() + file.read_bytes())
    return seen.hexdigest()
