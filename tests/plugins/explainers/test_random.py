"""Random: a fair order, and no model calls."""

import numpy as np

from whyrec_plugins.explainers.random import Random


def test_each_player_leads_equally_often(toys):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, users=[1], k=1)
    n = games[0].n_players
    first = [Random().explain(model, games, seed=s)[0].order()[0] for s in range(900)]
    counts = np.bincount(first, minlength=n)
    expected = 900 / n
    assert ((counts - expected) ** 2 / expected).sum() < 16.3  # chi-square, 3 degrees at p = 0.001; n = 3 has 2


def test_no_model_calls_no_ties_no_claim_to_add_up(toys):
    model = toys.Pooled().fit(toys.world())
    for explanation in Random().explain(model, toys.games(model)):
        assert explanation.model_calls == 0
        assert not explanation.additive
        assert len(np.unique(explanation.values)) == len(explanation.values)
