"""two-tower: planted structure, circumstances, cold items, sampled softmax, promises, then real data."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    AdditiveInFeatures,
    AdditiveInHistory,
    Catalog,
    CleaningReport,
    Dataset,
    Differentiable,
    Features,
    Histories,
    Index,
    LinearFirstLayer,
    ScoresFeatures,
    ScoresMasked,
    UnsupportedError,
)
from whyrec_plugins.recommenders._deep.circumstances import circumstances
from whyrec_plugins.recommenders._two_tower_network import network
from whyrec_plugins.recommenders.two_tower import TwoTower

ITEMS = np.array([9, 2, 2, 13])
SMALL = {"size": 8, "batch_size": 64, "learning_rate": 0.02, "epochs": 8}
DAY = 86400


def groups(*, cold=False):
    """Sixty users in three groups, each of its own ten items and their common feature; one item of a group is cold."""
    own = np.kron(np.eye(3), np.ones((20, 10)))
    interest = np.where(np.random.default_rng(0).random(own.shape) < 0.7, own, 0.0)
    if cold:
        interest[:, [9, 19, 29]] = 0.0
    features = Features(csr_array(np.kron(np.eye(3), np.ones((10, 1)))), ("kind",) * 3, tuple("abc"), {"kind": "multi"})
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(60))),
        Catalog(Index(tuple(f"i{j}" for j in range(30))), {}, features if cold else None),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


@pytest.fixture(scope="module")
def data(toys):
    return toys.world()


@pytest.fixture(
    scope="module", params=[{"hidden": 0}, {"hidden": 6}, {"hidden": 6, "behaviors": False, "recency": False}]
)
def model(request, data):
    return TwoTower(**{**SMALL, **request.param}, validation=0.0).fit(data, seed=1)


# -- planted structure ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"hidden": 8}, {"negatives": 20}])
def test_users_of_a_group_get_its_items(more):
    data = groups()
    model = TwoTower(**{**SMALL, **more}).fit(data)
    best = model.top(data.histories, 1).items[:, 0]
    assert (best // 10 == np.arange(60) // 20).mean() > 0.9  # by chance: one in three
    assert set(model.training_curve()) == {"loss", "accuracy", "val_loss", "val_ndcg"}


def test_items_that_nobody_met_are_ranked_by_their_features():
    data = groups(cold=True)
    model = TwoTower(**SMALL, id_dropout=0.3).fit(data)
    scores = model.score(data.histories)[:, [9, 19, 29]]
    assert (scores.argmax(axis=1) == np.arange(60) // 20).mean() > 0.9  # by chance: one in three
    # One never seen scores as one in the catalog that nobody met.
    new = model.score_features(data.histories, csr_array(np.eye(3)))
    np.testing.assert_allclose(new, scores, rtol=1e-9)


# -- what is known of the events ----------------------------------------------------------------------------------


def test_circumstances_are_shares_by_behavior_and_age():
    histories = Histories.from_events(
        np.array([0, 0, 0, 1]),
        np.array([4, 4, 2, 4]),
        np.array([3.0, 1.0, 5.0, 0.0]),
        n_rows=2,
        n_items=5,
        behaviors=np.array([0, 1, 1, 0]),
        times=np.array([0, 99 * DAY, 100 * DAY, 60 * DAY]),
        behavior_names=("buy", "click"),
    )
    assert histories.interest.indices.tolist() == [2, 4, 4]
    both = circumstances(histories, behaviors=True, now=100 * DAY).toarray()
    assert both[0].tolist() == [0, 1, 1, 0, 0, 0, 0, 0]  # item 2: a click today
    assert both[1].tolist() == [0.75, 0.25, 0, 0.25, 0, 0, 0.75, 0]  # bought 100 days ago, clicked yesterday
    assert both[2].tolist() == [1, 0, 0, 0, 0, 1, 0, 0]  # weight 0: equal shares
    assert circumstances(histories, behaviors=False, now=None).shape == (3, 0)
    assert circumstances(histories, behaviors=False, now=0).shape == (3, 6)


def test_behaviors_and_ages_move_scores(data):
    h = data.histories
    model = TwoTower(**SMALL, validation=0.0).fit(data, seed=1)
    from dataclasses import replace

    other = replace(h, behaviors=(h.behaviors + 1) % 3)
    old = replace(h, times=h.times - 400 * DAY)
    for changed in (other, old):
        assert np.abs(model.score(changed) - model.score(h))[1:].max() > 1e-4
    blind = TwoTower(**SMALL, behaviors=False, recency=False, validation=0.0).fit(data, seed=1)
    for changed in (other, old):
        np.testing.assert_array_equal(blind.score(changed), blind.score(h))


# -- the network --------------------------------------------------------------------------------------------------


def given(**more):
    X = csr_array((np.random.default_rng(0).random((40, 12)) < 0.4).astype(float))
    settings = {"size": 4, "hidden": 0, "negatives": 0, "dropout": 0.0, "id_dropout": 0.0, "decay": 0.0, "seed": 1}
    made = network(X, csr_array((X.nnz, 0)), None, **{**settings, **more})
    for layer in made.layers:  # ids and biases begin at 0
        rng = np.random.default_rng(len(layer.name))
        layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return X, made


def test_the_loss_is_the_softmax_over_all_items_of_what_the_model_scores():
    X, made = given()
    weights = {path: array.astype(float) for path, array in made.weights().items()}
    entries = np.arange(X.nnz)
    rows = np.repeat(np.arange(40), np.diff(X.indptr))
    rest = X.toarray()[rows]
    rest[entries, X.indices] = 0
    mean = rest @ weights["history/embeddings"] / np.maximum(1, rest.sum(axis=1))[:, None]
    scores = mean @ weights["ids/embeddings"].T + weights["bias/embeddings"][:, 0]
    expected = np.log(np.exp(scores).sum(axis=1)) - scores[entries, X.indices]
    found, _ = made.objectives[0].loss(np.int64(0), entries, X.indices.astype(np.int64))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_drawn_items_stand_for_all_of_them():
    """With the correction the sum over drawn items comes near that over all; without, popular items count double."""
    X, made = given(negatives=20_000)
    _, whole = given()
    entries, target = np.arange(30), X.indices[:30].astype(np.int64)
    drawn = np.asarray(made.objectives[0].loss(np.int64(5), entries, target)[0])
    exact = np.asarray(whole.objectives[0].loss(np.int64(5), entries, target)[0])
    np.testing.assert_allclose(drawn, exact, rtol=0.05, atol=0.05)


# -- promises -----------------------------------------------------------------------------------------------------


def test_capabilities(model, data, toys):
    assert all(model.can(c) for c in (AdditiveInHistory, AdditiveInFeatures, Differentiable, LinearFirstLayer))
    assert model.can(ScoresMasked) == (not model.recency)
    plain = toys.world(features=False)
    bare = TwoTower(**{**SMALL, "epochs": 1}).fit(plain)
    assert not bare.can(ScoresFeatures)
    assert not bare.can(AdditiveInFeatures)
    with pytest.raises(UnsupportedError, match="two-tower was fitted on 'toy', whose items have no features"):
        bare.score_features(plain.histories, csr_array((1, 8)))


def test_rows_are_independent_and_items_are_columns(model, data):
    h = data.histories
    together = model.score(h)
    alone = np.concatenate([model.score(h.take(np.array([row]))) for row in range(len(h))])
    np.testing.assert_allclose(together, alone, rtol=1e-9)
    np.testing.assert_allclose(model.score(h, ITEMS), together[:, ITEMS], rtol=1e-9)
    assert np.ptp(together, axis=0).max() > 1e-2


def test_presence_gradients_and_contributions(model, data):
    h = data.histories
    history, empty = h.take(np.array([5])), h.take(np.array([0]))
    n = history.interest.nnz
    presence = np.vstack([np.ones(n), np.zeros(n), np.random.default_rng(0).random((3, n))])
    scores, gradients = model.presence_gradients(history, presence, ITEMS)
    np.testing.assert_allclose(scores[:1], model.score(history, ITEMS), rtol=1e-9)
    np.testing.assert_allclose(scores[1:2], model.score(empty, ITEMS), rtol=1e-9)
    for j in range(n):
        step = np.zeros_like(presence)
        step[:, j] = 1e-6
        up, down = (model.presence_gradients(history, presence + way * step, ITEMS)[0] for way in (1, -1))
        np.testing.assert_allclose(gradients[2:, :, j], (up - down)[2:] / 2e-6, rtol=1e-4, atol=1e-7)
    contributions, base = model.history_contributions(h, ITEMS)
    summed = base.copy()
    np.add.at(summed, np.repeat(np.arange(len(h)), np.diff(h.interest.indptr)), contributions)
    np.testing.assert_allclose(summed, model.score(h, ITEMS), rtol=1e-9, atol=1e-12)


def test_the_features_of_an_item_split_its_score(model, data):
    h, F = data.histories, data.catalog.features.matrix
    np.testing.assert_allclose(model.score_features(h, F[ITEMS], ITEMS), model.score(h, ITEMS), rtol=1e-9)
    contributions, base = model.feature_contributions(h, ITEMS)
    np.testing.assert_allclose(base + contributions.sum(axis=2), model.score(h, ITEMS), rtol=1e-9, atol=1e-12)
    nothing = model.score_features(h, csr_array((4, F.shape[1])), ITEMS)
    np.testing.assert_allclose(base, nothing, rtol=1e-9)
    assert np.abs(contributions).max() > 1e-3


def test_the_short_cut_scores_altered_histories(data):
    model = TwoTower(**SMALL, behaviors=False, recency=False).fit(data)
    history = data.histories.take(np.array([5]))
    kept = np.random.default_rng(0).random((6, history.interest.nnz)) < 0.5
    altered = history.interest.data * kept
    whole = np.zeros((6, data.n_items))
    whole[:, history.interest.indices] = altered
    expected = model.score(Histories.from_interest(csr_array(whole)), ITEMS)
    np.testing.assert_allclose(model.masked_scorer(history, ITEMS)(altered), expected, rtol=1e-9)


def test_the_seed_decides_and_a_refit_forgets(data, model, toys):
    again = TwoTower(**model.settings())
    again.fit(toys.world(seed=8), seed=2)
    assert np.abs(again.score(data.histories) - model.score(data.histories)).max() > 1e-6
    again.fit(data, seed=1)
    np.testing.assert_array_equal(again.score(data.histories), model.score(data.histories))


@pytest.mark.parametrize("X", [np.zeros((2, 4)), np.ones((1, 1)), -np.ones((2, 3)), np.array([[1.0, 0.0, 0.0]])])
def test_data_that_teach_little_are_lived_with(X):
    rows, n = X.shape
    data = Dataset(
        "toy",
        Index(tuple(map(str, range(rows)))),
        Catalog(Index(tuple(map(str, range(n))))),
        Histories.from_interest(csr_array(X)),
        CleaningReport(0, 0),
    )
    assert TwoTower(**{**SMALL, "epochs": 1}).fit(data).score(data.histories).shape == X.shape


@pytest.mark.slow
@pytest.mark.data
def test_movielens(movielens):
    assert movielens.ndcg(TwoTower()) > 0.225  # popularity: 0.138; item-knn: 0.229
