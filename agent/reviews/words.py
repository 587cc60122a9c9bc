"""A review's words as a sparse vector: hashed n-grams, TF-IDF weighted, of length one.

English gives words and pairs of words, Chinese runs of one to three characters, its punctuation
among them. N-grams are hashed into buckets (Weinberger et al., Feature hashing, 2009): no
vocabulary is shipped, and with it no review's words.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agent.normalise import language_of

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

BUCKETS = 1 << 17
_WORD = re.compile(r"\w[\w']*|[!?]+")
_LONGEST_RUN = 3


def grams(text: str) -> Iterator[str]:
    """The n-grams of a text, repeated as often as they stand there."""
    said = " ".join(unicodedata.normalize("NFKC", text).lower().replace("’", "'").split())
    if language_of(said) == "zh":
        for length in range(1, _LONGEST_RUN + 1):
            yield from (said[at : at + length] for at in range(len(said) - length + 1))
        return
    words = _WORD.findall(said)
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(words))


def counts(text: str) -> tuple[Ints, Floats]:
    """The buckets of a text's n-grams, ascending, and 1 + log of how often each is filled."""
    found = Counter(crc32(gram.encode()) % BUCKETS for gram in grams(text))
    buckets = np.array(sorted(found), dtype=np.int32)
    often = np.array([found[bucket] for bucket in buckets.tolist()], dtype=np.float32)
    return buckets, 1 + np.log(often)


def rarity(texts: Iterable[str]) -> Floats:
    """Smoothed inverse document frequency of every bucket: ln((1 + n) / (1 + df)) + 1."""
    seen, total = np.zeros(BUCKETS, dtype=np.int64), 0
    for text in texts:
        seen[counts(text)[0]] += 1
        total += 1
    return np.asarray(np.log((1 + total) / (1 + seen)) + 1, dtype=np.float32)


def weighted(text: str, idf: Floats) -> tuple[Ints, Floats]:
    """A text's buckets and their TF-IDF weights, of Euclidean length one; both empty for none.

    `idf` may be multiplied by whatever else makes a bucket worth more.
    """
    buckets, often = counts(text)
    weights = often * idf[buckets]
    length = float(np.linalg.norm(weights)) or 1.0
    return buckets, np.asarray(weights / length, dtype=np.float32)
