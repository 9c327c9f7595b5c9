"""Leave one out: the model asked again, one player short."""

import numpy as np
import pytest

from whyrec import ScoresWithoutEach, games_for
from whyrec_plugins.explainers.leave_one_out import LeaveOneOut
from whyrec_plugins.recommenders.als import ALS

KINDS = [("history", None), ("interests", "genre"), ("interests", "behavior")]


def by_hand(game):
    """(K, n) from the histories written out, one player short each."""
    without = game.model.score(game.masked(~np.eye(game.n_players, dtype=bool)), game.items)
    return (game.model.score(game.history, game.items) - without).T


@pytest.mark.parametrize("name", ["Linear", "Pooled", "Split"])
@pytest.mark.parametrize(("kind", "by"), KINDS)
@pytest.mark.parametrize("scale", ["none", "log"])
def test_it_is_what_the_score_loses(toys, name, kind, by, scale):
    model = getattr(toys, name)().fit(toys.world(scale=scale))
    games = [g for g in toys.games(model, kind=kind, by=by) if g.n_players]
    found = iter(LeaveOneOut().explain(model, games))
    for game in games:
        for values in by_hand(game):
            np.testing.assert_allclose(next(found).values, values, atol=1e-12)
        assert game.calls == (0 if name == "Linear" else game.n_players + 1)


def test_features_are_left_out_one_by_one(toys):
    model = toys.ByFeatures().fit(toys.world())
    for one, game in zip(
        LeaveOneOut().explain(model, toys.games(model, kind="features", users=[3])),
        toys.games(model, kind="features", users=[3]),
        strict=True,
    ):
        split, _ = model.feature_contributions(game.history, game.items)
        np.testing.assert_allclose(one.values, split[0, 0, game.players.parts], atol=1e-12)


@pytest.mark.parametrize("target", ["score", "margin@2", "rank"])
@pytest.mark.parametrize("factors", [2, 30])
def test_als_takes_an_item_out_by_a_downdate(toys, target, factors):
    """Dislikes and several events an item included: the same as solving anew."""
    data = toys.world()
    data.histories.weights[::5] *= -1.0
    model = ALS(factors=factors, iterations=2).fit(data)
    assert model.can(ScoresWithoutEach)
    histories = data.histories.take(np.arange(1, 8))
    items = model.top(histories, 3).items
    asked = games_for(model, histories, items, target=target)
    again = iter(LeaveOneOut().explain(model, asked))
    for game in asked:
        expected = (game.full_value - game.values(~np.eye(game.n_players, dtype=bool))).T
        for values in expected:
            np.testing.assert_allclose(next(again).values, values, rtol=1e-9, atol=1e-12)


def test_als_scores_without_each_are_those_of_the_shorter_histories(toys):
    model = ALS(factors=5, iterations=2).fit(toys.world())
    history = model.data.histories.take(np.array([6]))
    own = history.interest.indices
    shorter = [history.keep(history.items != item) for item in own]
    expected = [model.score(one, np.arange(14))[0] for one in shorter]
    np.testing.assert_allclose(model.scores_without_each(history, np.arange(14)), expected, rtol=1e-10, atol=1e-14)


def test_another_removal_rule_is_asked_for(toys):
    model = ALS(factors=5, iterations=2).fit(toys.world())
    histories = model.data.histories.take(np.array([6]))
    (game,) = games_for(model, histories, model.top(histories, 2).items, removal="shrink")
    found = LeaveOneOut().explain(model, [game])
    expected = (game.full_value - game.values(~np.eye(game.n_players, dtype=bool))).T
    np.testing.assert_allclose([e.values for e in found], expected, atol=1e-12)
    assert not np.allclose(found[0].values, LeaveOneOut().explain(model, toys.games(model, users=[6]))[0].values)
