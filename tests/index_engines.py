"""The engines of an index for tests: files and PostgreSQL, opened and damaged the same way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from retrieval.catalogue import Product
from retrieval.embedders import Embedder
from retrieval.engine import Store
from retrieval.facets import Filters
from retrieval.pgvector import PostgresStore
from retrieval.search import Searcher
from retrieval.store import IndexStore


@dataclass(frozen=True)
class Engine:
    """`store()` opens one and the same index again, as another process would."""

    store: Callable[[], Store]
    damage: Callable[[str], None]
    """Lose some of a version's words."""
    remove: Callable[[str], None]


def files(folder: Path) -> Engine:
    """The embedded engine over a folder."""
    versions = folder / "index" / "versions"
    return Engine(
        lambda: IndexStore(folder / "index"),
        lambda name: (versions / name / "words" / "postings.npz").write_bytes(b"nothing") and None,
        lambda name: (versions / name).rename(folder / name) and None,
    )


def postgres(url: str, exact_up_to: int) -> Engine:
    """The engine in a PostgreSQL database; up to so many vectors are compared one by one."""

    def change(statement: str) -> Callable[[str], None]:
        def run(name: str) -> None:
            engine = create_engine(url)
            with engine.begin() as connection:
                suffix = name.replace("-", "_")
                connection.execute(text(statement.format(suffix=suffix, name=name)))
            engine.dispose()

        return run

    return Engine(
        lambda: PostgresStore(url, fresh=0, exact_up_to=exact_up_to),
        change("DELETE FROM shopclerk_index.postings_{suffix} WHERE number = 3"),
        change(
            "ALTER TABLE shopclerk_index.current DROP CONSTRAINT current_name_fkey;"
            "DELETE FROM shopclerk_index.versions WHERE name = '{name}'"
        ),
    )


EXACT, GRAPH = "pgvector, compared one by one", "pgvector, by its graph"
DISTRIBUTED = [pytest.param(kind, marks=pytest.mark.postgres) for kind in (EXACT, GRAPH)]
EVERY = ["files", *DISTRIBUTED]


def compared_up_to(kind: str) -> int:
    """How many vectors an engine of this kind compares one by one."""
    return 0 if kind == GRAPH else 20_000


@pytest.fixture(params=EVERY)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Each engine in turn, empty."""
    if request.param == "files":
        return files(tmp_path)
    return postgres(request.getfixturevalue("index_url"), compared_up_to(request.param))


@pytest.fixture
def store(engine: Engine) -> Store:
    """Its index, open."""
    return engine.store()


def publish(store: Store, products: Sequence[Product], embedder: Embedder | None) -> str:
    """Build and serve a version; its name."""
    with store.writing():
        built = store.build(products, embedder, built_at="2026-11-21T00:00:00+00:00")
        store.switch(built.version)
        store.prune()
    return built.version


def ids(searcher: Searcher, query: str, k: int = 10, **filters: Any) -> list[str]:
    """The products that a search finds, best first."""
    return [hit.product_id for hit in searcher.search(query, k, Filters(**filters))]
