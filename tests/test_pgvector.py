"""An index in PostgreSQL: servers and rights that lack, changes that are found, the commands."""

import json
from pathlib import Path
from typing import Any

import pytest
from catalogue_fixtures import HashEmbedder, small_catalogue
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from agent.orders.database import open_database
from agent.settings import Settings
from retrieval import dictionary
from retrieval.errors import IndexMissing, IndexStoreError, WeightsError
from retrieval.pgvector import PostgresStore
from tests.index_engines import postgres, publish
from ui.commands.index import index as index_command
from ui.commands.up import check_ready
from ui.measuring.scratch_postgres import ScratchServer


@pytest.mark.postgres
def test_a_server_without_pgvector_is_named(postgres_server: ScratchServer) -> None:
    store = PostgresStore(postgres_server.create())
    with (
        pytest.raises(IndexStoreError, match=r"has no pgvector; install it there"),
        store.writing(),
    ):
        pass
    assert store.stamp() is None


@pytest.mark.postgres
def test_rights_that_lack_are_named(pgvector_server: ScratchServer) -> None:
    url = pgvector_server.create()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE guest LOGIN"))
    store = PostgresStore(url.replace("shop@", "guest@"))
    with pytest.raises(IndexStoreError, match="the extension vector, which a superuser creates"):
        publish(store, small_catalogue(), None)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION vector"))
    with pytest.raises(IndexStoreError, match="the right to create the schema shopclerk_index"):
        publish(store, small_catalogue(), None)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA shopclerk_index AUTHORIZATION guest"))
    engine.dispose()
    assert publish(store, small_catalogue(), None) == store.current()


@pytest.mark.postgres
def test_a_server_that_is_down_is_named_without_its_password() -> None:
    store = PostgresStore("postgresql://ana:secret@127.0.0.1:9/shop")
    with pytest.raises(IndexStoreError, match=r"postgresql://ana:\*\*\*@127.0.0.1:9/shop cannot"):
        store.stamp()
    with pytest.raises(IndexStoreError, match="SHOPCLERK_INDEX_URL is mysql; write postgresql://"):
        PostgresStore("mysql://ana:secret@127.0.0.1/shop")


@pytest.mark.postgres
def test_every_change_of_a_version_is_found(index_url: str) -> None:
    store = PostgresStore(index_url)
    name = publish(store, small_catalogue(), HashEmbedder())
    schema, suffix = "shopclerk_index", name.replace("-", "_")
    changes = {
        "products": f"UPDATE {schema}.products_{suffix} SET id = 'x' WHERE row = 2",
        "passages": f"UPDATE {schema}.passages_{suffix} SET embedding = embedding + embedding",
        "postings": f"UPDATE {schema}.postings_{suffix} SET impacts = impacts || '0'",
        "lexicon": f"UPDATE {schema}.versions SET step = step * 2",
    }
    engine = create_engine(index_url)
    for table, change in changes.items():
        with engine.connect() as connection:
            connection.execute(text(change))
            connection.commit()
        assert f"{table} is changed" in store.fault(), table
    engine.dispose()


def not_fetched(_: Path) -> Path:
    raise WeightsError("nothing is fetched in a test")


@pytest.mark.postgres
def test_the_commands_work_on_it(
    index_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    monkeypatch.setenv("SHOPCLERK_INDEX_URL", index_url)
    monkeypatch.setattr("ui.materials.fetched_embedder", lambda _: HashEmbedder())
    monkeypatch.setattr(dictionary, "prepare_dictionary", not_fetched)
    settings = Settings()
    open_database(settings).migrate()
    with pytest.raises(IndexMissing, match="there is no index in postgresql://"):
        check_ready(settings)

    def run(*arguments: str, fails: bool = False) -> dict[str, Any]:
        done = CliRunner().invoke(index_command, [*arguments, "--json"])
        assert done.exit_code == int(fails), done.output
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    file = tmp_path / "shop.jsonl"
    for count in (3, 4):
        rows = [{"id": f"a{n}", "title": f"Mug {n}", "price": "5.00"} for n in range(count)]
        file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        updated = run("update", str(file))
        assert (updated["products"], updated["embedded"]) == (count, 3 if count == 3 else 1)
    check_ready(settings)
    status = run("status")
    assert status["current"] == updated["version"]
    assert [version["products"] for version in status["versions"]] == [3, 4]
    assert run("rollback")["products"] == 3
    assert run("verify")["ok"] is True
    postgres(index_url, 0).damage(run("status")["current"])
    assert "postings is changed" in run("verify", fails=True)["versions"]["current"]
    assert run("rebuild")["products"] == 3
    assert run("verify")["ok"] is True
    assert not (tmp_path / "index").exists()
