"""A search and a plain peer measured on the same judged queries, in one run."""

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.catalogue import Product
from retrieval.embedders import Embedder
from retrieval.errors import JudgementError
from retrieval.evaluate import Figures, Judgements, interval, measure, read_judgements
from retrieval.search import Searcher
from ui.measuring.peers import PlainFusion, peer_texts

SearchIds = Callable[[str, int], list[str]]

_LANGUAGE = re.compile(r"([a-z]{2})\d+")
_MAIN = "ndcg@10"


def checked_judgements(
    folder: Path, queries: Path | None, products: Sequence[Product]
) -> tuple[Judgements, int]:
    """The judgements, and how many graded products are not among `products`.

    Raises JudgementError where nothing can be measured.
    """
    judgements = read_judgements(folder, queries)
    if not judgements.queries:
        raise JudgementError(
            f"{queries or folder / 'queries.tsv'}: no query has a grade of 2 or 3 in "
            f"{folder / 'qrels.tsv'}; the query ids must be the same"
        )
    graded = {product for grades in judgements.grades.values() for product in grades}
    unknown = graded.difference(product.id for product in products)
    if unknown == graded:
        raise JudgementError(
            f"{folder / 'qrels.tsv'}: none of its {len(graded)} products is in the catalogue; "
            "name theirs with --products"
        )
    return judgements, len(unknown)


def measured(
    judgements: Judgements, searcher: Searcher, products: Sequence[Product], embedder: Embedder
) -> dict[str, Any]:
    """Ours with its latency, and the difference to plain reciprocal rank fusion."""
    seconds: list[float] = []

    def ours(text: str, k: int) -> list[str]:
        started = time.perf_counter()
        hits = searcher.find(text, k).hits
        seconds.append(time.perf_counter() - started)
        return [hit.product_id for hit in hits]

    plain = PlainFusion(peer_texts(products, embedder), embedder)
    searcher.find("a first query that is not counted")
    figures = measure(judgements, ours)
    peers = measure(judgements, lambda text, k: plain.search(text, k))
    body = summary(figures) | percentiles(seconds)
    body["against_plain_rrf"] = against(figures[_MAIN], peers[_MAIN])
    languages = _languages(list(judgements.queries))
    if languages:
        body["languages"] = {
            lang: {"queries": int(rows.sum())}
            | summary({name: values[rows] for name, values in figures.items()})
            | {"against_plain_rrf": against(figures[_MAIN][rows], peers[_MAIN][rows])}
            for lang, rows in languages.items()
        }
    return body


def summary(figures: dict[str, Figures]) -> dict[str, Any]:
    """The mean of each measure, and its 95 % interval."""
    means: dict[str, Any] = {name: round(float(v.mean()), 4) for name, v in figures.items()}
    return means | {"intervals": {name: _interval(values) for name, values in figures.items()}}


def against(ours: Figures, peers: Figures) -> dict[str, Any]:
    """The peer's mean, and what ours has more, with the 95 % interval of the paired differences."""
    return {
        _MAIN: round(float(peers.mean()), 4),
        "difference": round(float((ours - peers).mean()), 4),
        "interval": _interval(ours - peers),
    }


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    p50, p95 = 1000 * np.percentile(seconds, [50, 95])
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def _interval(values: Figures) -> list[float]:
    return [round(bound, 4) for bound in interval(values)]


def _languages(ids: list[str]) -> dict[str, Any]:
    """Which queries are of which language, where every id begins with one, as in "zh001"."""
    found = [_LANGUAGE.fullmatch(qid) for qid in ids]
    if not all(found):
        return {}
    of = np.array([match[1] for match in found if match])
    return {lang: of == lang for lang in dict.fromkeys(of.tolist())}
