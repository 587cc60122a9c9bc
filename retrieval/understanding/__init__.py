"""A query understood by code: constraints, and the words that are left to rank by."""
