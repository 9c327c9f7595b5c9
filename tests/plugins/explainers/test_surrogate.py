"""Surrogate and PairOperator: by Fourier transforms the same as by one dense least squares over all coalitions."""

import numpy as np
import pytest

from whyrec_plugins.explainers._cycles import Cycles, turns
from whyrec_plugins.explainers._pair_operator import PairOperator
from whyrec_plugins.explainers._pairs import Pairs
from whyrec_plugins.explainers._surrogate import NOISE, PRIORS


def dense(pairs, sized):
    """What the operator does, written down player by player, pair by pair: (n, p), and residuals (p, p)."""
    p, n = pairs.coalitions.shape
    s, w = pairs.sizes.astype(float), pairs.weights
    x = np.where(pairs.coalitions, 1.0, -1.0) + (1 - 2 * s / n)[:, None]
    powers = (1.0, 2.0) if sized else ()
    alone = np.stack([1 - 2 * s / n, 1 / s - 1 / (n - s), np.log(s / (n - s))], axis=1)
    terms = np.concatenate([x, *(x * fall(s, n, d)[:, None] for d in powers), alone], axis=1)
    trust = s**2 / (s**2 + NOISE) if sized else w
    gram = (terms.T * trust) @ terms
    penalties = [np.full(n, PRIORS[0]), *(np.full(n, PRIORS[1]) for _ in powers), np.full(3, 1e-12)]
    gram += np.diag(np.concatenate(penalties))
    for b in range(1 + len(powers)):
        gram[b * n : (b + 1) * n, b * n : (b + 1) * n] += 1.0
    fit = np.linalg.solve(gram, terms.T * trust)
    centered = np.eye(n) - 1 / n
    totals = [n - 1, *(fall(np.arange(1, n), n, d).sum() for d in powers)]
    values = np.concatenate([*(2 / (n - 1) * t * centered for t in totals), np.zeros((n, 3))], axis=1)
    again = np.linalg.solve((x.T * w) @ x + 1.0, x.T * w)
    left = np.eye(p) - terms @ fit
    return values @ fit + 2 * centered @ again @ left, left - x @ (again @ left)


def fall(s, n, power):
    return 1 / s**power + 1 / (n - s) ** power


def clustered(pairs, apply, left):
    """(n,) variances: residuals of turns that meet a player again are added before they are squared."""
    rows, m = pairs.rows[pairs.sampled[pairs.rows[:, 0]]], pairs.cycles.turns
    found = np.empty(len(apply))
    for i, length in zip(pairs.cycles.players, np.repeat(pairs.cycles.lengths, pairs.cycles.lengths), strict=True):
        met = left[rows].reshape(len(rows), m // length, length).sum(axis=1)
        found[i] = (apply[i, rows[:, :length]] ** 2 * met**2).sum()
    return found


@pytest.mark.parametrize(("n", "p"), [(20, 80), (53, 212), (107, 428), (130, 300), (211, 900)])
def test_the_operator_is_the_dense_one_of_the_surrogate_that_fits(n, p):
    pairs = Pairs.draw(n, p, np.random.default_rng(3))
    operator = PairOperator.of(pairs)
    rng = np.random.default_rng(0)
    x = np.where(pairs.coalitions, 1.0, -1.0)
    pooled = (x * fall(pairs.sizes.astype(float), n, 1.0)[:, None]) @ rng.normal(size=n)
    odd = np.stack([rng.normal(size=len(x)), pooled + 0.001 * rng.normal(size=len(x))], axis=1)
    found, errors = operator(odd, np.array([0.0, 3.0]))
    for k, (sized, moved) in enumerate([(False, 0.0), (True, 3.0)]):
        apply, residual = dense(pairs, sized)
        expected = apply @ odd[:, k]
        np.testing.assert_allclose(found[:, k] - moved / n, expected, atol=1e-5 * np.abs(expected).max())
        leverage = np.clip(1 - np.diag(residual), 0, 0.95)
        left = (residual @ odd[:, k]) / (1 - leverage) ** ((1 + leverage**6) / 2)
        spread = np.sqrt(clustered(pairs, apply, left))
        np.testing.assert_allclose(errors[:, k], spread, rtol=1e-4)


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


@pytest.mark.parametrize(("n", "p"), [(58, 348), (107, 428), (155, 930)])
def test_players_of_short_cycles_come_up_at_even_distances(n, p):
    """Over families of growing size, each is met as often as its chance says, to within one time."""
    pairs = Pairs.draw(n, p, np.random.default_rng(5))
    cycles = pairs.cycles
    short = cycles.players[np.repeat(cycles.lengths, cycles.lengths) < cycles.turns]
    assert len(short)
    firsts = pairs.rows[pairs.sampled[pairs.rows[:, 0]], 0]
    met = np.cumsum(pairs.coalitions[firsts][:, short], axis=0)
    due = np.cumsum(pairs.sizes[firsts] / n)
    assert np.mean(np.abs(met - due[:, None]) < 1) > 0.95  # but for families that had to be drawn once more
    assert np.abs(met - due[:, None]).max() < 2


def test_few_players_or_few_pairs_take_no_turns():
    assert turns(47, 10_000) == 1
    assert turns(200, 100) == 1
    assert turns(48, 144) == 6
    assert turns(2000, 8000) == 192


def test_long_histories_need_little():
    operator = PairOperator.of(Pairs.draw(1500, 6000, np.random.default_rng(0)))
    assert operator.nbytes < 20 * 2**20  # the coalitions themselves are 9 million


def test_errors_of_what_is_exact_are_rounding_and_not_nothing():
    operator = PairOperator.of(Pairs.draw(60, 480, np.random.default_rng(0)))
    truth = np.random.default_rng(1).normal(size=60)
    odd = (np.where(operator.coalitions, 0.5, -0.5) @ truth)[:, None]
    found, errors = operator(odd, np.array([truth.sum()]))
    assert errors.min() > 0.5e-9
    assert np.abs(found[:, 0] - truth).max() < 3 * errors.min()
