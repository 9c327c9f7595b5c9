"""Smaller models: known roundings, files that are smaller, and the same weights in memory as from the file."""

import json

import numpy as np
import pytest

from whyrec import DataError, Recommender, Registry, UnsupportedError, load_model, quantized
from whyrec.saved_manifest import digest_of, read_manifest
from whyrec.saved_small import grown, shrunk


class Factors(Recommender):
    """score = interest @ item vectors @ item vectorsᵀ + bias"""

    name = "factors"
    state = ("_vectors", "_bias", "_turned", "_none", "_whole")

    def _fit(self, data, rng, progress):
        self._vectors = rng.normal(size=(data.n_items, 40)).astype(np.float32)
        self._bias = rng.normal(size=data.n_items)
        self._turned = np.asfortranarray(rng.normal(size=(3, data.n_items)))
        self._none = np.zeros((0, 4))
        self._whole = np.arange(6).reshape(2, 3)

    def _score(self, histories, items):
        scores = histories.interest @ self._vectors.astype(float) @ self._vectors.T + self._bias
        return scores if items is None else scores[:, items]


@pytest.fixture
def registry(toy_plugins):
    found = Registry()
    found.add(toy_plugins.hooks([Factors]), name="toys", distribution="toys", version="1.0")
    return found


@pytest.fixture
def model(toys):
    return Factors().fit(toys.world(n_items=200), seed=1)


def test_int8_steps_are_a_127th_of_the_largest_in_each_row():
    array = np.array([[1.27, -0.5, 0.004], [254.0, 1.0, 2.9], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]], np.float32)
    kept, scales = shrunk(array, "int8", "x")
    assert kept.dtype == np.int8
    assert kept.tolist() == [[127, -50, 0], [127, 0, 1], [0, 0, 0], [127, 0, 0]]
    np.testing.assert_allclose(scales[:, 0], [0.01, 2.0, 1.0, 1 / 127], rtol=1e-6)
    np.testing.assert_allclose(grown(kept, scales, "float32")[:2], [[1.27, -0.5, 0.0], [254.0, 0.0, 2.0]], rtol=1e-6)


def test_the_shorter_vectors_share_a_scale():
    assert shrunk(np.ones((9, 4)), "int8", "x")[1].shape == (9, 1)
    assert shrunk(np.ones((4, 9)), "int8", "x")[1].shape == (1, 9)
    assert shrunk(np.ones((2, 4, 9)), "int8", "x")[1].shape == (2, 1, 9)


def test_float16_keeps_eleven_bits():
    array = np.random.default_rng(0).normal(size=(5, 6))
    kept, scales = shrunk(array, "float16", "x")
    assert scales is None
    np.testing.assert_allclose(grown(kept, None, "float64"), array, rtol=2.0**-11)
    assert grown(kept, None, "float64").dtype == np.float64


@pytest.mark.parametrize(("dtype", "near"), [("float16", 2.0**-11), ("int8", 0.5 / 127)])
def test_matrices_are_rounded_and_nothing_else(model, dtype, near):
    small = quantized(model, dtype)
    assert small is not model
    assert small.fitted_with() == model.fitted_with()
    for name in ("_vectors", "_turned"):
        before, after = getattr(model, name), getattr(small, name)
        assert after.dtype == before.dtype
        assert 0 < np.abs(after - before).max() <= near * np.abs(before).max() * 1.001
    assert small._turned.flags.f_contiguous
    for name in ("_bias", "_none", "_whole"):
        np.testing.assert_array_equal(getattr(small, name), getattr(model, name))


@pytest.mark.parametrize("dtype", ["float16", "int8"])
def test_a_smaller_model_comes_back_from_its_file(tmp_path, model, registry, dtype):
    whole = read_manifest(model.save(tmp_path / "whole", registry=registry)).arrays.tensors
    folder = model.save(tmp_path / "small", registry=registry, dtype=dtype)
    kept = read_manifest(folder).arrays.tensors
    assert kept["_vectors"].dtype == dtype
    assert kept["_vectors"].size == whole["_vectors"].size // {"float16": 2, "int8": 4}[dtype]
    again, expected = load_model(folder, model.data, registry=registry), quantized(model, dtype)
    histories = model.data.histories
    np.testing.assert_array_equal(again.score(histories), expected.score(histories))
    # What was rounded is whole again when it is saved once more.
    twice = load_model(again.save(tmp_path / "twice", registry=registry), model.data, registry=registry)
    np.testing.assert_array_equal(twice.score(histories), expected.score(histories))


def test_another_dtype_is_refused_before_anything_is_written(tmp_path, model):
    for call in (lambda: quantized(model, "int4"), lambda: model.save(tmp_path / "m", dtype="int4")):
        with pytest.raises(UnsupportedError, match="weights cannot be kept as 'int4'"):
            call()
    assert not (tmp_path / "m").exists()


def test_numbers_that_float16_does_not_hold(model):
    model._vectors[0, 0] = 1e6
    with pytest.raises(UnsupportedError, match=r"state '_vectors' holds 1e\+06, and float16 ends at 65504"):
        quantized(model, "float16")
    assert quantized(model, "int8")._vectors[0, 0] == pytest.approx(1e6)


def altered(folder, change):
    """The manifest with another state, and a digest to match."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content["state"])
    path.write_text(json.dumps({**content, "sha256": digest_of(content)}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state["_vectors"].update({"as": "object"}), "'object' is no dtype of weights"),
        (lambda state: state["_bias"].update({"as": "float32"}), "an array of float64 stands where smaller weights"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path, model, registry, change, message):
    folder = model.save(tmp_path / "m", registry=registry, dtype="int8")
    altered(folder, change)
    with pytest.raises(DataError, match=message):
        load_model(folder, model.data, registry=registry)


def test_scales_that_do_not_fit():
    with pytest.raises(ValueError, match=r"scales of shape \(2, 1\) do not fit \(3, 4\)"):
        grown(np.ones((3, 4), np.int8), np.ones((2, 1), np.float32), "float32")
    with pytest.raises(ValueError, match="not finite"):
        grown(np.full((1, 1), 127, np.int8), np.full((1, 1), 3e38, np.float32), "float32")
