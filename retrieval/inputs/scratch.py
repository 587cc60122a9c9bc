"""Rows of variants on disk, until the product that they name comes by."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from retrieval.inputs.rows import Row

_CACHE_KIB = 8192


class Scratch:
    """A private SQLite file that nothing is left of, however the process ends.

    It lies in SQLite's folder for temporary files: the first of `SQLITE_TMPDIR`, `TMPDIR` and
    `/var/tmp` that can be written.
    """

    def __init__(self) -> None:
        # An empty name is a temporary database on disk, unlinked as soon as it is open.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            f"PRAGMA cache_size = -{_CACHE_KIB}; PRAGMA journal_mode = OFF;"
            "CREATE TABLE variant (number INTEGER PRIMARY KEY, product TEXT, file TEXT,"
            " line INTEGER, data TEXT, taken INTEGER DEFAULT 0);"
        )

    def fill(self, rows: Iterable[tuple[str, Row]]) -> None:
        """Keep each row under the name of its product; to be called once, before any other."""
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO variant (product, file, line, data) VALUES (?, ?, ?, ?)",
            (
                (_storable(name), row.file, row.line, json.dumps(row.data, default=str))
                for name, row in rows
            ),
        )
        self._db.execute("CREATE INDEX by_product ON variant (product)")
        self._db.execute("COMMIT")

    def take(self, names: Sequence[str]) -> Iterator[Row]:
        """The rows of the product with these names, in the order of the files."""
        for name in map(_storable, names):
            cursor = self._db.execute(
                "SELECT file, line, data FROM variant WHERE product = ? AND NOT taken"
                " ORDER BY number",
                [name],
            )
            for file, line, data in cursor:
                yield Row(file, line, json.loads(data))
            self._db.execute("UPDATE variant SET taken = 1 WHERE product = ?", [name])

    def rest(self) -> Iterator[tuple[str, Row]]:
        """The rows whose product never came, each with the name of it."""
        cursor = self._db.execute(
            "SELECT product, file, line, data FROM variant WHERE NOT taken ORDER BY number"
        )
        for name, file, line, data in cursor:
            yield name, Row(file, line, json.loads(data))

    def close(self) -> None:
        """Give the disk back."""
        self._db.close()


def _storable(name: str) -> str:
    """SQLite holds no half characters."""
    return name.encode("utf-8", "replace").decode()
