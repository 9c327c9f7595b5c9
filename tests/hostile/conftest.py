"""Commands on hostile files, in the folder of the test; and the lines ``inputs n/40``, ``outputs n/n`` …"""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from whyrec import Registry
from whyrec_cli.main import main

SECONDS = 2.0
LISTED = {"inputs": 40, "web": 24}
PASSED, FAILED = set(), set()


def pytest_runtest_logreport(report):
    """A case is what stands first in a test's brackets: its number in the list of inputs, or output and title."""
    found = re.search(r"test_(inputs|web)\w*\.py::\w+\[(\d\d)-", report.nodeid) or re.search(
        r"test_(outputs)\.py::test_a_hostile_title\[(.+)\]", report.nodeid
    )
    if found and (report.failed or (report.when == "call" and report.passed)):
        (PASSED if report.passed else FAILED).add(found.groups())


def pytest_terminal_summary(terminalreporter):
    for kind in ("inputs", "outputs", "web"):
        ran = {case for case in PASSED | FAILED if case[0] == kind}
        if ran:
            every = LISTED.get(kind, len(ran))
            terminalreporter.write_line(f"{kind} {len(ran - FAILED)}/{every}")


@pytest.fixture(scope="session")
def registry():
    """The bundled plugins, met once."""
    return Registry.discover()


@pytest.fixture
def whyrec(tmp_path, monkeypatch, registry):
    """Runs ``whyrec …`` in the folder of the test. Gives exit_code, stdout, stderr; no run may take 2 seconds.

    Seconds of the processor are counted, children included, so that a busy machine fails no test.
    ``process``: in a process of its own, as a user would.
    """
    monkeypatch.chdir(tmp_path)

    def run(*args, process=False):
        before = sum(os.times()[:4])
        if process:
            command = [sys.executable, "-c", "from whyrec_cli.main import main; main()", *map(str, args)]
            done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
            answer = SimpleNamespace(exit_code=done.returncode, stdout=done.stdout, stderr=done.stderr)
        else:
            done = CliRunner().invoke(main, [str(a) for a in args], obj=registry)
            answer = SimpleNamespace(exit_code=done.exit_code, stdout=done.stdout, stderr=done.stderr)
        seconds = sum(os.times()[:4]) - before
        assert seconds < SECONDS, f"{seconds:.2f} s"
        assert "Traceback" not in answer.stdout + answer.stderr
        return answer

    return run


@pytest.fixture
def folder(tmp_path):
    """Files of a test: ``write`` puts them there, ``state`` says what is there now, name → bytes."""

    def write(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def state():
        return {str(p.relative_to(tmp_path)): p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")}

    return SimpleNamespace(path=tmp_path, write=write, state=state)
