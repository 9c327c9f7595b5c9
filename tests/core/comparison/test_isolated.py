"""Workers: the same results as in one process, however many there are; a script that forgets its guard is told."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from whyrec import DiskError, PluginError, Registry, UnsupportedError
from whyrec.comparison.cast import Cast
from whyrec.comparison.isolated import Isolated
from whyrec.comparison.run import compare, prepare
from whyrec.comparison.scene import Scene, users_of
from whyrec.comparison.stop import Stop
from whyrec.comparison.worker import environment, hand_over, receive
from whyrec.config.load import load_config

TEXT = """
[data]
use = "storefront"
users = 60
items = 40
[[recommender]]
use = "ease"
[[recommender]]
use = "content"
[[explainer]]
use = "weights"
players = ["history", "interests", "features"]
[[explainer]]
use = "shapley"
[[metric]]
use = "ndcg"
[[metric]]
use = "lxr11"
[[metric]]
use = "stability"
[[metric]]
use = "agreement"
[run]
users = 10
k = 2
repeat_users = 3
bootstrap = 50
"""


def plain(result):
    found = result.to_dict()
    for one in (*found["recommenders"], *found["cells"]):
        one["seconds"] = one["fit_seconds"] = None
    return found


def alike(a, b):
    """Equal, up to the last digits: sums depend on where arrays lie in memory."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(alike, a, b))
    return a == b or (isinstance(a, float) and a == pytest.approx(b, rel=1e-9, abs=1e-12))


@pytest.mark.slow
def test_workers_give_the_same_results(monkeypatch) -> None:
    registry = Registry.discover()
    config = load_config(text=TEXT, registry=registry)
    here = compare(config, registry)
    assert not here.failed, [c.reason for c in here.cells]
    monkeypatch.setenv("MY_PASSWORD", "secret")
    for jobs in (1, 2):
        assert alike(plain(compare(config, registry, isolation="process", jobs=jobs)), plain(here))
    assert os.environ["MY_PASSWORD"] == "secret"  # the parent keeps its environment


def test_workers_get_no_credentials_and_one_thread(monkeypatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "8")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    found = environment()
    assert "AWS_SECRET_ACCESS_KEY" not in found
    assert (found["OPENBLAS_NUM_THREADS"], found["OMP_NUM_THREADS"], found["LC_ALL"]) == ("1", "1", "C.UTF-8")
    assert found["PATH"] == os.environ["PATH"]


@pytest.mark.slow
def test_a_script_without_its_guard_is_told(tmp_path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from whyrec import Registry, compare, load_config\n"
        f"registry = Registry.discover()\nconfig = load_config(text='''{TEXT}''', registry=registry)\n"
        "compare(config, registry, isolation='process')\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "UnsupportedError: no worker process could start" in done.stderr
    assert 'A script compares in workers under `if __name__ == "__main__":`' in done.stderr


@pytest.mark.slow
def test_too_little_memory_for_anything_is_said() -> None:
    registry = Registry.discover()
    config = load_config(text=TEXT, overrides=["run.memory_gb=0.05"], registry=registry)
    with pytest.raises(UnsupportedError, match=r"no worker process could start\n  is memory_gb under .run. too small"):
        compare(config, registry, isolation="process")


def test_no_room_for_what_workers_share_is_said(monkeypatch) -> None:
    def no_room(*_):
        raise OSError(28, "No space left on device")

    registry = Registry.discover()
    config = load_config(text=TEXT, registry=registry)
    monkeypatch.setattr("whyrec.comparison.worker.hand_over", no_room)
    with pytest.raises(DiskError, match=r"the data could not be handed over to workers: .*No space left"):
        compare(config, registry, isolation="process")
    pool = Isolated(None, Path("s.db"), 1, 1.0, None)
    with pytest.raises(DiskError, match=r"a worker could not write its results: .*No space left"):
        pool._expired(None, OSError(28, "No space left on device"))


def test_ctrl_c_once_and_twice() -> None:
    before = signal.getsignal(signal.SIGINT)  # a runner in the background ignores it
    said = []
    stop = Stop(said.append)
    with stop.watching():
        signal.raise_signal(signal.SIGINT)
        assert (stop.urgency, len(said)) == (1, 1)
        signal.raise_signal(signal.SIGINT)
        assert stop.urgency == 2
    other = Stop()
    with other.watching():
        signal.raise_signal(signal.SIGTERM)
    assert other.urgency == 2
    inline = Stop()
    inline.is_inline = True
    with pytest.raises(KeyboardInterrupt), inline.watching():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_scene_is_handed_over_whole_and_each_worker_has_its_own(tmp_path) -> None:
    registry = Registry.discover()
    config = load_config(text=TEXT, registry=registry)
    parts = prepare(config)
    scene = Scene(parts, users_of(parts, config.run), config.run, Cast.of(config, registry))
    hand_over(scene, tmp_path)
    first, second = receive(tmp_path, registry), receive(tmp_path, registry)
    assert first.split.train.fingerprint == parts.train.fingerprint
    np.testing.assert_array_equal(first.users, scene.users)
    np.testing.assert_array_equal(first.split.test.toarray(), parts.test.toarray())
    first.split.train.histories.weights[:] = 9.0
    np.testing.assert_array_equal(second.split.train.histories.weights, parts.train.histories.weights)
    np.testing.assert_array_equal(
        receive(tmp_path, registry).split.train.histories.weights, parts.train.histories.weights
    )


def test_data_that_cannot_be_handed_over_are_named(tmp_path) -> None:
    registry = Registry.discover()
    config = load_config(text=TEXT, registry=registry)
    parts = prepare(config)
    odd = replace(parts, train=replace(parts.train, behaviors={"click": lambda: 1.0}))
    with pytest.raises(
        PluginError, match=r"the data 'storefront' cannot be handed over to workers: .*\n  use --isolation"
    ):
        hand_over(Scene(odd, users_of(odd, config.run), config.run, Cast.of(config, registry)), tmp_path)
