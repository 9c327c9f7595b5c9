"""Work: two processes never get the same piece; what a process left is taken over, whatever the clocks say."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from whyrec.store.owner import Owner
from whyrec.store.store import Store
from whyrec.store.work import LEASE, Unit

UNITS = [Unit("a", "cell", {"explainer": "x"}), Unit("b", "cell", {})]


@pytest.fixture
def clock():
    class Clock:
        now = 1e9

        def __call__(self):
            return self.now

    return Clock()


def opened(path, clock, owner=None):
    return Store(path, clock=clock, owner=owner)


def dead():
    """A process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return Owner(Owner.me().host, child.pid, "long-ago")


def state(store, key):
    return store.work.states([key])[key].state


def test_a_piece_goes_to_one_only(tmp_path, clock) -> None:
    first = opened(tmp_path / "s.db", clock)
    second = opened(tmp_path / "s.db", clock, replace(Owner.me(), pid=os.getppid(), born=""))
    first.work.ensure(UNITS)
    second.work.ensure(UNITS)
    assert first.work.claim("a")
    assert not second.work.claim("a")
    assert not first.work.claim("a")
    assert second.work.claim("b")
    assert not first.work.finish("b", "done")  # not its own
    assert state(first, "b") == "running"
    assert second.work.finish("b", "done", details={"n": 1})
    assert first.work.states(["b"])["b"].details == {"n": 1}
    assert not first.work.claim("b")
    assert not first.work.claim("nobody knows")


def test_what_a_dead_process_left_is_taken_over_at_once(tmp_path, clock) -> None:
    gone = opened(tmp_path / "s.db", clock, dead())
    gone.work.ensure(UNITS)
    assert gone.work.claim("a")
    me = opened(tmp_path / "s.db", clock)
    assert me.work.claim("a")
    assert me.work.states(["a"])["a"].attempts == 2
    assert not gone.work.finish("a", "failed")  # should it come back, it finds it has nothing more to say
    assert state(me, "a") == "running"


@pytest.mark.parametrize("jump", [-3e7, 3e7])
def test_the_clock_does_not_take_work_from_a_living_process(jump, tmp_path, clock) -> None:
    first = opened(tmp_path / "s.db", clock)
    first.work.ensure(UNITS)
    assert first.work.claim("a")
    clock.now += jump
    second = opened(tmp_path / "s.db", clock, replace(Owner.me(), pid=os.getppid(), born=""))
    assert not second.work.claim("a")
    assert first.work.finish("a", "done")


def test_of_another_machine_only_the_lease_is_known(tmp_path, clock) -> None:
    far = opened(tmp_path / "s.db", clock, Owner("elsewhere", 1, "x"))
    far.work.ensure(UNITS)
    assert far.work.claim("a")
    here = opened(tmp_path / "s.db", clock)
    clock.now += LEASE - 1
    assert not here.work.claim("a")
    far.work.renew(["a"])
    clock.now += LEASE - 1
    assert not here.work.claim("a")
    clock.now += 2
    assert here.work.claim("a")


@pytest.mark.parametrize(
    ("ended", "again", "expected"),
    [
        ("done", ("failed", "timeout"), "done"),
        ("failed", (), "failed"),
        ("failed", ("failed",), "todo"),
        ("timeout", ("failed",), "timeout"),
        ("timeout", ("failed", "timeout"), "todo"),
        ("oom", (), "todo"),
        ("interrupted", (), "todo"),
        ("skipped", (), "todo"),
    ],
)
def test_what_is_done_again(ended, again, expected, tmp_path, clock) -> None:
    with opened(tmp_path / "s.db", clock) as store:
        store.work.ensure(UNITS)
        store.work.claim("a")
        store.work.finish("a", ended, reason="because", traceback="here", blame="somebody")
        assert store.work.states(["a"])["a"].reason == "because"
        store.work.ensure(UNITS, again=again)
        assert state(store, "a") == expected
        store.work.ensure(UNITS, fresh=True)
        assert state(store, "a") == "todo"


def test_fresh_leaves_alone_what_runs(tmp_path, clock) -> None:
    with opened(tmp_path / "s.db", clock) as store:
        store.work.ensure(UNITS)
        store.work.claim("a")
        store.work.ensure(UNITS, fresh=True)
        assert state(store, "a") == "running"
        store.work.release(["a", "b"])
        assert (state(store, "a"), state(store, "b")) == ("interrupted", "todo")


def test_states_are_the_known_ones(tmp_path, clock) -> None:
    import sqlite3

    with opened(tmp_path / "s.db", clock) as store:
        store.work.note(UNITS[0], "skipped", "no features")
        assert state(store, "a") == "skipped"
        with pytest.raises(sqlite3.IntegrityError):
            store.work.note(UNITS[0], "dreaming", None)


def test_a_number_that_was_used_again_is_another_process() -> None:
    me = Owner.me()
    assert me.lives
    if me.born:
        assert not replace(me, born=f"{me.born}0").lives
    assert not dead().lives
    assert not Owner(me.host, 0, "").lives
