"""shapiq's estimators on our games: near the exact values, and honest about what they asked."""

import numpy as np
import pytest

from whyrec_plugins.explainers.shapiq_game import ShapIQ
from whyrec_plugins.explainers.shapley import Shapley

METHODS = ["kernel", "kernel-paired", "unbiased-kernel", "permutation", "stratified", "svarm", "owen", "k-add"]


@pytest.mark.parametrize("method", [*METHODS, "regression-fsii"])
def test_an_estimator_comes_near_the_exact_values(toys, method):
    model = toys.Pooled().fit(toys.world())
    games = [g for g in toys.games(model, k=2) if g.n_players > 3]
    exact = Shapley(exact_below=20).explain(model, games)
    found = ShapIQ(method=method, budget=200).explain(model, games, seed=1)
    for a, b in zip(found, exact, strict=True):
        assert np.linalg.norm(a.values - b.values) < 0.35 * np.linalg.norm(b.values) + 1e-9


def test_items_share_their_coalitions(toys):
    model = toys.Pooled().fit(toys.world())
    calls = []
    for k in (1, 3):
        (game, *_) = [g for g in toys.games(model, k=k) if g.n_players > 3]
        calls.append(ShapIQ(budget=4).explain(model, [game])[0].model_calls)
    assert calls[0] == calls[1] <= 4 * game.n_players + 2


def test_one_player_and_the_same_seed(toys):
    model = toys.Pooled().fit(toys.world())
    games = toys.games(model, k=2)
    first, again, other = (ShapIQ(budget=3).explain(model, games, seed=s) for s in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
    assert any(np.abs(a.values - b.values).max(initial=0) > 0 for a, b in zip(first, other, strict=True))
    alone = [e for e in first if len(e.values) == 1]
    for e in alone:
        assert e.values[0] == pytest.approx(e.full_value - e.base_value)
