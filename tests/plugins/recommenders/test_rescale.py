"""The rescale rule: slopes of dense layers that pass on exactly what moved."""

import numpy as np
import pytest

from whyrec import UnsupportedError
from whyrec_plugins.recommenders._rescale import Layer, Rest, mean_slope

ACTIVATIONS = ["linear", "relu", "tanh", "sigmoid"]
FUNCTIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


def network(first, second, seed=0):
    rng = np.random.default_rng(seed)
    return Rest(
        (
            Layer(first, rng.normal(size=(5, 7)), rng.normal(size=7)),
            Layer(second, rng.normal(size=(7, 3)), rng.normal(size=3)),
        )
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_mean_slope_is_that_of_the_secant(activation):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200)) * 3
    f = FUNCTIONS[activation]
    np.testing.assert_allclose(mean_slope(a, b, activation), (f(b) - f(a)) / (b - a), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(mean_slope(a, b, activation), mean_slope(b, a, activation))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_where_both_ends_meet_it_is_the_slope(activation):
    """Also a hair apart, where a quotient of differences would have no digit left."""
    a = np.linspace(-3, 3, 50)
    f, h = FUNCTIONS[activation], 1e-6
    slope = (f(a + h) - f(a - h)) / (2 * h)
    for b in (a, a + 1e-14):
        np.testing.assert_allclose(mean_slope(a, b, activation), slope, atol=1e-8)
    assert mean_slope(np.zeros(1), np.zeros(1), "relu") == 0.5


@pytest.mark.parametrize("first", ACTIVATIONS)
@pytest.mark.parametrize("second", ACTIVATIONS)
def test_multipliers_pass_on_what_moved(first, second):
    rest = network(first, second)
    start, end = np.random.default_rng(1).normal(size=(2, 20, 5))
    found = rest.multipliers(start, end)
    assert found.shape == (20, 3, 5)
    moved = np.einsum("mkd,md->mk", found, end - start)
    f, (one, two) = FUNCTIONS, rest.layers
    by_hand = [f[second](f[first](z) @ one.kernel + one.bias) @ two.kernel + two.bias for z in (start, end)]
    np.testing.assert_allclose(moved, by_hand[1] - by_hand[0], atol=1e-12)
    np.testing.assert_allclose(rest.scores(end), by_hand[1], atol=1e-12)


@pytest.mark.parametrize("first", ACTIVATIONS)
def test_as_a_function_it_gives_scores_and_gradients(first):
    rest = network(first, "tanh")
    z, h = np.random.default_rng(2).normal(size=(6, 5)), 1e-6
    scores, slopes = rest(z)
    np.testing.assert_allclose(scores, rest.scores(z))
    for d in range(5):
        step = h * (np.arange(5) == d)
        np.testing.assert_allclose(
            slopes[:, :, d], (rest.scores(z + step) - rest.scores(z - step)) / (2 * h), atol=1e-7
        )


@pytest.mark.parametrize("cells", [4_000_000, 60])
def test_a_split_adds_up_row_by_row(toys, monkeypatch, cells):
    monkeypatch.setattr("whyrec_plugins.recommenders._rescale._CELLS", cells)
    histories, rng = toys.world(n_users=20).histories, np.random.default_rng(3)
    rest, A, start = network("tanh", "relu"), rng.normal(size=(14, 5)), rng.normal(size=5)
    x = histories.interest
    split, base = rest.split(histories, x.data[:, None] * A[x.indices], start)
    rows = np.repeat(np.arange(20), np.diff(x.indptr))
    sums = np.array([np.bincount(rows, s, minlength=20) for s in split.T]).T
    np.testing.assert_allclose(base + sums, rest.scores(x @ A + start), atol=1e-12)
    np.testing.assert_allclose(base, np.tile(rest.scores(start[None]), (20, 1)))
    assert np.abs(split).max() > 0.1


def test_a_linear_network_splits_by_its_weights(toys):
    histories, rest = toys.world().histories, network("linear", "linear")
    A = np.random.default_rng(4).normal(size=(14, 5))
    x = histories.interest
    split, _ = rest.split(histories, x.data[:, None] * A[x.indices], np.zeros(5))
    W = A @ rest.layers[0].kernel @ rest.layers[1].kernel
    np.testing.assert_allclose(split, x.data[:, None] * W[x.indices], atol=1e-12)


def test_an_activation_whose_slope_is_not_known_is_refused():
    with pytest.raises(UnsupportedError, match="the mean slope of activation 'gelu' is not known") as caught:
        Layer("gelu", np.eye(2), np.zeros(2))
    assert "linear, relu, tanh, sigmoid" in str(caught.value)
