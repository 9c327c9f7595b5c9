"""The fuzz target for a bounded time; another one: WHYREC_FUZZ_SECONDS, another seed: WHYREC_FUZZ_SEED."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = float(os.environ.get("WHYREC_FUZZ_SECONDS", "10"))
SEED = os.environ.get("WHYREC_FUZZ_SEED", "20240701")


@pytest.mark.slow
@pytest.mark.parametrize("target", ["config", "events"])
def test_spoilt_inputs_are_refused_with_their_place(target, tmp_path):
    command = [sys.executable, Path(__file__).with_name("fuzz.py"), target, "--seed", SEED, "--seconds", str(SECONDS)]
    done = subprocess.run([*command, "--keep", tmp_path], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"seed {SEED}: ")
    assert "'read': " in done.stdout  # some are harmless,
    assert done.stdout.count("'WR-") >= 5  # and the others are refused for several reasons


def test_the_target_sees_what_should_not_happen(tmp_path):
    """A reader that raises something of its own fails the run, and its input is kept."""
    code = (
        "import runpy, sys\n"
        f"space = runpy.run_path({str(Path(__file__).with_name('fuzz.py'))!r})\n"
        "def read(path, registry): raise KeyError('oh')\n"
        "space['TARGETS']['events'] = (space['events'], read, '.csv')\n"
        f"space['fuzz']('events', seconds=60, seed=1, keep={str(tmp_path)!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert "KeyError: 'oh'" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["events-1-0.csv"]
