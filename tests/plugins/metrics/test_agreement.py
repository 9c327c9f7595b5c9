"""Agreement, and the orders that it compares: cases counted by hand, and scipy as a second opinion."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics._orders import rank_biased_overlap, spearman
from whyrec_plugins.metrics.agreement import Agreement


@pytest.fixture
def stage(toys, evidence):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, users=[4], k=1)
    (told,) = Weights().explain(model, games)

    def of(own, *others, **settings):
        names = tuple(map(str, range(len(own))))
        shown = evidence(model, games, [replace(told, values=np.array(own, float), players=names, player_ids=names)])
        beside = {f"other {i}": [np.array(v, float)] for i, v in enumerate(others)}
        found = Agreement(**settings).measure(replace(shown, others=beside))
        return {name.removeprefix("agreement."): float(values[0]) for name, values in found.items()}

    return of


def test_equal_explanations(stage):
    assert stage([4, -3, 2, 1], [4, -3, 2, 1], k=2) == pytest.approx(
        {"feature@2": 1, "rank@2": 1, "sign@2": 1, "rbo": 1, "spearman": 1}
    )


def test_counted_by_hand(stage):
    """By magnitude: 0 1 2 3 and 1 0 3 2; the first two are the same players on other places, one with another sign."""
    found = stage([4, -3, 2, 1], [-3, -4, 1, 2], k=2)
    assert (found["feature@2"], found["rank@2"], found["sign@2"]) == (1.0, 0.0, 0.5)
    ranks = [np.array([4, 1, 3, 2]), np.array([2, 1, 3, 4])]
    assert found["spearman"] == pytest.approx(np.corrcoef(ranks)[0, 1])
    p, shared = 0.9, [0, 2 / 2, 2 / 3, 4 / 4]
    expected = 1.0 * p**4 + (1 - p) / p * sum(a * p**d for d, a in enumerate(shared, 1))
    assert found["rbo"] == pytest.approx(expected)


def test_the_mean_over_the_others_leaves_out_what_is_undefined(stage):
    same, reverse, constant = [3, 2, 1], [1, 2, 3], [1, 1, 1]
    assert stage(same, same, reverse, k=1)["spearman"] == pytest.approx(0.0)
    assert stage(same, same, constant, k=1)["spearman"] == pytest.approx(1.0)
    assert np.isnan(stage(constant, same, k=1)["spearman"])


def test_with_no_more_players_than_are_compared_all_are_shared(stage):
    found = stage([2, 1], [1, 2], k=2)
    assert np.isnan(found["feature@2"])
    assert found["rank@2"] == 0.0


def test_undefined_without_others(stage):
    assert np.isnan(list(stage([2, 1]).values())).all()


def test_spearman_is_scipys():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 5, (2, 20, 9)).astype(float)
    expected = [spearmanr(x, y).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(spearman(a, b), expected, rtol=1e-12)


def test_rank_biased_overlap_of_opposite_orders():
    n, p = 6, 0.8
    forward = np.arange(n)[None, :]
    shared = [0, 0, 0, 2, 4, 6]
    expected = p**n + (1 - p) / p * sum(x / d * p**d for d, x in enumerate(shared, 1))
    assert rank_biased_overlap(forward, forward[:, ::-1], p) == pytest.approx([expected])
    assert rank_biased_overlap(forward, forward, p) == pytest.approx([1.0])
