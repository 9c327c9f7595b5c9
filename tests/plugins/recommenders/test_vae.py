"""vae: planted structure, scores as Keras gives them, the promises of its capabilities, then real data."""

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
    ScoresFeatures,
    ScoresMasked,
    Trained,
)
from whyrec_plugins.recommenders._deep.stacked import over_length
from whyrec_plugins.recommenders.vae import VAE

ITEMS = np.array([9, 2, 2, 13])
SMALL = {"hidden": 16, "size": 4, "batch_size": 16, "learning_rate": 0.01, "annealing": 5}


def dataset(interest):
    rows, n = np.shape(interest)
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(rows))),
        Catalog(Index(tuple(f"i{j}" for j in range(n)))),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


def four_groups():
    """A hundred users in four groups of their own ten items; each met about seven of them."""
    groups = np.kron(np.eye(4), np.ones((25, 10)))
    return np.where(np.random.default_rng(0).random(groups.shape) < 0.7, groups, 0.0)


@pytest.fixture(scope="module", params=[16, 0], ids=["hidden layers", "no hidden layers"])
def settings(request):
    return {**SMALL, "hidden": request.param}


@pytest.fixture(scope="module")
def grouped(settings):
    return VAE(**settings, epochs=25).fit(dataset(four_groups()))


@pytest.fixture(scope="module")
def data(toys):
    return toys.world()


@pytest.fixture(scope="module")
def model(data, settings):
    return VAE(**settings, epochs=5, validation=0.0).fit(data, seed=1)


@pytest.fixture(scope="module")
def unseen(data):
    rng = np.random.default_rng(5)
    interest = np.where(rng.random((6, data.n_items)) < 0.5, rng.normal(1.0, 1.0, (6, data.n_items)), 0.0)
    interest[3] = 0.0
    return Histories.from_interest(csr_array(interest))


def test_users_of_a_group_get_its_items(grouped):
    best = grouped.top(grouped.data.histories, 1).items[:, 0]
    assert (best // 10 == np.arange(100) // 25).mean() > 0.9  # by chance: one in four


def test_the_curve_has_both_parts_of_the_bound(grouped):
    curve = grouped.training_curve()
    assert set(curve) == {"loss", "surprise", "divergence", "val_loss", "val_ndcg"}
    # ln 40 = 3.69 to begin with; ln 7 = 1.95 for who knows the group, and which seven of its items.
    assert curve["surprise"][0] > 3.5
    assert min(curve["surprise"]) < 2.6
    assert curve["divergence"][-1] > 1.0  # the code says something


def test_scores_are_those_of_the_layers(model, unseen):
    network = model._network(model.data, 0)
    network.load(model._weights)
    mean, items = (next(layer for layer in network.layers if layer.name == name) for name in ("mean", "items"))
    read, write = (network.layers[0], network.layers[3]) if model.hidden else (lambda x: x, lambda z: z)
    x = unseen.interest.toarray()
    x /= np.maximum(np.linalg.norm(x, axis=1), 1e-12)[:, None]
    expected = items(write(mean(read(x.astype(np.float32)))))
    np.testing.assert_allclose(model.score(unseen), expected, rtol=1e-4, atol=1e-5)


def test_no_tensorflow_is_needed_to_score(model, unseen, monkeypatch):
    other = VAE(**model.settings())
    for name in VAE.state:
        setattr(other, name, getattr(model, name))
    other.mark_fitted(*model.fitted_with())
    monkeypatch.setattr("whyrec_plugins.recommenders.vae.tensorflow", None)
    np.testing.assert_array_equal(other.score(unseen), model.score(unseen))


def test_the_share_of_kl_grows_to_beta(settings):
    X = four_groups()
    network = VAE(**{**settings, "annealing": 2}, beta=0.5, dropout=0.0)._network(dataset(X), 3)
    loss = network.objectives[0].loss
    users = np.arange(100)
    scale = X.sum(axis=1)
    for step, beta in ((0, 0.0), (7, 0.25), (14, 0.5), (1000, 0.5)):  # 7 batches an epoch
        total, surprise, divergence = (np.asarray(v, np.float64) for v in loss(np.int64(step), users))
        np.testing.assert_allclose(total - surprise * scale, beta * divergence, rtol=1e-3, atol=2e-4)


def test_decay_weighs_the_kernels_that_scores_come_from(settings):
    data, users = dataset(four_groups()), np.arange(100)
    plain, decayed = (VAE(**settings, dropout=0.0, decay=decay)._network(data, 3) for decay in (0.0, 0.1))
    totals = [np.asarray(network.objectives[0].loss(np.int64(0), users)[0]) for network in (plain, decayed)]
    squares = sum((w**2).sum() for path, w in decayed.weights().items() if "kernel" in path and "spread" not in path)
    np.testing.assert_allclose(totals[1] - totals[0], 0.05 * squares, rtol=1e-3)


def test_capabilities(model):
    assert all(model.can(c) for c in (AdditiveInHistory, Differentiable, LinearFirstLayer, ScoresMasked, Trained))
    assert not model.can(ScoresFeatures)


def test_rows_are_independent_and_items_are_columns(model, unseen):
    together = model.score(unseen)
    alone = np.concatenate([model.score(unseen.take(np.array([row]))) for row in range(len(unseen))])
    np.testing.assert_allclose(together, alone, rtol=1e-9)
    np.testing.assert_allclose(model.score(unseen, ITEMS), together[:, ITEMS], rtol=1e-9)
    assert np.ptp(together, axis=0).max() > 1e-2


@pytest.mark.parametrize("removal", ["drop", "shrink", "fill"])
def test_the_short_cut_scores_altered_histories(model, unseen, removal):
    history = unseen.take(np.array([0]))
    n, own = history.interest.nnz, history.interest.indices
    kept = np.random.default_rng(0).random((8, n)) < 0.6
    kept[0], kept[1] = True, False
    altered = history.interest.data * kept
    found = model.masked_scorer(history, ITEMS, removal=removal)(altered)
    whole = np.zeros((8, history.n_items))
    whole[:, own] = altered
    if removal == "fill":
        lost = np.abs(history.interest.data).sum() - np.abs(altered).sum(axis=1)
        whole += lost[:, None] * model.data.popularity
    if removal == "drop":
        expected = model.score(Histories.from_interest(csr_array(whole)), ITEMS)
    else:  # the length is that of the whole history
        kernel, bias = model._first()
        sums = whole / np.linalg.norm(history.interest.data) @ kernel + bias
        expected = model._rest(ITEMS).scores(sums)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(found[0], model.score(history, ITEMS)[0], rtol=1e-9)


def test_presence_gradients(model, unseen):
    history = unseen.take(np.array([0]))
    n = history.interest.nnz
    presence = np.vstack([np.ones(n), np.zeros(n), np.random.default_rng(0).random((3, n))])
    scores, gradients = model.presence_gradients(history, presence, ITEMS)
    np.testing.assert_allclose(scores[:1], model.score(history, ITEMS), rtol=1e-9)
    np.testing.assert_allclose(scores[1:2], model.score(unseen.take(np.array([3])), ITEMS), rtol=1e-9)
    for j in range(n):
        step = np.zeros_like(presence)
        step[:, j] = 1e-5
        up, down = (model.presence_gradients(history, presence + way * step, ITEMS)[0] for way in (1, -1))
        np.testing.assert_allclose(gradients[:, :, j], (up - down) / 2e-5, rtol=1e-5, atol=1e-8)
    assert np.abs(gradients).max() > 1e-3


def test_contributions_add_up(model, unseen):
    contributions, base = model.history_contributions(unseen, ITEMS)
    row = np.repeat(np.arange(6), np.diff(unseen.interest.indptr))
    summed = base.copy()
    np.add.at(summed, row, contributions)
    np.testing.assert_allclose(summed, model.score(unseen, ITEMS), rtol=0, atol=1e-10)
    np.testing.assert_allclose(base[:1], model.score(unseen.take(np.array([3])), ITEMS), rtol=1e-9)


def test_the_seed_decides_and_a_refit_forgets(data, model, toys, unseen):
    again = VAE(**model.settings())
    again.fit(toys.world(seed=8), seed=2)
    assert np.abs(again.score(unseen) - model.score(unseen)).max() > 1e-6
    again.fit(data, seed=1)
    np.testing.assert_array_equal(again.score(unseen), model.score(unseen))


def test_refit_trains_on_all_there_is():
    data = dataset(four_groups())
    told = []
    settings = {**SMALL, "epochs": 6, "validation": 1.0, "patience": 0}
    model = VAE(**settings).fit(data, progress=lambda share, text: told.append((share, text)))
    best = int(np.argmax(model.training_curve()["val_ndcg"])) + 1
    assert [text.split(",")[0] for _, text in told] == [
        *(f"epoch {e}/6" for e in range(1, 7)),
        *(f"epoch {e}/{best}" for e in range(1, best + 1)),
    ]
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[5] == 0.5
    assert shares[-1] == 1.0
    once = VAE(**settings, refit=False).fit(data)
    assert once.training_curve() == model.training_curve()
    assert np.abs(once.score(data.histories) - model.score(data.histories)).max() > 1e-3


@pytest.mark.parametrize("X", [np.zeros((2, 4)), np.ones((1, 1)), -np.ones((2, 3)), np.array([[1.0, 0.0, 0.0]])])
def test_data_that_teach_little_are_lived_with(X):
    assert VAE(**SMALL, epochs=1).fit(dataset(X)).score(dataset(X).histories).shape == X.shape


def test_lengths():
    X = csr_array(np.array([[3.0, -4.0], [0.0, 0.0]]))
    assert over_length(X, "l2").toarray().tolist() == [[0.6, -0.8], [0.0, 0.0]]
    np.testing.assert_allclose(over_length(X, "l1").toarray()[0], [3 / 7, -4 / 7])


@pytest.mark.slow
@pytest.mark.data
def test_movielens(movielens):
    assert movielens.ndcg(VAE()) > 0.235  # popularity: 0.138; item-knn: 0.231; ease: 0.265
