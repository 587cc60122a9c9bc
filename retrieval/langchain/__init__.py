"""The index as LangChain knows it, on langchain-core alone.

`ProductStore` finds by meaning and takes documents, `ProductRetriever` is the shop's own search,
and embeddings go both ways: `ShopEmbeddings` out, `LangchainEmbedder` in.
"""

from retrieval.langchain.embeddings import LangchainEmbedder, ShopEmbeddings
from retrieval.langchain.retriever import ProductRetriever
from retrieval.langchain.store import ProductStore

__all__ = ["LangchainEmbedder", "ProductRetriever", "ProductStore", "ShopEmbeddings"]
