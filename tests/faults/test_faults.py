"""Twelve faults. After each, the same command ends with exit 0 and the unbroken result; nothing finished is done again.

The last line of pytest's summary counts them: ``faults 12/12``.
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="the faults are made with POSIX signals")]
RESUME = "go on with: whyrec compare project.toml --format json"


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_fault_01_a_worker_is_killed(world, again) -> None:
    process = world.start()
    os.kill(world.wait_for(2), signal.SIGKILL)
    _, err = process.communicate(timeout=400)
    assert process.returncode == 0, err  # the cell was simply done again
    assert sorted(n for n, _ in world.begun()) == [1, 2, 2, 3]
    again()


def test_fault_02_the_command_is_killed(world, again) -> None:
    process = world.start()
    worker = world.wait_for(2)
    deadline = time.monotonic() + 60
    while 1 not in world.finished():  # the worker goes on with the next cell while this one is written down
        assert time.monotonic() < deadline, "the first cell is not in the store"
        time.sleep(0.01)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while lives(worker):
        assert time.monotonic() < deadline, "a worker outlives its parent"
        time.sleep(0.05)
    assert world.finished() >= {1}
    again()


def test_fault_03_killed_between_computing_and_commit(world, again) -> None:
    assert world.run(fault="killed_before_commit").code == -signal.SIGKILL
    assert len(world.finished()) == 1
    again()


def test_fault_04_killed_during_commit(world, again, tmp_path) -> None:
    assert world.run(fault="killed_in_commit").code == -signal.SIGKILL
    again()
    loop = subprocess.run(
        [sys.executable, str(HERE / "commit_loop.py"), str(tmp_path / "loop.db"), "200", "1"],
        capture_output=True, text=True, timeout=1000,
    )  # fmt: skip
    assert loop.returncode == 0, loop.stderr
    assert int(loop.stdout) > 100  # the kills fell among commits, not before them


@pytest.mark.parametrize(
    "signals", [(signal.SIGTERM,), (signal.SIGINT, signal.SIGINT)], ids=["SIGTERM", "Ctrl-C twice"]
)
def test_fault_05_told_to_stop_at_once(signals, world, again) -> None:
    process = world.start()
    worker = world.wait_for(2)
    for number in signals:
        process.send_signal(number)
        time.sleep(0.05)
    out, err = process.communicate(timeout=400)
    assert (process.returncode, out) == (130, "")
    assert "interrupted: 1 of 5 cells are done" in err
    assert RESUME in err
    assert not lives(worker)
    again()


def test_fault_05_ctrl_c_once_lets_the_running_cell_end(world, again) -> None:
    process = world.start()
    world.wait_for(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=400)
    assert (process.returncode, out) == (130, "")
    assert "stopping when the running cells have ended; Ctrl-C again stops them" in err
    assert RESUME in err
    assert world.finished() >= {1, 2}
    again()


def test_fault_06_the_disk_is_full_for_the_store(world, again) -> None:
    done = world.run(fault="full_store")
    assert done.code == 4
    assert "error: whyrec.db: could not be written: database or disk is full" in done.err
    assert "make room on the disk, then give the same command again" in done.err
    again()


def test_fault_07_the_disk_is_full_for_the_report(world, again) -> None:
    again_ = ("--output", "report.json")
    assert world.run(*again_).code == 0
    old = (world.folder / "report.json").read_bytes()
    done = world.run(*again_, fault="full_report")
    assert done.code == 4
    assert "error: --output report.json: could not be written" in done.err
    assert (world.folder / "report.json").read_bytes() == old
    assert not list(world.folder.glob("*.part"))
    again(*again_)
    again()


@pytest.mark.parametrize("world", [{"megabytes": 2000}], indirect=True)
def test_fault_08_a_worker_runs_out_of_memory(world, unbroken) -> None:
    done = world.run(fault="little_memory")
    assert done.code == 1
    assert [c["state"] for c in done.result["cells"] if c["explainer"] == "slow-1"] == ["oom"]
    assert "MemoryError" in done.out
    before = len(world.begun())
    done = world.run()
    assert done.code == 0, done.err
    assert done.result == unbroken
    assert sorted(n for n, _ in world.begun()[before:]) == [1, 2, 3]


def test_fault_09_two_commands_share_the_cells(world, again, unbroken) -> None:
    first, second = world.start(), world.start()
    outs = [p.communicate(timeout=400) for p in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outs
    assert sorted(n for n, _ in world.begun()) == [1, 2, 3]
    counts = [int(re.search(r"(\d+) cells computed", err)[1]) for _, err in outs]
    assert sum(counts) == 5
    again()


def test_fault_10_four_feedback_writers_and_a_reader(world, again) -> None:
    from whyrec.store.store import Store

    path = world.folder / "whyrec.db"
    writers = [
        subprocess.Popen(
            [sys.executable, str(HERE / "feedback_writer.py"), str(path), name, "50"], stderr=subprocess.PIPE
        )
        for name in "abcd"
    ]
    seen = 0
    while any(w.poll() is None for w in writers):
        if path.exists():
            with Store(path) as store:
                events = store.events.list()
                assert [e.id for e in events] == list(range(1, len(events) + 1))
                assert len(events) >= seen
                seen = len(events)
    assert [w.wait() for w in writers] == [0] * 4
    with Store(path) as store:
        events = store.events.list("feedback")
        assert len(events) == 4 * 55
        for name in "abcd":
            own = [e.content["number"] for e in events if e.content.get("writer") == name]
            assert own == list(range(50))
        assert len(store.events.list(standing=True)) == 4 * 45
    assert world.run().code == 0
    again()


@pytest.mark.parametrize("how", ["damaged", "newer"])
def test_fault_11_the_store_is_not_ours_to_write(how, world, again) -> None:
    assert world.run().code == 0
    path = world.folder / "whyrec.db"
    whole = path.read_bytes()
    if how == "damaged":
        path.write_bytes(whole[:5000] + os.urandom(20000) + whole[25000:])
        words = "whyrec.db: is damaged"
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version=99")
        connection.close()
        words = "whyrec.db: was written by a newer whyrec (schema 99; this one knows 2)"
    bad = path.read_bytes()
    done = world.run()
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "nothing was changed; move the file away, or name another: --store PATH" in done.err
    assert path.read_bytes() == bad
    path.write_bytes(whole)
    again()


def test_fault_12_the_clock_jumps(world, again, unbroken) -> None:
    first, second = (world.start(fault="jumping_clock") for _ in range(2))
    outs = [p.communicate(timeout=400) for p in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outs
    assert sorted(n for n, _ in world.begun()) == [1, 2, 3]
    again()
