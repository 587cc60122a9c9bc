"""`shopclerk up` and `serve`: what they refuse, and what is brought in again."""

import socket
from pathlib import Path

import pytest
from catalogue_fixtures import HashEmbedder, small_catalogue

from agent.errors import DatabaseError, SettingsError
from agent.orders.database import open_database
from retrieval.errors import IndexMissing
from retrieval.store import IndexStore
from tests.api_client import fill, settings_of
from ui.commands.up import check_ready, listen
from ui.opening import Opening
from ui.preparation import is_outdated, no_vllm, sample_leads, sample_mark, write_mark


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as refused:
            listen(settings_of(tmp_path, port=port))
    assert str(refused.value) == (
        f"port {port} on 127.0.0.1 cannot be used (Address already in use); stop the program that "
        f"has it, or choose another, as in SHOPCLERK_PORT={port + 1}"
    )


def test_serve_says_which_command_mends_it(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with pytest.raises(DatabaseError, match="run `shopclerk db migrate`"):
        check_ready(settings)
    open_database(settings).migrate()
    with pytest.raises(IndexMissing, match="run `shopclerk index update FILE`"):
        check_ready(settings)
    settings.index_dir.mkdir()
    (settings.index_dir / "current").write_text("000001-0123456789ab seal\n", encoding="utf-8")
    check_ready(settings)


def test_a_shop_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home")
    db = open_database(settings)
    db.migrate()
    assert sample_leads(settings, db)
    other = settings_of(tmp_path / "other")
    fill(other)
    assert not sample_leads(other, open_database(other))
    write_mark(other, sample_mark(other))
    assert sample_leads(other, open_database(other))


def test_changed_files_are_noticed(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    (shop / "products").mkdir(parents=True)
    (shop / "products" / "a.jsonl").write_text("{}", encoding="utf-8")
    (shop / "customers.jsonl").write_text("{}", encoding="utf-8")
    settings = settings_of(tmp_path, shop=shop)
    before = sample_mark(settings)
    assert sample_mark(settings) == before
    (shop / "products" / "a.jsonl").write_text("{ }", encoding="utf-8")
    after = sample_mark(settings)
    assert after["records"] == before["records"]
    assert after["products"] != before["products"]


def test_an_index_of_an_older_form_is_made_anew(tmp_path: Path) -> None:
    store, embedder = IndexStore(tmp_path), HashEmbedder()
    assert is_outdated(store, None), "there is none"
    with store.writing():
        store.switch(store.build(small_catalogue(), None, built_at="").version)
    assert not is_outdated(store, None)
    assert is_outdated(store, embedder), "it has no vectors"
    with store.writing():
        store.switch(store.build(small_catalogue(), embedder, built_at="").version)
    assert not is_outdated(store, embedder)
    assert is_outdated(store, HashEmbedder("weights-2")), "its vectors are another model's"
    manifest = tmp_path / "versions" / store.current() / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 2', '"format": 1'))
    assert is_outdated(store, embedder)


def test_without_vllm_it_is_said(tmp_path: Path) -> None:
    assert "there is no vLLM environment at /nowhere/python" in no_vllm(
        settings_of(tmp_path, vllm_python="/nowhere/python")
    )


async def test_before_the_shop_is_set_up_it_says_so() -> None:
    from agent.context import ANONYMOUS

    opening = Opening()
    assert not await opening.model_ready()
    said = [event.model_dump() async for event in opening.turn("s", ANONYMOUS, "你好")]
    assert said == [{"type": "error", "code": "opening", "text": "店铺正在准备中，几分钟后开门。"}]
