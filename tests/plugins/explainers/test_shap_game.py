"""Shap against exact Shapley values; its traps: few players, tiny scores, numpy's global generator."""

import numpy as np
import pytest

from whyrec_plugins.explainers.shap_game import Shap
from whyrec_plugins.explainers.weights import Weights

METHODS = ["kernel", "permutation"]


def values_of(explanations):
    return np.array([e.values for e in explanations])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("exact_below", [0, 11])
def test_agrees_with_weights_on_a_linear_model(toys, method, exact_below):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model)
    exact = Weights().explain(model, games)
    found = Shap(method=method, exact_below=exact_below).explain(model, games)
    for a, b in zip(exact, found, strict=True):
        np.testing.assert_allclose(b.values, a.values, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_all_of_many_players_get_their_value(toys, method):
    """shap's own default keeps ten players and calls the rest zero."""
    model = toys.Linear().fit(toys.world(n_items=40))
    history = [f"i{j}" for j in range(30)]
    (found,) = model.explain(None, "i35", history=history, explainer=Shap(method=method, samples=200))
    np.testing.assert_allclose(found.values, model.W[:30, 35], rtol=1e-6, atol=1e-9)


def test_the_number_of_players_decides_about_enumeration(toys):
    """2ⁿ coalitions at ``exact_below`` players, sampling above."""
    model = toys.Pooled().fit(toys.world())
    calls = {}
    for n in (5, 6):
        history = [f"i{j}" for j in range(n)]
        (found,) = model.explain(None, "i9", history=history, explainer=Shap(exact_below=5, samples=20))
        calls[n] = found.model_calls
    assert 2**5 <= calls[5] <= 2**5 + 2
    assert calls[6] <= 24


@pytest.mark.parametrize("kind", ["history", "interests"])
def test_enumeration_is_exact_on_a_model_with_interactions(toys, kind):
    model = toys.Pooled().fit(toys.world())
    for game in toys.games(model, kind=kind, users=[1, 3, 5]):
        np.testing.assert_allclose(values_of(Shap().explain(model, [game])), toys.shapley_of(game), atol=1e-9)


def test_mean_pooling_has_a_closed_form(toys):
    """φ_i = b_i H_n/n + (Σ_{j≠i} b_j)(1 − H_n)/(n(n−1)), H_n the harmonic number."""
    model = toys.Pooled().fit(toys.world())
    (game,) = toys.games(model, users=[6])
    n = game.n_players
    effects = model.E[game.players.parts][:, game.items].T
    harmonic = (1.0 / np.arange(1, n + 1)).sum()
    rest = effects.sum(axis=1, keepdims=True) - effects
    expected = effects * harmonic / n + rest * (1 - harmonic) / (n * (n - 1))
    np.testing.assert_allclose(values_of(Shap().explain(model, [game])), expected, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("exact_below", [0, 11])
def test_few_players(toys, method, n, exact_below):
    model = toys.Pooled().fit(toys.world())
    history = [f"i{j}" for j in range(n)]
    found = model.explain(None, ["i9", "i10"], history=history, explainer=Shap(method=method, exact_below=exact_below))
    for explanation in found:
        item = int(explanation.item_id[1:])
        assert explanation.values.sum() == pytest.approx(model.E[:n, item].mean(), abs=1e-9)
    if n == 2:  # pairs: both methods are exact
        (b0, b1) = model.E[0, 9], model.E[1, 9]
        expected = [b0 * 0.75 - b1 * 0.25, b1 * 0.75 - b0 * 0.25]
        np.testing.assert_allclose(found[0].values, expected, atol=1e-9)


def test_tiny_scores_are_not_taken_for_zero(toys):
    model = toys.Linear().fit(toys.world())
    model.W *= 1e-12
    model.b *= 0.0
    games = toys.games(model, users=[4, 6])
    exact = values_of(Weights().explain(model, games[:1]))
    np.testing.assert_allclose(values_of(Shap().explain(model, games[:1])), exact, rtol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_always_complete_even_with_few_samples(toys, method):
    model = toys.Pooled().fit(toys.world())
    found = Shap(method=method, samples=1, exact_below=0).explain(model, toys.games(model))
    assert max(e.gap for e in found) < 1e-9


@pytest.mark.parametrize("method", METHODS)
def test_numpys_generator_is_left_alone_and_nothing_is_printed(toys, method, capfd):
    model = toys.Pooled().fit(toys.world())
    before = np.random.get_state()
    Shap(method=method, exact_below=0, samples=60).explain(model, toys.games(model))
    after = np.random.get_state()
    assert before[0] == after[0]
    assert before[2:] == after[2:]
    np.testing.assert_array_equal(before[1], after[1])
    assert capfd.readouterr() == ("", "")


def test_calls_are_counted(toys):
    model = toys.Linear().fit(toys.world())
    (found, *_) = Shap(samples=40, exact_below=0).explain(model, toys.games(model, users=[7]))
    assert 40 <= found.model_calls <= 44  # besides the samples: nobody and everybody
