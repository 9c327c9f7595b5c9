"""Targets and removal rules: each is held against the model's own scores, worked out by hand."""

import numpy as np
import pytest

from whyrec import Target, UnsupportedError, games_for
from whyrec_plugins.recommenders.als import ALS

MARGINS = ["margin@1", "margin@3", "margin", "margin-near"]


def rivals_by_hand(scores, item, seen, target):
    """The rivals' scores under the full history, straight from the definition."""
    others = [(-scores[i], i) for i in range(len(scores)) if i != item and i not in seen]
    order = [i for _, i in sorted(others)]
    if target == "margin-near":
        return sorted(order, key=lambda i: (abs(scores[i] - scores[item]), order.index(i)))[:20]
    k = int(target.partition("@")[2] or 10)
    return [order[min(k, len(order)) - 1]]


@pytest.mark.parametrize("name", ["Linear", "Pooled"])
@pytest.mark.parametrize("target", MARGINS)
def test_a_margin_is_the_score_less_that_of_the_rivals(toys, name, target):
    model = getattr(toys, name)().fit(toys.world())
    for game in toys.games(model, k=3):
        asked = games_for(model, game.history, game.items[None], target=target)[0]
        coalitions = np.random.default_rng(1).random((20, asked.n_players)) < 0.5
        scores = model.score(game.masked(coalitions))
        full = model.score(game.history)[0]
        for k, item in enumerate(game.items):
            rivals = rivals_by_hand(full, item, set(game.history.items.tolist()), target)
            expected = scores[:, item] - scores[:, rivals].mean(axis=1)
            np.testing.assert_allclose(asked.values(coalitions)[:, k], expected, atol=1e-12)
            assert asked.full_value[k] == pytest.approx(full[item] - full[rivals].mean())


def test_a_margin_is_positive_exactly_in_the_top_k(toys):
    model = toys.Pooled().fit(toys.world())
    told = [g for g in toys.games(model, k=8) if g.n_players]  # without a history all items tie
    assert told
    for game in told:
        asked = games_for(model, game.history, game.items[None], target="margin@4")[0]
        np.testing.assert_array_equal(asked.full_value[:8] > 0, np.arange(len(game.items)) < 4)


def test_rank_is_the_items_part_of_a_dcg(toys):
    model = toys.Pooled().fit(toys.world())
    game = toys.games(model, k=3)[0]
    asked = games_for(model, game.history, game.items[None], target="rank")[0]
    np.testing.assert_allclose(asked.full_value, 1 / np.log2(1 + np.array([1, 2, 3])))
    coalitions = np.random.default_rng(1).random((9, asked.n_players)) < 0.5
    np.testing.assert_allclose(asked.values(coalitions), 1 / np.log2(1 + game.ranks(coalitions)[1]))
    assert asked.calls == 9


def test_a_probability_needs_a_model_that_has_them(toys):
    class Sure(toys.Linear):
        def probability(self, scores):
            return 1 / (1 + np.exp(-scores))

    model = Sure().fit(toys.world())
    game = toys.games(model)[0]
    asked = games_for(model, game.history, game.items[None], target="probability")[0]
    coalitions = np.random.default_rng(1).random((9, asked.n_players)) < 0.5
    np.testing.assert_allclose(asked.values(coalitions), 1 / (1 + np.exp(-game.values(coalitions))))
    assert asked.linear is None
    plain = toys.Linear().fit(toys.world())
    with pytest.raises(UnsupportedError, match="target 'probability' needs a model with probabilities; toy-linear"):
        games_for(plain, game.history, game.items[None], target="probability")


def test_unknown_targets_are_refused():
    with pytest.raises(UnsupportedError, match="unknown target 'margin@0'") as caught:
        Target.parse("margin@0")
    assert "margin-near" in str(caught.value)


@pytest.mark.parametrize("target", ["score", "margin@2"])
@pytest.mark.parametrize("removal", ["shrink", "fill"])
def test_removal_rules_on_a_linear_model(toys, removal, target):
    model = toys.Linear().fit(toys.world())
    game = toys.games(model, k=2)[0]
    asked = games_for(model, game.history, game.items[None], target=target, removal=removal)[0]
    coalitions = np.random.default_rng(2).random((7, asked.n_players)) < 0.5
    own = game.history.interest
    rows = np.zeros((7, own.shape[1]))
    rows[:, own.indices] = coalitions * own.data
    if removal == "fill":
        rows += (~coalitions * own.data).sum(axis=1, keepdims=True) * model.data.popularity
    W, b = model.history_weights(np.arange(own.shape[1]))
    scores = rows @ W + b
    full = model.score(game.history)[0]
    for k, item in enumerate(game.items):
        expected = scores[:, item]
        if target != "score":
            expected = expected - scores[:, rivals_by_hand(full, item, set(game.history.items.tolist()), target)[0]]
        np.testing.assert_allclose(asked.values(coalitions)[:, k], expected, atol=1e-12)
    np.testing.assert_allclose(asked.values(np.ones((1, asked.n_players), bool))[0], asked.full_value, atol=1e-12)


def test_removal_rules_on_als(toys):
    model = ALS(factors=4, iterations=2).fit(toys.world())
    histories = model.data.histories.take(np.array([3]))
    items = model.top(histories, 2).items
    games = {r: games_for(model, histories, items, removal=r)[0] for r in ("drop", "shrink", "fill")}
    everybody = np.ones((1, games["drop"].n_players), bool)
    for game in games.values():
        np.testing.assert_allclose(game.values(everybody)[0], game.full_value, atol=1e-12)
    half = everybody.copy()
    half[0, 0] = False
    values = {r: g.values(half)[0] for r, g in games.items()}
    # More length, the same evidence: stronger regularization pulls toward 0.
    assert (np.abs(values["shrink"]) < np.abs(values["drop"])).all()
    assert np.abs(values["fill"] - values["drop"]).max() > 1e-6


def test_a_model_without_a_short_cut_only_drops(toys):
    model = toys.Pooled().fit(toys.world())
    game = toys.games(model)[0]
    asked = games_for(model, game.history, game.items[None], removal="fill")[0]
    with pytest.raises(UnsupportedError, match="removal 'fill' needs a model that is LinearInHistory or ScoresMasked"):
        asked.values(np.ones((1, asked.n_players), bool))
