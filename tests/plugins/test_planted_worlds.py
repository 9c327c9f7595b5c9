"""Explainers on planted worlds: true values where they are exact, true to their standard errors where they estimate."""

import numpy as np
import pytest

from whyrec import games_for
from whyrec_plugins.datasets.planted import Planted
from whyrec_plugins.explainers.lime_base import Lime
from whyrec_plugins.explainers.shap_game import Shap
from whyrec_plugins.explainers.shapley import Shapley
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.recommenders.oracle import Oracle

WORLDS = ("additive", "interactions", "duplicates", "inert", "popularity", "pooled")


def stage(world, *, transparent=False, k=4, seed=1, **settings):
    """The games of all users of a world about their k best items, and the true values (K, n) of each."""
    data = Planted(world=world, **{"users": 40, "order": 3, **settings}).load(seed=seed)
    model = Oracle(transparent=transparent).fit(data)
    games = games_for(model, data.histories, model.top(data.histories, k).items, rows=np.arange(data.n_users))
    return games, [model.shapley_values(g.history, g.items).T for g in games]


def told(explainer, games, seed=0):
    """Values (K, n) and standard errors (K, n; 0 where there is none) of each game."""
    found = explainer.explain(games[0].model, games, seed=seed)
    k = len(games[0].items)
    groups = [found[g * k : (g + 1) * k] for g in range(len(games))]
    values = [np.array([e.values for e in group]) for group in groups]
    errors = [
        np.array([np.zeros(len(e.values)) if e.std_error is None else e.std_error for e in group]) for group in groups
    ]
    return values, errors


def off(values, truth):
    """How far from the truth, relative to each explanation's largest value; the worst over all."""
    return max(np.max(np.abs(v - t) / np.abs(t).max(axis=1, keepdims=True)) for v, t in zip(values, truth, strict=True))


@pytest.mark.parametrize("world", WORLDS)
def test_shapley_enumerates_the_truth(world: str) -> None:
    games, truth = stage(world, shortest=3, longest=13, users=24)
    values, errors = told(Shapley(), games)
    assert off(values, truth) < 1e-10
    assert max(e.max() for e in errors) == 0


@pytest.mark.parametrize("world", WORLDS)
def test_shapley_estimates_the_truth_within_its_standard_errors(world: str) -> None:
    """Beyond three of them: no more than chance allows (0.27 % of a normal error); beyond six: none."""
    games, truth = stage(world, shortest=15, longest=200)
    values, errors = told(Shapley(budget=12), games)
    away = np.concatenate(
        [(np.abs(v - t) / e).ravel() for v, t, e in zip(values, truth, errors, strict=True)],
    )
    assert len(away) > 10_000
    assert (away > 3).mean() < 0.01
    assert away.max() < 6
    if world != "additive":  # there, nothing is left to chance but rounding
        # The errors are not merely large: half of the values lie as far as two thirds of a standard error.
        assert 0.4 < np.median(away) < 0.9


def test_shapley_finds_pairwise_interactions_from_few_coalitions() -> None:
    games, truth = stage("interactions", shortest=100, longest=200, users=5, order=2)
    assert off(told(Shapley(budget=8), games)[0], truth) < 1e-5


def test_products_of_three_are_a_real_estimation_problem_that_shrinks_with_the_budget() -> None:
    games, truth = stage("interactions", shortest=100, longest=200, users=6)
    error = {}
    for budget in (4, 16):
        values, _ = told(Shapley(budget=budget), games)
        error[budget] = np.mean(
            [((v - t) ** 2).sum() / (t**2).sum() for v, t in zip(values, truth, strict=True)],
        )
    assert 1e-5 < error[16] < 0.5 * error[4]


@pytest.mark.parametrize("world", WORLDS)
def test_the_oracle_in_the_open_is_explained_by_its_own_weights(world: str) -> None:
    """Its split of a mean adds up, but is not the Shapley value."""
    games, truth = stage(world, transparent=True)
    values, _ = told(Weights(), games)
    if world == "pooled":
        assert off(values, truth) > 0.1
    else:
        assert off(values, truth) < 1e-10
    assert sum(g.calls for g in games) == 0


def test_on_the_additive_world_shapley_asks_nothing() -> None:
    games, truth = stage("additive", transparent=True)
    values, _ = told(Shapley(), games)
    assert off(values, truth) < 1e-12
    assert sum(g.calls for g in games) == 0


@pytest.mark.parametrize("world", WORLDS)
def test_shap_finds_the_truth_where_it_enumerates(world: str) -> None:
    games, truth = stage(world, shortest=3, longest=11, users=8)
    assert off(told(Shap(exact_below=11), games)[0], truth) < 1e-6


def test_shap_finds_the_truth_of_an_additive_world_by_sampling() -> None:
    games, truth = stage("additive", shortest=15, longest=40, users=5)
    for method in ("kernel", "permutation"):
        assert off(told(Shap(method=method), games)[0], truth) < 1e-6


def test_lime_finds_the_truth_of_an_additive_world_but_for_its_ridge() -> None:
    """The package's penalty of 1 shrinks all values a little; it moves none past another."""
    games, truth = stage("additive", shortest=10, longest=40, users=8)
    values, _ = told(Lime(samples=4000), games)
    assert off(values, truth) < 0.05
    for v, t in zip(values, truth, strict=True):
        assert np.corrcoef(v.ravel(), t.ravel())[0, 1] > 0.999


def copies(game):
    """The places of items that are the same, where both are in the history."""
    items = game.players.parts
    first = np.flatnonzero(np.isin(items, items - 1) & (items % 2 == 0))
    return first, first + 1


@pytest.mark.parametrize("explainer", [Shapley(exact_below=13), Shap(exact_below=11), Weights()])
def test_symmetry_holds_exactly_where_values_are_exact(explainer) -> None:
    games, _ = stage("duplicates", transparent=True, shortest=4, longest=11, users=16)
    values, _ = told(explainer, games)
    pairs = 0
    for game, v in zip(games, values, strict=True):
        first, second = copies(game)
        pairs += len(first)
        np.testing.assert_allclose(v[:, first], v[:, second], atol=1e-7 * np.abs(v).max())
        strangers = np.abs(v[:, first] - np.roll(v[:, first], 1, axis=1))
        assert len(first) < 2 or strangers.max() > 1e-3 * np.abs(v).max(), "the check can fail"
    assert pairs > 40


def test_symmetry_holds_within_standard_errors_where_values_are_estimated() -> None:
    games, _ = stage("duplicates", shortest=30, longest=200)
    values, errors = told(Shapley(), games)
    away = []
    for game, v, e in zip(games, values, errors, strict=True):
        first, second = copies(game)
        away.append((np.abs(v[:, first] - v[:, second]) / np.hypot(e[:, first], e[:, second])).ravel())
    every = np.concatenate(away)
    assert (every > 3).mean() < 0.01
    assert every.max() < 6


def dummies(game):
    """Players whose item carries nothing."""
    terms = game.model.data.truth.function.terms
    return sum(np.abs(t.carried[game.players.parts]).sum(axis=1) for t in terms) <= 0


@pytest.mark.parametrize("world", ["inert", "popularity"])
@pytest.mark.parametrize("explainer", [Shapley(exact_below=13), Shap(exact_below=11), Weights()])
def test_a_dummy_is_worth_nothing_where_values_are_exact(explainer, world: str) -> None:
    games, _ = stage(world, transparent=True, shortest=5, longest=11, users=16)
    values, _ = told(explainer, games)
    assert sum(dummies(g).sum() for g in games) > 30
    for game, v in zip(games, values, strict=True):
        idle = dummies(game)
        assert np.abs(v[:, idle]).max(initial=0) < 1e-7 * np.abs(v).max()
        assert np.abs(v[:, ~idle]).min(initial=1) > 1e-7 * np.abs(v).max(), "the check can fail"


@pytest.mark.parametrize("world", ["inert", "popularity"])
def test_a_dummy_is_worth_nothing_within_standard_errors(world: str) -> None:
    games, _ = stage(world, shortest=20, longest=200)
    values, errors = told(Shapley(), games)
    away = np.concatenate(
        [(np.abs(v) / e)[:, dummies(g)].ravel() for g, v, e in zip(games, values, errors, strict=True)]
    )
    assert len(away) > 400
    assert (away > 3).mean() < 0.015
    assert away.max() < 6
