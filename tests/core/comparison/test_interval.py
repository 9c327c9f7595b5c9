"""Means and intervals over users: counted by hand, and a plain bootstrap as a second opinion."""

import numpy as np
import pytest

from whyrec.comparison.interval import Bootstrap, by_user, harmonic


def test_a_users_items_count_as_one():
    values = np.array([1.0, 3.0, np.nan, 5.0, np.nan])
    users = np.array([7, 7, 7, 9, 12])
    np.testing.assert_array_equal(by_user(values, users, np.array([3, 7, 9, 12])), [np.nan, 2.0, 5.0, np.nan])


def test_one_number_may_stand_for_all():
    np.testing.assert_array_equal(by_user(np.array([0.5]), np.array([1, 2]), np.array([1, 2])), [0.5, 0.5])


def test_the_interval_is_that_of_the_percentiles():
    rng = np.random.default_rng(0)
    values = rng.normal(size=80)
    found = Bootstrap(2000, 5).figure(values)
    means = np.sort([rng.choice(values, 80).mean() for _ in range(4000)])
    assert (found.mean, found.n) == (pytest.approx(values.mean()), 80)
    assert found.low == pytest.approx(means[100], abs=0.02)
    assert found.high == pytest.approx(means[3900], abs=0.02)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(1)
    found = [Bootstrap(300, 2).figure(rng.exponential(size=100)) for _ in range(300)]
    assert 0.9 <= np.mean([f.low <= 1 <= f.high for f in found]) <= 0.98


def test_the_same_seed_draws_the_same_users_for_any_figure():
    values = np.random.default_rng(2).normal(size=(50, 2))
    bootstrap = Bootstrap(500, 4)
    one, two = bootstrap.figure(values[:, 0]), bootstrap.figure(2 * values[:, 0] + 1)
    assert two.low == pytest.approx(2 * one.low + 1)
    assert two.high == pytest.approx(2 * one.high + 1)
    assert Bootstrap(500, 4).figure(values[:, 0]) == one


def test_blocks_that_bound_memory_draw_the_same_users(monkeypatch):
    from whyrec.comparison import interval

    values = np.random.default_rng(2).normal(size=(500, 1))
    whole = Bootstrap(400, 4).figure(values)
    monkeypatch.setattr(interval, "_CELLS", 500 * 7)
    parts = Bootstrap(400, 4).figure(values)
    assert (parts.low, parts.high) == pytest.approx((whole.low, whole.high), rel=1e-12)


def test_where_there_is_nothing_to_resample():
    nobody, one = Bootstrap(100, 0).figure(np.array([np.nan])), Bootstrap(100, 0).figure(np.array([2.0, np.nan]))
    assert (nobody.mean, nobody.low, nobody.n) == (None, None, 0)
    assert (one.mean, one.low, one.n) == (2.0, None, 1)
    off = Bootstrap(0, 0).figure(np.array([2.0, 4.0]))
    assert (off.mean, off.low, off.high, off.n) == (3.0, None, None, 2)


def test_the_harmonic_mean_of_two_means():
    assert Bootstrap(0, 0).figure(np.array([[1.0, 0.0], [0.0, 0.5]]), harmonic).mean == pytest.approx(2 / (2 + 4))
    assert Bootstrap(0, 0).figure(np.zeros((3, 2)), harmonic).mean == 0.0
