"""Hybrid by add-EASE: the regressions that it stands for, with and without each feature; then a published split."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import UnsupportedError
from whyrec_plugins.recommenders.ease import EASE
from whyrec_plugins.recommenders.hybrid import Hybrid

L2, WEIGHT = 2.5, 1.3


@pytest.fixture
def data(toys):
    return toys.world(n_users=30)


@pytest.fixture
def model(data):
    return Hybrid(l2=L2, feature_weight=WEIGHT).fit(data)


@pytest.fixture(name="X")
def interest(data):
    return data.histories.interest.toarray()


@pytest.fixture(name="F")
def features(data):
    return data.catalog.features.matrix.toarray()


def regression(X, F, target, described):
    """(n_items,) ridge weights of an item with X's column ``target`` (None: all 0) and features ``described``."""
    rows = np.vstack([X, WEIGHT * F.T])
    wanted = np.concatenate([X[:, target] if target is not None else np.zeros(len(X)), WEIGHT * described])
    others = np.delete(np.arange(len(F)), [] if target is None else target)
    Z = rows[:, others]
    weights = np.zeros(len(F))
    weights[others] = np.linalg.solve(Z.T @ Z + L2 * np.eye(len(others)), Z.T @ wanted)
    return weights


def test_each_column_is_the_ridge_regression_over_users_and_features(model, X, F):
    W, _ = model.history_weights(np.arange(14))
    expected = np.column_stack([regression(X, F, target, F[target]) for target in range(14)])
    np.testing.assert_allclose(W, expected, atol=1e-10)


def test_a_features_contribution_is_what_a_refit_without_it_takes_away(model, data, X, F):
    contributions, base = model.feature_contributions(data.histories, np.arange(14))
    for target in range(14):
        full = X @ regression(X, F, target, F[target])
        for feature in range(F.shape[1]):
            less = np.where(np.arange(F.shape[1]) == feature, 0.0, F[target])
            expected = full - X @ regression(X, F, target, less)
            np.testing.assert_allclose(contributions[:, target, feature], expected, atol=1e-9)
        np.testing.assert_allclose(base[:, target], X @ regression(X, F, target, 0 * F[target]), atol=1e-9)


def test_an_item_nobody_met_is_the_regression_of_its_features_alone(model, data, X, F):
    described = np.array([1.0, 0, 1, 0, 0, 1, 0, -0.7])
    scores = model.score_features(data.histories, csr_array(described[None, :]))
    np.testing.assert_allclose(scores[:, 0], X @ regression(X, F, None, described), atol=1e-10)


def test_items_with_features_and_no_events_are_recommended_too(data):
    events = data.histories.keep(data.histories.items != 6)
    scores = Hybrid(l2=L2).fit(data.with_histories(events)).score(events)
    assert np.abs(scores[:, 6]).max() > 1e-3


def test_features_of_no_weight_leave_ease(data):
    hybrid, ease = Hybrid(l2=L2, feature_weight=0.0).fit(data), EASE(l2=L2).fit(data)
    np.testing.assert_allclose(hybrid.score(data.histories), ease.score(data.histories), atol=1e-10)


def test_without_item_features_it_says_what_is_missing(data):
    bare = replace(data, catalog=replace(data.catalog, features=None))
    with pytest.raises(UnsupportedError, match="add-ease needs item features, and the data 'toy' have none"):
        Hybrid().fit(bare)


def test_a_matrix_too_large_is_refused(data):
    with pytest.raises(UnsupportedError, match=r"add-ease needs a dense matrix over 14 items .*max_items is 13"):
        Hybrid(max_items=13).fit(data)


@pytest.mark.slow
@pytest.mark.data
def test_movielens(movielens):
    assert movielens.ndcg(Hybrid()) >= movielens.ndcg(EASE())
