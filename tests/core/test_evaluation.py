"""Evaluation of the whole catalog: the scores, blocks and counts that explainers of ranks build on."""

import numpy as np
import pytest

from whyrec import evaluate_catalog, evaluate_ranks, evaluate_tops, evaluation


@pytest.mark.parametrize("cells", [1, 60, 10**6])
@pytest.mark.parametrize("name", ["Linear", "Pooled"])
def test_the_whole_catalog_comes_in_blocks_and_is_counted(toys, monkeypatch, name, cells):
    monkeypatch.setattr(evaluation, "CELLS", cells)
    model = getattr(toys, name)().fit(toys.world(n_items=20))
    games = toys.games(model)
    rng = np.random.default_rng(1)
    coalitions = [rng.random((4, g.n_players)) < 0.5 for g in games]
    rows = [[] for _ in games]
    for g, start, scores in evaluate_catalog(games, coalitions):
        assert start == len(rows[g])
        rows[g] += scores.copy().tolist()
    for game, given, scores in zip(games, coalitions, rows, strict=True):
        np.testing.assert_allclose(scores, model.score(game.masked(given)), atol=1e-12)
    assert {g.calls for g in games} == {4}


def test_ranks_are_counted_only_when_asked(toys):
    model = toys.Pooled().fit(toys.world())
    (game,) = toys.games(model, users=[5])
    everybody = np.ones((3, game.n_players), bool)
    evaluate_ranks([game], [everybody])
    assert game.calls == 0
    evaluate_ranks([game], [everybody], count=True)
    assert game.calls == 3


def test_tops_are_the_best_candidates(toys):
    model = toys.Pooled().fit(toys.world())
    games = [g for g in toys.games(model) if g.n_players]
    rng = np.random.default_rng(1)
    coalitions = [rng.random((4, g.n_players)) < 0.5 for g in games]
    for game, given, tops in zip(games, coalitions, evaluate_tops(games, coalitions, 3), strict=True):
        scores = np.where(game.candidates, model.score(game.masked(given)), -np.inf)
        np.testing.assert_array_equal(tops, np.argsort(-scores, axis=1, kind="stable")[:, :3])
    assert {g.calls for g in games} == {0}
