"""deep-embedding: planted structure, the network itself, the promises of its capabilities, then real data."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    AdditiveInHistory,
    Catalog,
    CleaningReport,
    Dataset,
    Differentiable,
    Histories,
    Index,
    LinearFirstLayer,
    LinearInHistory,
    NotFittedError,
    Probabilistic,
    ScoresFeatures,
    Trained,
    UnsupportedError,
)
from whyrec_plugins.recommenders._deep import HeldOut, mean_without
from whyrec_plugins.recommenders._deep_network import head_of, network
from whyrec_plugins.recommenders._keras import tensorflow
from whyrec_plugins.recommenders.deep_embedding import DeepEmbedding

ITEMS = np.array([9, 2, 2, 13])


def dataset(interest):
    rows, n = np.shape(interest)
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(rows))),
        Catalog(Index(tuple(f"i{j}" for j in range(n)))),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


# -- planted structure ------------------------------------------------------------------------------------------


def four_groups():
    """A hundred users in four groups of their own ten items; each met about seven of them."""
    groups = np.kron(np.eye(4), np.ones((25, 10)))
    return np.where(np.random.default_rng(0).random(groups.shape) < 0.7, groups, 0.0)


@pytest.fixture(scope="module", params=["history", "id"])
def grouped(request):
    settings = {"size": 4, "epochs": 12, "batch_size": 16, "learning_rate": 0.01, "patience": 0}
    return DeepEmbedding(tower=request.param, **settings).fit(dataset(four_groups()))


def test_users_of_a_group_get_its_items(grouped):
    best = grouped.top(grouped.data.histories, 1).items[:, 0]
    assert (best // 10 == np.arange(100) // 25).mean() > 0.9  # by chance: one in four
    curve = grouped.training_curve()
    assert curve["loss"][-1] < 0.8 * curve["loss"][0]


def test_fidelity_of_folding_in(grouped):
    if grouped.tower == "history":
        with pytest.raises(UnsupportedError, match="tower 'history' has no user vectors besides the folded-in ones"):
            grouped.fold_in_fidelity()
        return
    found = grouped.fold_in_fidelity(k=3)
    assert found["users"] == 100
    assert 0.8 < found["cosine"] <= 1.0  # what a vector says is the group, and the history shows it
    assert 0.0 < found["overlap"] <= 1.0


def test_training_does_not_learn_that_what_is_in_the_history_is_liked():
    # Nothing relates the items, so no history says anything: the best loss is that of 1 positive in 5.
    X = (np.random.default_rng(0).random((600, 12)) < 0.3).astype(float)
    model = DeepEmbedding(size=16, epochs=10, learning_rate=0.005).fit(dataset(X))
    assert 0.47 < model.training_curve()["loss"][-1] < 0.51  # entropy of one in five: 0.5004


# -- the network ------------------------------------------------------------------------------------------------


def test_the_layers_are_those_of_the_drawing():
    made = network("id", csr_array((7, 5)), 4, 0)
    assert [type(layer).__name__ for layer in made.layers] == ["Embedding", "Embedding", "Dense", "Dense"]
    assert {path: array.shape for path, array in made.weights().items()} == {
        "users/embeddings": (7, 4),
        "items/embeddings": (5, 4),
        "hidden/kernel": (1, 64),
        "hidden/bias": (64,),
        "out/kernel": (64, 1),
        "out/bias": (1,),
    }
    assert made.layers[2].activation.__name__ == "relu"
    assert [layer.name for layer in network("history", csr_array((7, 5)), 4, 0).layers] == ["items", "hidden", "out"]


@pytest.mark.parametrize("seed", range(5))
def test_the_head_starts_rising(seed):
    head = head_of(network("id", csr_array((7, 5)), 4, seed).weights())
    assert (np.diff(head(np.linspace(-1, 1, 21))) > 0).all()


def test_the_history_tower_pools_what_is_left_without_the_positive():
    X = np.array([[2.0, 1.0, 0.0, -1.0], [0.0, 0.0, 3.0, 0.0]])
    items = network("history", csr_array(X), 4, 0).layers[0]
    E = np.asarray(items.get_weights()[0], np.float64)
    found = mean_without(csr_array(X), lambda _, item: items(item))(np.array([0, 3, 1]))
    expected = [(E[1] - E[3]) / 2, np.zeros(4), (2 * E[0] - E[3]) / 3]
    np.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("tower", ["history", "id"])
def test_the_loss_is_that_of_the_layers_as_drawn_in_keras(tower, toys):
    """Embedding, Flatten, Dot, Dense(64, relu), Dense(1, sigmoid), Keras's binary cross-entropy, as one writes it."""
    keras = tensorflow().keras
    interest = toys.world().histories.interest
    made = network(tower, interest, 6, 3)
    rng = np.random.default_rng(0)
    entry = rng.integers(0, interest.nnz, 20)
    judged, labels = rng.integers(0, 14, (20, 3)), (rng.random((20, 3)) < 0.5).astype("float32")
    (objective,), tables = made.objectives, {layer.name: layer for layer in made.layers}
    losses, right = objective.loss(0, entry, judged, labels)

    size, item = keras.Input((6,)), keras.Input((1,))
    dot = keras.layers.Dot(axes=1)([size, keras.layers.Flatten()(tables["items"](item))])
    p = keras.layers.Activation("sigmoid")(tables["out"](tables["hidden"](dot)))
    drawn = keras.Model([size, item], p)
    user = np.repeat(np.arange(8), np.diff(interest.indptr))[entry]
    pooled = mean_without(interest, lambda _, item: tables["items"](item))
    u = tables["users"](user) if tower == "id" else pooled(entry)
    found = np.column_stack([drawn.predict([np.asarray(u), judged[:, [k]]], verbose=0) for k in range(3)])
    expected = keras.losses.binary_crossentropy(labels[..., None], found[..., None])
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(right), (found > 0.5) == (labels > 0.5))


def test_scores_are_those_of_the_network(data):
    model = DeepEmbedding(epochs=10, learning_rate=0.03, negatives=3, batch_size=8).fit(data)
    made = model._network(data, 0)
    made.load(model._weights)
    users = np.arange(1, 8)
    interest = data.histories.interest
    items = np.tile(np.array([0, 5, 9, 13]), (7, 1))
    entry = interest.indptr[users]
    left_out = interest.indices[entry]
    losses, _ = made.objectives[0].loss(0, entry, items, np.ones((7, 4), "float32"))
    rest = interest[users].toarray()
    rest[np.arange(7), left_out] = 0.0
    scores = model.score(Histories.from_interest(csr_array(rest)), items[0])
    np.testing.assert_allclose(-np.log(model.probability(scores)), losses, rtol=1e-4)
    assert np.ptp(scores) > 0.01


# -- promises ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(toys):
    return toys.world()


@pytest.fixture(scope="module", params=["history", "id"])
def model(request, data):
    settings = {"size": 6, "epochs": 6, "batch_size": 8, "learning_rate": 0.05, "validation": 0.0}
    return DeepEmbedding(tower=request.param, **settings).fit(data, seed=1)


@pytest.fixture(scope="module")
def unseen(data):
    rng = np.random.default_rng(5)
    interest = np.where(rng.random((6, data.n_items)) < 0.5, rng.normal(1.0, 1.0, (6, data.n_items)), 0.0)
    interest[3] = 0.0
    interest[4] = 0.0
    interest[4, :2] = [1.0, -1.0]
    return Histories.from_interest(csr_array(interest))


def test_capabilities(model):
    for one in (DeepEmbedding(), model):
        assert all(one.can(c) for c in (AdditiveInHistory, Differentiable, LinearFirstLayer, Probabilistic, Trained))
        assert not any(one.can(c) for c in (LinearInHistory, ScoresFeatures))


def test_rows_are_independent_and_items_are_columns(model, unseen):
    together = model.score(unseen)
    alone = np.concatenate([model.score(unseen.take(np.array([row]))) for row in range(len(unseen))])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.score(unseen, ITEMS), together[:, ITEMS], rtol=0, atol=1e-12)
    assert np.ptp(together) > 1e-3


def test_a_history_scores_the_same_however_strong_it_is(model, unseen):
    interest = unseen.interest
    twice = Histories.from_interest(csr_array((interest.data * 2, interest.indices, interest.indptr), (6, 14)))
    np.testing.assert_allclose(model.score(twice), model.score(unseen), rtol=0, atol=1e-12)


def test_additive_in_history(model, unseen):
    contributions, base = model.history_contributions(unseen, ITEMS)
    assert contributions.shape == (unseen.interest.nnz, 4)
    row = np.repeat(np.arange(6), np.diff(unseen.interest.indptr))
    summed = base.copy()
    np.add.at(summed, row, contributions)
    np.testing.assert_allclose(summed, model.score(unseen, ITEMS), rtol=0, atol=1e-12)
    nothing = np.tile(model.score(unseen.take(np.array([3])), ITEMS), (6, 1))
    np.testing.assert_allclose(base, nothing, rtol=0, atol=1e-12)
    assert np.abs(contributions).max() > 1e-3


def test_contributions_share_out_the_dot_product_evenly(model, unseen):
    """Within a row and item, contributions stand to each other as the parts of the dot product do."""
    contributions, _ = model.history_contributions(unseen, ITEMS)
    interest = unseen.interest
    own = slice(interest.indptr[0], interest.indptr[1])
    parts = interest.data[own, None] * (model._users.vectors @ model._items[ITEMS].T)[interest.indices[own]]
    cross = contributions[own][:, None] * parts[None] - contributions[own][None] * parts[:, None]
    assert np.abs(cross).max() < 1e-12 * max(1.0, np.abs(parts).max())


def test_contributions_add_up_where_the_dot_product_vanishes(model, data):
    """Two items that cancel: s is about 0, its parts are not."""
    target = np.array([9])
    g = model._users.vectors @ model._items[9]
    up, down = int(np.argmax(g)), int(np.argmin(g))
    X = np.zeros((3, data.n_items))
    X[:, up] = 1.0
    X[:, down] = [-g[up] / g[down], -g[up] / g[down] * (1 + 1e-13), -g[up] / g[down] * (1 + 1e-9)]
    histories = Histories.from_interest(csr_array(X))
    contributions, base = model.history_contributions(histories, target)
    gap = base[:, 0] + contributions[:, 0].reshape(3, 2).sum(axis=1) - model.score(histories, target)[:, 0]
    mass = np.abs(contributions[:, 0]).reshape(3, 2).sum(axis=1) + np.abs(base[:, 0])
    assert (np.abs(gap) <= 1e-12 * mass).all()


def test_presence_gradients(model, unseen):
    history = unseen.take(np.array([0]))
    n = history.interest.nnz
    presence = np.vstack([np.ones(n), np.zeros(n), np.random.default_rng(0).random((3, n))])
    scores, gradients = model.presence_gradients(history, presence, ITEMS)
    np.testing.assert_allclose(scores[:1], model.score(history, ITEMS), rtol=1e-9)
    np.testing.assert_allclose(scores[1:2], model.score(unseen.take(np.array([3])), ITEMS), rtol=1e-9)
    for j in range(n):
        step = np.zeros_like(presence)
        step[:, j] = 1e-6
        up, down = (model.presence_gradients(history, presence + way * step, ITEMS)[0] for way in (1, -1))
        np.testing.assert_allclose(gradients[2:, :, j], (up - down)[2:] / 2e-6, rtol=1e-4, atol=1e-8)
    assert np.abs(gradients).max() > 1e-3


def test_probability_is_the_sigmoid():
    found = DeepEmbedding().probability(np.array([[0.0, np.log(3.0), -1e9, 1e9]]))
    np.testing.assert_allclose(found, [[0.5, 0.75, 0.0, 1.0]], rtol=0, atol=1e-15)


def test_the_curve_has_a_number_an_epoch_and_progress_is_told(data):
    told = []
    model = DeepEmbedding(epochs=3, refit=False).fit(data, progress=lambda share, text: told.append((share, text)))
    curve = model.training_curve()
    assert set(curve) == {"loss", "accuracy", "val_loss", "val_accuracy", "val_ndcg"}
    assert all(len(values) == 3 for values in curve.values())
    assert [share for share, _ in told] == [pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]
    assert told[0][1].startswith(f"epoch 1/3, loss {curve['loss'][0]:.4f}, NDCG@10 ")
    blind = DeepEmbedding(epochs=2, validation=0.0).fit(data)
    assert set(blind.training_curve()) == {"loss", "accuracy"}


def test_validation_judges_hidden_items_against_drawn_ones():
    hidden = csr_array(np.array([[0.0, 1, 0, 0, 0], [0, 0, 0, 1, 0]]))
    seen = Histories.from_interest(csr_array(np.array([[1.0, 0, 0, 0, 0], [0, 1, 1, 0, 0]])))
    scores = np.array([[9.0, 2.0, -1.0, -1.0, -1.0], [-3.0, 9.0, 9.0, -1.0, -3.0]])
    found = DeepEmbedding(negatives=2)._judged(scores, HeldOut(np.arange(2), seen, hidden), np.random.default_rng(0))
    loss = [np.log1p(np.exp(-2.0)), *[np.log1p(np.exp(-1.0))] * 2, np.log1p(np.exp(1.0)), *[np.log1p(np.exp(-3.0))] * 2]
    assert found == {"val_loss": pytest.approx(np.mean(loss)), "val_accuracy": pytest.approx(5 / 6)}


def test_the_best_epoch_is_kept_or_the_last(unseen):
    settings = {
        "epochs": 5,
        "learning_rate": 0.02,
        "size": 16,
        "tower": "id",
        "validation": 0.5,
        "patience": 0,
        "refit": False,
    }
    data = dataset((np.random.default_rng(0).random((60, 14)) < 0.3).astype(float))  # nothing to learn but by heart
    last = DeepEmbedding(**settings, keep_best=False).fit(data)
    best = DeepEmbedding(**settings).fit(data)
    assert best.training_curve() == last.training_curve()
    epoch = int(np.argmax(best.training_curve()["val_ndcg"])) + 1
    assert epoch < 5  # else this test shows nothing
    stopped = DeepEmbedding(**{**settings, "epochs": epoch}, keep_best=False).fit(data)
    np.testing.assert_array_equal(best.score(unseen), stopped.score(unseen))
    assert np.abs(best.score(unseen) - last.score(unseen)).max() > 1e-3


def test_the_seed_decides_and_a_refit_forgets(data, model, toys, unseen):
    again = DeepEmbedding(**model.settings())
    again.fit(toys.world(seed=8), seed=2)
    assert np.abs(again.score(unseen) - model.score(unseen)).max() > 1e-6
    again.fit(data, seed=1)
    np.testing.assert_array_equal(again.score(unseen), model.score(unseen))
    assert again.training_curve() == model.training_curve()


def test_before_a_fit_everything_is_refused(unseen):
    for ask in (
        lambda m: m.score(unseen),
        lambda m: m.training_curve(),
        lambda m: m.fold_in_fidelity(),
        lambda m: m.history_contributions(unseen, ITEMS),
    ):
        with pytest.raises(NotFittedError, match="deep-embedding was not fitted yet"):
            ask(DeepEmbedding())


@pytest.mark.parametrize("tower", ["history", "id"])
@pytest.mark.parametrize("X", [np.zeros((2, 4)), np.ones((1, 1)), -np.ones((2, 3)), np.array([[1.0, 0.0, 0.0]])])
def test_data_that_teach_nothing_are_lived_with(X, tower):
    model = DeepEmbedding(epochs=1, size=3, tower=tower).fit(dataset(X))
    assert model.score(dataset(X).histories).shape == X.shape
    assert set(model.training_curve()) <= {"loss", "accuracy", "val_loss", "val_accuracy", "val_ndcg"}


@pytest.mark.slow
@pytest.mark.data
def test_movielens_is_ranked_above_popularity(movielens):
    model = DeepEmbedding(batch_size=256, learning_rate=0.004)
    assert movielens.ndcg(model) > 0.155  # popularity: 0.138


def test_the_short_cut_scores_altered_histories_like_histories(grouped):
    model, data = grouped, grouped.data
    history = data.histories.take(np.array([3]))
    items = model.top(history, 3).items[0]
    n = history.interest.nnz
    altered = history.interest.data * (np.random.default_rng(0).random((6, n)) < 0.6)
    altered[0] = 0
    whole = np.zeros((6, data.n_items))
    whole[:, history.interest.indices] = altered
    expected = model.score(Histories.from_interest(csr_array(whole)), items)
    np.testing.assert_allclose(model.masked_scorer(history, items)(altered), expected, rtol=1e-9, atol=1e-12)
    full = history.interest.data[None, :]
    for removal in ("drop", "shrink", "fill"):
        values = model.masked_scorer(history, items, removal=removal)(full)
        np.testing.assert_allclose(values, model.score(history, items), rtol=1e-9)
    # Shrunk to one item, the mean is that item's share of the whole; filled, the rest is the mean item.
    one = np.zeros((1, n))
    one[0, 0] = full[0, 0]
    vectors, share = model._users.vectors, full[0, 0] / full.sum()
    mean = data.popularity @ vectors
    first = vectors[history.interest.indices[0]]
    targets = model._items[items].T
    shrunk = model._head((share * first + model._users.constant) @ targets)
    filled = model._head((share * first + (1 - share) * mean + model._users.constant) @ targets)
    np.testing.assert_allclose(model.masked_scorer(history, items, removal="shrink")(one)[0], shrunk, rtol=1e-9)
    np.testing.assert_allclose(model.masked_scorer(history, items, removal="fill")(one)[0], filled, rtol=1e-9)
