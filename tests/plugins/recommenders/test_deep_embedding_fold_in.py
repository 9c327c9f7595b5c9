"""Folding in: the mean written out, a planted map found again, and leave-one-out by really leaving out."""

import numpy as np
from scipy.sparse import csr_array

from whyrec_plugins.recommenders._fold_in import FoldIn, pooled

VECTORS = np.array([[1.0, 0.0], [0.0, 2.0], [4.0, 4.0]])


def test_the_mean_is_weighted_by_interest_and_a_dislike_counts_its_size():
    interest = csr_array(np.array([[1.0, 3.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, -1.0]]))
    expected = [[0.25, 1.5], [0.0, 0.0], [-2.0, -1.0]]
    np.testing.assert_allclose(pooled(interest, VECTORS), expected, rtol=1e-15)
    np.testing.assert_allclose(FoldIn(VECTORS, np.array([10.0, 0.0]))(interest)[1], [10.0, 0.0])


def test_interests_that_cancel_out_are_a_mean_of_their_sizes_and_zeros_are_nobody():
    interest = csr_array((np.zeros(2), np.array([0, 2]), np.array([0, 2])), shape=(1, 3))
    np.testing.assert_array_equal(pooled(interest, VECTORS), [[0.0, 0.0]])


def test_a_planted_linear_map_is_found_again():
    rng = np.random.default_rng(0)
    items, B, c = rng.normal(size=(30, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)
    interest = csr_array((rng.random((5000, 30)) < 0.3) * rng.random((5000, 30)))
    users = pooled(interest, items) @ B + c
    found = FoldIn.ridge(pooled(interest, items), users, items)
    # the ridge takes about one hundredth of the map; the rest is exact
    np.testing.assert_allclose(found(interest), users, rtol=0, atol=0.05 * np.abs(users - users.mean(0)).max())
    assert np.corrcoef(found(interest).ravel(), users.ravel())[0, 1] > 0.999


def test_left_out_is_what_the_others_say_up_to_the_size_of_the_penalty(monkeypatch):
    monkeypatch.setattr("whyrec_plugins.recommenders._fold_in.RIDGE", 1e-13)
    rng = np.random.default_rng(1)
    means, users, items = rng.normal(size=(12, 3)), rng.normal(size=(12, 3)), np.eye(3)
    found = FoldIn.left_out(means, users)
    for u in range(12):
        others = np.arange(12) != u
        fitted = FoldIn.ridge(means[others], users[others], items)
        np.testing.assert_allclose(found[u], means[u] @ fitted.vectors + fitted.constant, rtol=0, atol=1e-9)


def test_nobody_and_one_user():
    none = FoldIn.ridge(np.empty((0, 2)), np.empty((0, 2)), VECTORS)
    assert none.vectors.shape == (3, 2)
    np.testing.assert_array_equal(FoldIn.left_out(np.ones((1, 2)), np.ones((1, 2))), [[0.0, 0.0]])
    same = FoldIn.ridge(np.ones((5, 2)), np.tile([1.0, 2.0], (5, 1)), VECTORS)
    np.testing.assert_allclose(same.constant, [1.0, 2.0])
