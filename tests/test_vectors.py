"""What a search by meaning finds beside what a look at every vector finds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.vectors import FLAT_UP_TO, Kind, Matrix, VectorIndex

N, D, K = 20_000, 64, 100


def clustered(n: int, seed: int = 7) -> Matrix:
    """Unit vectors around 200 centres, all to one side, as those of language models are."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(3).normal(size=(200, D)) + 2
    vectors = centres[rng.integers(0, 200, n)] + 0.6 * rng.normal(size=(n, D))
    unit: Matrix = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def nearest(vectors: Matrix, query: Matrix, allowed: NDArray[np.bool_]) -> list[int]:
    scores = np.where(allowed, vectors @ query, -2)
    return [int(row) for row in np.argsort(-scores, kind="stable")[:K]]


@pytest.fixture(scope="module")
def index() -> VectorIndex:
    return VectorIndex.build(clustered(N), Kind.SQ8)


@pytest.mark.parametrize("share", [None, 0.01, 0.15, 0.3, 0.9])
def test_recall_of_a_hundred_is_above_99_in_100(index: VectorIndex, share: float | None) -> None:
    rng = np.random.default_rng(11)
    kept, shares = index.matrix, []
    for query in clustered(50, seed=5):
        mask = None if share is None else rng.random(N) < share
        found = [row for row, _ in index.search(query, K, mask)]
        assert len(found) == K and (mask is None or mask[found].all())
        best = nearest(kept, query, np.ones(N, dtype=bool) if mask is None else mask)
        shares.append(len(set(best).intersection(found)) / K)
    assert index._shortlist is not None
    assert np.mean(shares) >= 0.99


def test_scores_are_those_of_the_kept_vectors(index: VectorIndex) -> None:
    query = clustered(1, seed=5)[0]
    found = index.search(query, K)
    assert found == sorted(found, key=lambda hit: (-hit[1], hit[0]))
    rows = np.array([row for row, _ in found])
    np.testing.assert_allclose([s for _, s in found], index.matrix[rows] @ query, atol=1e-6)
    assert index.scores(query, rows[:0]).tolist() == []


def test_a_mask_of_what_is_far_off_is_searched_exactly(index: VectorIndex) -> None:
    query = clustered(1, seed=5)[0]
    scores = index.matrix @ query
    mask = scores < np.quantile(scores, 0.4)
    assert [row for row, _ in index.search(query, K, mask)] == nearest(index.matrix, query, mask)


def test_more_than_a_shortlist_holds_is_found_exactly(index: VectorIndex) -> None:
    query = clustered(1, seed=5)[0]
    found = [row for row, _ in index.search(query, N // 2)]
    scores = index.matrix @ query
    assert scores[found].min() >= np.sort(scores)[N // 2] - 1e-6
    assert len(set(found)) == N // 2


@pytest.mark.parametrize("kind", list(Kind))
def test_equal_vectors_are_found_in_order_of_rows(kind: Kind) -> None:
    vectors = clustered(FLAT_UP_TO // 2 + 1)
    index = VectorIndex.build(np.concatenate([vectors, vectors, vectors[:7]]), kind)
    found = index.search(vectors[3], 3)
    assert [row for row, _ in found] == [3, len(vectors) + 3, 2 * len(vectors) + 3]
    assert len({score for _, score in found}) == 1


def test_threads_share_the_shortlist_that_the_first_makes(tmp_path: Path) -> None:
    VectorIndex.build(clustered(N), Kind.SQ8).save(tmp_path / "vectors")
    queries = clustered(40, seed=5)
    index = VectorIndex.load(tmp_path / "vectors")
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda query: index.search(query, 10), queries))
    index = VectorIndex.load(tmp_path / "vectors")
    assert at_once == [index.search(query, 10) for query in queries]


@pytest.mark.parametrize(("n", "d"), [(FLAT_UP_TO, 64), (FLAT_UP_TO + 1, 63)])
def test_without_a_shortlist_every_code_is_looked_at(n: int, d: int) -> None:
    vectors = np.ascontiguousarray(clustered(n)[:, :d])
    index = VectorIndex.build(vectors, Kind.SQ8)
    assert index.search(vectors[5], 1)[0][0] == 5
    assert index._shortlist is None


def test_an_index_of_nothing_finds_nothing() -> None:
    index = VectorIndex.build(np.zeros((0, 4), dtype=np.float32))
    assert index.search(np.ones(4, dtype=np.float32), 3) == []
