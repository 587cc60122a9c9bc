"""The index in PostgreSQL with pgvector: for catalogues and fleets that outgrow one machine."""

from retrieval.pgvector.store import PostgresStore

__all__ = ["PostgresStore"]
