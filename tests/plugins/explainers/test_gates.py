"""Gates: the presence of items is what is left of them on average when each player is there with the same chance."""

import itertools

import numpy as np
import pytest

from whyrec import Histories, UnsupportedError, interest_players
from whyrec_plugins.explainers._gates import Gates

KINDS = [("history", None), ("interests", "genre"), ("interests", "brand"), ("interests", "behavior")]
SCALES = ["none", "log", "binary", "saturate"]


def expected(game, gates):
    """(n_entries,) the mean of the interest left, relative to the whole, over all coalitions."""
    total = 0.0
    for coalition in itertools.product([False, True], repeat=game.n_players):
        mask = np.array(coalition)
        chance = np.prod(np.where(mask, gates, 1 - gates))
        total = total + chance * game.interests(mask[None])[0]
    return total / game.history.interest.data


def games(toys, kind, by, scale, dislikes=False):
    data = toys.world(scale=scale)
    if dislikes:
        data.histories.weights[::3] *= -1.0
    return toys.games(toys.Linear().fit(data), kind=kind, by=by, users=[1, 3, 5])


@pytest.mark.parametrize(("kind", "by"), KINDS)
@pytest.mark.parametrize("scale", SCALES)
def test_presence_is_the_mean_over_coalitions(toys, kind, by, scale):
    for game in games(toys, kind, by, scale):
        gates = Gates.of(game.history, game.players)
        found = gates.presence(np.array([0.0, 0.3, 1.0]))
        np.testing.assert_allclose(found[1], expected(game, np.full(game.n_players, 0.3)), atol=1e-12)
        np.testing.assert_allclose(found[[0, 2]], [np.zeros(found.shape[1]), np.ones(found.shape[1])], atol=1e-12)


@pytest.mark.parametrize(("kind", "by"), KINDS)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dislikes", [False, True])
def test_one_gate_moves_presence_by_its_slope(toys, kind, by, scale, dislikes):
    """Expectations are linear in each gate, so that a difference over the whole range is the slope."""
    for game in games(toys, kind, by, scale, dislikes):
        if (np.abs(game.history.interest.data) < 1e-12).any():
            continue  # events that cancel: no share of nothing
        gates, n = Gates.of(game.history, game.players), game.n_players
        slopes = np.eye(game.history.interest.nnz)[None]
        pulled = gates.pull(np.array([0.3]), slopes)[0]
        for p in range(n):
            low, high = np.full(n, 0.3), np.full(n, 0.3)
            low[p], high[p] = 0.0, 1.0
            np.testing.assert_allclose(pulled[:, p], expected(game, high) - expected(game, low), atol=1e-10)


@pytest.mark.parametrize("scale", ["none", "log"])
def test_events_that_cancel_count_by_their_number(toys, scale):
    data = toys.world(scale=scale)
    history = Histories.from_events(
        np.zeros(3, int), np.array([1, 1, 2]), np.array([1.0, -1.0, 1.0]), n_rows=1, n_items=14,
        behaviors=np.array([0, 1, 1]), behavior_names=data.histories.behavior_names, scale=scale,
    )  # fmt: skip
    gates = Gates.of(history, interest_players(history, data, "behavior"))
    np.testing.assert_allclose(gates.presence(np.array([0.25])), [[0.25, 0.25]])
    np.testing.assert_allclose(gates.pull(np.array([0.25]), np.eye(2)[None])[0], [[0.5, 0.5], [0.0, 1.0]])


def test_too_many_players_that_share_items_unevenly_are_refused(toys):
    data = toys.world(scale="log")
    n = 26
    names = tuple(f"b{i}" for i in range(n // 2))
    history = Histories.from_events(
        np.zeros(n, int), np.repeat([1, 2], n // 2), np.ones(n), n_rows=1, n_items=14,
        behaviors=np.arange(n) % 13, behavior_names=names, scale="log",
    )  # fmt: skip
    with pytest.raises(UnsupportedError, match=r"13 interests share items unevenly.*'log'; at most 12 can be followed"):
        Gates.of(history, interest_players(history, data, "behavior"))
