"""Stability: runs that agree, runs that do not, and runs that cannot disagree."""

from dataclasses import replace

import numpy as np
import pytest

from whyrec_plugins.explainers.random import Random
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics.stability import Stability


@pytest.fixture
def stage(toys, evidence):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, users=[4], k=1)
    (told,) = Weights().explain(model, games)

    def of(runs, top=2):
        names = tuple(map(str, range(len(runs[0]))))
        repeats = [[replace(told, values=np.array(v, float), players=names, player_ids=names)] for v in runs]
        found = Stability(top=top).measure(evidence(model, games, repeats[0], repeats))
        return found["stability"][0], found["seed_sd"][0]

    return of


def test_equal_runs(stage):
    assert stage([[4, 3, 2, 1]] * 3) == (1.0, 0.0)


def test_counted_by_hand(stage):
    """Tops {0,1}, {0,2}, {2,3}: pairs share 1, 0 and 1 of 2."""
    overlap, spread = stage([[4, 3, 0, 0], [4, 0, 3, 0], [0, 0, 4, 3]])
    assert overlap == pytest.approx(1 / 3)
    sds = [np.std([4, 4, 0], ddof=1), np.std([3, 0, 0], ddof=1), np.std([0, 3, 4], ddof=1), np.std([0, 0, 3], ddof=1)]
    assert spread == pytest.approx(np.mean(sds) / (21 / 12))


def test_supporting_and_opposing_players_are_not_mixed_up(stage):
    """The top is by value, not by size: a large opponent is no supporter."""
    assert stage([[-9, 3, 2, 0], [-9, 2, 3, 0]])[0] == 1.0
    assert stage([[-9, 3, 2, 0], [9, 2, 1, 0]])[0] == 0.5


def test_undefined_where_all_players_are_on_top_or_nothing_moves(stage):
    assert np.isnan(stage([[1, 2], [2, 1]])[0])
    assert np.isnan(stage([[0, 0, 0], [0, 0, 0]])[1])
    assert np.isnan(stage([[1, 2, 3]])).all()


def test_weights_are_stable_and_random_is_not(toys, evidence):
    model = toys.Linear().fit(toys.world(n_users=30, n_items=40))
    games = toys.games(model, k=1)
    means = {}
    for explainer in (Weights(), Random()):
        runs = [explainer.explain(model, games, seed=s) for s in range(4)]
        found = Stability(top=3).measure(evidence(model, games, runs[0], runs))
        means[explainer.name] = np.nanmean(found["stability"]), np.nanmean(found["seed_sd"])
    assert means["weights"] == (1.0, 0.0)
    assert means["random"][0] < 0.7
    assert means["random"][1] > 1.0
