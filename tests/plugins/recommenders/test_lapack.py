"""Inverting in place: the right numbers, what is refused, and that other threads go on meanwhile."""

import threading
import time

import numpy as np
import pytest

from whyrec_plugins.recommenders._closed_form import invert
from whyrec_plugins.recommenders._lapack import invert_in_place


def positive(n, seed=0):
    X = np.random.default_rng(seed).normal(size=(n + 5, n))
    return X.T @ X + np.eye(n)


@pytest.mark.parametrize("n", [1, 2, 37])
def test_the_inverse(n):
    G = positive(n)
    own = G.copy()
    assert invert_in_place(own)
    np.testing.assert_allclose(np.tril(own), np.tril(np.linalg.inv(G)), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(invert(G.copy(), 2.0), np.linalg.inv(G + 2 * np.eye(n)), rtol=1e-9, atol=1e-12)


def test_what_has_no_inverse_is_told():
    assert not invert_in_place(-np.eye(3))
    assert not invert_in_place(np.zeros((2, 2)))


@pytest.mark.parametrize(
    "G",
    [np.eye(3, dtype=np.float32), np.eye(4)[:, :3], np.eye(6)[::2, ::2], np.asfortranarray(positive(3))[:, :3].T[:2]],
)
def test_what_lapack_would_misread_is_refused(G):
    with pytest.raises(ValueError, match="a square C-contiguous float64 matrix was expected"):
        invert_in_place(G)


def test_other_threads_go_on():
    """Held for the whole call, Python's lock would give this thread one pause as long as the call."""
    G, spent, pauses = positive(2500), [], []

    def work():
        begun = time.perf_counter()
        invert_in_place(G)
        spent.append(time.perf_counter() - begun)

    thread = threading.Thread(target=work)
    thread.start()
    last = time.perf_counter()
    while thread.is_alive():
        time.sleep(0.002)
        pauses.append(time.perf_counter() - last)
        last = time.perf_counter()
    assert max(pauses) < spent[0] / 2
