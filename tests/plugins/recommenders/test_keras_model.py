"""A Keras model of one's own: the same scores as its own predict, whole or through the short cut."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    Catalog,
    CleaningReport,
    Dataset,
    Histories,
    Index,
    LinearFirstLayer,
    PluginError,
    UnsupportedError,
    games_for,
)
from whyrec_plugins.explainers.integrated_gradients import IntegratedGradients
from whyrec_plugins.explainers.smooth_path import SmoothPath
from whyrec_plugins.recommenders._keras import tensorflow
from whyrec_plugins.recommenders.keras_model import KerasModel, wrap_keras

N = 30


@pytest.fixture(scope="module")
def data():
    x = (np.random.default_rng(0).random((12, N)) < 0.3) * 1.0
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(12))),
        Catalog(Index(tuple(f"i{i}" for i in range(N)))),
        Histories.from_interest(csr_array(x)),
        CleaningReport(0, 0),
    )


def network(last="linear", outputs=N):
    keras = tensorflow().keras
    return keras.Sequential(
        [
            keras.Input((N,)),
            keras.layers.Dense(16, activation="tanh", kernel_initializer=keras.initializers.GlorotUniform(1)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(8, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(2)),
            keras.layers.Dense(outputs, activation=last, kernel_initializer=keras.initializers.GlorotUniform(3)),
        ]
    )


@pytest.mark.parametrize("last", ["linear", "sigmoid", "softmax"])
def test_scores_are_those_of_predict(data, last):
    net = network(last)
    model = wrap_keras(net, data)
    expected = net.predict(data.histories.interest.toarray(), verbose=0)
    np.testing.assert_allclose(model.score(data.histories), expected, rtol=1e-5, atol=1e-6)
    game = games_for(model, data.histories.take(np.array([2])), np.array([[3, 7, 29]]))[0]
    coalitions = np.random.default_rng(1).random((1500, game.n_players)) < 0.5
    dense = np.zeros((1500, N))
    dense[:, game.history.interest.indices] = coalitions
    np.testing.assert_allclose(
        game.values(coalitions), net.predict(dense, verbose=0)[:, [3, 7, 29]], rtol=1e-4, atol=1e-6
    )
    assert (model._ends is None) == (last == "softmax")


def test_what_does_not_fit_is_refused(data):
    with pytest.raises(PluginError, match=r"maps \(None, 30\) to \(None, 5\); both must be \(None, 30\)"):
        wrap_keras(network(outputs=5), data)
    with pytest.raises(UnsupportedError, match="KerasModel needs a trained model"):
        KerasModel().fit(data)
    model = wrap_keras(network(), data)
    with pytest.raises(UnsupportedError, match="removal 'fill' has no meaning"):
        model.masked_scorer(data.histories.take(np.array([0])), np.array([1]), removal="fill")


@pytest.mark.parametrize("last", ["linear", "sigmoid", "softmax"])
def test_gradients_are_those_of_small_steps(data, last):
    """Through the first and last layers, and (softmax) through the whole network."""
    model = wrap_keras(network(last), data)
    history, items = data.histories.take(np.array([2])), np.array([3, 7, 29])
    n, h = history.interest.nnz, 1e-2
    presence = np.random.default_rng(3).random((4, n))
    scores, slopes = model.presence_gradients(history, presence, items)
    scored = model.masked_scorer(history, items)
    np.testing.assert_allclose(scores, scored(presence), rtol=1e-5, atol=1e-6)
    for j in range(n):
        step = h * (np.arange(n) == j)
        rough = (scored(presence + step) - scored(presence - step)) / (2 * h)
        np.testing.assert_allclose(slopes[:, :, j], rough, atol=0.02 * np.abs(slopes).max())
    ends = model.presence_gradients(history, np.array([np.zeros(n), np.ones(n)]), items)[0]
    empty = history.keep(np.zeros(history.n_events, bool))
    expected = [model.score(empty, items)[0], model.score(history, items)[0]]
    np.testing.assert_allclose(ends, expected, rtol=1e-5, atol=1e-6)


def test_interests_multiply_the_gradient(data):
    model = wrap_keras(network(), data)
    doubled = Histories.from_interest(data.histories.interest * 2.0)
    row, items = np.array([2]), np.array([3, 7])
    half = np.full((1, data.histories.take(row).interest.nnz), 0.5)
    for one in (model.presence_gradients(doubled.take(row), half, items)[1],):
        full = model.presence_gradients(data.histories.take(row), 2 * half, items)[1]
        np.testing.assert_allclose(one, 2 * full, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("last", ["linear", "softmax"])
def test_integrated_gradients_add_up(data, last):
    model = wrap_keras(network(last), data)
    games = games_for(model, data.histories.take(np.arange(3)), np.tile([3, 7, 29], (3, 1)))
    assert max(e.gap for e in IntegratedGradients().explain(model, games)) < 1e-9
    if last == "linear":
        assert max(e.gap for e in SmoothPath(baselines=3).explain(model, games)) < 1e-9


def test_only_dense_ends_have_a_first_layer(data):
    assert wrap_keras(network(), data).can(LinearFirstLayer)
    whole = wrap_keras(network("softmax"), data)
    assert not whole.can(LinearFirstLayer)
    with pytest.raises(UnsupportedError, match="does not begin and end with a Dense layer"):
        whole.first_layer(data.histories, np.array([1]))
