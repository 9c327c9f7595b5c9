"""Greedy rank: each removal is the one that hurts most, by matrix product and by asking alike."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Histories, evaluation, games_for
from whyrec_plugins.explainers import _field, _near_rivals
from whyrec_plugins.explainers._beam import order_values, schedule
from whyrec_plugins.explainers._field import Field
from whyrec_plugins.explainers._moves import Mover
from whyrec_plugins.explainers._rank_paths import rank_paths
from whyrec_plugins.explainers.greedy_rank import GreedyRank
from whyrec_plugins.recommenders.als import ALS


def by_hand(game, k, rival):
    """The greedy order of one item, every removal scored on a history of its own."""
    item, candidates = int(game.items[k]), np.flatnonzero(game.candidates)
    others = candidates[candidates != item]
    present = np.ones(game.n_players, bool)
    order = []
    while present.any():
        now = game.model.score(game.masked(present[None]))[0]
        against = others[np.argsort(-now[others], kind="stable")][min(rival, len(others)) - 1]
        keys = []
        for j in np.flatnonzero(present):
            left = present.copy()
            left[j] = False
            s = game.model.score(game.masked(left[None]))[0]
            rank = 1 + sum((s[r], -r) > (s[item], -item) for r in others)
            keys.append((-rank, s[item] - s[against], j))
        order.append(min(keys)[2])
        present[order[-1]] = False
    return order


@pytest.mark.parametrize("name", ["Linear", "Pooled", "Split"])
@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "genre")])
def test_each_removal_is_the_one_that_hurts_most(toys, name, kind, by):
    model = getattr(toys, name)().fit(toys.world(n_items=20))
    games = [g for g in toys.games(model, kind=kind, by=by) if g.n_players]
    found = iter(GreedyRank(k=3, width=1).explain(model, games))
    for game in games:
        for k in range(len(game.items)):
            one = next(found)
            assert one.order().tolist() == by_hand(game, k, 3)
            assert one.values.max() == 1.0
            assert one.values.min() > 0


@pytest.mark.parametrize("adding", [False, True])
@pytest.mark.parametrize(("removal", "tied"), [("drop", False), ("drop", True), ("fill", False)])
def test_matrix_products_and_asking_agree_on_every_move(toys, adding, removal, tied):
    model = toys.Linear().fit(toys.world(n_items=30, scale="binary" if tied else "none"))
    if tied:  # small whole numbers: many rivals score alike
        model.W, model.b = np.round(model.W), np.round(model.b)
    histories = model.data.histories.take(np.array([6]))
    game = games_for(model, histories, model.top(histories, 4).items, removal=removal)[0]
    linear, asked = Field([game]), Field([game])
    asked.unit = None
    if removal != "drop":
        asked._scorer = game.scorer(np.arange(30))
    rng = np.random.default_rng(0)
    states = [rng.random((5, game.n_players)) < 0.5 for _ in game.items]
    pairs = [(0, k) for k in range(len(game.items))]
    a, b = (Mover(f, 3, adding=adding)(pairs, states) for f in (linear, asked))
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x.open, y.open)
        np.testing.assert_array_equal(x.own_rank, y.own_rank)
        np.testing.assert_allclose(x.own_score, y.own_score, atol=1e-12)
        np.testing.assert_array_equal(x.rank[x.open], y.rank[x.open])
        for one, other in ((x.score, y.score), (x.margin, y.margin)):
            np.testing.assert_allclose(one[x.open], other[x.open], atol=1e-12)


def test_features_of_an_item_are_removed_too(toys):
    model = toys.ByFeatures().fit(toys.world(n_items=20))
    (game, *_) = toys.games(model, kind="features", users=[3])
    (one,) = GreedyRank().explain(model, [game])
    ranks = game.ranks(~np.eye(game.n_players, dtype=bool))[1][:, 0]
    assert ranks[one.order()[0]] == ranks.max()


@pytest.mark.parametrize("model_name", ["Linear", "Pooled", "als"])
def test_chunks_and_company_change_nothing(toys, monkeypatch, model_name):
    made = ALS(factors=5, iterations=2) if model_name == "als" else getattr(toys, model_name)()
    model = made.fit(toys.world(n_items=20))
    together = GreedyRank().explain(model, toys.games(model))
    monkeypatch.setattr(evaluation, "CELLS", 50)
    monkeypatch.setattr(_field, "_CELLS", 50)
    alone = [e for user in range(8) for e in GreedyRank().explain(model, toys.games(model, users=[user]), seed=3)]
    assert [e.values.tobytes() for e in together] == [e.values.tobytes() for e in alone]


def test_a_detour_that_pays_is_taken(toys):
    """Item 4 leaves the top 3 with two removals, 1 and 0, though 2 alone takes it further than 1 alone."""
    W = np.array([[3, 0, 0, 1, 3], [3, 0, 0, 0, 1], [3, 3, 3, 2, 0], [0, 1, 3, 2, 3]], float)
    interest = csr_array(np.array([[1.0] * 4 + [0.0] * 5]))
    model = toys.Linear().fit(toys.world(n_items=9))
    model.W, model.b = np.zeros((9, 9)), np.zeros(9)
    model.W[:4, 4:] = W
    (game,) = games_for(model, Histories.from_interest(interest), np.array([[4]]))
    ranks = {}
    for width in (1, 2):
        (one,) = GreedyRank(k=3, width=width).explain(model, [game])
        place = np.argsort(one.order())
        ranks[width] = game.ranks(place >= np.arange(5)[:, None])[1][:, 0].tolist()
    assert ranks[1][:3] == [1, 2, 2]
    assert ranks[2][:3] == [1, 1, 4]


@pytest.mark.parametrize("name", ["Linear", "Pooled"])
def test_of_several_paths_the_one_that_serves_all_is_told(toys, name):
    """The mean, over one to five removals and over ten bins, of the gain and of standing in the top 4 and the top 2."""
    model = getattr(toys, name)().fit(toys.world(n_items=40))
    games = [g for g in toys.games(model, k=2) if g.n_players]
    found = iter(GreedyRank(k=4).explain(model, games))

    def loss(game, k, order):
        n = game.n_players
        bins = np.cumsum([len(part) for part in np.array_split(np.arange(n), 10)])
        total = 0.0
        for depths in (np.minimum(np.arange(1, 6), n), bins):
            rank = game.ranks(np.argsort(order) >= depths[:, None])[1][:, k]
            total += np.mean(1 / np.log2(1 + rank) + (rank <= 4) / 2 + (rank <= 2) / 2)
        return total

    for game in games:
        for k in range(len(game.items)):
            paths = [path[0] for path in rank_paths(Field([game]), [(0, k)], 4, width=2, rounds=40)]
            assert len(paths) == 3
            told = loss(game, k, next(found).order())
            assert told == pytest.approx(min(loss(game, k, path) for path in paths))


def shortcut(toys, name):
    """A model with a short cut for masked histories."""

    class Pooled(toys.Pooled):
        def masked_scorer(self, history, items, *, removal="drop"):
            effects = self.E[np.ix_(history.interest.indices, items)]
            return lambda x: ((x != 0) @ effects) / np.maximum(1, (x != 0).sum(axis=1))[:, None]

    return ALS(factors=5, iterations=3) if name == "als" else Pooled()


def moves_along(game, monkeypatch, *, adding=False, alone=False):
    """Moves from each state as players move in their order: by the short cut, and by asking plainly."""
    monkeypatch.setattr(_field, "_DOWNDATED", 2)
    short, whole = Field([game]), Field([game], plain=True)
    assert short.shortcut
    assert not whole.shortcut
    near, every = (Mover(f, 3, adding=adding, alone=alone) for f in (short, whole))
    pairs = [(0, k) for k in range(len(game.items))]
    for player in range(game.n_players):
        present = (np.arange(game.n_players) >= player) ^ adding
        yield near, present, *(mover(pairs, [present[None]] * len(pairs)) for mover in (near, every))


def same(a, b):
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x.open, y.open)
        np.testing.assert_array_equal(x.own_rank, y.own_rank)
        np.testing.assert_array_equal(x.rank[x.open], y.rank[x.open])
        np.testing.assert_allclose(x.own_score, y.own_score, atol=1e-9)
        for one, other in ((x.score, y.score), (x.margin, y.margin)):
            np.testing.assert_allclose(one[x.open], other[x.open], atol=1e-9)


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("kind", ["history", "interests"])
@pytest.mark.parametrize("adding", [False, True])
@pytest.mark.parametrize("name", ["als", "pooled"])
def test_the_short_cut_and_asking_agree_on_every_move(toys, monkeypatch, name, adding, kind, alone):
    model = shortcut(toys, name).fit(toys.world(n_items=60))
    (game,) = toys.games(model, kind=kind, by=None if kind == "history" else "genre", users=[7], k=2)
    for _, _, a, b in moves_along(game, monkeypatch, adding=adding, alone=alone):
        same(a, b)


@pytest.mark.parametrize("name", ["als", "pooled"])
def test_rivals_out_of_reach_change_no_move(toys, monkeypatch, name):
    """Where rivals are left out, they would have stayed where they were."""
    monkeypatch.setattr(_near_rivals, "_FEW", 0)
    model = shortcut(toys, name).fit(toys.world(n_users=200, n_items=100))
    histories = Histories.from_interest(csr_array((np.arange(100) < 30)[None].astype(float)))
    game = games_for(model, histories, model.top(histories, 1).items)[0]
    shares = []
    for near, present, a, b in moves_along(game, monkeypatch):
        if present.sum() > 5:
            same(a, b)
        state = near._near._items[int(game.items[0])]
        lead = model.score(game.masked(present[None]))[0]
        shares.append(np.mean(np.abs(lead[state.item] - lead[state.places]) * present.sum() <= 1.5 * state.reach))
    assert min(shares) < 0.5


def test_calls_are_counted(toys):
    model = toys.Pooled().fit(toys.world())
    (game,) = toys.games(model, users=[5], k=2)
    n = game.n_players
    GreedyRank(width=1).explain(model, [game])
    # Both items start from everybody, which is asked once; then each goes its own way.
    own_ways = 2 * sum(left + 1 for left in range(1, n))
    assert 1 + n + 1 < game.calls <= 1 + n + 1 + own_ways


@pytest.mark.parametrize(("n", "rounds"), [(5, 40), (40, 40), (41, 40), (500, 40), (7, 1), (9, 2)])
def test_a_schedule_moves_everybody(n, rounds):
    steps = schedule(n, rounds)
    assert sum(steps) == n
    assert len(steps) <= max(rounds, 1)
    assert min(steps) >= 1
    assert steps[: rounds // 2] == [1] * min(n, rounds // 2)


def test_few_rounds_still_give_a_whole_order(toys):
    model = toys.Pooled().fit(toys.world())
    for one in GreedyRank(rounds=2).explain(model, toys.games(model)):
        assert sorted(one.order().tolist()) == list(range(len(one.values)))
        assert len(np.unique(one.values)) == len(one.values)


def test_values_fall_along_the_order():
    np.testing.assert_allclose(order_values(np.array([2, 0, 1, 3])), [0.75, 0.5, 1.0, 0.25])
