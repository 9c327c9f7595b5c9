"""Oracle: every way of asking it gives the planted scores, and what it says of itself is true."""

import numpy as np
import pytest

from whyrec import (
    AdditiveInHistory,
    Histories,
    KnownShapley,
    LinearInHistory,
    NotFittedError,
    PlantedFunction,
    PlantedTruth,
    ScoresMasked,
    UnsupportedError,
    games_for,
)
from whyrec_plugins.datasets.planted import Planted
from whyrec_plugins.recommenders.oracle import Oracle

WORLDS = ("additive", "interactions", "duplicates", "inert", "popularity", "pooled")


@pytest.fixture(scope="module", params=WORLDS)
def oracle(request):
    return Oracle().fit(Planted(world=request.param, users=12, items=60, longest=30, order=3).load(seed=2))


def masks(history, n=50):
    return np.random.default_rng(0).random((n, history.interest.nnz)) < 0.5


def test_scores_are_the_planted_ones_alone_or_in_a_batch(oracle) -> None:
    histories = oracle.data.histories
    scores = oracle.score(histories)
    np.testing.assert_allclose(scores, oracle.data.truth.function.scores(histories))
    np.testing.assert_allclose(oracle.score(histories.take(np.array([3])))[0], scores[3], rtol=1e-12)
    np.testing.assert_array_equal(oracle.score(histories, np.array([5, 1])), scores[:, [5, 1]])


def test_the_short_cut_scores_what_is_left(oracle) -> None:
    history, items = oracle.data.histories.take(np.array([4])), np.array([7, 50])
    keep = masks(history)
    found = oracle.masked_scorer(history, items)(keep * history.interest.data)
    np.testing.assert_allclose(found, oracle.score(history.masked(keep), items), atol=1e-10)


@pytest.mark.parametrize("removal", ["shrink", "fill"])
def test_other_removal_rules_meet_drop_where_they_must(oracle, removal: str) -> None:
    """All hide nothing when everybody is there; shrinking differs for means alone."""
    history, items = oracle.data.histories.take(np.array([4])), np.array([7, 50])
    keep = masks(history) * history.interest.data
    full = history.interest.data[None, :]
    found = oracle.masked_scorer(history, items, removal=removal)
    np.testing.assert_allclose(found(full), oracle.score(history, items), atol=1e-10)
    alike = np.allclose(found(keep), oracle.masked_scorer(history, items)(keep))
    assert alike == (removal == "shrink" and oracle.data.name != "planted: pooled")


def test_filling_puts_mean_items_in_place_of_hidden_ones(oracle) -> None:
    """A catalog with one more item, the mean of all by popularity, scored as a history that holds it."""
    data = oracle.data
    history, items = data.histories.take(np.array([4])), np.array([7, 50])
    x = history.interest
    hidden = np.zeros(x.nnz, bool)
    hidden[0] = True
    found = oracle.masked_scorer(history, items, removal="fill")(np.where(hidden, 0.0, x.data)[None, :])
    mean = [data.popularity @ t.carried for t in data.truth.function.terms]
    terms = [
        type(t)(np.vstack([t.carried, m]), np.vstack([t.wanted, m]), order=t.order, mean=t.mean)
        for t, m in zip(data.truth.function.terms, mean, strict=True)
    ]
    wider = PlantedFunction(np.append(data.truth.function.bias, 0.0), tuple(terms))
    held = np.where(hidden, data.n_items, x.indices)
    filled = Histories.from_events(np.zeros(x.nnz, np.int64), held, x.data, n_rows=1, n_items=data.n_items + 1)
    np.testing.assert_allclose(found, wider.scores(filled, items), atol=1e-10)


def test_its_split_and_its_shapley_values_add_up(oracle) -> None:
    history, items = oracle.data.histories.take(np.array([4])), np.array([7, 50])
    moved = oracle.score(history, items)[0] - oracle.data.truth.function.bias[items]
    split, base = oracle.history_contributions(history, items)
    np.testing.assert_allclose(split.sum(axis=0), moved, atol=1e-10)
    np.testing.assert_allclose(base[0], oracle.data.truth.function.bias[items])
    values = oracle.shapley_values(history, items)
    np.testing.assert_allclose(values.sum(axis=0), moved, atol=1e-10)
    assert np.allclose(values, split) == (oracle.data.name != "planted: pooled")


def test_it_is_linear_where_its_world_is(oracle) -> None:
    linear = oracle.data.name == "planted: additive"
    assert oracle.can(LinearInHistory) == linear
    assert oracle.can(KnownShapley)
    assert oracle.can(ScoresMasked)
    assert oracle.can(AdditiveInHistory)
    if linear:
        W, b = oracle.history_weights(np.array([7, 50]))
        scores = oracle.score(oracle.data.histories, np.array([7, 50]))
        np.testing.assert_allclose(oracle.data.histories.interest @ W + b, scores, atol=1e-12)
    else:
        with pytest.raises(UnsupportedError, match="the planted function is not linear in the history"):
            oracle.history_weights(np.array([7]))


def test_a_closed_oracle_gives_nothing_away_but_scores() -> None:
    model = Oracle(transparent=False).fit(Planted(world="additive", users=5).load())
    assert not model.can(LinearInHistory)
    assert not model.can(AdditiveInHistory)
    (game,) = games_for(model, model.data.histories.take(np.array([0])), np.array([[3]]))
    assert game.linear is None


def test_data_without_a_planted_function_are_refused(toys) -> None:
    with pytest.raises(UnsupportedError, match="data with a planted function; 'toy' has none\n  use the data source"):
        Oracle().fit(toys.world())
    world = Planted(users=5).load()
    small = PlantedTruth(function=PlantedFunction(np.zeros(3)))
    with pytest.raises(UnsupportedError, match="speaks of 3 items; the data have 500"):
        Oracle().fit(type(world)(**{**vars(world), "truth": small}))
    with pytest.raises(NotFittedError, match="oracle was not fitted yet"):
        Oracle().history_weights(np.array([0]))
    assert not Oracle().can(LinearInHistory)
