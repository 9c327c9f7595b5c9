"""Workers: the same results as in one process, however many there are; a script that forgets its guard is told."""

import os
import signal
import subprocess
import sys

import pytest

from whyrec import Registry, UnsupportedError
from whyrec.comparison.run import compare
from whyrec.comparison.stop import Stop
from whyrec.comparison.worker import environment
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


def test_ctrl_c_once_and_twice() -> None:
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
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
