"""Histories: events in order, interests derived from them, and what hiding leaves."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import DataError, Histories, scaled

SCALES = ["none", "binary", "log", "saturate"]


@pytest.fixture
def histories():
    """Row 0: item 2 twice, item 0 once. Row 1: nothing. Row 2: item 1."""
    return Histories.from_events(
        np.array([2, 0, 0, 0]),
        np.array([1, 2, 0, 2]),
        np.array([4.0, 1.0, 0.5, 0.25]),
        n_rows=3,
        n_items=3,
        behaviors=np.array([0, 1, 0, 2]),
        times=np.array([5, 30, 20, 10]),
        behavior_names=("a", "b", "c"),
    )


def test_events_stand_by_row_and_time(histories):
    assert histories.items.tolist() == [2, 0, 2, 1]
    assert histories.times.tolist() == [10, 20, 30, 5]
    assert histories.behaviors.tolist() == [2, 0, 1, 0]
    assert histories.weights.tolist() == [0.25, 0.5, 1.0, 4.0]
    assert histories.indptr.tolist() == [0, 3, 3, 4]
    assert histories.rows.tolist() == [0, 0, 0, 2]


def test_interest_sums_the_events_of_an_item(histories):
    np.testing.assert_allclose(histories.interest.toarray(), [[0.5, 0, 1.25], [0, 0, 0], [0, 4, 0]])
    assert histories.entry_of_event.tolist() == [1, 0, 1, 2]


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("none", [0, 2, -2]),
        ("binary", [0, 1, -1]),
        ("log", [0, np.log(3), -np.log(3)]),
        ("saturate", [0, 1 - np.e**-2, np.e**-2 - 1]),
    ],
)
def test_scales(scale, expected):
    np.testing.assert_allclose(scaled(np.array([0.0, 2.0, -2.0]), scale), expected, rtol=1e-12)


def test_an_unknown_scale_is_refused():
    with pytest.raises(DataError, match="unknown interest scale 'cube'"):
        scaled(np.ones(1), "cube")


def test_an_entry_stays_when_its_events_cancel():
    history = Histories.from_events(np.zeros(2, int), np.ones(2, int), np.array([1.0, -1.0]), n_rows=1, n_items=3)
    assert history.interest.nnz == 1
    assert history.interest.indices.tolist() == [1]


def test_take_repeats_and_reorders(histories):
    taken = histories.take(np.array([2, 0, 1, 0]))
    expected = histories.interest.toarray()[[2, 0, 1, 0]]
    np.testing.assert_allclose(taken.interest.toarray(), expected)
    assert taken.behaviors.tolist() == [0, 2, 0, 1, 2, 0, 1]
    assert len(histories.take(np.array([], int))) == 0


def test_keep_drops_events_but_no_row(histories):
    kept = histories.keep(np.array([False, True, True, False]))
    assert len(kept) == 3
    np.testing.assert_allclose(kept.interest.toarray(), [[0.5, 0, 1.0], [0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("scale", SCALES)
def test_masked_rows_and_masked_interest_are_the_same_numbers(toys, scale):
    history = toys.world(scale=scale).histories.take(np.array([5]))
    keep = np.random.default_rng(0).random((50, history.n_events)) < 0.5
    keep[0], keep[1] = False, True
    masked = history.masked(keep)
    assert len(masked) == 50
    own = history.interest.indices
    np.testing.assert_allclose(history.masked_interest(keep), masked.interest.toarray()[:, own], atol=1e-15)
    np.testing.assert_allclose(masked.interest.toarray()[1], history.interest.toarray()[0], atol=1e-15)


@pytest.mark.parametrize("scale", SCALES)
def test_hiding_one_item_moves_no_other_interest(toys, scale):
    history = toys.world(scale=scale).histories.take(np.array([6]))
    whole = history.interest.toarray()[0]
    for item in history.interest.indices:
        without = history.masked((history.items != item)[None, :]).interest.toarray()[0]
        expected = whole.copy()
        expected[item] = 0.0
        np.testing.assert_array_equal(without, expected)


def test_masking_is_for_a_single_history(histories):
    with pytest.raises(DataError, match=r"masked\(\) hides parts of one history; this object holds 3"):
        histories.masked(np.ones((1, 4), bool))
    with pytest.raises(DataError, match=r"masked_interest\(\) hides parts of one history"):
        histories.masked_interest(np.ones((1, 4), bool))


def test_concat_undoes_take(histories):
    parts = [histories.take(np.array([r])) for r in range(3)]
    whole = Histories.concat(parts)
    for name in ("indptr", "items", "weights", "behaviors", "times"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(histories, name))


def test_from_interest_round_trip():
    matrix = csr_array(np.array([[0, 2.0, 0], [1.0, 0, 3.0]]))
    np.testing.assert_array_equal(Histories.from_interest(matrix).interest.toarray(), matrix.toarray())


def test_misfitting_arrays_are_refused():
    with pytest.raises(DataError, match="do not fit together"):
        Histories(np.array([0, 2]), np.array([1]), np.ones(1), 3)
    with pytest.raises(DataError, match="do not fit together"):
        Histories(np.array([0, 1]), np.array([1]), np.ones(1), 3, times=np.zeros(2, int))
    with pytest.raises(DataError, match="an item index lies outside 0…2"):
        Histories(np.array([0, 1]), np.array([3]), np.ones(1), 3)
