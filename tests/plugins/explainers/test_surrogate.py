"""Surrogate and PairOperator: by Fourier transforms the same as by one dense least squares over all coalitions."""

import numpy as np
import pytest

from whyrec_plugins.explainers._cycles import Cycles, turns
from whyrec_plugins.explainers._pair_operator import PairOperator
from whyrec_plugins.explainers._pairs import Pairs
from whyrec_plugins.explainers._surrogate import NOISE, PRIORS


def dense(pairs):
    """What the operator does, written down player by player and coalition by coalition: (n, p) twice, and leverages."""
    p, n = pairs.coalitions.shape
    s, w = pairs.sizes.astype(float), pairs.weights
    x = np.where(pairs.coalitions, 1.0, -1.0) + (1 - 2 * s / n)[:, None]
    falls = [1 / s**d + 1 / (n - s) ** d for d in (1, 2)]
    alone = np.stack([1 - 2 * s / n, 1 / s - 1 / (n - s), np.log(s / (n - s))], axis=1)
    terms = np.concatenate([x, *(x * g[:, None] for g in falls), alone], axis=1)
    trust = s**2 / (s**2 + NOISE)
    gram = (terms.T * trust) @ terms
    gram += np.diag(np.concatenate([np.full(n, PRIORS[0]), np.full(2 * n, PRIORS[1]), np.full(3, 1e-12)]))
    for b in range(3):
        gram[b * n : (b + 1) * n, b * n : (b + 1) * n] += 1.0
    fit = np.linalg.solve(gram, terms.T * trust)
    centered = np.eye(n) - 1 / n
    sizes = np.arange(1, n)
    totals = [n - 1, *((1 / sizes**d + 1 / (n - sizes) ** d).sum() for d in (1.0, 2.0))]
    values = np.concatenate([*(2 / (n - 1) * t * centered for t in totals), np.zeros((n, 3))], axis=1)
    again = np.linalg.solve((x.T * w) @ x + 1.0, x.T * w)
    left = np.eye(p) - terms @ fit
    return values @ fit + 2 * centered @ again @ left, left - x @ (again @ left)


@pytest.mark.parametrize(("n", "p"), [(20, 80), (53, 212), (107, 428), (130, 300), (211, 900)])
def test_the_operator_is_the_dense_one(n, p):
    pairs = Pairs.draw(n, p, np.random.default_rng(3))
    operator = PairOperator.of(pairs)
    apply, residual = dense(pairs)
    rng = np.random.default_rng(0)
    odd = rng.normal(size=(len(pairs.sizes), 2))
    found, errors = operator(odd, np.array([0.0, 3.0]))
    np.testing.assert_allclose(found - [0.0, 3.0 / n], apply @ odd, atol=1e-6 * np.abs(found).max())
    leverage = np.clip(1 - np.diag(residual), 0, 0.95)
    left = (residual @ odd) / ((1 - leverage) ** ((1 + leverage**6) / 2))[:, None]
    expected = np.sqrt(apply[:, pairs.sampled] ** 2 @ left[pairs.sampled] ** 2)
    np.testing.assert_allclose(errors, expected, rtol=1e-5)


@pytest.mark.parametrize(("n", "p"), [(20, 80), (107, 428), (211, 900)])
def test_sums_are_those_of_the_coalitions(n, p):
    operator = PairOperator.of(Pairs.draw(n, p, np.random.default_rng(3)))
    parts = np.random.default_rng(0).normal(size=(n, 4))
    np.testing.assert_allclose(operator.sums(parts), operator.coalitions @ parts, atol=1e-11)


@pytest.mark.parametrize("m", [6, 12, 24, 48])
@pytest.mark.parametrize("n", [48, 97, 107, 391])
def test_cycles_hold_everybody_once_and_come_back_after_all_turns(n, m):
    cycles = Cycles.of(n, m, np.random.default_rng(0).permutation(n))
    assert cycles.lengths.sum() == n
    assert all(m % length == 0 for length in cycles.lengths)
    one = np.random.default_rng(1).random((1, n)) < 0.3
    turned = cycles.turned(one)[0]
    np.testing.assert_array_equal(turned[0], one[0])
    assert set(turned.sum(axis=1)) == {one.sum()}
    step = cycles.turned(turned[:1])[0, 1]
    for t in range(1, m):
        np.testing.assert_array_equal(step, turned[t])
        step = cycles.turned(step[None])[0, 1]
    np.testing.assert_array_equal(step, turned[0])


def test_few_players_or_few_pairs_take_no_turns():
    assert turns(47, 10_000) == 1
    assert turns(200, 100) == 1
    assert turns(48, 144) == 6
    assert turns(2000, 8000) == 192


def test_long_histories_need_little():
    operator = PairOperator.of(Pairs.draw(1500, 6000, np.random.default_rng(0)))
    assert operator.nbytes < 20 * 2**20  # the coalitions themselves are 9 million
