"""EASE: the closed form against the regressions that it stands for, then a published figure."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, ConfigError, DataError, Dataset, Histories, Index, UnsupportedError
from whyrec.settings import build
from whyrec_plugins.recommenders.ease import EASE


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


def test_each_column_is_the_ridge_regression_of_its_item_on_the_others():
    X, l2 = sparse(30, 9), 1.7
    W, b = EASE(l2=l2).fit(dataset(X)).history_weights(np.arange(9))
    for target in range(9):
        others = np.delete(np.arange(9), target)
        Z = X[:, others]
        expected = np.linalg.solve(Z.T @ Z + l2 * np.eye(8), Z.T @ X[:, target])
        np.testing.assert_allclose(W[others, target], expected, atol=1e-12)
        assert W[target, target] == 0
    np.testing.assert_array_equal(b, np.zeros(9))
    assert np.abs(W - W.T).max() > 0.05  # so that a transposed matrix would have been seen


def test_items_without_events_take_no_part():
    X = sparse(30, 9)
    X[:, [2, 8]] = 0.0
    model = EASE(l2=1.0).fit(dataset(X))
    small = EASE(l2=1.0).fit(dataset(np.delete(X, [2, 8], axis=1)))
    W, _ = model.history_weights(np.arange(9))
    np.testing.assert_allclose(np.delete(np.delete(W, [2, 8], 0), [2, 8], 1), small.history_weights(np.arange(7))[0])
    assert not W[[2, 8]].any()
    assert not W[:, [2, 8]].any()


def test_more_items_than_a_block():
    X, l2 = sparse(60, 1100, density=0.05), 4.0
    P = np.linalg.inv(X.T @ X + l2 * np.eye(1100))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0.0)
    W, _ = EASE(l2=l2).fit(dataset(X)).history_weights(np.arange(1100))
    np.testing.assert_allclose(W, B, atol=1e-10)


def test_a_matrix_too_large_is_refused_before_it_is_made():
    with pytest.raises(UnsupportedError, match=r"ease needs a dense matrix over 9 items \(0\.0 GiB\); max_items is 8"):
        EASE(max_items=8).fit(dataset(sparse(30, 9)))


def test_interests_that_overflow_are_an_error_not_a_score():
    with pytest.raises(DataError, match="cannot be inverted: the interests are too large"), np.errstate(all="ignore"):
        EASE().fit(dataset(sparse(30, 9) * 1e200))


@pytest.mark.parametrize("value", [0, -1.0])
def test_regularization_is_positive(value):
    with pytest.raises(ConfigError, match=f"l2 = {value}: .*should be greater than 0"):
        build(EASE, {"l2": value})


@pytest.mark.data
def test_movielens(movielens):
    model = EASE(l2=200.0)
    assert movielens.ndcg(model) == pytest.approx(0.26488, abs=1e-4)
    assert movielens.recall(model) == pytest.approx(0.19360, abs=1e-4)
