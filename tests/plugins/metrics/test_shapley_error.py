"""Shapley error: nothing for exact values, the known error of wrong ones, and silence where nothing is known."""

from dataclasses import replace

import numpy as np
import pytest

from whyrec_plugins.explainers.shapley import Shapley
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics.shapley_error import ShapleyError


@pytest.mark.parametrize(
    ("name", "kind", "by"),
    [
        ("Linear", "history", None),
        ("Pooled", "history", None),
        ("Linear", "interests", "genre"),
        ("Pooled", "interests", "genre"),
        ("ByFeatures", "features", None),
    ],
)
def test_against_values_by_definition(toys, evidence, name, kind, by):
    model = getattr(toys, name)().fit(toys.world(n_users=7))
    games = toys.games(model, kind=kind, by=by, k=2)
    told = Shapley().explain(model, games)
    exact = np.concatenate([toys.shapley_of(g) for g in games for _ in "1" if g.n_players] or [[]], axis=None)
    shown = evidence(model, games, told)
    assert np.nanmax(ShapleyError().measure(shown)["shapley_error"]) < 1e-16
    noise = np.random.default_rng(0).normal(size=exact.shape)
    wrong, at = [], 0
    for e in told:
        n = len(e.values)
        wrong.append(replace(e, values=exact[at : at + n] + noise[at : at + n]))
        at += n
    found = ShapleyError().measure(evidence(model, games, wrong))["shapley_error"]
    at = 0
    for e, error in zip(told, found, strict=True):
        n = len(e.values)
        phi = exact[at : at + n]
        expected = (noise[at : at + n] ** 2).sum() / (phi**2).sum() if n and (phi**2).sum() > 0 else np.nan
        assert error == pytest.approx(expected, rel=1e-6, nan_ok=True)
        at += n


def test_a_linear_model_of_any_size_is_known_and_another_is_not(toys, evidence):
    for name, known in (("Linear", True), ("Pooled", False)):
        model = getattr(toys, name)().fit(toys.world(n_users=9))
        games = toys.games(model, users=[8], k=2)
        assert games[0].n_players == 10
        told = [replace(e, values=2 * e.values) for e in Shapley().explain(model, games)]
        found = ShapleyError(exact_below=5).measure(evidence(model, games, told))["shapley_error"]
        assert found == pytest.approx([1.0, 1.0] if known else [np.nan, np.nan], nan_ok=True)


def test_asking_is_not_counted(toys, evidence):
    model = toys.Pooled().fit(toys.world(n_users=5))
    games = toys.games(model)
    told = Shapley().explain(model, games)
    calls = [g.calls for g in games]
    ShapleyError().measure(evidence(model, games, told))
    assert [g.calls for g in games] == calls


def test_undefined_where_nothing_moves(toys, evidence):
    model = toys.Linear().fit(toys.world())
    model.W = np.zeros_like(model.W)
    games = toys.games(model, users=[0, 4], k=1)
    found = ShapleyError().measure(evidence(model, games, Weights().explain(model, games)))["shapley_error"]
    assert np.isnan(found).all()


def test_models_that_know_their_values_are_believed(toys, evidence):
    class Knows(toys.Pooled):
        def shapley_values(self, history, items):
            return np.ones((history.interest.nnz, len(items)))

    model = Knows().fit(toys.world())
    games = toys.games(model, users=[4], k=1)
    told = [replace(e, values=np.zeros_like(e.values)) for e in Shapley().explain(model, games)]
    assert ShapleyError(exact_below=1).measure(evidence(model, games, told))["shapley_error"] == [1.0]
