"""LangChain stores over an index of the small catalogue, and an empty one."""

from pathlib import Path

import pytest
from catalogue_fixtures import HashEmbedder, small_catalogue
from langchain_core.documents import Document

from retrieval.catalogue import Product
from retrieval.langchain import ProductStore
from retrieval.store import IndexStore


def shop_index(folder: Path, products: list[Product] | None = None) -> Path:
    """An index as the shop builds it, of the small catalogue."""
    store, embedder = IndexStore(folder), HashEmbedder()
    with store.writing():
        built = store.build(products or small_catalogue(), embedder, built_at="")
        store.switch(built.version)
    return folder


@pytest.fixture
def shop_folder(tmp_path: Path) -> Path:
    """An index of the small catalogue."""
    return shop_index(tmp_path / "shop")


@pytest.fixture
def shop_store(shop_folder: Path) -> ProductStore:
    """A store over it."""
    return ProductStore(shop_folder, HashEmbedder())


@pytest.fixture
def store(tmp_path: Path) -> ProductStore:
    """An empty store."""
    return ProductStore(tmp_path / "index", HashEmbedder())


def ids(documents: list[Document]) -> list[str | None]:
    """The ids of documents, in order."""
    return [document.id for document in documents]
