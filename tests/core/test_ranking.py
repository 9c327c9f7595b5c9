"""Ranking against plain sorting: the best k, ties by index, ranks among candidates."""

import numpy as np
import pytest

from whyrec import ranks_of, top_k


@pytest.mark.parametrize("k", [1, 3, 8, 20])
def test_top_k_is_a_stable_sort(k):
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 4, (200, 8)).astype(float)  # many ties
    found = top_k(scores, k)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    width = min(k, 8)
    np.testing.assert_array_equal(found.items[:, :width], expected)
    np.testing.assert_array_equal(found.scores[:, :width], np.take_along_axis(scores, expected, axis=1))
    assert (found.items[:, width:] == -1).all()
    assert np.isneginf(found.scores[:, width:]).all()


def test_minus_infinity_is_never_chosen():
    found = top_k(np.array([[1.0, -np.inf, 2.0], [-np.inf] * 3]), 3)
    assert found.items.tolist() == [[2, 0, -1], [-1, -1, -1]]


def test_nothing_to_rank():
    assert top_k(np.empty((0, 5)), 3).items.shape == (0, 3)
    assert top_k(np.empty((2, 0)), 3).items.tolist() == [[-1] * 3] * 2


def counted(scores, item, candidates):
    return 1 + sum(
        scores[j] > scores[item] or (scores[j] == scores[item] and j < item) for j in np.flatnonzero(candidates)
    )


def test_ranks_are_counted_among_candidates_with_ties_by_index():
    rng = np.random.default_rng(2)
    scores = rng.integers(0, 5, (60, 12)).astype(float)
    candidates = rng.random(12) < 0.7
    items = np.array([0, 5, 11])
    expected = [[counted(row, i, candidates) for i in items] for row in scores]
    np.testing.assert_array_equal(ranks_of(scores, items, candidates), expected)


def test_each_row_may_have_its_own_items_and_candidates():
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 5, (60, 12)).astype(float)
    candidates = rng.random((60, 12)) < 0.7
    items = rng.integers(0, 12, (60, 2))
    expected = [[counted(s, i, c) for i in own] for s, own, c in zip(scores, items, candidates, strict=True)]
    np.testing.assert_array_equal(ranks_of(scores, items, candidates), expected)


def test_the_best_k_have_ranks_one_to_k():
    scores = np.random.default_rng(4).integers(0, 5, (30, 12)).astype(float)
    best = top_k(scores, 12).items
    np.testing.assert_array_equal(ranks_of(scores, best, np.ones(12, bool)), np.tile(np.arange(1, 13), (30, 1)))
