"""Gradient × input: on linear models what each player takes with it; elsewhere the slope at the full history."""

import re

import numpy as np
import pytest

from whyrec import UnsupportedError, games_for
from whyrec_plugins.explainers.gradient_input import GradientInput
from whyrec_plugins.explainers.leave_one_out import LeaveOneOut

KINDS = [("history", None), ("interests", "genre"), ("interests", "brand"), ("interests", "behavior")]


@pytest.mark.parametrize("name", ["Linear", "Slopes"])
@pytest.mark.parametrize(("kind", "by"), KINDS)
@pytest.mark.parametrize("scale", ["none", "log"])
def test_on_a_linear_model_it_is_what_the_score_loses(toys, networks, name, kind, by, scale):
    made = toys.Linear if name == "Linear" else networks.Slopes
    model = made().fit(toys.world(scale=scale))
    expected = LeaveOneOut().explain(model, toys.games(model, kind=kind, by=by))
    found = GradientInput().explain(model, toys.games(model, kind=kind, by=by))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.values, other.values, atol=1e-12)
        assert one.base_value == pytest.approx(other.base_value)


@pytest.mark.parametrize("target", ["score", "margin@2", "margin-near", "probability"])
@pytest.mark.parametrize("name", ["Tanh", "Relu"])
def test_it_is_the_slope_at_the_full_history(toys, networks, partly, name, target):
    model = getattr(networks, name)().fit(toys.world(scale="log"))
    for game in toys.games(model, users=[2, 5], target=target):
        told = GradientInput().explain(model, [game])
        score = toys.games(model, users=[2, 5], target=target)[0 if len(game.history.interest.data) == 4 else 1]
        assert score.history.interest.nnz == game.history.interest.nnz
        n, h = game.n_players, 1e-5
        asked = np.concatenate([np.ones((n, n)) + h * np.eye(n), np.ones((n, n)) - h * np.eye(n)])
        wide = games_for(model, game.history, np.arange(14)[None, :])[0]
        scores = partly(wide, asked)
        value = by_hand(model, game, target)
        slopes = (value(scores)[:n] - value(scores)[n:]) / (2 * h)
        np.testing.assert_allclose([e.values for e in told], slopes.T, rtol=1e-6, atol=1e-8)


def by_hand(model, game, target):
    """From scores of the whole catalog (m, 14) to values (m, K), by the definitions of the targets."""
    full = model.score(game.history)[0]
    inside = np.isin(np.arange(14), game.history.items)

    def value(scores):
        if target == "score":
            return scores[:, game.items]
        if target == "probability":
            return 1 / (1 + np.exp(-scores[:, game.items]))
        out = []
        for item in game.items:
            others = np.array([i for i in np.argsort(-full, kind="stable") if not inside[i] and i != item])
            if target == "margin@2":
                others = others[1:2]
            else:
                others = others[np.argsort(np.abs(full[others] - full[item]), kind="stable")[:20]]
            out.append(scores[:, item] - scores[:, others].mean(axis=1))
        return np.array(out).T

    return value


def test_it_says_that_it_does_not_add_up_and_counts_its_calls(toys, networks):
    model = networks.Tanh().fit(toys.world())
    told = GradientInput().explain(model, toys.games(model, users=[4]))
    assert not told[0].additive
    assert "the values do not add up" in told[0].note
    assert [e.model_calls for e in told] == [2, 2, 2]  # the slopes at the full history, and the base
    assert told[0].gap > 1e-3


def test_what_it_cannot_follow_is_refused(toys, networks):
    model, pooled = networks.Tanh().fit(toys.world()), toys.Pooled().fit(toys.world())
    with pytest.raises(UnsupportedError, match="follows slopes, and target 'rank' moves in jumps"):
        GradientInput().explain(model, toys.games(model, target="rank"))
    linear = toys.Linear().fit(toys.world())
    with pytest.raises(UnsupportedError, match="starts from an empty history; removal 'fill' knows none"):
        GradientInput().explain(linear, toys.games(linear, removal="fill"))
    reason = "gradient-input over history needs a model that is Differentiable or LinearInHistory; toy-pooled is not"
    with pytest.raises(UnsupportedError, match=re.escape(reason)):
        GradientInput().explain(pooled, toys.games(pooled))
    with pytest.raises(UnsupportedError, match="explains players history, interests; not features"):
        GradientInput().explain(model, toys.games(model, kind="features"))
