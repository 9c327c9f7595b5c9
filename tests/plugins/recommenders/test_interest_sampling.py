"""Training pairs: which are positive, and that a negative is uniform among what a row does not like."""

import numpy as np
from scipy.sparse import csr_array

from whyrec_plugins.recommenders._sampling import Positives

INTEREST = csr_array(
    np.array(
        [
            [1.0, 0.0, 2.0, -1.0, 0.0],  # a dislike is no positive, and may be a negative
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.5, 0.0],
            [1.0, 1.0, 1.0, 1.0, 1.0],  # likes everything: nothing to tell apart
        ]
    )
)


def test_positives_are_the_liked_pairs_of_rows_that_leave_something():
    found = Positives.of(INTEREST)
    assert found.rows.tolist() == [0, 0, 2]
    assert found.items.tolist() == [0, 2, 3]
    assert found.interest.tolist() == [1.0, 2.0, 0.5]


def test_negatives_are_uniform_over_what_the_row_does_not_like():
    found = Positives.of(INTEREST)
    drawn = found.negatives(np.array([2, 0]), 40_000, np.random.default_rng(1))
    assert drawn.shape == (2, 40_000)
    for row, free in zip(drawn, ([0, 1, 2, 4], [1, 3, 4]), strict=True):
        items, counts = np.unique(row, return_counts=True)
        assert items.tolist() == free
        # five standard deviations of a multinomial count
        share = 1 / len(free)
        assert np.abs(counts - 40_000 * share).max() < 5 * np.sqrt(40_000 * share * (1 - share))


def test_met_only_leaves_out_items_that_nobody_likes():
    found = Positives.of(INTEREST[:3], met_only=True)
    assert found.pool.tolist() == [0, 2, 3]
    assert set(found.negatives(np.arange(len(found)), 50, np.random.default_rng(0)).ravel()) == {0, 2, 3}
    assert set(found.negatives(np.array([0, 1]), 50, np.random.default_rng(0)).ravel()) == {3}


def test_many_rows_at_once_never_get_what_they_like():
    rng = np.random.default_rng(0)
    dense = (rng.random((80, 30)) < rng.random((80, 1))).astype(float)
    found = Positives.of(csr_array(dense))
    chosen = rng.permutation(len(found))
    drawn = found.negatives(chosen, 7, rng)
    assert dense[found.rows[chosen][:, None], drawn].sum() == 0


def test_no_positives_at_all():
    found = Positives.of(csr_array((3, 4)))
    assert len(found) == 0
    assert found.negatives(np.empty(0, np.int64), 3, np.random.default_rng(0)).shape == (0, 3)
