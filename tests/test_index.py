"""The index on disk: whole versions, checksums, the atomic switch, readers, pruning."""

import shutil
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder, make_product, raise_at, small_catalogue

from retrieval import store as store_module
from retrieval.catalogue import Product
from retrieval.errors import IndexDamaged, IndexMissing, IndexStoreError
from retrieval.lexical import plain_groups
from retrieval.search import Searcher
from retrieval.store import IndexStore
from retrieval.vectors import VectorIndex


@pytest.fixture
def store(tmp_path: Path) -> IndexStore:
    return IndexStore(tmp_path / "index")


def publish(store: IndexStore, products: list[Product], embedder: HashEmbedder) -> str:
    with store.writing():
        built = store.build(products, embedder, built_at="2026-11-21T00:00:00+00:00")
        store.switch(built.version)
        store.prune()
    return built.version


def test_vectors_are_filtered_before_top_k() -> None:
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(1003, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    query, mask = vectors[5], rng.random(1003) < 0.02
    expected = [int(row) for row in np.argsort(-(vectors @ query)) if mask[row]]
    index = VectorIndex.build(vectors)
    assert [row for row, _ in index.search(query, 10, mask)] == expected[:10]
    assert [row for row, _ in index.search(query, 1003, mask)] == expected
    assert index.search(query, 3)[0] == (5, pytest.approx(1.0))
    assert index.search(query, 3, np.zeros(1003, dtype=bool)) == []


def test_a_version_says_what_it_is(store: IndexStore) -> None:
    name = publish(store, small_catalogue(), HashEmbedder())
    manifest = store.manifest(name)
    assert name.startswith("000001-")
    assert (manifest.products, manifest.passages, manifest.embedded) == (6, 12, 12)
    assert (manifest.embedder, manifest.weights_hash) == ("hash", "weights-1")
    assert list(store.products(name)) == small_catalogue()
    assert store.verify() == {name: "", "current": ""}


def test_missing_index_says_what_to_do(store: IndexStore) -> None:
    with pytest.raises(IndexMissing, match="run `shopclerk index update FILE`"):
        store.open()
    with pytest.raises(IndexMissing):
        Searcher(store, HashEmbedder()).search("mug")


def test_only_changed_passages_are_embedded(store: IndexStore) -> None:
    embedder = HashEmbedder()
    publish(store, small_catalogue(), embedder)
    embedder.encoded.clear()
    products = small_catalogue()
    products[3] = make_product(4, price="99.00", stock=0, attributes={"size": {"": "L"}})
    products[4] = make_product(5, title={"en": "Blue jug", "zh": products[4].title["zh"]})
    name = publish(store, products, embedder)
    assert {text.split(".")[0] for text in embedder.encoded} == {"Blue jug"}
    assert store.manifest(name).embedded == 1
    assert Searcher(store, embedder).search("blue jug", 1)[0].product_id == "p-005"


def test_an_update_writes_what_a_build_from_nothing_writes(store: IndexStore) -> None:
    publish(store, small_catalogue(), HashEmbedder())
    products = [*small_catalogue()[3:], *small_catalogue()[:2]]
    products[1] = make_product(5, price="99.00", title={"en": "Blue jug"})
    products.insert(0, make_product(7, title={"en": "Green jug", "zh": "绿色的壶"}))
    updated = files_of(store, publish(store, products, HashEmbedder()))
    afresh = IndexStore(store.folder.parent / "afresh")
    built = files_of(afresh, publish(afresh, products, HashEmbedder()))
    # Its words are numbered in another order: these are compared by what they find.
    words = {f"words/{name}" for name in ("terms.txt", "postings.npz", "sources.npz")}
    assert updated.keys() == built.keys()
    assert {name for name in built if built[name] != updated[name]} <= words | {"manifest.json"}
    ours, theirs = store.open(), afresh.open()
    for word in theirs.words.vocabulary:
        group = plain_groups([word])
        assert ours.words.score(group)[0].tolist() == theirs.words.score(group)[0].tolist()


def files_of(store: IndexStore, name: str) -> dict[str, bytes]:
    folder = store.folder / "versions" / name
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_other_weights_embed_everything(store: IndexStore) -> None:
    publish(store, small_catalogue(), HashEmbedder())
    other = HashEmbedder("weights-2")
    assert store.manifest(publish(store, small_catalogue(), other)).embedded == 12


@pytest.mark.parametrize("stride", [64])
def test_every_flipped_byte_is_found(store: IndexStore, stride: int) -> None:
    name = publish(store, small_catalogue(), HashEmbedder())
    folder = store.folder / "versions" / name
    files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
    assert len(files) == 9
    for path in [*files, store.folder / "current"]:
        raw = path.read_bytes()
        for at in range(0, len(raw), stride):
            path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
            assert store.fault(), f"{path.name} byte {at}"
        path.write_bytes(raw[:-1])
        assert store.fault(), f"{path.name} truncated"
        path.write_bytes(raw)
    assert store.fault() == ""


def test_damage_is_told_and_the_last_good_version_serves(store: IndexStore) -> None:
    embedder = HashEmbedder()
    first = publish(store, small_catalogue(), embedder)
    second = publish(store, small_catalogue()[:5], embedder)
    (store.folder / "versions" / second / "vectors.faiss").write_bytes(b"nothing")
    with pytest.raises(IndexDamaged, match=r"vectors\.faiss is changed.*shopclerk index rollback"):
        store.open()
    searcher = Searcher(store, embedder)
    assert searcher.version == first
    assert searcher.search("tent", 1)[0].product_id in ("p-001", "p-002")
    assert "vectors.faiss is changed" in searcher.warning
    shutil.rmtree(store.folder / "versions" / first)
    (store.folder / "versions" / second / "products.jsonl").write_bytes(b"nothing")
    with pytest.raises(IndexDamaged, match="run `shopclerk index rebuild`"):
        Searcher(store, embedder).search("tent")


@pytest.mark.parametrize("damaged", [["vectors.faiss"], ["vectors.faiss", "passages.jsonl"]])
@pytest.mark.parametrize(("query", "wanted"), [("gas stove", "p-003"), ("燃气炉", "p-003")])
def test_where_vectors_alone_are_damaged_words_serve(
    store: IndexStore, damaged: list[str], query: str, wanted: str
) -> None:
    embedder = HashEmbedder()
    only = publish(store, small_catalogue(), embedder)
    for name in damaged:
        (store.folder / "versions" / only / name).unlink()
    searcher = Searcher(store, embedder)
    hits = searcher.search(query, 2)
    assert [(hit.product_id, hit.dense_rank) for hit in hits[:1]] == [(wanted, None)]
    assert searcher.similar("p-001") == []
    assert "vectors.faiss is missing" in searcher.warning
    assert "run `shopclerk index rollback` or `shopclerk index rebuild`" in searcher.warning
    assert searcher.warning.endswith("the search goes by words alone")
    assert store.fault(only)
    mended = publish(store, small_catalogue(), embedder)
    assert (searcher.version, searcher.warning) == (mended, "")
    assert searcher.search(query, 1)[0].dense_rank == 1


def test_what_is_open_outlives_damage_and_the_next_good_version_is_taken(store: IndexStore) -> None:
    embedder = HashEmbedder()
    first = publish(store, small_catalogue(), embedder)
    searcher = Searcher(store, embedder)
    assert searcher.version == first
    (store.folder / "current").write_text("rubbish\n")
    assert searcher.version == first
    assert "pointer" in searcher.warning
    third = publish(store, small_catalogue()[:4], embedder)
    assert searcher.version == third
    assert searcher.warning == ""


STEPS = ["write_version", "_sync_tree", "probe", "checked_manifest", "_sync"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_old_version_serves(
    store: IndexStore, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = HashEmbedder()
    first = publish(store, small_catalogue(), embedder)
    real = getattr(store_module, step)
    die = raise_at(1, KeyboardInterrupt)

    def killed(*args: object, **kwargs: object) -> object:
        die()
        return real(*args, **kwargs)

    monkeypatch.setattr(store_module, step, killed)
    with pytest.raises(KeyboardInterrupt):
        publish(store, small_catalogue()[:5], embedder)
    monkeypatch.undo()
    assert store.fault() == ""
    assert Searcher(store, embedder).version == first
    second = publish(store, small_catalogue()[:5], embedder)
    assert Searcher(store, embedder).version == second
    assert not list((store.folder / "versions").glob(".building-*"))


def test_one_writer_at_a_time(store: IndexStore) -> None:
    with (
        store.writing(),
        pytest.raises(IndexStoreError, match="another update"),
        IndexStore(store.folder).writing(),
    ):
        pass
    with store.writing():
        pass


def test_old_versions_go_but_never_one_in_use(store: IndexStore) -> None:
    embedder = HashEmbedder()
    first = publish(store, small_catalogue(), embedder)
    reader = store.open()
    names = [publish(store, [make_product(n)], embedder) for n in range(1, 6)]
    assert store.versions() == [first, *names[-3:]]
    assert reader.version == first
    del reader
    last = publish(store, [make_product(9)], embedder)
    assert store.versions() == [*names[-2:], last]


def test_searches_go_on_while_versions_are_switched(store: IndexStore) -> None:
    embedder = HashEmbedder()
    publish(store, [make_product(n) for n in range(10)], embedder)
    searcher = Searcher(store, embedder)
    sizes: list[int] = []
    failures: list[BaseException] = []
    stop = False

    def search() -> None:
        while not stop:
            try:
                sizes.append(len(searcher.search("red mug", 50)))
            except IndexStoreError as error:
                failures.append(error)

    threads = [Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for size in range(11, 17):
        name = publish(store, [make_product(n) for n in range(size)], embedder)
    stop = True
    for thread in threads:
        thread.join()
    assert failures == []
    assert set(sizes) <= {10, *range(11, 17)}
    assert searcher.version == name
    assert len(searcher.search("red mug", 50)) == 16
