"""Game: every value is what the model says of the history without the hidden parts."""

import numpy as np
import pytest

from whyrec import (
    Game,
    PluginError,
    Recommender,
    UnsupportedError,
    evaluate,
    evaluate_ranks,
    evaluation as evaluation_module,
    game as game_module,
    history_players,
)

KINDS = [("history", None), ("interests", "genre"), ("interests", "behavior")]


def coalitions_of(games, m=40, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.random((m + i, g.n_players)) < 0.5 for i, g in enumerate(games)]


def by_hand(game, coalition):
    """The history rebuilt event by event, scored alone."""
    there = [
        e
        for e in range(game.history.n_events)
        if all(coalition[p] for p in range(game.n_players) if game.players.membership.toarray()[p, e])
    ]
    mask = np.zeros(game.history.n_events, bool)
    mask[there] = True
    return game.model.score(game.history.keep(mask))[0]


@pytest.mark.parametrize("scale", ["none", "log"])
@pytest.mark.parametrize("name", ["Linear", "Split", "Pooled"])
@pytest.mark.parametrize(("kind", "by"), KINDS)
def test_values_are_scores_of_what_is_left(toys, name, kind, by, scale):
    model = getattr(toys, name)().fit(toys.world(scale=scale))
    (game,) = toys.games(model, kind=kind, by=by, users=[5])
    (coalitions,) = coalitions_of([game], 12)
    expected = [by_hand(game, c)[game.items] for c in coalitions]
    np.testing.assert_allclose(game.values(coalitions), expected, atol=1e-12)
    assert game.calls == 12


def test_values_of_features_are_scores_of_what_the_item_keeps(toys):
    model = toys.ByFeatures().fit(toys.world())
    (game, *_) = toys.games(model, kind="features", users=[3])
    (coalitions,) = coalitions_of([game], 12)
    own = model.data.catalog.features.matrix[game.items].toarray()[0]
    taste = model._taste(game.history)[0]
    for c, value in zip(coalitions, game.values(coalitions)[:, 0], strict=True):
        kept = np.zeros_like(own)
        kept[game.players.parts[c]] = own[game.players.parts[c]]
        assert value == pytest.approx(taste @ kept + model.bias[game.items[0]], abs=1e-12)


@pytest.mark.parametrize("kind", ["history", "features"])
def test_both_ends(toys, kind):
    model = toys.ByFeatures().fit(toys.world())
    for game in toys.games(model, kind=kind):
        everybody = np.ones((1, game.n_players), bool)
        np.testing.assert_allclose(game.values(everybody)[0], game.full_value, atol=1e-12)
        np.testing.assert_allclose(game.values(~everybody)[0], game.base_value, atol=1e-12)


def test_a_stored_zero_among_the_features_does_no_harm(toys):
    from dataclasses import replace

    data = toys.world()
    matrix = data.catalog.features.matrix.copy()
    for column in (matrix.indptr[1], matrix.indptr[2] - 1):  # the first and the last feature of item 1
        matrix.data[column] = 0.0
    catalog = replace(data.catalog, features=replace(data.catalog.features, matrix=matrix))
    model = toys.ByFeatures().fit(replace(data, catalog=catalog))
    from whyrec import feature_players

    game = Game(model, data.histories.take(np.array([3])), np.array([1]), feature_players(catalog, 1))
    np.testing.assert_allclose(game.values(np.ones((1, game.n_players), bool))[0], game.full_value, atol=1e-12)


@pytest.mark.parametrize("name", ["Linear", "Pooled"])
@pytest.mark.parametrize("block", [1, 7, 1024])
def test_many_games_are_evaluated_as_each_alone(toys, monkeypatch, name, block):
    monkeypatch.setattr(game_module, "BLOCK", block)
    monkeypatch.setattr(evaluation_module, "BLOCK", block)
    model = getattr(toys, name)().fit(toys.world())
    games = [g for k in (1, 3) for g in toys.games(model, k=k)]
    coalitions = coalitions_of(games, 5)
    together = evaluate(games, coalitions)
    assert [g.calls for g in games] == [len(c) for c in coalitions]
    for game, c, values in zip(games, coalitions, together, strict=True):
        np.testing.assert_allclose(values, game.values(c), atol=1e-12)


def test_games_of_several_models_and_kinds_side_by_side(toys):
    data = toys.world()
    models = [toys.Pooled().fit(data), toys.ByFeatures().fit(data), toys.Pooled().fit(data, seed=2)]
    games = [g for m in models for g in toys.games(m, users=[2, 4])] + toys.games(models[1], kind="features", users=[3])
    coalitions = coalitions_of(games, 6)
    together, ranked = evaluate(games, coalitions), evaluate_ranks(games, coalitions)
    for game, c, values, (scores, ranks) in zip(games, coalitions, together, ranked, strict=True):
        np.testing.assert_allclose(values, game.values(c), atol=1e-12)
        np.testing.assert_allclose(scores, values, atol=1e-12)
        np.testing.assert_array_equal(ranks, game.ranks(c)[1])


def test_stacked_games_share_model_calls(toys, monkeypatch):
    model = toys.Pooled().fit(toys.world(n_users=30))
    games = toys.games(model)
    calls = []
    plain = model._score
    monkeypatch.setattr(model, "_score", lambda h, items: calls.append(len(h)) or plain(h, items))
    evaluate(games, coalitions_of(games, 8))
    assert len(calls) == 1


@pytest.mark.parametrize("cells", [1, 60, 10**6])
@pytest.mark.parametrize("name", ["Linear", "Pooled"])
def test_ranks_are_counted_among_unseen_items(toys, monkeypatch, name, cells):
    monkeypatch.setattr(evaluation_module, "CELLS", cells)
    model = getattr(toys, name)().fit(toys.world(n_items=20))
    games = toys.games(model)
    coalitions = coalitions_of(games, 4)
    for game, c, (scores, ranks) in zip(games, coalitions, evaluate_ranks(games, coalitions), strict=True):
        candidates = np.setdiff1d(np.arange(20), game.history.items)
        for row, coalition in enumerate(c):
            left = by_hand(game, coalition)
            np.testing.assert_allclose(scores[row], left[game.items], atol=1e-12)
            expected = [1 + sum((left[j], -j) > (left[i], -i) for j in candidates) for i in game.items]
            assert ranks[row].tolist() == expected
    assert {g.calls for g in games} == {0}


def test_the_recommended_items_rank_first_with_everybody_present(toys):
    model = toys.Pooled().fit(toys.world())
    for game in toys.games(model, k=3):
        assert game.ranks(np.ones((1, game.n_players), bool))[1].tolist() == [[1, 2, 3]]


def test_a_feature_game_ranks_the_item_among_the_others_unchanged(toys):
    model = toys.ByFeatures().fit(toys.world())
    for game in toys.games(model, kind="features", users=[2, 6]):
        (coalitions,) = coalitions_of([game], 9)
        scores, ranks = game.ranks(coalitions)
        others = model.score(game.history)[0]
        item = int(game.items[0])
        candidates = np.setdiff1d(np.arange(14), [*game.history.items, item])
        expected = [1 + sum((others[j], -j) > (s, -item) for j in candidates) for s in scores[:, 0]]
        assert ranks[:, 0].tolist() == expected


def test_linear_weights_are_those_of_the_history(toys):
    model = toys.Linear().fit(toys.world())
    (game,) = toys.games(model, users=[4])
    W, b = game.linear
    np.testing.assert_array_equal(W, model.W[np.ix_(game.history.interest.indices, game.items)])
    np.testing.assert_array_equal(b, model.b[game.items])
    assert toys.games(toys.Pooled().fit(toys.world()), users=[4])[0].linear is None


def test_coalitions_of_a_wrong_shape_or_type_are_refused(toys):
    (game,) = toys.games(toys.Linear().fit(toys.world()), users=[4])
    n = game.n_players
    with pytest.raises(PluginError, match=rf"coalitions must be boolean \(m, {n}\); got bool \(1, {n + 1}\)"):
        game.values(np.ones((1, n + 1), bool))
    with pytest.raises(PluginError, match="got float64"):
        game.values(np.ones((1, n)))


def test_unknown_words_are_refused(toys):
    model = toys.Linear().fit(toys.world())
    history = model.data.histories.take(np.array([3]))
    players = history_players(history, model.data.catalog)
    with pytest.raises(UnsupportedError, match="unknown target 'margins'"):
        Game(model, history, np.array([1]), players, target="margins")
    with pytest.raises(UnsupportedError, match="unknown removal rule 'hide'"):
        Game(model, history, np.array([1]), players, removal="hide")
    with pytest.raises(UnsupportedError, match="unknown players 'friends'"):
        toys.games(model, kind="friends")


def test_a_model_that_cannot_score_features_is_refused(toys):
    (game, *_) = toys.games(toys.Linear().fit(toys.world()), kind="features", users=[3])
    with pytest.raises(UnsupportedError, match="toy-linear does not score items by their features"):
        game.values(np.ones((1, game.n_players), bool))


def test_padding_is_no_item(toys):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, users=[8 - 1], k=14)  # nine items seen, five left
    assert len(games[0].items) == 14 - len(set(games[0].history.items.tolist()))


def test_scores_that_a_plugin_keeps_are_not_written_to(toys):
    class Kept(Recommender):
        name = "kept"

        def _fit(self, data, rng, progress):
            self.popularity = rng.random(data.n_items)

        def _score(self, histories, items):
            scores = np.broadcast_to(self.popularity, (len(histories), len(self.popularity)))
            return scores if items is None else scores[:, items]

    model = Kept().fit(toys.world())
    before = model.popularity.copy()
    model.top(model.data.histories, 3)
    np.testing.assert_array_equal(model.popularity, before)
