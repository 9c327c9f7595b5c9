"""Integrals along a path: exact where they can be, refined where they cannot, and honest about what is left."""

import numpy as np
import pytest

from whyrec_plugins.explainers._quadrature import integrate


def along(*functions):
    """One item, one player for each (antiderivative, rate)."""

    def path(alphas):
        values = sum(f(alphas) for f, _ in functions)[:, None]
        return values, np.stack([r(alphas) for _, r in functions], axis=1)[:, None, :]

    return path


def test_polynomials_are_exact_at_once():
    path = along((lambda a: a**4, lambda a: 4 * a**3), (lambda a: -3 * a**2, lambda a: -6 * a))
    found = integrate(path, held=2, steps=2, most=2, tolerance=1e-12)
    np.testing.assert_allclose(found.values, [[1.0, -3.0]], rtol=1e-14)
    assert found.start == pytest.approx([0.0])
    assert found.end == pytest.approx([-2.0])
    assert found.steps == 2 + 2


def test_a_bend_is_looked_for():
    """relu(α − 1/π): halving finds it with far fewer places than a fine grid, and the others stay coarse."""
    bend = 1 / np.pi
    path = along((lambda a: np.maximum(a - bend, 0), lambda a: (a > bend) * 1.0), (lambda a: a, np.ones_like))
    found = integrate(path, held=2, steps=16, most=4000, tolerance=1e-7)
    np.testing.assert_allclose(found.values, [[1 - bend, 1.0]], atol=1e-6)
    assert 0 <= found.gap[0] <= 1e-7
    assert found.steps < 400


def test_most_is_kept_and_the_gap_told():
    path = along((lambda a: np.maximum(a - 0.3, 0), lambda a: (a > 0.3) * 1.0))
    found = integrate(path, held=1, steps=4, most=20, tolerance=1e-9)
    assert found.steps <= 20
    missed = abs(0.7 - found.values[0, 0]) / (0.7 + found.values[0, 0])
    assert missed > 1e-9
    assert found.gap[0] >= missed - 1e-12


def test_misses_that_cancel_do_not_hide():
    """Two bends of opposite sign, each in the middle of its piece's first half: the sum is right, no piece is."""

    def path(alphas):
        rates = np.where(alphas < 0.1, 1.0, 0.0) - np.where((alphas >= 0.5) & (alphas < 0.6), 1.0, 0.0)
        values = np.minimum(alphas, 0.1) - np.clip(alphas - 0.5, 0, 0.1)
        return values[:, None], rates[:, None, None]

    found = integrate(path, held=1, steps=4, most=4, tolerance=1e-3)
    assert abs(found.values[0, 0] - 0.0) < 1e-12
    assert found.gap[0] > 0.1


def test_nothing_that_moves_is_nothing_missing():
    found = integrate(along((np.zeros_like, np.zeros_like)), held=1, steps=1, most=1, tolerance=1e-9)
    assert found.gap.tolist() == [0.0]
    assert found.values.tolist() == [[0.0]]


def test_blocks_change_nothing(monkeypatch):
    path = along((np.sin, np.cos), (np.exp, np.exp))
    whole = integrate(path, held=2, steps=40, most=400, tolerance=1e-12)
    monkeypatch.setattr("whyrec_plugins.explainers._quadrature._CELLS", 8)
    np.testing.assert_array_equal(integrate(path, held=2, steps=40, most=400, tolerance=1e-12).values, whole.values)
