"""SparseEASE: the regressions on neighbors that it stands for, and ease where the neighbors are all items."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, DataError, Dataset, Histories, Index
from whyrec_plugins.recommenders import sparse_ease
from whyrec_plugins.recommenders.ease import EASE
from whyrec_plugins.recommenders.item_knn import ItemKNN
from whyrec_plugins.recommenders.sparse_ease import SparseEASE


def dataset(interest):
    rows, n = np.shape(interest)
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(rows))),
        Catalog(Index(tuple(f"i{j}" for j in range(n)))),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


def sparse(rows, n, density=0.3, seed=0):
    rng = np.random.default_rng(seed)
    return np.where(rng.random((rows, n)) < density, rng.uniform(0.2, 2.0, (rows, n)), 0.0)


def test_each_column_is_the_ridge_regression_of_its_item_on_its_neighbors():
    X, l2 = sparse(30, 12), 1.7
    near = ItemKNN(k=4, shrinkage=2.0).fit(dataset(X)).history_weights(np.arange(12))[0] != 0
    W, b = SparseEASE(k=4, l2=l2, shrinkage=2.0).fit(dataset(X)).history_weights(np.arange(12))
    for target in range(12):
        Z = X[:, near[:, target]]
        expected = np.linalg.solve(Z.T @ Z + l2 * np.eye(Z.shape[1]), Z.T @ X[:, target])
        np.testing.assert_allclose(W[near[:, target], target], expected, atol=1e-12)
        assert not W[~near[:, target], target].any()
    np.testing.assert_array_equal(b, np.zeros(12))


def test_with_all_items_as_neighbors_it_is_ease():
    data = dataset(sparse(60, 15, density=0.6))  # so dense that every two items share a user
    plain = EASE(l2=2.0).fit(data).history_weights(np.arange(15))[0]
    np.testing.assert_allclose(SparseEASE(k=14, l2=2.0).fit(data).history_weights(np.arange(15))[0], plain, atol=1e-12)


@pytest.mark.parametrize("limit", ["_UNION", "_CELLS"])
def test_blocks_of_any_size_give_the_same_weights(monkeypatch, limit):
    data = dataset(sparse(60, 700, density=0.04))
    whole = SparseEASE(k=5, l2=1.0).fit(data).history_weights(np.arange(700))[0]
    assert np.abs(whole).max() > 0.1
    monkeypatch.setattr(sparse_ease, limit, 60)
    np.testing.assert_allclose(SparseEASE(k=5, l2=1.0).fit(data).history_weights(np.arange(700))[0], whole, atol=1e-12)


def test_items_with_few_neighbors_or_none():
    X = sparse(30, 12)
    X[:, 4] = 0.0  # nobody met it
    X[:, 7] = 0.0
    X[0] = np.eye(12)[7]  # met by one user who met nothing else
    W, _ = SparseEASE(k=11, l2=1.0).fit(dataset(X)).history_weights(np.arange(12))
    assert np.isfinite(W).all()
    for lonely in (4, 7):
        assert not W[lonely].any()
        assert not W[:, lonely].any()


def test_dislikes_count_like_in_ease():
    X = sparse(60, 10, density=0.7) * np.where(np.random.default_rng(5).random((60, 10)) < 0.2, -1.0, 1.0)
    plain = EASE(l2=2.0).fit(dataset(X)).history_weights(np.arange(10))[0]
    found = SparseEASE(k=9, l2=2.0).fit(dataset(X)).history_weights(np.arange(10))[0]
    np.testing.assert_allclose(found, plain, atol=1e-12)


def test_interests_that_overflow_are_an_error_not_a_score():
    with pytest.raises(DataError, match="cannot be regressed: the interests are too large"), np.errstate(all="ignore"):
        SparseEASE().fit(dataset(sparse(30, 9) * 1e200))


@pytest.mark.data
def test_movielens(movielens):
    assert movielens.ndcg(SparseEASE()) >= 0.255
