"""Integrated gradients: Shapley values on linear models; elsewhere an integral that adds up, checked by hand."""

import numpy as np
import pytest

from whyrec import CompletenessError, UnsupportedError
from whyrec_plugins.explainers.attention import Attention
from whyrec_plugins.explainers.gradient_input import GradientInput
from whyrec_plugins.explainers.integrated_gradients import IntegratedGradients
from whyrec_plugins.explainers.smooth_path import SmoothPath
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics._shuffled import Shuffled

KINDS = [("history", None), ("interests", "genre"), ("interests", "brand"), ("interests", "behavior")]


@pytest.mark.parametrize(("kind", "by"), KINDS)
@pytest.mark.parametrize("scale", ["none", "log", "binary"])
def test_on_a_linear_model_it_is_the_shapley_value(toys, networks, kind, by, scale):
    """Found by quadrature: the model tells only its slopes."""
    model = networks.Slopes().fit(toys.world(scale=scale))
    games = toys.games(model, kind=kind, by=by, users=[1, 3, 5])
    found = iter(IntegratedGradients().explain(model, games))
    for game in games:
        for values in toys.shapley_of(game):
            np.testing.assert_allclose(next(found).values, values, atol=1e-10)


@pytest.mark.parametrize("target", ["score", "margin@2"])
@pytest.mark.parametrize("removal", ["drop", "shrink"])
def test_weights_that_are_known_are_taken(toys, target, removal):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, kind="interests", by="genre", target=target, removal=removal)
    expected = Weights().explain(model, games)
    for one, other in zip(IntegratedGradients().explain(model, games), expected, strict=True):
        np.testing.assert_allclose(one.values, other.values, atol=1e-12)
        assert one.model_calls == 0


@pytest.mark.parametrize("scale", ["none", "log"])
def test_it_is_the_integral_of_finite_differences(toys, networks, partly, scale):
    model = networks.Tanh().fit(toys.world(scale=scale))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    nodes, weights, h = 0.5 * (nodes + 1), 0.5 * weights, 1e-5
    for game in toys.games(model, users=[2, 5]):
        n, values = game.n_players, []
        for step in h * np.eye(n):
            at = np.tile(nodes[:, None], (1, n))
            values.append(weights @ (partly(game, at + step) - partly(game, at - step)) / (2 * h))
        told = IntegratedGradients(tolerance=1e-9).explain(model, [game])
        np.testing.assert_allclose([e.values for e in told], np.array(values).T, atol=1e-7)


@pytest.mark.parametrize("tolerance", [1e-4, 1e-7])
def test_bends_are_found(toys, networks, tolerance):
    """A hidden unit passes on what it does on the share of the path on which it is on: that can be counted out."""
    model = networks.Relu().fit(toys.world())
    for game in toys.games(model):
        if not game.n_players:
            continue
        own = game.history.interest
        parts = own.data[:, None] * model.A[own.indices]
        start, end = model.a, model.a + parts.sum(axis=0)
        on = (np.maximum(end, 0) + np.maximum(start, 0)) / (np.abs(start) + np.abs(end))
        expected = (parts * on) @ model.B[:, game.items]
        told = IntegratedGradients(tolerance=tolerance).explain(model, [game])
        size = np.abs(expected).sum(axis=0)
        errors = np.abs(np.array([e.values for e in told]).T - expected).max(axis=0)
        assert (errors < 20 * tolerance * size).all()


@pytest.mark.parametrize("name", ["Tanh", "Relu"])
@pytest.mark.parametrize("target", ["score", "margin@2", "margin-near", "probability"])
@pytest.mark.parametrize(("kind", "by"), KINDS)
def test_it_adds_up(toys, networks, name, target, kind, by):
    model = getattr(networks, name)().fit(toys.world(scale="log"))
    for e in IntegratedGradients().explain(model, toys.games(model, kind=kind, by=by, target=target)):
        assert e.additive
        assert e.gap < 1e-12


def test_a_model_that_is_linear_is_asked_where_its_probability_is_explained(toys):
    class Logistic(toys.Linear):
        def probability(self, scores):
            return 1 / (1 + np.exp(-scores))

    model = Logistic().fit(toys.world())
    game = toys.games(model, users=[4], target="probability")[0]
    for k, e in enumerate(IntegratedGradients(tolerance=1e-8).explain(model, [game])):
        own = game.history.interest.data * model.W[game.history.interest.indices, game.items[k]]
        # σ along the straight path: every player gets its share of the way
        np.testing.assert_allclose(e.values, own * (e.full_value - e.base_value) / own.sum(), atol=1e-7)


def test_the_note_tells_the_steps_and_what_was_missing(toys, networks):
    model = networks.Relu().fit(toys.world())
    (coarse, *_), (fine, *_) = (
        IntegratedGradients(steps=4, tolerance=t).explain(model, toys.games(model, users=[6])) for t in (0.2, 1e-9)
    )
    steps = [int(e.note.split(" steps; ")[0]) for e in (coarse, fine)]
    assert 4 <= steps[0] < steps[1]
    assert "of what moved was missing and spread" in coarse.note
    assert [e.model_calls for e in (coarse, fine)] == [s + 1 for s in steps]  # one more for the base
    assert not np.allclose(coarse.values, fine.values, rtol=1e-6)


def test_a_tolerance_that_is_not_met_is_an_error_with_what_was_reached(toys, networks):
    model = networks.Relu().fit(toys.world())
    with pytest.raises(
        CompletenessError,
        match=r"on toy-relu: after \d+ steps the path for user 'u6', item 'i\d+' still misses \d.*; tolerance is 1e-09",
    ) as caught:
        IntegratedGradients(steps=4, most=12, tolerance=1e-9).explain(model, toys.games(model, users=[6]))
    assert "raise most" in str(caught.value)


def test_gradients_that_do_not_fit_the_scores_are_an_error(toys, networks):
    class Wrong(networks.Tanh):
        def _score(self, histories, items):
            return 1.1 * super()._score(histories, items)

    model = Wrong().fit(toys.world())
    with pytest.raises(
        CompletenessError, match=r"the path for user 'u4'.* moves the score by .*, but it moved by"
    ) as e:
        IntegratedGradients(tolerance=1e-4).explain(model, toys.games(model, users=[4]))
    assert "gradients and its scores do not agree" in str(e.value)


def test_what_it_cannot_follow_is_refused(toys, networks):
    model = networks.Tanh().fit(toys.world())
    with pytest.raises(UnsupportedError, match="integrated-gradients follows slopes, and target 'rank' moves in jumps"):
        IntegratedGradients().explain(model, toys.games(model, target="rank"))


def test_a_shuffled_model_is_followed_too(toys, networks, partly):
    """What the metric ``randomization`` asks: slopes, first layer and attention of the same model about other items."""

    class Attends(networks.Tanh):
        def attention(self, history, items):
            return np.outer(1.0 + history.interest.indices, np.ones(len(items)))

    model = Attends().fit(toys.world(scale="log"))
    order = np.random.default_rng(5).permutation(14)
    shuffled = Shuffled(model=model, order=order).fit(model.data)
    (game,) = toys.games(shuffled, users=[5])
    n, h = game.n_players, 1e-5
    rough = [(partly(game, 1 + h * s[None]) - partly(game, 1 - h * s[None]))[0] / (2 * h) for s in np.eye(n)]
    told = GradientInput().explain(shuffled, [game])
    np.testing.assert_allclose([e.values for e in told], np.array(rough).T, atol=1e-7)
    for explainer in (IntegratedGradients(), SmoothPath(baselines=3)):
        assert max(e.gap for e in explainer.explain(shuffled, [game])) < 1e-12
    looked = Attention().explain(shuffled, [game])[0]
    np.testing.assert_array_equal(looked.values, 1.0 + order[game.history.interest.indices])
