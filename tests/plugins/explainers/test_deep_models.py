"""Every bundled network keeps what explainers from the inside rely on: true ends, true gradients, sums that add up."""

import numpy as np
import pytest

from whyrec import Differentiable, LinearFirstLayer, LinearInHistory, Registry
from whyrec_plugins.explainers.gradient_input import GradientInput
from whyrec_plugins.explainers.integrated_gradients import IntegratedGradients
from whyrec_plugins.explainers.smooth_path import SmoothPath

pytestmark = pytest.mark.slow  # each network is trained


def networks_known():
    """Bundled recommenders that tell their gradients and are not linear."""
    registry = Registry.discover()
    classes = [p.cls for p in registry.listed.values() if p.kind == "recommender" and p.distribution == "whyrec"]
    return sorted(c.name for c in classes if issubclass(c, Differentiable) and not issubclass(c, LinearInHistory))


@pytest.fixture(scope="module", params=networks_known())
def model(toys, request):
    return Registry.discover().make_recommender(request.param, epochs=3).fit(toys.world(n_users=40), seed=1)


def test_the_ends_of_presence_are_the_full_and_the_empty_history(model):
    for user in (3, 8):
        history, items = model.data.histories.take(np.array([user])), np.array([1, 4, 9])
        n = history.interest.nnz
        ends, _ = model.presence_gradients(history, np.array([np.zeros(n), np.ones(n)]), items)
        empty = history.keep(np.zeros(history.n_events, bool))
        expected = np.array([model.score(empty, items)[0], model.score(history, items)[0]])
        np.testing.assert_allclose(ends, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_gradients_are_those_of_small_steps(model):
    """Scores may be of single precision: steps are long, and taken at two lengths so that curvature cancels."""
    history, items = model.data.histories.take(np.array([8])), np.array([1, 4, 9])
    n = history.interest.nnz
    presence = np.random.default_rng(0).uniform(0.3, 0.7, (2, n))
    _, slopes = model.presence_gradients(history, presence, items)
    rough = np.empty_like(slopes)
    for j, unit in enumerate(np.eye(n)):
        sides = [model.presence_gradients(history, presence + h * unit, items)[0] for h in (0.02, -0.02, 0.04, -0.04)]
        near, far = (sides[0] - sides[1]) / 0.04, (sides[2] - sides[3]) / 0.08
        rough[:, :, j] = (4 * near - far) / 3
    assert np.abs(slopes).max() > 0
    scale = max(np.abs(slopes).max(), 1e-4 * np.abs(model.score(history)).max())
    # A step across a bend of relu is seen by few entries; a wrong gradient by most.
    wrong = np.abs(slopes - rough) > 0.02 * scale
    assert wrong.mean() < 0.1


@pytest.mark.parametrize("kind", ["history", "interests"])
def test_paths_add_up(toys, model, kind):
    games = toys.games(model, kind=kind, users=np.arange(10))
    for e in IntegratedGradients().explain(model, games):
        assert e.gap < 1e-9
    if model.can(LinearFirstLayer):
        assert max(e.gap for e in SmoothPath(baselines=3).explain(model, games)) < 1e-9
    assert all(np.isfinite(e.values).all() for e in GradientInput().explain(model, games))
