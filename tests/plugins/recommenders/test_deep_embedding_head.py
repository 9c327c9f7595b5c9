"""The dense head: against the two layers written out, against Keras, and its mean slope against its definition."""

import numpy as np
import pytest

from whyrec_plugins.recommenders._head import Head
from whyrec_plugins.recommenders._keras import tensorflow


def written_out(head, s):
    return np.maximum(np.multiply.outer(s, head.slope) + head.shift, 0.0) @ head.out + head.bias


def some(seed, units=64):
    rng = np.random.default_rng(seed)
    slope, shift, out = rng.normal(size=(3, units))
    slope[:3] = 0.0  # units that do not look at the number, on and off
    shift[3:6] = 0.0  # bends at 0
    return Head(slope, shift, out, float(rng.normal()))


def test_one_bend_is_counted_out():
    head = Head(np.array([2.0]), np.array([-4.0]), np.array([3.0]), 1.0)  # 1 + 3 relu(2 s − 4)
    assert head(np.array([[-9.0, 2.0, 3.0]])).tolist() == [[1.0, 1.0, 7.0]]
    slope = head.mean_slope(np.array([1.0, 3.0, 2.5, 0.0]), np.array([3.0, 1.0, 2.5, 0.0]))
    np.testing.assert_allclose(slope, [3.0, 3.0, 6.0, 0.0], rtol=1e-15)


def test_a_falling_line_and_a_flat_head():
    falling = Head(np.array([-1.0]), np.array([1.0]), np.array([2.0]), 0.0)
    assert falling(np.array([-1.0, 0.0, 5.0])).tolist() == [4.0, 2.0, 0.0]
    flat = Head(np.zeros(2), np.array([1.0, -1.0]), np.array([5.0, 7.0]), 0.5)
    assert flat(np.array([-1e6, 0.0, 1e6])).tolist() == [5.5] * 3
    assert flat.mean_slope(np.zeros(1), np.ones(1)).tolist() == [0.0]


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_layers_written_out(seed):
    head = some(seed)
    s = np.concatenate([np.linspace(-50, 50, 4001), -head.shift[3:] / head.slope[3:], [0.0]])
    np.testing.assert_allclose(head(s), written_out(head, s), rtol=0, atol=1e-11)


def test_equals_keras():
    keras = tensorflow().keras
    seeded = keras.initializers.RandomNormal(seed=3)
    hidden = keras.layers.Dense(64, "relu", kernel_initializer=seeded, bias_initializer=seeded)
    out = keras.layers.Dense(1, kernel_initializer=seeded, bias_initializer=seeded)
    s = np.linspace(-3, 3, 1000, dtype=np.float32)[:, None]
    expected = np.asarray(out(hidden(s)))
    (slope, shift), (last, bias) = hidden.get_weights(), out.get_weights()
    head = Head(*(np.asarray(w, np.float64).ravel() for w in (slope, shift, last)), float(bias[0]))
    np.testing.assert_allclose(head(s.astype(np.float64)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_the_mean_slope_times_the_way_is_what_the_head_moved(seed):
    head, rng = some(seed), np.random.default_rng(seed)
    start, end = rng.normal(scale=3, size=(2, 500))
    moved = head.mean_slope(start, end) * (end - start)
    np.testing.assert_allclose(moved, written_out(head, end) - written_out(head, start), rtol=0, atol=1e-11)


def test_the_mean_slope_of_a_tiny_way_is_the_slope_there_and_bounded():
    head = some(1)
    steepest = np.abs(head.out * head.slope).sum()
    at = np.linspace(-2, 2, 101) + 0.003
    slope = (written_out(head, at + 1e-7) - written_out(head, at - 1e-7)) / 2e-7
    for way in (1e-12, 1e-300, 0.0):
        found = head.mean_slope(at, at + way)
        np.testing.assert_allclose(found, slope, rtol=0, atol=1e-6)
        assert np.abs(head.mean_slope(np.zeros(1), np.full(1, way))).max() <= steepest
