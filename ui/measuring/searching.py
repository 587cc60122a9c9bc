"""What `shopclerk bench search` measures: ours and two peers, over one catalogue, in one run."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from retrieval.catalogue import Product
from retrieval.embedders import Embedder
from retrieval.evaluate import Judgements, measure
from retrieval.passages import field_texts
from retrieval.search import Searcher
from retrieval.snapshot import VECTORS
from retrieval.store import IndexStore
from ui.measuring.ensemble import Ensemble, is_installed
from ui.measuring.judged import against
from ui.measuring.peers import Peer, PlainFusion, facts_of, peer_texts
from ui.measuring.questions import Narrowing, narrowings, questions
from ui.measuring.race import Run, a_second, compared, race, settled, spread

OURS, PLAIN, LANGCHAIN = "ours", "plain_rrf", "langchain"

_SHOWN = 10
_SLOW = {LANGCHAIN: 10}
"""LangChain's ensemble takes some hundred times as long: it is asked every tenth question."""
_WARM_UP = 3
_BANDS = ((0.0, 0.05), (0.05, 0.3), (0.3, 1.0))

Say = Callable[[str], None]


def peers_of(products: Sequence[Product], embedder: Embedder) -> dict[str, Peer]:
    """The peers that are installed, over the same texts and vectors."""
    texts = peer_texts(products, embedder)
    peers: dict[str, Peer] = {PLAIN: PlainFusion(texts, embedder)}
    if is_installed():
        peers[LANGCHAIN] = Ensemble(texts, embedder)
    return peers


def raced(
    products: Sequence[Product],
    searcher: Searcher,
    embedder: Embedder,
    judged: Sequence[str],
    count: int,
    say: Say,
) -> dict[str, Any]:
    """Latency and queries a second with filters on, each query once; `judged`: texts to begin with.

    `count` queries are asked in turns, then half as many again of each by two threads at once.
    """
    say("building the peers")
    peers = peers_of(products, embedder)
    filters = narrowings(facts_of(products))
    asked = questions(products, judged, count + count // 2 + _WARM_UP)
    choosing = random.Random(7)
    paired = [(text, choosing.choice(filters)) for text in asked]
    runs: dict[str, Run] = {OURS: _ours(searcher)}
    runs |= {name: _peers(peer) for name, peer in peers.items()}
    for run in runs.values():
        for question in paired[:_WARM_UP]:
            run(*question)
    timed = paired[_WARM_UP : _WARM_UP + count]
    rest = paired[_WARM_UP + count :]
    with settled(), tqdm(total=len(timed), desc="Asking", disable=None) as bar:
        times = race(runs, timed, _SLOW, bar.update)
        by_two = {
            name: round(a_second(run, rest[:: _SLOW.get(name, 1)], threads=2), 1)
            for name, run in runs.items()
        }
        encoding = _encoding([text for text, _ in rest], embedder)
    body: dict[str, Any] = {
        "filters": _shares([narrowing for _, narrowing in timed], times[OURS].seconds),
        "encoding_p50_ms": encoding,
    }
    for name in runs:
        body[name] = spread(times[name]) | {"queries_per_second_2_threads": by_two[name]}
    for name in peers:
        body[name] |= {"ours_is": compared(times[OURS], times[name])}
    return body


def ranked(
    judgements: Judgements,
    searcher: Searcher,
    products: Sequence[Product],
    embedder: Embedder,
) -> dict[str, Any]:
    """nDCG@10 of ours and the peers on judged queries, with the paired differences."""
    ours = measure(
        judgements, lambda text, k: [hit.product_id for hit in searcher.find(text, k).hits]
    )["ndcg@10"]
    body: dict[str, Any] = {
        "queries": len(judgements.queries),
        OURS: {"ndcg@10": round(float(ours.mean()), 4)},
    }
    for name, peer in peers_of(products, embedder).items():
        body[name] = against(ours, measure(judgements, peer.search)["ndcg@10"])
    return body


def memory(store: IndexStore, products: Sequence[Product]) -> dict[str, float]:
    """Bytes a product of the vectors and of the word index, beside those of its texts."""
    name = store.current()
    snapshot = store.open()
    texts = sum(len(text.encode()) for product in products for text in field_texts(product))
    vectors = (store.folder / "versions" / name / VECTORS).stat().st_size
    words = sum(len(word.encode()) for word in snapshot.words.vocabulary)
    parts = {
        "vectors": vectors,
        "word_index": snapshot.words.nbytes,
        "vocabulary": words,
        "texts": texts,
    }
    return {f"{part}_bytes": round(size / len(products), 1) for part, size in parts.items()}


def _ours(searcher: Searcher) -> Run:
    return lambda text, narrowing: len(searcher.find(text, _SHOWN, narrowing.filters).hits)


def _peers(peer: Peer) -> Run:
    return lambda text, narrowing: len(peer.search(text, _SHOWN, narrowing.allows))


def _encoding(texts: Sequence[str], embedder: Embedder) -> float:
    seconds = []
    for text in texts:
        started = time.perf_counter()
        embedder.encode_query(text)
        seconds.append(time.perf_counter() - started)
    return round(1000 * float(np.median(seconds)), 2)


def _shares(narrowings: Sequence[Narrowing], seconds: Mapping[int, float]) -> dict[str, Any]:
    """What the filters let through, and the median of ours by that."""
    shares = np.array([narrowing.share for narrowing in narrowings])
    body: dict[str, Any] = {
        "different": len({id(narrowing) for narrowing in narrowings}),
        "narrowest": round(float(shares.min()), 4),
        "widest": round(float(shares.max()), 4),
    }
    for low, high in _BANDS:
        within = [seconds[n] for n, share in enumerate(shares) if low < share <= high]
        if within:
            body[f"p50_ms_up_to_{high:.0%}"] = round(1000 * float(np.median(within)), 2)
    return body
