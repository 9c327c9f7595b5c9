"""Lime: on a linear score it tends to the weights; what it leaves open is told, not hidden."""

import numpy as np
import pytest

from whyrec_plugins.explainers.lime_base import Lime
from whyrec_plugins.explainers.weights import Weights


def test_tends_to_the_weights_on_a_linear_model(toys):
    """The ridge penalty is 1 whatever the number of samples: its pull fades with more of them."""
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, users=[6])
    exact = Weights().explain(model, games)[0].values
    errors = []
    for samples in (300, 30_000):
        found = Lime(samples=samples, kernel_width=200.0).explain(model, games)[0].values
        errors.append(np.abs(found - exact).max() / np.abs(exact).max())
    assert errors[1] < 2e-3
    assert errors[1] < errors[0] / 20


def test_agrees_with_the_normal_equations_of_the_stated_fit(toys):
    """Weights, distance and penalty are those that the docstring states."""
    model = toys.Pooled().fit(toys.world())
    (game,) = toys.games(model, users=[4])
    lime = Lime(samples=200)
    z = lime._draw(game.n_players, np.random.default_rng([0, game.row])).astype(float)
    y = game.values(z > 0.5)
    w = np.sqrt(np.exp(-((100 * (1 - np.sqrt(z.mean(axis=1)))) ** 2) / 25.0**2))[:, None]
    zc, yc = z - (w * z).sum(0) / w.sum(), y - (w * y).sum(0) / w.sum()
    expected = np.linalg.solve(zc.T @ (w * zc) + np.eye(game.n_players), zc.T @ (w * yc))
    found = np.array([e.values for e in lime.explain(model, [game], seed=0)])
    np.testing.assert_allclose(found, expected.T, atol=1e-9)


def test_the_first_sample_is_everybody_and_the_numbers_hidden_are_even():
    for seed in range(20):
        assert Lime(samples=2)._draw(7, np.random.default_rng(seed))[0].all()
    drawn = Lime(samples=8001)._draw(7, np.random.default_rng(0))[1:]
    counts = np.bincount(7 - drawn.sum(axis=1), minlength=8)
    assert ((counts - 1000) ** 2 / 1000).sum() < 24.3  # chi-square, 7 degrees, p = 0.001
    np.testing.assert_allclose(drawn.mean(axis=0), 0.5, atol=0.03)


def test_its_gap_is_told(toys):
    model = toys.Pooled().fit(toys.world())
    found = Lime(samples=50).explain(model, toys.games(model, users=[5]))
    assert not any(e.additive for e in found)
    assert max(e.gap for e in found) > 1e-6
    assert found[0].model_calls == 51


def test_values_are_plain_floats(toys):
    import json

    model = toys.Pooled().fit(toys.world())
    found = Lime(samples=50).explain(model, toys.games(model, users=[5]))
    json.dumps([e.to_dict() for e in found], allow_nan=False)


def test_one_player(toys):
    model = toys.Pooled().fit(toys.world())
    found = model.explain(None, "i9", history=["i3"], explainer=Lime(samples=2000, kernel_width=1000.0))
    assert found[0].values[0] == pytest.approx(model.E[3, 9], rel=0.01)
