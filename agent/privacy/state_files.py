"""Files in the state folder that name a person: letters are deleted, all else is overwritten.

A log may be open for writing, so a file keeps its place and its length: what names the person
becomes as many "x".
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.privacy.needles import bounded, forms_of

_MACHINE_MADE = {"models", "index", "cache", "bench", "eval", "adapters"}
_DATABASE = re.compile(r"\.db(-wal|-shm|-journal)?$|\.key$")
_LETTERS = "mail"
_LARGEST = 1 << 30


def mentioning(home: Path, strings: Iterable[str]) -> list[tuple[str, str]]:
    """Name and text of the files that name the person; lines alone of a file of lines."""
    person = _pattern(strings)
    return [
        (file.relative_to(home).as_posix(), _excerpt(file, person))
        for file in _files(home)
        if person and person.search(file.read_bytes())
    ]


def erase_from_files(home: Path, strings: Iterable[str], *, dry_run: bool = False) -> int:
    """How many files named the person, and no longer do."""
    person, changed = _pattern(strings), 0
    for file in _files(home) if person else ():
        content = file.read_bytes()
        if person is None or not person.search(content):
            continue
        changed += 1
        if dry_run:
            continue
        if file.parent == home / _LETTERS:
            file.unlink()
        else:
            _overwrite(file, content, person)
    return changed


def _files(home: Path) -> Iterator[Path]:
    for top in sorted(home.iterdir()) if home.is_dir() else ():
        if top.name in _MACHINE_MADE:
            continue
        for file in [top] if top.is_file() else sorted(top.rglob("*")):
            if _DATABASE.search(file.name) or file.is_symlink() or not file.is_file():
                continue
            if file.stat().st_size <= _LARGEST:
                yield file


def _overwrite(file: Path, content: bytes, person: re.Pattern[bytes]) -> None:
    with file.open("r+b") as writing:
        for found in person.finditer(content):
            writing.seek(found.start())
            writing.write(b"x" * len(found[0]))


def _excerpt(file: Path, person: re.Pattern[bytes] | None) -> str:
    content = file.read_bytes()
    if file.suffix in (".jsonl", ".log") and person:
        content = b"".join(line for line in content.splitlines(True) if person.search(line))
    return content.decode("utf-8", "replace")


def _pattern(strings: Iterable[str]) -> re.Pattern[bytes] | None:
    forms = [bounded(form).encode() for string in strings for form in forms_of(string)]
    return re.compile(b"|".join(forms), re.IGNORECASE) if forms else None
