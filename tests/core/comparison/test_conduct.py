"""What strangers' code did to its surroundings: found, told, and put back."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from whyrec import Split
from whyrec.comparison.cast import Part
from whyrec.comparison.conduct import Conduct, end_children
from whyrec.config.model import Chosen

STRANGER = Part("explainer", Chosen("odd", "odd", {}, None), "odd-plugins", "1.0")
MODEL = Part("recommender", Chosen("model", "model", {}, None), "odd-plugins", "1.0")
BUNDLED = Part("metric", Chosen("gini", "gini", {}, None), "whyrec", "1.0")


class Model:
    def __init__(self):
        self.weights, self.parts = np.ones(3), [{"more": np.ones(2)}]


@pytest.fixture
def split(toy_plugins):
    from whyrec.data.splits import split

    parts = split(toy_plugins.Toy().load(seed=0), by="none")
    assert isinstance(parts, Split)
    return parts


@pytest.fixture
def conduct(split):
    before = Path.cwd(), dict(os.environ)
    yield Conduct(split)
    os.chdir(before[0])
    os.environ.update(before[1])


def complaint(conduct, deed, *, parts=(MODEL, STRANGER, BUNDLED), at_work=STRANGER, model=None):
    conduct.begin(model)
    conduct.turn(at_work)
    deed()
    conduct.turn(BUNDLED)
    found = conduct.end(model, parts)
    return None if found is None else (found[0], found[1])


def test_nothing_done_nothing_said(conduct) -> None:
    assert complaint(conduct, lambda: None, model=Model()) is None


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (lambda: np.random.seed(3), "moved the global random numbers"),
        (lambda: np.random.rand(), "moved the global random numbers"),
        (random.random, "moved the global random numbers"),
        (lambda: os.chdir("/"), "changed the current directory"),
        (lambda: os.environ.update(HOME="/else"), "changed the environment: HOME"),
        (lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN), "replaced the handler of SIGUSR1"),
    ],
)
def test_the_process_is_put_back_and_the_stranger_named(deed, words, conduct) -> None:
    np.random.seed(0)
    before = np.random.get_state()[1].copy(), random.getstate(), Path.cwd(), os.environ["HOME"]
    part, what = complaint(conduct, deed)
    assert part is STRANGER
    assert what.startswith(words)
    after = np.random.get_state()[1], random.getstate(), Path.cwd(), os.environ["HOME"]
    np.testing.assert_array_equal(before[0], after[0])
    assert before[1:] == after[1:]
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL


def test_bundled_plugins_are_put_back_in_silence(conduct) -> None:
    os.environ["HOME"] = before = os.environ["HOME"]
    assert complaint(conduct, lambda: os.environ.update(HOME="/else"), at_work=BUNDLED, parts=[BUNDLED]) is None
    assert os.environ["HOME"] == before


def test_a_package_may_add_variables(conduct, monkeypatch) -> None:
    monkeypatch.delenv("WHYREC_ADDED", raising=False)
    assert complaint(conduct, lambda: os.environ.update(WHYREC_ADDED="1")) is None
    del os.environ["WHYREC_ADDED"]


def test_changed_data_are_seen(conduct, split) -> None:
    assert complaint(conduct, lambda: split.train.histories.weights.__setitem__(0, 9.0)) == (
        STRANGER, "changed the data that it was given",
    )  # fmt: skip
    split.train.histories.interest.data[0] = 99.0
    assert complaint(Conduct(split), lambda: split.test.data.__setitem__(slice(None), 2.0)) is None  # it has no entries
    assert complaint(Conduct(split), lambda: split.train.catalog.features.matrix.data.__setitem__(0, 2.0)) is not None


@pytest.mark.parametrize("deed", [lambda m: m.weights.fill(0), lambda m: m.parts[0]["more"].fill(0)])
def test_a_changed_model_is_seen(deed, conduct) -> None:
    model = Model()
    assert complaint(conduct, lambda: deed(model), model=model) == (STRANGER, "changed the model that it was given")
    model = Model()
    assert complaint(conduct, lambda: deed(model), model=model, parts=[MODEL, BUNDLED]) is None  # its own business


def test_a_model_that_was_loaded_on_the_way_is_watched_from_then_on(conduct) -> None:
    model = Model()
    conduct.begin(None)
    conduct.turn(STRANGER)
    conduct.turn(MODEL)  # nothing is in hand: it is loaded
    conduct.turn(STRANGER, model)
    model.weights[:] = 0
    conduct.turn(BUNDLED, model)
    assert conduct.end(model, (MODEL, STRANGER, BUNDLED)) == (STRANGER, "changed the model that it was given")


def test_a_model_may_remember_more_and_another_in_its_place_is_a_change(conduct) -> None:
    model = Model()
    assert complaint(conduct, lambda: vars(model).update(cached=np.ones(4)), model=model) is None
    assert complaint(conduct, lambda: vars(model).update(weights=np.zeros(3)), model=model) is not None
    assert complaint(conduct, lambda: vars(model).pop("parts"), model=model) is not None


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells its children")
def test_processes_left_behind_are_ended(conduct) -> None:
    assert end_children() == 0
    children = []
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    found = complaint(conduct, lambda: children.append(subprocess.Popen(command)))
    assert found == (STRANGER, "left 1 process behind; ended")
    assert children[0].wait(timeout=5) is not None
    assert end_children() == 0
