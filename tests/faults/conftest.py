"""Helpers of the fault suite: the command line in a process of its own, and the line ``faults n/12``."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ALL = 12
PASSED, FAILED = set(), set()

CONFIG = """\
[data]
use = "storefront"
users = 60
items = 40

[[recommender]]
use = "ease"

{explainers}
[[explainer]]
use = "weights"

[[metric]]
use = "ndcg"

[[metric]]
use = "lxr11"

[[metric]]
use = "agreement"

[run]
users = 10
k = 2
bootstrap = 50
"""
SLOW = '[[explainer]]\nuse = "slow"\nid = "slow-{n}"\nnumber = {n}\nlog = "{log}"\nmegabytes = {megabytes}\n'


class World:
    """A project folder with a config whose cells take a while, and the command line in it."""

    def __init__(self, folder: Path, *, cells: int = 3, megabytes: int = 0) -> None:
        self.folder, self.log = folder, folder / "log"
        explainers = "\n".join(SLOW.format(n=n, log=self.log, megabytes=megabytes) for n in range(1, cells + 1))
        (folder / "project.toml").write_text(CONFIG.format(explainers=explainers))
        site = folder / "site" / "whyrec_slow-1.0.dist-info"
        site.mkdir(parents=True)
        (site / "METADATA").write_text("Metadata-Version: 2.1\nName: whyrec-slow\nVersion: 1.0\n")
        (site / "entry_points.txt").write_text("[whyrec]\nslow = whyrec_slow\n")
        self.env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(site.parent), str(HERE)]),
            "WHYREC_STORE": "whyrec.db",
        }

    def start(self, *more: str, fault: str = "") -> subprocess.Popen:
        """``whyrec compare project.toml …``, with a fault of saboteur.py if one is named."""
        script = [str(HERE / "saboteur.py"), fault] if fault else ["-c", "from whyrec_cli.main import main; main()"]
        command = [sys.executable, *script, "compare", "project.toml", "--format", "json", *more]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *more: str, fault: str = "") -> "Done":
        return Done(self.start(*more, fault=fault))

    def begun(self) -> list[tuple[int, int]]:
        """Number and process of each slow cell that was begun, in order."""
        if not self.log.exists():
            return []
        return [tuple(map(int, line.split())) for line in self.log.read_text().splitlines()]

    def wait_for(self, cells: int) -> int:
        """Until so many cells were begun; the process of the last of them."""
        deadline = time.monotonic() + 200
        while len(self.begun()) < cells:
            assert time.monotonic() < deadline, "no cell was begun"
            time.sleep(0.01)
        return self.begun()[cells - 1][1]

    def finished(self) -> set[int]:
        """The numbers of the slow cells that the store holds as done."""
        from whyrec.store.store import Store

        with Store.existing(self.folder / "whyrec.db") as store:
            plan = {c["key"]: c["explainer"] for c in store.runs.get().plan}
            states = store.work.states(list(plan))
            return {int(plan[k][5:]) for k, s in states.items() if s.state == "done" and plan[k].startswith("slow")}


class Done:
    """A command that has ended: its exit code, its result, what it said."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.out, self.err = process.communicate(timeout=400)
        self.code = process.returncode

    @property
    def result(self) -> dict:
        """Recommenders and cells, timings apart."""
        found = json.loads(self.out)
        for one in (*found["recommenders"], *found["cells"]):
            for name in ("seconds", "fit_seconds"):
                one.pop(name, None)
        return {k: found[k] for k in ("recommenders", "cells", "data", "better")}


@pytest.fixture
def world(tmp_path, request):
    return World(tmp_path, **getattr(request, "param", {}))


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory):
    """The result of a run that nothing disturbed."""
    done = World(tmp_path_factory.mktemp("unbroken")).run()
    assert done.code == 0, done.err
    return done.result


@pytest.fixture
def again(world, unbroken):
    """Gives the same command again: it ends well, with the unbroken result, and does no finished cell again."""

    def call(*more: str) -> Done:
        finished, before = world.finished(), world.begun()
        done = world.run(*more)
        assert done.code == 0, done.err
        if not more:
            assert done.result == unbroken
        redone = {number for number, _ in world.begun()[len(before) :]}
        assert redone.isdisjoint(finished)
        assert world.finished() == {1, 2, 3}
        return done

    return call


def pytest_runtest_logreport(report):
    found = re.search(r"test_fault_(\d+)_", report.nodeid)
    if found and report.when == "call":
        (PASSED if report.passed else FAILED).add(int(found[1]))
    elif found and report.failed:
        FAILED.add(int(found[1]))


def pytest_terminal_summary(terminalreporter):
    if PASSED | FAILED:
        terminalreporter.write_line(f"faults {len(PASSED - FAILED)}/{ALL}")
