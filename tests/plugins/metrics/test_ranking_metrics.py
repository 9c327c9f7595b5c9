"""Ranking metrics, counted by hand; on MovieLens, the published figures of EASE."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Ranking, Recommendations, top_k
from whyrec_plugins.metrics.ranking import NDCG, Coverage, HitRate, Recall

DATA = Path(os.environ.get("WHYREC_DATA", Path(__file__).parents[4] / "shared" / "data"))


@pytest.fixture
def ranking(toys):
    """Three users over 14 items: hits at ranks 1 and 3 of three held out; none of one; nobody held out."""
    items = np.array([[4, 2, 7], [1, 2, -1], [3, 5, 6]])
    test = np.zeros((3, 14))
    test[0, [4, 7, 9]] = 1
    test[1, 0] = 1
    return Ranking(toys.world(), Recommendations(items, np.zeros((3, 3))), csr_array(test))


def test_ndcg(ranking):
    dcg = 1 + 1 / np.log2(4)
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    np.testing.assert_allclose(NDCG(k=3).measure(ranking)["ndcg@3"], [dcg / ideal, 0, np.nan])
    np.testing.assert_allclose(NDCG(k=1).measure(ranking)["ndcg@1"], [1, 0, np.nan])


def test_ndcg_is_one_for_the_ideal_ranking_whatever_the_number_held_out(toys):
    test = np.zeros((2, 14))
    test[0, :2] = test[1, :9] = 1
    items = np.tile(np.arange(5), (2, 1))
    found = NDCG(k=5).measure(Ranking(toys.world(), Recommendations(items, np.zeros((2, 5))), csr_array(test)))
    np.testing.assert_allclose(found["ndcg@5"], [1, 1])


def test_recall_and_hits(ranking):
    np.testing.assert_allclose(Recall(k=3).measure(ranking)["recall@3"], [2 / 3, 0, np.nan])
    np.testing.assert_allclose(Recall(k=2).measure(ranking)["recall@2"], [1 / 3, 0, np.nan])
    np.testing.assert_allclose(HitRate(k=3).measure(ranking)["hit@3"], [1, 0, np.nan])


def test_coverage_counts_users_without_held_out_items_too(ranking):
    np.testing.assert_allclose(Coverage(k=3).measure(ranking)["coverage@3"], [7 / 14])
    np.testing.assert_allclose(Coverage(k=1).measure(ranking)["coverage@1"], [3 / 14])


def test_padding_is_no_hit(toys):
    test = np.zeros((1, 14))
    test[0, 0] = 1
    ranking = Ranking(toys.world(), Recommendations(np.array([[-1, -1]]), np.zeros((1, 2))), csr_array(test))
    assert HitRate(k=2).measure(ranking)["hit@2"] == [0.0]


def test_the_depth_is_what_is_looked_at():
    assert [m(k=7).depth for m in (NDCG, Recall, HitRate, Coverage)] == [7] * 4


@pytest.mark.data
@pytest.mark.slow
def test_the_reference_figures_of_ease_on_movielens(toys):
    """Independent of whyrec's own readers and models: NDCG@10 0.26488, Recall@10 0.193602 (l2 200, ratings ≥ 4)."""
    if not DATA.exists():
        pytest.skip(f"no data at {DATA}: set WHYREC_DATA")
    train, test = _movielens()
    gram = (train.T @ train).toarray()
    np.fill_diagonal(gram, gram.diagonal() + 200.0)
    inverse = np.linalg.inv(gram)
    B = -inverse / np.diag(inverse)
    np.fill_diagonal(B, 0.0)
    scores = train @ B
    scores[train.nonzero()] = -np.inf
    judged = Ranking(toys.world(), top_k(scores, 10), test)
    assert np.nanmean(NDCG().measure(judged)["ndcg@10"]) == pytest.approx(0.26488, abs=1e-5)
    assert np.nanmean(Recall().measure(judged)["recall@10"]) == pytest.approx(0.193602, abs=1e-6)


def _movielens():
    folder = DATA / "ml-latest-small"
    with gzip.open(folder / "ratings.csv.gz", "rt") as file:
        rows = [line.split(",") for line in file.read().split()[1:]]
    with gzip.open(folder / "test-80-20.csv.gz", "rt") as file:
        held = {tuple(line.split(",")[:2]) for line in file.read().split()[1:]}
    liked = [(u, i) for u, i, value, *_ in rows if float(value) >= 4]
    users = {u: n for n, u in enumerate(sorted({u for u, _ in liked}, key=int))}
    items = {i: n for n, i in enumerate(sorted({i for _, i in liked}, key=int))}

    def matrix(pairs):
        r, c = np.array([(users[u], items[i]) for u, i in pairs]).T
        return csr_array((np.ones(len(r)), (r, c)), shape=(len(users), len(items)))

    return matrix([p for p in liked if p not in held]), matrix([p for p in liked if p in held])
