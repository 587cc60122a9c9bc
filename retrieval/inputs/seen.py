"""Which ids came before, and where, in a few bytes each however long the catalogue is."""

from array import array

_LINE_BITS = 40
_FULLEST = 2 / 3


class SeenIds:
    """An open-addressing table of 64-bit hashes: 24 to 48 bytes an id, never the id itself.

    Two ids whose hashes are equal would be taken for one; among ten million ids the chance that
    any two are is three in a million.
    """

    def __init__(self) -> None:
        self._files: dict[str, int] = {}
        self._count = 0
        self._make(1024)

    def place(self, name: str) -> str:
        """Where the id was first given, as "file:line"; "" where it was not."""
        code = _code(name)
        at = self._slot(code)
        if self._codes[at] != code:
            return ""
        place = self._places[at]
        file = list(self._files)[place >> _LINE_BITS]
        return f"{file}:{place & ((1 << _LINE_BITS) - 1)}"

    def add(self, name: str, file: str, line: int) -> None:
        """Note an id that has no place yet."""
        if self._count + 1 > len(self._codes) * _FULLEST:
            self._grow()
        number = self._files.setdefault(file, len(self._files))
        self._put(_code(name), number << _LINE_BITS | line)
        self._count += 1

    def _make(self, size: int) -> None:
        self._codes = array("Q", bytes(8 * size))
        self._places = array("Q", bytes(8 * size))

    def _grow(self) -> None:
        codes, places = self._codes, self._places
        self._make(2 * len(codes))
        for at, code in enumerate(codes):
            if code:
                self._put(code, places[at])

    def _put(self, code: int, place: int) -> None:
        at = self._slot(code)
        self._codes[at], self._places[at] = code, place

    def _slot(self, code: int) -> int:
        """Where the hash lies, or the free slot that it would take."""
        codes = self._codes
        last = len(codes) - 1
        at = code & last
        while codes[at] not in (0, code):
            at = (at + 1) & last
        return at


def _code(name: str) -> int:
    return hash(name) & (2**64 - 1) or 1
