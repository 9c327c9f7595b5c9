"""Weights against closed forms and against Shapley values counted out coalition by coalition."""

import numpy as np
import pytest

from whyrec import Histories, Players, UnsupportedError
from whyrec_plugins.explainers.shares import interest_shares
from whyrec_plugins.explainers.weights import Weights

SCALES = ["none", "binary", "log", "saturate"]


def values_of(explanations):
    return [e.values for e in explanations]


@pytest.mark.parametrize("scale", SCALES)
def test_history_on_a_linear_model_is_interest_times_weight(toys, scale):
    model = toys.Linear().fit(toys.world(scale=scale))
    games = toys.games(model, users=[3])
    for column, explanation in enumerate(Weights().explain(model, games)):
        x = games[0].history.interest
        expected = x.data * model.W[x.indices, games[0].items[column]]
        np.testing.assert_allclose(explanation.values, expected, rtol=1e-12)
        assert explanation.base_value == pytest.approx(model.b[games[0].items[column]], rel=1e-12)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "genre"), ("interests", "behavior")])
def test_on_a_linear_model_they_are_the_shapley_values(toys, scale, kind, by):
    model = toys.Linear().fit(toys.world(scale=scale))
    for game in toys.games(model, kind=kind, by=by, users=[2, 4, 6]):
        found = np.array(values_of(Weights().explain(model, [game])))
        np.testing.assert_allclose(found, toys.shapley_of(game), atol=1e-10)


def test_an_event_of_g_interests_gives_each_one_gth(toys):
    model = toys.Linear().fit(toys.world())
    matrix = np.zeros((1, 14))
    matrix[0, 1] = 2.0  # the item with all four genres
    history = Histories.from_interest(matrix)
    found = model.explain(None, "i5", history=["i1"], explainer=Weights(), players="interests", by="genre")[0]
    assert found.players == toys.GENRES
    np.testing.assert_allclose(found.values, np.full(4, model.W[1, 5] / 4), rtol=1e-12)
    assert len(history) == 1


def test_features_on_a_model_of_features(toys):
    model = toys.ByFeatures().fit(toys.world())
    for game in toys.games(model, kind="features", users=[2, 5]):
        (found,) = Weights().explain(model, [game])
        np.testing.assert_allclose(found.values, toys.shapley_of(game)[0], atol=1e-10)
        assert found.base_value == pytest.approx(model.bias[game.items[0]], rel=1e-12)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "genre"), ("interests", "behavior")])
def test_a_split_adds_up_and_keeps_each_items_contribution_whole(toys, scale, kind, by):
    model = toys.Split().fit(toys.world(scale=scale))
    games = toys.games(model, kind=kind, by=by)
    found = Weights().explain(model, games)
    assert max(e.gap for e in found) < 1e-12
    if kind == "history":
        game = games[4]
        split, _ = model.history_contributions(game.history, game.items)
        mine = [e for e in found if e.user_id == game.user_id]
        np.testing.assert_allclose(values_of(mine), split.T, rtol=1e-12)


def test_no_model_calls(toys):
    for model in (toys.Linear(), toys.Split()):
        model.fit(toys.world())
        for kind in ("history", "interests"):
            assert {e.model_calls for e in Weights().explain(model, toys.games(model, kind=kind))} == {0}


def test_a_model_without_parameters_to_read_is_refused(toys):
    model = toys.Pooled().fit(toys.world())
    with pytest.raises(UnsupportedError, match="LinearInHistory or AdditiveInHistory; toy-pooled is not"):
        Weights().explain(model, toys.games(model))
    assert "AdditiveInFeatures" in Weights().refuses(toys.Linear(), "features")


def test_opposite_events_of_one_item_are_told_apart():
    """A purchase and a return cancel: the item weighs nothing, its two behaviors do."""
    history = Histories.from_events(
        np.zeros(2, int),
        np.zeros(2, int),
        np.array([1.0, -1.0]),
        n_rows=1,
        n_items=1,
        behaviors=np.array([0, 1]),
        behavior_names=("purchase", "return"),
    )
    players = Players("interests", ("purchase", "return"), ("purchase", "return"), np.eye(2), np.arange(2), "behavior")
    np.testing.assert_allclose(interest_shares(history, players), [[1.0], [-1.0]])


def test_the_logarithm_of_two_behaviors_is_split_by_hand():
    """u(∅) = 0, u(a) = log 2, u(b) = log 4, u(ab) = log 5: φ_a = (log 2 + log 5 − log 4) / 2."""
    history = Histories.from_events(
        np.zeros(2, int),
        np.zeros(2, int),
        np.array([1.0, 3.0]),
        n_rows=1,
        n_items=1,
        behaviors=np.array([0, 1]),
        behavior_names=("a", "b"),
        scale="log",
    )
    players = Players("interests", ("a", "b"), ("a", "b"), np.eye(2), np.arange(2), "behavior")
    expected = [[np.log(2 * 5 / 4) / 2], [np.log(5 * 4 / 2) / 2]]
    np.testing.assert_allclose(interest_shares(history, players), expected, rtol=1e-12)


def test_too_many_unevenly_shared_interests_are_refused():
    n = 13
    history = Histories.from_events(
        np.zeros(n, int), np.zeros(n, int), np.ones(n), n_rows=1, n_items=1, behaviors=np.arange(n), scale="log"
    )
    names = tuple(f"b{i}" for i in range(n))
    players = Players("interests", names, names, np.eye(n), np.arange(n), "behavior")
    with pytest.raises(UnsupportedError, match="13 interests share items unevenly under the interest scale 'log'"):
        interest_shares(history, players)


def test_what_a_split_does_not_say_is_refused(toys):
    """A linear model's weights split margins too, under any removal rule; another model's own split only its score."""
    linear, additive = toys.Linear().fit(toys.world()), toys.Split().fit(toys.world())
    weights = Weights()
    assert weights.refuses(linear, "history", target="margin@3", removal="fill") is None
    assert "not target 'rank'" in weights.refuses(linear, "history", target="rank")
    assert "only the score of toy-split" in weights.refuses(additive, "history", target="margin")
    with pytest.raises(UnsupportedError, match="splits only the score"):
        weights.explain(additive, toys.games(additive, target="margin"))
