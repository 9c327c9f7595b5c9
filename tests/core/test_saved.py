"""Saved models: the same scores come back; data that are not those are refused; a save is all or nothing."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

import whyrec.saved
from whyrec import (
    DataError,
    NotFittedError,
    PluginError,
    Recommender,
    Registry,
    UnknownNameError,
    UnsupportedError,
    load_model,
    wrap,
)
from whyrec.saved_manifest import read_manifest


@dataclass(frozen=True, eq=False)
class Inner:
    vector: np.ndarray


@dataclass(frozen=True, eq=False)
class Learnt:
    inner: Inner
    scale: float


@dataclass
class Loose:
    value: int = 1


class Rich(Recommender):
    """score = interest @ W, with a bit of everything in its state."""

    name = "rich"
    state = ("_W", "_sparse", "_learnt", "_parts", "_curve", "_none", "_turned", "_same", "_zero")

    def __init__(self, *, size: int = 3, where: Path | None = None, pair: tuple[int, int] = (1, 2)) -> None:
        self.size = size
        self.where = where
        self.pair = pair

    def _fit(self, data, rng, progress):
        n = data.n_items
        self._W = rng.normal(size=(n, n))
        self._sparse = csr_array(np.where(rng.random((n, n)) < 0.2, 1.0, 0.0))
        self._learnt = Learnt(Inner(rng.normal(size=n).astype(np.float32)), np.float64(0.5))
        self._parts = [(1, "two", None), (np.arange(3, dtype=np.int32), np.zeros((0, 4)), True)]
        self._curve = {"loss": [1.0, 0.1 + 0.2], 3: "three"}
        self._none = None
        self._turned = np.asfortranarray(rng.normal(size=(n, 2)))
        self._same = self._W
        self._zero = np.array(1.5)

    def _score(self, histories, items):
        W = self._W + self._sparse.toarray() + self._learnt.inner.vector * self._learnt.scale + self._zero
        scores = histories.interest @ W + self._turned[:, 0]
        return scores if items is None else scores[:, items]


class Pair(Recommender):
    """The sum of two models that the settings make."""

    name = "pair"
    state = ("_both",)

    def __init__(self, *, sizes: tuple[int, int] = (1, 2)) -> None:
        self.sizes = sizes
        self._made = [Rich(size=s) for s in sizes]

    @property
    def _both(self):
        return self._made

    def _fit(self, data, rng, progress):
        for one in self._made:
            one.fit(data, seed=int(rng.integers(100)))

    def _score(self, histories, items):
        return sum(one.score(histories, items) for one in self._made)


@pytest.fixture
def registry(toy_plugins):
    found = Registry()
    found.add(toy_plugins.hooks([Rich, Pair]), name="toys", distribution="toys", version="1.0")
    return found


@pytest.fixture
def data(toys):
    return toys.world()


@pytest.fixture
def saved(tmp_path, data, registry):
    return Rich(size=5, where=Path("a/b")).fit(data, seed=3).save(tmp_path / "model", registry=registry)


def test_what_was_learnt_comes_back_digit_for_digit(data, saved, registry):
    before, after = Rich().fit(data, seed=3), load_model(saved, data, registry=registry)
    assert type(after) is Rich
    assert after.settings() == {"size": 5, "where": Path("a/b"), "pair": (1, 2)}
    assert after.fitted_with() == (data, 3)
    np.testing.assert_array_equal(after.score(data.histories), before.score(data.histories))
    np.testing.assert_array_equal(after._W, before._W)
    assert after._sparse.dtype == np.float64
    assert (after._sparse != before._sparse).nnz == 0
    assert after._learnt.inner.vector.dtype == np.float32
    assert after._parts[0] == (1, "two", None)
    assert after._parts[1][1].shape == (0, 4)
    assert after._parts[1][2] is True
    assert after._curve == {"loss": [1.0, 0.1 + 0.2], 3: "three"}
    assert after._none is None
    assert after._turned.flags.f_contiguous
    assert after._same is after._W
    assert after._zero.shape == ()


def test_the_manifest_says_what_is_inside(data, saved):
    found = read_manifest(saved)
    assert (found.plugin, found.distribution, found.version) == ("rich", "toys", "1.0")
    assert found.data.fingerprint == data.fingerprint
    assert found.data.items == list(data.catalog.items.ids)
    assert found.arrays.tensors["_W"].shape == [14, 14]
    assert found.arrays.tensors["_learnt.inner.vector"].dtype == "float32"
    assert "_same" not in found.arrays.tensors
    assert sorted(p.name for p in saved.iterdir()) == sorted([found.arrays.file, "manifest.json"])


def test_a_model_of_models_is_filled_in_place(tmp_path, data, registry):
    model = Pair(sizes=(4, 5)).fit(data, seed=1)
    again = load_model(model.save(tmp_path / "m", registry=registry), data, registry=registry)
    assert [one.size for one in again._both] == [4, 5]
    np.testing.assert_array_equal(again.score(data.histories), model.score(data.histories))


def test_a_loaded_model_explains_and_can_be_saved_again(tmp_path, data, saved, registry):
    model = load_model(saved, data, registry=registry)
    assert model.explain("u3", explainer="leave-one-out", k=1)[0].recommender == "rich"
    twice = load_model(model.save(tmp_path / "twice", registry=registry), data, registry=registry)
    np.testing.assert_array_equal(twice.score(data.histories), model.score(data.histories))
    first, second = (json.loads((f / "manifest.json").read_text()) for f in (saved, tmp_path / "twice"))
    assert first == second


def test_an_installed_plugin_is_found_without_being_told(tmp_path, data):
    model = Registry.discover().make_recommender("ease").fit(data)
    again = load_model(model.save(tmp_path / "m"), data)
    assert read_manifest(tmp_path / "m").distribution == "whyrec"
    np.testing.assert_array_equal(again.score(data.histories), model.score(data.histories))


# -- what cannot be saved -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array(["a"]), r"state '_W' is an array of <U1; only numbers can be saved"),
        (np.array([object()]), r"state '_W' is an array of object"),
        (np.array([1.0, np.nan]), r"state '_W' holds numbers that are not finite"),
        (float("inf"), r"state '_W' is inf; only finite numbers"),
        (lambda: 1, r"state '_W' is a function; only arrays and plain values"),
        ([{"a": Loose()}], r"state '_W.0.a' is a Loose, which is no frozen dataclass"),
        (csr_array(np.eye(2)).tocsc(), r"state '_W' is a csc_array"),
    ],
)
def test_state_that_is_no_data_is_refused(tmp_path, data, registry, value, message):
    model = Rich().fit(data)
    model._W = value
    with pytest.raises(PluginError, match=message):
        model.save(tmp_path / "m", registry=registry)
    assert not (tmp_path / "m").exists()


def test_a_class_that_declares_no_state_cannot_be_saved(tmp_path, data, toys):
    with pytest.raises(UnsupportedError, match=r"toy-linear cannot be saved: its class does not say what it learns"):
        toys.Linear().fit(data).save(tmp_path / "m")


def test_state_that_fit_did_not_set(tmp_path, data):
    model = Rich().fit(data)
    del model._curve
    with pytest.raises(PluginError, match="rich lists '_curve' in its state, but fit\\(\\) did not set it"):
        model.save(tmp_path / "m")


def test_a_setting_that_is_no_data(tmp_path, data):
    wrapped = wrap(lambda x: x, data)
    type(wrapped).state = ()
    with pytest.raises(UnsupportedError, match="its setting 'function' is a function, which is no data"):
        wrapped.save(tmp_path / "m")


def test_nothing_is_saved_before_a_fit(tmp_path):
    with pytest.raises(NotFittedError, match="rich was not fitted yet"):
        Rich().save(tmp_path / "m")


def test_a_folder_with_something_else_is_left_alone(tmp_path, data, registry):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="holds something else; nothing was written"):
        Rich().fit(data).save(tmp_path, registry=registry)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(DataError, match="is a file; a model is saved into a folder"):
        Rich().fit(data).save(tmp_path / "thesis.txt", registry=registry)


# -- all or nothing -----------------------------------------------------------------------------------


def test_a_new_model_replaces_the_old_one(data, saved, registry):
    model = Rich().fit(data, seed=8)
    model.save(saved, registry=registry)
    again = load_model(saved, data, registry=registry)
    np.testing.assert_array_equal(again.score(data.histories), model.score(data.histories))
    assert len(list(saved.iterdir())) == 2


@pytest.mark.parametrize("step", range(4))
def test_a_save_that_breaks_off_leaves_the_old_model(data, saved, registry, monkeypatch, step):
    before = load_model(saved, data, registry=registry).score(data.histories)
    steps = iter(range(10))

    def full_disk(path):
        if next(steps) == step:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(whyrec.saved, "_sync", full_disk)
    new = Rich().fit(data, seed=8)
    if step < 3:  # file, file, folder
        with pytest.raises(OSError, match="No space left"):
            new.save(saved, registry=registry)
    else:
        new.save(saved, registry=registry)
    after = load_model(saved, data, registry=registry).score(data.histories)
    np.testing.assert_array_equal(after, before if step < 2 else new.score(data.histories))
    assert not list(saved.glob("*.whyrec-tmp"))


# -- other data, other plugins ------------------------------------------------------------------------


def test_other_events_are_refused_unless_accepted(data, saved, registry):
    other = data.with_histories(data.histories.keep(np.arange(data.histories.n_events) % 2 == 0))
    with pytest.raises(DataError, match=r"(?s)learnt from other events \('toy', fingerprint .*--accept events"):
        load_model(saved, other, registry=registry)
    model = load_model(saved, other, registry=registry, accept=("events",))
    before = Rich().fit(data, seed=3)
    np.testing.assert_array_equal(model.score(other.histories), before.score(other.histories))
    assert model.data is other


def test_other_items_are_always_refused(toys, data, saved, registry):
    more = toys.world(n_items=15)
    with pytest.raises(DataError, match=r"learnt from other items than those of 'toy': 14 items then, 15 now"):
        load_model(saved, more, registry=registry, accept=("events",))
    items = replace(data.catalog.items, ids=("i0", "x", *data.catalog.items.ids[2:]))
    renamed = replace(data, catalog=replace(data.catalog, items=items))
    with pytest.raises(DataError, match="item 1 was 'i1' and is 'x'"):
        load_model(saved, renamed, registry=registry, accept=("events",))


def test_other_features_or_scales_are_always_refused(toys, data, saved, registry):
    for other in (toys.world(features=False), toys.world(scale="log")):
        with pytest.raises(DataError, match="but with other features, behaviors or scale"):
            load_model(saved, other, registry=registry, accept=("events",))


def test_another_version_is_refused_unless_accepted(toy_plugins, data, saved):
    newer = Registry()
    newer.add(toy_plugins.hooks([Rich]), name="toys", distribution="toys", version="2.0")
    with pytest.raises(DataError, match=r"rich was saved by toys 1\.0; installed is 2\.0\n.*--accept version"):
        load_model(saved, data, registry=newer)
    assert load_model(saved, data, registry=newer, accept=("version",)).name == "rich"


def test_a_namesake_of_another_distribution_is_refused(toy_plugins, data, saved):
    foreign = Registry()
    foreign.add(toy_plugins.hooks([Rich]), name="toys", distribution="evil", version="1.0")
    with pytest.raises(DataError, match="saved by the plugin of 'toys'; installed is that of 'evil'"):
        load_model(saved, data, registry=foreign, accept=("version",))


def test_a_plugin_that_is_not_there(data, saved):
    with pytest.raises(UnknownNameError, match=r"manifest\.json: the model needs a plugin: unknown recommender 'rich'"):
        load_model(saved, data, registry=Registry())


def test_what_can_be_accepted_is_listed(data, saved, registry):
    with pytest.raises(UnsupportedError, match=r"cannot accept 'event'\n.*'events'"):
        load_model(saved, data, registry=registry, accept=("event",))
