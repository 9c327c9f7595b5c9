"""Interactions: planted ones are found, none are found where there are none, and the estimate agrees with the sum."""

import itertools
import json
from math import factorial

import numpy as np
import pytest

from whyrec import Explanation, Recommender, games_for
from whyrec_plugins.explainers.interactions import Interactions
from whyrec_plugins.explainers.shapley import Shapley


class Planted(Recommender):
    """Main effects of items, and of each two neighbors by index something together."""

    name = "toy-planted"

    def _fit(self, data, rng, progress):
        self.main = rng.normal(size=(data.n_items, data.n_items))
        self.both = np.triu(rng.normal(size=(data.n_items, data.n_items)), 1)

    def _score(self, histories, items):
        x = (histories.interest.toarray() != 0).astype(float)
        scores = x @ self.main + ((x @ self.both) * x).sum(axis=1, keepdims=True) * (1 + np.arange(x.shape[1]))
        return scores if items is None else scores[:, items]


def by_definition(game, i, j):
    """(K,) the weighted mean over all coalitions of the others."""
    n = game.n_players
    total = 0.0
    for size in range(n - 1):
        weight = factorial(size) * factorial(n - size - 2) / factorial(n - 1)
        for chosen in itertools.combinations([p for p in range(n) if p not in (i, j)], size):
            rows = np.array([np.isin(np.arange(n), [*chosen, *more]) for more in ([], [i], [j], [i, j])])
            v = game.values(rows)
            total = total + weight * (v[3] - v[1] - v[2] + v[0])
    return total


@pytest.mark.parametrize("name", ["Pooled", "Split", "Linear"])
@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "genre")])
def test_all_coalitions_give_the_index_by_its_definition(toys, name, kind, by):
    model = getattr(toys, name)().fit(toys.world())
    (game,) = toys.games(model, kind=kind, by=by, users=[4], k=2)
    for k, one in enumerate(Interactions().explain(model, [game])):
        assert len(one.pairs) == game.n_players * (game.n_players - 1) // 2
        for i, j, value in one.pairs:
            assert value == pytest.approx(by_definition(game, i, j)[k], abs=1e-12)
    if name == "Linear" and kind == "interests":  # an item of two genres is there only if both are
        assert max(abs(value) for _, _, value in one.pairs) > 1e-3


@pytest.mark.parametrize("exact_below", [14, 3])
def test_planted_interactions_are_found(toys, exact_below):
    """Sampled or not: around every coalition, two players do the same together."""
    model = Planted().fit(toys.world())
    games = toys.games(model, users=[4, 6, 7])
    assert min(g.n_players for g in games) > 3
    found = iter(Interactions(exact_below=exact_below, rounds=2, budget=1000).explain(model, games))
    for game in games:
        own = game.history.interest.indices
        for item in game.items:
            one = next(found)
            for i, j, value in one.pairs:
                assert value == pytest.approx(model.both[own[i], own[j]] * (1 + item), abs=1e-9)
            assert [abs(v) for _, _, v in one.pairs] == sorted((abs(v) for _, _, v in one.pairs), reverse=True)


def test_the_estimate_is_unbiased_and_knows_its_error(toys):
    model = toys.Pooled().fit(toys.world())
    games = toys.games(model, users=[6], k=1)
    (exact,) = Interactions().explain(model, games)
    truth = {(i, j): v for i, j, v in exact.pairs}
    runs = []
    for seed in range(60):
        (one,) = Interactions(exact_below=3, rounds=8, budget=1000).explain(model, games, seed=seed)
        told = {(i, j): v for i, j, v in one.pairs}
        runs.append([told[pair] - truth[pair] for pair in truth])
    assert "interactions from 8 random coalitions, standard error at most" in one.note
    worst = float(one.note.rpartition(" ")[2])
    runs = np.array(runs)
    spread = runs.std(axis=0, ddof=1)
    assert (np.abs(runs.mean(axis=0)) < 4.5 * spread / np.sqrt(len(runs)) + 1e-12).all()
    assert 0.3 * spread.max() < worst < 3 * spread.max()
    many = Interactions(exact_below=3, rounds=800, budget=1000).explain(model, games)[0]
    assert max(abs(v - truth[i, j]) for i, j, v in many.pairs) < 0.3 * spread.max()


def test_a_linear_model_has_none_and_is_not_asked(toys):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, users=[5])
    for one in Interactions().explain(model, games):
        assert {value for _, _, value in one.pairs} == {0.0}
        assert one.note is None
    assert games[0].calls == 0


def test_values_are_shapley_values_and_only_the_top_players_are_paired(toys):
    model = toys.Pooled().fit(toys.world())
    games = toys.games(model, users=[7])
    plain = Shapley().explain(model, games)
    for one, other in zip(Interactions(top=3).explain(model, games), plain, strict=True):
        np.testing.assert_allclose(one.values, other.values, atol=1e-12)
        top = set(np.argsort(-np.abs(one.values))[:3].tolist())
        assert {p for i, j, _ in one.pairs for p in (i, j)} == top
        assert len(one.pairs) == 3


def test_a_single_player_has_nobody_to_act_with(toys):
    model = toys.Pooled().fit(toys.world())
    (game,) = games_for(model, model.data.encode(["i3"]), np.array([[5]]))
    (one,) = Interactions().explain(model, [game])
    assert one.pairs == ()
    assert one.values.tolist() == pytest.approx([one.full_value - one.base_value])


def test_pairs_survive_json(toys):
    model = toys.Pooled().fit(toys.world())
    (one,) = Interactions().explain(model, toys.games(model, users=[4], k=1))
    back = Explanation.from_dict(json.loads(json.dumps(one.to_dict(), allow_nan=False)))
    assert back.pairs == one.pairs
    assert back.to_dict() == one.to_dict()
