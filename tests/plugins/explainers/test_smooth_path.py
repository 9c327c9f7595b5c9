"""Smooth path: what sets a history apart from others, and what the base then means."""

import numpy as np
import pytest

from whyrec import CompletenessError, Dataset, UnsupportedError, games_for
from whyrec_plugins.explainers.integrated_gradients import IntegratedGradients
from whyrec_plugins.explainers.smooth_path import SmoothPath

KINDS = [("history", None), ("interests", "genre"), ("interests", "brand"), ("interests", "behavior")]


def others_of(model, user):
    return np.array([u for u in range(1, model.data.n_users) if u != user])  # user 0 has no history


@pytest.mark.parametrize("name", ["Linear", "Slopes"])
@pytest.mark.parametrize(("kind", "by"), KINDS)
def test_on_a_linear_model_each_value_is_less_an_equal_share_of_the_others(toys, networks, name, kind, by):
    made = toys.Linear if name == "Linear" else networks.Slopes
    model = made().fit(toys.world(scale="log"))
    for user in (2, 5):
        (game,) = toys.games(model, kind=kind, by=by, users=[user])
        others = model.score(model.data.histories.take(others_of(model, user)), game.items)
        bias = model.score(game.masked(np.zeros((1, game.n_players), bool)), game.items)[0]
        expected = toys.shapley_of(game) - (others.mean(axis=0) - bias)[:, None] / game.n_players
        told = SmoothPath(baselines=100).explain(model, [game])
        np.testing.assert_allclose([e.values for e in told], expected, atol=1e-10)
        np.testing.assert_allclose([e.base_value for e in told], others.mean(axis=0))
        assert "the base is the mean over 6 other histories, not an empty one" in told[0].note


@pytest.mark.parametrize("target", ["score", "margin@2", "probability"])
@pytest.mark.parametrize("name", ["Tanh", "Relu"])
@pytest.mark.parametrize(("kind", "by"), KINDS)
def test_it_adds_up_from_the_mean_of_the_others(toys, networks, name, target, kind, by):
    model = getattr(networks, name)().fit(toys.world(scale="log"))
    told = SmoothPath(baselines=3).explain(model, toys.games(model, kind=kind, by=by, target=target, users=[3, 6]))
    for e in told:
        assert e.additive
        assert e.gap < 1e-12
        assert e.std_error is not None


def test_the_path_is_followed_by_hand(toys, networks):
    """One other history b, own x: the slopes along z_b + α (z_x − z_b), by small steps of each player's gate."""
    data = toys.world(n_users=3)
    model = networks.Tanh().fit(data)
    (game,) = toys.games(model, users=[2], k=2)
    own, other = (data.histories.take(np.array([u])).interest for u in (2, 1))
    parts = own.data[:, None] * model.A[own.indices]
    rest = other.toarray()[0] @ model.A
    n, h = len(parts), 1e-5
    nodes, weights = np.polynomial.legendre.leggauss(60)

    def value(t):
        return np.tanh(t @ parts + (1 - t.mean(axis=1))[:, None] * rest + model.a) @ model.B[:, game.items]

    expected = np.zeros((2, n))
    for j in range(n):
        at = np.tile(0.5 * (nodes[:, None] + 1), (1, n))
        step = h * (np.arange(n) == j)
        expected[:, j] = 0.5 * weights @ (value(at + step) - value(at - step)) / (2 * h)
    told = SmoothPath(tolerance=1e-9).explain(model, [game])
    np.testing.assert_allclose([e.values for e in told], expected, atol=1e-7)


def test_the_order_differs_from_that_against_nobody(toys, networks):
    model = networks.Tanh().fit(toys.world(n_users=30))
    games = toys.games(model)
    pairs = zip(SmoothPath().explain(model, games), IntegratedGradients().explain(model, games), strict=True)
    assert any(list(a.order()) != list(b.order()) for a, b in pairs)


def test_all_users_meet_the_same_histories_and_none_its_own(toys, networks):
    model = networks.Tanh().fit(toys.world(n_users=30))
    together = SmoothPath(baselines=4).explain(model, toys.games(model, users=[3, 9]), seed=1)
    alone = SmoothPath(baselines=4).explain(model, toys.games(model, users=[9]), seed=1)
    for one, other in zip(together[3:], alone, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
    again = SmoothPath(baselines=4).explain(model, toys.games(model, users=[9]), seed=2)
    assert not np.allclose(alone[0].values, again[0].values)
    all_but_own = SmoothPath(baselines=30).explain(model, toys.games(model, users=[9]))
    expected = model.score(model.data.histories.take(np.setdiff1d(np.arange(1, 30), 9)))
    items = model.top(model.data.histories.take(np.array([9])), 3).items[0]
    np.testing.assert_allclose([e.base_value for e in all_but_own], expected[:, items].mean(axis=0))


def test_its_error_covers_what_other_histories_would_give(toys, networks):
    model = networks.Tanh().fit(toys.world(n_users=60))
    game = toys.games(model, users=[9], k=1)
    (truth,) = SmoothPath(baselines=100).explain(model, game)
    drawn = [SmoothPath(baselines=8).explain(model, game, seed=s)[0] for s in range(60)]
    np.testing.assert_allclose(truth.std_error, 0.0)
    spread = np.sqrt(np.mean([(e.values - truth.values) ** 2 for e in drawn]))
    told = np.sqrt(np.mean([e.std_error**2 for e in drawn]))
    assert told == pytest.approx(spread, rel=0.25)
    assert SmoothPath(baselines=1).explain(model, game)[0].std_error is None


def test_what_is_not_meant_is_refused(toys, networks):
    linear = toys.Linear().fit(toys.world())
    with pytest.raises(UnsupportedError, match="in place of the absent; removal 'shrink' does not apply"):
        SmoothPath().explain(linear, toys.games(linear, removal="shrink"))
    with pytest.raises(UnsupportedError, match="target 'rank' moves in jumps"):
        SmoothPath().explain(linear, toys.games(linear, target="rank"))
    pooled = toys.Pooled().fit(toys.world())
    with pytest.raises(UnsupportedError, match="needs a model that is LinearFirstLayer or LinearInHistory"):
        SmoothPath().explain(pooled, toys.games(pooled))
    lonely = Dataset.from_frame({"user_id": ["a", "a"], "item_id": ["x", "y"]})
    alone = networks.Tanh().fit(lonely)
    with pytest.raises(UnsupportedError, match=r"smooth-path needs histories of other users, and '.*' has none"):
        SmoothPath().explain(alone, games_for(alone, lonely.histories, np.array([[0]]), users=["a"]))
    model = networks.Relu().fit(toys.world())
    with pytest.raises(CompletenessError, match=r"smooth-path on toy-relu: after .* steps the path for user 'u6'"):
        SmoothPath(steps=1, most=6, tolerance=1e-9).explain(model, toys.games(model, users=[6]))
