"""Labelled reviews: read from CSV or JSON Lines, without duplicates, in groups that stay together.

A file states a text and one of: `label` (words, 0/1, -1/0/1 or stars 1-5), `rating` (stars) or
`score` (the mean of raters from -4 to 4), and if it likes `lang` (or `locale`) and `group` (what a
text is part of). A file without a neutral label says nothing of neutral: what it teaches and what
it measures is negative against positive.
"""

import csv
import gzip
import hashlib
import io
import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from agent.errors import TrainingError
from agent.normalise import language_of
from agent.reviews.polarity import POLARITIES

NEGATIVE, NEUTRAL, POSITIVE = range(len(POLARITIES))
CLEAR = 0.5
"""How far from 0 a mean score must be to be no longer neutral: half of one rater's step."""

_WORDS = {
    "negative": NEGATIVE, "neg": NEGATIVE, "差评": NEGATIVE, "消极": NEGATIVE, "负面": NEGATIVE,
    "neutral": NEUTRAL, "中评": NEUTRAL, "中性": NEUTRAL, "中立": NEUTRAL,
    "positive": POSITIVE, "pos": POSITIVE, "好评": POSITIVE, "积极": POSITIVE, "正面": POSITIVE,
}  # fmt: skip
_NUMBERS: tuple[dict[str, int], ...] = (
    {"0": NEGATIVE, "1": POSITIVE},
    {"-1": NEGATIVE, "0": NEUTRAL, "1": POSITIVE},
    {"1": NEGATIVE, "2": NEGATIVE, "3": NEUTRAL, "4": POSITIVE, "5": POSITIVE},
)
_RUN, _HASHES = 8, 4


@dataclass(frozen=True)
class Review:
    """One labelled text. `whole`: its file knows neutral, so that all three are at choice."""

    text: str
    label: int
    lang: str
    group: str
    whole: bool


def read_reviews(files: Sequence[Path]) -> list[Review]:
    """The reviews of all files, each text once. Raises TrainingError naming file and line."""
    return without_duplicates(review for file in files for review in _labelled(file))


def from_stars(rows: Iterable[tuple[str, int]]) -> list[Review]:
    """The shop's own reviews as (text, stars)."""
    reviews = [
        Review(text, _NUMBERS[2][str(stars)], language_of(text), "", True)
        for text, stars in rows
        if plain(text)
    ]
    return without_duplicates(reviews)


def without_duplicates(reviews: Iterable[Review]) -> list[Review]:
    """Each text once, whatever its case and punctuation; none where its labels contradict."""
    by_text: dict[str, list[Review]] = defaultdict(list)
    for review in reviews:
        by_text[plain(review.text)].append(review)
    alike = [same for same in by_text.values() if len({r.label for r in same}) == 1]
    return _grouped([same[0] for same in alike])


def data_hash(reviews: Sequence[Review]) -> str:
    """SHA-256 of the texts and labels, whatever their order."""
    lines = sorted(f"{r.lang} {r.label} {r.whole} {r.text}" for r in reviews)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def plain(text: str) -> str:
    """Letters and digits alone, in lower case: what two copies of a text share."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def decoded(data: bytes) -> str:
    """A file's text: UTF-8, marked or not, else GB18030, as Chinese spreadsheets save it.

    Raises ValueError where it is neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("it is neither UTF-8 nor GB18030; save it as UTF-8")


def _labelled(file: Path) -> Iterator[Review]:
    rows = [(line, row) for line, row in _rows(file) if plain(str(row.get("text") or ""))]
    if not rows:
        raise TrainingError(f"{file}: no reviews in it; a column or field `text` is needed")
    labels = _labels(file, rows)
    whole = NEUTRAL in labels
    for (_, row), label in zip(rows, labels, strict=True):
        text = str(row["text"]).strip()
        stated = str(row.get("lang") or row.get("locale") or "")[:2].lower()
        lang = stated if stated in ("en", "zh") else language_of(text)
        group = str(row.get("group") or "")
        yield Review(text, label, lang, f"{file.name}:{group}" if group else "", whole)


def _rows(file: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    try:
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        content = decoded(data)
    except (OSError, ValueError, EOFError) as error:
        raise TrainingError(f"{file}: cannot be read: {error}") from None
    if ".csv" in file.suffixes:
        reader = csv.DictReader(io.StringIO(content))
        yield from ((reader.line_num, row) for row in reader)
        return
    for number, line in enumerate(content.splitlines(), 1):
        try:
            row = json.loads(line) if line.strip() else {}
        except ValueError:
            raise TrainingError(f"{file}:{number}: no JSON object") from None
        if isinstance(row, dict):
            yield number, row


def _labels(file: Path, rows: Sequence[tuple[int, Mapping[str, object]]]) -> list[int]:
    """What each row is labelled, by the one field that the whole file states it in."""
    for name in ("label", "rating", "score"):
        said = [_said(row.get(name)) for _, row in rows]
        if not any(said):
            continue
        table = _table(name, {value for value in said if value})
        found = [_label(name, value, table) for value in said]
        for (line, _), value, label in zip(rows, said, found, strict=True):
            if label is None:
                raise TrainingError(
                    f"{file}:{line}: {name}: {value!r} is none of negative, neutral, positive; "
                    "0 and 1; -1, 0 and 1; stars from 1 to 5"
                )
        return [label for label in found if label is not None]
    raise TrainingError(f"{file}: no labels in it; a column `label`, `rating` or `score` is needed")


def _said(value: object) -> str:
    text = "" if value is None else str(value).strip().lower()
    return text.removesuffix(".0")


def _table(name: str, values: set[str]) -> dict[str, int]:
    if name == "rating":
        return _NUMBERS[2]
    return max((*_NUMBERS, _WORDS), key=lambda table: len(values & table.keys()))


def _label(name: str, value: str, table: Mapping[str, int]) -> int | None:
    if name != "score":
        return table.get(value)
    try:
        score = float(value)
    except ValueError:
        return None
    return POSITIVE if score > CLEAR else NEGATIVE if score < -CLEAR else NEUTRAL


def _grouped(reviews: Sequence[Review]) -> list[Review]:
    """Give each review without a group one, shared with those that are much alike.

    Two texts that share one of four least hashes of their runs of eight characters are taken as
    alike (MinHash: Broder, On the resemblance and containment of documents, 1997).
    """
    leader = list(range(len(reviews)))

    def head(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    first: dict[tuple[int, int], int] = {}
    for at, review in enumerate(reviews):
        keys = [(-1, crc32(review.group.encode()))] if review.group else _least(review.text)
        for key in keys:
            leader[head(at)] = head(first.setdefault(key, at))
    return [
        Review(r.text, r.label, r.lang, r.group or f"#{head(at)}", r.whole)
        for at, r in enumerate(reviews)
    ]


def _least(text: str) -> list[tuple[int, int]]:
    letters = plain(text)
    runs = {letters[at : at + _RUN] for at in range(max(1, len(letters) - _RUN + 1))}
    return [(k, min(crc32(f"{k}{run}".encode()) for run in runs)) for k in range(_HASHES)]
